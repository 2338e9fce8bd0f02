"""How soon a drag shows: from the key press on a slider to the painted curve, in a real Chromium.

`python benchmarks/browser.py [--quick]` serves two pages in turn, each by the same server as the
dashboard, and presses an arrow key on a slider of each: the explorer with three schedules on a run
of a million steps, and, as the peer, a plain plotly `FigureWidget` with one curve of 10,000 points.
Chromium is found as in the tests. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Page, sync_playwright

_SERVE = """
import sys
from pathlib import Path
from prunelab.server import listen, serve
page = Path(sys.argv[1])
serve(page, listen("127.0.0.1", 0), open_browser=False, kernel_env={}, models=page.parent)
"""

_OURS = "from prunelab import ScheduleExplorer\nScheduleExplorer()"

_PEER = """
import ipywidgets
import numpy as np
import plotly.graph_objects as go

steps = np.arange(10_000)

def curve(final):
    return final * (1 - (1 - steps / steps[-1]) ** 3)

figure = go.FigureWidget(go.Scatter(x=steps, y=curve(0.875)))
slider = ipywidgets.FloatSlider(value=0.875, min=0, max=0.995, step=0.005, description="final")

def follow(change):
    figure.data[0].y = curve(change["new"])

slider.observe(follow, "value")
ipywidgets.VBox([slider, figure])
"""

# Three of a million steps each; the third is the one that is dragged.
_THREE = "&".join(
    [
        "?schedule=cosine&name=cosine&begin_step=20%&end_step=80%",
        "schedule=one-cycle&name=one-cycle&begin_step=20%&end_step=80%",
        "schedule=polynomial&name=cubic&final=0.875&begin_step=20%&end_step=80%&edited=2",
        "samples=1000000&batch_size=1&epochs=1",
    ]
)

# Milliseconds from a key press to the frame after the last line was drawn anew.
_WATCH = """
() => {
  window.latencies = [];
  let pressed, painted;
  document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
  const plot = [...document.querySelectorAll(".js-plotly-plot")][0];
  new MutationObserver(() => {
    if (pressed === undefined || painted) return;
    painted = true;
    requestAnimationFrame(() => setTimeout(() => {
      window.latencies.push(performance.now() - pressed);
      pressed = painted = undefined;
    }));
  }).observe(plot, { subtree: true, attributes: true, attributeFilter: ["d"], childList: true });
}
"""


@contextmanager
def page_of(source: str, query: str, browser_page: Page) -> Iterator[Page]:
    """A page with what a cell of a notebook shows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.ipynb"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(notebook, file)
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            browser_page.goto(process.stdout.readline().split()[-1] + query)
            browser_page.wait_for_selector(".js-plotly-plot .scatterlayer .js-line", timeout=60_000)
            browser_page.wait_for_timeout(2_000)
            yield browser_page
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def drag(page: Page, label: str, presses: int) -> list[float]:
    """Presses an arrow key so many times on the slider of a row, and times each."""
    row = page.locator(".widget-inline-hbox", has_text=label)
    handle = row.locator(".noUi-handle").first
    handle.focus()
    page.evaluate(_WATCH)
    for press in range(presses):
        handle.press("ArrowLeft" if press % 60 < 30 else "ArrowRight")
        page.wait_for_function(f"window.latencies.length >= {press + 1}", timeout=10_000)
        page.wait_for_timeout(120)
    # The first few bring caches and compilers up.
    return list(page.evaluate("window.latencies"))[5:]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few presses, to see that it works")
    quick = parser.parse_args().quick
    rounds, presses = (1, 20) if quick else (3, 65)
    cases = {
        "FigureWidget, 1 curve of 10,000 points": (_PEER, "", "final"),
        "explorer, 1 schedule of 5,760 steps": (_OURS, "", "final sparsity"),
        "explorer, 3 schedules of 1,000,000 steps": (_OURS, _THREE, "final sparsity"),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    with sync_playwright() as play:
        found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
        path = os.environ.get("PRUNELAB_CHROMIUM") or next(filter(None, found), None)
        browser = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        for _ in range(rounds):
            for name, (source, query, label) in cases.items():
                page = browser.new_page(viewport={"width": 1440, "height": 1000})
                with page_of(source, query, page):
                    times[name] += drag(page, label, presses)
                page.close()
        browser.close()
    memory = psutil.virtual_memory().total / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GB of memory. Milliseconds, key to paint.\n")
    print("| page | median | p90 | p95 |\n| --- | --- | --- | --- |")
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=20)
        print(f"| {name} | {statistics.median(values):.0f} | {cuts[17]:.0f} | {cuts[18]:.0f} |")


if __name__ == "__main__":
    main()
