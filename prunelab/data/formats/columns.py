"""Which column of a table holds the labels, and which are samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prunelab.data.formats.member_names import shown_names
from prunelab.errors import UsageError

__all__ = ["Columns", "choose_columns", "refuse_text", "refuse_value"]

_USUAL = {"target", "label", "labels", "class", "y"}
# These number the rows: they are not to be learnt from, whatever they may tell by chance.
_NUMBERING = {"", "unnamed: 0", "__index_level_0__", "index", "id", "rowid", "row_id", "rownames"}


@dataclass(frozen=True)
class Columns:
    """The columns of a table by their positions.

    Attributes:
        names: What all of them are called.
        target: The one that holds the labels.
        features: Those that make up a sample.
        notes: What was decided that the owner may not expect.
    """

    names: tuple[str, ...]
    target: int
    features: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def shown_target(self) -> str:
        """The labels' column in an error or a note."""
        return f"column {self.names[self.target]!r}"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the features are called."""
        return tuple(self.names[one] for one in self.features)


def choose_columns(
    path: Path, names: Sequence[str], target: str, *, numbered: bool = False
) -> Columns:
    """Chooses labels and features.

    Args:
        path: The file, for errors.
        names: What its columns are called.
        target: The name that was given for the labels; empty for none.
        numbered: Whether the columns have no names but their numbers, from 1; then -1 is the last.

    Raises:
        UsageError: where it is open which column holds the labels.
    """
    place = _target(path, names, target, numbered)
    left_out = [
        number
        for number, name in enumerate(names)
        if not numbered and number != place and name.strip().lower() in _NUMBERING
    ]
    features = [one for one in range(len(names)) if one != place and one not in left_out]
    if not features:
        raise UsageError(
            f"{path} has no column beside {names[place]!r} to learn from: give it some"
        )
    notes = []
    if not target:
        notes.append(f"labels are taken from column {names[place]!r} (--target names another)")
    for one in left_out:
        notes.append(
            f"column {names[one]!r} was left out, since it numbers the rows: "
            "call it something else to learn from it"
        )
    return Columns(tuple(names), place, tuple(features), tuple(notes))


def refuse_text(path: Path, found: Sequence[tuple[str, str]]) -> UsageError:
    """The error for columns that hold no numbers.

    Args:
        path: The file.
        found: Their names, each with what it holds.
    """
    names = shown_names([name for name, _ in found])
    return UsageError(
        f"{path}: column {names} holds {found[0][1]}, no numbers: leave it out, or write it as "
        "numbers, such as one column of 0 and 1 a value (pandas.get_dummies)"
    )


def refuse_value(path: Path, column: str, row: int, found: str) -> UsageError:
    """The error for a place that holds no number, in a row counted from 1."""
    return UsageError(
        f"{path}: column {column!r} holds {found} in row {row:,}: give a number, or leave the row "
        "out"
    )


def _target(path: Path, names: Sequence[str], target: str, numbered: bool) -> int:
    if numbered:
        return _by_number(path, names, target)
    if not target:
        usual = [place for place, name in enumerate(names) if name.strip().lower() in _USUAL]
        if len(usual) == 1:
            return usual[0]
        raise UsageError(
            f"{path} does not say which column holds the labels: add --target COLUMN, "
            f"one of {shown_names(names)}"
        )
    found = [place for place, name in enumerate(names) if name == target]
    if not found:
        same = target.strip().lower()
        found = [place for place, name in enumerate(names) if name.strip().lower() == same]
    if len(found) == 1:
        return found[0]
    told = "several columns" if found else "no column"
    raise UsageError(
        f"{path} has {told} {target!r}: name one of {shown_names(names)} with --target"
    )


def _by_number(path: Path, names: Sequence[str], target: str) -> int:
    if target == "-1":
        return len(names) - 1
    if target in names:
        return names.index(target)
    told = "does not say which column holds the labels" if not target else f"has no {target!r}"
    raise UsageError(
        f"{path} has no row of names and {told}: add --target with its number, "
        f"1 for the first to {len(names)} for the last"
    )
