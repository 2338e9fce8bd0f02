"""`ModelFacts`: what a `.keras` file says of its model, read without Keras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from prunelab.errors import UsageError
from prunelab.model_file.archive import Archive, read_archive
from prunelab.model_file.graph import SavedLayer, Shape, model_input_shapes, output_layers
from prunelab.model_file.losses import Loss, file_loss
from prunelab.model_file.named_objects import LAMBDA, NamedObject, named_objects
from prunelab.model_file.optimizers import Optimizer, file_optimizer
from prunelab.model_file.output_kind import SOFTMAX, output_kind
from prunelab.user_files.paths import status

__all__ = ["ModelFacts", "read_model"]

_Read = TypeVar("_Read")
_Found = TypeVar("_Found")

_MAKE_AGAIN = (
    "with the Keras 2 that made it save it as FILE.h5, with Keras 3 load that "
    "(keras.models.load_model(path, compile=False)) and save it as FILE.keras"
)


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model that classifies.

    Attributes:
        name: Its name in errors and notes.
        input_shape: Shape of one sample; None where only Keras can compute it.
        output_shape: Shape of its output for one sample; None likewise.
        output_kind: "softmax", "sigmoid", "logits", or "" where it is not known.
        output_layer: The name of the layer that gives it; empty where it is not known.
        loss: The loss that it was compiled with, if any.
        optimizer: The optimizer likewise.
        metrics: The metrics likewise, as Keras serialised them.
        label_form: The form of labels (see `LabelForm`) that its own loss takes, found by
            trying; empty where that was not tried.
        custom_objects: Its classes and functions that are not of Keras.
    """

    name: str
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    output_kind: str = ""
    output_layer: str = ""
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: tuple[Any, ...] = ()
    label_form: str = ""
    custom_objects: tuple[NamedObject, ...] = ()

    @classmethod
    def of_builtin(cls, name: str, input_shape: Shape, classes: int) -> ModelFacts:
        """One of prunelab's own models: as many outputs as classes, through a softmax."""
        return cls(name, input_shape, (classes,), SOFTMAX)


def read_model(path: Path, *, module: bool) -> ModelFacts:
    """Reads what a `.keras` file says of its model, without running any of its code.

    Args:
        path: The file.
        module: Whether its user gives the code of the classes and functions that are not of Keras.

    Raises:
        UsageError: where it is no such file, cannot be trained on one sample and one label at a
            time, or needs code of its author.
    """
    found = status(path)
    file_state = (found.st_mtime_ns, found.st_size, found.st_ino) if found else (0, 0, 0)
    answer = _read(path, file_state, module)
    if isinstance(answer, str):
        raise UsageError(answer)
    return answer


@lru_cache(maxsize=32)
def _read(path: Path, file_state: tuple[int, int, int], module: bool) -> ModelFacts | str:
    """Reads a file once for as long as it stays unchanged: a form asks at every key press."""
    try:
        return _facts(path, read_archive(path), module)
    except UsageError as error:
        return str(error)
    except RecursionError:
        return f"model {path} is damaged (layers within layers without end): save it again"


def _facts(path: Path, archive: Archive, module: bool) -> ModelFacts:
    config = archive.config
    custom = tuple(one for one in named_objects(config) if one.custom)
    if custom and not module:
        raise UsageError(f"model {path}: {_custom_code_refused(custom)}")
    _check_version(path, archive)
    _check_quantized(path, config)
    _check_activations(path, config)
    _check_precision(path, config)
    inputs, outputs = _known(model_input_shapes, config), _known(output_layers, config)
    if inputs == []:
        raise UsageError(
            f"model {path} was saved before it was built, so it has no weights: begin it with "
            "keras.Input(shape), or call it on a batch, and save it again"
        )
    for what, found in (("inputs", inputs), ("outputs", outputs)):
        if found is not None and len(found) != 1:
            raise UsageError(
                f"model {path} has {len(found)} {what}, and a run has one: save a model of one, "
                "such as keras.Model(model.inputs[0], model.outputs[0])"
            )
    _check_no_text(path, config)
    output_layer = outputs[0] if outputs else None
    compiled = config.get("compile_config")
    compiled = compiled if isinstance(compiled, dict) else {}
    return ModelFacts(
        name=f"model {path.name}",
        input_shape=inputs[0] if inputs else None,
        output_shape=_known(SavedLayer.output_shape, output_layer),
        output_kind=_known(output_kind, output_layer) or "",
        output_layer=output_layer.name if output_layer else "",
        loss=file_loss(compiled.get("loss")),
        optimizer=file_optimizer(compiled.get("optimizer")),
        metrics=tuple(_leaves([compiled.get("metrics"), compiled.get("weighted_metrics")])),
        custom_objects=custom,
    )


def _known(read: Callable[[_Read], _Found | None], of: _Read | None) -> _Found | None:
    """What the file says, or None where it is not written as Keras is known to write it.

    Keras decides later: it loads the file, or raises an error.
    """
    try:
        return None if of is None else read(of)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _custom_code_refused(custom: tuple[NamedObject, ...]) -> str:
    """The error for code that is only run on request."""
    lambdas = [one for one in custom if one.name == LAMBDA]
    named = {one.name: one for one in custom if one.name != LAMBDA}
    if named:
        first, *more = named.values()
        subject = first.description() + (f" and {len(more)} more are" if more else " is")
        return (
            f"{subject} not of Keras: give the file that defines "
            f"{'them' if more else 'it'} with --module FILE.py, which is then run"
        )
    return (
        f"{lambdas[0].description()} is code within the file that is not run unasked: where you "
        "trust it, say so with --module FILE.py, a file of yours that may be empty"
    )


def _check_version(path: Path, archive: Archive) -> None:
    module = str(archive.config.get("module"))
    old = archive.keras_version.startswith(("1.", "2."))
    if old and archive.config.get("class_name") != "Sequential":
        raise UsageError(
            f"model {path} was saved by Keras {archive.keras_version}, which Keras 3 cannot load: "
            + _MAKE_AGAIN
        )
    if module.startswith("tf_keras"):
        raise UsageError(f"model {path} is of Keras 2 (tf_keras): {_MAKE_AGAIN}")


def _check_quantized(path: Path, config: Any) -> None:
    for one in named_objects(config):
        if one.name.startswith("Quantized") and one.name.endswith("DTypePolicy"):
            raise UsageError(
                f"model {path} is quantized (layer {one.layer!r}), so its kernels are no longer "
                "numbers to prune: prune the model first, and quantize it then"
            )


def _check_activations(path: Path, config: Any) -> None:
    for one in named_objects(config):
        if one.lost_activation:
            raise UsageError(
                f"model {path}: the activation of layer {one.layer!r} is a lambda, which Keras "
                "saves but cannot load: give it a function with a name and save the model again"
            )


def _check_precision(path: Path, config: Any) -> None:
    """Weights of half precision; `mixed_float16` keeps them in float32."""
    for one in named_objects(config):
        if one.dtype_policy == "float16":
            raise UsageError(
                f"model {path} keeps weights in float16 (layer {one.layer!r}), in which Adam and "
                "the like come to NaN: make it with the policy mixed_float16 or float32"
            )


def _check_no_text(path: Path, config: dict[str, Any]) -> None:
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    for one in layers if isinstance(layers, list) else ():
        values = one.get("config") if isinstance(one, dict) else None
        if isinstance(values, dict) and values.get("dtype") == "string":
            raise UsageError(
                f"model {path} takes text, and data are numbers: save the model without "
                "the layers that read text, and give it what they make of it"
            )


def _leaves(tree: Any) -> list[Any]:
    """The leaves of lists, and of dicts that are not serialised objects; None is left out."""
    if isinstance(tree, list):
        return [leaf for one in tree for leaf in _leaves(one)]
    if isinstance(tree, dict) and "class_name" not in tree:
        return _leaves(list(tree.values()))
    return [] if tree is None else [tree]
