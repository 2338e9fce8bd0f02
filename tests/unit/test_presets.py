"""Schedules to start from: the published ones, and the user's own in a file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunelab import ConstantSparsity, Plan, PolynomialDecay, PruningSchedule, UsageError
from prunelab.explorer.builtin_presets import PRESETS
from prunelab.explorer.schedule_url import read_schedule
from prunelab.explorer.user_presets import (
    FittedPreset,
    default_presets,
    delete_preset,
    save_preset,
    saved_presets,
)
from prunelab.plan import blocking
from prunelab.schedules.catalog import KINDS

CUBIC = PolynomialDecay(0.0, 0.875, 1152, 5760)
HALF = ConstantSparsity(0.5, 100)


class Own(ConstantSparsity):
    pass


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "presets.json"
    monkeypatch.setenv("PRUNELAB_PRESETS", str(path))
    return path


def refusal(work: Any, *values: Any) -> str:
    with pytest.raises(UsageError) as told:
        work(*values)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("steps", [1, 2, 7, 100, 101, 5760, 1_000_000])
def test_a_built_in_preset_fits_runs_of_every_length(name: str, steps: int) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    assert preset.description
    plan = Plan(preset.make(steps, max(steps // 10, 1)), steps, max(steps // 10, 1))
    assert plan.reached > 0 or steps <= 2
    if steps >= 1000:
        target = 0.8 if "guide" in name else 0.875
        assert plan.reached == pytest.approx(target, abs=1e-3)
        assert plan.update_steps[-1] <= steps


def test_the_published_settings_are_what_was_published() -> None:
    made = {name: preset.make(5760, 192) for name, preset in PRESETS.items()}
    assert made == {
        "Zhu & Gupta 2017": PolynomialDecay(0.0, 0.875, 1152, 4608),
        "constant 87.5 % (MachineCurve)": ConstantSparsity(0.875, 1152, 5760),
        "polynomial 87.5 % (MachineCurve)": PolynomialDecay(0.0, 0.875, 1152, 5760),
        "tfmot's guide": PolynomialDecay(0.5, 0.8, 0, 5760),
        "one shot": ConstantSparsity(0.875, 4608, 4608, 1),
    }
    assert Plan(made["one shot"], 5760, 192).update_steps.tolist() == [4608]


def test_what_was_saved_is_there_again_and_fits_other_runs() -> None:
    assert saved_presets() == {}
    save_preset(" mine ", CUBIC, 5760)
    save_preset("half", HALF, 1000)
    assert list(saved_presets()) == ["mine", "half"]
    mine = saved_presets()["mine"]
    assert mine.make(5760, 192) == CUBIC
    # 576 would be 61 steps after the last mask update.
    assert mine.make(576, 19) == PolynomialDecay(0.0, 0.875, 115, 515)
    assert "5,760 steps" in mine.description
    assert saved_presets()["half"].make(2000, 20) == ConstantSparsity(0.5, 200)
    assert saved_presets()["half"].make(100, 1) == ConstantSparsity(0.5, 10, -1, 90)


def test_a_name_saved_again_is_replaced_and_a_deleted_one_gone(file: Path) -> None:
    save_preset("a", CUBIC, 5760)
    save_preset("b", HALF, 10)
    save_preset("a", HALF, 10)
    assert saved_presets()["a"].make(10, 1) == HALF
    delete_preset("b")
    assert list(saved_presets()) == ["a"]
    assert "'b' is not saved" in refusal(delete_preset, "b")
    assert {path.name for path in file.parent.iterdir()} == {file.name, f"{file.name}.lock"}


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_can_be_saved_with_its_usual_values(key: str) -> None:
    schedule = read_schedule(key, {}, 5760)
    assert schedule is not None
    save_preset(key, schedule, 5760)
    made = saved_presets()[key].make(5760, 192)
    assert made.get_config() == schedule.get_config()
    for steps in (1000, 50_000):
        assert type(saved_presets()[key].make(steps, 10)) is type(schedule)


@pytest.mark.parametrize("name", PRESETS)
def test_a_built_in_preset_never_misses_its_target(name: str) -> None:
    for steps in [*range(3, 700, 7), 5760, 46_890]:
        plan = Plan(PRESETS[name].make(steps, steps), steps, steps)
        assert plan.reached == pytest.approx(0.8 if "guide" in name else 0.875, abs=1e-3), steps


@pytest.mark.parametrize("key", [key for key in KINDS if key != "multi-step"])
def test_what_was_saved_reaches_its_target_on_runs_of_other_lengths(key: str) -> None:
    schedule = read_schedule(key, {}, 5760)
    assert schedule is not None
    for steps in [*range(12, 500, 11), 1080, 46_890]:
        plan = Plan(FittedPreset(schedule, 5760)(steps, steps), steps, steps)
        assert blocking(plan) is None, steps


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_fitted_schedule_prunes_in_a_run_of_any_length(data: st.DataObject) -> None:
    run = data.draw(st.integers(2, 10_000))
    begin = data.draw(st.integers(0, run - 1))
    end = data.draw(st.integers(begin + 1, run))
    frequency = data.draw(st.integers(1, end - begin))
    schedule: PruningSchedule = PolynomialDecay(0.1, 0.9, begin, end, 3, frequency)
    if data.draw(st.booleans()):
        schedule = ConstantSparsity(0.9, begin, data.draw(st.sampled_from([-1, end])), frequency)
    steps = data.draw(st.integers(1, 10_000))
    made = FittedPreset(schedule, run)(steps, 1)
    assert len(Plan(made, steps, 1).update_steps)
    assert FittedPreset(schedule, run)(run, 1) == schedule


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("", HALF, 10), "1 to 60"),
        (("a\nb", HALF, 10), "printable"),
        (("one shot", HALF, 10), "built-in"),
        (("a", Own(0.5, 0), 10), "Own is a class of your own"),
        (("a", None, 10), "no pruning"),
        (("a", HALF, 0), "20,000,000"),
    ],
)
def test_what_cannot_be_saved_is_told_and_nothing_written(
    values: tuple[Any, ...], words: str, file: Path
) -> None:
    assert words in refusal(save_preset, *values)
    assert not file.exists()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"presets": 3}', "\ud800", "[" * 100_000, "null", '{"presets": {"a":']
)
def test_a_broken_file_is_told_and_stays_as_it_is(text: str, file: Path) -> None:
    file.parent.mkdir()
    before = text.encode("utf-8", "surrogatepass")
    file.write_bytes(before)
    for work in (saved_presets, lambda: save_preset("b", HALF, 1), lambda: delete_preset("a")):
        assert "is broken" in refusal(work)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "entry",
    [
        3,
        {},
        {"schedule": None, "steps": 10},
        {"schedule": HALF.get_config()},
        {"schedule": HALF.get_config(), "steps": "x"},
        {"schedule": {"class_name": "Other", "config": {}}, "steps": 10},
        {"schedule": {"class_name": "ConstantSparsity", "config": {"a": 1}}, "steps": 10},
    ],
)
def test_a_broken_preset_is_told_by_its_name_and_can_be_deleted(entry: Any, file: Path) -> None:
    save_preset("good", HALF, 10)
    data = json.loads(file.read_text())
    data["presets"]["bad"] = entry
    file.write_text(json.dumps(data))
    assert "preset 'bad' is broken" in refusal(saved_presets)
    delete_preset("bad")
    assert list(saved_presets()) == ["good"]


def test_a_full_disk_is_told_and_leaves_what_was_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save_preset("a", HALF, 10)
    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in refusal(save_preset, "b", HALF, 10)
    assert list(saved_presets()) == ["a"]
    assert {path.name for path in file.parent.iterdir()} == {file.name, f"{file.name}.lock"}


def test_a_place_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRUNELAB_PRESETS", str(tmp_path / "file" / "presets.json"))
    assert "cannot be written" in refusal(save_preset, "a", HALF, 10)
    monkeypatch.setenv("PRUNELAB_PRESETS", str(tmp_path))
    assert "cannot be read" in refusal(saved_presets)
    assert "cannot be read" in refusal(save_preset, "a", HALF, 10)


def test_the_file_is_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRUNELAB_PRESETS")
    assert default_presets().name == "presets.json"
    assert "prunelab" in default_presets().parts


def test_a_link_to_a_file_elsewhere_stays_a_link(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(tmp_path / "elsewhere.json")
    save_preset("a", HALF, 10)
    assert file.is_symlink()
    assert json.loads((tmp_path / "elsewhere.json").read_text())["presets"].keys() == {"a"}


def test_processes_that_save_at_once_lose_nothing() -> None:
    code = (
        "import sys; from prunelab.explorer.user_presets import *\n"
        "from prunelab import ConstantSparsity\n"
        "for n in range(10): save_preset(f'{sys.argv[1]} {n}', ConstantSparsity(0.5, n), 10)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(who)]) for who in range(4)]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    assert set(saved_presets()) == {f"{who} {n}" for who in range(4) for n in range(10)}
