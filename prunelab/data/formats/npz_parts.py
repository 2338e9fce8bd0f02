"""A data set out of the arrays of an `.npz` file."""

from __future__ import annotations

from pathlib import Path

from prunelab.data.formats.limits import check_memory
from prunelab.data.formats.member_names import Roles, positions, roles
from prunelab.data.formats.npz_file import Member, NpzFile
from prunelab.data.labels import read_labels
from prunelab.data.parts import Part, Parts
from prunelab.errors import UsageError

__all__ = ["npz_parts"]


def npz_parts(file: NpzFile) -> Parts:
    """Finds the parts of a data set among the arrays; labels are read now, samples later.

    Raises:
        UsageError: where the file cannot be trained on.
    """
    notes: list[str] = []
    if positions(file.names):
        found = _by_shape(file)
        pairs = [f"{x} and {y} ({part})" for part, (x, y) in found.items()]
        notes.append(f"arrays without names were taken by their shapes: {', '.join(pairs)}")
    else:
        found, notes = roles(file.path, file.names)
    members = {part: (file.member(x), file.member(y)) for part, (x, y) in found.items()}
    for x, y in members.values():
        _check_samples(file.path, x)
        if len(y.shape) not in (1, 2) or 0 in y.shape:
            raise UsageError(
                f"{file.path}: {y.name} has shape {y.shape}: give one class number a sample, "
                "or one-hot rows"
            )
        if x.shape[0] != y.shape[0]:
            raise UsageError(
                f"{file.path}: {x.name} has {x.shape[0]:,} samples and {y.name} {y.shape[0]:,} "
                "labels: give one label a sample"
            )
    first = next(iter(members.values()))[0]
    for x, _ in members.values():
        if x.shape[1:] != first.shape[1:]:
            raise UsageError(
                f"{file.path}: a sample of {first.name} has shape {first.shape[1:]} and one of "
                f"{x.name} {x.shape[1:]}: give both the same shape"
            )
    samples = [x.stored() for x, _ in members.values()]
    check_memory(file.path, samples, sum(y.nbytes for _, y in members.values()))
    parts = {
        part: Part(x.stored(), read_labels(file.path, y.name, y.whole()))
        for part, (x, y) in members.items()
    }
    train = parts.get("train") or parts["all"]
    return Parts(train, parts.get("test"), parts.get("validation"), notes)


def _check_samples(path: Path, x: Member) -> None:
    if len(x.shape) < 2 or len(x.shape) > 4 or 0 in x.shape:
        raise UsageError(
            f"{path}: {x.name} has shape {x.shape}: give (samples, ...) with one to three "
            "dimensions a sample, none empty"
        )
    if x.dtype.kind not in "biuf":
        raise UsageError(f"{path}: {x.name} holds {x.dtype}: give real numbers")


def _by_shape(file: NpzFile) -> Roles:
    """Which of `arr_0`, `arr_1` ... are samples and which labels, where shapes alone decide it.

    Raises:
        UsageError: where they do not.
    """
    members = [
        file.member(f"arr_{number}")
        for number in range(len(file.names))
        if f"arr_{number}" in file.names
    ]
    labels = [one for one in members if len(one.shape) == 1 or one.shape[1:] == (1,)]
    samples = [one for one in members if one not in labels]
    pairs = list(zip(samples, labels, strict=False))
    fits = len(samples) == len(labels) and all(x.shape[:1] == y.shape[:1] for x, y in pairs)
    if len(members) == 2 and fits:
        return {"all": (pairs[0][0].name, pairs[0][1].name)}
    if len(members) == 4 and fits:
        (x, y), (x_test, y_test) = pairs
        return {"train": (x.name, y.name), "test": (x_test.name, y_test.name)}
    shapes = ", ".join(f"{one.name} {one.shape}" for one in members[:8])
    raise UsageError(
        f"{file.path} holds {shapes}, without names that say what is what: "
        "save it with np.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)"
    )
