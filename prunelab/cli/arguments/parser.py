"""What can be said on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeVar

from prunelab import __version__
from prunelab.cli.commands import compare, dashboard, metrics, plan, rescue, runs, stop, train
from prunelab.cli.tables.terminal_text import printable
from prunelab.errors import UsageError
from prunelab.schedules.catalog import KINDS
from prunelab.schedules.values.typed_numbers import number_from, ratio_from, whole_from
from prunelab.schedules.values.validation import seed_of

__all__ = ["parser"]

T = TypeVar("T", int, float)

_MOST_SHOWN = 60


class _Parser(argparse.ArgumentParser):
    """Tells an error in one line, without the usage before it."""

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
        name: str, about: str, example: str, *, lab: bool = True
    ) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = commands.add_parser(
            name,
            help=about,
            description=about,
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        if lab:
            one.add_argument(
                "--lab",
                metavar="DIR",
                help="folder of the lab "
                "(default: PRUNELAB_LAB, else one in the user's data folder)",
            )
        return one

    one = command(
        "dashboard",
        "Open the dashboard in the browser.",
        "prunelab dashboard --port 8866 --no-browser",
    )
    one.add_argument("--port", type=_whole, default=8866, help="0 for any free one (default: 8866)")
    one.add_argument("--host", default="127.0.0.1", help="address to serve (default: this machine)")
    one.add_argument(
        "--base-url",
        default="/",
        metavar="PATH",
        help="path that a proxy in front keeps in requests; not needed for one that it takes out "
        "(default: /)",
    )
    one.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that a proxy or a tunnel gives this machine; may be given several times",
    )
    one.add_argument(
        "--max-pages",
        type=_positive,
        metavar="N",
        help="pages open at once (default: what half of the memory holds, at most 8 a core)",
    )
    one.add_argument("--no-browser", action="store_true", help="only serve, open no browser")
    one.set_defaults(run=dashboard)

    one = command(
        "train",
        "Train a model under a schedule, and follow it to its end.",
        "prunelab train --schedule polynomial --final-sparsity 0.875 --begin-step 20% --epochs 30",
    )
    _training_options(one)
    one.set_defaults(run=train)

    one = command(
        "plan",
        "Say what a schedule will do to a run, without training: findings, and what mends them. "
        "Exit code 0 without errors and warnings, 1 with any, 2 for bad input.",
        "prunelab plan --begin-step 1152 --end-step 5760 --steps 5760 --steps-per-epoch 192",
        lab=False,
    )
    _schedule_options(one)
    size = one.add_argument_group("run")
    _size_options(size)
    size.add_argument("--samples", type=_whole, help="all for training, in place of a data set")
    size.add_argument("--steps", type=_whole, help="steps of the run, in place of all of these")
    size.add_argument("--steps-per-epoch", type=_whole, help="with --steps (default: all)")
    limits = one.add_argument_group("findings")
    limits.add_argument(
        "--jump",
        type=_ratio,
        default=0.3,
        help="the largest rise of sparsity in one mask update that is not told (default: 0.3)",
    )
    limits.add_argument(
        "--trained",
        action="store_true",
        help="the weights are trained already, so pruning may begin at once",
    )
    one.add_argument("--json", action="store_true", help="all of it as JSON")
    one.set_defaults(run=plan)

    one = command("runs", "List the runs of the lab, the newest first.", "prunelab runs --json")
    one.add_argument("--json", action="store_true", help="all that is known of each, as JSON")
    one.set_defaults(run=runs)

    one = command(
        "metrics",
        "Print what was measured of a run: one row a step, unless you say otherwise.",
        "prunelab metrics last --csv > run.csv",
    )
    one.add_argument("number", metavar="RUN", help="number of the run, or last")
    rows = one.add_mutually_exclusive_group()
    rows.add_argument(
        "--epochs", action="store_true", help="one row an epoch: validation, means of its steps"
    )
    rows.add_argument(
        "--layers", action="store_true", help="one row a pruned weight and mask update"
    )
    form = one.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="comma-separated values")
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
    form = one.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="comma-separated values")
    form.add_argument("--html", metavar="FILE", help="write table and chart to a page of its own")
    one.set_defaults(run=compare)
    return root


def _schedule_options(one: argparse.ArgumentParser) -> None:
    what = one.add_argument_group("schedule")
    what.add_argument(
        "--schedule",
        default="polynomial",
        metavar="KIND",
        help=f"{', '.join(KINDS)}, none (the unpruned baseline), or FILE.py:NAME for one of your "
        "own (default: polynomial)",
    )
    # Read with the run's steps at hand, as everywhere (see `prunelab.schedules.catalog`).
    what.add_argument(
        "--target-sparsity",
        metavar="SPARSITY",
        help="of constant, dsd and ac-dc: 0.875, or 87.5%% (default: 0.875)",
    )
    what.add_argument(
        "--initial-sparsity",
        metavar="SPARSITY",
        help="of polynomial and other curves, at the begin (default: 0)",
    )
    what.add_argument(
        "--final-sparsity", metavar="SPARSITY", help="likewise, at the end (default: 0.875)"
    )
    what.add_argument("--power", metavar="NUMBER", help="of polynomial (default: 3)")
    what.add_argument(
        "--begin-step",
        metavar="STEP",
        help="number, or share of the run such as 20%% (default: 20%%, or what fits the end)",
    )
    what.add_argument(
        "--end-step",
        metavar="STEP",
        help="likewise; -1 is no end for constant (default: -1, or for a curve the last mask "
        "update in the first 80%% of the run, later where it begins late; of dsd 66%%)",
    )
    what.add_argument(
        "--frequency",
        metavar="STEPS",
        help="steps from one mask update to the next (default: what makes some 30 of them, the "
        "last at the end)",
    )
    what.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any parameter of the schedule, also those without an option: rounds=5, "
        "table=20%%:0.5,80%%:0.75 or formula=0.9*p^2; may be given several times",
    )


def _size_options(group: argparse._ArgumentGroup) -> None:
    """What the length of a run follows from."""
    group.add_argument(
        "--dataset",
        default="digits",
        help="digits, mnist, fashion_mnist, cifar10, FILE.npz with x_train, y_train, x_test, "
        "y_test, or a table, FILE.csv or FILE.parquet (default: digits)",
    )
    group.add_argument(
        "--target",
        default="",
        metavar="COLUMN",
        help="of a table, the column of the labels (default: the one that is called so)",
    )
    group.add_argument(
        "--scale",
        default="auto",
        help="auto (bytes are divided by 255, all else is taken as it is), none, minmax (to 0-1), "
        "standard (each number of a sample to mean 0 and deviation 1), or a number to divide by; "
        "the training samples decide for all (default: auto)",
    )
    group.add_argument("--epochs", type=_whole, default=30, help="(default: 30)")
    group.add_argument("--batch-size", type=_whole, default=32, help="(default: 32)")
    group.add_argument(
        "--validation-split",
        type=_ratio,
        default=0.2,
        help="share of the training samples to validate on (default: 0.2)",
    )


def _training_options(one: argparse.ArgumentParser) -> None:
    _schedule_options(one)
    how = one.add_argument_group("training")
    _size_options(how)
    how.add_argument(
        "--model", default="mlp", help="mlp, lenet-300-100, cnn, or FILE.keras (default: mlp)"
    )
    how.add_argument("--seed", type=_seed, default=0, help="(default: 0)")
    how.add_argument(
        "--loss",
        default="",
        metavar="NAME",
        help="sparse_categorical_crossentropy, mse, 'BinaryCrossentropy(from_logits=True)' ... "
        "(default: the file's own, or one that goes with the model's output)",
    )
    how.add_argument(
        "--optimizer",
        default="",
        metavar="NAME",
        help="adam, 'SGD(momentum=0.9)' ... (default: the file's own, or adam)",
    )
    how.add_argument(
        "--learning-rate",
        type=_number,
        help="(default: the file's own, or 0.001, of SGD 0.01)",
    )
    how.add_argument(
        "--module",
        default="",
        metavar="FILE.py",
        help="Python file that defines what the model file, or the loss, has of your own; it is "
        "run, and so is the code of Lambda layers in the model file: give it where you trust both",
    )
    how.add_argument("--name", default="", help="what the run is called in tables")
    one.add_argument(
        "--force",
        action="store_true",
        help="train even where the schedule prunes nothing or misses its target",
    )
    one.add_argument("--detach", action="store_true", help="start the run and do not follow it")
    one.add_argument("--json", action="store_true", help="print the run as JSON at its end")


def _whole(text: str) -> int:
    return _read(whole_from, text, "such as 30")


def _positive(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few: at least 1")
    return number


def _seed(text: str) -> int:
    """A whole number of any size: `RunConfig` tells the range, as this does of all else."""
    try:
        return whole_from(text, "seed")
    except UsageError:
        return _read(lambda text, name, _: seed_of(text[:_MOST_SHOWN], name), text, "")


def _number(text: str) -> float:
    return _read(number_from, text, "such as 0.5")


def _ratio(text: str) -> float:
    return _read(ratio_from, text, "such as 0.2, or 20%")


def _read(reader: Callable[[str, str, str], T], text: str, such: str) -> T:
    """An option's value; what is wrong with it is told after the option's name by argparse."""
    try:
        return reader(text, "", such)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("=")) from None
