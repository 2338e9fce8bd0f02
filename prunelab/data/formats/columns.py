"""Which column of a table holds the labels, and which are samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prunelab.data.formats.member_names import shown_names
from prunelab.errors import UsageError

__all__ = ["Columns", "bad_value_error", "choose_columns", "text_column_error"]

_TARGET_NAMES = {"target", "label", "labels", "class", "y"}
# Names of columns that number the rows, which must not be learnt from.
_ROW_NUMBERS = {
    "",
    "unnamed: 0",
    "__index_level_0__",
    "index",
    "id",
    "rowid",
    "row_id",
    "rownames",
}


@dataclass(frozen=True)
class Columns:
    """The columns of a table by their positions.

    Attributes:
        names: Names of all columns.
        target: Position of the labels.
        features: Positions of the columns that make up a sample.
        notes: Decisions that the owner may not expect.
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
        """The names of the features."""
        return tuple(self.names[one] for one in self.features)


def choose_columns(
    path: Path, names: Sequence[str], target: str, *, numbered: bool = False
) -> Columns:
    """Chooses labels and features.

    Args:
        path: The file, for errors.
        names: The names of its columns.
        target: The name that was given for the labels; empty for none.
        numbered: Whether the columns have only numbers, from 1, for names; then -1 is the last.

    Raises:
        UsageError: where it is not clear which column holds the labels.
    """
    target_index = _target_index(path, names, target, numbered)
    row_numbers = [
        number
        for number, name in enumerate(names)
        if not numbered and number != target_index and name.strip().lower() in _ROW_NUMBERS
    ]
    features = [one for one in range(len(names)) if one != target_index and one not in row_numbers]
    if not features:
        raise UsageError(
            f"{path} has no column beside {names[target_index]!r} to learn from: give it some"
        )
    notes = []
    if not target:
        notes.append(
            f"labels are taken from column {names[target_index]!r} (--target names another)"
        )
    for one in row_numbers:
        notes.append(
            f"column {names[one]!r} was left out, since it numbers the rows: "
            "call it something else to learn from it"
        )
    return Columns(tuple(names), target_index, tuple(features), tuple(notes))


def text_column_error(path: Path, found: Sequence[tuple[str, str]]) -> UsageError:
    """An error for columns that hold no numbers.

    Args:
        path: The file.
        found: Their names, each with a value that is no number.
    """
    names = shown_names([name for name, _ in found])
    return UsageError(
        f"{path}: column {names} holds {found[0][1]}, no numbers: leave it out, or write it as "
        "numbers, such as one column of 0 and 1 a value (pandas.get_dummies)"
    )


def bad_value_error(path: Path, column: str, row: int, found: str) -> UsageError:
    """An error for a value that is no number, in a row counted from 1."""
    return UsageError(
        f"{path}: column {column!r} holds {found} in row {row:,}: give a number, or leave the row "
        "out"
    )


def _target_index(path: Path, names: Sequence[str], target: str, numbered: bool) -> int:
    if numbered:
        return _target_by_number(path, names, target)
    if not target:
        by_name = [
            index for index, name in enumerate(names) if name.strip().lower() in _TARGET_NAMES
        ]
        if len(by_name) == 1:
            return by_name[0]
        raise UsageError(
            f"{path} does not say which column holds the labels: add --target COLUMN, "
            f"one of {shown_names(names)}"
        )
    found = [index for index, name in enumerate(names) if name == target]
    if not found:
        same = target.strip().lower()
        found = [index for index, name in enumerate(names) if name.strip().lower() == same]
    if len(found) == 1:
        return found[0]
    count = "several columns" if found else "no column"
    raise UsageError(
        f"{path} has {count} {target!r}: name one of {shown_names(names)} with --target"
    )


def _target_by_number(path: Path, names: Sequence[str], target: str) -> int:
    if target == "-1":
        return len(names) - 1
    if target in names:
        return names.index(target)
    problem = "does not say which column holds the labels" if not target else f"has no {target!r}"
    raise UsageError(
        f"{path} has no row of names and {problem}: add --target with its number, "
        f"1 for the first to {len(names)} for the last"
    )
