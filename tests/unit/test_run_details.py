"""What the page tells of a run: its choices, where they differ, its model."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace

import pytest

from prunelab import Lab
from prunelab.lab import RunConfig, RunWriter
from prunelab.schedules import ConstantSparsity
from prunelab.ui.runs.details import RunDetails
from prunelab.ui.runs.table import RunTable
from prunelab.user_files.paths import MODELS_AT


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path / "lab <b>")


def finished(lab: Lab, model: bytes = b"", **more: object) -> int:
    journal = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0), **more)))
    journal.begin()
    journal.end("finished", sparsity=0.5, test_accuracy=0.9)
    if model:
        lab.model_path(journal.run).parent.mkdir(exist_ok=True)
        lab.model_path(journal.run).write_bytes(model)
    return journal.run


def shown(lab: Lab) -> list[dict[str, object]]:
    table = RunTable(threading.RLock())
    table.show(lab.runs())
    return table.rows


def test_two_runs_that_differ_never_look_alike(lab):
    finished(lab, learning_rate=0.1)
    finished(lab, learning_rate=0.01)
    finished(lab, learning_rate=0.01, batch_size=16)
    rows = shown(lab)
    told = [(row["learning rate"], row["batch size"]) for row in rows]
    assert [[cell.rpartition("</")[0].rpartition(">")[2] for cell in one] for one in told] == [
        ["0.1", "32"],
        ["0.01", "32"],
        ["0.01", "16"],
    ]


def test_what_is_the_same_for_all_has_no_column(lab):
    finished(lab)
    finished(lab, seed=1)
    assert "learning rate" not in shown(lab)[0]


def test_choices_of_a_script_are_text_and_take_no_column_s_place(lab):
    for value in ("<script>1", "<script>2"):
        details = {"state": value, "<img src=x>": value}
        lab.add_script("mine", "mlp", None, 1, 10, details=details)
    rows = shown(lab)
    assert "queued" in rows[0]["state"] or "running" in rows[0]["state"]
    assert "&lt;script&gt;1" in rows[0]["state (chosen)"]
    assert not any("<script" in str(cell) or "<img" in name for name, cell in rows[0].items())


def test_a_run_that_diverged_is_marked(lab):
    number = finished(lab)
    table = RunTable(threading.RLock())
    table.show([replace(lab.run(number), diverged=12)])
    assert "finished, diverged at step 12 &#9888;" in table.rows[0]["state"]


def test_the_newest_model_is_told_or_that_of_what_is_selected(lab):
    first, second = finished(lab, b"one"), finished(lab, b"two", learning_rate=0.5)
    third = finished(lab)
    details = RunDetails(lab)
    details.show(lab.runs(), [])
    assert f"Run {second}:" in details.value
    assert "0.5" in details.value
    details.show(lab.runs(), [first, third])
    assert f"Run {first}:" in details.value
    assert f"Run {second}:" not in details.value
    assert "no saved model" in details.value
    assert str(lab.model_path(first)).replace("<", "&lt;").replace(">", "&gt;") in details.value


def test_a_model_comes_from_the_server_or_within_the_page(lab, monkeypatch):
    number = finished(lab, b"weights")
    details = RunDetails(lab)
    details.show(lab.runs(), [number])
    data = base64.b64encode(b"weights").decode()
    assert f'href="data:application/octet-stream;base64,{data}"' in details.value
    monkeypatch.setenv(MODELS_AT, "prunelab/model/")
    details.show(lab.runs(), [number])
    assert f'href="prunelab/model/{number}" download="run-{number}.keras"' in details.value
    # What is large is not put into a notebook.
    monkeypatch.delenv(MODELS_AT)
    lab.model_path(number).write_bytes(b"0" * 1_000_001)
    details.show(lab.runs(), [number])
    assert "href" not in details.value
    assert f"{number}.keras" in details.value
