"""`PruneLowMagnitude` by rules: which layers, by which schedule, and the table that tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from prunelab import (
    ConstantSparsity,
    Lab,
    PrunelabError,
    PruneLowMagnitude,
    PruningSchedule,
    UsageError,
)
from prunelab.pruning import keep_count, pruning_of, table
from prunelab.training import RunRecorder

Arrays = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Any]

HALF = ConstantSparsity(0.5, begin_step=1, frequency=1)
MOST = ConstantSparsity(0.75, begin_step=2, end_step=2, frequency=1)


@pytest.fixture
def model(make_model: Make) -> Any:
    layers = keras.layers
    return make_model(
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(8, 3, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.Flatten(name="flat"),
        layers.Dense(16, name="wide"),
        layers.Dense(12, name="narrow"),
    )


def _fit(model: Any, data: Arrays, *callbacks: Any, epochs: int = 1) -> Any:
    return model.fit(
        *data, batch_size=32, epochs=epochs, shuffle=False, callbacks=list(callbacks), verbose=0
    )


def _pruned(pruning: PruneLowMagnitude) -> list[str]:
    return [path.split("/")[-2] for path in pruning.masks]


def _zeros(model: Any, name: str) -> float:
    return float((model.get_layer(name).kernel.numpy() == 0).mean())


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ("conv", ["conv"]),
        (".*/(conv|wide)", ["conv", "wide"]),
        (".*/narrow/kernel", ["narrow"]),
        (["wide", "conv"], ["conv", "wide"]),
        (lambda layer: getattr(layer, "units", 0) > 11, ["wide", "narrow"]),
        (lambda layer: isinstance(layer, keras.layers.Conv2D), ["conv"]),
    ],
    ids=["name", "pattern", "weight", "list", "function", "class"],
)
def test_only_the_chosen_layers_are_pruned(
    model: Any, digits: Arrays, layers: Any, names: list[str]
) -> None:
    pruning = PruneLowMagnitude(HALF, layers=layers)
    _fit(model, digits, pruning)
    assert _pruned(pruning) == names
    for name in ("conv", "wide", "narrow"):
        assert (_zeros(model, name) > 0.4) == (name in names)


def test_a_layer_is_chosen_by_itself_or_by_its_whole_path(model: Any, digits: Arrays) -> None:
    wide = model.get_layer("wide")
    for layers in (wide, [wide], wide.path, wide.kernel.path):
        pruning = PruneLowMagnitude(HALF, layers=layers)
        _fit(model, digits, pruning)
        assert _pruned(pruning) == ["wide"]


def test_a_nested_model_stands_for_all_of_its_layers(digits: Arrays) -> None:
    inner = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(6, name="a"), keras.layers.Dense(6, name="b")]
    )
    inputs = keras.Input((8, 8))
    outputs = keras.layers.Dense(10, name="c")(inner(keras.layers.Flatten()(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True), jit_compile=False)
    pruning = PruneLowMagnitude(HALF, layers=inner)
    _fit(model, digits, pruning)
    assert sorted(_pruned(pruning)) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "kernels"), [("memory", 2), ("attention", 4), ("words", 1), ("memory|words", 3)]
)
def test_layers_of_several_kernels_are_chosen_as_a_whole(name: str, kernels: int) -> None:
    inputs = keras.Input((6,))
    x = keras.layers.Embedding(20, 8, name="words")(inputs)
    x = keras.layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = keras.layers.LSTM(5, name="memory")(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    model.compile("sgd", "mse", jit_compile=False)
    pruning = PruneLowMagnitude(HALF, layers=name)
    _fit(model, (np.ones((32, 6)), np.zeros((32, 2))), pruning)
    assert len(pruning.weights) == kernels
    assert table(model, pruning).pruned.sum() == kernels
    assert pruning.sparsity == pytest.approx(0.5, abs=0.01)


def _always_fails(layer: Any) -> bool:
    raise KeyError("units")


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ("norm", r"layer '.*norm' \(BatchNormalization\) holds no kernel that can be pruned"),
        (["conv", "flat"], r"layer '.*flat' \(Flatten\) holds no kernel"),
        (".*/wide/bias", r"weight '.*wide/bias' is not a kernel that can be pruned"),
        ("dense_99", "'dense_99' matches no layer or weight of model"),
        (lambda layer: layer.name == "norm", r"norm' \(BatchNormalization\) holds no kernel"),
        (lambda layer: False, "'<lambda>' matches no layer or weight"),
        (_always_fails, "_always_fails failed for layer .*KeyError"),
    ],
    ids=["norm", "flat", "bias", "nothing", "function", "never", "fails"],
)
def test_what_cannot_be_pruned_is_named_and_the_model_stays(
    model: Any, digits: Arrays, layers: Any, told: str
) -> None:
    before = model.get_weights()
    for schedule, choice in ((HALF, {"layers": layers}), ({_key(layers): HALF}, {})):
        with pytest.raises(UsageError, match=told) as raised:
            _fit(model, digits, PruneLowMagnitude(schedule, **choice))
        assert "\n" not in str(raised.value)
    _equal(model.get_weights(), before)


def _key(layers: Any) -> Any:
    return tuple(layers) if isinstance(layers, list) else layers


def _equal(now: list[np.ndarray], before: list[np.ndarray]) -> None:
    assert all(np.array_equal(*pair) for pair in zip(now, before, strict=True))


def test_a_layer_of_another_model_is_refused(model: Any, digits: Arrays) -> None:
    other = keras.layers.Dense(3, name="other")
    with pytest.raises(UsageError, match="'other' matches no layer or weight of model"):
        _fit(model, digits, PruneLowMagnitude(HALF, layers=other))


@pytest.mark.parametrize("layers", [5, b"conv", [], [None], "(", keras.layers.Dense])
def test_a_choice_of_a_wrong_kind_is_refused_at_once(layers: Any) -> None:
    with pytest.raises(UsageError):
        PruneLowMagnitude(HALF, layers=layers)


@pytest.mark.parametrize("schedule", [{}, {"conv": 0.5}, {"conv": None}, {5: HALF}])
def test_a_mapping_of_a_wrong_kind_is_refused_at_once(schedule: Any) -> None:
    with pytest.raises(UsageError):
        PruneLowMagnitude(schedule)


@pytest.mark.parametrize(
    "values", [{"layers": "conv"}, {"scope": "global"}, {"distribution": "erk"}]
)
def test_a_mapping_excludes_what_needs_one_schedule(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="mapping"):
        PruneLowMagnitude({"conv": HALF}, **values)


def test_each_layer_follows_its_own_schedule_and_the_first_match_wins(
    model: Any, digits: Arrays
) -> None:
    pruning = PruneLowMagnitude({"wide": MOST, ("conv", ".*/wide"): HALF})
    seen: list[tuple[bool, list[float]]] = []
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(
            (pruning.updated, [round(weight.sparsity, 2) for weight in pruning.weights])
        )
    )
    _fit(model, digits, pruning, look)
    assert seen == [(True, [0.5, 0.0]), (True, [0.5, 0.75]), (True, [0.5, 0.75])]
    assert [weight.schedule for weight in pruning.weights] == [HALF, MOST]
    assert _zeros(model, "narrow") == 0


def test_a_fit_by_several_schedules_is_recorded_with_all_of_them(
    model: Any, digits: Arrays, lab: Lab
) -> None:
    pruning, recorder = PruneLowMagnitude({"wide": MOST, "conv": HALF}), RunRecorder(lab)
    _fit(model, digits, recorder, pruning)
    sizes = [weight.size for weight in pruning.weights]
    config = lab.run(recorder.run).schedule
    assert config["class_name"] == "ScheduleByLayer"
    assert config["config"]["sizes"] == {"wide": sizes[1], "conv": sizes[0]}
    again = PruningSchedule.from_config(config)
    both = (0.5 * sizes[0] + 0.75 * sizes[1]) / sum(sizes)
    assert float(again.on(2)[1]) == pytest.approx(both)
    assert pruning.sparsity == pytest.approx(both, abs=0.01)


@pytest.mark.parametrize("rules", [{"scope": "global"}, {"distribution": "erk"}])
def test_all_weights_together_reach_the_sparsity(
    model: Any, digits: Arrays, rules: dict[str, Any]
) -> None:
    pruning = PruneLowMagnitude(HALF, **rules)
    _fit(model, digits, pruning)
    total = sum(weight.size for weight in pruning.weights)
    kept = sum(int(mask.sum()) for mask in pruning.masks.values())
    assert kept == pytest.approx(keep_count(total, np.float32(0.5)), abs=2)
    assert len({round(weight.sparsity, 2) for weight in pruning.weights}) > 1
    assert table(model, pruning).query("pruned").sparsity.tolist() == pytest.approx(
        [weight.sparsity for weight in pruning.weights]
    )


def test_globally_there_is_one_threshold(model: Any, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(HALF, scope="global")
    _fit(model, digits, pruning)
    assert len({weight.threshold for weight in pruning.weights}) == 1


def test_at_random_the_same_weights_are_dropped_in_every_run(
    make_model: Make, digits: Arrays
) -> None:
    masks = []
    for _ in range(2):
        pruning = PruneLowMagnitude(HALF, criterion="random", seed=4)
        _fit(make_model(), digits, pruning)
        masks.append(np.concatenate([mask.reshape(-1) for mask in pruning.masks.values()]))
        assert pruning.sparsity == pytest.approx(0.5, abs=0.001)
    assert np.array_equal(*masks)


def test_structures_are_in_the_trained_kernels(model: Any, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(HALF, layers=["wide"], block_size=[4, 2], block_pooling_type="MAX")
    _fit(model, digits, pruning)
    blocks = model.get_layer("wide").kernel.numpy().reshape(72, 4, 8, 2) == 0
    assert set(blocks.sum(axis=(1, 3)).ravel().tolist()) == {0, 8}
    _fit(model, digits, PruneLowMagnitude(HALF, sparsity_m_by_n=(2, 4)))
    kernel = model.get_layer("conv").kernel.numpy()
    assert kernel.shape == (3, 3, 1, 8)
    groups = model.get_layer("wide").kernel.numpy().reshape(72, 4, 16)
    assert (np.count_nonzero(groups, axis=1) == 2).all()


def test_a_structure_that_does_not_fit_a_weight_is_refused_before_the_first_step(
    model: Any, digits: Arrays
) -> None:
    before = model.get_weights()
    with pytest.raises(UsageError, match=r"block_size=\(2, 2\) needs .*conv/kernel.*layers="):
        _fit(model, digits, PruneLowMagnitude(HALF, block_size=(2, 2)))
    _equal(model.get_weights(), before)


@pytest.mark.parametrize(
    "rules", [{}, {"scope": "global"}, {"distribution": "erk"}, {"criterion": "random"}]
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_update_that_fails_leaves_weights_and_masks_as_they_were(
    model: Any, digits: Arrays, rules: dict[str, Any], value: float
) -> None:
    # The last of the pruned weights: what comes before it could be chosen.
    last = model.layers[-1].kernel
    last.assign(np.full(last.shape, value, np.float32))
    pruning, before = PruneLowMagnitude(HALF, **rules), model.get_weights()
    with pytest.raises(PrunelabError, match=f"^{last.path}: a weight is NaN or infinite"):
        _fit(model, digits, pruning)
    assert all(mask.all() for mask in pruning.masks.values())
    assert all(
        np.array_equal(*pair, equal_nan=True)
        for pair in zip(model.get_weights(), before, strict=True)
    )


@pytest.mark.parametrize("answer", [(True, 1.0), (True, -0.1), (True, np.nan), (True, [0.1, 0.2])])
@pytest.mark.parametrize("vectorised", [False, True])
def test_a_schedule_that_answers_wrongly_leaves_the_weights_untouched(
    model: Any, digits: Arrays, answer: Any, vectorised: bool
) -> None:
    class Wrong(PruningSchedule):
        def __call__(self, step: Any) -> tuple[Any, Any]:
            return answer

        def get_config(self) -> dict[str, Any]:
            return {"class_name": "Wrong", "config": {}}

    Wrong.vectorised = vectorised
    before = model.get_weights()
    for schedule in (Wrong(), {"conv": HALF, "wide": Wrong()}):
        with pytest.raises(UsageError, match="Wrong"):
            _fit(model, digits, PruneLowMagnitude(schedule))
        _equal(model.get_weights(), before)


def test_a_weight_of_no_size_is_named(digits: Arrays) -> None:
    model = keras.Sequential([keras.Input((0,)), keras.layers.Dense(4, name="empty")])
    model.compile("sgd", "mse", jit_compile=False)
    with pytest.raises(
        UsageError, match=r"weight '.*empty/kernel' of shape \(0, 4\) holds nothing"
    ):
        _fit(model, (np.zeros((8, 0)), np.zeros((8, 4))), PruneLowMagnitude(HALF))


def test_the_table_says_for_every_weight_whether_and_why(model: Any, digits: Arrays) -> None:
    pruning = PruneLowMagnitude(HALF, layers=".*/(conv|wide)")
    _fit(model, digits, pruning)
    rows = table(model, pruning)
    assert rows.path.tolist() == [weight.path for weight in model.weights]
    assert rows["size"].sum() == model.count_params()
    by_path = rows.set_index(rows.path.str.replace(r"^[^/]*/", "", regex=True))
    conv = by_path.loc["conv/kernel"]
    assert (conv.layer, conv["shape"], conv.pruned, conv.why) == ("Conv2D", (3, 3, 1, 8), True, "")
    assert conv.schedule == (
        "ConstantSparsity(target_sparsity=0.5, begin_step=1, end_step=-1, frequency=1)"
    )
    assert conv.sparsity == 0.5
    assert by_path.why[["conv/bias", "norm/gamma", "narrow/kernel"]].tolist() == [
        "bias",
        "no kernel of a prunable layer",
        "not chosen by layers=",
    ]
    assert by_path.schedule["narrow/kernel"] == ""
    assert rows.pruned.sum() == 2


def test_the_table_without_a_callback_tells_what_would_be_pruned(model: Any) -> None:
    rows = table(model)
    assert rows[rows.pruned].path.str.endswith("kernel").all()
    assert rows.pruned.sum() == 4
    assert (rows.schedule == "").all()


def test_the_table_tells_a_layer_without_a_schedule(model: Any) -> None:
    rows = table(model, PruneLowMagnitude({"conv": HALF}))
    assert rows.why[rows.path.str.endswith("wide/kernel")].tolist() == [
        "no schedule of the mapping is for it"
    ]


def test_the_table_takes_a_callback_and_a_built_model_only(model: Any) -> None:
    with pytest.raises(UsageError, match=re.escape("is not a PruneLowMagnitude")):
        table(model, HALF)  # type: ignore[arg-type]
    unbuilt = keras.Sequential([keras.layers.Dense(3)])
    with pytest.raises(UsageError, match=r"before it is built: call model\(x"):
        table(unbuilt)
    unbuilt(np.ones((1, 2), np.float32))
    assert table(unbuilt).pruned.tolist() == [True, False]
    assert pruning_of(model) is None
