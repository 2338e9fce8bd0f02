"""`ACDC`: sparse and dense phases alternate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from prunelab.errors import UsageError
from prunelab.schedules.levels import MOST_LEVELS, Levels, Table
from prunelab.schedules.values.validation import LARGEST_STEP, range_of_steps, whole_of

__all__ = ["ACDC"]


@dataclass(frozen=True)
class ACDC(Levels):
    """Alternates compressed and decompressed training, and ends compressed.

    Dense before `begin_step` (the warm-up); from it on `phase_steps` steps at `target_sparsity`,
    as many at 0, and so on; from `end_step` on at `target_sparsity`, be the phase at its end or
    not. Masks change where a phase begins and nowhere else, so that in a phase they stay.

    In a dense phase all weights may train; those that were pruned go on from 0, moved by the last
    training step at most.

    Attributes:
        target_sparsity: Fraction of weights that are zero in a compressed phase, in [0, 1).
        begin_step: The first step of the first compressed phase.
        end_step: The step from which it stays compressed; later than `begin_step`.
        phase_steps: Steps of one phase, compressed or not; half a period. At least 1, and so
            many that there are at most 100,000 phases.

    Raises:
        UsageError: for a parameter outside its range.

    Source: Peste et al., "AC/DC: Alternating Compressed/DeCompressed Training of Deep Neural
    Networks" (arXiv 2106.12379).
    """

    target_sparsity: float
    begin_step: int
    end_step: int
    phase_steps: int

    falls_by_design: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_checked(whole_of, "phase_steps", 1, LARGEST_STEP)
        range_of_steps(self.begin_step, self.end_step, 1, endless=False)
        length = self.end_step - self.begin_step
        if not length:
            raise UsageError(
                f"end_step={self.end_step} equals begin_step: no phase fits between, use a later "
                "end_step"
            )
        if length > self.phase_steps * MOST_LEVELS:
            raise UsageError(
                f"phase_steps={self.phase_steps} makes more than {MOST_LEVELS:,} phases: "
                f"use at least {-(-length // MOST_LEVELS)}"
            )

    def _table(self) -> Table:
        starts = range(self.begin_step, self.end_step, self.phase_steps)
        phases = [(start, (self.target_sparsity, 0.0)[k % 2]) for k, start in enumerate(starts)]
        dense = phases[-1][1] != self.target_sparsity
        return [*phases, (self.end_step, self.target_sparsity)] if dense else phases
