"""A file takes the room of its arrays, and is read once."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from prunelab import RunConfig
from prunelab.data import describe, load

ROWS = 50_000


def _array(kind: str) -> Any:
    x = np.random.default_rng(0).random((ROWS, 200), dtype=np.float32)
    return {"floats": x, "bytes": (x * 255).astype(np.uint8), "by columns": np.asfortranarray(x)}[
        kind
    ]


@pytest.fixture(params=["floats", "bytes", "by columns"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file of 40 MB of float32, or of as many bytes, in two parts."""
    x, y = _array(request.param), np.arange(ROWS) % 10
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x[:9], y_test=y[:9])
    return str(tmp_path / "data.npz")


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most bytes that NumPy and Python have held since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_describing_a_file_keeps_nothing_of_it(path: str, peak: Callable[[], int]) -> None:
    describe(path)
    assert peak() < 0.5 * ROWS * 200 * 4


def test_loading_a_file_takes_little_beside_its_arrays(path: str, peak: Callable[[], int]) -> None:
    data = load(path, 0.2)
    assert peak() < 1.3 * sum(one.x.nbytes for one in (data.train, data.validation, data.test))


def test_a_training_process_reads_a_file_once(path: str) -> None:
    record = json.loads(json.dumps(RunConfig(None, dataset=path).to_record()))
    os.utime(path)  # As for another process, nothing that was read before counts.
    before = _bytes_read()
    config = RunConfig.from_record(record)
    load(config.dataset, config.validation_split, config.scale, config.target)
    size = Path(path).stat().st_size
    assert size * 0.9 < _bytes_read() - before < size * 1.1


def _bytes_read() -> int:
    """Bytes that this process has read of files so far, as the system counts them."""
    return int(psutil.Process().io_counters().read_chars)
