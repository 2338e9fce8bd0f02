"""A lab that somebody else made: all that stands in it is text on the page."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import served
from playwright.sync_api import Page, expect

from prunelab import ConstantSparsity, RunConfig
from prunelab.cli import main
from prunelab.lab import Lab, RunWriter

EVIL = '<img src=x onerror="window.ran=1"><a href="https://evil.example/">here</a>'


def crafted(folder: Path) -> None:
    """Two finished runs of one group, in which every text is markup."""
    lab = Lab(folder)
    for seed in (0, 1):
        journal = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0), seed=seed)))
        journal.begin()
        journal.end("finished", sparsity=0.5, test_accuracy=0.9 + seed / 100, error=EVIL)
    schedule = json.dumps({"class_name": EVIL, "config": {EVIL: EVIL}})
    with lab.writing() as connection:
        connection.execute(
            "UPDATE runs SET name = ?, dataset = ?, model = ?, schedule = ?, details = ?, "
            "bytes = ?, choices = ?, seed = seed",
            (EVIL, EVIL, EVIL, schedule, json.dumps({EVIL: EVIL}), json.dumps({EVIL: 1}), EVIL),
        )
        connection.execute("UPDATE runs SET state = ?, seed = ? WHERE id = 2", (EVIL, EVIL))
    lab.close()


def test_no_script_of_a_lab_runs_and_no_link_of_it_is_made(page: Page, tmp_path: Path) -> None:
    crafted(tmp_path / "lab")
    report = tmp_path / "report.html"
    assert main(["compare", "--lab", str(tmp_path / "lab"), "--html", str(report)]) == 0
    with served(tmp_path / "lab", tmp_path) as server:
        for address in (server.url, report.as_uri()):
            page.goto(address)
            expect(page.get_by_text("onerror").first).to_be_attached(timeout=60_000)
            page.wait_for_timeout(1000)
            assert page.evaluate("window.ran") is None
            assert page.locator('a[href*="evil"], img[src="x"]').count() == 0
