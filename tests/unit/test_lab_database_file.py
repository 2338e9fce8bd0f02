"""The lab's file: another program's is left alone, and one that cannot be written is read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prunelab import ConstantSparsity, Lab, RunConfig
from prunelab.cli import main
from prunelab.errors import LabError
from prunelab.lab import RunWriter, StepRow
from prunelab.lab.processes.process_identity import Worker
from prunelab.lab.store.schema import create

CONFIG = RunConfig(ConstantSparsity(0.5, 0), epochs=2)
NOBODY = 65534


def _fill(folder: Path) -> Lab:
    """A lab with a run that has finished and one that trains, in this process."""
    lab = Lab(folder)
    done, going = (RunWriter(lab, lab.add(CONFIG)) for _ in range(2))
    for writer in (done, going):
        writer.begin()
        writer.write([StepRow(step, 1, 0.5, 0.5, 0.2, 0.1, 0.1) for step in (1, 2, 3)], [])
    sizes = {"keras": 10, "keras_gzip": 5}
    done.end("finished", sparsity=0.5, test_accuracy=0.9, test_loss=0.3, sizes=sizes)
    return lab


def _listed(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _foreign(path: Path, make: Callable[[sqlite3.Connection], object]) -> None:
    connection = sqlite3.connect(path)
    make(connection)
    connection.commit()
    connection.close()


FOREIGN = {
    "no version": lambda file: file.execute("CREATE TABLE moz_places (id INTEGER)"),
    "the same version": lambda file: file.executescript(
        "CREATE TABLE places (id INTEGER); PRAGMA user_version = 1"
    ),
    "a newer version": lambda file: file.executescript(
        "CREATE TABLE places (id INTEGER); PRAGMA user_version = 77"
    ),
    "a table of the same name": lambda file: file.execute("CREATE TABLE runs (run_uuid TEXT)"),
    "an application of its own": lambda file: file.executescript(
        "PRAGMA application_id = 252006675; CREATE TABLE layers (id INTEGER)"
    ),
    "in WAL mode": lambda file: (
        file.execute("PRAGMA journal_mode = WAL"),
        file.execute("CREATE TABLE places (id INTEGER)"),
    ),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN.keys())
def test_another_program_s_database_is_left_as_it_is(make, tmp_path):
    _foreign(tmp_path / "lab.sqlite", make)
    before = _listed(tmp_path)
    for make_it in (True, False):
        with pytest.raises(LabError, match=r"another program's database.*choose another folder"):
            Lab(tmp_path, make=make_it)
    assert _listed(tmp_path) == before


def test_another_program_s_database_that_is_open_is_left_as_it_is(tmp_path):
    """All that it holds may still lie beside it."""
    theirs = sqlite3.connect(tmp_path / "lab.sqlite")
    theirs.execute("PRAGMA journal_mode = WAL")
    theirs.execute("CREATE TABLE places (id INTEGER)")
    theirs.commit()
    before = _listed(tmp_path)
    with pytest.raises(LabError, match="another program's database"):
        Lab(tmp_path)
    assert _listed(tmp_path) == before
    theirs.close()


def test_every_command_refuses_it_in_a_line(tmp_path, capsys):
    _foreign(tmp_path / "lab.sqlite", FOREIGN["no version"])
    before = _listed(tmp_path)
    for words in (["runs"], ["compare"], ["metrics", "1"], ["stop", "1"],
                  ["train", "--schedule", "none"],
                  ["dashboard", "--no-browser", "--port", "0"]):  # fmt: skip
        assert main([*words, "--lab", str(tmp_path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert _listed(tmp_path) == before


def test_a_lab_of_version_1_that_was_never_closed_is_known(tmp_path):
    """Its tables still lie beside the file, which says nothing yet."""
    theirs = sqlite3.connect(tmp_path / "lab.sqlite")
    theirs.execute("PRAGMA journal_mode = WAL")
    create(theirs)
    theirs.commit()
    assert Lab(tmp_path).add(CONFIG) == 1


@pytest.mark.parametrize("make", [True, False])
def test_an_empty_file_becomes_a_lab_with_the_first_write(make, tmp_path):
    (tmp_path / "lab.sqlite").touch()
    lab = Lab(tmp_path, make=make)
    assert lab.runs() == []
    assert (tmp_path / "lab.sqlite").stat().st_size == 0
    assert lab.add(CONFIG) == 1
    assert len(Lab(tmp_path).runs()) == 1


def test_looking_makes_nothing_and_sees_the_lab_once_it_is_there(tmp_path):
    folder = tmp_path / "later"
    looking = Lab(folder, make=False)
    assert looking.runs() == []
    assert looking.metrics(1).empty
    assert not folder.exists()
    _fill(folder)
    assert [run.id for run in looking.runs()] == [2, 1]


def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "lab.sqlite")
    with pytest.raises(LabError, match=r"unable to open lab\.sqlite, it is no plain file"):
        Lab(tmp_path)


def test_a_link_to_a_lab_is_the_lab(tmp_path):
    _fill(tmp_path / "real").close()
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "lab.sqlite").symlink_to(tmp_path / "real" / "lab.sqlite")
    assert Lab(tmp_path / "link").add(CONFIG) == 3
    assert len(Lab(tmp_path / "real").runs()) == 3


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def read_only(place: Path) -> Iterator[Callable[[], None]]:
    """Makes a folder's content such that it may only be read, also for root."""

    def protect() -> None:
        for path in [*place.rglob("*"), place]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            os.seteuid(NOBODY)

    yield protect
    if os.geteuid() == NOBODY and os.getuid() == 0:
        os.seteuid(0)


def _states(lab: Lab) -> list[tuple[int, str]]:
    return [(run.id, run.state) for run in lab.runs()]


def test_a_lab_that_may_only_be_read_is_read(place, read_only):
    _fill(place / "lab").close()
    read_only()
    before = _listed(place / "lab")
    lab = Lab(place / "lab")
    assert _states(lab) == [(2, "running"), (1, "finished")]
    assert lab.metrics(1)["step"].tolist() == [1, 2, 3]
    assert lab.notice is not None
    assert "can only be read, its folder may only be read" in lab.notice
    assert "to train, make it writable or choose another with --lab" in lab.notice
    with pytest.raises(LabError, match=r"can only be read.*choose another with --lab"):
        lab.add(CONFIG)
    assert _listed(place / "lab") == before


def test_a_file_that_may_only_be_read_is_named_where_its_folder_may_be_written(place, read_only):
    _fill(place / "lab").close()
    read_only()
    if os.getuid() == 0:
        os.seteuid(0)
    (place / "lab").chmod(0o777)
    if os.getuid() == 0:
        os.seteuid(NOBODY)
    notice = Lab(place / "lab").notice
    assert notice is not None
    assert "can only be read, lab.sqlite may only be read" in notice


def test_a_finished_run_stays_so_without_its_process_where_it_may_only_be_read(place, read_only):
    lab = _fill(place / "lab")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    lab.assign(1, Worker.of(process.pid))
    lab.close()
    process.communicate()
    read_only()
    assert _states(Lab(place / "lab"))[1] == (1, "finished")


def test_what_was_not_yet_written_into_the_file_itself_is_read_too(place, read_only):
    """As a process that was killed leaves it, and a backup takes it along: all is in the WAL."""
    lab = _fill(place / "lab")
    (place / "copy").mkdir()
    for name in ("lab.sqlite", "lab.sqlite-wal"):
        shutil.copyfile(place / "lab" / name, place / "copy" / name)
    lab.close()
    assert (place / "copy" / "lab.sqlite-wal").stat().st_size > 0
    read_only()
    copied = Lab(place / "copy")
    assert _states(copied) == [(2, "running"), (1, "finished")]
    copied.close()


def test_a_live_lab_is_followed_where_it_may_only_be_read(place, read_only):
    writing = _fill(place / "lab")
    read_only()
    reading = Lab(place / "lab")
    assert len(reading.metrics(2)) == 3
    RunWriter(writing, 2).write([StepRow(4, 1, 0.5, 0.5, 0.2, 0.1, 0.1)], [])
    assert len(reading.metrics(2)) == 4
    assert _states(reading)[0] == (2, "running")


def test_a_lab_that_is_written_again_is_seen_anew(place, read_only):
    _fill(place / "lab").close()
    read_only()
    reading = Lab(place / "lab")
    assert len(reading.metrics(2)) == 3
    if os.getuid() == 0:
        os.seteuid(0)
    for path in (place / "lab", place / "lab" / "lab.sqlite"):
        path.chmod(0o755)
    writing = Lab(place / "lab")
    RunWriter(writing, 2).write([StepRow(4, 1, 0.5, 0.5, 0.2, 0.1, 0.1)], [])
    assert len(reading.metrics(2)) == 4
    assert reading.add(CONFIG) == 3
    assert reading.notice is None


def test_a_run_whose_process_is_gone_is_shown_so_where_nothing_can_be_written(place, read_only):
    lab = _fill(place / "lab")
    with lab.writing() as connection:
        connection.execute("UPDATE runs SET pid = 999999999 WHERE id = 2")
    lab.close()
    read_only()
    before = _listed(place / "lab")
    run = Lab(place / "lab").run(2)
    assert run.state == "interrupted"
    assert run.error is not None
    assert "ended without a word after step 3" in run.error
    assert _listed(place / "lab") == before


def test_a_lab_of_version_1_is_read_as_it_is_where_it_cannot_be_upgraded(place, read_only):
    connection = sqlite3.connect(place / "lab.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    create(connection)
    connection.execute(
        "INSERT INTO runs (name, state, dataset, model, steps, config, created, heartbeat) "
        "VALUES ('old', 'finished', 'digits', 'mlp', 72, '{\"learning_rate\": 0.5}', 1, 1)"
    )
    connection.commit()
    connection.close()
    read_only()
    before = _listed(place)
    run = Lab(place).run(1)
    assert (run.name, run.details, run.error) == ("old", {"learning_rate": 0.5}, None)
    assert _listed(place) == before


def test_the_commands_show_a_read_only_lab_and_say_so_on_the_error_stream(place, read_only, capsys):
    _fill(place / "lab").close()
    commands = (["runs"], ["compare"], ["metrics", "1"], ["runs", "--json"])
    # What they import is read as long as everything may be.
    for words in (*commands, ["stop", "1"]):
        main([*words, "--lab", str(place / "lab")])
    capsys.readouterr()
    read_only()
    for words in commands:
        assert main([*words, "--lab", str(place / "lab")]) == 0
        out, err = capsys.readouterr()
        assert "0.5" in out or "50.00%" in out
        assert err.count("\n") == 1
        assert "can only be read" in err
    assert main(["stop", "1", "--lab", str(place / "lab")]) == 0
    assert "already finished" in capsys.readouterr().out


def test_the_page_shows_a_read_only_lab_and_says_so(place, read_only):
    from prunelab.ui import Dashboard, FrontierView, TrainingMonitor

    lab = _fill(place / "lab")
    # What they import is read as long as everything may be.
    made = Dashboard(lab), FrontierView(lab), TrainingMonitor(lab)
    lab.close()
    read_only()
    for kind in map(type, made):
        view = kind(Lab(place / "lab"))
        view.poller.look_now()
        assert "can only be read, its folder may only be read" in view.poller.line.value
    dashboard = Dashboard(Lab(place / "lab"))
    assert [row["run"] for row in dashboard.table.rows] == [1, 2]
    dashboard.starter.button.click()
    assert "can only be read" in dashboard.message.value
    assert len(dashboard.table.rows) == 2


_FULL = """
import resource, signal, sys
from prunelab.errors import LabError
from prunelab.lab import Lab, RunConfig

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
lab = Lab(sys.argv[1])
print([run.id for run in lab.runs()], len(lab.metrics(1)))
try:
    lab.add(RunConfig(None))
except LabError as error:
    print(error)
print(lab.notice)
"""


def test_a_lab_on_a_disk_that_takes_nothing_more_is_read(tmp_path):
    _fill(tmp_path / "lab").close()
    told = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path / "lab")],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout.splitlines()  # fmt: skip
    assert told[0] == "[2, 1] 3"
    assert "can only be read" in told[1]
    assert "can only be read" in told[2]
    assert len(Lab(tmp_path / "lab").runs()) == 2
