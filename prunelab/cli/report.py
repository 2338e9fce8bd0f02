"""A comparison as one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from prunelab.cli.tables.run_columns import compare_columns
from prunelab.errors import UsageError
from prunelab.lab import Run
from prunelab.plots.frontier import frontier_figure

__all__ = ["write_report"]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .3rem .7rem; text-align: left; }
tr { border-bottom: 1px solid #ddd; }
"""


def write_report(path: Path, runs: Sequence[Run], table: pd.DataFrame) -> None:
    """Writes the table, and a chart of accuracy over sparsity for each data set and model.

    Args:
        path: The file to write; its folder must exist.
        runs: The runs of the lab.
        table: What `prunelab.lab.compare` made of them.

    Raises:
        UsageError: where the file cannot be written.
    """
    columns = {one.name: one.cells for one in compare_columns(table, runs)}
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>prunelab</title>"
        f"<style>{_STYLE}</style><h1>Pruning schedules compared</h1>",
        pd.DataFrame(columns).to_html(index=False, border=0),
    ]
    kinds = dict.fromkeys(zip(table["dataset"], table["model"], strict=True))
    for number, (data, model) in enumerate(kinds):
        figure = frontier_figure([run for run in runs if (run.dataset, run.model) == (data, model)])
        parts.append(f"<h2>{escape(Path(data).name)}, {escape(Path(model).name)}</h2>")
        parts.append(
            figure.to_html(
                full_html=False,
                # Once, and inside the file: it opens without a network.
                include_plotlyjs=number == 0,
                config={"displaylogo": False, "showSendToCloud": False},
            )
        )
    try:
        path.write_text("\n".join(parts), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}): choose another file with --html"
        ) from error
