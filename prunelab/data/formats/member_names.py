"""Which arrays of a file are samples and which labels, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from prunelab.errors import UsageError

__all__ = ["Roles", "positions", "roles", "shown_names"]

# Of each part ("train", "validation", "test", "all") the names of its samples and its labels.
Roles = dict[str, tuple[str, str]]

_SAMPLES = {"x", "data", "image", "images", "img", "imgs", "feature", "features", "input", "inputs"}
_LABELS = {"y", "target", "targets", "label", "labels"}
_PARTS = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "test": "test",
    "testing": "test",
    "te": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
}
_WITHOUT_UNDERSCORE = re.compile(rf"(x|y)({'|'.join(_PARTS)})|({'|'.join(_PARTS)})(x|y)")
_POSITION = re.compile(r"arr_\d+")
_SAVE = (
    "save it with np.savez(path, x_train=..., y_train=..., x_test=..., y_test=...), "
    "or with x=... and y=..., of which a fifth is then kept for the test"
)
_MAX_SHOWN = 8


def roles(path: Path, names: Sequence[str]) -> tuple[Roles, list[str]]:
    """Finds samples and labels by the names of arrays.

    Args:
        path: The file, for errors.
        names: The names of its arrays.

    Returns:
        The names of each part's samples and labels: `train` and `test`, perhaps `validation`; or
        `all` alone where the file is not divided. And notes on what its owner may not expect.

    Raises:
        UsageError: where names are missing or ambiguous.
    """
    found: dict[tuple[str, str], str] = {}
    for name in names:
        role = _role(name)
        if role is None:
            continue
        if role in found:
            raise UsageError(
                f"{path} holds {found[role]} and {name}, of which either may be "
                f"{_array_name(*role)}: keep one of them"
            )
        found[role] = name
    divided = any(part != "all" for part, _ in found)
    wanted = ["train", "test"] if divided else ["all"]
    if divided and not any(part == "test" for part, _ in found):
        # A validation part without a test part serves as the test part.
        wanted = ["train", "validation"] if ("validation", "x") in found else wanted
    elif any(part == "validation" for part, _ in found):
        wanted.append("validation")
    missing = [(part, kind) for part in wanted for kind in "xy" if (part, kind) not in found]
    if missing or not found:
        lacking = [_array_name(part, kind) for part, kind in missing]
        if not divided and len(lacking) == 2:
            lacking = ["x_train", "y_train", "x_test", "y_test"]
        raise UsageError(
            f"{path} holds {shown_names(names)} and lacks {', '.join(lacking)}: {_SAVE}"
        )
    parts = {part: (found[part, "x"], found[part, "y"]) for part in wanted}
    notes = []
    if "test" not in parts and "validation" in parts:
        parts["test"] = parts.pop("validation")
        notes.append(f"there is no x_test: {parts['test'][0]} is the test part, used at the end")
    used = {name for pair in parts.values() for name in pair}
    unused = [name for name in names if name not in used]
    if unused:
        notes.append(f"not used of the file: {shown_names(unused)}")
    return parts, notes


def positions(names: Sequence[str]) -> bool:
    """Whether all names are those that `np.savez` gives to arrays without names."""
    return len(names) > 0 and all(_POSITION.fullmatch(name) for name in names)


def shown_names(names: Sequence[str]) -> str:
    """Names as text for a line, shortened where there are many."""
    shown = [name if name.isidentifier() else repr(name[:40]) for name in names[:_MAX_SHOWN]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "no array") + (f" and {more:,} more" if more else "")


def _role(name: str) -> tuple[str, str] | None:
    """The part, and "x" or "y", by a name; None for any other name."""
    words = [word for word in re.split(r"[_\W]+", name.lower()) if word not in ("", "set")]
    glued = _WITHOUT_UNDERSCORE.fullmatch(words[0]) if len(words) == 1 else None
    if glued:
        kind, part = (glued[1], glued[2]) if glued[1] else (glued[4], glued[3])
        return _PARTS[part], kind
    parts = [_PARTS[word] for word in words if word in _PARTS]
    kinds = ["x" if word in _SAMPLES else "y" for word in words if word in _SAMPLES | _LABELS]
    if len(kinds) != 1 or len(parts) > 1 or len(kinds) + len(parts) != len(words):
        return None
    return parts[0] if parts else "all", kinds[0]


def _array_name(part: str, kind: str) -> str:
    return {"all": kind, "validation": f"{kind}_val"}.get(part, f"{kind}_{part}")
