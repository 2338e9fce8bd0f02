"""How a model is trained on classes: with which loss, labels, accuracy, metrics and optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prunelab.errors import UsageError
from prunelab.model_file.facts import ModelFacts
from prunelab.model_file.losses import Loss, read_loss
from prunelab.model_file.metrics import Accuracy, kept_metrics
from prunelab.model_file.optimizers import ADAM, Optimizer, read_optimizer
from prunelab.model_file.output_kind import LOGITS, SIGMOID, SOFTMAX
from prunelab.model_file.sample_shape import adapted_shape, shown

__all__ = ["Accuracy", "Labels", "Setup", "setup_for"]


class Labels:
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
    """All that Keras is asked for when a model is compiled.

    Attributes:
        loss: The loss.
        labels: One of `Labels`.
        accuracy: What counts a sample as right.
        metrics: The file's other metrics that go with these labels, as Keras serialised them.
        optimizer: The optimizer.
        shape: Shape of one sample as the model is given it.
        notes: What its user may not expect, each as a line.
    """

    loss: Loss
    labels: str
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
        UsageError: where data and model do not fit, or nothing tells which loss is right.
    """
    notes: list[str] = []
    given = shape if facts.takes is None else adapted_shape(facts.name, facts.takes, shape)
    if given != shape:
        notes.append(f"{facts.name}: samples of shape {shape} are given to it as {given}")
    units = _units(facts, classes)
    chosen = _loss(facts, units, read_loss(loss, others=module) if loss else None, module, notes)
    labels = _labels(facts, chosen, units)
    accuracy = _accuracy(facts, chosen, labels)
    metrics, left_out = kept_metrics(facts.metrics, labels, accuracy, module=module)
    if left_out:
        notes.append(
            f"{facts.name}: its metrics {', '.join(left_out)} do not go with these labels, or are "
            "not of Keras, and are left out"
        )
    best = _optimizer(facts, optimizer, learning_rate, module, notes)
    return Setup(chosen, labels, accuracy, metrics, best, given, tuple(notes))


def _units(facts: ModelFacts, classes: int) -> int:
    """How many outputs the model has; where only Keras can say, as many as there are classes."""
    if facts.gives is None:
        return classes
    if len(facts.gives) != 1 or facts.gives[0] is None:
        raise UsageError(
            f"{facts.name} gives an output of shape {shown(facts.gives)} for a sample, and a class "
            "needs one number for each: end it with Flatten or a global pooling"
        )
    units = facts.gives[0]
    if units == 1 and classes == 2:
        if facts.ending == SOFTMAX:
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
    """The loss, told rightly whether outputs are logits."""
    if named is not None:
        loss = named.for_outputs(units)
        if facts.ending and "from_logits" not in loss.values and loss.asks_for_logits is not None:
            loss = loss.told_logits(facts.ending == LOGITS)
        return _checked(facts, loss, units)
    if facts.loss is not None:
        loss = facts.loss.for_outputs(units)
        if not loss.known and not module:
            raise UsageError(
                f"{facts.name} was compiled with {loss.name!r}, which is not of Keras: give the "
                "file that defines it with --module FILE.py, or a loss of Keras with --loss NAME"
            )
        loss = _checked(facts, loss, units)
        logits = facts.ending == LOGITS
        if facts.ending and loss.asks_for_logits not in (None, logits):
            loss = loss.told_logits(logits)
            notes.append(
                f"{facts.name} gives {_IS[facts.ending]}, though it was compiled as if it gave "
                f"{'probabilities' if logits else 'logits'}: trained with {loss}"
            )
        else:
            notes.append(f"{facts.name}: its own loss {loss} is kept")
        return loss
    if not facts.ending:
        where = f"layer {facts.last!r}" if facts.last else "code of its own"
        raise UsageError(
            f"{facts.name} was saved without a loss and ends in {where}, which may give "
            "probabilities or logits: give --loss sparse_categorical_crossentropy, or "
            '--loss "SparseCategoricalCrossentropy(from_logits=True)"'
        )
    binary = units == 1 or facts.ending == SIGMOID
    loss = Loss("BinaryCrossentropy" if binary else "SparseCategoricalCrossentropy", {})
    loss = loss.told_logits(facts.ending == LOGITS)
    if facts.last:
        notes.append(
            f"{facts.name} was saved without a loss, and its layer {facts.last!r} gives "
            f"{_IS[facts.ending]}: trained with {loss}"
        )
    return loss


_IS = {
    LOGITS: "logits",
    SOFTMAX: "probabilities (softmax)",
    SIGMOID: "probabilities (sigmoid)",
}


def _checked(facts: ModelFacts, loss: Loss, units: int) -> Loss:
    if loss.takes == "":
        raise UsageError(
            f"{facts.name} was compiled with {loss.name}, which is not for classes: "
            "give one that is with --loss NAME"
        )
    if units == 1 and not loss.takes_one_output:
        raise UsageError(
            f"{facts.name} has one output, of which {loss.name} makes nothing: "
            "give --loss binary_crossentropy"
        )
    return loss


def _labels(facts: ModelFacts, loss: Loss, units: int) -> str:
    if units == 1:
        return Labels.COLUMN
    if loss.takes is not None:
        return loss.takes
    if facts.labels:
        return facts.labels
    # A loss of the user's own: what stands beside it, or its name, tells.
    names = [
        str(one.get("class_name", "")) if isinstance(one, dict) else str(one)
        for one in facts.metrics
    ]
    told = [loss.name.lower(), *(name.lower() for name in names)]
    if any("sparse" in one for one in told):
        return Labels.NUMBERS
    return Labels.ONE_HOT if any("categorical" in one for one in told) else Labels.NUMBERS


def _accuracy(facts: ModelFacts, loss: Loss, labels: str) -> Accuracy:
    if labels != Labels.COLUMN:
        return Accuracy.SPARSE if labels == Labels.NUMBERS else Accuracy.CATEGORICAL
    if loss.asks_for_logits is not None:
        return Accuracy.ABOVE_0 if loss.asks_for_logits else Accuracy.ABOVE_HALF
    around_0 = loss.name in ("Hinge", "SquaredHinge") and facts.ending != SIGMOID
    unknown = not loss.known and facts.ending == LOGITS
    return Accuracy.ABOVE_0 if around_0 or unknown else Accuracy.ABOVE_HALF


def _optimizer(
    facts: ModelFacts, named: str, rate: float | None, module: bool, notes: list[str]
) -> Optimizer:
    if named:
        found = read_optimizer(named, others=module)
    elif facts.optimizer is not None:
        found = facts.optimizer
        if not found.known and not module:
            raise UsageError(
                f"{facts.name} was compiled with optimizer {found.name!r}, which is not of Keras: "
                "give the file that defines it with --module FILE.py, or --optimizer adam"
            )
    else:
        found = ADAM
    if rate is not None:
        found = found.at(rate)
    if not named and facts.optimizer is not None:
        notes.append(f"{facts.name}: its own optimizer {found} is kept, begun anew")
    return found
