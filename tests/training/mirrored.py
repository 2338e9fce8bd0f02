"""Pruning on two virtual CPUs and on one, in a process of its own, and what comes out as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf
from kinds import GROWING, masks_of

from prunelab import ConstantSparsity, Lab, PruneLowMagnitude, RunRecorder, UsageError


def trained(
    strategy: tf.distribute.Strategy,
    x: np.ndarray,
    y: np.ndarray,
    known: bool = True,
    inside: bool = False,
    **values: int,
) -> dict:
    with strategy.scope():
        keras.utils.set_random_seed(1)
        dense = keras.layers.Dense
        model = keras.Sequential([keras.Input((16,)), dense(16, "relu"), dense(4, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False, **values)
    pruning = PruneLowMagnitude(GROWING)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    if not known:
        data = data.filter(lambda *_: True)
    with strategy.scope() if inside else nullcontext():
        model.fit(data, epochs=3, verbose=0, callbacks=[pruning], validation_data=(x, y))
    masks, kernels = masks_of(pruning), [weight.kernel.numpy() for weight in pruning.weights]
    copies = [weight.kernel.value for weight in pruning.weights]
    return {
        "masks": [mask.astype(int).tolist() for mask in masks],
        "kernels": [kernel.tolist() for kernel in kernels],
        "zero": all(not kernel[~mask].any() for kernel, mask in zip(kernels, masks, strict=True)),
        "alike": all(
            np.array_equal(one.numpy(), kernel)
            for copy, kernel in zip(copies, kernels, strict=True)
            for one in getattr(copy, "values", (copy,))
        ),
        "step": pruning.step,
    }


def recorded(
    strategy: tf.distribute.Strategy, x: np.ndarray, y: np.ndarray, inside: bool = False
) -> dict:
    with strategy.scope():
        keras.utils.set_random_seed(1)
        dense = keras.layers.Dense
        model = keras.Sequential([keras.Input((16,)), dense(16, "relu"), dense(4, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with tempfile.TemporaryDirectory() as folder:
        recorder = RunRecorder(Lab(folder))
        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
        callbacks = [PruneLowMagnitude(GROWING), recorder]
        with strategy.scope() if inside else nullcontext():
            history = model.fit(data, epochs=3, verbose=0, callbacks=callbacks).history
        metrics = Lab(folder).metrics(recorder.run)
    told = {name: metrics[name].tolist() for name in ("step", "loss", "accuracy", "sparsity")}
    return {**told, "epochs": history}


def looped(strategy: tf.distribute.Strategy, x: np.ndarray, y: np.ndarray) -> dict:
    """A loop of one's own: the share of zeros that every replica computes each batch with."""
    with strategy.scope():
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(4, "softmax")])
        optimizer = keras.optimizers.Adam(0.05)
        optimizer.build(model.trainable_variables)
    pruning, seen = PruneLowMagnitude(ConstantSparsity(0.5, 1, frequency=1)), []

    def replica(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            right = tf.gather(model(x, training=True), y, batch_dims=1)
            loss = tf.reduce_sum(-tf.math.log(right)) / 8
        zeros = tf.reduce_mean(tf.cast(model.layers[0].kernel.value == 0, tf.float32))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return zeros

    step = tf.function(lambda x, y: strategy.run(replica, args=(x, y)))
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    pruning.set_model(model)
    pruning.on_train_begin()
    for batch, part in enumerate(strategy.experimental_distribute_dataset(data)):
        pruning.on_train_batch_begin(batch)
        zeros = strategy.experimental_local_results(step(*part))
        seen.append([float(share) for share in zeros])
        # Called as it is, and not on the replicas: another pass with masked weights.
        model(x[:8])
        seen.append([float((model.layers[0].kernel.numpy() == 0).mean())])
    pruning.on_train_end()
    return {"seen": seen}


def main() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    random = np.random.default_rng(0)
    x, y = random.random((32, 16), np.float32), random.integers(0, 4, 32)
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    told = {"one": trained(tf.distribute.get_strategy(), x, y), "two": trained(two, x, y)}
    told["unknown"] = trained(two, x, y, known=False)
    told["inside"] = trained(two, x, y, inside=True)
    alone = tf.distribute.MirroredStrategy(["CPU:0"])
    told["alone"] = trained(alone, x, y, inside=True)
    told["recorded"] = {
        "one": recorded(tf.distribute.get_strategy(), x, y),
        "two": recorded(two, x, y),
        "inside": recorded(two, x, y, inside=True),
        "uneven": recorded(two, x[:27], y[:27]),
    }
    told["looped"] = looped(two, x, y)
    try:
        trained(two, x, y, steps_per_execution=2)
    except UsageError as error:
        told["refused"] = str(error)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
