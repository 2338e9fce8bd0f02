"""Which layer a weight belongs to, and what picks it: nested, recurrent, shared, subclassed."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from prunelab import ConstantSparsity, PruneLowMagnitude, UsageError
from prunelab.pruning.layers.layer_selector import LayerSelector
from prunelab.pruning.layers.weight_owners import weight_owners
from prunelab.schedules import ScheduleByLayer


@pytest.fixture(scope="module")
def model() -> Any:
    layers = keras.layers
    inputs = keras.Input((6, 8))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True, name="lstm"), name="both")(
        inputs
    )
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.TimeDistributed(layers.Dense(8, name="each"), name="times")(x)
    inner = keras.Sequential([keras.Input((6, 8)), layers.Dense(8, name="shared")], name="inner")
    return keras.Model(inputs, layers.Dense(2, name="last")(inner(inner(x))))


def _owners(model: Any) -> dict[str, str]:
    return {
        weight.variable.path: f"{type(weight.owner).__name__} {weight.owner.name}"
        for weight in weight_owners(model)
    }


def _selected(model: Any, value: Any) -> list[str]:
    selector = LayerSelector(value)
    return [weight.variable.path for weight in weight_owners(model) if selector.matches(weight)]


def test_every_weight_has_one_owner(model: Any) -> None:
    assert [id(weight.variable) for weight in weight_owners(model)] == [
        id(one) for one in model.weights
    ]
    assert sum("shared" in owner for owner in _owners(model).values()) == 2


def test_a_weight_belongs_to_its_innermost_layer_but_to_a_recurrent_one_not_its_cell(
    model: Any,
) -> None:
    owners = set(_owners(model).values())
    assert {"LSTM forward_lstm", "LSTM backward_lstm"} <= owners
    assert {"EinsumDense query", "Dense each", "Dense shared", "Dense last"} <= owners
    assert not any("Cell" in owner for owner in owners)


def test_a_layer_that_holds_others_stands_for_their_weights(model: Any) -> None:
    both = model.get_layer("both")
    assert _selected(model, both) == [weight.path for weight in both.weights]
    assert _selected(model, "attention") == [
        weight.path for weight in model.get_layer("attention").weights
    ]
    assert len(_selected(model, model.get_layer("inner"))) == 2


def test_a_function_is_asked_for_the_owner_alone(model: Any) -> None:
    assert len(_selected(model, lambda layer: isinstance(layer, keras.layers.LSTM))) == 6
    # What holds the layer is not asked: it is not "last" either.
    assert len(_selected(model, lambda layer: layer.name == "last")) == 2
    assert len(_selected(model, lambda layer: layer.name != "last")) == len(model.weights) - 2


def test_weights_of_a_subclassed_model_have_owners_too() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.body = [keras.layers.Dense(3, name="first"), keras.layers.Dense(2, name="second")]

        def call(self, x: Any) -> Any:
            return self.body[1](self.body[0](x))

    model = Own()
    model(keras.ops.ones((1, 4)))
    assert [weight.owner.name for weight in weight_owners(model)] == [
        "first",
        "first",
        "second",
        "second",
    ]


def test_the_view_of_several_schedules_is_no_schedule_to_prune_by() -> None:
    both = ScheduleByLayer({"a": ConstantSparsity(0.5, 0)})
    with pytest.raises(UsageError, match="only sums up several schedules: give the mapping"):
        PruneLowMagnitude(both)
