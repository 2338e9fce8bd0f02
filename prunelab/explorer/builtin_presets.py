"""Schedules to start from, that fit themselves to the length of a run: published, and one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prunelab.plan import MISS, Plan, to_step
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.schedules.serialization.json_config import plain_config

__all__ = ["PRESETS", "Preset", "ended_on_update"]


@dataclass(frozen=True)
class Preset:
    """A named way to make a schedule for a run.

    Attributes:
        name: What a menu shows.
        description: Where it is from and what it does, in a line or two.
        make: The schedule for a run of so many `steps`, with `steps_per_epoch` in an epoch.
    """

    name: str
    description: str
    make: Callable[[int, int], PruningSchedule]


def _zhu_gupta(steps: int, _: int) -> PruningSchedule:
    begin = to_step("20%", steps)
    return _decay(0.0, 0.875, begin, to_step("80%", steps))


def _article_constant(steps: int, _: int) -> PruningSchedule:
    begin = to_step("20%", steps)
    return ConstantSparsity(0.875, begin, steps, _often(begin, steps))


def _article_polynomial(steps: int, _: int) -> PruningSchedule:
    return _decay(0.0, 0.875, to_step("20%", steps), steps)


def _guide(steps: int, _: int) -> PruningSchedule:
    return _decay(0.5, 0.8, 0, steps)


def _one_shot(steps: int, _: int) -> PruningSchedule:
    # A step of 0 would be before the first batch.
    at = max(to_step("80%", steps), 1)
    return ConstantSparsity(0.875, at, at, 1)


def _decay(initial: float, final: float, begin: int, end: int) -> PruningSchedule:
    end = max(end, begin + 1)
    return ended_on_update(PolynomialDecay(initial, final, begin, end, 3, _often(begin, end)))


def ended_on_update(schedule: PruningSchedule) -> PruningSchedule:
    """The same schedule, ended at its last mask update where it would miss its end otherwise.

    Args:
        schedule: One whose `end_step` is not for its user to say on this run.
    """
    config = plain_config(schedule)
    values = config["config"]
    if not {"begin_step", "end_step", "frequency"} <= set(values):
        return schedule
    length, every = values["end_step"] - values["begin_step"], values["frequency"]
    target = getattr(schedule, "final_sparsity", 0.0)
    if length < every or Plan(schedule, values["end_step"], 1).reached >= target - MISS:
        return schedule
    values["end_step"] -= length % every
    if "cycles" in values:
        values["cycles"] = min(values["cycles"], length - length % every)
    return type(schedule).from_config(config)


def _often(begin: int, end: int) -> int:
    """100, the reference's frequency, or less where a short run would not see two updates."""
    return max(min(100, end - begin), 1)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "Zhu & Gupta 2017",
            "arXiv 1710.01878: cubic, from 0 to 87.5 %, the highest sparsity they report for "
            "InceptionV3; an update every 100 steps, the least of the 100 to 1,000 they name. They "
            "count its begin and end in steps of their runs: here 20 % and 80 % of yours.",
            _zhu_gupta,
        ),
        Preset(
            "constant 87.5 % (MachineCurve)",
            "The article's ConstantSparsity: 87.5 % from 20 % of the run to its end, every 100 "
            "steps.",
            _article_constant,
        ),
        Preset(
            "polynomial 87.5 % (MachineCurve)",
            "The article's PolynomialDecay: from 0 to 87.5 %, power 3, from 20 % of the run to its "
            "end, every 100 steps.",
            _article_polynomial,
        ),
        Preset(
            "tfmot's guide",
            "The example of tfmot's pruning guide with Keras: from 50 % to 80 %, power 3, from the "
            "first step to the last, every 100 steps.",
            _guide,
        ),
        Preset(
            "one shot",
            "87.5 % by a single mask update at 80 % of the run; the rest is for recovering.",
            _one_shot,
        ),
    )
}
