"""`PruningSummaries`: what pruning does, for TensorBoard."""

from __future__ import annotations

import os
from typing import Any

import keras
import tensorflow as tf

from prunelab.errors import UsageError
from prunelab.keras_internals.trainer_parts import WITHOUT_MODEL
from prunelab.pruning.callback import PruneLowMagnitude, pruning_of
from prunelab.pruning.misuse import check_backend, check_model
from prunelab.user_files.paths import user_path

__all__ = ["PruningSummaries"]


class PruningSummaries(keras.callbacks.Callback):
    """Writes sparsity and threshold of every pruned weight, by step, and as training leaves them.

    The tags are `pruning/sparsity` for all pruned weights together, `pruning/sparsity/PATH` and
    `pruning/threshold/PATH` for one. They stand in a folder of their own beside those of
    `keras.callbacks.TensorBoard`, so both may have the same `log_dir`.

    Args:
        log_dir: The folder that TensorBoard is pointed to.
        every: Steps from one entry to the next; the last step is written in any case. Under
            `steps_per_execution` above 1 only the last step of an execution can be seen.

    Raises:
        UsageError: for an `every` below 1; in `fit`, where no `PruneLowMagnitude` is among the
            callbacks.

    The reference's own callback writes as an epoch begins, and so never the final state.
    """

    def __init__(self, log_dir: str | os.PathLike[str], every: int = 1) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise UsageError(f"every={every!r} is no number of steps: use 1 or more")
        check_backend("PruningSummaries")
        super().__init__()
        self._folder = user_path(log_dir) / "pruning"
        self._every = every
        self._pruning: PruneLowMagnitude | None = None
        self._writer: Any = None
        self._written = 0

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle carries: the settings, and no open file."""
        fresh = {"_pruning": None, "_writer": None, "_written": 0}
        return {**vars(self), **fresh, **WITHOUT_MODEL}

    def set_model(self, model: Any) -> None:
        """Takes a model of Keras 3 on TensorFlow."""
        check_model(model, "PruningSummaries")
        super().set_model(model)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forgets an earlier `fit`."""
        self._pruning = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Finds what prunes the model: by now all callbacks have begun, in whatever order."""
        pruning = self._found()
        if pruning.in_loop and pruning.step != self._written:
            # A loop that was written for the reference calls for no batches, and for no end.
            self._write(pruning)
            self._writer.flush()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the step, where it is due."""
        pruning = self._pruning or self._found()
        if pruning.step - self._written >= self._every:
            self._write(pruning)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Writes the final state and closes the file."""
        if self._pruning is not None:
            if self._pruning.step != self._written:
                self._write(self._pruning)
            self._writer.close()

    def _found(self) -> PruneLowMagnitude:
        if self._pruning is None:
            self._pruning = pruning_of(self.model)
            if self._pruning is None:
                raise UsageError(
                    "PruningSummaries has nothing to write: put a PruneLowMagnitude among the "
                    "callbacks"
                )
            self._written = self._pruning.step
            self._writer = tf.summary.create_file_writer(str(self._folder))
        return self._pruning

    def _write(self, pruning: PruneLowMagnitude) -> None:
        self._written = pruning.step
        # Whatever a TensorBoard callback has set as the default is left alone by `with`.
        with self._writer.as_default(step=pruning.step), tf.summary.record_if(True):
            _scalar("pruning/sparsity", pruning.sparsity)
            for weight in pruning.weights:
                _scalar(f"pruning/sparsity/{weight.path}", weight.sparsity)
                _scalar(f"pruning/threshold/{weight.path}", weight.threshold)


def _scalar(tag: str, value: float) -> None:
    # What `tf.summary.scalar` does, which needs TensorBoard only for this metadata.
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = "scalars"
    tf.summary.write(tag, tf.constant(value, tf.float32), metadata=metadata)
