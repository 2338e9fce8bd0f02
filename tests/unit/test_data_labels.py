"""Labels as people write them, and what is no class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import UsageError
from prunelab.data import Dataset, describe, load

RNG = np.random.default_rng(0)


def saved(folder: Path, y_train: Any, y_test: Any = None) -> str:
    """A file with these labels, and samples that are nothing but chance."""
    y_train = np.asarray(y_train)
    y_test = y_train[:50] if y_test is None else np.asarray(y_test)
    path = folder / "data.npz"
    np.savez(
        path,
        x_train=RNG.random((len(y_train), 4)),
        y_train=y_train,
        x_test=RNG.random((len(y_test), 4)),
        y_test=y_test,
    )
    return str(path)


def loaded(path: str) -> Dataset:
    data = load(path, 0.0)
    assert describe(path) == data.info
    return data


def line(path: str) -> str:
    with pytest.raises(UsageError) as error:
        describe(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (range(10), None),
        (np.arange(10.0), None),
        ([False, True], None),
        (range(1, 11), "labels 1 to 10 were mapped to classes 0 to 9"),
        ([-1, 1], "labels -1, 1 were mapped to classes 0 to 1"),
        ([-1.0, 1.0], "labels -1, 1 were mapped to classes 0 to 1"),
        ([0, 2, 5], "labels 0, 2, 5 were mapped to classes 0 to 2"),
        (["cat", "dog"], "labels 'cat', 'dog' were mapped to classes 0 to 1"),
        (np.array(["cat", "dog"], "S"), "labels 'cat', 'dog' were mapped to classes 0 to 1"),
        (["0", "1", "2"], None),
        (["1", "2", "10"], "labels 1, 2, 10 were mapped to classes 0 to 2"),
        (["1.0", "2.0"], "labels 1, 2 were mapped to classes 0 to 1"),
        (["no", "yes"], "labels 'no', 'yes' were mapped to classes 0 to 1"),
        (
            range(0, 300, 30),
            "labels 0, 30, 60, 90, ..., 270 (10 values) were mapped to classes 0 to 9",
        ),
        (np.array([2**60, 2**60 + 1]), f"labels {2**60}, {2**60 + 1} were mapped to classes 0 to"),
    ],
    ids=str,
)
def test_labels_are_numbered_by_their_order_and_that_is_said(
    tmp_path: Path, values: Any, note: str | None
) -> None:
    values = np.asarray(values)
    index = np.arange(200) % len(values)
    data = loaded(saved(tmp_path, values[index]))
    assert data.info.classes == len(values)
    assert np.array_equal(data.train.y, index)
    assert np.array_equal(data.test.y, index[:50])
    assert bool(data.info.notes) == (note is not None)
    if note is not None:
        assert note in data.info.notes[0]


def test_the_numbering_is_the_training_part_s_for_all_parts(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, [3, 5, 9] * 20, [9, 9, 3.0]))
    assert data.test.y.tolist() == [2, 2, 0]


def test_one_hot_rows_are_their_columns(tmp_path: Path) -> None:
    index = np.arange(60) % 3
    for dtype in (np.float64, np.uint8, np.bool_):
        data = loaded(saved(tmp_path, np.eye(3, dtype=dtype)[index]))
        assert np.array_equal(data.train.y, index)
        assert "one-hot rows: the 3 columns are the classes" in data.info.notes[0]


def test_a_column_of_one_hot_rows_that_no_sample_has_stays_a_class(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, np.eye(10)[np.arange(60) % 9]))
    assert data.info.classes == 10


def test_many_classes_of_few_samples_are_classes(tmp_path: Path) -> None:
    for count, each in ((100, 5), (1000, 2), (1000, 5)):
        data = loaded(saved(tmp_path, np.tile(np.arange(count), each)))
        assert data.info.classes == count
        assert not data.info.notes


def test_many_classes_as_floats_are_classes_where_they_are_numbered(tmp_path: Path) -> None:
    assert loaded(saved(tmp_path, np.tile(np.arange(100.0), 4))).info.classes == 100


def test_many_names_are_classes(tmp_path: Path) -> None:
    names = [f"id{number:03}" for number in range(100)] * 3
    assert loaded(saved(tmp_path, names)).info.classes == 100


def test_many_numbers_with_gaps_are_classes_where_each_has_samples(tmp_path: Path) -> None:
    assert loaded(saved(tmp_path, np.tile(np.arange(0, 400, 10), 25))).info.classes == 40


def _diabetes() -> Any:
    from sklearn.datasets import load_diabetes

    return load_diabetes().target


@pytest.mark.parametrize(
    "target",
    [
        _diabetes(),
        _diabetes().astype(int),
        _diabetes().astype(str),
        RNG.normal(size=200),
        RNG.integers(0, 10**6, 200),
        np.round(RNG.normal(170, 10, 5000)),
        np.repeat([0.5, 1.5], 100),
        [f"{number:.2f}" for number in RNG.normal(size=200)],
        np.round(RNG.exponential(60, 9000)).astype(int),
    ],
    ids=[
        "whole floats",
        "as int",
        "as text",
        "normal",
        "large",
        "heights",
        "halves",
        "texts",
        "counts",
    ],
)
def test_amounts_are_no_classes(tmp_path: Path, target: Any) -> None:
    told = line(saved(tmp_path, target))
    assert "amounts" in told
    assert "prunelab trains classifiers, so make classes of them" in told


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (np.ones(60, int), "y_train holds the one class 1: give samples of two classes"),
        (np.eye(3)[np.zeros(60, int)], "y_train holds the one class 0"),
        (np.where(np.arange(60) > 50, np.nan, 1.0), "y_train holds nan in 9 of 60 samples"),
        (["a", "", "b"] * 20, "y_train holds '' in 20 of 60 samples"),
        (["a", "None", "b"] * 20, "y_train holds 'None' in 20 of 60 samples"),
        ([f"sample {number}" for number in range(60)], "60 values among 60 samples"),
        (np.ones((60, 3)), "not each row is one-hot"),
        (np.full((60, 2), 0.5), "not each row is one-hot"),
        (np.tile([1, 5], (60, 1)), "not each row is one-hot"),
        (np.zeros((60, 3, 2)), "y_train has shape (60, 3, 2): give one class number"),
        (np.zeros(60, "M8[s]"), "y_train holds datetime64[s], no whole class"),
        (np.arange(60) % 2 + 1j, "y_train holds complex128, no whole class"),
    ],
    ids=str,
)
def test_what_is_no_label_is_told(tmp_path: Path, y: Any, told: str) -> None:
    assert told in line(saved(tmp_path, y))


@pytest.mark.parametrize(
    ("y_train", "y_test", "told"),
    [
        ([0, 1] * 30, [2], "y_test holds class 2, which no sample of y_train has"),
        (["a", "b"] * 30, ["c"], "y_test holds class 'c', which no sample of y_train has"),
        (["a", "b"] * 30, [0], "y_test holds class 0, which"),
        ([0, 1] * 30, np.eye(2), "y_test has one-hot rows and y_train not"),
        (np.eye(2)[[0, 1] * 30], [1, 0], "y_train has one-hot rows of 2 columns, y_test not"),
        (np.eye(3)[[0, 1] * 30], np.eye(3), "y_test holds class 2, which no sample"),
    ],
    ids=str,
)
def test_parts_that_do_not_fit_together(
    tmp_path: Path, y_train: Any, y_test: Any, told: str
) -> None:
    assert told in line(saved(tmp_path, y_train, y_test))
