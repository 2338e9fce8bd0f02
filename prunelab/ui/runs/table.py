"""`RunTable`: all runs of a lab, to sort, search and choose from."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import traitlets
from itables.widget import ITable

from prunelab.lab import Run, differences, short_names
from prunelab.plots.theme import colour
from prunelab.ui.common.page_events import LockedState
from prunelab.ui.runs.row_keys import RowKeys

__all__ = ["RunTable"]

_COLUMNS = (
    "",  # the colour of the run in the charts
    "run",
    "name",
    "state",
    # Results first: what follows may be wider than the page.
    "sparsity",
    "test accuracy",
    "data",
    "model",
    # Here come the choices in which the runs differ.
    "seed",
    "gzip KB",
    "seconds",
)

# Texts of numbers, with commas and percent signs; what is empty sorts as the smallest.
_NUMBERS = ("seed", "sparsity", "test accuracy", "gzip KB", "seconds")

# Every text is escaped here, before it goes into cells.
_OPTIONS: dict[str, Any] = {
    "allow_html": True,
    "classes": "display compact",
    "style": "width:100%",
    "select": "multi",
    "paging": False,
    "scrollY": "300px",
    "scrollX": True,
    "scrollCollapse": True,
    "showIndex": False,
    # Otherwise only the small arrow in a heading sorts.
    "text_in_header_can_be_selected": False,
    "order": [[_COLUMNS.index("run"), "desc"]],
    # Every run is there, however many: by default itables leaves out what is beyond 64 KB.
    "maxBytes": 0,
    "maxRows": 0,
    "maxColumns": 0,
    "layout": {"topStart": None, "topEnd": "search", "bottomStart": "info", "bottomEnd": None},
    "language": {
        "emptyTable": "No runs yet: choose a schedule and press Train.",
        "search": "search",
        "info": "runs: _TOTAL_; select rows to draw those",
        "infoEmpty": "",
        "select": {"rows": {"_": "%d selected", "0": "", "1": "1 selected"}},
    },
}


class _Table(LockedState, ITable):
    """The table itself."""


class RunTable(widgets.VBox):
    """One row a run; the rows that are selected are the runs to draw.

    Args:
        lock: Held by whoever calls `show`; the page's selection waits for it.

    Attributes:
        selected: Numbers of the runs whose rows are selected, in ascending order.
        rows: What the cells say by the headings of their columns, by ascending run.
        table: The table of itables.
    """

    selected = traitlets.Tuple()

    def __init__(self, lock: threading.RLock) -> None:
        # By ascending run, as the rows are: a run that comes shifts no other's row, so a selection
        # on its way from the page means the runs that the user saw. The page sorts them.
        self._numbers: list[int] = []
        self.rows: list[dict[str, object]] = []
        self._choices = _Choices()
        self.table = _Table(lock, _frame([], _COLUMNS), **_options(_COLUMNS))
        self.table.observe(self._select, "selected_rows")
        super().__init__([self.table, RowKeys(layout={"display": "none"})])
        self.add_class("prunelab-runs")

    def _select(self, _: Any) -> None:
        rows = sorted(self.table.selected_rows)
        self.selected = tuple(self._numbers[row] for row in rows if row < len(self._numbers))

    def show(self, runs: Sequence[Run]) -> None:
        """Shows these runs; nothing travels to the page where nothing changed."""
        runs = sorted(runs, key=lambda run: run.id)
        choices = self._choices.of(runs)
        rows = [
            _row(run) | {name: cells[row] for name, cells in choices.items()}
            for row, run in enumerate(runs)
        ]
        if rows == self.rows:
            return
        self._numbers = [run.id for run in runs]
        selected_rows = [row for row, number in enumerate(self._numbers) if number in self.selected]
        at = _COLUMNS.index("model") + 1
        more = (name for name in choices if name not in _COLUMNS)
        columns = (*_COLUMNS[:at], *more, *_COLUMNS[at:])
        self.table.update(_frame(rows, columns), selected_rows=selected_rows, **_options(columns))
        self.rows = rows


class _Choices:
    """The choices in which runs differ, as cells; runs are looked at again where one is new."""

    def __init__(self) -> None:
        self._seen: Sequence[object] = []
        self._cells: dict[str, list[str]] = {}

    def of(self, runs: Sequence[Run]) -> dict[str, list[str]]:
        """Cells by the heading of their column, one a run; data and model are always shown."""
        seen = [(run.id, run.choices, run.name, run.epochs, run.details) for run in runs]
        if seen != self._seen:
            differing = differences(runs)
            cells = {
                # A script may call its choices as it likes, also as a column of the table.
                f"{name} (chosen)" if name in _COLUMNS else name.replace("_", " "): cells
                for name, cells in differing.items()
                if name not in ("name", "dataset", "model")
            }
            cells["data"] = differing.get("dataset") or short_names([run.dataset for run in runs])
            cells["model"] = differing.get("model") or short_names([run.model for run in runs])
            self._cells = {
                escape(name): [_cell(text) for text in texts] for name, texts in cells.items()
            }
            self._seen = seen
        return self._cells


def _cell(text: str) -> str:
    """A text that is cut short where it is long, with the whole of it where the pointer rests."""
    return f'<span title="{escape(text)}">{escape(text)}</span>'


def _options(columns: Sequence[str]) -> dict[str, Any]:
    numbers = [columns.index(name) for name in _NUMBERS]
    return _OPTIONS | {
        "columnDefs": [
            {"targets": [0], "orderable": False, "searchable": False, "width": "1em"},
            {"targets": [columns.index("run")], "type": "num", "className": "dt-right"},
            {"targets": numbers, "type": "num-fmt"},
        ]
    }


def _frame(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def _row(run: Run) -> dict[str, object]:
    """What the table says of a run: no progress, which would rebuild it at every look."""
    dot = f'<span style="color:{colour(run.id)}" aria-hidden="true">&#9679;</span>'
    state = "stopping" if run.stopping else run.state
    if run.diverged is not None:
        state += f", diverged at step {run.diverged}"
    sign = " &#9888;" if run.error or run.diverged is not None else ""
    title = f' title="{escape(run.error, quote=True)}"' if run.error else ""
    return {
        "": dot,
        "run": run.id,
        "name": escape(run.name),
        "state": f"<span{title}>{escape(state)}{sign}</span>",
        "sparsity": _percent(run.sparsity),
        "test accuracy": _percent(run.test_accuracy),
        "gzip KB": _kilobytes((run.bytes or {}).get("keras_gzip")),
        "seconds": f"{run.seconds:,.1f}" if run.seconds is not None and not run.active else "",
        "seed": "" if run.seed is None else escape(str(run.seed)),
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


def _kilobytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1000:,.1f}"
