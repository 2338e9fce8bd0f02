"""Files of older versions: upgraded in place, and nothing in them is lost."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from prunelab import ConstantSparsity, Lab, RunConfig
from prunelab.lab import RunWriter, StepRow
from prunelab.lab.store.schema import APPLICATION, VERSION, create

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2, learning_rate=0.02)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder of a lab of version 1 with a run, a script's run, and one with a broken config."""
    connection = sqlite3.connect(tmp_path / "lab.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    create(connection)
    for state, config in (
        ("finished", json.dumps(CONFIG.to_record())),
        ("stopped", None),
        ("failed", "{"),
    ):
        connection.execute(
            "INSERT INTO runs (name, state, dataset, model, steps, config, created, heartbeat) "
            "VALUES ('old', ?, 'digits', 'mlp', 72, ?, ?, ?)",
            (state, config, time.time(), time.time()),
        )
    connection.execute("INSERT INTO steps VALUES (1, 1, 1, 0.5, 0.5, 0, 0, 0.1)")
    connection.commit()
    connection.close()
    return tmp_path


def _asked(folder: Path, question: str) -> int:
    with sqlite3.connect(folder / "lab.sqlite") as connection:
        return int(connection.execute(question).fetchone()[0])


def test_a_file_of_version_1_is_upgraded_with_all_its_runs(old: Path) -> None:
    lab = Lab(old)
    assert _asked(old, "PRAGMA user_version") == VERSION
    assert _asked(old, "PRAGMA application_id") == APPLICATION
    assert [run.state for run in lab.runs()] == ["failed", "stopped", "finished"]
    assert lab.run(1).details == {"validation_split": 0.2, "learning_rate": 0.02}
    assert lab.run(2).details == {}
    assert len(lab.metrics(1)) == 1
    assert lab.add(CONFIG) == 4
    lab.close()
    assert len(Lab(old).runs()) == 4


def test_a_config_of_version_1_that_is_no_object_does_not_hinder_the_upgrade(old: Path) -> None:
    with sqlite3.connect(old / "lab.sqlite") as connection:
        connection.execute("UPDATE runs SET config = '[]' WHERE id = 1")
    assert [run.details for run in Lab(old).runs()] == [{}, {}, {}]


def test_a_run_of_version_1_took_the_time_from_its_start_to_its_end(old: Path) -> None:
    """Not to its last heartbeat; a run of a newer version stores its seconds."""
    with sqlite3.connect(old / "lab.sqlite") as connection:
        connection.execute("UPDATE runs SET started = 1000, heartbeat = 1050, ended = 1060")
        connection.execute("UPDATE runs SET ended = NULL WHERE id = 2")
    lab = Lab(old)
    assert (lab.run(1).seconds, lab.run(2).seconds) == (60.0, 50.0)


def test_an_old_file_that_another_process_holds_is_read_as_it_is(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prunelab.lab.store.connection.BUSY_SECONDS", 0.01)
    holder = sqlite3.connect(old / "lab.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert [run.id for run in Lab(old).runs()] == [3, 2, 1]
    holder.execute("ROLLBACK")
    assert _asked(old, "PRAGMA user_version") == 1
    holder.close()


def test_several_that_open_an_old_file_at_once_upgrade_it_once(old: Path) -> None:
    start = threading.Barrier(6)

    def look(_: int) -> int:
        start.wait()
        return len(Lab(old).runs())

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(look, range(6))) == [3] * 6


def test_a_process_of_the_older_version_that_still_trains_can_write_on(old: Path) -> None:
    """It writes rows of steps by place, and into the columns of a run that it knows."""
    writing = sqlite3.connect(old / "lab.sqlite")
    lab = Lab(old)
    writing.execute("INSERT INTO steps VALUES (1, 2, 1, 0.4, 0.6, 0, 0, 0.2)")
    writing.execute("INSERT INTO updates VALUES (1, 2, 'kernel', 0.5, 0.1)")
    writing.execute("INSERT INTO epochs VALUES (1, 1, 2, 0.5, 0.5)")
    writing.execute("UPDATE runs SET state = 'finished', steps_done = 2 WHERE id = 1")
    writing.commit()
    assert (len(lab.metrics(1)), lab.run(1).steps_done) == (2, 2)


def test_what_is_no_column_of_a_run_is_among_its_details(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    run = lab.run(lab.add(RunConfig(None, learning_rate=0.5, validation_split=0.1)))
    assert run.details == {"learning_rate": 0.5, "validation_split": 0.1}
    assert run.to_json()["details"] == run.details


def test_the_size_of_a_data_file_is_no_choice_of_a_run(tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).random((40, 4)), np.arange(40) % 2
    np.savez(tmp_path / "data.npz", x=x, y=y)
    lab = Lab(tmp_path / "lab")
    run = lab.run(lab.add(RunConfig(None, dataset=str(tmp_path / "data.npz"), batch_size=8)))
    assert run.details == {"validation_split": 0.2, "learning_rate": 0.001}


def test_a_script_says_what_it_chose(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    told = {"dataset": "mine", "seed": 3, "batch_size": 64, "details": {"optimizer": "SGD"}}
    run = lab.run(lab.add_script("mine", "net", None, 2, 20, **told))
    assert {name: getattr(run, name) for name in told} == told
    silent = lab.run(lab.add_script("mine", "net", None, 2, 20))
    assert (silent.dataset, silent.seed, silent.batch_size) == ("script", None, None)
    assert silent.details == {}
    RunWriter(lab, silent.id).write([StepRow(1, 1, 0.5, 0.5, 0.0, 0.0, 0.1)], [])
