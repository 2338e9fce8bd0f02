"""The user's own presets, in one JSON file of the user's config folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from prunelab.errors import UsageError
from prunelab.explorer.builtin_presets import PRESETS, Preset, ended_on_update
from prunelab.explorer.json_file import editing, read
from prunelab.explorer.named_schedule import NamedSchedule
from prunelab.plan import MOST_STEPS
from prunelab.schedules import PruningSchedule
from prunelab.schedules.serialization.catalog_config import (
    catalog_kind,
    from_catalog_config,
    to_catalog_config,
)
from prunelab.schedules.serialization.json_config import plain_config
from prunelab.schedules.values.validation import step_of
from prunelab.user_files.paths import user_path

__all__ = ["FittedPreset", "default_presets", "delete_preset", "save_preset", "saved_presets"]


def default_presets() -> Path:
    """The file of `PRUNELAB_PRESETS` where that is set, else one in the user's config folder."""
    given = os.environ.get("PRUNELAB_PRESETS")
    return user_path(given) if given else user_config_path("prunelab") / "presets.json"


@dataclass(frozen=True)
class FittedPreset:
    """A schedule that was made for one run, for runs of other lengths.

    On a run of as many steps it is the schedule itself. On another its begin and end move in
    proportion, -1 stays -1, and `frequency` becomes less only where otherwise no two updates would
    be left between them; so do rounds and cycles that have no step each. A curve that would miss
    its target ends at its last mask update. Steps inside a text, such as a formula or a table,
    stay as they are.

    Attributes:
        schedule: Of one of the catalog's kinds.
        steps: Steps of the run it was made for.
    """

    schedule: PruningSchedule
    steps: int

    def __call__(self, steps: int, steps_per_epoch: int) -> PruningSchedule:
        """The schedule for a run of so many steps."""
        if steps == self.steps:
            return self.schedule
        config = plain_config(self.schedule)
        values = config["config"]
        fields = {field.name: field.value_type for field in catalog_kind(self.schedule).fields}
        for name, form in fields.items():
            if form == "step" and values[name] > 0:
                values[name] = max(round(values[name] * steps / self.steps), 1)
        begin, end = values.get("begin_step"), values.get("end_step")
        if begin is not None and end is not None:
            if self._lasts:
                end = values["end_step"] = max(end, begin + 1)
            if "frequency" in values:
                last = steps if end == -1 else end
                values["frequency"] = max(min(values["frequency"], last - begin), 1)
            for name in {"rounds", "cycles"} & set(values):
                values[name] = min(values[name], end - begin)
        return ended_on_update(catalog_kind(self.schedule).schedule_class.from_config(config))

    @property
    def _lasts(self) -> bool:
        """Whether it has more than one step in which to prune."""
        values = plain_config(self.schedule)["config"]
        return bool(values["end_step"] > values["begin_step"])


def saved_presets() -> dict[str, Preset]:
    """The user's own presets by name, in the order they were first saved in.

    Raises:
        UsageError: where the file cannot be read, is broken, or holds what is no preset.
    """
    path = default_presets()
    return {name: _preset(path, name, entry) for name, entry in _entries(path, read(path)).items()}


def save_preset(name: str, schedule: PruningSchedule, steps: int) -> None:
    """Saves a schedule under a name; the one of that name is replaced.

    Args:
        name: 1 to 60 printable characters, not those of a built-in preset.
        schedule: Of one of the catalog's kinds.
        steps: Steps of the run that it was made for, so that it can be fitted to others.

    Raises:
        UsageError: for a name or schedule that cannot be saved, or where the file cannot be
            written; a broken file stays as it is.
    """
    named = NamedSchedule(name, schedule)
    if named.name in PRESETS:
        raise UsageError(f"{named.name!r} is a built-in preset: use another name")
    if named.schedule is None:
        raise UsageError("no pruning has nothing to save: choose a schedule")
    entry = {"schedule": to_catalog_config(schedule), "steps": _run_of(steps)}
    path = default_presets()
    with editing(path) as data:
        data["presets"] = {**_entries(path, data), named.name: entry}


def delete_preset(name: str) -> None:
    """Deletes one of the user's own presets, even one that cannot be read.

    Raises:
        UsageError: where there is none of that name, or the file cannot be written.
    """
    path = default_presets()
    with editing(path) as data:
        entries = _entries(path, data)
        if name not in entries:
            raise UsageError(f"preset {str(name)[:60]!r} is not saved: use one of saved_presets()")
        del entries[name]


def _entries(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    entries = data.get("presets", {})
    if not isinstance(entries, dict):
        raise UsageError(f"{path} is broken (no presets in it): mend it, or move it away")
    return entries


def _preset(path: Path, name: str, entry: Any) -> Preset:
    try:
        config = entry.get("schedule") if isinstance(entry, dict) else None
        if config is None:
            raise UsageError("it has no schedule")
        steps = _run_of(entry.get("steps"))
        schedule = from_catalog_config(config, steps)
        description = f"Saved by you: {catalog_kind(schedule).label}, made for {steps:,} steps."
        return Preset(
            NamedSchedule(name, schedule).name, description, FittedPreset(schedule, steps)
        )
    except UsageError as error:
        raise UsageError(
            f"{path}: preset {name[:60]!r} is broken ({error}): delete it by its name"
        ) from error


def _run_of(steps: Any) -> int:
    number = step_of(steps, "steps")
    if not 1 <= number <= MOST_STEPS:
        raise UsageError(f"steps={number} is not a run of 1 to {MOST_STEPS:,}: use its length")
    return number
