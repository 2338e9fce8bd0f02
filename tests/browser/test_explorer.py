"""The explorer where people meet it: in JupyterLab, and on the dashboard's page by Voila."""

from __future__ import annotations

import re
from urllib.parse import unquote

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

START = 60_000


def _run_notebook(page: Page) -> None:
    expect(page.locator(".jp-NotebookPanel-toolbar")).to_be_visible(timeout=START)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=START)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


class Host:
    """One of the two places; opens an explorer there."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url

    def open(self, page: Page, query: str = "") -> None:
        page.goto(self.url + query)
        if self.name == "JupyterLab":
            _run_notebook(page)
        expect(_plot(page).locator(".main-svg").first).to_be_visible(timeout=START)


@pytest.fixture(params=["JupyterLab", "Voila"])
def host(request) -> Host:
    if request.param == "Voila":
        return Host("Voila", request.getfixturevalue("dashboard").url)
    server = request.getfixturevalue("jupyterlab")
    return Host("JupyterLab", f"{server.url}lab/tree/explore.ipynb")


def _plot(page: Page) -> Locator:
    return page.locator('[role=img][aria-label^="Scheduled"]')


def _trace(page: Page, name: str) -> list[float]:
    return _plot(page).evaluate(
        "(plot, name) => [...plot.data.find((trace) => trace.name === name).y]", name
    )


def _exact(page: Page, name: str) -> Locator:
    return page.get_by_label(f"{name}, exact value")


def _type(page: Page, name: str, text: str) -> None:
    _exact(page, name).fill(text)
    _exact(page, name).press("Enter")


def test_a_walk_by_keyboard(page: Page, host: Host) -> None:
    host.open(page)
    before = _trace(page, "masks")[-1]
    handle = page.locator(".widget-inline-hbox", has_text="final sparsity").locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowLeft")
    expect(page.get_by_text("reaches 87.00% sparsity")).to_be_visible()
    page.wait_for_function(
        "([plot, before]) => plot.data.find((t) => t.name === 'masks').y.at(-1) < before",
        arg=[_plot(page).element_handle(), before],
    )

    # What is wrong is told beside the field, and the last good curve stays.
    _type(page, "final sparsity", "1.5")
    expect(page.get_by_text("final_sparsity=1.5 must be in range")).to_be_visible()
    assert _trace(page, "masks")[-1] == pytest.approx(0.87)
    _type(page, "final sparsity", "90%")
    expect(page.get_by_text("reaches 90.00% sparsity")).to_be_visible()

    # A share of the run is a step, and stays a share.
    _type(page, "begin step", "30%")
    expect(_exact(page, "begin step")).to_have_value("30%")
    expect(page.get_by_text(re.compile("first at step (1,728|324),"))).to_be_visible()

    # One key press mends what the linter finds.
    _type(page, "frequency", "50000")
    finding = page.locator(".prunelab-findings")
    expect(finding.get_by_text("error:")).to_be_visible()
    finding.get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    expect(finding.get_by_text("error:")).not_to_be_visible()
    assert _trace(page, "masks")[-1] > 0.85

    # Another one beside it, which keeps the first.
    kept = _trace(page, "masks")
    page.get_by_role("button", name="compare another").focus()
    page.keyboard.press("Enter")
    expect(
        page.locator(".prunelab-controls").get_by_role("button", name="schedule 1")
    ).to_have_count(2)
    page.get_by_label("schedule", exact=True).select_option("cosine")
    page.wait_for_function("plot => plot.data.length >= 5", arg=_plot(page).element_handle())
    assert _trace(page, "schedule 1: masks")[-1] == kept[-1]

    # The code is there to be taken.
    expect(page.locator(".prunelab-takeaway pre")).to_contain_text("CosineSchedule(")


def test_points_are_dragged_in_the_chart(page: Page, host: Host) -> None:
    host.open(page)
    page.get_by_label("schedule", exact=True).select_option("points")
    text = page.get_by_label("points", exact=True)
    expect(text).to_have_value("0:0, 0.5:0.6, 1:0.875")
    plot = _plot(page)
    page.wait_for_function(
        "plot => plot.data.some((t) => t.name === 'points to drag')", arg=plot.element_handle()
    )
    plot.scroll_into_view_if_needed()
    at = plot.evaluate(
        """(plot) => {
            const box = plot.getBoundingClientRect();
            const { xaxis, yaxis } = plot._fullLayout;
            const points = plot.data.find((t) => t.name === "points to drag");
            return [box.left + xaxis._offset + xaxis.d2p(points.x[1]),
                    box.top + yaxis._offset + yaxis.d2p(points.y[1]),
                    yaxis._length / 1.05];
        }"""
    )
    across = plot.evaluate("plot => plot.layout.xaxis.range.join()")
    page.mouse.move(at[0], at[1])
    page.mouse.down()
    page.mouse.move(at[0], at[1] + 0.1 * at[2], steps=5)
    page.mouse.move(at[0], at[1] + 0.2 * at[2], steps=5)
    page.mouse.up()
    expect(text).to_have_value(re.compile(r"0:0, 0\.(49|5)\d*:0\.(39|4)\d*, 1:0\.875"))
    assert plot.evaluate("plot => plot.layout.xaxis.range.join()") == across


def test_a_link_opens_the_very_same_view(page: Page, host: Host) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    host.open(page)
    page.get_by_label("schedule", exact=True).select_option("cosine")
    _type(page, "final sparsity", "0.6")
    page.get_by_role("button", name="compare another").click()
    page.get_by_label("schedule", exact=True).select_option("exponential density")
    summary = page.locator(".prunelab-outcome [role=status]")
    expect(summary).to_contain_text("reaches 60.00% sparsity")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="copy link").click()
    expect(page.get_by_role("button", name="copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "schedule=exponential" in unquote(link)
    if host.name == "Voila":
        # The page's own address keeps it, so that a reload does.
        assert page.url == link
    other = page.context.new_page()
    other.goto(link)
    if host.name == "JupyterLab":
        _run_notebook(other)
    expect(_plot(other).locator(".main-svg").first).to_be_visible(timeout=START)
    expect(other.locator(".prunelab-outcome [role=status]")).to_contain_text("reaches 60.00%")
    expect(other.get_by_label("schedule", exact=True)).to_have_value("exponential density")
    assert _plot(other).evaluate("plot => plot.data.map((trace) => trace.name)") == _plot(
        page
    ).evaluate("plot => plot.data.map((trace) => trace.name)")


def test_a_narrow_page_scrolls_in_one_direction_only(page: Page, dashboard) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    Host("Voila", dashboard.url).open(page, "?schedule=constant&target=0.95&begin_step=0")
    expect(page.locator(".prunelab-findings").get_by_role("button").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    for button in page.locator(".prunelab-mends button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 400


def test_views_of_a_lab_fill_a_cell_of_jupyterlab(page: Page, jupyterlab) -> None:
    lab = str(jupyterlab.lab / "lab")
    cells = [
        f"from prunelab import FrontierView, Lab, TrainingMonitor\nFrontierView(Lab({lab!r}))",
        f"TrainingMonitor(Lab({lab!r}))",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(notebook, jupyterlab.lab / "views.ipynb")
    page.goto(f"{jupyterlab.url}lab/tree/views.ipynb?reset")
    _run_notebook(page)
    for label in ("Test accuracy over sparsity", "loss over steps", "sparsity over steps"):
        plot = page.locator(f'[role=img][aria-label^="{label}"]')
        expect(plot.locator(".main-svg").first).to_be_visible(timeout=START)
        page.wait_for_timeout(500)
        box = plot.bounding_box()
        assert box is not None
        assert box["width"] > (600 if label.startswith("Test") else 240)
