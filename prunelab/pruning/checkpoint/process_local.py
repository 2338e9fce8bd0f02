"""`ProcessLocal`: what copies share within one process, and what no other process can have."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

__all__ = ["ProcessLocal"]

T = TypeVar("T")


class ProcessLocal(Generic[T]):
    """Holds something that a copy refers to as it is, and that a pickle leaves out.

    Args:
        value: What it holds.

    Attributes:
        value: The same; None where it was read from a pickle.
    """

    def __init__(self, value: T | None = None) -> None:
        self.value = value

    def __deepcopy__(self, memo: dict[int, Any]) -> ProcessLocal[T]:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()
