"""What the controls choose, without a browser."""

from __future__ import annotations

import pytest
from model_files import dense, saved, sequential

from prunelab.errors import UsageError
from prunelab.lab import Lab, make_schedule
from prunelab.plan import Plan
from prunelab.schedules import ConstantSparsity, PolynomialDecay, PruningSchedule
from prunelab.schedules.catalog import KINDS, kind_of
from prunelab.ui import Dashboard, ScheduleExplorer
from prunelab.ui.runs.form import RunForm
from prunelab.ui.schedule.draft import ScheduleDraft, written
from prunelab.ui.schedule.form import ScheduleForm


class Stepwise(PruningSchedule):
    def __call__(self, step):
        return step % 50 == 0 and step >= 500, 0.8

    def get_config(self):
        return {"class_name": "Stepwise", "config": {}}


def _form(steps, schedule=None):
    return ScheduleForm(ScheduleDraft.of(steps, schedule))


def _lengthen(form, steps):
    form.draft = form.draft.with_steps(steps)


@pytest.mark.parametrize(
    "schedule",
    [
        PolynomialDecay(0.1, 0.875, 1152, 5760, power=2, frequency=100),
        PolynomialDecay(0.0, 0.5, 0, 1000, power=0.5, frequency=1000),
        PolynomialDecay(0.0, 0.999, 0, 9000, power=0.1, frequency=1001),
        ConstantSparsity(0.75, 10),
        ConstantSparsity(0.75, 10, end_step=9000, frequency=7),
    ],
)
def test_a_schedule_that_is_shown_is_the_one_that_is_chosen(schedule):
    assert _form(5760, schedule).schedule() == schedule


def test_a_schedule_of_ones_own_is_one_more_choice():
    own = Stepwise()
    explorer = ScheduleExplorer(own, samples=1000, batch_size=10, epochs=10)
    assert explorer.schedule is own
    assert explorer.plan.update_steps[0] == 500


def test_begin_and_end_keep_their_share_of_a_run_that_changes_its_length():
    form = _form(1000, PolynomialDecay(0, 0.5, 200, 800))
    _lengthen(form, 5000)
    assert (form.schedule().begin_step, form.schedule().end_step) == (1000, 4000)
    _lengthen(form, 100)
    assert (form.schedule().begin_step, form.schedule().end_step) == (20, 80)


def test_a_slider_that_counts_in_binary_still_gives_the_decimal_it_shows():
    form = _form(1000)
    form.parameters["final_sparsity"].slider.value = 0.8749999999999999
    assert form.schedule().final_sparsity == 0.875


def test_an_explorer_of_no_steps_is_refused():
    with pytest.raises(UsageError, match="epochs=0 must be at least 1"):
        ScheduleExplorer(epochs=0)


def test_the_dashboard_opens_on_a_schedule_of_ones_own(tmp_path):
    dashboard = Dashboard(Lab(tmp_path), Stepwise())
    assert dashboard.config().plan.update_steps[0] == 500


@pytest.mark.parametrize("first", [1, 36, 1080])
def test_the_untouched_default_reaches_its_target_on_a_run_of_any_length(first):
    form = _form(first)
    for steps in [*range(1, 250), 36 * 30, 36 * 100, 5760, 10_007]:
        _lengthen(form, steps)
        schedule = form.schedule()
        assert (schedule.end_step - schedule.begin_step) % schedule.frequency == 0
        assert Plan(schedule, steps, 1).reached == pytest.approx(0.875), steps


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 5, 11, 30])
def test_the_dashboards_default_reaches_its_target_in_any_number_of_epochs(tmp_path, epochs):
    dashboard = Dashboard(Lab(tmp_path))
    dashboard.run_form.epochs.value = epochs
    assert dashboard.config().plan.reached == pytest.approx(0.875)


def test_what_the_user_chose_is_not_made_to_fit_another_length():
    form = _form(1000)
    form.parameters["frequency"].field.value = "7"
    _lengthen(form, 500)
    assert form.schedule().frequency == 7
    # What was left alone follows: the last update in the first 80 % of the run.
    assert (form.schedule().begin_step, form.schedule().end_step) == (100, 394)


@pytest.mark.parametrize(
    ("name", "value"), [("final_sparsity", 0.999), ("frequency", 1000), ("power", 0.1)]
)
def test_a_value_that_the_slider_does_not_reach_can_be_typed(name, value):
    form = _form(1080)
    told = []
    form.observe(lambda _: told.append(getattr(form.schedule(), name)), "draft")
    control = form.parameters[name]
    control.field.value = str(value)
    assert told == [value]
    assert control.slider.min <= control.slider.value <= control.slider.max
    _lengthen(form, 2160)
    assert getattr(form.schedule(), name) == value


def test_a_slider_that_is_dragged_shows_in_its_field_and_calls_back_once():
    form = _form(1080)
    told = []
    form.observe(lambda _: told.append(form.schedule().final_sparsity), "draft")
    form.parameters["final_sparsity"].slider.value = 0.5
    assert told == [0.5]
    assert form.parameters["final_sparsity"].field.value == "0.5"


def test_a_typed_value_that_breaks_a_rule_is_told_beside_it_and_the_last_good_curve_stays():
    explorer = ScheduleExplorer()
    good, board = explorer.plan, explorer.board
    control = board.form.parameters["final_sparsity"]
    control.field.value = "1.5"
    assert "final_sparsity=1.5 must be in range" in control.error
    assert "as it says beside it (the curve shows the last" in board.view.error.value
    assert explorer.plan is good
    with pytest.raises(UsageError, match=r"final_sparsity=1\.5"):
        _ = explorer.schedule
    control.field.value = "99.9%"
    assert control.error == board.view.error.value == ""
    assert explorer.plan.reached == pytest.approx(0.999)


@pytest.mark.parametrize("mend", ["the same value again", "the slider", "a preset"])
def test_a_wrong_value_is_forgotten_once_another_is_chosen(mend):
    explorer = ScheduleExplorer()
    control = explorer.board.form.parameters["final_sparsity"]
    control.field.value = "much"
    assert "is not a number: use a fraction such as 0.875" in control.error
    if mend == "the same value again":
        control.field.value = "0.875"
    elif mend == "the slider":
        control.slider.value = 0.5
    else:
        explorer.board.presets.menu.value = "Zhu & Gupta 2017"
    assert control.error == ""
    assert control.field.value == written(explorer.schedule.final_sparsity)


def test_parameters_that_break_a_rule_together_are_told_beside_the_one_that_is_named():
    form = ScheduleExplorer().board.form
    form.parameters["begin_step"].field.value = "1100"
    form.parameters["end_step"].field.value = "100"
    assert "end_step=100 is before begin_step=1100" in form.parameters["end_step"].error
    form.parameters["begin_step"].field.value = "50"
    assert form.parameters["end_step"].error == ""


def test_a_share_of_the_run_stays_one_when_the_run_changes():
    explorer = ScheduleExplorer(samples=1000, batch_size=10, epochs=10)
    explorer.board.form.parameters["begin_step"].field.value = "30%"
    assert explorer.schedule.begin_step == 300
    explorer.sizes.fields["epochs"].value = 20
    assert explorer.schedule.begin_step == 600
    assert explorer.board.form.parameters["begin_step"].field.value == "30%"


def test_another_length_draws_the_curve_once(tmp_path, monkeypatch):
    dashboard = Dashboard(Lab(tmp_path))
    drawn = []
    monkeypatch.setattr(dashboard.board.view.chart, "show", lambda tree: drawn.append(tree))
    dashboard.run_form.epochs.value = 2
    assert [tree["data"][1]["x"][-1] for tree in drawn] == [72]


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("epochs", "1.5", "is not a whole number"),
        ("batch_size", "0", "must be at least 1"),
        ("seed", "-1", "seed=-1"),
        ("seed", "4294967296", "seed=4294967296"),
    ],
)
def test_a_number_of_the_run_is_never_another_than_was_typed(tmp_path, name, typed, told):
    dashboard = Dashboard(Lab(tmp_path))
    field = getattr(dashboard.run_form, name)
    good = field.value
    field.field.value = typed
    assert told in field.wrong
    assert field.value == good
    assert not dashboard.board.findings.says_fine
    dashboard.starter.button.click()
    assert told in dashboard.message.value
    assert dashboard.lab.runs() == []
    field.field.value = str(good)
    assert dashboard.board.view.error.value == ""


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_can_be_chosen_and_the_form_gives_back_what_it_is_shown(key):
    form = _form(5760)
    form.kind.value = key
    schedule = form.schedule()
    assert kind_of(schedule).key == key
    again = _form(5760, schedule)
    assert again.schedule() == schedule


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("~nosuchuser/x.npz", "nosuchuser/x.npz"),
        ("n" * 300, "File name too long"),
        ("nul\0.npz", "nul\\x00.npz"),
        ("missing.npz", "missing.npz does not exist"),
    ],
)
def test_a_file_name_that_cannot_be_used_is_told_in_a_line(tmp_path, name, told):
    dashboard = Dashboard(Lab(tmp_path))
    form: RunForm = dashboard.run_form
    form.dataset.value = form.dataset.options[-1]
    form.file.value = name
    assert told in dashboard.board.view.error.value
    dashboard.starter.button.click()
    assert told in dashboard.message.value
    assert dashboard.lab.runs() == []


def test_a_model_file_of_one_s_own_is_chosen_by_its_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    saved(tmp_path / "mine.keras", sequential(dense(10), shape=(8, 8)))
    dashboard = Dashboard(Lab(tmp_path / "lab"))
    form: RunForm = dashboard.run_form
    assert form.model_file.layout.display == form.loss.layout.display == "none"
    form.model.value = form.model.options[-1]
    assert form.model_file.layout.display is None
    assert "no model file is named" in dashboard.board.view.error.value
    form.model_file.value = "~/mine.keras"
    assert "trained with SparseCategoricalCrossentropy(from_logits=True)" in form.notes.value
    config = dashboard.config()
    assert (config.model, config.setup.label_form) == (str(tmp_path / "mine.keras"), "numbers")
    form.loss.value = " mse "
    assert dashboard.config().setup.label_form == "one-hot"
    form.model_file.value = "~/none.keras"
    assert "none.keras does not exist" in dashboard.board.view.error.value
    assert form.notes.value == ""
    form.model.value = "mlp"
    assert (dashboard.config().model, dashboard.config().loss) == ("mlp", "")


def test_an_error_that_nobody_expected_is_one_line_of_the_page_too(tmp_path, monkeypatch, caplog):
    dashboard = Dashboard(Lab(tmp_path))

    def fail(*_):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(dashboard.run_form, "config", fail)
    dashboard.run_form.epochs.value = 7
    assert "the curve cannot be drawn: a b" in dashboard.board.view.error.value
    dashboard.starter.button.click()
    assert "the run cannot be started: a b" in dashboard.message.value
    assert "ZeroDivisionError" in caplog.text


def test_what_is_left_alone_follows_what_is_chosen():
    form = _form(384)
    form.parameters["frequency"].field.value = "100"
    assert (form.schedule().begin_step, form.schedule().end_step) == (77, 277)
    form.parameters["begin_step"].slider.value = 10
    assert (form.schedule().end_step, form.schedule().frequency) == (210, 100)
    assert form.parameters["end_step"].field.value == "210"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [1, 5, 72, 5760])
def test_a_kind_that_is_chosen_is_what_it_is_elsewhere(kind, steps):
    form = _form(1080)
    form.kind.value = kind
    _lengthen(form, steps)
    assert form.schedule() == make_schedule(kind, {}, steps)
    _lengthen(form, 1080)
    form.kind.value = "polynomial"
    assert form.schedule() == make_schedule("polynomial", {}, 1080)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("final_sparsity", "87,5%"),
        ("final_sparsity", "100%"),
        ("begin_step", "0.2"),
        ("begin_step", "120%"),
        ("frequency", "1%"),
        ("frequency", ""),
        ("power", "two"),
    ],
)
def test_the_form_refuses_a_text_by_the_line_of_everywhere(name, text):
    form = _form(1080)
    control = form.parameters[name]
    control.field.value = text
    with pytest.raises(UsageError) as told:
        make_schedule("polynomial", {name: text}, 1080)
    assert control.error == str(told.value)


def test_a_link_to_what_nobody_changed_still_fits_runs_of_other_lengths():
    form = _form(5760)
    form.draft = form.draft.with_schedule(make_schedule("polynomial", {"begin_step": "10%"}, 5760))
    _lengthen(form, 72)
    assert form.schedule() == make_schedule("polynomial", {"begin_step": "10%"}, 72)
