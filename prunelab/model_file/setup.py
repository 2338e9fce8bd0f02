"""How a model is trained: its loss, form of labels, accuracy, metrics and optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prunelab.errors import UsageError
from prunelab.model_file.facts import ModelFacts
from prunelab.model_file.losses import Loss, read_loss
from prunelab.model_file.metrics import Accuracy, usable_metrics
from prunelab.model_file.optimizers import ADAM, Optimizer, read_optimizer
from prunelab.model_file.output_kind import LOGITS, SIGMOID, SOFTMAX
from prunelab.model_file.sample_shape import adapted_shape, shape_text

__all__ = ["Accuracy", "LabelForm", "Setup", "setup_for"]


class LabelForm:
    """The forms in which a loss is given the labels of `n` samples.

    Attributes:
        NUMBERS: Class numbers, int64 of shape `(n,)`.
        ONE_HOT: Rows with a one, float32 of shape `(n, classes)`.
        COLUMN: 0 or 1 for the two classes of one output, float32 of shape `(n, 1)`.
    """

    NUMBERS = "numbers"
    ONE_HOT = "one-hot"
    COLUMN = "column"


@dataclass(frozen=True)
class Setup:
    """All arguments of `compile`, and the form of samples and labels.

    Attributes:
        loss: The loss.
        label_form: One of `LabelForm`.
        accuracy: The accuracy to measure.
        metrics: The file's other metrics that fit these labels, as Keras serialised them.
        optimizer: The optimizer.
        shape: Shape of one sample as the model is given it.
        notes: What its user may not expect, a line each.
    """

    loss: Loss
    label_form: str
    accuracy: Accuracy
    metrics: tuple[Any, ...]
    optimizer: Optimizer
    shape: tuple[int, ...]
    notes: tuple[str, ...]


def setup_for(
    facts: ModelFacts,
    shape: tuple[int, ...],
    classes: int,
    *,
    loss: str = "",
    optimizer: str = "",
    learning_rate: float | None = None,
    module: bool = False,
) -> Setup:
    """Decides how a model is trained.

    Args:
        facts: What is known of the model.
        shape: Shape of one sample of the data.
        classes: How many classes the data have.
        loss: A loss that its user named; empty for the file's own, or one by the model's output.
        optimizer: An optimizer likewise; empty for the file's own, or Adam.
        learning_rate: A learning rate likewise; None for the optimizer's own.
        module: Whether its user gives a module of their own.

    Raises:
        UsageError: where data and model do not fit, or the right loss is not known.
    """
    notes: list[str] = []
    given = (
        shape if facts.input_shape is None else adapted_shape(facts.name, facts.input_shape, shape)
    )
    if given != shape:
        notes.append(f"{facts.name}: samples of shape {shape} are given to it as {given}")
    units = _units(facts, classes)
    chosen = _loss(
        facts, units, read_loss(loss, allow_custom=module) if loss else None, module, notes
    )
    label_form = _label_form(facts, chosen, units)
    accuracy = _accuracy(facts, chosen, label_form)
    metrics, left_out = usable_metrics(facts.metrics, label_form, accuracy, module=module)
    if left_out:
        notes.append(
            f"{facts.name}: its metrics {', '.join(left_out)} do not go with these labels, or are "
            "not of Keras, and are left out"
        )
    final_optimizer = _optimizer(facts, optimizer, learning_rate, module, notes)
    return Setup(chosen, label_form, accuracy, metrics, final_optimizer, given, tuple(notes))


def _units(facts: ModelFacts, classes: int) -> int:
    """The number of outputs; that of the classes where only Keras can compute it."""
    if facts.output_shape is None:
        return classes
    if len(facts.output_shape) != 1 or facts.output_shape[0] is None:
        raise UsageError(
            f"{facts.name} gives an output of shape {shape_text(facts.output_shape)} for a sample, "
            "and a class needs one number for each: end it with Flatten or a global pooling"
        )
    units = facts.output_shape[0]
    if units == 1 and classes == 2:
        if facts.output_kind == SOFTMAX:
            raise UsageError(
                f"{facts.name} ends in a softmax over one output, which is always 1: end it in "
                "a sigmoid, or in a softmax over two outputs"
            )
    elif units == 1:
        raise UsageError(
            f"{facts.name} has 1 output, which tells 2 classes apart, the data have {classes}: "
            "use a model of one output for each"
        )
    elif units != classes:
        raise UsageError(
            f"{facts.name} has {units} outputs, the data {classes} classes: use one for each"
        )
    return units


def _loss(
    facts: ModelFacts, units: int, named: Loss | None, module: bool, notes: list[str]
) -> Loss:
    """The loss, with the right `from_logits`."""
    if named is not None:
        loss = named.for_outputs(units)
        if facts.output_kind and "from_logits" not in loss.values and loss.from_logits is not None:
            loss = loss.with_from_logits(facts.output_kind == LOGITS)
        return _checked(facts, loss, units)
    if facts.loss is not None:
        loss = facts.loss.for_outputs(units)
        if not loss.builtin and not module:
            raise UsageError(
                f"{facts.name} was compiled with {loss.name!r}, which is not of Keras: give the "
                "file that defines it with --module FILE.py, or a loss of Keras with --loss NAME"
            )
        loss = _checked(facts, loss, units)
        logits = facts.output_kind == LOGITS
        if facts.output_kind and loss.from_logits not in (None, logits):
            loss = loss.with_from_logits(logits)
            notes.append(
                f"{facts.name} gives {_OUTPUT_TEXTS[facts.output_kind]}, though it was compiled as "
                f"if it gave {'probabilities' if logits else 'logits'}: trained with {loss}"
            )
        else:
            notes.append(f"{facts.name}: its own loss {loss} is kept")
        return loss
    if not facts.output_kind:
        where = f"layer {facts.output_layer!r}" if facts.output_layer else "code of its own"
        raise UsageError(
            f"{facts.name} was saved without a loss and ends in {where}, which may give "
            "probabilities or logits: give --loss sparse_categorical_crossentropy, or "
            '--loss "SparseCategoricalCrossentropy(from_logits=True)"'
        )
    binary = units == 1 or facts.output_kind == SIGMOID
    loss = Loss("BinaryCrossentropy" if binary else "SparseCategoricalCrossentropy", {})
    loss = loss.with_from_logits(facts.output_kind == LOGITS)
    if facts.output_layer:
        notes.append(
            f"{facts.name} was saved without a loss, and its layer {facts.output_layer!r} gives "
            f"{_OUTPUT_TEXTS[facts.output_kind]}: trained with {loss}"
        )
    return loss


_OUTPUT_TEXTS = {
    LOGITS: "logits",
    SOFTMAX: "probabilities (softmax)",
    SIGMOID: "probabilities (sigmoid)",
}


def _checked(facts: ModelFacts, loss: Loss, units: int) -> Loss:
    if loss.label_form == "":
        raise UsageError(
            f"{facts.name} was compiled with {loss.name}, which is not for classes: "
            "give one that is with --loss NAME"
        )
    if units == 1 and not loss.allows_one_output:
        raise UsageError(
            f"{facts.name} has one output, of which {loss.name} makes nothing: "
            "give --loss binary_crossentropy"
        )
    return loss


def _label_form(facts: ModelFacts, loss: Loss, units: int) -> str:
    if units == 1:
        return LabelForm.COLUMN
    if loss.label_form is not None:
        return loss.label_form
    if facts.label_form:
        return facts.label_form
    # The form of a custom loss is guessed by its name and by the metrics.
    names = [
        str(one.get("class_name", "")) if isinstance(one, dict) else str(one)
        for one in facts.metrics
    ]
    hints = [loss.name.lower(), *(name.lower() for name in names)]
    if any("sparse" in one for one in hints):
        return LabelForm.NUMBERS
    return LabelForm.ONE_HOT if any("categorical" in one for one in hints) else LabelForm.NUMBERS


def _accuracy(facts: ModelFacts, loss: Loss, label_form: str) -> Accuracy:
    if label_form != LabelForm.COLUMN:
        return Accuracy.SPARSE if label_form == LabelForm.NUMBERS else Accuracy.CATEGORICAL
    if loss.from_logits is not None:
        return Accuracy.ABOVE_0 if loss.from_logits else Accuracy.ABOVE_HALF
    around_0 = loss.name in ("Hinge", "SquaredHinge") and facts.output_kind != SIGMOID
    unknown = not loss.builtin and facts.output_kind == LOGITS
    return Accuracy.ABOVE_0 if around_0 or unknown else Accuracy.ABOVE_HALF


def _optimizer(
    facts: ModelFacts, named: str, rate: float | None, module: bool, notes: list[str]
) -> Optimizer:
    if named:
        found = read_optimizer(named, allow_custom=module)
    elif facts.optimizer is not None:
        found = facts.optimizer
        if not found.builtin and not module:
            raise UsageError(
                f"{facts.name} was compiled with optimizer {found.name!r}, which is not of Keras: "
                "give the file that defines it with --module FILE.py, or --optimizer adam"
            )
    else:
        found = ADAM
    if rate is not None:
        found = found.with_learning_rate(rate)
    if not named and facts.optimizer is not None:
        notes.append(f"{facts.name}: its own optimizer {found} is kept, begun anew")
    return found
