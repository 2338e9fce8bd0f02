"""The code to take away makes the schedule that was on screen."""

from __future__ import annotations

import json
from typing import Any

import pytest

import prunelab
from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.explorer.codegen import config_json, prunelab_code, tfmot_code
from prunelab.explorer.schedule_url import read_schedule
from prunelab.schedules.catalog import KINDS
from prunelab.schedules.kinds.polynomial import PolynomialDecay as Decay

CUBIC = PolynomialDecay(0.0, 0.875, 1152, 5760, 2.5)
USUAL = [read_schedule(key, {}, 5760) for key in KINDS]


class Mine(Decay):
    pass


def run(code: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs code with a callback in the place of the real one, which would load TensorFlow."""
    monkeypatch.setitem(vars(prunelab), "PruneLowMagnitude", lambda schedule: ["pruning", schedule])
    names: dict[str, Any] = {}
    exec(compile(code, "takeaway", "exec"), names)
    return names


@pytest.mark.parametrize(
    "schedule", [CUBIC, ConstantSparsity(0.1, 3, 9, 2), *USUAL], ids=lambda one: type(one).__name__
)
def test_the_code_makes_an_equal_schedule_and_its_callback(
    schedule: PruningSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run(prunelab_code(Plan(schedule, 5760, 192)), monkeypatch)
    assert type(names["schedule"]) is type(schedule)
    assert names["schedule"].get_config() == schedule.get_config()
    assert names["pruning"] == ["pruning", names["schedule"]]


def test_the_code_says_which_run_it_is_for_and_what_it_does_there() -> None:
    plan = Plan(CUBIC, 5760, 192)
    code = prunelab_code(plan, "cubic")
    assert code.startswith("# cubic: 5,760 steps, 192 an epoch, 30 epochs.\n# 47 mask updates")
    assert f"\n# {plan.summary}\nfrom prunelab import PolynomialDecay, PruneLowMagnitude\n" in code
    assert "    begin_step=1152,\n" in code
    assert code.endswith("# model.fit(x, y, epochs=30, callbacks=[pruning])\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
def test_a_name_cannot_leave_its_comment(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = prunelab_code(Plan(CUBIC, 5760, 192), f"a{end}raise SystemExit('out') #")
    assert run(code, monkeypatch)["schedule"] == CUBIC


def test_the_code_of_no_pruning_trains_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    code = prunelab_code(Plan(None, 20, 10), "dense")
    assert "model.fit(x, y, epochs=2)" in code
    assert "schedule" not in run(code, monkeypatch)


def test_a_class_of_ones_own_has_no_code() -> None:
    mine = Mine(0.0, 0.5, 1, 10)
    with pytest.raises(UsageError, match="Mine is a class of your own"):
        prunelab_code(Plan(mine, 10, 10))
    with pytest.raises(UsageError, match="tfmot has no Mine"):
        tfmot_code(mine)
    assert json.loads(config_json(mine))["class_name"] == "Mine"


def test_tfmot_has_what_it_has_and_says_so_of_the_rest() -> None:
    for schedule in USUAL:
        if type(schedule) in (ConstantSparsity, PolynomialDecay):
            assert f"tfmot.sparsity.keras.{type(schedule).__name__}(" in tfmot_code(schedule)
        else:
            with pytest.raises(UsageError, match=f"tfmot has no {type(schedule).__name__}"):
                tfmot_code(schedule)
    with pytest.raises(UsageError, match="no pruning"):
        tfmot_code(None)


def test_the_json_is_the_config() -> None:
    assert json.loads(config_json(CUBIC)) == CUBIC.get_config()
    assert json.loads(config_json(None)) is None
