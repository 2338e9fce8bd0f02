"""Takes the README's picture: the real dashboard, on a lab with three real runs of digits.

`python docs/picture.py` needs Chromium and the test requirements.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

RUNS = (
    ["--schedule", "none"],
    [
        "--schedule",
        "constant",
        "--target-sparsity",
        "0.875",
        "--begin-step",
        "216",
        "--frequency",
        "24",
    ],
    [
        "--schedule",
        "polynomial",
        "--final-sparsity",
        "0.875",
        "--begin-step",
        "20%",
        "--frequency",
        "24",
    ],
)


def main() -> None:
    """Trains the runs, opens the dashboard and writes `docs/dashboard.png`."""
    prunelab = [sys.executable, "-m", "prunelab"]
    with tempfile.TemporaryDirectory() as lab:
        for run in RUNS:
            command = [*prunelab, "train", "--lab", lab, *run]
            subprocess.run(command, check=True)
        serve = [*prunelab, "dashboard", "--lab", lab, "--port", "0", "--no-browser"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                _take(server.stdout.readline().split()[-1])
            finally:
                server.terminate()


def _take(url: str) -> None:
    chromium = os.environ.get("PRUNELAB_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1470})
        page.goto(url)
        page.locator('[role=img][aria-label^="Test accuracy over sparsity of 3"]').wait_for()
        page.locator('[aria-label^="Test accuracy"] .point').first.wait_for()
        page.wait_for_timeout(1_000)  # What is drawn last has no sign of its own.
        page.screenshot(path=Path(__file__).with_name("dashboard.png"))
        browser.close()


if __name__ == "__main__":
    main()
