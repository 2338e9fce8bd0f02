"""What a `.keras` file says of its model, read without TensorFlow: loss, labels, what it takes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import (
    Config,
    compiled,
    dense,
    entrance,
    function,
    functional,
    layer,
    object_of,
    own_layer,
    saved,
    sequential,
)

from prunelab import Lab, RunConfig, UsageError
from prunelab.model_file import Accuracy, LabelForm, Setup, read_model, setup_for


@pytest.fixture
def data(tmp_path: Path) -> Any:
    """Writes a data file of some samples and gives its path."""

    def make(shape: tuple[int, ...] = (64,), classes: int = 10) -> str:
        x, y = np.zeros((40, *shape), np.float32), np.arange(40) % classes
        np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
        return str(tmp_path / "data.npz")

    return make


@pytest.fixture
def run(tmp_path: Path, data: Any) -> Any:
    """Makes the config of a run of a model on data that fit it."""

    def make(
        config: Config, shape: tuple[int, ...] = (64,), classes: int = 10, **chosen: Any
    ) -> RunConfig:
        model = saved(tmp_path / "m.keras", config)
        return RunConfig(None, data(shape, classes), str(model), batch_size=8, **chosen)

    return make


def _decided(setup: Setup) -> tuple[str, str, Accuracy]:
    return str(setup.loss), setup.label_form, setup.accuracy


SPARSE = "SparseCategoricalCrossentropy"
LOGITS = f"{SPARSE}(from_logits=True)"
PLAIN = (SPARSE, LabelForm.NUMBERS, Accuracy.SPARSE)
OF_LOGITS = (LOGITS, LabelForm.NUMBERS, Accuracy.SPARSE)
NODE = ["out", 0, 0]
LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}

ENDINGS: list[tuple[str, Config, tuple[str, str, Accuracy]]] = [
    ("softmax", sequential(dense(10, "softmax")), PLAIN),
    ("linear", sequential(dense(10)), OF_LOGITS),
    ("no activation at all", sequential(dense(10, None)), OF_LOGITS),
    ("an object", sequential(dense(10, object_of("layers", "Softmax", axis=-1))), PLAIN),
    ("a function", sequential(dense(10, function("softmax"))), PLAIN),
    ("log softmax", sequential(dense(10, "log_softmax")), OF_LOGITS),
    ("a softmax layer", sequential(dense(10), layer("Softmax", axis=-1)), PLAIN),
    ("softmax over its axis", sequential(dense(10), layer("Softmax", axis=1)), PLAIN),
    ("an activation", sequential(dense(10), layer("Activation", activation="softmax")), PLAIN),
    ("a linear one", sequential(dense(10), layer("Activation", activation="linear")), OF_LOGITS),
    ("a linear one after softmax", sequential(
        dense(10, "softmax"), layer("Activation", activation="linear")), PLAIN),
    ("dropout after it", sequential(dense(10, "softmax"), layer("Dropout", rate=0.1)), PLAIN),
    ("reshaped", sequential(dense(10), layer("Reshape", target_shape=[10])), OF_LOGITS),
    ("normalised", sequential(dense(10), layer("BatchNormalization")), OF_LOGITS),
    ("a function of Keras in a Lambda", sequential(
        dense(10), layer("Lambda", function=function("softmax"))), PLAIN),
    ("average over an image", sequential(
        layer("Conv2D", filters=10, activation="linear", takes=(8, 8, 1)),
        layer("GlobalAveragePooling2D"), shape=(64,)), OF_LOGITS),
    ("a model within", sequential(sequential(dense(10, "softmax"))), PLAIN),
    ("sigmoids", sequential(dense(10, "sigmoid")),
     ("BinaryCrossentropy", LabelForm.ONE_HOT, Accuracy.CATEGORICAL)),
    ("an output that is named last but stands first", functional(
        [entrance(), (dense(10, "softmax"), ["input"]), (dense(3, name="aside"), ["input"])],
        ["input", 0, 0], NODE), PLAIN),
    ("outputs in a list", functional(
        [entrance(), (dense(10), ["input"])], [["input", 0, 0]], [NODE]), OF_LOGITS),
    ("outputs in a dict", functional(
        [entrance(), (dense(10), ["input"])], {"x": ["input", 0, 0]}, {"y": NODE}), OF_LOGITS),
    ("a sum of logits", functional(
        [entrance(), (dense(10, name="a"), ["input"]), (dense(10, name="b"), ["input"]),
         (layer("Add", "out"), ["a", "b"])], ["input", 0, 0], NODE), OF_LOGITS),
    ("an average of softmaxes", functional(
        [entrance(), (dense(10, "softmax", "a"), ["input"]),
         (dense(10, "softmax", "b"), ["input"]), (layer("Average", "out"), ["a", "b"])],
        ["input", 0, 0], NODE), PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "decided"), [one[1:] for one in ENDINGS], ids=[one[0] for one in ENDINGS]
)
def test_without_a_loss_of_its_own_the_output_decides(
    run: Any, config: Config, decided: tuple[str, str, Accuracy]
) -> None:
    chosen = run(config)
    assert _decided(chosen.setup) == decided
    assert f"trained with {decided[0]}" in "; ".join(chosen.notes)


ONE_HOT = (LabelForm.ONE_HOT, Accuracy.CATEGORICAL)
LOSSES: list[tuple[str, Any, str, tuple[str, str, Accuracy]]] = [
    ("a name", "sparse_categorical_crossentropy", "softmax", PLAIN),
    ("an abbreviation", "mse", "softmax", ("MeanSquaredError", *ONE_HOT)),
    ("a function", function("categorical_crossentropy"), "softmax",
     ("CategoricalCrossentropy", *ONE_HOT)),
    ("logits", object_of("losses", SPARSE, from_logits=True), "linear", OF_LOGITS),
    ("told of the wrong output", "sparse_categorical_crossentropy", "linear", OF_LOGITS),
    ("wrong the other way", object_of("losses", SPARSE, from_logits=True), "softmax", PLAIN),
    ("smoothed", object_of("losses", "CategoricalCrossentropy", label_smoothing=0.1), "softmax",
     ("CategoricalCrossentropy(label_smoothing=0.1)", *ONE_HOT)),
    ("focal", object_of("losses", "CategoricalFocalCrossentropy", gamma=3.0), "softmax",
     ("CategoricalFocalCrossentropy(gamma=3.0)", *ONE_HOT)),
    ("hinge", "categorical_hinge", "linear", ("CategoricalHinge", *ONE_HOT)),
    ("sigmoids", "binary_crossentropy", "sigmoid", ("BinaryCrossentropy", *ONE_HOT)),
    ("any crossentropy", "crossentropy", "softmax", PLAIN),
    ("a list", ["mse"], "softmax", ("MeanSquaredError", *ONE_HOT)),
    ("a dict", {"out": "mse"}, "softmax", ("MeanSquaredError", *ONE_HOT)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "activation", "decided"), [one[1:] for one in LOSSES], ids=[one[0] for one in LOSSES]
)
def test_the_file_s_own_loss_is_kept_and_told_rightly_of_its_output(
    run: Any, loss: Any, activation: str, decided: tuple[str, str, Accuracy]
) -> None:
    chosen = run(sequential(dense(10, activation), compile_config=compiled(loss)))
    assert _decided(chosen.setup) == decided
    assert decided[0] in "; ".join(chosen.notes)


BINARY: list[tuple[str, Config, str, Accuracy]] = [
    ("sigmoid", sequential(dense(1, "sigmoid")), "BinaryCrossentropy", Accuracy.ABOVE_HALF),
    ("linear", sequential(dense(1)), "BinaryCrossentropy(from_logits=True)", Accuracy.ABOVE_0),
    ("compiled wrong", sequential(dense(1), compile_config=compiled("binary_crossentropy")),
     "BinaryCrossentropy(from_logits=True)", Accuracy.ABOVE_0),
    ("squares", sequential(dense(1), compile_config=compiled("mse")),
     "MeanSquaredError", Accuracy.ABOVE_HALF),
    ("hinge", sequential(dense(1, "tanh"), compile_config=compiled("hinge")),
     "Hinge", Accuracy.ABOVE_0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "loss", "accuracy"), [one[1:] for one in BINARY], ids=[one[0] for one in BINARY]
)
def test_one_output_tells_two_classes_apart(
    run: Any, config: Config, loss: str, accuracy: Accuracy
) -> None:
    setup = run(config, classes=2).setup
    assert _decided(setup) == (loss, LabelForm.COLUMN, accuracy)


def test_two_outputs_tell_two_classes_apart(run: Any) -> None:
    assert _decided(run(sequential(dense(2, "softmax")), classes=2).setup) == PLAIN


def test_a_named_loss_replaces_the_file_s_and_is_told_of_the_output(run: Any) -> None:
    config = sequential(dense(10), compile_config=compiled("mse"))
    assert _decided(run(config, loss="sparse_categorical_crossentropy").setup) == OF_LOGITS
    own_word = run(config, loss=f"{SPARSE}(from_logits=False)").setup
    assert _decided(own_word) == PLAIN
    smoothed = run(config, loss="CategoricalCrossentropy(label_smoothing=0.2)").setup
    assert smoothed.loss.values == {"label_smoothing": 0.2, "from_logits": True}


def test_the_file_s_optimizer_is_kept_unless_another_or_another_rate_is_named(run: Any) -> None:
    sgd = object_of("optimizers", "SGD", learning_rate=float(np.float32(0.1)), momentum=0.9)
    config = sequential(dense(10, "softmax"), compile_config=compiled("mse", None, sgd))
    kept = run(config)
    assert str(kept.setup.optimizer) == "SGD(learning_rate=0.1, momentum=0.9)"
    assert "its own optimizer SGD(learning_rate=0.1, momentum=0.9) is kept" in kept.notes[-1]
    assert kept.setup.optimizer.serialised == sgd
    slower = run(config, learning_rate=0.02).setup.optimizer
    assert slower.serialised["config"] == sgd["config"] | {"learning_rate": 0.02}
    assert sgd["config"]["learning_rate"] != 0.02
    other = run(config, optimizer="rmsprop(rho=0.8)").setup.optimizer
    assert (str(other), other.serialised) == ("RMSprop(learning_rate=0.001)", None)
    assert run(config, optimizer="SGD", learning_rate=0.5).setup.optimizer.learning_rate == 0.5
    assert run(config, optimizer="SGD").setup.optimizer.learning_rate == 0.01


def test_a_learning_rate_schedule_is_kept_unless_a_rate_is_named(run: Any) -> None:
    decay = object_of("optimizers.schedules", "CosineDecay", initial_learning_rate=0.1)
    adam = object_of("optimizers", "Adam", learning_rate=decay)
    scaled = object_of("optimizers", "LossScaleOptimizer", learning_rate=0.0, inner_optimizer=adam)
    for optimizer in (adam, scaled):
        config = sequential(dense(10), compile_config=compiled("mse", None, optimizer))
        kept = run(config).setup.optimizer
        assert (str(kept), kept.learning_rate) == ("Adam(learning_rate=CosineDecay)", None)
        assert run(config, learning_rate=0.5).setup.optimizer.learning_rate == 0.5


def test_metrics_are_kept_where_they_go_with_the_labels(run: Any) -> None:
    auc = object_of("metrics", "AUC", name="auc")
    top = object_of("metrics", "SparseTopKCategoricalAccuracy", k=3)
    metrics = ["acc", auc, top]
    one_hot = compiled("categorical_crossentropy", metrics)
    kept = run(sequential(dense(10, "softmax"), compile_config=one_hot))
    assert kept.setup.metrics == (auc,)
    assert any("metrics SparseTopKCategoricalAccuracy do not go" in one for one in kept.notes)
    numbers = compiled("sparse_categorical_crossentropy", [metrics])
    assert run(sequential(dense(10, "softmax"), compile_config=numbers)).setup.metrics == (top,)


def test_what_was_decided_is_kept_in_the_lab_and_tells_runs_apart(run: Any, tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    config = sequential(dense(10))
    first, second = (lab.run(lab.add(run(config, loss=loss))) for loss in ("", "mse"))
    assert first.details["loss"] == LOGITS
    assert first.details["optimizer"] == "Adam"
    assert first.details["learning_rate"] == 0.001
    assert second.details["loss"] == "MeanSquaredError"
    assert first.choices != second.choices
    again = lab.config(second.id)
    assert (again.loss, again.setup.loss.name) == ("mse", "MeanSquaredError")
    lab.close()


def test_a_loss_and_an_optimizer_may_be_named_for_prunelab_s_own_models() -> None:
    chosen = RunConfig(None, loss="categorical_crossentropy", optimizer="sgd")
    assert _decided(chosen.setup) == ("CategoricalCrossentropy", *ONE_HOT)
    assert chosen.to_record()["learning_rate"] == 0.01
    assert RunConfig(None).decided == {}
    assert RunConfig(None).notes == ()


SHAPES: list[tuple[str, tuple[Any, ...], tuple[int, ...], tuple[int, ...]]] = [
    ("the same", (28, 28), (28, 28), (28, 28)),
    ("any size", (None, None, 3), (32, 20, 3), (32, 20, 3)),
    ("a channel put in", (28, 28, 1), (28, 28), (28, 28, 1)),
    ("a channel put in before any size", (None, None, 1), (28, 28), (28, 28, 1)),
    ("a channel left out", (28, 28), (28, 28, 1), (28, 28)),
    ("channels first", (1, 28, 28), (28, 28), (1, 28, 28)),
    ("the one channel moved", (28, 28, 1), (1, 28, 28), (28, 28, 1)),
    ("a series of one channel", (64, 1), (64,), (64, 1)),
    ("an image as a row", (784,), (28, 28), (784,)),
    ("a row as an image", (28, 28, 1), (784,), (28, 28, 1)),
]


@pytest.mark.parametrize(
    ("takes", "shape", "given"), [one[1:] for one in SHAPES], ids=[one[0] for one in SHAPES]
)
def test_samples_are_given_in_the_shape_that_the_model_takes(
    run: Any, takes: tuple[Any, ...], shape: tuple[int, ...], given: tuple[int, ...]
) -> None:
    chosen = run(sequential(layer("Flatten"), dense(10), shape=takes), shape)
    assert chosen.setup.shape == given
    assert any(f"are given to it as {given}" in note for note in chosen.notes) == (given != shape)


MISFITS: list[tuple[str, Config, dict[str, Any], str]] = [
    ("channels", sequential(dense(10), shape=(None, None, 1)), {"shape": (32, 32, 3)},
     r"takes samples of shape \(any, any, 1\), the data has \(32, 32, 3\): use data"),
    ("channels first", sequential(dense(10), shape=(3, 32, 32)), {"shape": (32, 32, 3)},
     r"move its channels, np.moveaxis\(x, -1, 1\)"),
    ("a row of three channels", sequential(dense(10), shape=(3072,)), {"shape": (32, 32, 3)},
     r"takes samples of shape \(3072,\), the data has \(32, 32, 3\)"),
    ("another length", sequential(dense(10), shape=(65,)), {}, r"\(65,\), the data has \(64,\)"),
    ("outputs", sequential(dense(7)), {}, "has 7 outputs, the data 10 classes: use one for each"),
    ("one output of ten", sequential(dense(1)), {}, "has 1 output, which tells 2 classes apart"),
    ("softmax of one", sequential(dense(1, "softmax")), {"classes": 2}, "which is always 1: end"),
    ("a loss of many on one",
     sequential(dense(1), compile_config=compiled("categorical_crossentropy")), {"classes": 2},
     "one output, of which CategoricalCrossentropy makes nothing: give --loss binary_cross"),
    ("a sequence", sequential(
        layer("LSTM", units=8, return_sequences=True, takes=(5, 8)), dense(10, takes=(5, 8)),
        shape=(5, 8)), {"shape": (5, 8)},
     r"gives an output of shape \(5, 10\) for a sample.*end it with Flatten"),
    ("two inputs", functional(
        [entrance("a"), entrance("b"), (layer("Add", "sum"), ["a", "b"]), (dense(10), ["sum"])],
        [["a", 0, 0], ["b", 0, 0]], NODE), {}, "has 2 inputs, and a run has one: save a model"),
    ("two outputs", functional(
        [entrance(), (dense(10), ["input"]), (dense(3, name="b"), ["input"])],
        ["input", 0, 0], {"a": NODE, "b": ["b", 0, 0]}), {}, "has 2 outputs, and a run has one"),
    ("text", functional([entrance(dtype="string"), (dense(10), ["input"])], ["input", 0, 0], NODE),
     {}, "takes text, and data are numbers"),
    ("unbuilt", {"module": "keras", "class_name": "Sequential",
                 "config": {"name": "s", "layers": [dense(10, takes=None)]}}, {},
     "was saved before it was built, so it has no weights: begin it with keras.Input"),
    ("quantized", sequential(layer("Dense", "d", units=10, dtype=object_of(
        "dtype_policies", "QuantizedDTypePolicy", mode="int8"))), {},
     r"is quantized \(layer 'd'\).*prune the model first"),
    ("a nameless activation", sequential(dense(10, {"value": ["4wEAAA==", None, None]})), {},
     "the activation of layer 'out' is a lambda, which Keras saves but cannot load: give it"),
    ("half precision", sequential(layer("Dense", "d", units=10, dtype=object_of(
        "dtype_policies", "DTypePolicy", name="float16"))), {},
     r"keeps weights in float16 \(layer 'd'\).*policy mixed_float16 or float32"),
    ("a class of one's own", sequential(own_layer("Foo", registered="mine>Foo"), dense(10)), {},
     "class 'Foo' .in 'mine'. is not of Keras: give the file .* with --module FILE.py"),
    ("several", sequential(own_layer("Foo"), own_layer("Bar"), dense(10)), {},
     "class 'Foo' .* and 1 more are not of Keras"),
    ("a function of one's own", sequential(dense(10, function("mine>act"))), {},
     "function 'act' .in 'out'. is not of Keras: give"),
    ("a subclass", own_layer("Net") | {"build_config": {"input_shape": [None, 64]}}, {},
     "class 'Net' .*is not of Keras: give the file that defines it with --module"),
    ("a lambda", sequential(layer("Lambda", "twice", function=LAMBDA), dense(10)), {},
     "a lambda .in 'twice'. is code within the file that is not run unasked: .*--module FILE.py"),
    ("a loss of one's own", sequential(dense(10), compile_config=compiled(function("mine"))), {},
     "compiled with 'mine', which is not of Keras: .*--module FILE.py, or .*--loss NAME"),
    ("a loss class of one's own",
     sequential(dense(10), compile_config=compiled(object_of(None, "Mine"))), {},
     "compiled with 'Mine', which is not of Keras"),
    ("an optimizer of one's own",
     sequential(dense(10), compile_config=compiled("mse", None, object_of(None, "Mine"))), {},
     "optimizer 'Mine', which is not of Keras: .*--module FILE.py, or --optimizer adam"),
    ("no loss for classes", sequential(dense(10), compile_config=compiled("ctc")), {},
     "compiled with CTC, which is not for classes"),
    ("an output that may be anything", sequential(dense(10, "relu")), {},
     "ends in layer 'out', which may give probabilities or logits: give --loss sparse_"),
    ("softmax over another axis", sequential(dense(10), layer("Softmax", "s", axis=0)), {},
     "ends in layer 's', which may give"),
    ("an unknown loss", sequential(dense(10)), {"loss": "crossentropie"},
     "loss 'crossentropie' is not known: use one of sparse_categorical_crossentropy, "),
    ("code as a loss", sequential(dense(10)), {"loss": "__import__('os').system('ls')"},
     "is not of the form NAME or NAME"),
    ("an unknown optimizer", sequential(dense(10)), {"optimizer": "adamm"},
     "optimizer 'adamm' is not known: use one of .*adam, "),
    ("no Python file", sequential(dense(10)), {"module": "m.txt"}, "'m.txt' is no Python file"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "chosen", "told"), [one[1:] for one in MISFITS], ids=[one[0] for one in MISFITS]
)
def test_what_does_not_fit_is_told_in_a_line(
    run: Any, config: Config, chosen: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        run(config, **chosen)
    assert "\n" not in str(caught.value)


def test_with_a_module_what_is_of_one_s_own_is_taken_but_not_run(run: Any, tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text("raise SystemExit('run!')")
    config = sequential(
        own_layer("Foo"), dense(10), compile_config=compiled(function("focal"), ["accuracy"])
    )
    chosen = run(config, module=str(module))
    assert _decided(chosen.setup) == ("focal", LabelForm.NUMBERS, Accuracy.SPARSE)
    assert chosen.module == str(module)
    module.write_text("class Foo(:")
    with pytest.raises(UsageError, match=r"mine.py is not Python \(line 1: .*: mend it"):
        run(config, module=str(module))


def test_a_loss_of_one_s_own_gets_the_labels_that_its_metrics_take(
    run: Any, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("")
    config = sequential(
        dense(10, "softmax"),
        compile_config=compiled(function("focal"), [object_of("metrics", "CategoricalAccuracy")]),
    )
    assert run(config, module=str(tmp_path / "mine.py")).setup.label_form == LabelForm.ONE_HOT


def test_whatever_stands_in_a_config_nothing_but_a_line_comes_of_it(tmp_path: Path) -> None:
    """Files come from anybody: entries are taken out of good ones, or made something else."""
    good = [one[1] for one in ENDINGS] + [one[1] for one in MISFITS]
    odd = [None, -1, "x", [], {}, ["a", 0, 0], {"class_name": "x", "config": None}, 10**30]
    chance = random.Random(1)
    told = []
    for number in range(300):
        config = json.loads(json.dumps(chance.choice(good)))
        part, key = chance.choice(list(_entries(config)))
        if isinstance(part, dict) and chance.random() < 0.3:
            del part[key]
        else:
            part[key] = chance.choice(odd)
        try:
            path = saved(tmp_path / f"{number}.keras", config)
            setup_for(read_model(path, module=True), (64,), 10, module=True)
        except UsageError as error:
            told.append(str(error))
    assert 20 < len(told) < 200
    assert not any("\n" in line for line in told)


def _entries(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _entries(tree[key])
