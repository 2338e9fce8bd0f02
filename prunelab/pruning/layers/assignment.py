"""`Assignment`: which weights of a model a callback prunes, each by which schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from prunelab.errors import NothingToPrune, UsageError
from prunelab.pruning.layers.layer_selector import LayerSelector
from prunelab.pruning.layers.left_dense import left_dense, nothing_to_prune
from prunelab.pruning.layers.pruning_status import PruningStatus, Status, pruning_statuses
from prunelab.pruning.layers.weight_owners import WeightOwner, weight_owners
from prunelab.pruning.misuse import no_schedule
from prunelab.schedules import PruningSchedule, ScheduleByLayer

__all__ = ["Assignment", "Verdict"]


class Verdict(NamedTuple):
    """What is to happen to a weight.

    Attributes:
        weight: The weight, and who owns it.
        schedule: What it is pruned by; None for a weight that is not pruned.
        why: Why it is not; "" for one that is.
    """

    weight: WeightOwner
    schedule: PruningSchedule | None
    why: str


class Assignment:
    """Which weights get which schedule, by the `schedule` and `layers` of `PruneLowMagnitude`.

    Args:
        schedule: A schedule, or a mapping of what `LayerSelector` takes to schedules, the first
            match of which wins.
        layers: What `LayerSelector` takes, or a list of such; None for every kernel that can be
            pruned.

    Attributes:
        schedule: The schedule; a `ScheduleByLayer` for a mapping.
        mapped: Whether it was a mapping.
        all: Whether it leaves open what is pruned: every kernel that can be.

    Raises:
        UsageError: for something else in their place, and for a mapping together with `layers`.
    """

    def __init__(self, schedule: Any, layers: Any = None) -> None:
        self.mapped = isinstance(schedule, Mapping)
        self._selectors: list[tuple[list[LayerSelector], PruningSchedule]] = []
        self.all = layers is None and not self.mapped
        if not self.mapped:
            self.schedule = _schedule(schedule)
            if layers is not None:
                self._selectors = [(_selectors(layers), self.schedule)]
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
            selectors = _selectors(value)
            text = ", ".join(selector.text for selector in selectors)
            if text in names:
                text = f"{text} ({len(names) + 1})"
            names[text] = _schedule(one, f"schedule[{text!r}]")
            self._selectors.append((selectors, names[text]))
        self.schedule = ScheduleByLayer(names)

    @property
    def schedules(self) -> list[PruningSchedule]:
        """Every schedule that weights may be pruned by, each once."""
        schedules = [one for _, one in self._selectors] if self.mapped else [self.schedule]
        return list({id(schedule): schedule for schedule in schedules}.values())

    @property
    def answers_step_by_step(self) -> bool:
        """Whether a schedule may answer otherwise another time, so that pruning alone asks it."""
        return not all(schedule.vectorised for schedule in self.schedules)

    def kernels(self, model: Any) -> list[tuple[Any, PruningSchedule]]:
        """The variables that are pruned, in the model's order, with their schedules.

        Raises:
            NothingToPrune: where no layer of the model can be pruned.
            UsageError: where the model is not built, or what is named cannot be pruned or is not
                there.
        """
        found = pruning_statuses(model)
        if self.all and not any(one.status is Status.PRUNED for one in found.values()):
            raise NothingToPrune(nothing_to_prune(model, found.values()))
        assigned = self._assigned(model, found, weight_owners(model))
        for number in assigned:
            if found[number].refused:
                raise UsageError(found[number].refused)
        return [
            (one.variable, assigned[number]) for number, one in found.items() if number in assigned
        ]

    def verdicts(self, model: Any) -> list[Verdict]:
        """What is to happen to every weight of a model, in the order of `model.weights`.

        Raises:
            UsageError: as for `kernels`, but for a layer with LoRA.
        """
        found, weights = pruning_statuses(model), weight_owners(model)
        assigned = self._assigned(model, found, weights)
        return [
            self._verdict(weight, found.get(id(weight.variable)), assigned) for weight in weights
        ]

    def left_dense(self, model: Any) -> list[str]:
        """A line on each kind of weights that may be missed; none where the user has chosen."""
        return left_dense(pruning_statuses(model).values()) if self.all else []

    def _assigned(
        self, model: Any, found: Mapping[int, PruningStatus], weights: list[WeightOwner]
    ) -> dict[int, PruningSchedule]:
        """The schedule of every weight that has one, by its `id`."""
        if self.all:
            return {
                number: self.schedule
                for number, one in found.items()
                if one.status is Status.PRUNED
            }
        statuses = {number: one.status for number, one in found.items()}
        exact = {number for number, status in statuses.items() if status is Status.EXACT}
        assigned: dict[int, PruningSchedule] = {}
        for selectors, schedule in self._selectors:
            for selector in selectors:
                # Each must select something by itself, even what an earlier one has selected.
                selected = [
                    weight
                    for weight in weights
                    if selector.selects(weight, statuses.get(id(weight.variable), Status.NEVER))
                ]
                selector.check(model, weights, selected, exact)
                for weight in selected:
                    assigned.setdefault(id(weight.variable), schedule)
        return assigned

    def _verdict(
        self,
        weight: WeightOwner,
        status: PruningStatus | None,
        assigned: Mapping[int, PruningSchedule],
    ) -> Verdict:
        if status is None:
            return Verdict(weight, None, "no weight of a layer")
        if id(weight.variable) in assigned:
            if status.refused:
                return Verdict(weight, None, "LoRA adds a dense product to it")
            return Verdict(weight, assigned[id(weight.variable)], "")
        if status.status is Status.PRUNED:
            why = "no schedule of the mapping is for it" if self.mapped else "not chosen by layers="
            return Verdict(weight, None, why)
        return Verdict(weight, None, status.why)


def _schedule(value: Any, name: str = "schedule") -> PruningSchedule:
    if not isinstance(value, PruningSchedule):
        raise UsageError(no_schedule(value, name))
    if isinstance(value, ScheduleByLayer):
        raise UsageError(
            "a ScheduleByLayer only sums up several schedules: give the mapping of layers to them"
        )
    return value


def _selectors(value: Any) -> list[LayerSelector]:
    if not isinstance(value, list | tuple | set | frozenset):
        return [LayerSelector(value)]
    if not value:
        raise UsageError("layers=[] chooses nothing: name a layer, or leave layers= out for all")
    return [LayerSelector(one) for one in value]
