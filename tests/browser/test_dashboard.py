"""The walk of a user through the dashboard, in a real browser against the real server."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from prunelab.data import load
from prunelab.lab import Lab

SECONDS = 1000
START = 60 * SECONDS


@pytest.fixture
def opened(page: Page, dashboard) -> Page:
    page.goto(dashboard.url)
    expect(chart(page, "Scheduled").locator(".main-svg").first).to_be_visible(timeout=START)
    return page


def chart(page: Page, label: str) -> Locator:
    return page.locator(f'[role=img][aria-label^="{label}"]')


def points(page: Page, label: str) -> list[int]:
    """How many points each trace of a chart has."""
    return chart(page, label).evaluate("plot => plot.data.map(trace => trace.x.length)")


def wait_for_points(page: Page, label: str, trace: int, more_than: int) -> int:
    page.wait_for_function(
        """([label, trace, count]) => {
            const plot = document.querySelector(`[role=img][aria-label^="${label}"]`);
            return plot?.data?.[trace]?.x.length > count;
        }""",
        arg=[label, trace, more_than],
        timeout=START,
    )
    return points(page, label)[trace]


def field(page: Page, label: str) -> Locator:
    name = page.locator(".widget-label").get_by_text(label, exact=True)
    return page.locator(".prunelab .widget-inline-hbox", has=name).first


def fill(page: Page, label: str, value: object) -> None:
    box = field(page, label).locator("input").first
    box.fill(str(value))
    box.press("Tab")


def newest(dashboard):
    return Lab(dashboard.lab).runs()[0]


def row(page: Page, number: int) -> Locator:
    """The row of a run: its number is the whole second cell."""
    cell = page.locator("td:nth-child(2)", has_text=re.compile(rf"^{number}$"))
    return page.locator(".prunelab table.dataTable tbody tr", has=cell)


def train(page: Page, dashboard) -> int:
    known = len(Lab(dashboard.lab).runs())
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text(f"Run {known + 1}: step")).to_be_visible(timeout=START)
    return known + 1


def test_an_empty_lab_says_what_to_do_first(opened):
    expect(opened.get_by_text("No runs yet: choose a schedule and press Train.")).to_be_visible()
    expect(opened.get_by_role("button", name="Stop")).to_be_disabled()


def test_the_curve_follows_while_a_slider_is_dragged(opened):
    plot = chart(opened, "Scheduled")
    reached = "plot => plot.data[1].y.at(-1)"
    before = plot.evaluate(reached)
    handle = field(opened, "final sparsity").locator(".noUi-handle")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x - 30, y, steps=5)
    # Still held: the curve does not wait for the button to be let go.
    expect(opened.get_by_text(f"reaches {before:.2%} sparsity")).to_have_count(0)
    during = plot.evaluate(reached)
    opened.mouse.move(x - 60, y, steps=5)
    opened.mouse.up()
    expect(opened.get_by_text(f"reaches {during:.2%} sparsity")).to_have_count(0)
    after = plot.evaluate(reached)
    assert after < during < before


def test_a_choice_without_a_curve_is_told_and_the_last_curve_stays(opened):
    before = chart(opened, "Scheduled").evaluate("plot => plot.data[1].y.at(-1)")
    fill(opened, "epochs", 0)
    expect(opened.get_by_text("epochs=0 must be at least 1")).to_be_visible()
    assert chart(opened, "Scheduled").evaluate("plot => plot.data[1].y.at(-1)") == before
    fill(opened, "epochs", 30)
    expect(opened.get_by_text("epochs=0 must be at least 1")).to_have_count(0)


def test_a_file_that_is_none_is_told_in_a_line_and_enters_no_run(opened, dashboard, tmp_path):
    runs = len(Lab(dashboard.lab).runs())
    field(opened, "data").locator("select").select_option("a file of your own")
    fill(opened, "file", tmp_path / "missing.npz")
    opened.get_by_role("button", name="Train").click()
    expect(opened.get_by_text("missing.npz does not exist").first).to_be_visible()
    assert len(Lab(dashboard.lab).runs()) == runs


def test_training_streams_into_every_chart_and_ends_in_table_and_frontier(opened, dashboard):
    fill(opened, "epochs", 100)
    number = train(opened, dashboard)
    some = wait_for_points(opened, "loss", 0, 0)
    assert newest(dashboard).active, "points came only after the run had ended"
    wait_for_points(opened, "loss", 0, some)
    for label in ("loss", "accuracy", "sparsity"):
        wait_for_points(opened, label, 0, some)
        wait_for_points(opened, label, 1, 0)
    expect(opened.get_by_text(f"Run {number} finished")).to_be_visible(timeout=START)
    expect(row(opened, number)).to_contain_text("finished")
    expect(row(opened, number)).to_contain_text("87.50%")
    wait_for_points(opened, "Test accuracy over sparsity", 0, 0)
    run = newest(dashboard)
    assert points(opened, "loss")[0] == run.steps == 3600
    drawn = chart(opened, "Test accuracy").evaluate(
        "plot => [plot.data[0].x[0], plot.data[0].y[0]]"
    )
    assert drawn == pytest.approx([run.sparsity, run.test_accuracy], abs=1e-6)


def test_stop_ends_the_run_at_its_next_batch(opened, dashboard):
    fill(opened, "epochs", 2000)
    number = train(opened, dashboard)
    opened.get_by_role("button", name="Stop").click()
    expect(opened.get_by_text(f"Run {number} stopped after step")).to_be_visible(timeout=START)
    run = newest(dashboard)
    assert (run.id, run.state) == (number, "stopped")
    steps = Lab(dashboard.lab).metrics(number)["step"]
    assert steps.tolist() == list(range(1, run.steps_done + 1))
    assert run.steps_done < run.steps
    expect(row(opened, number)).to_contain_text("stopped")


def test_a_reload_finds_the_same_run_still_going(opened, dashboard):
    fill(opened, "epochs", 2000)
    number = train(opened, dashboard)
    seen = newest(dashboard).steps_done
    opened.reload()
    expect(opened.get_by_text(f"Run {number}: step")).to_be_visible(timeout=START)
    newest_trace = 2 * (min(number, 3) - 1)
    drawn = wait_for_points(opened, "loss", newest_trace, seen)
    wait_for_points(opened, "loss", newest_trace, drawn)
    assert newest(dashboard).state == "running"
    opened.get_by_role("button", name="Stop").click()
    expect(opened.get_by_text(f"Run {number} stopped")).to_be_visible(timeout=START)


def test_a_closed_tab_takes_its_kernel_with_it_and_leaves_its_training(opened, dashboard):
    fill(opened, "epochs", 2000)
    number = train(opened, dashboard)
    kernel = opened.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    assert kernel_process(dashboard, kernel)
    opened.close(run_before_unload=True)
    end = time.monotonic() + 20
    while kernel_process(dashboard, kernel):
        assert time.monotonic() < end, "the kernel of a closed tab is still there"
        time.sleep(0.2)
    lab = Lab(dashboard.lab)
    seen = lab.run(number).steps_done
    end = time.monotonic() + 20
    while lab.run(number).steps_done <= seen:
        assert time.monotonic() < end, "training did not go on"
        time.sleep(0.2)
    lab.stop(number)


def kernel_process(dashboard, kernel: str) -> list[int]:
    found = []
    for child in psutil.Process(dashboard.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if kernel in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def test_a_run_of_the_command_line_shows_up_while_it_trains(opened, dashboard, tmp_path):
    data = load("digits", 0.0)
    file = tmp_path / "mine.npz"
    np.savez(
        file,
        x_train=(data.train.x * 255).astype(np.uint8),
        y_train=data.train.y,
        x_test=(data.test.x * 255).astype(np.uint8),
        y_test=data.test.y,
    )
    command = [
        sys.executable, "-m", "prunelab", "train", "--lab", str(dashboard.lab), "--dataset",
        str(file), "--model", "cnn", "--schedule", "polynomial", "--final-sparsity", "0.875",
        "--begin-step", "20%", "--epochs", "40", "--batch-size", "50", "--frequency", "10",
        "--json",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    number = len(Lab(dashboard.lab).runs()) + 1
    expect(row(opened, number)).to_contain_text("running", timeout=START)
    assert process.poll() is None
    expect(opened.get_by_text(f"Run {number} finished")).to_be_visible(timeout=2 * START)
    out, _ = process.communicate(timeout=60)
    run = json.loads(out)
    assert process.returncode == 0
    assert (run["id"], run["state"], run["model"]) == (number, "finished", "cnn")
    assert run["sparsity"] == pytest.approx(0.875, abs=1e-3)
