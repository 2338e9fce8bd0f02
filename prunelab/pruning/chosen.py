"""`Chosen`: which weights of a model a callback prunes, each by which schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from prunelab.errors import NothingToPrune, UsageError
from prunelab.pruning.misuse import no_schedule
from prunelab.pruning.pick import Pick
from prunelab.pruning.places import Place, places
from prunelab.pruning.prunable import prunable_kernels
from prunelab.schedules import PruningSchedule, ScheduleByLayer

__all__ = ["Chosen", "Verdict"]


class Verdict(NamedTuple):
    """What is to happen to a weight.

    Attributes:
        place: The weight.
        schedule: What it is pruned by; None for a weight that is not pruned.
        why: Why it is not; "" for one that is.
    """

    place: Place
    schedule: PruningSchedule | None
    why: str


class Chosen:
    """The choice that `PruneLowMagnitude` is given by `schedule` and `layers`.

    Args:
        schedule: A schedule, or a mapping of choices (see `Pick`) to schedules, the first match
            of which wins.
        layers: One choice or a list of them; None for every kernel that can be pruned.

    Attributes:
        schedule: The schedule; a `ScheduleByLayer` for a mapping.
        mapped: Whether it was a mapping.

    Raises:
        UsageError: for something else in their place, and for a mapping together with `layers`.
    """

    def __init__(self, schedule: Any, layers: Any = None) -> None:
        self.mapped = isinstance(schedule, Mapping)
        self._picks: list[tuple[list[Pick], PruningSchedule]] = []
        self._all = layers is None and not self.mapped
        if not self.mapped:
            self.schedule = _schedule(schedule)
            if layers is not None:
                self._picks = [(_picks(layers), self.schedule)]
            return
        if layers is not None:
            raise UsageError(
                "layers= and a mapping of schedules both choose layers: give one of them"
            )
        if "class_name" in schedule:
            raise UsageError(no_schedule(schedule))
        if not schedule:
            raise UsageError(
                "schedule={} prunes nothing: "
                'use {"sequential/dense": ConstantSparsity(0.5, 0)}, say'
            )
        names: dict[str, PruningSchedule] = {}
        for value, one in schedule.items():
            picks = _picks(value)
            text = ", ".join(pick.text for pick in picks)
            if text in names:
                text = f"{text} ({len(names) + 1})"
            names[text] = _schedule(one, f"schedule[{text!r}]")
            self._picks.append((picks, names[text]))
        self.schedule = ScheduleByLayer(names)

    @property
    def schedules(self) -> list[PruningSchedule]:
        """Every schedule that weights may be pruned by, each once."""
        each = [schedule for _, schedule in self._picks] if self.mapped else [self.schedule]
        return list({id(schedule): schedule for schedule in each}.values())

    def kernels(self, model: Any) -> list[tuple[Any, PruningSchedule]]:
        """The variables that are pruned, in the model's order, with their schedules.

        Raises:
            NothingToPrune: where no layer of the model can be pruned.
            UsageError: where the model is not built, or a choice names something that cannot be
                pruned or is not there.
        """
        kernels = prunable_kernels(model)
        if not kernels:
            raise NothingToPrune(
                f"model {model.name!r} has no kernel to prune: "
                "add a Dense, Conv, recurrent or Embedding layer, or leave the callback out"
            )
        if self._all:
            return [(kernel, self.schedule) for kernel in kernels]
        schedules = {
            id(verdict.place.variable): verdict.schedule for verdict in self.verdicts(model)
        }
        pairs = [(kernel, schedules[id(kernel)]) for kernel in kernels]
        return [(kernel, schedule) for kernel, schedule in pairs if schedule is not None]

    def verdicts(self, model: Any) -> list[Verdict]:
        """What is to happen to every weight of a model, in the order of `model.weights`.

        Raises:
            UsageError: as for `kernels`.
        """
        prunable = {id(kernel) for kernel in prunable_kernels(model)}
        found = places(model)
        able = [place for place in found if id(place.variable) in prunable]
        chosen: dict[int, PruningSchedule] = {}
        for picks, schedule in self._picks:
            for pick in picks:
                # Each must match something by itself, even what an earlier one has taken.
                taken = [place for place in able if pick.takes(place)]
                pick.check(model, found, taken)
                for place in taken:
                    chosen.setdefault(id(place.variable), schedule)
        if self._all:
            chosen = {id(place.variable): self.schedule for place in able}
        return [self._verdict(place, prunable, chosen) for place in found]

    def _verdict(
        self, place: Place, prunable: set[int], chosen: dict[int, PruningSchedule]
    ) -> Verdict:
        if id(place.variable) in chosen:
            return Verdict(place, chosen[id(place.variable)], "")
        if id(place.variable) in prunable:
            why = "no schedule of the mapping is for it" if self.mapped else "not chosen by layers="
        elif place.variable.name == "bias":
            why = "bias"
        else:
            why = "no kernel of a prunable layer"
        return Verdict(place, None, why)


def _schedule(value: Any, name: str = "schedule") -> PruningSchedule:
    if not isinstance(value, PruningSchedule):
        raise UsageError(no_schedule(value, name))
    if isinstance(value, ScheduleByLayer):
        raise UsageError(
            "a ScheduleByLayer only sums up several schedules: give the mapping of layers to them"
        )
    return value


def _picks(value: Any) -> list[Pick]:
    if not isinstance(value, list | tuple | set | frozenset):
        return [Pick(value)]
    if not value:
        raise UsageError("layers=[] chooses nothing: name a layer, or leave layers= out for all")
    return [Pick(one) for one in value]
