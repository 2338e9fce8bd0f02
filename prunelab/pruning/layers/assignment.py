"""`Assignment`: which weights of a model a callback prunes, each by which schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from prunelab.errors import NothingToPrune, UsageError
from prunelab.pruning.layers.layer_selector import LayerSelector
from prunelab.pruning.layers.left_dense import left_dense, nothing_to_prune
from prunelab.pruning.layers.pruning_status import PruningStatus, Status, pruning_statuses
from prunelab.pruning.layers.weight_owners import WeightOwner, places
from prunelab.pruning.misuse import no_schedule
from prunelab.schedules import PruningSchedule, ScheduleByLayer

__all__ = ["Assignment", "Verdict"]


class Verdict(NamedTuple):
    """What is to happen to a weight.

    Attributes:
        place: The weight.
        schedule: What it is pruned by; None for a weight that is not pruned.
        why: Why it is not; "" for one that is.
    """

    place: WeightOwner
    schedule: PruningSchedule | None
    why: str


class Assignment:
    """The choice that `PruneLowMagnitude` is given by `schedule` and `layers`.

    Args:
        schedule: A schedule, or a mapping of choices (see `LayerSelector`) to schedules, the first
            match of which wins.
        layers: One choice or a list of them; None for every kernel that can be pruned.

    Attributes:
        schedule: The schedule; a `ScheduleByLayer` for a mapping.
        mapped: Whether it was a mapping.
        all: Whether it leaves open what is pruned: every kernel that can be.

    Raises:
        UsageError: for something else in their place, and for a mapping together with `layers`.
    """

    def __init__(self, schedule: Any, layers: Any = None) -> None:
        self.mapped = isinstance(schedule, Mapping)
        self._picks: list[tuple[list[LayerSelector], PruningSchedule]] = []
        self.all = layers is None and not self.mapped
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
        found = pruning_statuses(model)
        if self.all and not any(one.status is Status.PRUNED for one in found.values()):
            raise NothingToPrune(nothing_to_prune(model, found.values()))
        chosen = self._chosen(model, found, places(model))
        for number in chosen:
            if found[number].refused:
                raise UsageError(found[number].refused)
        return [(one.variable, chosen[number]) for number, one in found.items() if number in chosen]

    def verdicts(self, model: Any) -> list[Verdict]:
        """What is to happen to every weight of a model, in the order of `model.weights`.

        Raises:
            UsageError: as for `kernels`, but for a layer with LoRA.
        """
        found, where = pruning_statuses(model), places(model)
        chosen = self._chosen(model, found, where)
        return [self._verdict(place, found.get(id(place.variable)), chosen) for place in where]

    def left_dense(self, model: Any) -> list[str]:
        """A line on each kind of weights that may be missed; none where the user has chosen."""
        return left_dense(pruning_statuses(model).values()) if self.all else []

    def _chosen(
        self, model: Any, found: Mapping[int, PruningStatus], where: list[WeightOwner]
    ) -> dict[int, PruningSchedule]:
        """The schedule of every weight that is chosen, by its `id`."""
        if self.all:
            return {
                number: self.schedule
                for number, one in found.items()
                if one.status is Status.PRUNED
            }
        stands = {number: one.status for number, one in found.items()}
        exact = {number for number, stand in stands.items() if stand is Status.EXACT}
        chosen: dict[int, PruningSchedule] = {}
        for picks, schedule in self._picks:
            for pick in picks:
                # Each must match something by itself, even what an earlier one has taken.
                taken = [
                    place
                    for place in where
                    if pick.chooses(place, stands.get(id(place.variable), Status.NEVER))
                ]
                pick.check(model, where, taken, exact)
                for place in taken:
                    chosen.setdefault(id(place.variable), schedule)
        return chosen

    def _verdict(
        self,
        place: WeightOwner,
        standing: PruningStatus | None,
        chosen: Mapping[int, PruningSchedule],
    ) -> Verdict:
        if standing is None:
            return Verdict(place, None, "no weight of a layer")
        if id(place.variable) in chosen:
            if standing.refused:
                return Verdict(place, None, "LoRA adds a dense product to it")
            return Verdict(place, chosen[id(place.variable)], "")
        if standing.status is Status.PRUNED:
            why = "no schedule of the mapping is for it" if self.mapped else "not chosen by layers="
            return Verdict(place, None, why)
        return Verdict(place, None, standing.why)


def _schedule(value: Any, name: str = "schedule") -> PruningSchedule:
    if not isinstance(value, PruningSchedule):
        raise UsageError(no_schedule(value, name))
    if isinstance(value, ScheduleByLayer):
        raise UsageError(
            "a ScheduleByLayer only sums up several schedules: give the mapping of layers to them"
        )
    return value


def _picks(value: Any) -> list[LayerSelector]:
    if not isinstance(value, list | tuple | set | frozenset):
        return [LayerSelector(value)]
    if not value:
        raise UsageError("layers=[] chooses nothing: name a layer, or leave layers= out for all")
    return [LayerSelector(one) for one in value]
