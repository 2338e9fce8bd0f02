"""What a run does with a file of the user's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prunelab import RunConfig
from prunelab.errors import PrunelabError
from prunelab.training.compiling import compile_model
from prunelab.training.run import _fit, _loaded
from prunelab.training.run_model import build
from prunelab.training.user_module import UserModule


def _saved(path: Path, samples: int) -> str:
    generator = np.random.default_rng(0)
    y = np.arange(samples) % 4 + 1
    x = generator.integers(0, 40, (samples, 6, 6)) + 50 * y[:, None, None]
    np.savez(
        path,
        x_train=x.astype(np.uint8),
        y_train=y,
        x_test=x[::2].astype(np.float32),
        y_test=y[::2].astype(np.float32),
    )
    return str(path)


def test_bytes_are_learnt_and_a_test_of_floats_is_scaled_like_them(tmp_path: Path) -> None:
    import keras

    config = RunConfig(
        None, dataset=_saved(tmp_path / "data.npz", 200), epochs=30, batch_size=20,
        validation_split=0.0, learning_rate=0.01,
    )  # fmt: skip
    data = _loaded(config)
    keras.utils.set_random_seed(0)
    own = UserModule(None)
    model, setup = build(config, own)
    compile_model(model, setup, own)
    _fit(model, setup, data, config, keras.callbacks.Callback())
    loss, accuracy = model.evaluate(data.test.x, data.test.y, verbose=0)
    assert accuracy > 0.9
    assert loss < 0.5


def test_a_file_that_was_changed_since_the_run_was_asked_for_fails_it_in_a_line(
    tmp_path: Path,
) -> None:
    config = RunConfig(None, dataset=_saved(tmp_path / "data.npz", 200), batch_size=20)
    _saved(tmp_path / "data.npz", 100)
    with pytest.raises(PrunelabError, match=r"was changed since .* has 100 samples .* had 200"):
        _loaded(config)
