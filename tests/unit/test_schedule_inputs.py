"""A value means the same whichever way it comes: command line, link, form, Python, TOML, JSON."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from prunelab import PruningSchedule, RunConfig, UsageError, make_schedule
from prunelab.cli.arguments.from_options import chosen_plan, run_config
from prunelab.cli.arguments.parser import parser
from prunelab.explorer.scene import Scene
from prunelab.explorer.user_presets import default_presets, saved_presets
from prunelab.schedules.catalog import KINDS, Kind
from prunelab.schedules.serialization.json_config import plain_config
from prunelab.ui.schedule.draft import ScheduleDraft
from prunelab.ui.schedule.form import ScheduleForm

# The digits, two epochs of the default batch.
EPOCHS, SAMPLES, BATCH, STEPS = 2, 1150, 32, 72
SIZES = {"samples": SAMPLES, "batch_size": BATCH, "epochs": EPOCHS}

# By a field's name or its type: texts, and what each of them is on a run of 72 steps.
TEXTS: dict[str, dict[str, Any]] = {
    "sparsity": {"30%": 0.3, ".3": 0.3},
    "end_step": {"90%": 65, "6e1": 60},
    "step": {"25%": 18, "1_0": 10},
    "whole": {"3": 3, "4.0": 4},
    "number": {"2.5": 2.5, "3": 3.0},
    "table": {
        "25%:50%, 60:.75": ((18, 0.5), (60, 0.75)),
        "0%:0.1; 60:0.75": ((1, 0.1), (60, 0.75)),
    },
    "points": {"0:0, 50%:60%, 1:.8": ((0.0, 0.0), (0.5, 0.6), (1.0, 0.8))},
    "formula": {" 0.5*p^2 ": "0.5*p^2"},
}

# Likewise values as TOML writes them.
TOML: dict[str, dict[str, Any]] = {
    "sparsity": {"0.3": 0.3, '"30%"': 0.3, "3e-1": 0.3},
    "end_step": {"60": 60, "60.0": 60, '"90%"': 65},
    "step": {"18": 18, "18.0": 18, '"25%"': 18},
    "whole": {"3": 3, "3.0": 3, '"3"': 3},
    "number": {"2.5": 2.5, "3": 3.0, '"2.5"': 2.5},
    "table": {
        "[[18, 0.5], [60, 0.75]]": ((18, 0.5), (60, 0.75)),
        '[["25%", "50%"], ["60", 0.75]]': ((18, 0.5), (60, 0.75)),
        '{18 = 0.5, "1_000" = "75%"}': ((18, 0.5), (1000, 0.75)),
        '[["18", 0.5], ["1,000", 0.75]]': ((18, 0.5), (1000, 0.75)),
        '"25%:0.5, 60:0.75"': ((18, 0.5), (60, 0.75)),
    },
    "points": {
        "[[0, 0], [0.5, 0.6], [1, 0.8]]": ((0.0, 0.0), (0.5, 0.6), (1.0, 0.8)),
        '[["0%", 0], [0.5, "60%"], ["1", 0.8]]': ((0.0, 0.0), (0.5, 0.6), (1.0, 0.8)),
        '"0:0, 0.5:0.6, 1:0.8"': ((0.0, 0.0), (0.5, 0.6), (1.0, 0.8)),
    },
    "formula": {'"0.5*p^2"': "0.5*p^2"},
}

PARAMETERS = [(kind, field) for kind in KINDS.values() for field in kind.fields]
EVERY_PARAMETER = pytest.mark.parametrize(
    ("kind", "field"), PARAMETERS, ids=[f"{kind.key}-{field.name}" for kind, field in PARAMETERS]
)
Result = PruningSchedule | None


def _option(kind: Kind, name: str, given: Any) -> Result:
    option = f"--{name.replace('_', '-')}={given}"
    words = [f"--schedule={kind.key}", f"--epochs={EPOCHS}", option]
    planned = chosen_plan(parser().parse_args(["plan", *words])).schedule
    assert run_config(parser().parse_args(["train", *words])).plan.schedule == planned
    return planned


def _set(kind: Kind, name: str, given: Any) -> Result:
    words = ["plan", f"--schedule={kind.key}", f"--epochs={EPOCHS}", "--set", f"{name}={given}"]
    return chosen_plan(parser().parse_args(words)).schedule


def _link(kind: Kind, name: str, given: Any) -> Result:
    scene = Scene.from_query(urlencode({"schedule": kind.key, name: given, **SIZES}))
    assert scene is not None
    return scene.schedules[0].schedule


def _form(kind: Kind, name: str, given: Any) -> Result:
    form = ScheduleForm(ScheduleDraft.of(STEPS))
    form.kind.value = kind.key
    form.parameters[name].field.value = given
    return form.schedule()


def _python(kind: Kind, name: str, given: Any) -> Result:
    return RunConfig(schedule={"kind": kind.key, name: given}, epochs=EPOCHS).plan.schedule


def _toml(kind: Kind, name: str, given: Any) -> Result:
    file = tomllib.loads(f'[schedule]\nkind = "{kind.key}"\n{name} = "{given}"\n')
    return RunConfig(**file, epochs=EPOCHS).plan.schedule


def _config(kind: Kind, name: str, given: Any) -> dict[str, Any]:
    """A whole config in JSON, as a preset or a scene has it, in which one value is typed."""
    fitted = make_schedule(kind.key, {name: given}, STEPS)
    assert fitted is not None
    config = plain_config(fitted)
    config["config"][name] = given
    loaded: dict[str, Any] = json.loads(json.dumps(config))
    return loaded


def _scene(kind: Kind, name: str, given: Any) -> Result:
    one = {"name": "one", "schedule": _config(kind, name, given)}
    return Scene.from_json({"schedules": [one], **SIZES}).schedules[0].schedule


def _preset(kind: Kind, name: str, given: Any) -> Result:
    entry = {"schedule": _config(kind, name, given), "steps": STEPS}
    default_presets().write_text(json.dumps({"presets": {"one": entry}}))
    return saved_presets()["one"].make(STEPS, STEPS // EPOCHS)


TYPED: list[Callable[[Kind, str, Any], Result]] = [
    *(_option, _set, _link, _form, _python, _toml, _scene, _preset)
]


@pytest.fixture(autouse=True)
def _own_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRUNELAB_PRESETS", str(tmp_path / "presets.json"))


def _examples(by_name: dict[str, dict[str, Any]], field: Any) -> dict[str, Any]:
    return by_name[field.name] if field.name in by_name else by_name[field.value_type]


@EVERY_PARAMETER
def test_a_text_gives_the_same_schedule_by_every_way(kind: Kind, field: Any) -> None:
    for text, value in _examples(TEXTS, field).items():
        expected = make_schedule(kind.key, {field.name: text}, STEPS)
        assert getattr(expected, field.name) == value
        for way in TYPED:
            assert way(kind, field.name, text) == expected, (way.__name__, text)


@EVERY_PARAMETER
def test_a_value_of_toml_or_json_gives_the_schedule_of_its_text(kind: Kind, field: Any) -> None:
    for written, value in _examples(TOML, field).items():
        given = tomllib.loads(f"value = {written}")["value"]
        schedule = _python(kind, field.name, given)
        assert type(schedule) is kind.schedule_class
        assert getattr(schedule, field.name) == value, written
        assert _scene(kind, field.name, given) == schedule, written
        assert _preset(kind, field.name, given) == schedule, written
        assert _link(kind, field.name, field.write(value)) == schedule, written


@EVERY_PARAMETER
def test_what_is_no_such_value_is_one_line_that_names_it(kind: Kind, field: Any) -> None:
    text = field.value_type == "text"
    for given in [True, "x,", [], {"a": 1}, float("nan"), *([1979] if text else ["1979-01-01"])]:
        for way in (_python, _scene_of):
            with pytest.raises(UsageError, match=field.name) as error:
                way(kind, field.name, given)
            assert "\n" not in str(error.value)


def _scene_of(kind: Kind, name: str, given: Any) -> Scene:
    config = plain_config(KINDS[kind.key].schedule_class(**kind.values({}, STEPS)))
    config["config"][name] = given
    return Scene.from_json({"schedules": [{"name": "one", "schedule": config}], **SIZES})


@pytest.mark.parametrize("command", ["train", "plan"])
def test_every_parameter_has_an_option_that_says_what_it_is(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([command, "--help"])
    shown = capsys.readouterr().out
    for _, field in PARAMETERS:
        assert f" --{field.name.replace('_', '-')} " in shown
        assert _letters(field.description[1:].removesuffix(".")) in _letters(shown)


def _letters(text: str) -> str:
    """A text without what lines are broken at."""
    return re.sub(r"[\s-]", "", text)
