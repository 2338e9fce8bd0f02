"""`MaskUpdater`: at which steps masks change, and which they then are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import PrunelabError
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.masks.pruning_config import PruningConfig
from prunelab.pruning.masks.topk import Selector, keep_count
from prunelab.pruning.masks.topk_many import ManyTopK
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights
from prunelab.pruning.session.schedule_lookahead import AnyLookahead, Lookahead
from prunelab.schedules import PruningSchedule

__all__ = ["MaskUpdater"]


class MaskUpdater:
    """Chooses masks by the schedules and rules of a callback.

    Args:
        chosen: Which weights are pruned, each by which schedule.
        rules: By which rule.

    Attributes:
        due: Whether any mask changes at a step (from 1).
    """

    def __init__(self, chosen: Assignment, rules: PruningConfig) -> None:
        self._rules = rules
        self._each = {id(one): Lookahead(one) for one in chosen.schedules}
        # The default is chosen without a detour: a small model would notice one.
        self._only = next(iter(self._each.values())) if rules.plain and not chosen.mapped else None
        self._selector = Selector()
        self._selection: ManyTopK | None = None
        self._keep: dict[int, list[int]] = {}
        self.due: Callable[[int], bool] = (self._only or AnyLookahead(self._each.values())).due

    def lookahead_of(self, schedule: PruningSchedule) -> Lookahead:
        """When the masks of a weight with this schedule change."""
        return self._each[id(schedule)]

    def begin(self, weights: PrunedWeights) -> None:
        """The masks of these weights will be asked for from now on."""
        self._keep = {}
        if self._only is not None:
            self._selection = ManyTopK([weight.shape for weight in weights])

    def choose(
        self, step: int, weights: PrunedWeights, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        """The masks of a step at which some are due, of the weights whose turn it is.

        Those that share memory with TensorFlow may then be in place already.

        Args:
            step: The step, for which `due` was asked last.
            weights: All weights under pruning.
            values: What they are, in their order.

        Raises:
            PrunelabError: where a weight is NaN or infinite, which it names.
        """
        try:
            if self._only is not None:
                return self._plain(self._counts(step, self._only, weights), weights, values)
            return self._by_rule(step, weights, values)
        except PrunelabError as error:
            for weight, array in zip(weights, values, strict=True):
                if not np.isfinite(np.asarray(array, np.float32)).all():
                    raise PrunelabError(f"{weight.path}: {error}") from error
            raise

    def _counts(self, step: int, turns: Lookahead, weights: PrunedWeights) -> list[int]:
        """How many to keep of each weight.

        Counted for many steps at once, unless the schedule may answer otherwise another time.
        """
        if step not in self._keep or not turns.schedule.vectorised:
            self._keep = {
                later: [keep_count(weight.size, density) for weight in weights]
                for later, density in turns.ahead(step)
            }
        return self._keep[step]

    def _plain(
        self, keep: Sequence[int], weights: PrunedWeights, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        assert self._selection is not None
        places = [weight.variable.shared_mask for weight in weights]
        masks = self._selection.select(values, keep, places)
        return [NewMask(weight, *one) for weight, one in zip(weights, masks, strict=True)]

    def _by_rule(
        self, step: int, weights: PrunedWeights, values: Sequence[npt.NDArray[Any]]
    ) -> list[NewMask]:
        due = [place for place, weight in enumerate(weights) if weight.lookahead.is_due(step)]
        masks = self._rules.masks(
            [values[place] for place in due],
            [weights[place].lookahead.density(step) for place in due],
            due,
            self._selector,
        )
        return [NewMask(weights[place], *one) for place, one in zip(due, masks, strict=True)]
