"""Speed of the pruning engine, as ratios to its peers in the same run.

`python benchmarks/engine.py [--quick]` prints the figures of the README. The reference runs in a
process of its own, since it needs legacy Keras; the processes take turns, so that neither works
while the other is timed. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

HERE = Path(__file__).parent


class Peer:
    """A process that does one timed piece of work at each request."""

    def __init__(self, script: str, **env: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **env},
        )

    def __call__(self, *words: object) -> list[float]:
        """Milliseconds of each repetition of the work that the words name."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(*words, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{words} failed: run it by hand to see why")
        return [float(word) for word in answer.split()]

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def alternate(
    works: dict[str, tuple[Peer, Sequence[object]]], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of each round, in which every work is done once, in turn.

    Of a round counts the quickest repetition: what is slower was slowed down by something else.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (peer, words) in works.items():
            times[name].append(min(peer(*words)))
    return times


def in_turns(peer: Peer, model: str, frequency: int, ways: Sequence[str]) -> list[list[float]]:
    """Milliseconds a step of each epoch, of one fit each way; the fits take turns by the epoch."""
    times = peer("fits", model, frequency, *ways)
    each = len(times) // len(ways)
    return [times[i * each : (i + 1) * each] for i in range(len(ways))]


def compare(one: list[float], other: list[float]) -> tuple[float, float, float]:
    """Medians of two works, and of the ratio of the one to the other in the same turn.

    What slows the machine down for a while slows both down, since they were done side by side.
    """
    ratios = [a / b for a, b in zip(one, other, strict=True)]
    return statistics.median(one), statistics.median(other), statistics.median(ratios)


def row(*cells: object) -> None:
    """A row of a Markdown table."""
    print("|", " | ".join(str(cell) for cell in cells), "|", flush=True)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    quick = parser.parse_args().quick
    memory = psutil.virtual_memory().total / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GB of memory. Milliseconds, medians.\n")
    ours, reference = Peer("ours.py"), Peer("reference.py", TF_USE_LEGACY_KERAS="1")
    try:
        selection(ours, reference, 3 if quick else 7)
        update(ours, reference, 2 if quick else 5)
        whole_fit(ours, reference, 2 if quick else 7)
        extra_memory(ours)
    finally:
        ours.close()
        reference.close()


def selection(ours: Peer, reference: Peer, rounds: int) -> None:
    """Choosing the masks of one layer."""
    print("Mask selection at sparsity 0.875\n")
    row("weights", "tfmot", "prunelab", "times as fast")
    row(*["---"] * 4)
    for size in (10**5, 10**6, 10**7):
        words = ["select", size]
        time = alternate({"tfmot": (reference, words), "prunelab": (ours, words)}, rounds)
        a, b, ratio = compare(time["tfmot"], time["prunelab"])
        row(f"{size:,}", f"{a:.2f}", f"{b:.2f}", f"{ratio:.1f}")


def update(ours: Peer, reference: Peer, rounds: int) -> None:
    """A training step with a mask update of all layers."""
    print("\nA whole step with a mask update, MLP of 10 million weights\n")
    row("tfmot", "prunelab", "times as fast")
    row(*["---"] * 3)
    words = ["fits", "mlp10m", 1, "pruned"]
    time = alternate({"tfmot": (reference, words), "prunelab": (ours, words)}, rounds)
    a, b, ratio = compare(time["tfmot"], time["prunelab"])
    row(f"{a:.1f}", f"{b:.1f}", f"{ratio:.1f}")


# What is told of each way to train; the first is what the others are compared with.
OURS = {
    "plain": "Keras 3",
    "alike": "Keras 3, its step called as prunelab calls it",
    "pruned": "prunelab",
    "recorded": "prunelab, recorded",
    # The control: it tells how far off a ratio may be.
    "again": "Keras 3 again",
}
THEIRS = {"plain": "legacy Keras", "pruned": "tfmot"}


def whole_fit(ours: Peer, reference: Peer, rounds: int) -> None:
    """Epochs of `fit`, updates and callbacks included, over the same without pruning."""
    print("\nA step of a whole fit, over plain Keras of its own kind\n")
    row("model", "frequency", "engine", "plain", "with it", "ratio", "over a step called alike")
    row(*["---"] * 7)
    peers = [(ours, OURS), (reference, THEIRS)]
    for model, frequency in [("cnn", 10), ("mlp", 10), ("mlp", 1)]:
        times: list[dict[str, list[float]]] = [{way: [] for way in ways} for _, ways in peers]
        for _ in range(rounds):
            for (peer, ways), spent in zip(peers, times, strict=True):
                fitted = in_turns(peer, model, frequency, list(ways))
                for way, epochs in zip(ways, fitted, strict=True):
                    spent[way] += epochs
        for (_, ways), spent in zip(peers, times, strict=True):
            for way in list(ways)[1:]:
                a, b, ratio = compare(spent[way], spent["plain"])
                cells = [f"{b:.3f}", f"{a:.3f}", f"{ratio:.3f}"]
                if "alike" in spent and way in ("pruned", "recorded"):
                    cells.append(f"{compare(spent[way], spent['alike'])[2]:.3f}")
                row(model, frequency, ways[way], *cells, *[""] * (4 - len(cells)))


def extra_memory(ours: Peer) -> None:
    """What pruning holds beside the model."""
    print("\nMemory beside the model, MLP of 10 million weights\n")
    row("bytes a pruned weight, kept", "and while selecting")
    row(*["---"] * 2)
    kept, selecting = ours("memory", "mlp10m")
    row(f"{kept:.2f}", f"{selecting:.2f}")


if __name__ == "__main__":
    main()
