"""The user's own classes and functions that a model file, a loss or an optimizer names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import keras

from prunelab.errors import PrunelabError
from prunelab.model_file.named_objects import LAMBDA, NamedObject, named_objects
from prunelab.training.error_line import error_line
from prunelab.user_files.python_file import run_python_file

__all__ = ["UserModule"]


class UserModule:
    """A Python file that the user gave on purpose, run; nothing where none was given.

    Args:
        path: The file, or None.

    Raises:
        PrunelabError: where the file raises an error.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._module = None
        if path is not None:
            try:
                self._module = run_python_file(path)
            except Exception as error:
                # The user's own code: it may raise anything.
                raise PrunelabError(
                    f"module {path} cannot be run ({type(error).__name__}: {error_line(error)}): "
                    "mend it"
                ) from error

    def objects(self, named: Iterable[NamedObject]) -> dict[str, Any]:
        """What a model file names that is not of Keras, as Keras takes it.

        Raises:
            PrunelabError: where neither the module defines it, nor it was registered.
        """
        found = {}
        for one in named:
            if one.name == LAMBDA or one.imported_by_keras:
                continue  # Its code is in the file itself, or Keras imports it.
            value = getattr(self._module, one.name, None)
            if value is None:
                value = keras.saving.get_registered_object(one.registered)
            if value is None:
                raise PrunelabError(
                    f"module {self.path} defines no {one.name!r}, and the model file "
                    f"names {one.description()}: define or import it there"
                )
            found[one.name] = found[one.registered] = value
        return found

    def deserialized(self, deserialize: Callable[[Any], Any], serialised: Any) -> Any:
        """What Keras makes of a serialised object and of the user's own that it names.

        Raises:
            PrunelabError: as for `objects`.
        """
        named = (one for one in named_objects(serialised) if one.custom)
        with keras.saving.custom_object_scope(self.objects(named)):
            # Keras changes what it is given.
            return deserialize(deepcopy(serialised))

    def called(self, name: str, values: Mapping[str, Any]) -> Any:
        """A loss or optimizer of the module: an instance of its class, or its function.

        Raises:
            PrunelabError: where the module does not define it.
        """
        value = getattr(self._module, name, None)
        if value is None:
            raise PrunelabError(
                f"module {self.path} defines no {name!r}: define or import it there"
            )
        return value(**values) if isinstance(value, type) or values else value
