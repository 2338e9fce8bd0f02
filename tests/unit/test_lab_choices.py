"""What tells runs apart: two that differ never look alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prunelab.lab import Lab, Run, RunConfig, RunWriter, compare, differences, short_names
from prunelab.lab.choices import group_of
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


def finished(lab: Lab, *configs: RunConfig) -> list[Run]:
    for config in configs:
        _end(lab, lab.add(config))
    return sorted(lab.runs(), key=lambda run: run.id)


def _end(lab: Lab, number: int) -> None:
    writer = RunWriter(lab, number)
    writer.begin()
    writer.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.1)


OTHER: list[dict[str, Any]] = [
    {"learning_rate": 0.01},
    {"learning_rate": 0.0010000001},
    {"validation_split": 0.1},
    {"batch_size": 64},
    {"epochs": 31},
    {"model": "cnn"},
]


@pytest.mark.parametrize("other", OTHER, ids=str)
def test_a_choice_that_differs_is_a_column_of_its_own_and_no_other_is(other, lab):
    runs = finished(lab, RunConfig(None), RunConfig(None, **other))
    (name,) = other
    told = differences(runs)
    assert list(told) == [name]
    assert len(set(told[name])) == 2
    table = compare(runs)
    assert len(table) == 2
    assert set(table[name]) == {getattr(RunConfig(None), name), other[name]}
    assert ("learning_rate" in table) == (name == "learning_rate")


def test_runs_that_differ_by_seed_and_name_alone_have_no_choice_that_differs(lab):
    runs = finished(lab, RunConfig(None, seed=1, name="a"), RunConfig(None, seed=2, name="b"))
    assert differences(runs) == {}
    assert compare(runs)["seeds"].tolist() == [2]


def test_schedules_are_told_by_what_tells_them_apart(lab):
    runs = finished(
        lab,
        RunConfig(PolynomialDecay(0, 0.875, 100, 800)),
        RunConfig(PolynomialDecay(0, 0.875, 216, 800)),
        RunConfig(ConstantSparsity(0.5, 0)),
        RunConfig(None),
    )
    assert differences(runs) == {
        "schedule": [
            "PolynomialDecay(final_sparsity=0.875, begin_step=100)",
            "PolynomialDecay(final_sparsity=0.875, begin_step=216)",
            "ConstantSparsity(target_sparsity=0.5)",
            "none",
        ]
    }


class _Own(PruningSchedule):
    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, step: Any) -> tuple[Any, Any]:
        return step == self.at, 0.5

    def get_config(self) -> dict[str, Any]:
        return {"class_name": "Own", "config": {}}


def test_runs_whose_texts_are_equal_are_told_apart_by_a_digest(lab):
    runs = finished(lab, RunConfig(_Own(5)), RunConfig(_Own(9)))
    (name, digests), *others = differences(runs).items()
    assert (name, others) == ("choices", [])
    assert len(set(digests)) == 2
    assert sorted(compare(runs)["choices"]) == sorted(group_of(run) for run in runs)


def test_scripts_are_one_group_under_one_name_and_choice(lab):
    for name, rate in [("mine", 0.1), ("mine", 0.1), ("other", 0.1), ("mine", 0.2)]:
        _end(lab, lab.add_script(name, "model", None, 3, 30, details={"rate": rate}))
    table = compare(lab.runs())
    rows = sorted(zip(table["name"], table["rate"], table["runs"], strict=True))
    # Without a seed each is one of a seed of its own.
    assert rows == [("mine", 0.1, [1, 2]), ("mine", 0.2, [4]), ("other", 0.1, [3])]


def test_a_choice_with_the_name_of_a_result_is_kept_beside_it(lab):
    for sparsity in (0.7, 0.8):
        _end(lab, lab.add_script("mine", "model", None, 3, 30, details={"sparsity": sparsity}))
    table = compare(lab.runs())
    assert sorted(table["chosen_sparsity"]) == [0.7, 0.8]
    assert table["sparsity"].tolist() == [0.5, 0.5]


def test_files_are_told_by_as_much_of_their_paths_as_tells_them_apart():
    paths = ["/a/x/data.npz", "/a/y/data.npz", "/b/other.npz", "digits", "/a/x/data.npz"]
    assert short_names(paths) == ["x/data.npz", "y/data.npz", "other.npz", "digits", "x/data.npz"]
    assert short_names(["/data.npz", "/a/data.npz"]) == ["/data.npz", "a/data.npz"]
