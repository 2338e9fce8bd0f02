"""`MaskUpdater`: at which steps masks change, and which they then are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.masks.topk import Selector, keep_count
from prunelab.pruning.masks.topk_many import ManyTopK
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights
from prunelab.pruning.session.schedule_lookahead import Lookahead, ScheduledSteps, at_step
from prunelab.schedules.base import begin_of

__all__ = ["MaskUpdater"]


class MaskUpdater:
    """Chooses masks by the schedules and rules of a callback.

    Args:
        assignment: Which weights are pruned, each by which schedule.
        rules: By which rule.
        weights: All weights under pruning; `begin` says where they have become others.

    Attributes:
        answers_step_by_step: Whether a schedule may answer otherwise another time, so that nobody
            else is to ask it.
    """

    def __init__(self, assignment: Assignment, rules: MaskRules, weights: PrunedWeights) -> None:
        schedules = assignment.schedules
        self.answers_step_by_step = assignment.answers_step_by_step
        self._rules = rules
        self._weights = weights
        self._lookaheads = [Lookahead(schedule) for schedule in schedules]
        # The default has a direct path, to stay within the step budget (docs/performance.md).
        self._is_default = rules.plain and not assignment.mapped
        self._selector = Selector()
        self.begin()

    def begin(self) -> None:
        """The weights are others now."""
        number_of = {id(one.schedule): number for number, one in enumerate(self._lookaheads)}
        # Of each weight's schedule.
        self._numbers = [number_of[id(weight.schedule)] for weight in self._weights]
        self._keep_counts: dict[int, list[int]] = {}
        chosen_together = self._weights if self._is_default else ()
        self._selection = ManyTopK([weight.shape for weight in chosen_together])

    def at(self, step: int) -> ScheduledSteps:
        """What the schedules ask for at a step (from 1)."""
        return at_step(self._lookaheads, step)

    def scheduled_sparsity(self, scheduled: ScheduledSteps) -> float:
        """The sparsity that is asked for of all weights together; 0 before pruning begins."""
        dropped = sum(
            scheduled.of[number].sparsity * weight.size
            for weight, number in zip(self._weights, self._numbers, strict=True)
            if scheduled.step >= begin_of(weight.schedule)
        )
        return dropped / sum(weight.size for weight in self._weights)

    def choose(
        self, scheduled: ScheduledSteps, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        """The masks of an update step, of the weights whose schedule is due.

        Those that share memory with the backend may then be set already.

        Args:
            scheduled: What the schedules ask for at the step.
            values: What all weights are, in their order.

        Raises:
            PrunelabError: where a weight is NaN or infinite, which it names.
        """
        try:
            if self._is_default:
                return self._by_default(scheduled, values)
            return self._by_rule(scheduled, values)
        except PrunelabError as error:
            for weight, array in zip(self._weights, values, strict=True):
                if not np.isfinite(np.asarray(array, np.float32)).all():
                    raise PrunelabError(f"{weight.path}: {error}") from error
            raise

    def _keep(self, scheduled: ScheduledSteps) -> list[int]:
        """How many elements to keep of each weight, by the only schedule."""
        if self.answers_step_by_step:
            return self._counts(scheduled.of[0].density)
        if scheduled.step not in self._keep_counts:
            # For many steps at once, to stay within the step budget.
            self._keep_counts = {
                step: self._counts(density)
                for step, density in self._lookaheads[0].densities(scheduled.step)
            }
        return self._keep_counts[scheduled.step]

    def _counts(self, density: np.float32) -> list[int]:
        return [keep_count(weight.size, density) for weight in self._weights]

    def _by_default(
        self, scheduled: ScheduledSteps, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        memory = [weight.variable.shared_mask for weight in self._weights]
        masks = self._selection.select(values, self._keep(scheduled), memory)
        return [NewMask(weight, *one) for weight, one in zip(self._weights, masks, strict=True)]

    def _by_rule(
        self, scheduled: ScheduledSteps, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        of = [scheduled.of[number] for number in self._numbers]
        due = [place for place, one in enumerate(of) if one.is_due]
        masks = self._rules.masks(
            [values[place] for place in due],
            [of[place].density for place in due],
            due,
            self._selector,
        )
        return [NewMask(self._weights[place], *one) for place, one in zip(due, masks, strict=True)]
