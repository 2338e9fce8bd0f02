"""`.keras` files as Keras 3 writes their config, made by hand: no weights, no TensorFlow."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

Config = dict[str, Any]


def layer(kind: str, name: str = "", *, takes: Any = None, **config: Any) -> Config:
    one = {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name or kind.lower(), **config},
        "registered_name": None,
    }
    return one if takes is None else one | {"build_config": {"input_shape": [None, *takes]}}


def own_layer(kind: str, name: str = "mine", registered: str = "") -> Config:
    return layer(kind, name) | {"module": None, "registered_name": registered or kind}


def dense(units: int, activation: Any = "linear", name: str = "out", takes: Any = (64,)) -> Config:
    return layer("Dense", name, takes=takes, units=units, activation=activation)


def sequential(*layers: Config, shape: Any = (64,), **more: Any) -> Config:
    head = layer("InputLayer", "input", batch_shape=[None, *shape], dtype="float32")
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": [head, *layers]},
        "registered_name": None,
        "build_config": {"input_shape": [None, *shape]},
        **more,
    }


def functional(
    layers: list[tuple[Config, list[str]]], inputs: Any, outputs: Any, **more: Any
) -> Config:
    """Layers with the names of those that feed them; shapes are of no layer but the first."""
    made = []
    for one, parents in layers:
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {"shape": [None, 64], "dtype": "float32", "keras_history": [name, 0, 0]},
            }
            for name in parents
        ]
        args = [tensors] if len(tensors) > 1 else tensors
        nodes = [{"args": args, "kwargs": {}}] if parents else []
        made.append(one | {"name": one["config"]["name"], "inbound_nodes": nodes})
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "functional",
            "layers": made,
            "input_layers": inputs,
            "output_layers": outputs,
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
        **more,
    }


def entrance(name: str = "input", shape: Any = (64,), **more: Any) -> tuple[Config, list[str]]:
    return layer("InputLayer", name, batch_shape=[None, *shape], **more), []


def compiled(loss: Any = None, metrics: Any = None, optimizer: Any = None) -> Config:
    return {
        "optimizer": optimizer or object_of("optimizers", "Adam", learning_rate=1e-3),
        "loss": loss,
        "metrics": metrics,
        "weighted_metrics": None,
    }


def object_of(module: str | None, kind: str, **config: Any) -> Config:
    return {
        "module": None if module is None else f"keras.{module}",
        "class_name": kind,
        "config": config,
        "registered_name": kind if module is None else None,
    }


def function(name: str) -> Config:
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def saved(path: Path, config: Config, version: str = "3.12.0") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n")
    return path
