"""What the controls choose, without a browser."""

from __future__ import annotations

import pytest

from prunelab.errors import UsageError
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.ui import Dashboard, ScheduleExplorer
from prunelab.ui.schedule_form import ScheduleForm


class Stepwise(PruningSchedule):
    def __call__(self, step):
        return step % 50 == 0 and step >= 500, 0.8

    def get_config(self):
        return {"class_name": "Stepwise", "config": {}}


@pytest.mark.parametrize(
    "schedule",
    [
        PolynomialDecay(0.1, 0.875, 1152, 5760, power=2, frequency=100),
        PolynomialDecay(0.0, 0.5, 0, 1000, power=0.5, frequency=1000),
        ConstantSparsity(0.75, 10),
        ConstantSparsity(0.75, 10, end_step=9000, frequency=7),
    ],
)
def test_a_schedule_that_is_shown_is_the_one_that_is_chosen(schedule):
    assert ScheduleForm(5760, schedule).schedule() == schedule


def test_a_schedule_of_ones_own_is_one_more_choice():
    own = Stepwise()
    explorer = ScheduleExplorer(own, samples=1000, batch_size=10, epochs=10)
    assert explorer.schedule is own
    assert explorer.plan.update_steps[0] == 500


def test_begin_and_end_keep_their_share_of_a_run_that_changes_its_length():
    form = ScheduleForm(1000, PolynomialDecay(0, 0.5, 200, 800))
    form.set_steps(5000)
    assert (form.schedule().begin_step, form.schedule().end_step) == (1000, 4000)
    form.set_steps(100)
    assert (form.schedule().begin_step, form.schedule().end_step) == (20, 80)


def test_a_slider_that_counts_in_binary_still_gives_the_decimal_it_shows():
    form = ScheduleForm(1000)
    form._controls["final_sparsity"].value = 0.8749999999999999
    assert form.schedule().final_sparsity == 0.875


def test_an_explorer_of_no_steps_is_refused():
    with pytest.raises(UsageError, match="epochs=0 must be at least 1"):
        ScheduleExplorer(epochs=0)


def test_the_dashboard_opens_on_a_schedule_of_ones_own(tmp_path):
    from prunelab.lab import Lab

    dashboard = Dashboard(Lab(tmp_path), Stepwise())
    assert dashboard._config.plan.update_steps[0] == 500
