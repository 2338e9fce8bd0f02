"""The explorer as a whole, without a browser: what is chosen, mended, linked, saved and taken."""

from __future__ import annotations

import ipywidgets
import plotly.graph_objects as go
import pytest

from prunelab.explorer.run_url import RUN_NAMES
from prunelab.explorer.scene import Scene
from prunelab.plan import Plan
from prunelab.plots.schedule import Drawn, schedule_tree
from prunelab.schedules import ConstantSparsity, PointsSchedule, PolynomialDecay, PruningSchedule
from prunelab.ui import ScheduleExplorer
from prunelab.ui.common.page_link import PageLink
from prunelab.ui.schedule.dragged_points import moved


class Own(PruningSchedule):
    def __call__(self, step):
        return step % 50 == 0, 0.8

    def get_config(self):
        return {"class_name": "Own", "config": {}}


@pytest.fixture(autouse=True)
def presets_of_a_test(tmp_path, monkeypatch):
    monkeypatch.setenv("PRUNELAB_PRESETS", str(tmp_path / "presets.json"))


@pytest.fixture
def explorer():
    return ScheduleExplorer(samples=1000, batch_size=10, epochs=10)


def _told(explorer):
    return [line.text.value for line in explorer.board.findings.lines]


def test_a_schedule_is_kept_while_a_copy_of_it_is_edited(explorer):
    first = explorer.schedule
    board = explorer.board
    board.schedules.add.click()
    board.form.parameters["final_sparsity"].field.value = "0.5"
    assert [named.schedule for named in explorer.scene.schedules] == [first, explorer.schedule]
    assert explorer.schedule.final_sparsity == 0.5
    board.schedules.edited.value = 0
    assert explorer.schedule == first
    assert board.form.parameters["final_sparsity"].field.value == "0.875"
    board.schedules.remove.click()
    assert [named.schedule.final_sparsity for named in explorer.scene.schedules] == [0.5]
    assert board.schedules.remove.disabled


def test_names_are_told_apart_and_a_bad_one_is_told(explorer):
    board = explorer.board
    board.schedules.name.value = "cubic"
    board.schedules.add.click()
    board.schedules.name.value = "cubic"
    names = [named.name for named in explorer.scene.schedules]
    assert len(set(names)) == 2
    board.schedules.name.value = " "
    assert "printable characters" in board.view.error.value
    assert [named.name for named in explorer.scene.schedules] == names


def test_one_click_mends_what_the_linter_finds(explorer):
    board = explorer.board
    board.form.parameters["frequency"].field.value = "5000"
    line = board.findings.lines[0]
    assert "nothing will be pruned" in line.text.value
    line.buttons[0].click()
    assert explorer.plan.reached > 0.8
    assert not any("nothing will be pruned" in text for text in _told(explorer))
    # The form shows what the click chose.
    shown = board.form.parameters["frequency"].field.value
    assert shown == str(explorer.schedule.frequency)


def test_a_mend_of_the_run_changes_its_epochs(explorer):
    board = explorer.board
    board.form.parameters["end_step"].field.value = "5000"
    board.form.parameters["begin_step"].field.value = "4000"
    mends = board.findings.buttons
    longer = next(button for button in mends if "epochs" in button.description)
    longer.click()
    assert explorer.sizes.fields["epochs"].value > 10
    assert explorer.plan.reached > 0


@pytest.mark.parametrize("kind", ["points", "formula"])
def test_a_curve_of_ones_own_that_misses_its_end_is_told_and_mended(explorer, kind):
    form = explorer.board.form
    form.kind.value = kind
    if kind == "formula":
        form.parameters["formula"].field.value = "0.875*p"
    # All three, since what is left alone would follow.
    for name, value in {"begin_step": "201", "end_step": "801", "frequency": "70"}.items():
        form.parameters[name].field.value = value
    assert explorer.plan.reached < 0.874
    assert "of the 87.50% asked for" in explorer.plan.summary
    line = explorer.board.findings.lines[0]
    assert "87.50" in line.text.value
    line.buttons[0].click()
    assert explorer.plan.reached == pytest.approx(0.875, abs=5e-4)


def test_a_run_may_be_given_by_its_steps(explorer):
    assert explorer.sizes.steps.value == 1000
    explorer.sizes.steps.value = 2500
    assert (explorer.plan.steps, explorer.plan.epochs) == (2500, 1)
    # The default fits itself to the run as it does to another number of epochs.
    assert explorer.schedule.begin_step == 500
    explorer.sizes.fields["epochs"].value = 2
    assert explorer.sizes.steps.value == explorer.plan.steps == 5000
    explorer.sizes.steps.field.value = "0"
    assert "steps=0 must be at least 1" in explorer.sizes.steps.wrong
    assert "as it says beside it" in explorer.board.view.error.value
    assert explorer.plan.steps == 5000


@pytest.mark.parametrize("typed", ["1.5", "", "ten", "0", "-3", "1e400"])
@pytest.mark.parametrize("name", ["samples", "batch_size", "epochs"])
def test_a_size_that_is_no_whole_number_is_told_beside_its_field(explorer, name, typed):
    before, field = explorer.plan, explorer.sizes.fields[name]
    field.field.value = typed
    assert f"{name}=" in field.wrong
    assert explorer.plan == before
    # Nothing is said to be fine beside an error, also not when the schedule changes meanwhile.
    board = explorer.board
    board.form.parameters["final_sparsity"].field.value = "0.6"
    assert "as it says beside it" in board.view.error.value
    assert not board.findings.says_fine
    field.field.value = "20"
    assert board.view.error.value == field.wrong == ""
    assert getattr(explorer.scene, name) == 20


def test_a_plan_that_is_fine_says_so(explorer):
    assert explorer.board.findings.says_fine


def test_a_link_opens_the_very_same_view(explorer):
    board = explorer.board
    board.schedules.add.click()
    board.form.kind.value = "cosine"
    board.form.parameters["final_sparsity"].field.value = "0.6"
    board.view.axis.value = "epoch"
    other = ScheduleExplorer()
    other.board.open_link(f"?token=x&{board.takeaway.link.text}")
    assert other.scene == explorer.scene
    assert other.sizes.fields["samples"].value == 1000
    assert other.board.form.kind.value == "cosine"
    assert other.board.view.axis.value == "epoch"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?schedule=polynomial&final=2", "final_sparsity"),
        ("?schedule=os.system", "is not known"),
        ("?schedule=formula&formula=__import__('os')", "formula"),
        ("?schedule=polynomial&epochs=0", "epochs=0"),
    ],
)
def test_a_link_of_nonsense_is_told_in_a_line_and_changes_nothing(explorer, query, told):
    before = explorer.scene
    explorer.board.open_link(query)
    assert told in explorer.board.view.error.value
    assert explorer.scene == before


def test_a_page_without_a_schedule_in_its_address_is_left_alone(explorer):
    before = explorer.scene
    explorer.board.open_link("?token=x")
    assert explorer.scene == before
    assert explorer.board.view.error.value == ""


def test_a_schedule_of_ones_own_has_no_link_and_says_why():
    explorer = ScheduleExplorer(Own(), samples=1000, batch_size=10, epochs=10)
    assert explorer.board.takeaway.link.text == ""
    assert "Own" in explorer.board.takeaway.link_error.value
    assert explorer.plan.reached == pytest.approx(0.8)


def test_a_preset_fits_the_run_and_a_saved_one_comes_back(explorer):
    presets = explorer.board.presets
    presets.menu.value = "one shot"
    assert explorer.schedule == ConstantSparsity(0.875, 800, 800, 1)
    explorer.board.schedules.name.value = "late"
    presets.save.click()
    assert ("late (saved)", "late") in presets.menu.options
    other = ScheduleExplorer(samples=1000, batch_size=10, epochs=20)
    other.board.presets.menu.value = "late"
    assert other.schedule.begin_step == 1600
    other.board.presets.delete.click()
    assert "late" not in dict(other.board.presets.menu.options).values()


def test_what_cannot_be_saved_is_told_in_a_line(explorer):
    explorer.board.schedules.name.value = "one shot"
    explorer.board.presets.save.click()
    assert "is a built-in preset" in explorer.board.presets.error.value


def test_code_is_that_of_the_schedule_and_tfmot_says_what_it_has_not(explorer):
    code = explorer.board.takeaway.code
    assert "final_sparsity=0.875" in code.copy.text
    found = {}
    exec(code.copy.text, found)
    assert found["schedule"] == explorer.schedule
    code.form.value = "tfmot"
    assert "tfmot.sparsity.keras.PolynomialDecay" in code.copy.text
    explorer.board.form.kind.value = "cosine"
    assert code.copy.text == ""
    assert "tfmot has no CosineSchedule" in code.shown.value


def test_a_dragged_point_moves_between_its_neighbours_and_into_the_text():
    schedule = PointsSchedule(((0, 0), (0.5, 0.6), (1, 0.875)), 100, 900)
    explorer = ScheduleExplorer(schedule, samples=1000, batch_size=10, epochs=10)
    drag = explorer.board.view.move_point
    drag(1, 340.0, 0.4)
    assert explorer.schedule.points == ((0, 0), (0.3, 0.4), (1, 0.875))
    assert explorer.board.form.parameters["points"].field.value == "0:0, 0.3:0.4, 1:0.875"
    drag(1, 5000.0, 7.0)
    assert explorer.schedule.points[1] == (0.999, 0.995)
    drag(9, 5.0, 0.1)
    assert explorer.schedule.points[1] == (0.999, 0.995)


def test_a_drag_in_epochs_is_one_in_steps():
    schedule = PointsSchedule(((0, 0), (0.5, 0.6), (1, 0.875)), 0, 1000)
    explorer = ScheduleExplorer(schedule, samples=1000, batch_size=10, epochs=10)
    explorer.board.view.axis.value = "epoch"
    explorer.board.view.move_point(1, 2.5, 0.3)
    assert explorer.schedule.points[1] == (0.25, 0.3)


def test_nothing_but_points_is_moved():
    decay = PolynomialDecay(0, 0.5, 0, 100)
    assert moved(decay, 0, 5.0, 0.5) is decay


def _drawn(schedule, number, steps=1_000_000):
    return Drawn(f"s{number}", Plan(schedule, steps, 1000), number)


def test_a_chart_of_long_runs_stays_small_and_shows_what_the_masks_are():
    shown = [
        _drawn(PolynomialDecay(0, 0.9, 0, 900_000, frequency=100), 1),
        _drawn(ConstantSparsity(0.5, 1, frequency=1), 2),
        _drawn(PolynomialDecay(0, 0.8, 1000, 1_000_000, 1, frequency=250_000), 3),
    ]
    # plotly takes it: each attribute is one that it knows.
    figure = go.Figure(schedule_tree(shown, edited=1))
    assert len(figure.data) == 7
    assert all(len(trace.x) < 1200 for trace in figure.data)
    by_name = {trace.name: trace for trace in figure.data}
    for one in shown:
        trace = by_name[f"{one.name}: masks"]
        for step, sparsity in zip(trace.x, trace.y, strict=True):
            assert sparsity == one.plan.masks_at(step[None])[0]
    # Every update of the one with few is a corner.
    assert set(shown[2].plan.update_steps) <= set(by_name["s3: masks"].x)
    difference = by_name["s1: masks"].customdata - (by_name["s1: masks"].y - by_name["s2: masks"].y)
    assert abs(difference).max() == 0


def test_a_scene_of_the_explorer_is_the_one_of_its_link(explorer):
    assert Scene.from_query(explorer.board.takeaway.link.text) == explorer.scene


def test_changes_make_no_widgets_beside_those_that_are_shown(explorer, monkeypatch):
    field = explorer.board.form.parameters["begin_step"].field
    field.value = "100"
    made = []
    monkeypatch.setattr(ipywidgets.Widget, "open", lambda widget: made.append(widget))
    for value in ("200", "300", "400"):
        field.value = value
    assert explorer.schedule.begin_step == 400
    assert made == []


def test_a_page_knows_every_name_that_a_link_is_read_for():
    assert {"schedule", *RUN_NAMES} <= set(PageLink().names)
