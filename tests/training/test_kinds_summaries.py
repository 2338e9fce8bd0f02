"""`PruningSummaries`: what TensorBoard reads back."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf
from kinds import EVERY_OTHER, GROWING, Arrays, Look, Make, fit

from prunelab import PruneLowMagnitude, UsageError
from prunelab.pruning import PruningSummaries


def _read(folder: Path) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for file in sorted(folder.glob("events*")):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                number = tf.make_ndarray(value.tensor)
                if number.dtype.kind == "f" and not number.shape:
                    found[value.tag][event.step] = float(number)
    return found


@pytest.mark.parametrize("first", [True, False], ids=["writes first", "prunes first"])
def test_every_step_and_the_final_one_are_written(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool
) -> None:
    pruning, seen = PruneLowMagnitude(EVERY_OTHER), {}
    look = Look(
        on_train_batch_end=lambda _: seen.update(
            {pruning.step: [(one.path, one.sparsity, one.threshold) for one in pruning.weights]}
        )
    )
    summaries = PruningSummaries(tmp_path)
    order: list[Any] = [summaries, pruning] if first else [pruning, summaries]
    fit(make_model(), digits, *order, look, epochs=2)
    found = _read(tmp_path / "pruning")
    assert list(found["pruning/sparsity"]) == [1, 2, 3, 4, 5, 6]
    assert found["pruning/sparsity"][6] == pytest.approx(pruning.sparsity)
    for step, weights in seen.items():
        for path, sparsity, threshold in weights:
            assert found[f"pruning/sparsity/{path}"][step] == pytest.approx(sparsity)
            assert found[f"pruning/threshold/{path}"][step] == pytest.approx(threshold)


def test_every_so_many_steps_and_the_final_state(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    pruning = PruneLowMagnitude(GROWING)
    fit(make_model(), digits, pruning, PruningSummaries(tmp_path, every=4), epochs=2)
    assert list(_read(tmp_path / "pruning")["pruning/sparsity"]) == [4, 6]


def test_without_pruning_it_is_refused(make_model: Make, digits: Arrays, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="put a PruneLowMagnitude among the callbacks"):
        fit(make_model(), digits, PruningSummaries(tmp_path))
    with pytest.raises(UsageError, match="every=0 is no number of steps"):
        PruningSummaries(tmp_path, every=0)


@pytest.mark.parametrize("first", [True, False], ids=["TensorBoard first", "TensorBoard last"])
def test_beside_a_tensorboard_callback_both_write_what_they_write_alone(
    make_model: Make, digits: Arrays, tmp_path: Path, first: bool
) -> None:
    def written(name: str, board: bool, summaries: bool) -> dict[str, dict[int, float]]:
        folder = tmp_path / name
        # So that layers are called the same each time.
        keras.backend.clear_session()
        callbacks: list[Any] = [PruneLowMagnitude(GROWING)]
        if summaries:
            callbacks.append(PruningSummaries(folder))
        if board:
            one = keras.callbacks.TensorBoard(folder, update_freq=1, histogram_freq=1)
            callbacks.insert(0 if first else len(callbacks), one)
        fit(make_model(), digits, *callbacks, epochs=2, validation_data=digits)
        parts = [_read(part) for part in (folder / "pruning", folder / "train")]
        return {tag: steps for part in parts for tag, steps in part.items()}

    both = written("both", True, True)
    ours, theirs = written("ours", False, True), written("board", True, False)
    assert len(ours) == 5
    assert {"epoch_loss", "batch_loss"} <= set(theirs)
    assert both.keys() == {*ours, *theirs}
    assert {tag: both[tag] for tag in ours} == ours
    # Of the losses: TensorBoard's other values are times.
    assert both["batch_loss"] == theirs["batch_loss"]
