"""The parser of the command line: its commands, and the options of those for labs and pages."""

from __future__ import annotations

import argparse
from typing import NoReturn

from prunelab import __version__
from prunelab.cli.arguments.run_options import add_plan_options, add_training_options
from prunelab.cli.arguments.schedule_options import add_schedule_options
from prunelab.cli.arguments.value_types import positive, whole
from prunelab.cli.commands import compare, dashboard, metrics, plan, rescue, runs, stop, train
from prunelab.cli.tables.terminal_text import printable

__all__ = ["parser"]


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; each leaves the function to call as `run`."""
    root = _Parser(
        prog="prunelab",
        description="The pruning lab for Keras: see what a schedule does, train with it, compare.",
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"prunelab {__version__}")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(
        name: str, description: str, example: str, *, lab: bool = True
    ) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(
            name,
            help=description,
            description=description,
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        if lab:
            added.add_argument(
                "--lab",
                metavar="DIR",
                help="folder of the lab "
                "(default: PRUNELAB_LAB, else one in the user's data folder)",
            )
        return added

    one = command(
        "dashboard",
        "Open the dashboard in the browser.",
        "prunelab dashboard --port 8866 --no-browser",
    )
    _add_dashboard_options(one)
    one.set_defaults(run=dashboard)

    one = command(
        "train",
        "Train a model under a schedule, and follow it to its end.",
        "prunelab train --schedule polynomial --final-sparsity 0.875 --begin-step 20% --epochs 30",
    )
    add_schedule_options(one)
    add_training_options(one)
    one.set_defaults(run=train)

    one = command(
        "plan",
        "Say what a schedule will do to a run, without training: findings, and what mends them. "
        "Exit code 0 without errors and warnings, 1 with any, 2 for bad input.",
        "prunelab plan --begin-step 1152 --end-step 5760 --steps 5760 --steps-per-epoch 192",
        lab=False,
    )
    add_schedule_options(one)
    add_plan_options(one)
    one.set_defaults(run=plan)

    one = command("runs", "List the runs of the lab, the newest first.", "prunelab runs --json")
    one.add_argument("--json", action="store_true", help="all that is known of each, as JSON")
    one.set_defaults(run=runs)

    one = command(
        "metrics",
        "Print what was measured of a run: one row a step, unless you say otherwise.",
        "prunelab metrics last --csv > run.csv",
    )
    _add_metrics_options(one)
    one.set_defaults(run=metrics)

    one = command("stop", "Stop a run at its next batch.", "prunelab stop 3")
    one.add_argument("number", metavar="RUN", help="number of the run, or last")
    one.set_defaults(run=stop)

    one = command(
        "rescue",
        "Copy what can be read of a damaged lab into a new one; it stays as it is itself.",
        "prunelab rescue new-lab",
    )
    one.add_argument("folder", metavar="NEW_FOLDER", help="folder of the new lab")
    one.set_defaults(run=rescue)

    one = command(
        "compare",
        "Compare finished runs: one row for all seeds of the same choices.",
        "prunelab compare --html report.html",
    )
    form = _add_output_options(one)
    form.add_argument("--html", metavar="FILE", help="write table and chart to a page of its own")
    one.set_defaults(run=compare)
    return root


def _add_dashboard_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port", type=whole, default=8866, help="0 for any free one (default: 8866)"
    )
    command.add_argument(
        "--host", default="127.0.0.1", help="address to serve (default: this machine)"
    )
    command.add_argument(
        "--base-url",
        default="/",
        metavar="PATH",
        help="path that a proxy in front keeps in requests; not needed for one that it takes out "
        "(default: /)",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that a proxy or a tunnel gives this machine; may be given several times",
    )
    command.add_argument(
        "--max-pages",
        type=positive,
        metavar="N",
        help="pages open at once (default: what half of the memory holds, at most 8 a core)",
    )
    command.add_argument("--no-browser", action="store_true", help="only serve, open no browser")


def _add_metrics_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("number", metavar="RUN", help="number of the run, or last")
    rows = command.add_mutually_exclusive_group()
    rows.add_argument(
        "--epochs", action="store_true", help="one row an epoch: validation, means of its steps"
    )
    rows.add_argument(
        "--layers", action="store_true", help="one row a pruned weight and mask update"
    )
    _add_output_options(command)


def _add_output_options(command: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Adds the forms of a table, of which one may be chosen."""
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="comma-separated values")
    return form
