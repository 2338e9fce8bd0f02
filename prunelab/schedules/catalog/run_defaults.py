"""Defaults that fit a run: what nobody chose follows from the run's steps and what was chosen.

One rule for all who ask, whether by command line, page, link or Python: a parameter that was left
out never is the reason why unfitted is pruned or a target is missed. Pruning begins after 20 % of
the run and ends by 80 % of it, so that there is time to learn and to recover; where a choice leaves
no room for that, as much earlier or later as it needs. `end_step` is a mask update.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from prunelab.schedules.values.divisors import divisors

__all__ = [
    "curve",
    "cycles",
    "endless",
    "even_frequency",
    "jumps",
    "phases",
    "ramp",
    "rounds",
    "sparse_while",
    "unfitted",
]

Chosen = Mapping[str, Any]
Values = dict[str, Any]

_FINAL = 0.875
_BEGIN, _END, _DENSE_AGAIN = 20, 80, 66

# So many updates follow a curve well, and so many each cycle of it; fewer than the least do not.
_UPDATES, _A_CYCLE, _LEAST = 30, 8, 10

# What the literature has at most between two updates on long runs is 1,000 steps.
_RARELY = 500

_CYCLES, _JUMPS, _ROUNDS = 4, 5, 7


def unfitted(_: Chosen, __: int) -> Values:
    """For a kind whose defaults are shares of the run by themselves."""
    return {}


def curve(chosen: Chosen, steps: int, room: int = 1, updates: int = _UPDATES) -> Values:
    """Begin, end and frequency of a curve, which must end on a mask update.

    Args:
        chosen: Those that were chosen.
        steps: Steps of the run.
        room: The fewest steps from begin to end.
        updates: How many mask updates follow the curve well.
    """
    begin, end = _begin_and_end(chosen, steps, room)
    if "frequency" in chosen:
        return _on_updates(chosen, steps, room, (begin, end), max(chosen["frequency"], 1))
    if "begin_step" in chosen and "end_step" in chosen:
        every = even_frequency(end - begin, updates)
        return {"begin_step": begin, "end_step": end, "frequency": every}
    every, length = _even_split(end - begin, room, updates)
    if "end_step" in chosen:
        begin = max(end - length, 0)
    return {"begin_step": begin, "end_step": begin + length, "frequency": every}


def ramp(chosen: Chosen, steps: int) -> Values:
    """A curve from `initial_sparsity` to `final_sparsity`, which is never the lower of the two."""
    return curve(chosen, steps) | _final(chosen)


def cycles(chosen: Chosen, steps: int) -> Values:
    """A curve of several cycles, each of a step or more."""
    wanted = max(chosen.get("cycles", 1), 1)
    updates = max(_UPDATES, _A_CYCLE * chosen.get("cycles", _CYCLES))
    fitted = curve(chosen, steps, wanted, updates) | _final(chosen)
    if fitted["end_step"] > steps >= fitted["begin_step"] + wanted and "end_step" not in chosen:
        # A cycle of one step is at its height on each of them, so on every mask update.
        fitted["end_step"] = fitted["begin_step"] + wanted
    return fitted | {"cycles": min(_CYCLES, max(fitted["end_step"] - fitted["begin_step"], 1))}


def jumps(chosen: Chosen, steps: int) -> Values:
    """Equal jumps from begin to end, each of a step or more."""
    begin, end = _begin_and_end(chosen, steps, max(chosen.get("rounds", 1), 1))
    count = min(_JUMPS, max(end - begin, 1))
    return {"begin_step": begin, "end_step": end, "rounds": count} | _final(chosen)


def endless(chosen: Chosen, steps: int) -> Values:
    """One sparsity from the first update on: where it begins at 0, that is a frequency later."""
    end = chosen.get("end_step", -1)
    last = steps if end < 0 else min(end, steps)
    begin = chosen.get("begin_step")
    if begin is None:
        begin = _default_begin(steps) if end < 0 else min(_begin_before(end, steps), end)
    until = min(_default_end(begin, steps), last)
    return {"begin_step": begin, "frequency": _even_split(until - begin, 1, _UPDATES)[0]}


def sparse_while(chosen: Chosen, steps: int) -> Values:
    """Sparse from begin to end, and dense before and after."""
    begin, end = chosen.get("begin_step"), chosen.get("end_step")
    if begin is None:
        begin = (
            _default_begin(steps) if end is None else max(min(_begin_before(end, steps), end), 0)
        )
    if end is None:
        end = max(_share(steps, _DENSE_AGAIN), (begin + steps) // 2, begin)
    return {"begin_step": begin, "end_step": end}


def phases(chosen: Chosen, steps: int) -> Values:
    """Begin and end of alternating sparse and dense phases."""
    begin, end = _begin_and_end(chosen, steps, 1)
    return {"begin_step": begin, "end_step": end}


def rounds(chosen: Chosen, steps: int) -> Values:
    """Rounds of which the last is in the run, by 80 % of it where there is room."""
    each, count = chosen.get("steps_per_round"), chosen.get("rounds")
    least = max(each or 1, 1)
    begin = chosen.get("begin_step")
    if begin is None:
        needed = 0 if count is None else (max(count, 1) - 1) * least
        begin = (
            min(_default_begin(steps), steps - needed) if needed <= steps else _default_begin(steps)
        )
    wanted = ((_ROUNDS if count is None else max(count, 1)) - 1) * least
    left = max(_default_end(begin, steps) - begin, min(wanted, steps - begin))
    if count is None:
        count = min(_ROUNDS, left // least + 1)
    if each is None:
        each = max(left // max(count - 1, 1), 1) if count > 1 else max(_share(steps, 10), 1)
    return {"begin_step": begin, "steps_per_round": each, "rounds": count}


def even_frequency(length: int, updates: int = _UPDATES) -> int:
    """The frequency that divides a length, so that its end is a mask update, and fits it best.

    Args:
        length: Steps from begin to end.
        updates: How many mask updates follow the curve well.
    """
    length = max(length, 1)
    fine = [every for every in divisors(length) if length // every >= min(length, _LEAST)]
    return min(fine, key=lambda every: abs(math.log(length / every / _wanted(length, updates))))


def _even_split(length: int, room: int, updates: int) -> tuple[int, int]:
    """A frequency, and the whole number of it that is nearest below a length."""
    length = max(length, 1)
    every, wanted = even_frequency(length, updates), _wanted(length, updates)
    if wanted / 2 <= length / every <= wanted * 2:
        return every, length
    loose = max(int(length / wanted), 1)
    whole = length // loose * loose
    return (loose, whole) if whole >= room else (every, length)


def _wanted(length: int, updates: int) -> float:
    return max(updates, length / _RARELY)


def _begin_and_end(chosen: Chosen, steps: int, room: int) -> tuple[int, int]:
    """Begin and end, as they were chosen or else as they fit, whatever the frequency."""
    end = chosen.get("end_step")
    if "begin_step" in chosen:
        begin = chosen["begin_step"]
    elif end is None:
        begin = max(min(_default_begin(steps), steps - room), 0)
    else:
        begin = max(min(_begin_before(end, steps), end - room), 0)
    return begin, max(_default_end(begin, steps), begin + room) if end is None else end


def _on_updates(chosen: Chosen, steps: int, room: int, span: tuple[int, int], every: int) -> Values:
    """Begin and end a whole number of a chosen frequency apart, as far as they were not chosen."""
    begin, end = span
    needed = -(-room // every) * every
    if "end_step" not in chosen:
        if "begin_step" not in chosen:
            begin = max(min(begin, steps - needed), 0)
        end = begin + max((_default_end(begin, steps) - begin) // every * every, needed)
    elif "begin_step" not in chosen:
        whole = min(max(round((end - begin) / every) * every, needed), end // every * every)
        begin = end - whole if whole >= needed else begin
    return {"begin_step": begin, "end_step": end, "frequency": every}


def _default_begin(steps: int) -> int:
    """The step at which pruning begins: the first at the earliest."""
    return max(_share(steps, _BEGIN), 1)


def _begin_before(end: int, steps: int) -> int:
    """The same before a chosen end: after a quarter of what is before it where it is early."""
    first = _default_begin(steps)
    return first if first <= end // 2 else max(end // 4, 1)


def _default_end(begin: int, steps: int) -> int:
    """The step by which it ends: half of what is left is for recovering where it begins late.

    What begins after the run ends as if the run began with it, so that only its begin is amiss.
    """
    if begin > steps:
        return begin + _share(steps, _END - _BEGIN)
    return max(_share(steps, _END), (begin + steps) // 2)


def _share(steps: int, percent: int) -> int:
    return round(steps * percent / 100)


def _final(chosen: Chosen) -> Values:
    return {"final_sparsity": max(_FINAL, chosen.get("initial_sparsity", 0.0))}
