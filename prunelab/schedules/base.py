"""`PruningSchedule`: when a network is pruned, and to what sparsity."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import numpy.typing as npt

from prunelab.errors import UsageError

__all__ = ["BoolArray", "Float32Array", "PruningSchedule", "Steps", "begin_of", "number_of"]

BoolArray = npt.NDArray[np.bool_]
Float32Array = npt.NDArray[np.float32]
S = TypeVar("S", bound="PruningSchedule")
Steps = int | np.integer[Any] | npt.NDArray[np.integer[Any]]


class PruningSchedule(ABC):
    """When masks change, and what sparsity they then have.

    A subclass answers `should_prune, sparsity = schedule(step)` and names its parameters in
    `get_config`. Steps are batches counted from 1; sparsity is a fraction in [0, 1). The names
    follow tensorflow_model_optimization 0.8.1, so a subclass written for it serves here as well
    once it takes plain integers.

    Where the sparsity falls from one mask update to the next, weights come back: those of largest
    magnitude, of which pruned ones are what the last training step made of their 0. All that tie
    are kept, so that those still 0 to the bit come back together: the ones without a gradient and,
    at the first step of an epoch, all of them. The next update goes on from there.

    Example:
        >>> class Late(PruningSchedule):
        ...     def __call__(self, step):
        ...         return step % 50 == 0 and step >= 500, 0.8
        ...     def get_config(self):
        ...         return {"class_name": "Late", "config": {}}

    Attributes:
        vectorised: True where `__call__` also takes an integer array and answers with a bool and
            a float32 array of the same shape. Where it is False, `on` asks step by step.
        falls_by_design: Whether a fall of sparsity is what the schedule is for, so that no finding
            is made of one.
        last_step: The last step that it can answer for; None where there is no such limit.
    """

    vectorised: ClassVar[bool] = False
    falls_by_design: ClassVar[bool] = False
    last_step: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__call__" in vars(cls) and "vectorised" not in vars(cls):
            # Whoever answers anew answers for one step, unless they say otherwise.
            cls.vectorised = False

    @abstractmethod
    def __call__(self, step: Any) -> tuple[Any, Any]:
        """Answers for one step (or, where `vectorised`, for an integer array of steps).

        Args:
            step: The step, counted from 1.

        Returns:
            `should_prune`, whether masks change at this step, and `sparsity`, the fraction of
            weights that are zero after such a change.
        """

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Returns `{"class_name": ..., "config": {...}}`, readable by and from the reference."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Makes a schedule from what `get_config` gave, here or in the reference.

        Args:
            config: `{"class_name": ..., "config": {...}}`, or the inner dictionary alone when
                called on a class of schedule.

        Raises:
            UsageError: for an unknown class name, or parameters that do not fit the class.
        """
        if not isinstance(config, dict):
            raise UsageError(
                f"{config!r} is not a schedule's config: give the dict of get_config()"
            )
        known = _concrete_classes(cls)
        if "class_name" in config:
            name, values = config["class_name"], config.get("config", {})
        else:
            name, values = cls.__name__, config
        if name not in known:
            raise UsageError(
                f"class_name {name!r} is not a known schedule: "
                f"use one of {', '.join(sorted(known))}"
            )
        if not isinstance(values, dict):
            raise UsageError(f"config {values!r} of {name} must be a dict of its parameters")
        try:
            return known[name](**values)
        except TypeError as error:
            # Python writes a parameter's name as it is, also one of several lines.
            reason = " ".join(str(error).split())
            raise UsageError(f"config {values!r} does not fit {name}: {reason}") from error

    def on(self, steps: npt.ArrayLike) -> tuple[BoolArray, Float32Array]:
        """Answers for many steps at once.

        Args:
            steps: Integer array of any shape.

        Returns:
            `should_prune` (bool) and `sparsity` (float32), both of that shape.

        Raises:
            UsageError: where the schedule answers with a sparsity outside [0, 1) or in a shape
                that does not fit.
        """
        grid = np.asarray(steps)
        if self.vectorised:
            should, sparsity = self(grid)
        else:
            answers = [self._answer(int(step)) for step in grid.ravel()]
            should = np.array([answer[0] for answer in answers]).reshape(grid.shape)
            sparsity = np.array([answer[1] for answer in answers]).reshape(grid.shape)
        return self._checked(grid, np.asarray(should), np.asarray(sparsity))

    def ahead(self, step: int, most: int) -> npt.NDArray[np.int64]:
        """The steps that `on` may answer at once while a run goes on: a step and the next.

        Args:
            step: The first of them.
            most: How many at most; of a schedule that answers a step at a time always one, since
                it may look at what has happened by then.
        """
        count = most if self.vectorised else 1
        if self.last_step is not None:
            count = max(min(count, self.last_step - step + 1), 1)
        return np.arange(step, step + count)

    def update_steps(self, steps: int) -> npt.NDArray[np.int64]:
        """The steps of a run at which masks change, ascending.

        A class whose update steps follow from its parameters has a method of its own.

        Args:
            steps: Steps of the run, counted from 1.
        """
        grid = np.arange(1, steps + 1)
        return grid[self.on(grid)[0]]

    def density(self, steps: npt.ArrayLike) -> Float32Array:
        """The share of weights to keep at some steps, float32 of their shape: 1 - sparsity.

        A class has a method of its own where the reference rounds in another order, so that the
        number of kept weights is the reference's to the last one. Pruning asks those which are
        `vectorised`; of others it takes 1 - sparsity, so that they are asked once a step.
        """
        return np.asarray(np.float32(1.0) - self.on(steps)[1])

    def _answer(self, step: int) -> tuple[bool, float]:
        name = type(self).__name__
        try:
            answer = self(step)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(
                f"{name} failed at step {step}: {type(error).__name__}: {error}: mend its __call__"
            ) from error
        try:
            should, sparsity = answer
            return bool(should), float(sparsity)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"{name} answered {answer!r} at step {step}: answer one bool and one fraction"
            ) from error

    def _checked(
        self, grid: npt.NDArray[Any], should: npt.NDArray[Any], sparsity: npt.NDArray[Any]
    ) -> tuple[BoolArray, Float32Array]:
        name = type(self).__name__
        try:
            due = np.broadcast_to(should.astype(np.bool_, copy=False), grid.shape)
            levels = np.broadcast_to(sparsity.astype(np.float32, copy=False), grid.shape)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"{name} answered {should.shape} and {sparsity.shape} for steps of shape "
                f"{grid.shape}: answer one bool and one fraction a step"
            ) from error
        # One NaN makes both ends NaN, which is neither.
        if levels.size and not (levels.min() >= 0.0 and levels.max() < 1.0):
            wrong = ~((levels >= 0.0) & (levels < 1.0))
            place = int(np.argmax(wrong.ravel()))
            raise UsageError(
                f"{name} asks for sparsity {levels.ravel()[place]:g} at step "
                f"{grid.ravel()[place]}: it must be in range [0, 1)"
            )
        return due, levels


def number_of(schedule: Any, name: str) -> float | None:
    """A numeric parameter of a schedule; None where it has none of that name.

    A class of a user's own may hold anything under a name that the library's kinds use.
    """
    value = getattr(schedule, name, None)
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        return None
    return float(value)


def begin_of(schedule: Any) -> float:
    """The step from which what a schedule answers is asked for: its `begin_step`, else 0."""
    return number_of(schedule, "begin_step") or 0.0


def _concrete_classes(base: type[S]) -> dict[str, type[S]]:
    """Every concrete class at or below `base`, by name: a subclass is known once it is defined."""
    found: dict[str, type[S]] = {}
    for sub in base.__subclasses__():
        found.update(_concrete_classes(sub))
    if not getattr(base, "__abstractmethods__", None):
        found[base.__name__] = base
    return found
