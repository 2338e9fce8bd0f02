"""The training function that pruning calls: does what Keras's own does, or is Keras's own."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf
from kinds import EVERY_STEP, Arrays, Batches, Look, Make, fit, masks_of, same, variables

from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, RunRecorder, UsageError
from prunelab.keras_internals.versions import train_function_was_read

# Puts masks into the step that keep everything.
NEVER = ConstantSparsity(0.5, begin_step=10_000)
ONCE = ConstantSparsity(0.5, begin_step=1, frequency=10_000)


def _generated(data: Arrays) -> Iterator[tuple[Any, Any, None]]:
    """Without weights of the samples, which Keras passes on as an optional."""
    batches = Batches(data)
    while True:
        yield from ((*batches[index], None) for index in range(3))


FIT_DATA: dict[str, Callable[[Arrays], dict[str, Any]]] = {
    "arrays": lambda data: {"x": data[0], "y": data[1], "batch_size": 32, "shuffle": False},
    "class weights": lambda data: {
        "x": data[0],
        "y": data[1],
        "batch_size": 32,
        "shuffle": False,
        "class_weight": {label: 1.0 + label for label in range(10)},
    },
    "a data set": lambda data: {"x": tf.data.Dataset.from_tensor_slices(data).batch(32)},
    "a PyDataset": lambda data: {"x": Batches(data), "shuffle": False},
    "generated": lambda data: {"x": _generated(data), "steps_per_epoch": 3},
}


def _logs(model: Any, *callbacks: Any, **values: Any) -> list[dict[str, float]]:
    """The logs of each batch."""
    logged: list[dict[str, float]] = []
    noting = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: logged.append(dict(logs))
    )
    model.fit(**values, epochs=2, verbose=0, callbacks=[*callbacks, noting])
    return logged


@pytest.mark.parametrize("form", FIT_DATA)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_every_batch_trains_and_logs_as_it_does_without_pruning(
    make_model: Make, digits: Arrays, form: str, jit_compile: bool
) -> None:
    alone, pruned = (make_model(jit_compile=jit_compile) for _ in range(2))
    logs = _logs(alone, **FIT_DATA[form](digits))
    assert len(logs) == 6
    assert set(logs[0]) == {"loss", "accuracy"}
    assert _logs(pruned, PruneLowMagnitude(NEVER), **FIT_DATA[form](digits)) == logs
    assert same(variables(pruned), variables(alone))


def _wraps(model: Any, data: Arrays, folder: Path, *callbacks: Any) -> bool:
    """Whether the graphs that a fit runs put what a step returns into an optional."""
    with tf.summary.create_file_writer(str(folder)).as_default():
        tf.summary.trace_on(graph=True)
        fit(model, data, *callbacks)
        tf.summary.trace_export("fit", step=0)
    (graphs,) = folder.iterdir()
    return b"OptionalFromValue" in graphs.read_bytes()


def test_nothing_is_wrapped_around_what_a_step_returns(
    make_model: Make, digits: Arrays, tmp_path: Path
) -> None:
    assert not _wraps(make_model(), digits, tmp_path / "pruned", PruneLowMagnitude(EVERY_STEP))
    # Where this fails, Keras does so itself: then the function is needed no more.
    assert _wraps(make_model(), digits, tmp_path / "plain")


def test_this_keras_was_read() -> None:
    """Where this fails, read what Keras does now: docs/keras-internals.md says how."""
    assert train_function_was_read()


@pytest.fixture
def newer_keras(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Keras whose source is another than any that was read, in a process that has not asked."""
    source = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda method: f"{source(method)}    # changed\n")
    train_function_was_read.cache_clear()
    yield
    train_function_was_read.cache_clear()


def _makers(model: Any, data: Arrays, *callbacks: Any) -> set[str]:
    """The modules whose training functions a fit calls."""
    found: set[str] = set()
    look = Look(on_train_batch_end=lambda model: found.add(model.train_function.__module__))
    fit(model, data, *callbacks, look)
    return found


def test_of_a_keras_that_was_read_prunelab_s_function_is_called(
    make_model: Make, digits: Arrays
) -> None:
    made_by = _makers(make_model(), digits, PruneLowMagnitude(EVERY_STEP))
    assert made_by == {"prunelab.keras_internals.direct_train_function"}


@pytest.mark.usefixtures("newer_keras")
def test_a_keras_that_was_not_read_trains_by_its_own_function(
    make_model: Make, digits: Arrays, caplog: pytest.LogCaptureFixture
) -> None:
    alone, pruned, again = (make_model() for _ in range(3))
    logs = _logs(alone, **FIT_DATA["arrays"](digits))
    with caplog.at_level(logging.INFO, "prunelab"):
        assert _logs(pruned, PruneLowMagnitude(NEVER), **FIT_DATA["arrays"](digits)) == logs
        made_by = _makers(again, digits, PruneLowMagnitude(NEVER))
    assert made_by == {"keras.src.backend.tensorflow.trainer"}
    assert same(variables(pruned), variables(alone))
    lines = [record.getMessage() for record in caplog.records if record.name == "prunelab"]
    assert len(lines) == 1
    assert keras.__version__ in lines[0]


def test_a_keras_without_its_source_trains_by_its_own_function(
    make_model: Make, digits: Arrays, monkeypatch: pytest.MonkeyPatch, newer_keras: None
) -> None:
    def missing(_: Any) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr(inspect, "getsource", missing)
    model = make_model()
    pruning = PruneLowMagnitude(EVERY_STEP)
    assert _makers(model, digits, pruning) == {"keras.src.backend.tensorflow.trainer"}
    assert all(mask.mean() == pytest.approx(0.25, abs=0.01) for mask in masks_of(pruning))


class Made(keras.Sequential):
    """A model that makes its training function itself."""

    calls = 0

    def make_train_function(self, force: bool = False) -> None:
        super().make_train_function(force)
        of_keras = self.train_function

        def counted(iterator: Any) -> Any:
            self.calls += 1
            return of_keras(iterator)

        self.train_function = counted


def test_a_training_function_of_the_model_s_own_is_called(make_model: Make, digits: Arrays) -> None:
    model = Made([keras.Input((8, 8)), *make_model().layers])
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    pruning = PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert model.calls == pruning.step == 3
    assert all(mask.mean() == pytest.approx(0.25, abs=0.01) for mask in masks_of(pruning))


def test_data_that_ends_early_ends_the_training_as_without_pruning(
    make_model: Make, digits: Arrays
) -> None:
    logs = []
    for callbacks in ([], [PruneLowMagnitude(NEVER)]):
        batches = (Batches(digits)[index] for index in range(3))
        with pytest.warns(UserWarning, match="ran out of data"):
            logs.append(_logs(make_model(), *callbacks, x=batches, steps_per_epoch=5))
    assert logs[0] == logs[1]
    assert 3 <= len(logs[0]) < 10


class Returning(keras.Sequential):
    """A model whose step returns other things than numbers by name."""

    returned: Callable[[Any], Any]

    def train_step(self, data: Any) -> Any:
        return type(self).returned(super().train_step(data))


@pytest.mark.parametrize(
    "returned",
    [
        lambda logs: {"loss": logs["loss"], "both": [logs["loss"], logs["accuracy"]]},
        lambda logs: {"loss": logs["loss"], "inner": {"accuracy": logs["accuracy"]}},
        lambda logs: {"loss": logs["loss"], "none": None, "two": 2.0},
    ],
)
def test_what_a_step_returns_is_logged_as_keras_logs_it(
    make_model: Make, digits: Arrays, returned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Returning, "returned", staticmethod(returned), raising=False)
    logs = []
    for callbacks in ([], [PruneLowMagnitude(NEVER)]):
        model = Returning([keras.Input((8, 8)), *make_model().layers])
        model.compile(
            "sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
        )
        logs.append(_logs(model, *callbacks, **FIT_DATA["arrays"](digits)))
    for ours, theirs in zip(*logs, strict=True):
        assert {name: type(part) for name, part in ours.items()} == {
            name: type(part) for name, part in theirs.items()
        }
        assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", ["make_train_function", "_make_function"])
def test_what_a_user_set_on_the_model_is_called_and_stays(
    make_model: Make, digits: Arrays, name: str
) -> None:
    model = make_model()
    calls: list[Any] = []
    of_keras = getattr(model, name)

    def counted(function: Any) -> Any:
        return lambda iterator: (calls.append(iterator), function(iterator))[1]

    def own(*args: Any, **values: Any) -> Any:
        made = of_keras(*args, **values)
        if name == "_make_function":
            return counted(made)
        model.train_function = counted(model.train_function)
        return None

    object.__setattr__(model, name, own)
    pruning = PruneLowMagnitude(EVERY_STEP)
    fit(model, digits, pruning)
    assert len(calls) == pruning.step == 3
    assert vars(model)[name] is own
    assert all(mask.mean() == pytest.approx(0.25, abs=0.01) for mask in masks_of(pruning))


def _again(model: Any, digits: Arrays, method: str) -> None:
    x, y = (part[:8] for part in digits)
    if method == "train_on_batch":
        model.train_on_batch(x, y)
    else:
        model.fit(x, y, verbose=0)


@pytest.mark.parametrize("method", ["train_on_batch", "fit"])
def test_what_a_callback_trains_on_within_fit_is_trained_on(
    make_model: Make, digits: Arrays, method: str
) -> None:
    trained = []
    for pruning in ([], [PruneLowMagnitude(NEVER)]):
        model = make_model()
        more = Look(on_epoch_end=lambda model: _again(model, digits, method))
        fit(model, digits, *pruning, more, epochs=2)
        trained.append(variables(model))
    assert same(*trained)


@pytest.mark.parametrize("method", ["train_on_batch", "fit"])
def test_after_a_callback_trained_within_fit_pruning_and_recording_go_on(
    make_model: Make, digits: Arrays, lab: Lab, method: str
) -> None:
    model, pruning, recorder = make_model(), PruneLowMagnitude(ONCE), RunRecorder(lab)
    more = Look(on_epoch_end=lambda model: _again(model, digits, method))
    fit(model, digits, pruning, recorder, more, epochs=3)
    rows = lab.metrics(recorder.run)
    assert pruning.step == 9
    # Counted in the weights that each batch was computed with.
    assert rows["sparsity"].tolist() == pytest.approx([0.5] * len(rows), abs=0.01)


@pytest.mark.parametrize("kind", [PruneLowMagnitude, RunRecorder])
def test_two_of_a_kind_in_one_fit_are_refused(
    make_model: Make, digits: Arrays, lab: Lab, kind: type
) -> None:
    given = EVERY_STEP if kind is PruneLowMagnitude else lab
    with pytest.raises(UsageError, match=f"in a fit with a {kind.__name__} already"):
        fit(make_model(), digits, kind(given), kind(given))


def test_the_model_has_keras_s_own_function_again_after_the_fit(
    make_model: Make, digits: Arrays
) -> None:
    model = make_model()
    fit(model, digits, PruneLowMagnitude(EVERY_STEP))
    assert model.train_function.__module__.startswith("keras.")
