"""The schedule explorer in JupyterLab, where nothing but the kernel can bring plotly.js."""

from __future__ import annotations

from playwright.sync_api import expect

START = 60_000


def test_the_notebook_shows_the_explorer_and_its_curve_follows(page, jupyterlab):
    page.goto(f"{jupyterlab.url}lab/tree/explore.ipynb")
    expect(page.locator(".jp-NotebookPanel-toolbar")).to_be_visible(timeout=START)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=START)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    plot = page.locator('[role=img][aria-label^="Scheduled"]')
    expect(plot.locator(".main-svg").first).to_be_visible(timeout=START)
    before = plot.evaluate("plot => plot.data[1].y.at(-1)")
    handle = page.locator(".widget-inline-hbox", has_text="final sparsity").locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowLeft")
    expect(page.get_by_text("reaches 87.00% sparsity")).to_be_visible()
    assert plot.evaluate("plot => plot.data[1].y.at(-1)") < before
