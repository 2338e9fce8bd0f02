"""Samples are scaled by what the training part holds, all parts alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import RunConfig, UsageError
from prunelab.data import Dataset, describe, load
from prunelab.lab.config_details import config_details

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (60, 4, 4)).astype(np.uint8)
BYTES[0, 0, 0], BYTES[1, 0, 0] = 0, 255
Y = np.arange(60) % 3


def saved(folder: Path, x: Any, x_test: Any = None, **more: Any) -> str:
    path, x_test = folder / "data.npz", x if x_test is None else x_test
    np.savez(path, x_train=x, y_train=Y, x_test=x_test, y_test=np.arange(len(x_test)) % 3, **more)
    return str(path)


def loaded(path: str, scale: str = "auto") -> Dataset:
    data = load(path, 0.25, scale)
    assert describe(path, scale) == data.info
    return data


def test_bytes_are_divided_by_255_and_so_is_a_test_of_floats(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, BYTES, BYTES.astype(np.float64)))
    assert np.array_equal(data.test.x, BYTES.astype(np.float32) / np.float32(255))
    assert data.train.x.max() <= 1.0
    (note,) = data.info.notes
    assert "divided by 255: x_train holds bytes (--scale none keeps them)" in note


def test_floats_stay_and_so_does_a_test_of_bytes(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, BYTES.astype(np.float32), BYTES))
    assert np.array_equal(data.test.x, BYTES.astype(np.float32))
    (note,) = data.info.notes
    assert "reaches from 0 to 255, as if it was not scaled" in note
    assert "--scale 255 divides by 255" in note


@pytest.mark.parametrize(
    ("x", "x_test"),
    [
        (BYTES, BYTES / 255),
        (BYTES / 255, BYTES),
        (BYTES / 255, BYTES.astype(np.float32)),
        (BYTES.astype(float), BYTES / 127.5 - 1),
        (BYTES.astype(np.uint16) * 257, BYTES / 255),
    ],
    ids=["bytes, scaled", "scaled, bytes", "scaled, floats", "to -1", "two bytes"],
)
def test_one_part_scaled_and_another_not_is_refused(tmp_path: Path, x: Any, x_test: Any) -> None:
    path = saved(tmp_path, x, x_test)
    for scale in ("auto", "none", "255"):
        with pytest.raises(UsageError, match="as if one was scaled and the other not: scale both"):
            describe(path, scale)


def test_parts_of_very_different_ranges_are_said(tmp_path: Path) -> None:
    notes = loaded(saved(tmp_path, BYTES, RNG.normal(size=(60, 4, 4)))).info.notes
    assert "check that both were scaled alike" in notes[-1]


def test_ones_and_noughts_of_a_byte_stay(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, (BYTES > 99).astype(np.uint8)))
    assert set(np.unique(data.train.x)) == {0.0, 1.0}
    assert not data.info.notes


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (BYTES.astype(np.uint16) * 257, "--scale 65535 divides by 65535"),
        (BYTES.astype(np.int64), "--scale 255 divides by 255"),
        (BYTES.astype(np.int8), "--scale minmax"),
        (RNG.random((60, 5)) * 1e6, "--scale standard"),
        (BYTES.reshape(60, 16).astype(float), "--scale 255 divides by 255"),
        (BYTES.reshape(60, 16).clip(0, 200).astype(float), "--scale standard"),
        (BYTES / 255 / 255, "as if it was scaled twice"),
        (np.ones((60, 4)), "x_train holds 1 alone: there is nothing to learn"),
        (BYTES // 16, "it ends at 15, so --scale 15 may suit better"),
    ],
    ids=[
        "uint16",
        "int64",
        "int8",
        "table",
        "row of pixels",
        "row of numbers",
        "twice",
        "constant",
        "four bits",
    ],
)
def test_what_looks_odd_is_said(tmp_path: Path, x: Any, told: str) -> None:
    (note,) = loaded(saved(tmp_path, x)).info.notes
    assert told in note


def test_what_is_scaled_already_is_left_and_nothing_said(tmp_path: Path) -> None:
    for x in (RNG.normal(size=(60, 5)), BYTES / 255, BYTES / 127.5 - 1):
        data = loaded(saved(tmp_path, x))
        assert not data.info.notes
        assert np.array_equal(data.test.x, x.astype(np.float32))


def test_none_leaves_bytes_as_they_are(tmp_path: Path) -> None:
    data = loaded(saved(tmp_path, BYTES), "none")
    assert np.array_equal(data.test.x, BYTES.astype(np.float32))


def test_a_number_divides_all_parts(tmp_path: Path) -> None:
    x = BYTES.astype(np.uint16) * 257
    data = loaded(saved(tmp_path, x, x_val=x, y_val=Y), "65535")
    for part in (data.train, data.validation, data.test):
        assert np.array_equal(part.x, x.astype(np.float32) / np.float32(65535))


def test_minmax_brings_the_training_part_to_one(tmp_path: Path) -> None:
    x = RNG.normal(5, 3, (60, 5))
    data = loaded(saved(tmp_path, x, x + 100), "minmax")
    both = np.concatenate([data.train.x, data.validation.x])
    assert (both.min(), both.max()) == (0.0, 1.0)
    assert np.allclose(data.test.x, (x + 100 - x.min()) / (x.max() - x.min()), rtol=1e-5)


def test_standard_is_by_each_number_of_the_training_samples(tmp_path: Path) -> None:
    x = RNG.normal([0, 100, 1e6, 7], [1, 20, 1e5, 0], (60, 4))
    data = loaded(saved(tmp_path, x, x[:9] * 2), "standard")
    both = np.concatenate([data.train.x, data.validation.x])
    assert np.allclose(both.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(both.std(axis=0), [1, 1, 1, 0], atol=1e-4)
    mean, deviation = x[:, :3].mean(axis=0), x[:, :3].std(axis=0)
    assert np.allclose(data.test.x[:, :3], (x[:9, :3] * 2 - mean) / deviation, atol=1e-3)


def test_the_share_for_validation_does_not_change_the_scaling(tmp_path: Path) -> None:
    path = saved(tmp_path, RNG.normal(5, 3, (60, 5)))
    for scale in ("minmax", "standard"):
        assert np.array_equal(load(path, 0.0, scale).test.x, load(path, 0.5, scale).test.x)


@pytest.mark.parametrize("scale", ["nonsense", "0", "-1", "nan", "inf", ""])
def test_a_scale_that_is_none_is_told(tmp_path: Path, scale: str) -> None:
    with pytest.raises(UsageError, match="use auto, none, minmax, standard, or a number"):
        RunConfig(None, dataset=saved(tmp_path, BYTES), scale=scale)


def test_a_scale_is_one_choice_however_it_is_written(tmp_path: Path) -> None:
    path = saved(tmp_path, BYTES)
    written: list[Any] = [255, 255.0, "255", "255.0", "2.55e2"]
    configs = [RunConfig(None, dataset=path, batch_size=8, scale=one) for one in written]
    assert {config.scale for config in configs} == {"255"}
    assert config_details(configs[0].to_record())["scale"] == "255"
    assert "scale" not in config_details(RunConfig(None, dataset=path, batch_size=8).to_record())


def test_a_config_goes_through_its_record_without_another_look_at_the_file(tmp_path: Path) -> None:
    import json

    path = saved(tmp_path, BYTES)
    config = RunConfig(None, dataset=path, batch_size=8, scale="none")
    Path(path).write_bytes(b"something else")
    again = RunConfig.from_record(json.loads(json.dumps(config.to_record())))
    assert again == config
    assert again.data == config.data
    assert again.plan.steps == config.plan.steps
