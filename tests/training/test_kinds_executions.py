"""Several steps in one execution: what one step at a time comes to, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import EVERY_OTHER, GROWING, Arrays, Look, Make, fit, masks_of, same, variables

from prunelab import (
    ConstantSparsity,
    PrunelabError,
    PruneLowMagnitude,
    PruningSchedule,
    UsageError,
)


def _run(model: Any, data: Arrays, schedule: PruningSchedule, **values: Any) -> list[Any]:
    pruning = PruneLowMagnitude(schedule)
    fit(model, data, pruning, **{"epochs": 3, "batch_size": 12, **values})
    thresholds = [weight.threshold for weight in pruning.weights]
    return [variables(model), masks_of(pruning), thresholds, pruning.step, pruning.sparsity]


def _equal(ours: list[Any], theirs: list[Any]) -> bool:
    return same(ours[0], theirs[0]) and same(ours[1], theirs[1]) and ours[2:] == theirs[2:]


@pytest.mark.parametrize("many", [2, 4, 7, 50])
@pytest.mark.parametrize(
    "schedule", [GROWING, EVERY_OTHER, ConstantSparsity(0.5, 2, 9, frequency=3)], ids=str
)
def test_equal_to_one_step_at_a_time(
    make_model: Make, digits: Arrays, schedule: PruningSchedule, many: int
) -> None:
    """Seven batches an epoch, so that the last execution is often shorter."""
    one = _run(make_model(optimizer="adam"), digits, schedule)
    model = make_model(optimizer="adam", steps_per_execution=many)
    assert _equal(_run(model, digits, schedule, validation_data=digits), one)
    assert one[3] == 21


def test_with_unrolled_steps_and_data_of_unknown_length(make_model: Make, digits: Arrays) -> None:
    data = tf.data.Dataset.from_tensor_slices(digits).batch(12).filter(lambda *_: True)
    model = make_model(optimizer="adam", steps_per_execution=4)
    model.unrolled_steps_per_execution = 2
    pruning = PruneLowMagnitude(GROWING)
    model.fit(data, epochs=3, callbacks=[pruning], verbose=0)
    one = _run(make_model(optimizer="adam"), digits, GROWING)
    assert same(variables(model), one[0])
    assert same(masks_of(pruning), one[1])
    assert pruning.step == one[3]


def test_run_eagerly(make_model: Make, digits: Arrays) -> None:
    eager = {"optimizer": "adam", "run_eagerly": True}
    one = _run(make_model(**eager), digits, GROWING, epochs=1)
    assert _equal(_run(make_model(**eager, steps_per_execution=4), digits, GROWING, epochs=1), one)


def test_a_second_fit_goes_on(make_model: Make, digits: Arrays) -> None:
    def run(many: int) -> Any:
        model = make_model(optimizer="adam", steps_per_execution=many)
        pruning = PruneLowMagnitude(GROWING)
        fit(model, digits, pruning, batch_size=12)
        fit(model, digits, pruning, batch_size=12)
        return variables(model), pruning.step

    assert run(4)[1] == 14
    assert same(run(4)[0], run(1)[0])


def test_a_checkpoint_between_executions_resumes(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    values = {"optimizer": "adam", "steps_per_execution": 4}
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    pruning = PruneLowMagnitude(GROWING)
    fit(make_model(**values), digits, saver, pruning, epochs=1, batch_size=12)
    model = keras.models.load_model(tmp_path / "1.keras")
    again = PruneLowMagnitude(GROWING).restore(tmp_path / "1.keras")
    fit(model, digits, again, epochs=3, initial_epoch=1, batch_size=12)
    assert same(variables(model), _run(make_model(**values), digits, GROWING)[0])


def test_together_with_jit_it_is_refused_before_the_first_step(
    make_model: Make, digits: Arrays
) -> None:
    model = make_model(steps_per_execution=4, jit_compile=True)
    before, batches = variables(model), []
    look = Look(on_train_batch_begin=lambda _: batches.append(1))
    with pytest.raises(UsageError, match="steps_per_execution=4 with jit_compile=True"):
        fit(model, digits, PruneLowMagnitude(GROWING), look)
    assert same(variables(model), before)
    assert not batches


@pytest.mark.parametrize("eagerly", [False, True])
def test_an_error_is_the_one_line_that_it_is_elsewhere(
    make_model: Make, digits: Arrays, eagerly: bool
) -> None:
    model = make_model(steps_per_execution=4, run_eagerly=eagerly)
    last = model.layers[-1].kernel
    last.assign(np.full(last.shape, np.nan, np.float32))
    pruning = PruneLowMagnitude(GROWING)
    with pytest.raises(PrunelabError, match=f"^{last.path}: a weight is NaN or infinite"):
        fit(model, digits, pruning)
    assert all(mask.all() for mask in masks_of(pruning))
