"""What the explorer shows, as a link and as data."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunelab import ConstantSparsity, PolynomialDecay, PruningSchedule, UsageError
from prunelab.explorer.link_length import LONGEST_LINK
from prunelab.explorer.named_schedule import NamedSchedule
from prunelab.explorer.scene import Scene
from prunelab.explorer.schedule_url import read_schedule
from prunelab.schedules.catalog import KINDS

many = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
CUBIC = PolynomialDecay(0.0, 0.875, 1152, 5760)
HALF = ConstantSparsity(0.5, 0)


class Own(PruningSchedule):
    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step % 7 == 0, 0.5

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Own", "config": {}}


def scene(query: str) -> Scene:
    found = Scene.from_query(query)
    assert found is not None
    return found


def refusal(query: str) -> str:
    with pytest.raises(UsageError) as told:
        Scene.from_query(query)
    assert "\n" not in str(told.value)
    return str(told.value)


SPARSITY = st.floats(0, 0.999)
STEP = st.integers(0, 2**31 - 2)
WHOLE = st.integers(1, 1000)


@st.composite
def schedules(draw: st.DrawFn) -> PruningSchedule | None:
    kind = draw(st.sampled_from(["none", "constant", "polynomial", *KINDS]))
    if kind == "none":
        return None
    begin, frequency = draw(STEP), draw(WHOLE)
    end = draw(st.integers(begin + 1, 2**31 - 1))
    if kind == "constant":
        return ConstantSparsity(draw(SPARSITY), begin, draw(st.sampled_from([-1, end])), frequency)
    if kind == "polynomial":
        power = draw(st.floats(0, 1_000_000) | st.integers(0, 9))
        return PolynomialDecay(draw(SPARSITY), draw(SPARSITY), begin, end, power, frequency)
    return read_schedule(kind, {}, draw(st.integers(10, 100_000)))


NAMES = st.text(min_size=1, max_size=60).filter(lambda name: name.isprintable() and name.strip())
NAMED = st.builds(
    NamedSchedule, NAMES | st.sampled_from(["a", "a 2", "constant sparsity"]), schedules()
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    named = draw(st.lists(NAMED, min_size=1, max_size=5))
    edited = draw(st.integers(0, len(named) - 1))
    axis: Any = draw(st.sampled_from(["step", "epoch"]))
    return Scene(tuple(named), edited, draw(WHOLE), draw(WHOLE), draw(WHOLE), axis)


@many
@given(scenes())
def test_a_scene_is_the_same_after_a_link_and_after_a_file(given_scene: Scene) -> None:
    names = [named.name for named in given_scene.schedules]
    assert len(set(names)) == len(names)
    if given_scene.linkable:
        assert Scene.from_query(given_scene.to_query()) == given_scene
        assert (
            Scene.from_query(f"?token=a&{given_scene.to_query()}&voila-theme=dark") == given_scene
        )
    else:
        assert sum(len(quote(name)) for name in names) > LONGEST_LINK / 3
    assert Scene.from_json(json.loads(json.dumps(given_scene.to_json()))) == given_scene


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_of_the_catalog_is_in_a_link_with_its_usual_values(key: str) -> None:
    found = scene(f"schedule={key}")
    assert type(found.schedules[0].schedule) is KINDS[key].schedule_class
    assert scene(found.to_query()) == found
    assert Scene.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_short_link_of_ones_own_is_filled_with_what_is_usual() -> None:
    found = scene("?schedule=polynomial&final=0.8&end_step=50%")
    assert found.schedules == (
        NamedSchedule("polynomial decay", PolynomialDecay(0, 0.8, 1152, 2880, frequency=54)),
    )
    assert (found.samples, found.batch_size, found.epochs) == (48_000, 250, 30)
    assert scene("final_sparsity=0.8&end=50%&schedule=polynomial") == found


def test_shares_are_of_the_run_of_the_link_wherever_it_stands() -> None:
    found = scene("schedule=constant&begin=50%&name=late&schedule=none&samples=1000&epochs=2")
    assert found.schedules[0].schedule == ConstantSparsity(0.875, found.steps // 2, frequency=1)
    assert found.schedules[1] == NamedSchedule("no pruning", None)
    assert found.steps == 8


def test_a_link_says_what_matters_and_no_default() -> None:
    text = Scene(
        (NamedSchedule("constant sparsity", HALF), NamedSchedule("a & b", None))
    ).to_query()
    assert text == (
        "schedule=constant&target_sparsity=0.5&begin_step=0&frequency=100&schedule=none&name=a%20%26%20b"
        "&samples=48000&batch_size=250&epochs=30"
    )


@pytest.mark.parametrize("query", ["", "?", "?token=abc&voila-theme=dark", "samples=10"])
def test_a_link_without_a_schedule_is_no_scene(query: str) -> None:
    assert Scene.from_query(query) is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("schedule=Own", "'Own' is not known"),
        ("schedule=", "'' is not known"),
        ("schedule=constant&power=3", "no power"),
        ("schedule=none&final=0.5", "'none' has no final"),
        ("schedule=constant&target=0.5&target_sparsity=0.5", "given twice"),
        ("schedule=constant&target=0.5&target=0.5", "given twice"),
        ("schedule=constant&target=half", "not a number"),
        ("schedule=constant&target=nan", "not a number"),
        ("schedule=constant&target=87.5", "0.875"),
        ("schedule=constant&begin=1.5", "whole number"),
        ("schedule=constant&begin=200%", "at most 100%"),
        ("schedule=constant&begin=" + "9" * 3000, "not a step"),
        ("schedule=polynomial&end=0", "equals begin_step"),
        ("schedule=polynomial&begin=9&end=3", "before begin_step"),
        ("schedule=none&samples=0", "at least 1"),
        ("schedule=none&samples=20%", "not a whole number"),
        ("schedule=none&epochs=inf", "not a whole number"),
        ("schedule=none&epochs=99999999999", "beyond any run"),
        ("schedule=none&samples=2000000000&batch_size=1", "20,000,000"),
        ("schedule=none&epochs=3&epochs=4", "given twice"),
        ("schedule=none&edited=1", "none of 1"),
        ("schedule=none&axis=time", "step or epoch"),
        ("schedule=none&name=", "1 to 60"),
        ("schedule=none&name=a%0Ab", "printable"),
        ("schedule=none&name=\ud800", "printable"),
        ("schedule=none&name=" + "a" * 61, "1 to 60"),
        ("schedule=none&" * 9, "9 schedules"),
        ("schedule=none&" + "a" * LONGEST_LINK, "4,000"),
    ],
)
def test_nonsense_in_a_link_is_told_in_a_line(query: str, words: str) -> None:
    assert words in refusal(query)


WORDS = st.sampled_from(
    [
        "schedule",
        "name",
        "samples",
        "epochs",
        "edited",
        "axis",
        "final",
        "begin_step",
        "power",
        "constant",
        "polynomial",
        "none",
        "0.5",
        "50%",
        "-1",
        "1e999",
        "%00",
        "%ff",
        "=",
        "&",
        "=",
        "&",
        "=",
        "&",
    ]
)


VALUES = st.sampled_from(
    [
        "0.5",
        "50%",
        "-1",
        "0",
        "1",
        "3",
        "nan",
        "inf",
        "1e308",
        "99999999999",
        "0:0,1:0.5",
        "20%:0.1,50%:0.9",
        "p^3",
        "(((",
        "exp(exp(9))",
        "1/0",
        "::",
        "0:0:0",
        ",",
        "'",
        "p",
        "1:p",
    ]
)


@many
@given(st.sampled_from(list(KINDS)), st.data())
def test_any_value_of_any_parameter_is_a_scene_or_a_usage_error(
    key: str, data: st.DataObject
) -> None:
    fields = data.draw(st.sets(st.sampled_from([field.name for field in KINDS[key].fields])))
    pairs = [("schedule", key), ("samples", "60")]
    pairs += [(name, data.draw(VALUES | st.text(max_size=6))) for name in sorted(fields)]
    told = "fine"
    try:
        found = scene(urlencode(pairs))
        assert found.plan(0).summary
        assert scene(found.to_query()) == found
        assert Scene.from_json(json.loads(json.dumps(found.to_json()))) == found
    except UsageError as error:
        told = str(error)
    assert told
    assert "\n" not in told


@many
@given(st.lists(WORDS | st.text(max_size=5), max_size=40).map("".join))
def test_random_text_is_a_scene_none_or_a_usage_error(text: str) -> None:
    told = "fine"
    try:
        found = Scene.from_query(text)
        assert found is None or Scene.from_query(found.to_query()) == found
    except UsageError as error:
        told = str(error)
    assert told
    assert "\n" not in told


@many
@given(scenes(), st.data())
def test_a_link_with_a_slip_is_a_scene_none_or_a_usage_error(
    given_scene: Scene, data: st.DataObject
) -> None:
    pairs = "&".join(
        data.draw(st.permutations(given_scene.to_query()[:LONGEST_LINK].split("&")))
        if given_scene.linkable
        else ["schedule=none"]
    )
    place = data.draw(st.integers(0, len(pairs)))
    slip = data.draw(st.text(max_size=3))
    text = pairs[:place] + slip + pairs[place + data.draw(st.integers(0, 3)) :]
    told = "fine"
    try:
        Scene.from_query(text)
    except UsageError as error:
        told = str(error)
    assert told
    assert "\n" not in told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["schedules", "name", "schedule", "class_name", "config", "axis", "edited"]
            )
            | st.text(max_size=4),
            part,
            max_size=4,
        )
    ),
)


@many
@given(
    scenes(), st.sampled_from(["schedules", "edited", "samples", "axis", "name", "config"]), JSON
)
def test_other_data_is_refused(given_scene: Scene, place: str, value: Any) -> None:
    data = given_scene.to_json()
    first = data["schedules"][0]
    if place == "name":
        first["name"] = value
    elif place == "config":
        first["schedule"] = {"class_name": "PolynomialDecay", "config": value}
    else:
        data[place] = value
    told = "fine"
    try:
        assert isinstance(Scene.from_json(data), Scene)
        with pytest.raises(UsageError):
            Scene.from_json(value)
    except UsageError as error:
        told = str(error)
    assert "\n" not in told


def test_no_class_outside_the_catalog_is_made_of_data() -> None:
    data = Scene((NamedSchedule("a", HALF),)).to_json()
    data["schedules"][0]["schedule"] = Own().get_config()
    with pytest.raises(UsageError, match="'Own' is not of the catalog"):
        Scene.from_json(data)


def test_a_class_of_ones_own_is_shown_but_in_no_link() -> None:
    own = Scene((NamedSchedule("mine", Own()),), samples=70, batch_size=1, epochs=1)
    assert not own.linkable
    assert own.plan(0).update_steps.tolist() == list(range(7, 71, 7))
    for work in (own.to_query, own.to_json):
        with pytest.raises(UsageError, match="Own is a class of your own"):
            work()


def test_a_plan_is_on_the_steps_of_the_scene() -> None:
    plan = Scene((NamedSchedule("a", None), NamedSchedule("b", CUBIC))).plan(1)
    assert (plan.schedule, plan.steps, plan.steps_per_epoch) == (CUBIC, 5760, 192)


def test_names_that_occur_twice_get_a_number() -> None:
    names = ["a", "a", "a 2", "a", "b" * 60, "b" * 60]
    shown = [
        named.name for named in Scene(tuple(NamedSchedule(name, None) for name in names)).schedules
    ]
    assert shown == ["a", "a 3", "a 2", "a 4", "b" * 60, "b" * 58 + " 2"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scene(()),
        lambda: Scene(tuple(NamedSchedule(str(n), None) for n in range(9))),
        lambda: Scene((HALF,)),  # type: ignore[arg-type]
        lambda: Scene((NamedSchedule("a", None),), edited=1),
        lambda: Scene((NamedSchedule("a", None),), epochs=0),
        lambda: NamedSchedule("a", 3),  # type: ignore[arg-type]
        lambda: NamedSchedule(3, None),  # type: ignore[arg-type]
    ],
)
def test_a_scene_that_is_none_is_a_usage_error(make: Any) -> None:
    with pytest.raises(UsageError):
        make()


def test_a_parameter_with_a_name_of_two_lines_is_refused_in_one() -> None:
    config = {"class_name": "PolynomialDecay", "config": {"final\nsparsity": 0.5}}
    with pytest.raises(UsageError, match="does not fit PolynomialDecay") as error:
        Scene.from_json({"schedules": [{"name": "a", "schedule": config}]})
    assert "\n" not in str(error.value)
