"""What the page asks before it starts a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from prunelab import Lab
from prunelab.lab import RunWriter
from prunelab.ui import Dashboard


@pytest.fixture
def dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    monkeypatch.setattr("prunelab.ui.runs.starter.start", lambda lab, config: lab.add(config))
    return Dashboard(Lab(tmp_path / "lab"))


def answers(dashboard: Dashboard) -> list[str]:
    return [button.description for button in dashboard.starter.question.buttons]


def answer(dashboard: Dashboard, label: str) -> None:
    row = dashboard.starter.question.buttons
    next(button for button in row if button.description == label).click()


def asked(dashboard: Dashboard) -> str:
    return str(dashboard.starter.question.line.value)


def test_three_clicks_enter_one_run_and_ask_for_another(dashboard: Dashboard) -> None:
    for _ in range(3):
        dashboard.starter.button.click()
    assert len(dashboard.lab.runs()) == 1
    assert "Run 1 is the same, with the same seed (0), and waits." in asked(dashboard)
    again, leave = dashboard.starter.question.buttons
    assert (again.description, leave.description) == ("Queue it again", "Leave it")
    again.click()
    again.click()
    assert len(dashboard.lab.runs()) == 2
    assert answers(dashboard) == []
    dashboard.starter.button.click()
    answer(dashboard, "Leave it")
    assert len(dashboard.lab.runs()) == 2
    assert dashboard.starter.question.layout.display == "none"


def test_another_seed_is_another_run_and_withdraws_the_question(dashboard: Dashboard) -> None:
    dashboard.starter.button.click()
    dashboard.starter.button.click()
    dashboard.run_form.seed.value = 1
    assert answers(dashboard) == []
    dashboard.starter.button.click()
    assert [run.seed for run in dashboard.lab.runs()] == [1, 0]


@pytest.mark.parametrize(("state", "asks"), [("finished", True), ("failed", False)])
def test_a_run_that_has_a_result_is_not_repeated_unasked(
    dashboard: Dashboard, state: str, asks: bool
) -> None:
    dashboard.starter.button.click()
    journal = RunWriter(dashboard.lab, 1)
    journal.begin()
    journal.end(state)
    dashboard.starter.button.click()
    assert bool(answers(dashboard)) is asks
    assert len(dashboard.lab.runs()) == (1 if asks else 2)


def test_a_run_that_prunes_nothing_asks_with_its_mends(dashboard: Dashboard) -> None:
    controls = dashboard.board.form.parameters
    controls["frequency"].field.value = "50000"
    dashboard.starter.button.click()
    assert dashboard.lab.runs() == []
    assert "nothing will be pruned" in asked(dashboard)
    *mends, anyway, leave = answers(dashboard)
    assert mends
    assert (anyway, leave) == ("Train anyway", "Leave it")
    answer(dashboard, mends[0])
    assert answers(dashboard) == []
    assert dashboard.state.plan.reached > 0.8
    controls["frequency"].field.value = "50000"
    dashboard.starter.button.click()
    answer(dashboard, "Train anyway")
    assert len(dashboard.lab.runs()) == 1


def test_a_choice_that_no_longer_fits_withdraws_the_question(dashboard: Dashboard) -> None:
    dashboard.board.form.parameters["frequency"].field.value = "50000"
    dashboard.starter.button.click()
    dashboard.board.form.parameters["final_sparsity"].field.value = "1.5"
    assert answers(dashboard) == []


def test_a_baseline_is_asked_nothing(dashboard: Dashboard) -> None:
    dashboard.board.form.kind.value = "none"
    dashboard.starter.button.click()
    assert len(dashboard.lab.runs()) == 1
