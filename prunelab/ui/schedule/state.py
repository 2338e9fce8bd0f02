"""`ExplorerState`: what is chosen and shown of schedules. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import traitlets

from prunelab.explorer.named_schedule import NamedSchedule
from prunelab.explorer.scene import Scene
from prunelab.plan import Mend, Plan, steps_per_epoch
from prunelab.schedules import PruningSchedule
from prunelab.ui.schedule.draft import ScheduleDraft

__all__ = ["ExplorerState"]

# What the first schedule is called until somebody names it.
_FIRST = "schedule 1"


class ExplorerState(traitlets.HasTraits):
    """What the widgets of schedules observe and write to.

    A good draft becomes the edited schedule of the scene, and another edited schedule becomes the
    draft. What is written twice is a change once.

    Args:
        schedule: What to show at first; None for a default that fits the run.
        samples: Samples that the model trains on.
        batch_size: Samples of one step.
        epochs: Passes over the samples.

    Attributes:
        scene: The last good choice.
        draft: What is filled in for the edited schedule.
        run_error: What is wrong with the run that is filled in; nothing where it is the scene's.
        failure: What could not be done last; nothing once another choice is good.
        error: The first of what is wrong: a failure, the draft or the run.
        linked: What a link to this page says of the run beside its sizes.
    """

    scene = traitlets.Instance(Scene)
    draft = traitlets.Instance(ScheduleDraft)
    run_error = traitlets.Unicode()
    failure = traitlets.Unicode()
    error = traitlets.Unicode()
    linked = traitlets.Dict()

    def __init__(
        self, schedule: PruningSchedule | None, samples: int, batch_size: int, epochs: int
    ) -> None:
        self._plans: list[Plan] = []
        draft = ScheduleDraft.of(steps_per_epoch(samples, batch_size) * epochs, schedule)
        named = NamedSchedule(_FIRST, draft.schedule())
        scene = Scene((named,), samples=samples, batch_size=batch_size, epochs=epochs)
        super().__init__(scene=scene, draft=draft)

    @property
    def edited(self) -> NamedSchedule:
        """The schedule that is edited, as it was good last."""
        return self.scene.schedules[self.scene.edited]

    @property
    def plans(self) -> list[Plan]:
        """The schedules on the run; of those that stay as they are it is computed once."""
        run = (self.scene.steps, self.scene.steps_per_epoch)
        known = [plan for plan in self._plans if (plan.steps, plan.steps_per_epoch) == run]
        self._plans = [
            next((plan for plan in known if plan.schedule is named.schedule), None)
            or self.scene.plan(index)
            for index, named in enumerate(self.scene.schedules)
        ]
        return self._plans

    @property
    def plan(self) -> Plan:
        """The edited schedule on the run."""
        return self.plans[self.scene.edited]

    def choose(self, schedule: PruningSchedule | None) -> None:
        """Edits another schedule in place of the edited one."""
        self.draft = self.draft.with_schedule(schedule)

    def show(self, scene: Scene) -> None:
        """Shows another scene, whatever was filled in."""
        draft = self.draft.with_steps(scene.steps).with_schedule(
            scene.schedules[scene.edited].schedule
        )
        with self.hold_trait_notifications():
            self.scene, self.draft = scene, draft

    def set_run(self, samples: int, batch_size: int, epochs: int) -> None:
        """Another run: the steps of the edited schedule keep their share of it.

        Raises:
            UsageError: for a run of no steps or too many.
        """
        scene = replace(self.scene, samples=samples, batch_size=batch_size, epochs=epochs)
        draft = self.draft.with_steps(scene.steps)
        if not draft.error:
            scene = _with_edited(scene, draft.schedule())
        with self.hold_trait_notifications():
            self.scene, self.draft, self.run_error = scene, draft, ""

    def mend(self, mend: Mend) -> None:
        """Changes what a finding's mend changes."""
        if mend.schedule is not None:
            self.choose(mend.schedule)
        if mend.epochs is not None:
            self.show(replace(self.scene, epochs=mend.epochs))

    def edit(self, index: int) -> None:
        """Edits another one of the schedules.

        Raises:
            UsageError: where there is none of this index.
        """
        self.scene = replace(self.scene, edited=index)

    def rename(self, name: str) -> None:
        """Calls the edited schedule otherwise.

        Raises:
            UsageError: for what is no name.
        """
        self.scene = _with_edited(self.scene, self.edited.schedule, name)

    def add(self) -> None:
        """Keeps the edited schedule, and edits a copy of it.

        Raises:
            UsageError: where there are as many as there can be.
        """
        schedules = (*self.scene.schedules, self.edited)
        self.scene = replace(self.scene, schedules=schedules, edited=len(schedules) - 1)

    def remove(self) -> None:
        """Removes the edited schedule, and edits the one before it.

        Raises:
            UsageError: where it is the only one.
        """
        index = self.scene.edited
        schedules = self.scene.schedules[:index] + self.scene.schedules[index + 1 :]
        self.scene = replace(self.scene, schedules=schedules, edited=max(index - 1, 0))

    def fail(self, failure: str) -> None:
        """Shows what could not be done, until another choice is good."""
        self.failure = failure

    def refuse_run(self, error: str) -> None:
        """Shows what is wrong with the run that is filled in, until `set_run` is given another."""
        self.run_error = error

    @traitlets.observe("draft")
    def _follow_draft(self, _: Any) -> None:
        self.failure = ""
        if not self.draft.error:
            self.scene = _with_edited(self.scene, self.draft.schedule())
        self._judge()

    @traitlets.observe("scene")
    def _follow_scene(self, change: Any) -> None:
        self.failure = ""
        old, new = change["old"], change["new"]
        draft = self.draft.with_steps(new.steps)
        # What does not fit stays in the form until another schedule is edited.
        same = isinstance(old, Scene) and _edited(old) == _edited(new)
        if not (same if draft.error else draft.schedule() == _edited(new)[1]):
            draft = draft.with_schedule(_edited(new)[1])
        self.draft = draft
        self._judge()

    @traitlets.observe("run_error", "failure")
    def _judge(self, _: Any = None) -> None:
        self.error = self.failure or self.draft.error or self.run_error


def _edited(scene: Scene) -> tuple[int, PruningSchedule | None]:
    return scene.edited, scene.schedules[scene.edited].schedule


def _with_edited(scene: Scene, schedule: PruningSchedule | None, name: str | None = None) -> Scene:
    """The scene with another schedule in place of the edited one."""
    index = scene.edited
    before, named, after = (
        scene.schedules[:index],
        scene.schedules[index],
        scene.schedules[index + 1 :],
    )
    if name is None and schedule == named.schedule:
        return scene
    other = NamedSchedule(named.name if name is None else name, schedule)
    return replace(scene, schedules=(*before, other, *after))
