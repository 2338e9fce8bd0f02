"""The data sets: what a file must hold, and what comes out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import UsageError
from prunelab.data import DATASETS, describe, load


def _good() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        "x_train": generator.random((20, 4, 4)).astype(np.float32),
        "y_train": np.arange(20) % 3,
        "x_test": generator.random((6, 4, 4)).astype(np.float32),
        "y_test": np.arange(6) % 3,
    }


def _saved(folder: Path, **instead: Any) -> str:
    path = folder / "data.npz"
    np.savez(path, **{**_good(), **instead})
    return str(path)


def _refused(path: str | Path, told: str) -> None:
    """Both the look at a file and its loading refuse it with the same line."""
    for use in (lambda: describe(str(path)), lambda: load(str(path), 0.2)):
        with pytest.raises(UsageError, match=told) as error:
            use()
        assert "\n" not in str(error.value)
        assert str(path) in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    _refused(tmp_path / "none.npz", "does not exist: check the path")


def test_a_folder(tmp_path: Path) -> None:
    _refused(tmp_path, "is a folder: give a FILE.npz")


def test_a_file_that_is_no_zip(tmp_path: Path) -> None:
    path = tmp_path / "text.npz"
    path.write_text("x_train, y_train\n1, 2\n")
    _refused(path, r"is not an .npz file: make one with np.savez")


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.npz"
    path.touch()
    _refused(path, r"is not an .npz file")


def test_one_array_renamed_to_npz(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.zeros((3, 3)))
    _refused(path.rename(tmp_path / "array.npz"), r"is not an .npz file")


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    objects = np.array([[0, "a"], [{}, 1]], dtype=object)
    _refused(_saved(tmp_path, x_train=objects), "holds no plain arrays")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_truncated_file(tmp_path: Path, save: Any) -> None:
    path = tmp_path / "short.npz"
    save(path, **_good())
    path.write_bytes(path.read_bytes()[:-100])
    _refused(path, "is not an .npz file")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_wherever_a_file_is_damaged_nothing_but_a_usage_error_comes_of_it(
    tmp_path: Path, save: Any
) -> None:
    path = tmp_path / "damaged.npz"
    save(path, **_good())
    whole, refused = path.read_bytes(), []
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + b"\xfe" * 9 + whole[place + 9 :])
        try:
            describe(str(path))
        except UsageError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert not any("\n" in told for told in refused)


def test_lacking_arrays_are_named(tmp_path: Path) -> None:
    path = tmp_path / "half.npz"
    np.savez(path, x_train=_good()["x_train"], y_train=_good()["y_train"])
    _refused(path, r"lacks x_test, y_test: save it with np\.savez")


BAD_ARRAYS: list[tuple[str, dict[str, np.ndarray], str]] = [
    (
        "lengths that differ",
        {"y_train": np.arange(19) % 3},
        "x_train has 20 samples and y_train 19 labels: give one label a sample",
    ),
    ("fractional labels", {"y_train": np.linspace(0, 1, 20)}, "y_train holds .* whole class"),
    ("labels of NaN", {"y_train": np.full(20, np.nan)}, "y_train holds .* whole class"),
    ("labels of infinity", {"y_train": np.full(20, np.inf)}, "y_train holds .* whole class"),
    (
        "labels past int64",
        {"y_test": np.full(6, 2**63, np.uint64)},
        "y_test holds class 9223372036854775808, which",
    ),
    ("one class", {"y_train": np.full(20, "cat")}, "y_train holds the one class 'cat': give"),
    ("a value a sample", {"y_train": np.arange(20) * 50}, "20 values among 20 samples, so these"),
    ("a class of the test alone", {"y_test": np.full(6, 3)}, "y_test holds class 3, which no samp"),
    (
        "another shape in the test",
        {"x_test": np.zeros((6, 5, 5))},
        r"x_train has shape \(4, 4\) and one of x_test \(5, 5\)",
    ),
    ("NaN", {"x_train": np.full((20, 4, 4), np.nan)}, "x_train holds NaN or infinity .*: replace"),
    ("infinity", {"x_test": np.full((6, 4, 4), np.inf)}, "x_test holds NaN or infinity"),
    (
        "numbers past float32",
        {"x_train": np.full((20, 4, 4), 1e300)},
        "x_train holds NaN or infinity",
    ),
    ("complex numbers", {"x_train": np.zeros((20, 4), complex)}, "x_train holds complex128: give"),
    ("text", {"x_train": np.full((20, 4), "a")}, "x_train holds <U1: give real numbers"),
    ("bare numbers", {"x_train": np.zeros(20)}, r"x_train has shape \(20,\): give \(samples, "),
    ("video", {"x_train": np.zeros((20, 2, 2, 2, 2))}, r"x_train has shape \(20, 2, 2, 2, 2\)"),
    ("no samples", {"x_train": np.zeros((0, 4, 4))}, r"x_train has shape \(0, 4, 4\).*none empty"),
    ("no labels", {"y_test": np.zeros(0, int)}, r"y_test has shape \(0,\): give one class number"),
]


@pytest.mark.parametrize(
    ("instead", "told"), [case[1:] for case in BAD_ARRAYS], ids=[case[0] for case in BAD_ARRAYS]
)
@pytest.mark.filterwarnings("error")
def test_arrays_that_cannot_be_trained_on(
    tmp_path: Path, instead: dict[str, np.ndarray], told: str
) -> None:
    _refused(_saved(tmp_path, **instead), told)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'minst' is not known: use one of digits, mnist.*npz"):
        describe("minst")


def test_a_good_file_is_described_by_what_it_holds(tmp_path: Path) -> None:
    info = describe(_saved(tmp_path))
    assert (info.samples, info.test_samples, info.shape, info.classes) == (20, 6, (4, 4), 3)


def test_a_good_file_is_split_and_no_sample_lost_or_doubled(tmp_path: Path) -> None:
    data = load(_saved(tmp_path), 0.25)
    assert (len(data.train.x), len(data.validation.x), len(data.test.x)) == (15, 5, 6)
    both = np.concatenate([data.train.x, data.validation.x])
    everything = _good()["x_train"]
    assert sorted(map(bytes, both)) == sorted(map(bytes, everything))


def test_samples_keep_their_labels(tmp_path: Path) -> None:
    labels = np.arange(20) % 3
    path = _saved(tmp_path, x_train=np.tile(labels[:, None], (1, 4)), x_test=np.ones((6, 4)))
    data = load(path, 0.25)
    assert np.array_equal(data.train.x[:, 0], data.train.y)
    assert np.array_equal(data.validation.x[:, 0], data.validation.y)


def test_every_load_divides_alike(tmp_path: Path) -> None:
    path = _saved(tmp_path)
    assert np.array_equal(load(path, 0.5).train.x, load(path, 0.5).train.x)


def test_without_a_validation_share_everything_is_trained_on(tmp_path: Path) -> None:
    data = load(_saved(tmp_path), 0.0)
    assert (len(data.train.x), len(data.validation.x)) == (20, 0)


def test_bytes_are_scaled_to_one(tmp_path: Path) -> None:
    x = np.arange(20 * 16, dtype=np.uint16).clip(0, 255).astype(np.uint8).reshape(20, 4, 4)
    data = load(_saved(tmp_path, x_train=x, x_test=x[:6]), 0.0)
    assert data.train.x.dtype == np.float32
    assert np.array_equal(data.train.x, x.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, np.bool_])
def test_other_numbers_keep_their_values(tmp_path: Path, kind: type) -> None:
    x = np.ones((20, 4, 4), kind)
    data = load(_saved(tmp_path, x_train=x), 0.0)
    assert data.train.x.dtype == np.float32
    assert (data.train.x == 1).all()


@pytest.mark.parametrize(
    "labels",
    [
        (np.arange(20) % 3).reshape(20, 1),
        (np.arange(20) % 3).astype(np.float64),
        (np.arange(20) % 3).astype(np.uint8),
        np.arange(20) % 2 == 1,
    ],
    ids=["column", "whole floats", "bytes", "booleans"],
)
def test_labels_come_out_flat_and_whole(tmp_path: Path, labels: np.ndarray) -> None:
    data = load(_saved(tmp_path, y_train=labels, y_test=np.zeros(6, int)), 0.0)
    assert (data.train.y.shape, data.train.y.dtype) == ((20,), np.int64)
    assert np.array_equal(data.train.y, labels.reshape(-1))


def test_digits_are_what_their_description_says() -> None:
    data, info = load("digits", 0.0), DATASETS["digits"]
    assert data.info == info
    assert (len(data.train.x), len(data.test.x)) == (info.samples, info.test_samples)
    assert (data.train.x.min(), data.train.x.max()) == (0.0, 1.0)
    assert set(data.test.y.tolist()) == set(range(10))


def test_the_described_number_of_training_samples_is_the_loaded_one() -> None:
    for share in (0.0, 0.1, 0.2, 1 / 3, 0.999):
        assert len(load("digits", share).train.x) == DATASETS["digits"].training_samples(share)
