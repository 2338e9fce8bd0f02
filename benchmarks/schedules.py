"""Speed of the schedules: all steps of a long run, for each kind of the catalog.

`python benchmarks/schedules.py [--quick]` prints a table. Beside it the reference, in a process of
its own, in turns with ours (see engine.py): it answers one step a call, so it is asked for 2,000
steps spread over the run and its time is scaled to all of them. Kinds that the reference does not
have are compared with its `PolynomialDecay`. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import os

from engine import Peer, alternate, compare, row

from prunelab.schedules.catalog import KINDS

STEPS = 10**6
CALLS = 2_000
# Milliseconds for all of them, at most.
LIMIT = 20.0


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    rounds = 2 if parser.parse_args().quick else 7
    print(f"{os.cpu_count()} cores. {STEPS:,} steps in milliseconds, medians of {rounds} rounds.\n")
    ours, reference = Peer("ours.py"), Peer("reference.py", TF_USE_LEGACY_KERAS="1")
    slow = []
    try:
        row("schedule", f"tfmot, {CALLS:,} calls scaled", "prunelab", "times as fast", "limit")
        row(*["---"] * 5)
        for key, power in [("polynomial", "2.5"), *((key, "") for key in KINDS)]:
            name = f"{key}, power {power}" if power else key
            peer = ["constant" if key == "constant" else "polynomial", CALLS]
            time = alternate(
                {
                    "tfmot": (reference, ["schedule", *peer, *power.split()]),
                    "prunelab": (ours, ["schedule", key, STEPS, *power.split()]),
                },
                rounds,
            )
            scaled = [one * STEPS / CALLS for one in time["tfmot"]]
            peer_took, took, ratio = compare(scaled, time["prunelab"])
            row(name, f"{peer_took:,.0f}", f"{took:.1f}", f"{ratio:,.0f}", f"{LIMIT:.0f}")
            slow += [name] * (took > LIMIT)
    finally:
        ours.close()
        reference.close()
    if slow:
        raise SystemExit(f"slower than {LIMIT:.0f} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
