"""The page's fields for a file of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prunelab import UsageError
from prunelab.ui import Dashboard
from prunelab.ui.runs.form import RunForm


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "data.csv"
    path.write_text("u,kind\n" + "".join(f"{n},{n % 2}\n" for n in range(60)))
    return str(path)


def shown(form: RunForm) -> set[str]:
    fields = ("file", "target", "scale")
    return {name for name in fields if getattr(form, name).layout.display != "none"}


def test_target_and_scale_are_asked_for_where_they_mean_something(
    table: str, tmp_path: Path
) -> None:
    form = RunForm()
    assert shown(form) == set()
    form.dataset.value = "a file of your own"
    assert shown(form) == {"file", "scale"}
    form.file.value = table
    assert shown(form) == {"file", "scale", "target"}
    form.file.value = str(tmp_path / "data.npz")
    assert shown(form) == {"file", "scale"}


def test_they_are_part_of_the_run(table: str) -> None:
    form = RunForm()
    form.dataset.value, form.file.value = "a file of your own", table
    with pytest.raises(UsageError, match="add --target COLUMN, one of u, kind"):
        form.config()
    form.target.value, form.scale.value = "kind", "standard"
    config = form.config()
    assert (config.target, config.scale) == ("kind", "standard")
    form.dataset.value = "digits"
    assert (form.config().target, form.config().scale) == ("", "auto")


def test_the_page_says_what_was_decided_of_a_file(tmp_path: Path) -> None:
    from prunelab import Lab

    x, y = np.random.default_rng(0).random((60, 3)), np.arange(60) % 2 + 1
    np.savez(tmp_path / "data.npz", x=x, y=y)
    lab = Lab(tmp_path / "lab")
    form = Dashboard(lab).run_form
    form.dataset.value, form.file.value = "a file of your own", str(tmp_path / "data.npz")
    assert "labels 1, 2 were mapped to classes 0 to 1" in form.notes.value
    form.dataset.value = "digits"
    assert not form.notes.value
    lab.close()
