"""`Session`: pruning in one `fit`, or one loop of the user's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy.typing as npt

from prunelab.errors import warn
from prunelab.pruning.checkpoint.model_hooks import ModelHooks
from prunelab.pruning.checks.grown_back import warn_if_grown
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.layers.late_layers import has_unbuilt, last_update_step
from prunelab.pruning.pruned_weights import PrunedWeights
from prunelab.pruning.session.context import SessionContext
from prunelab.pruning.session.mask_updater import MaskUpdater
from prunelab.pruning.session.schedule_lookahead import NO_STEP, ScheduledSteps
from prunelab.pruning.session.update_record import UpdateRecord, masks_now
from prunelab.schedules import PruningSchedule, ScheduleByLayer

__all__ = ["Follower", "Session"]

Follower = Callable[[UpdateRecord], None]


class Session(ABC):
    """Chooses and applies masks from the beginning of training to its end.

    Making one finds what to prune and goes on where the callback was. A class for each
    `ExecutionMode` puts the masks into the training then; `end` leaves the model as it was.

    Args:
        model: The model.
        context: What the callback hands on.

    Attributes:
        mode: Where masks are chosen and applied.
        model: The model.
        followers: Called with a record of every mask update before its batch trains; where a
            schedule answers a step at a time, with one of every step.

    Raises:
        NothingToPrune: where the model has no weight to prune.
        UsageError: where what is chosen cannot be pruned, or a restored state does not fit.
    """

    mode: ClassVar[ExecutionMode]

    def __init__(self, model: Any, context: SessionContext) -> None:
        self.model = model
        self.followers: list[Follower] = []
        self._context = context
        self._progress = context.progress
        # What is said once all callbacks have begun, and none has brought back a state.
        self._warning = ""
        self._scheduled = NO_STEP
        kernels = self._kernels()
        if not self._progress.are_pruned([kernel for kernel, _ in kernels]):
            self._begin(kernels)
        elif self._progress.restored is None:
            warn_if_grown(model, self.weights)
        self._updater = MaskUpdater(context.assignment, context.rules, self.weights)
        self._share_masks()
        self.resume()
        self._hooks = self._new_hooks()
        self._first_step = self._progress.step + 1
        self._has_unbuilt = has_unbuilt(model)

    @property
    def weights(self) -> PrunedWeights:
        """What is pruned."""
        return self._progress.weights

    def resume(self) -> None:
        """Goes on from a state that was restored, if there is one.

        Raises:
            UsageError: where it is that of another model.
        """
        if self._progress.put_back():
            self._warning = ""

    def all_have_begun(self) -> None:
        """All callbacks have begun: what they load from here on is no resumption."""
        self._context.load_hook.detach()
        if self._warning:
            warn(self._warning)
            self._warning = ""

    def begin_batch(self, batch: int) -> None:
        """A batch begins, or the first of several that are trained in one execution.

        Args:
            batch: Its number in the epoch, from 0.
        """
        self._progress.batch = batch
        if self._has_unbuilt and self._progress.step >= self._first_step:
            self._has_unbuilt = False
            self.look_again()
        self._begin_step()

    def end_epoch(self) -> None:
        """What is saved at the end of an epoch holds masked weights."""
        self.weights.apply_masks()

    def look_again(self) -> None:
        """Prunes what layers have become since training began: built, or of other weights.

        Raises:
            NothingToPrune, UsageError: as for the class.
        """
        if self._take_others():
            self._uninstall()
            self._install()

    def end(self) -> None:
        """Leaves the model with its own methods and training step, and its weights as they are."""
        self._uninstall()
        self._hooks.close()

    @abstractmethod
    def _begin_step(self) -> None:
        """Does what is to be done as a batch begins."""

    @abstractmethod
    def _install(self) -> None:
        """Has the masks hold in every step from here on."""

    @abstractmethod
    def _uninstall(self) -> None:
        """Undoes `_install`; does nothing where the next `fit` has done so."""

    def _share_masks(self) -> None:
        # Elsewhere the graph sets them, or each replica has memory of its own; in a loop of the
        # user's own they are assigned.
        if self.mode is ExecutionMode.STEP:
            self.weights.share_masks()

    def _values(self) -> list[npt.NDArray[Any]]:
        """What the weights are before an update."""
        return self.weights.values()

    def _new_hooks(self) -> ModelHooks:
        return ModelHooks(
            self.model,
            self.weights,
            self._context.backend,
            self._context.state,
            calls=self.mode is not ExecutionMode.LOOP,
        )

    def _kernels(self) -> list[tuple[Any, PruningSchedule]]:
        kernels = self._context.assignment.kernels(self.model)
        for kernel, _ in kernels:
            self._context.rules.check(kernel.path, kernel.shape)
        return kernels

    def _begin(self, kernels: list[tuple[Any, PruningSchedule]]) -> None:
        """Takes the weights of a model that the callback has not pruned, or not this very one."""
        progress, resume_point = self._progress, self._context.resume_point()
        progress.weights, progress.loop = PrunedWeights(self._context.backend), None
        self._take(kernels)
        steps = progress.step
        if progress.go_on_from(resume_point):
            self._warning = (
                f"PruneLowMagnitude begins its schedule anew, at step 0, with the weights of model "
                f"{self.model.name!r}: it has pruned others for {steps} steps. Give each model a "
                "new one, or go on from a saved file with restore(path)"
            )

    def _take(self, kernels: list[tuple[Any, PruningSchedule]]) -> None:
        """Takes weights under pruning; those that are so already keep their masks."""
        self.weights.become(kernels)
        for line in self._context.assignment.left_dense(self.model):
            warn(line)
        schedule = self._context.assignment.schedule
        if isinstance(schedule, ScheduleByLayer):
            schedule.count((weight.schedule, weight.size) for weight in self.weights)

    def _take_others(self) -> bool:
        """Takes the weights that layers have now; whether they are others than before."""
        kernels = self._kernels()
        if self._progress.are_pruned([kernel for kernel, _ in kernels]):
            return False
        self._take(kernels)
        self._progress.loop = None
        self._updater.begin()
        self._share_masks()
        # Their update may have been the first step, and the next one far away.
        scheduled = self._scheduled
        if not scheduled.is_due:
            step = last_update_step(self._context.assignment.schedules, self._progress.step)
            scheduled = self._updater.at(step) if step else NO_STEP
        if scheduled.is_due:
            self._update(scheduled)
        self._hooks.close()
        self._hooks = self._new_hooks()
        return True

    def _advance_step(self) -> bool:
        """Counts a step; whether masks change at it."""
        progress = self._progress
        progress.step += 1
        self._scheduled = scheduled = self._updater.at(progress.step)
        progress.is_updated = scheduled.is_due
        if self.followers and self._updater.answers_step_by_step and not scheduled.is_due:
            self._publish(scheduled, is_update=False)
        return scheduled.is_due

    def _update(self, scheduled: ScheduledSteps) -> None:
        """Chooses and sets the masks of an update step."""
        values = self._values()
        # All masks are chosen before any changes: an error leaves everything as it was.
        self.weights.set_masks(self._updater.choose(scheduled, values))
        self._publish(scheduled)

    def _publish(self, scheduled: ScheduledSteps, *, is_update: bool = True) -> None:
        if not self.followers:
            return
        masks = masks_now(self.weights) if is_update else ()
        # Where layers were built late, the masks are those of an earlier step.
        now = self._scheduled if self._scheduled.step == self._progress.step else scheduled
        record = UpdateRecord(self._progress.step, self._updater.scheduled_sparsity(now), masks)
        for follower in self.followers:
            follower(record)
