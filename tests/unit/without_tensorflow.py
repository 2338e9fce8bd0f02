"""Imported, it has Keras and TensorFlow be missing, as where they are not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType


class _Refuse:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if name.partition(".")[0] in ("keras", "tensorflow", "tf_keras"):
            raise ModuleNotFoundError(f"{name} is not to be imported here")


sys.meta_path.insert(0, _Refuse())  # type: ignore[arg-type]
