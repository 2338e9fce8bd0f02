"""What the views of a lab show and do, without a browser and without a training process."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from prunelab.errors import LabError
from prunelab.lab import Lab, RunConfig, RunWriter, StepRow
from prunelab.schedules import ConstantSparsity
from prunelab.ui import Dashboard
from prunelab.ui.frontier import FrontierChart
from prunelab.ui.monitor import LiveCharts
from prunelab.ui.runs.progress import Progress
from prunelab.ui.runs.table import RunTable


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path)


def rows(first: int, last: int) -> list[StepRow]:
    return [StepRow(n, 1, 1 / n, 0.5, 0.0, 0.0, n / 10) for n in range(first, last + 1)]


def running(lab: Lab, steps: int = 2) -> RunWriter:
    journal = RunWriter(lab, lab.add(RunConfig(None)))
    journal.begin()
    journal.write(rows(1, steps), [])
    return journal


def finished(lab: Lab, model: str = "mlp") -> int:
    journal = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0), model=model)))
    journal.begin()
    journal.end("finished", sparsity=0.5, test_accuracy=0.9, sizes={"keras_gzip": 9_500})
    return journal.run


def drawn(chart) -> list[list[float]]:
    return [list(trace["x"]) for trace in chart.tree()["data"]]


class TestLiveCharts:
    def test_an_error_on_the_way_leaves_no_point_on_another_runs_trace(self, lab, monkeypatch):
        first, second = running(lab), running(lab, 3)
        charts = LiveCharts(lab)
        charts.show([lab.run(first.run)])

        def fail(*_):
            raise LabError("locked")

        with monkeypatch.context() as broken:
            broken.setattr(lab, "epochs", fail)
            with pytest.raises(LabError):
                charts.show([lab.run(second.run)])
        second.write(rows(4, 5), [])
        charts.show([lab.run(second.run)])
        assert drawn(charts.charts["loss"])[0] == [1, 2, 3, 4, 5]

    def test_an_error_between_two_charts_loses_and_doubles_no_point(self, lab, monkeypatch):
        journal = running(lab)
        charts = LiveCharts(lab)
        charts.show(lab.runs())
        journal.write(rows(3, 4), [])

        def fail(*_):
            raise OSError("the page is gone")

        with monkeypatch.context() as broken:
            broken.setattr(charts.charts["sparsity"], "extend", fail)
            with pytest.raises(OSError, match="gone"):
                charts.show(lab.runs())
        charts.show(lab.runs())
        for chart in charts.charts.values():
            assert drawn(chart)[0] == [1, 2, 3, 4]


class TestRunTable:
    def test_all_of_a_thousand_runs_are_there_and_a_new_one_shifts_no_row(self, lab):
        table = RunTable(threading.RLock())
        one = lab.run(finished(lab))
        runs = [replace(one, id=n, name="a long name " * 5) for n in range(1000, 0, -1)]
        table.show(runs)
        assert len(table.rows) == 1000
        arguments = table.table.get_state()["_dt_args"]
        assert "downsampling_warning" not in arguments
        assert len(json.loads(arguments["data_json"])) == 1000
        table.table.selected_rows = [6, 998]
        table.show([replace(one, id=1001), *runs])
        assert table.selected == (7, 999)
        assert table.table.selected_rows == [6, 998]

    def test_a_choice_of_the_page_waits_until_the_table_is_rebuilt_and_is_not_lost(self, lab):
        lock = threading.RLock()
        table = RunTable(lock)
        one = lab.run(finished(lab))
        with lock:
            page = threading.Thread(target=table.table.set_state, args=({"selected_rows": [0]},))
            page.start()
            page.join(0.1)
            assert table.selected == ()
            table.show([one])
        page.join()
        assert table.selected == (1,)


class TestFrontier:
    def test_the_choice_of_the_user_stays_when_a_run_of_another_kind_finishes(self, lab):
        frontier = FrontierChart(threading.RLock())
        for model in ("mlp", "cnn"):
            finished(lab, model)
            frontier.show(lab.runs())
        choice = frontier.choice
        assert choice.options[choice.index] == "digits, cnn"
        choice.set_state({"index": choice.options.index("digits, mlp")})
        for model in ("lenet-300-100", "cnn"):
            finished(lab, model)
            frontier.show(lab.runs())
            assert choice.options[choice.index] == "digits, mlp"
        assert drawn(frontier.chart) == [[0.5]]

    def test_until_the_user_chooses_the_newest_kind_is_shown_and_drawn_once(self, lab, monkeypatch):
        frontier = FrontierChart(threading.RLock())
        shows = []
        monkeypatch.setattr(frontier.chart, "show", shows.append)
        for count, model in enumerate(("mlp", "cnn", "lenet-300-100", "mlp"), 1):
            finished(lab, model)
            frontier.show(lab.runs())
            frontier.show(lab.runs())
            assert len(shows) == count
            assert frontier.choice.options[frontier.choice.index] == f"digits, {model}"

    def test_two_files_of_one_name_are_told_apart(self, lab):
        one = lab.run(finished(lab))
        frontier = FrontierChart(threading.RLock())
        frontier.show([replace(one, id=2, dataset="/b/x.npz"), replace(one, dataset="/a/x.npz")])
        assert frontier.choice.options == ("a/x.npz, mlp", "b/x.npz, mlp")


class TestStop:
    def test_it_names_and_stops_the_current_run(self, lab):
        dashboard = Dashboard(lab)
        assert (dashboard.stop.description, dashboard.stop.disabled) == ("Stop", True)
        first = running(lab).run
        queued = lab.add(RunConfig(None))
        dashboard.poller.look_now()
        assert dashboard.stop.description == f"Stop run {first}"
        dashboard.stop.click()
        assert lab.run(first).stopping
        assert not lab.run(queued).stopping
        assert dashboard.stop.description == f"Stopping run {first}"
        assert dashboard.stop.disabled

    def test_selected_runs_that_are_active_are_stopped_one_in_the_queue_too(self, lab):
        done, first, queued = finished(lab), running(lab).run, lab.add(RunConfig(None))
        dashboard = Dashboard(lab)
        choose(dashboard, done, queued)
        assert dashboard.stop.description == f"Stop run {queued}"
        choose(dashboard, first, queued)
        assert dashboard.stop.description == "Stop 2 runs"
        dashboard.stop.click()
        assert lab.run(first).stopping
        assert lab.run(queued).state == "stopped"
        assert dashboard.stop.description == f"Stopping run {first}"

    def test_where_only_ended_runs_are_selected_the_current_one_is_meant(self, lab):
        done, first = finished(lab), running(lab).run
        dashboard = Dashboard(lab)
        choose(dashboard, done)
        assert dashboard.stop.description == f"Stop run {first}"

    def test_a_lab_that_cannot_be_written_is_told_in_a_line(self, lab, monkeypatch):
        running(lab)
        dashboard = Dashboard(lab)

        def fail(*_):
            raise LabError("lab /x: database is locked: try again")

        monkeypatch.setattr(lab, "stop", fail)
        dashboard.stop.click()
        assert "database is locked" in dashboard.message.value


def choose(dashboard: Dashboard, *numbers: int) -> None:
    dashboard.table.table.set_state({"selected_rows": [number - 1 for number in numbers]})


def test_a_script_that_does_not_say_how_long_it_takes_has_a_step_and_no_bar(lab):
    journal = RunWriter(lab, lab.add_script("mine", "mlp", None, 1, 0))
    journal.begin()
    journal.write(rows(1, 412), [])
    progress = Progress()
    progress.show(lab.runs(), None)
    assert f"Run {journal.run}: step 412." in progress.line.value
    assert progress.bar.layout.display == "none"
    journal.end("stopped")
    progress.show(lab.runs(), None)
    assert "stopped after step 412." in progress.line.value
    assert Dashboard(lab).poller.line.value == ""
