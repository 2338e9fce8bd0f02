"""`LayerSelector`: selects layers or weights by object, path, pattern or predicate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from prunelab.errors import UsageError
from prunelab.keras_internals.layer_parts import layers_inside
from prunelab.pruning.layers.pruning_status import Status
from prunelab.pruning.layers.weight_owners import WeightOwner, path_of

__all__ = ["LayerSelector"]

_FORMS = 'give a layer, a path such as "sequential/dense", a regular expression, or a function'


class LayerSelector:
    """Selects part of what is to be pruned.

    Args:
        value: A Keras layer or nested model: every weight in it. A text: the name or path of a
            layer or the path of a weight, or a regular expression that one of these matches as a
            whole. A function of a layer: the weights that the layer owns for which it is true.

    Attributes:
        text: How it is shown to the user.

    Raises:
        UsageError: for anything else, and for a text that is no regular expression.
    """

    def __init__(self, value: Any) -> None:
        import keras

        self._layer = value if isinstance(value, keras.layers.Layer) else None
        self._text = value if isinstance(value, str) else None
        self._predicate: Callable[[Any], Any] | None = None
        if self._layer is not None:
            self.text = path_of(value)
        elif self._text is not None:
            self.text = self._text
            try:
                self._pattern = re.compile(self._text)
            except re.error as error:
                raise UsageError(
                    f"{value!r} is neither a path nor a regular expression ({error}): {_FORMS}"
                ) from error
        elif callable(value) and not isinstance(value, type):
            self._predicate = value
            self.text = getattr(value, "__name__", type(value).__name__)
        else:
            raise UsageError(f"{value!r} names no layer: {_FORMS}")

    def __deepcopy__(self, memo: dict[int, Any]) -> LayerSelector:
        """The same: a copy of a layer would be a layer of no model."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        """For a pickle; a layer is known again by its path."""
        state = dict(vars(self))
        if self._layer is not None:
            state |= {"_layer": None, "_text": self.text, "_pattern": re.compile("(?!)")}
        return state

    def matches(self, weight: WeightOwner) -> bool:
        """Whether a weight is among what is named, prunable or not.

        Raises:
            UsageError: where the function fails for the weight's layer.
        """
        if self._predicate is not None:
            return self._is_true_for(weight.owner)
        return any(map(self._names, weight.holders)) or self._is_path(weight.variable.path)

    def selects(self, weight: WeightOwner, status: Status) -> bool:
        """Whether a weight of a status is pruned because of it."""
        if status is Status.EXACT:
            return bool(weight.variable.path == self._text)
        return status is not Status.NEVER and self.matches(weight)

    def check(
        self,
        model: Any,
        weights: Sequence[WeightOwner],
        selected: Sequence[WeightOwner],
        exact: set[int],
    ) -> None:
        """Checks that something was selected.

        Args:
            model: The model.
            weights: All its weights.
            selected: Those that it selects.
            exact: The `id`s of weights that are pruned only where their whole path is named.

        Raises:
            UsageError: naming the layer or weight that cannot be pruned, or what matches
                nothing.
        """
        if selected:
            return
        layers = layers_inside(model)
        if self._predicate is None:
            named = [layer for layer in layers if self._names(layer)]
        else:
            named = [layer for layer in layers if self._is_true_for(layer)]
        matched = [weight.variable for weight in weights if self.matches(weight)]
        paths = [one.path for one in matched if id(one) in exact and len(one.shape) > 1]
        mend = "choose one that prunelab.pruning.table(model) shows as pruned"
        if paths:
            mend += f", or name {paths[0]!r} by its whole path"
        if named and not named[0].built:
            raise UsageError(
                f"layer {path_of(named[0])!r} ({type(named[0]).__name__}) has no weights before it "
                "is built: call model(x[:1], training=True) before fit"
            )
        if named:
            raise UsageError(
                f"layer {path_of(named[0])!r} ({type(named[0]).__name__}) holds no kernel that "
                f"can be pruned: {mend}"
            )
        if matched:
            raise UsageError(
                f"weight {matched[0].path!r} is not a kernel that can be pruned: {mend}"
            )
        raise UsageError(
            f"{self.text!r} matches no layer or weight of model {model.name!r}: "
            "prunelab.pruning.table(model) shows its paths"
        )

    def _names(self, layer: Any) -> bool:
        """Whether a layer is the one, or is named by the text."""
        if self._layer is not None:
            return layer is self._layer
        return self._predicate is None and (
            self._is_path(path_of(layer)) or self._is_path(layer.name)
        )

    def _is_path(self, path: str) -> bool:
        if self._text is None:
            return False
        # A path may hold characters that mean something else in an expression.
        return path == self._text or self._pattern.fullmatch(path) is not None

    def _is_true_for(self, layer: Any) -> bool:
        assert self._predicate is not None
        try:
            return bool(self._predicate(layer))
        except Exception as error:
            raise UsageError(
                f"{self.text} failed for layer {path_of(layer)!r}: "
                f"{type(error).__name__}: {error}: mend the function"
            ) from error
