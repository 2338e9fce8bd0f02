"""What Keras keeps to itself of a model in training, and of its callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prunelab.keras_internals.method_patch import MethodPatch

__all__ = ["WITHOUT_MODEL", "at_epoch_end", "learning_rate_schedule", "metrics_by_output"]

# The fields of `keras.callbacks.Callback` that hang on one model, as a copy is to have them.
WITHOUT_MODEL = {"params": None, "_model": None}


def at_epoch_end(patch: MethodPatch, work: Callable[[], None]) -> None:
    """Has work done as each epoch ends, before any callback is called for that.

    Keras calls no public method between the last batch of an epoch and its callbacks; it asks for
    the epoch's metrics there.

    Args:
        patch: Of the model; it takes the work away again.
        work: The work.
    """

    def epoch_ends(own: Callable[..., Any], logs: Any) -> Any:
        work()
        return own(logs)

    patch.replace("_get_metrics_result_or_logs", epoch_ends)


def learning_rate_schedule(optimizer: Any) -> Any | None:
    """The schedule of an optimizer's learning rate; None where the rate is a number.

    `optimizer.learning_rate` is the number that a schedule has come to.
    """
    # Here, since pruning asks this module of a model for which nothing needs to be imported.
    import keras

    rate = getattr(optimizer, "_learning_rate", None)
    return rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None


def metrics_by_output(model: Any) -> list[tuple[str, list[Any]]]:
    """The metrics of a compiled model with several outputs, by the output's name.

    Returns:
        A name and its metrics for each output; none where the model has one output, or has not
        seen a batch yet.
    """
    return [
        (listed.output_name, list(listed.metrics))
        for held in model.metrics
        for listed in getattr(held, "_flat_metrics", [])
        if getattr(listed, "output_name", None)
    ]
