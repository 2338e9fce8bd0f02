"""Which arrays of an `.npz` file are taken for what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import RunConfig, UsageError
from prunelab.data import channels_first, describe, load

X, Y = np.random.default_rng(0).random((40, 6)), np.arange(40) % 4
X2, Y2 = np.random.default_rng(1).random((9, 6)), np.arange(9) % 4
X3, Y3 = np.random.default_rng(2).random((8, 6)), np.arange(8) % 4
WHOLE = {"x_train": X, "y_train": Y, "x_test": X2, "y_test": Y2}


def saved(folder: Path, *unnamed: Any, **arrays: Any) -> str:
    np.savez(folder / "data.npz", *unnamed, **arrays)
    return str(folder / "data.npz")


def line(path: str) -> str:
    with pytest.raises(UsageError) as error:
        describe(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "names",
    [
        ("X_train", "y_train", "X_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("x_tr", "y_tr", "x_te", "y_te"),
        ("xtrain", "ytrain", "xtest", "ytest"),
        ("Xtr", "ytr", "Xte", "yte"),
        ("train_x", "train_y", "test_x", "test_y"),
        ("train_set_x", "train_set_y", "test_set_x", "test_set_y"),
        ("train-data", "train-target", "test-data", "test-target"),
        ("features_train", "labels_train", "features_test", "labels_test"),
    ],
    ids=lambda names: names[0],
)
def test_usual_names_are_known(tmp_path: Path, names: tuple[str, ...]) -> None:
    data = load(saved(tmp_path, **dict(zip(names, (X, Y, X2, Y2), strict=True))), 0.0)
    assert np.array_equal(data.train.x, X.astype(np.float32))
    assert np.array_equal(data.train.y, Y)
    assert np.array_equal(data.test.x, X2.astype(np.float32))
    assert np.array_equal(data.test.y, Y2)
    assert not data.info.notes


@pytest.mark.parametrize(
    "arrays",
    [(X, Y, X2, Y2), (X, X2, Y, Y2), (Y, X, Y2, X2), (X, Y[:, None], X2, Y2[:, None])],
    ids=["pairs", "train_test_split", "labels first", "columns"],
)
def test_arrays_without_names_are_known_by_their_shapes(tmp_path: Path, arrays: Any) -> None:
    data = load(saved(tmp_path, *arrays), 0.0)
    assert np.array_equal(data.train.x, X.astype(np.float32))
    assert np.array_equal(data.test.y, Y2)
    assert "arr_0" in data.info.notes[0]


@pytest.mark.parametrize(
    "arrays", [(X,), (X, X2), (X, Y2), (X, Y, X2), (X, Y2, X2, Y), (X, Y, X2, Y2, X3, Y3)]
)
def test_arrays_without_names_that_do_not_tell_are_refused(tmp_path: Path, arrays: Any) -> None:
    told = line(saved(tmp_path, *arrays))
    assert "arr_0 (40, 6)" in told
    assert "save it with np.savez(path, x_train=" in told


@pytest.mark.parametrize(
    "names", [("x", "y"), ("X", "y"), ("data", "target"), ("images", "labels"), (None, None)]
)
def test_a_file_without_a_test_part_is_divided_alike_for_all_runs(
    tmp_path: Path, names: tuple[str | None, str]
) -> None:
    x = np.arange(200.0)[:, None] / 200 * np.ones(3)
    y = np.repeat([0, 1, 2], [100, 60, 40])
    first, second = names
    path = saved(tmp_path, x, y) if first is None else saved(tmp_path, **{first: x, second: y})
    data, again = load(path, 0.25), load(path, 0.25)
    assert (len(data.train.x), len(data.validation.x), len(data.test.x)) == (120, 40, 40)
    assert np.bincount(data.test.y).tolist() == [20, 12, 8]
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(data, part).x, getattr(again, part).x)
        got = getattr(data, part)
        assert np.array_equal(y[np.round(got.x[:, 0] * 200).astype(int)], got.y)
    every = np.concatenate([data.train.x, data.validation.x, data.test.x])[:, 0]
    assert np.array_equal(np.sort(every), x[:, 0].astype(np.float32))
    assert any("no test part: 40 of 200 samples, a fifth" in note for note in data.info.notes)
    assert describe(path) == data.info


def test_a_class_of_one_sample_stays_for_training(tmp_path: Path) -> None:
    for samples in range(20, 26):
        y = np.array([7] + [0, 1] * (samples // 2))
        data = load(saved(tmp_path, x=np.random.default_rng(0).random((len(y), 2)), y=y), 0.0)
        assert (data.train.y == 2).sum() == 1


def test_too_few_samples_to_divide_are_told(tmp_path: Path) -> None:
    assert "too few to keep a fifth" in line(saved(tmp_path, x=X[:2], y=Y[:2]))


def test_a_path_is_as_good_as_its_name(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, **WHOLE))
    config = RunConfig(None, dataset=path, batch_size=8)  # type: ignore[arg-type]
    assert config.dataset == str(path)


def test_a_validation_part_of_the_file_s_own_is_used_as_such(tmp_path: Path) -> None:
    path = saved(tmp_path, **WHOLE, x_val=X3, y_val=Y3)
    data = load(path, 0.25)
    assert np.array_equal(data.validation.x, X3.astype(np.float32))
    assert len(data.train.x) == 40
    assert RunConfig(None, dataset=path, batch_size=8).samples == 40
    assert "validated on x_val of the file" in data.info.notes[0]


def test_a_validation_part_without_a_test_is_the_test(tmp_path: Path) -> None:
    path = saved(tmp_path, x_train=X, y_train=Y, x_val=X2, y_val=Y2)
    data = load(path, 0.25)
    assert np.array_equal(data.test.x, X2.astype(np.float32))
    assert (len(data.train.x), len(data.validation.x)) == (30, 10)
    assert "x_val is the test part" in data.info.notes[0]


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"a": X, "b": Y}, "holds a, b and lacks x_train, y_train, x_test, y_test: save it"),
        ({"x": X}, "holds x and lacks y: save it with"),
        ({"x_train": X, "y_train": Y, "x_test": X2}, "lacks y_test"),
        ({**WHOLE, "X_train": X}, "x_train and X_train, of which either may be x_train: keep one"),
        ({"data": X, "images": X, "target": Y}, "data and images, of which either may be x"),
        ({f"n{number}": X for number in range(100)}, "n7 and 92 more"),
        ({**WHOLE, "x_test": X2[:, :3]}, "shape (6,) and one of x_test (3,)"),
    ],
)
def test_what_is_missing_or_may_be_two_things_is_told(
    tmp_path: Path, arrays: dict[str, Any], told: str
) -> None:
    assert told in line(saved(tmp_path, **arrays))


def test_an_empty_archive_is_told(tmp_path: Path) -> None:
    assert "holds no array and lacks" in line(saved(tmp_path))


def test_arrays_that_are_not_used_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, **WHOLE, class_names=np.array(["a", "b"]), ids=np.arange(3))
    assert describe(path).notes == ("not used of the file: class_names, ids",)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "x",
    [
        X.astype(np.float16),
        X.astype(">f8"),
        np.asfortranarray(X),
        np.asfortranarray(X.reshape(40, 2, 3)),
        X.reshape(40, 3, 2).transpose(0, 2, 1),
        X[:, :1],
        (X > 0.5),
    ],
    ids=["half", "big-endian", "by columns", "3-d by columns", "transposed", "thin", "bools"],
)
def test_numbers_of_every_kind_and_order_come_out_alike(tmp_path: Path, x: Any, save: Any) -> None:
    path = tmp_path / "data.npz"
    save(path, x_train=x, y_train=Y, x_test=x[:9], y_test=Y2)
    data = load(str(path), 0.0)
    assert np.array_equal(data.train.x, x.astype(np.float32))
    assert np.array_equal(data.test.x, x[:9].astype(np.float32))


def test_several_blocks_come_out_in_order(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((30_000, 100)).astype(np.float32)  # Three blocks.
    x[:, 0] = np.arange(30_000)
    y = np.arange(30_000) % 7
    for array in (x, np.asfortranarray(x)):
        data = load(saved(tmp_path, x=array, y=y), 0.2, "none")
        every = np.concatenate([data.train.x, data.validation.x, data.test.x])
        numbers = np.concatenate([data.train.y, data.validation.y, data.test.y])
        order = np.argsort(every[:, 0])
        assert np.array_equal(every[order], x)
        assert np.array_equal(numbers[order], y)


@pytest.mark.parametrize(
    ("shape", "first"),
    [
        ((1, 8, 8), True),
        ((3, 8, 9), True),
        ((4, 32, 32), True),
        ((3, 7, 9), False),
        ((3, 9, 7), False),
        ((2, 32, 32), False),
        ((3, 32, 3), False),
        ((32, 32), False),
    ],
    ids=str,
)
def test_images_of_one_three_or_four_channels_are_recognised(
    shape: tuple[int, ...], first: bool
) -> None:
    assert channels_first(shape) == first


def test_channels_first_are_said_and_refused_by_the_cnn(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((40, 3, 16, 12)).astype(np.float32)
    path = saved(tmp_path, x_train=x, y_train=Y, x_test=x, y_test=Y)
    assert "channels first" in describe(path).notes[0]
    assert "np.moveaxis(x, 1, -1)" in describe(path).notes[0]
    assert RunConfig(None, dataset=path, batch_size=8).samples == 32
    with pytest.raises(UsageError, match=r"takes channels last.*moveaxis"):
        RunConfig(None, dataset=path, batch_size=8, model="cnn")


def test_channels_last_are_not_said(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((40, 16, 12, 3)).astype(np.float32)
    assert not describe(saved(tmp_path, x_train=x, y_train=Y, x_test=x, y_test=Y)).notes


def test_a_target_is_for_tables(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not go with .*npz"):
        describe(saved(tmp_path, **WHOLE), target="y")
    with pytest.raises(UsageError, match="does not go with digits"):
        describe("digits", target="y")
