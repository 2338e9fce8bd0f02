"""Data, model and seed in the page's address, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prunelab import Lab, UsageError
from prunelab.explorer.link_length import LONGEST_LINK
from prunelab.explorer.run_url import RUN_NAMES, read_run, with_run
from prunelab.explorer.scene import Scene
from prunelab.lab import RunConfig
from prunelab.schedules.catalog import KINDS
from prunelab.ui import Dashboard, ScheduleExplorer

FILE = "a file of your own"


@pytest.fixture
def dashboard(tmp_path: Path) -> Dashboard:
    return Dashboard(Lab(tmp_path / "lab"))


def test_no_parameter_of_a_schedule_is_called_like_one_of_the_run() -> None:
    fields = [field.name for kind in KINDS.values() for field in kind.fields]
    words = {word for name in fields for word in (name, name.partition("_")[0])}
    assert not words & {*RUN_NAMES, "data"}


def test_a_reload_keeps_all_that_was_chosen(dashboard: Dashboard, tmp_path: Path) -> None:
    table = tmp_path / "a & b=c.csv"
    table.write_text("u,kind\n" + "".join(f"{n},{n % 2}\n" for n in range(60)))
    form = dashboard.run_form
    form.dataset.value, form.file.value, form.target.value = FILE, str(table), "kind"
    form.scale.value, form.model.value = "minmax", "lenet-300-100"
    form.epochs.value, form.batch_size.value, form.seed.value = 7, 8, 4
    dashboard.board.form.kind.value = "cosine"
    link = dashboard.board.takeaway.link.text
    again = Dashboard(dashboard.lab)
    again.board.open_link(f"?token=x&{link}")
    assert again.config() == dashboard.config()
    assert (again.config().seed, again.config().target) == (4, "kind")
    assert again.board.takeaway.link.text == link


def test_the_link_of_an_untouched_page_names_data_model_and_seed(dashboard: Dashboard) -> None:
    run = read_run(dashboard.board.takeaway.link.text)
    assert (run["dataset"], run["model"], run["seed"]) == ("digits", "mlp", "0")


def test_links_without_a_run_and_of_the_run_alone_are_read(dashboard: Dashboard) -> None:
    before = dashboard.run_form.draft.to_link()
    dashboard.board.open_link("?schedule=constant&target=0.6")
    assert dashboard.run_form.draft.to_link() == before
    assert dashboard.config().schedule.target_sparsity == 0.6
    dashboard.board.open_link("?data=digits&model=cnn&seed=9&epochs=3&batch_size=50")
    chosen = dashboard.config()
    assert (chosen.model, chosen.seed, chosen.epochs, chosen.batch_size) == ("cnn", 9, 3, 50)
    assert chosen.schedule.target_sparsity == 0.6
    # The explorer has no run of this kind and takes the schedule alone.
    explorer = ScheduleExplorer()
    explorer.board.open_link(f"?{dashboard.board.takeaway.link.text}")
    assert explorer.schedule.target_sparsity == 0.6
    assert Scene.from_query(dashboard.board.takeaway.link.text) is not None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("model=/no/such.keras", "such.keras does not exist"),
        ("dataset=/dev/zero", "/dev/zero"),
        ("dataset=~nosuchuser/x.npz", "nosuchuser/x.npz"),
        ("dataset=%3Cscript%3Ex.npz", "does not exist"),
        ("dataset=", "no file is named"),
        ("dataset=digits&dataset=mnist", "dataset is given twice"),
        ("seed=1.5", "as it says beside it"),
        ("seed=-1&dataset=digits", "as it says beside it"),
        ("dataset=" + "x" * LONGEST_LINK, "shorten it"),
    ],
)
def test_what_a_link_gets_wrong_is_told_in_a_line(
    dashboard: Dashboard, query: str, told: str
) -> None:
    dashboard.board.open_link(f"?{query}&schedule=constant&target=0.6")
    assert told in dashboard.board.view.error.value
    assert "<script" not in dashboard.board.view.error.value
    assert not dashboard.board.findings.says_fine


def test_a_bad_run_of_a_link_is_not_started(dashboard: Dashboard) -> None:
    dashboard.board.open_link("?dataset=/no/such.npz&seed=1")
    dashboard.starter.button.click()
    assert "such.npz does not exist" in dashboard.message.value
    assert dashboard.lab.runs() == []


def test_a_path_is_written_as_it_was_typed_and_only_where_it_is_good(
    dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    x = np.random.default_rng(0).random((60, 3))
    np.savez(tmp_path / "data.npz", x=x, y=np.arange(60) % 2)
    form = dashboard.run_form
    form.dataset.value, form.file.value = FILE, "~/data.npz"
    assert read_run(dashboard.board.takeaway.link.text)["dataset"] == "~/data.npz"
    form.file.value = "~/none.npz"
    assert read_run(dashboard.board.takeaway.link.text)["dataset"] == "~/data.npz"


def test_a_link_that_grows_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="more than 4,000"):
        with_run("schedule=none", {"dataset": "/" + "x" * LONGEST_LINK})
    assert RunConfig(None).dataset in with_run("", {"dataset": "digits"})
