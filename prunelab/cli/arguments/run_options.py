"""The options of a run: its data and length, and how its model is trained."""

from __future__ import annotations

import argparse

from prunelab.cli.arguments.value_types import any_seed, number, ratio, whole

__all__ = ["add_plan_options", "add_size_options", "add_training_options"]


def add_size_options(group: argparse._ArgumentGroup) -> None:
    """Adds what the length of a run follows from."""
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
    group.add_argument("--epochs", type=whole, default=30, help="(default: 30)")
    group.add_argument("--batch-size", type=whole, default=32, help="(default: 32)")
    group.add_argument(
        "--validation-split",
        type=ratio,
        default=0.2,
        help="share of the training samples to validate on (default: 0.2)",
    )


def add_plan_options(command: argparse.ArgumentParser) -> None:
    """Adds the run of a plan, which may be of any length, and the limits of its findings."""
    size = command.add_argument_group("run")
    add_size_options(size)
    size.add_argument("--samples", type=whole, help="all for training, in place of a data set")
    size.add_argument("--steps", type=whole, help="steps of the run, in place of all of these")
    size.add_argument("--steps-per-epoch", type=whole, help="with --steps (default: all)")
    limits = command.add_argument_group("findings")
    limits.add_argument(
        "--jump",
        type=ratio,
        default=0.3,
        help="the largest rise of sparsity in one mask update that is not reported (default: 0.3)",
    )
    limits.add_argument(
        "--trained",
        action="store_true",
        help="the weights are trained already, so pruning may begin at once",
    )
    command.add_argument("--json", action="store_true", help="all of it as JSON")


def add_training_options(command: argparse.ArgumentParser) -> None:
    """Adds data and length of a run, its model and how that is trained."""
    how = command.add_argument_group("training")
    add_size_options(how)
    how.add_argument(
        "--model", default="mlp", help="mlp, lenet-300-100, cnn, or FILE.keras (default: mlp)"
    )
    how.add_argument("--seed", type=any_seed, default=0, help="(default: 0)")
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
        type=number,
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
    command.add_argument(
        "--force",
        action="store_true",
        help="train even where the schedule prunes nothing or misses its target",
    )
    command.add_argument("--detach", action="store_true", help="start the run and do not follow it")
    command.add_argument("--json", action="store_true", help="print the run as JSON at its end")
