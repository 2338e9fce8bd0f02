"""Models of a user's own files, made and saved by Keras: what they are trained with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prunelab import ConstantSparsity, Lab, PrunelabError, RunConfig
from prunelab.lab import Run, RunWriter
from prunelab.model_file.keras_names import ACTIVATIONS, METRIC_FUNCTIONS
from prunelab.model_file.losses import LOSS_NAMES, read_loss
from prunelab.model_file.optimizers import OPTIMIZERS, read_optimizer


@pytest.fixture
def two(tmp_path: Path) -> str:
    """Small and large digits, as two classes."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x, y = (x / 16).astype(np.float32).reshape(-1, 8, 8), y >= 5
    np.savez(tmp_path / "two.npz", x_train=x[:480], y_train=y[:480], x_test=x[480:], y_test=y[480:])
    return str(tmp_path / "two.npz")


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., str]:
    """Saves a model of some last layers, compiled where that is asked for."""

    def make(*last: Any, shape: tuple[Any, ...] = (8, 8), **compiled: Any) -> str:
        import keras

        keras.utils.set_random_seed(1)
        body = [keras.layers.Flatten(), keras.layers.Dense(24, "relu")]
        model = keras.Sequential([keras.Input(shape), *body, *last])
        if compiled:
            model.compile(**compiled)
        model.save(tmp_path / "own.keras")
        return str(tmp_path / "own.keras")

    return make


@pytest.fixture
def trained(lab: Lab) -> Callable[..., tuple[Run, Any]]:
    """Trains a run in this process; gives it and its saved model."""
    import threading

    import keras

    from prunelab.training.run import train

    def make(model: str, **chosen: Any) -> tuple[Run, Any]:
        values = {"dataset": "digits", "epochs": 1, "batch_size": 40, "validation_split": 0.0}
        schedule = ConstantSparsity(0.5, 1, frequency=3)
        config = RunConfig(schedule, model=model, **(values | chosen))
        number = lab.add(config)
        journal = RunWriter(lab, number)
        journal.begin()
        train(journal, lab.config(number), threading.Event())
        return lab.run(number), keras.models.load_model(lab.model_path(number), safe_mode=False)

    return make


def _layers() -> Any:
    import keras

    return keras.layers


def _check(lab: Lab, run: Run, model: Any, dataset: str) -> None:
    """The test accuracy is that of the saved model, and every step's that of its batch."""
    from prunelab.data import load

    test = load(dataset, 0.0).test
    answers = model.predict(test.x.reshape(-1, *model.input_shape[1:]), verbose=0)
    logits = model.layers[-1].activation.__name__ == "linear"
    if answers.shape[1] == 1:
        right = (answers[:, 0] > (0.0 if logits else 0.5)) == test.y
    else:
        right = answers.argmax(1) == test.y
    assert (run.state, run.error) == ("finished", None)
    assert run.test_accuracy == pytest.approx(right.mean(), abs=1e-6)
    assert run.sparsity == pytest.approx(0.5, abs=0.01)
    steps = lab.metrics(run.id)
    assert len(steps) == run.steps
    # Whole samples of every batch but the last, which is smaller.
    samples = steps["accuracy"].to_numpy()[:-1] * run.batch_size
    assert np.allclose(samples, samples.round(), atol=1e-4)
    assert steps["accuracy"].iloc[-3:].mean() > steps["accuracy"].iloc[:3].mean()


@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_two_classes_by_one_output(
    lab: Lab, save: Any, trained: Any, two: str, activation: str
) -> None:
    run, model = trained(
        save(_layers().Dense(1, activation)), dataset=two, epochs=8, learning_rate=0.01
    )
    _check(lab, run, model, two)
    assert run.test_accuracy > 0.75
    assert run.details["loss"].startswith("BinaryCrossentropy")


def test_logits_and_probabilities_of_the_same_model_train_alike(save: Any, trained: Any) -> None:
    losses = {}
    for activation in ("softmax", "linear"):
        run, _ = trained(save(_layers().Dense(10, activation)), epochs=3)
        losses[activation] = (run.test_loss, run.test_accuracy)
    assert losses["linear"] == pytest.approx(losses["softmax"], rel=1e-4)


def test_a_file_s_loss_optimizer_and_metrics_are_those_of_its_training(
    lab: Lab, save: Any, trained: Any
) -> None:
    import keras

    path = save(
        _layers().Dense(10, "softmax"),
        optimizer=keras.optimizers.SGD(
            keras.optimizers.schedules.ExponentialDecay(0.5, 20, 0.9), momentum=0.5
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=[keras.metrics.AUC(), keras.metrics.TopKCategoricalAccuracy(3), "acc"],
    )
    run, model = trained(path)
    _check(lab, run, model, "digits")
    assert run.details["loss"] == "CategoricalCrossentropy(label_smoothing=0.1)"
    assert run.details["optimizer"] == "SGD(learning_rate=ExponentialDecay, momentum=0.5)"
    # The same by Keras alone, batch by batch in the order that the run had.
    assert run.test_loss is not None
    from prunelab.data import load

    test = load("digits", 0.0).test
    model.compile(loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    expected = model.evaluate(test.x, np.eye(10)[test.y], batch_size=1000, verbose=0)
    assert run.test_loss == pytest.approx(expected, rel=1e-5)


def test_losses_and_optimizers_that_keras_does_not_know_by_name_are_made(
    save: Any, trained: Any
) -> None:
    import keras

    path = save(
        _layers().Dense(10, "softmax"),
        optimizer=keras.optimizers.Lamb(0.02),
        loss=keras.losses.CategoricalGeneralizedCrossEntropy(q=0.3),
    )
    run, _ = trained(path)
    assert run.state == "finished"
    assert run.details["optimizer"] == "Lamb"
    assert run.details["loss"] == "CategoricalGeneralizedCrossEntropy(q=0.3)"


def test_what_a_run_saved_is_pruned_further(lab: Lab, save: Any, trained: Any) -> None:
    first, _ = trained(save(_layers().Dense(10)))
    run, model = trained(str(lab.model_path(first.id)))
    assert run.state == "finished"
    _check(lab, run, model, "digits")


MODULE = """
import keras

class Scale(keras.layers.Layer):
    def __init__(self, by, **more):
        super().__init__(**more)
        self.by = by
    def call(self, x):
        return x * self.by
    def get_config(self):
        return super().get_config() | {"by": self.by}

class Net(keras.Model):
    def __init__(self, **more):
        super().__init__(**more)
        self.flat = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(24, "relu")
        self.out = keras.layers.Dense(10)
    def call(self, x):
        return self.out(self.hidden(self.flat(x)))

def of_rows(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_pred - y_true), -1)

def squares(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_pred - keras.ops.one_hot(
        keras.ops.cast(y_true, "int32"), 10)), -1)
"""


@pytest.fixture
def module(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(MODULE)
    return str(tmp_path / "mine.py")


def test_classes_and_losses_of_one_s_own_come_from_the_module(
    lab: Lab, save: Any, trained: Any, module: str
) -> None:
    from prunelab.user_files.python_file import run_python_file

    mine = run_python_file(Path(module))
    layers = (mine.Scale(0.5), _layers().Dense(10, "softmax"))
    path = save(*layers, loss=mine.squares, metrics=["accuracy"])
    run, model = trained(path, module=module)
    _check(lab, run, model, "digits")
    assert run.details["loss"] == "squares"
    run, _ = trained(path, module=module, loss="of_rows", optimizer="SGD(momentum=0.9)")
    assert run.details["optimizer"] == "SGD(momentum=0.9)"
    assert run.state == "finished"


def test_a_subclass_is_trained_and_saved(
    lab: Lab, trained: Any, module: str, tmp_path: Path
) -> None:
    from prunelab.user_files.python_file import run_python_file

    model = run_python_file(Path(module)).Net()
    model(np.zeros((1, 8, 8), np.float32))
    model.compile(loss="sparse_categorical_crossentropy")
    model.save(tmp_path / "net.keras")
    run, _ = trained(
        str(tmp_path / "net.keras"),
        module=module,
        loss="SparseCategoricalCrossentropy(from_logits=True)",
    )
    assert (run.state, run.error) == ("finished", None)
    assert run.sparsity == pytest.approx(0.5, abs=0.01)
    assert run.bytes is not None


def test_a_lambda_runs_with_a_module_alone(save: Any, trained: Any, tmp_path: Path) -> None:
    path = save(_layers().Lambda(lambda x: x * 2.0, output_shape=(24,)), _layers().Dense(10))
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(PrunelabError, match="--module"):
        trained(path)
    run, _ = trained(path, module=str(tmp_path / "empty.py"))
    assert run.state == "finished"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0", r"cannot be run \(ZeroDivisionError: division by zero\): mend it"),
        ("raise SystemExit(3)", r"cannot be run \(ImportError: it ends the interpreter"),
        ("", "defines no 'Scale', and the model file names class 'Scale' .in 'scale"),
    ],
)
def test_what_is_wrong_with_a_module_is_told_in_a_line(
    save: Any, trained: Any, module: str, text: str, told: str, tmp_path: Path
) -> None:
    import keras

    from prunelab.user_files.python_file import run_python_file

    path = save(run_python_file(Path(module)).Scale(0.5), _layers().Dense(10))
    keras.saving.get_custom_objects().clear()
    (tmp_path / "other.py").write_text(text)
    with pytest.raises(PrunelabError, match=told) as caught:
        trained(path, module=str(tmp_path / "other.py"))
    assert "\n" not in str(caught.value)


def test_what_only_keras_knows_is_told_in_a_line(save: Any, trained: Any) -> None:
    layers = _layers()
    path = save(layers.RepeatVector(3), layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
                loss="sparse_categorical_crossentropy")  # fmt: skip
    with pytest.raises(PrunelabError, match=r"gives an output of shape \(3, 10\) for a sample"):
        trained(path)
    path = save(layers.Dense(10))
    with pytest.raises(PrunelabError, match=r"optimizer SGD.* cannot be made \(.*momentm"):
        trained(path, optimizer="SGD(momentm=0.9)")


def test_the_names_that_are_said_to_be_of_keras_are() -> None:
    import keras

    for name in ACTIVATIONS:
        assert keras.activations.get(name)
    for name in METRIC_FUNCTIONS - {"accuracy"}:
        assert keras.metrics.get(name)
    for name in LOSS_NAMES - {"crossentropy", "ce"}:
        if name in ("circle", "ctc"):
            continue  # Not for classes.
        loss = read_loss(name, allow_custom=True)
        assert loss.builtin
        assert isinstance(getattr(keras.losses, loss.name)(), keras.losses.Loss)
    for name in OPTIMIZERS:
        optimizer = read_optimizer(name, allow_custom=True)
        made = getattr(keras.optimizers, optimizer.name)()
        assert float(made.learning_rate) == pytest.approx(optimizer.learning_rate)
