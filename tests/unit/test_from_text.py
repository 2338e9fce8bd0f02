"""The same text is the same value, or the same line, wherever a user types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import prunelab
from prunelab import PolynomialDecay, RunConfig, UsageError
from prunelab.cli.arguments.from_options import run_config
from prunelab.cli.arguments.parser import parser
from prunelab.explorer.scene import Scene
from prunelab.schedules.catalog import KINDS
from prunelab.schedules.values.typed_numbers import number_from, ratio_from, whole_from

# The digits, two epochs by the usual batch.
EPOCHS, SAMPLES, BATCH, STEPS = 2, 1150, 32, 72


def _command_line(values: dict[str, str], kind: str) -> Any:
    words = [f"--{name.replace('_', '-')}={text}" for name, text in values.items()]
    return run_config(parser().parse_args(["train", f"--schedule={kind}", "--epochs=2", *words]))


def _set(values: dict[str, str], kind: str) -> Any:
    words = [word for name, text in values.items() for word in ("--set", f"{name}={text}")]
    return run_config(parser().parse_args(["train", f"--schedule={kind}", "--epochs=2", *words]))


def _link(values: dict[str, str], kind: str) -> Any:
    sizes = {"samples": SAMPLES, "batch_size": BATCH, "epochs": EPOCHS}
    scene = Scene.from_query(urlencode({"schedule": kind, **values, **sizes}))
    assert scene is not None
    return scene.plan(0)


def _python(values: dict[str, str], kind: str) -> Any:
    return RunConfig(schedule={"kind": kind, **values}, epochs=EPOCHS)


def _function(values: dict[str, str], kind: str) -> Any:
    class Made:
        schedule = prunelab.make_schedule(kind, values, STEPS)

    return Made


PLACES = [_command_line, _set, _link, _python, _function]
EVERYWHERE = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)

TAKEN = {
    "final_sparsity": {
        0.875: ["0.875", ".875", "87.5%", " 87.5 % ", "8.75e-1", "0_0.875"],
        0.8: ["0.8", "80%", "0.80", "8e1%"],
        0.0: ["0", "0%", "0.0"],
        0.29: ["29%", "0.29"],
    },
    "begin_step": {14: ["14", "20%", "14.0", " 14 ", "19.5%", "1.4e1"], 0: ["0", "0%", ".5%"]},
    "end_step": {72: ["100%", "72", "7_2"], 1000: ["1000", "1,000", "1e3", "1_000"]},
    "frequency": {7: ["7", "7.0", "+7", " 7"], 1200: ["1200", "1,200", "1.2e3"]},
    "power": {3: ["3", "3.0", "3e0"], 0.5: [".5", "0.5", "5e-1"]},
}  # fmt: skip
TEXTS = [
    (name, text, value)
    for name, values in TAKEN.items()
    for value, texts in values.items()
    for text in texts
]


@EVERYWHERE
@pytest.mark.parametrize(("name", "text", "value"), TEXTS)
def test_a_text_is_the_same_value_everywhere(place: Any, name: str, text: str, value: Any) -> None:
    assert getattr(place({name: text}, "polynomial").schedule, name) == value


REFUSED = {
    ("final_sparsity", "87,5%"): "final_sparsity='87,5%' has a comma: use a point, 87.5%",
    ("final_sparsity", "0,875"): "final_sparsity='0,875' has a comma: use a point, 0.875",
    ("final_sparsity", "87.5"): "final_sparsity=87.5 must be in range [0, 1): use a fraction, "
    "that is 0.875 for 87.5 %",
    ("final_sparsity", "100%"): "final_sparsity='100%' must be at least 0% and less than 100%: "
    "use 87.5%, say",
    ("final_sparsity", "-5%"): "final_sparsity='-5%' must be at least 0% and less than 100%: "
    "use 87.5%, say",
    ("final_sparsity", "much"): "final_sparsity='much' is not a number: use a fraction such as "
    "0.875, or 87.5%",
    ("final_sparsity", "nan"): "final_sparsity='nan' is not a number: use a fraction such as "
    "0.875, or 87.5%",
    ("final_sparsity", "%"): "final_sparsity='%' is empty: use a fraction such as 0.875, or 87.5%",
    ("begin_step", "0.2"): "begin_step='0.2' is not a whole number of steps: use 0, say, or a "
    "share such as 20%",
    ("begin_step", "120%"): "begin_step='120%' is more than the run: use a share of at most 100%",
    ("begin_step", "-5%"): "begin_step='-5%' is before the run: use a share from 0% on",
    ("begin_step", "-3"): "begin_step=-3 must be at least 0: use 0 to begin at once",
    ("begin_step", "soon"): "begin_step='soon' is not a step: use a whole number, or a share such "
    "as 20%",
    ("begin_step", "१४"): "begin_step='१४' is not a step: use a whole number, or a share such "
    "as 20%",
    ("begin_step", "1e999"): "begin_step='1e999' is beyond any use: use a whole number, or a share "
    "such as 20%",
    ("end_step", "1,5"): "end_step='1,5' has a comma: use a point, 1.5",
    ("end_step", "inf"): "end_step='inf' is not a step: use a whole number, or a share such as 20%",
    ("frequency", "1%"): "frequency='1%' is not a whole number: use a whole number such as 100, "
    "not a share",
    ("frequency", "1.5"): "frequency='1.5' is not a whole number: use a whole number such as 100",
    ("frequency", "0"): "frequency=0 must be at least 1: use 1 for every step",
    ("power", "3%"): "power='3%' is not a number: use a number such as 3",
    ("power", "two"): "power='two' is not a number: use a number such as 3",
}  # fmt: skip


@EVERYWHERE
@pytest.mark.parametrize(("given", "line"), REFUSED.items(), ids=lambda one: str(one)[:40])
def test_what_is_refused_is_the_same_line_everywhere(
    place: Any, given: tuple[str, str], line: str
) -> None:
    with pytest.raises(UsageError) as told:
        place(dict([given]), "polynomial")
    assert str(told.value) == line


@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_alone_is_the_same_schedule_everywhere(place: Any, kind: str) -> None:
    assert place({}, kind).schedule == prunelab.make_schedule(kind, {}, STEPS)


@EVERYWHERE
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("multi-step", {"table": "20%:50%, 80%:87.5%"}),
        ("points", {"points": "0:0, 50%:60%, 1:87.5%"}),
        ("imp", {"rate": "20%", "rounds": "5"}),
        ("ac-dc", {"phase_steps": "10%", "target_sparsity": "90%"}),
    ],
)
def test_other_kinds_take_percentages_as_well(
    place: Any, kind: str, values: dict[str, str]
) -> None:
    if place is _command_line:
        place = _set
    schedule = place(values, kind).schedule
    if kind == "multi-step":
        assert schedule.table == ((14, 0.5), (58, 0.875))
    elif kind == "points":
        assert schedule.points == ((0.0, 0.0), (0.5, 0.6), (1.0, 0.875))
    elif kind == "imp":
        assert (schedule.rate, schedule.rounds) == (0.2, 5)
    else:
        assert (schedule.phase_steps, schedule.target_sparsity) == (7, 0.9)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("polynomial", PolynomialDecay(0.0, 0.875, 14, 58, frequency=2)),
        (
            {"kind": "polynomial", "final_sparsity": "80%", "begin_step": "20%"},
            PolynomialDecay(0.0, 0.8, 14, 58, frequency=2),
        ),
        (
            {"kind": "polynomial", "final_sparsity": 0.8, "begin_step": 10, "power": None},
            PolynomialDecay(0.0, 0.8, 10, 58, frequency=2),
        ),
        ("none", None),
        ({"kind": "none"}, None),
        (PolynomialDecay(0.0, 0.5, 0, 10), PolynomialDecay(0.0, 0.5, 0, 10)),
        (None, None),
    ],
)
def test_a_run_config_takes_a_kind_and_holds_its_schedule(given: Any, made: Any) -> None:
    config = RunConfig(schedule=given, epochs=EPOCHS)
    assert config.schedule == config.plan.schedule == made
    assert RunConfig.from_record(config.to_record()) == config


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("cubic", "'cubic' is not known: use one of .*for cubic polynomial with power 3"),
        ("PolynomialDecay", "for PolynomialDecay polynomial"),
        ({"final_sparsity": 0.5}, "is not a schedule: use a PruningSchedule"),
        ({"kind": "constant", "power": 3}, "has no power"),
        ({"kind": "none", "power": 3}, "has no power"),
        ({"kind": "constant", "target_sparsity": True}, "target_sparsity=True is not a number"),
        ({"kind": "constant", "frequency": [1]}, "frequency='\\[1\\]' is not a number"),
        (3, "schedule='3' is not a schedule"),
        (["constant"], "is not a schedule"),
    ],
)
def test_a_run_config_refuses_what_is_no_schedule_in_a_line(given: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        RunConfig(schedule=given)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "table", [[["20%", 0.5], ["80%", "75%"]], {"20%": "50%", "80%": ".75"}, ((14, 0.5), (58, 0.75))]
)
def test_a_table_of_python_may_hold_shares_and_percentages(table: Any) -> None:
    config = RunConfig(schedule={"kind": "multi-step", "table": table}, epochs=EPOCHS)
    assert config.schedule == prunelab.MultiStep(((14, 0.5), (58, 0.75)))


def test_a_link_holds_every_value_that_follows_from_the_run() -> None:
    for kind in KINDS:
        scene = Scene.from_query(f"schedule={kind}&samples=1000&batch_size=10&epochs=3")
        assert scene is not None
        query = scene.to_query()
        longer = Scene.from_query(query.replace("epochs=3", "epochs=9"))
        assert longer is not None
        assert longer.schedules == scene.schedules, kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_written_as_a_text_that_is_read_as_it(kind: str) -> None:
    schedule = prunelab.make_schedule(kind, {}, 5760)
    for field in KINDS[kind].fields:
        value = getattr(schedule, field.name)
        assert field.read(field.write(value), 5760) == value


def test_sizes_of_a_run_are_read_likewise(capsys: Any, tmp_path: Path) -> None:
    train = ["train", "--lab", str(tmp_path)]
    chosen = parser().parse_args([*train, "--epochs", "1e1", "--validation-split", "20%"])
    assert (chosen.epochs, chosen.validation_split) == (10, 0.2)
    for words, told in {
        ("--epochs", "1.5"): "'1.5' is not a whole number: use a whole number such as 30",
        ("--batch-size", "abc"): "'abc' is not a whole number: use a whole number such as 30",
        ("--validation-split", "a fifth"): "'a fifth' is not a number: use a fraction such as 0.2",
    }.items():
        with pytest.raises(SystemExit):
            parser().parse_args([*train, *words])
        err = capsys.readouterr().err
        assert told in err
        assert err.count("\n") == 1


def test_a_number_in_a_text_of_any_length_is_told_shortly() -> None:
    for reader in (number_from, ratio_from, whole_from):
        for text in ("9" * 5000, "\n" * 50 + "x", "1e99999999999999999999", "0e999999"):
            with pytest.raises(UsageError) as told:
                reader(text, "power")
            assert len(str(told.value)) < 150
            assert "\n" not in str(told.value)
