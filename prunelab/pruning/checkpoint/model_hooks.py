"""`ModelHooks`: what stands at a model's own methods while it is pruned, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from prunelab.errors import warn
from prunelab.keras_internals.method_patch import MethodPatch
from prunelab.keras_internals.trainer_parts import at_epoch_end
from prunelab.pruning.backend import Backend
from prunelab.pruning.checkpoint.masked_exports import MaskedExports
from prunelab.pruning.checkpoint.state_file import PruningState, read_state
from prunelab.pruning.mid_step import MidStep
from prunelab.pruning.pruned_weights import NewMask, PrunedWeights

__all__ = ["ModelHooks", "Pruning"]


class Pruning(Protocol):
    """What the hooks need of the callback that prunes."""

    backend: Backend
    weights: PrunedWeights

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero."""

    def state(self) -> PruningState:
        """The pruning state as it is now."""

    def resume(self, state: PruningState) -> None:
        """Goes on from a pruning state, at once or as soon as training begins."""


class ModelHooks:
    """Replaces methods of one model's instance around its `fit`.

    From before training begins until its first epoch, weights that another callback loads bring
    their pruning state with them. During training whatever leaves the model is masked, and weights
    that were handed out and are brought back get the masks of their time.

    Args:
        model: The model.
        pruning: What prunes it.
    """

    def __init__(self, model: Any, pruning: Pruning) -> None:
        self._model = model
        self._pruning = pruning
        self._outlet: MaskedExports | None = None
        self._training = MethodPatch(model)
        self._loading = MethodPatch(model)
        # Before any callback begins: BackupAndRestore may stand before the pruning in the list.
        self._loading.replace("load_weights", self._load_weights)

    def begin(self, calls: bool) -> None:
        """Training begins.

        Args:
            calls: Whether calls of the model from between two batches are masked here.
        """
        self.close()
        self._outlet = MaskedExports(
            self._model,
            self._pruning.weights,
            self._pruning.backend,
            self._pruning.state,
            calls,
        )
        self._training.replace("set_weights", self._set_weights)
        # Before any callback: what those before the pruning see and save is what those after do.
        at_epoch_end(self._training, self._pruning.apply_masks)

    def rest(self, resting: bool) -> None:
        """Leaves the weights that leave the model as they are, or masks them again."""
        if self._outlet is not None:
            self._outlet.is_resting = resting

    @property
    def mid_step(self) -> MidStep:
        """What a training step, which masks all weights as it begins, tells that it is under way.

        It is another one after `begin`.
        """
        assert self._outlet is not None
        return self._outlet.mid_step

    def all_have_begun(self) -> None:
        """What is loaded from here on is no resumption."""
        self._loading.restore()

    def close(self) -> None:
        """Leaves the model with its own methods, but for loading."""
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        self._training.restore()

    def restore(self) -> None:
        """Leaves the model with its own methods."""
        self._loading.restore()
        self.close()

    def _load_weights(
        self, own: Callable[..., Any], filepath: Any, *args: Any, **kwargs: Any
    ) -> None:
        own(filepath, *args, **kwargs)
        state = read_state(Path(filepath))
        if state is not None:
            self._pruning.resume(state)

    def _set_weights(self, own: Callable[..., Any], values: list[Any]) -> None:
        own(values)
        assert self._outlet is not None
        masks = self._outlet.masks_given_with(values)
        if masks is None:
            return
        weights = self._pruning.weights
        before = weights.sparsity
        weights.set_masks(
            [NewMask(weight, *one) for weight, one in zip(weights, masks, strict=True)]
        )
        if weights.sparsity != before:
            warn(
                f"the weights that were brought back are of sparsity {weights.sparsity:.3f}, not "
                f"{before:.3f}: their masks came back with them"
            )
