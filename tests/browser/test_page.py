"""The dashboard's page on small screens, by keyboard, and after a reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Server, served
from playwright.sync_api import Page, expect
from test_dashboard import START, chart, field, fill, row

from prunelab.lab import Lab, RunConfig, RunWriter, StepRow
from prunelab.schedules import ConstantSparsity


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard on three finished runs that differ in their learning rate alone."""
    lab = Lab(tmp_path_factory.mktemp("three"))
    for rate in (0.1, 0.01, 0.001):
        config = RunConfig(ConstantSparsity(0.5, 0), learning_rate=rate)
        journal = RunWriter(lab, lab.add(config))
        journal.begin()
        journal.write([StepRow(n, 1, 1 / n, 0.5, 0.0, 0.0, 0.1 * n) for n in range(1, 11)], [])
        journal.end("finished", sparsity=0.5, test_accuracy=0.9, sizes={"keras_gzip": 1000})
        lab.model_path(journal.run).parent.mkdir(exist_ok=True)
        lab.model_path(journal.run).write_bytes(b"model %d" % journal.run)
    with served(lab.folder, tmp_path_factory.mktemp("log")) as server:
        yield server
    lab.close()


def show(page: Page, address: str, width: int = 1366, height: int = 650) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    expect(chart(page, "Scheduled").locator(".main-svg").first).to_be_visible(timeout=START)
    expect(row(page, 3)).to_be_attached(timeout=START)


def test_train_is_in_reach_and_nothing_covers_anything(page: Page, three: Server) -> None:
    show(page, three.url)
    train = page.get_by_role("button", name="Train")
    expect(train).to_be_in_viewport(ratio=1)
    page.mouse.move(1000, 400)
    page.mouse.wheel(0, 1500)
    expect(chart(page, "Scheduled")).not_to_be_in_viewport()
    expect(train).to_be_in_viewport(ratio=1)
    for width in (760, 400):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        sticky = """[...document.querySelectorAll('.prunelab, .prunelab *')].filter(
            (one) => ['sticky', 'fixed'].includes(getComputedStyle(one).position)
        ).map((one) => one.className)"""
        assert page.evaluate(sticky) == []


def test_a_reload_keeps_the_run_and_a_field_what_was_typed(page: Page, three: Server) -> None:
    show(page, three.url)
    field(page, "model").locator("select").select_option("cnn")
    fill(page, "seed", 3)
    fill(page, "epochs", "1.5")
    expect(page.get_by_text("epochs='1.5' is not a whole number")).to_be_visible()
    expect(page.get_by_text("Nothing to mend")).to_have_count(0)
    fill(page, "epochs", 12)
    expect(page.get_by_text("Nothing to mend")).to_be_visible()
    page.wait_for_url("**epochs=12**seed=3**")
    page.reload()
    expect(field(page, "seed").locator("input")).to_have_value("3", timeout=START)
    expect(field(page, "model").locator("select")).to_have_value("cnn")
    expect(field(page, "epochs").locator("input")).to_have_value("12")


def test_rows_are_chosen_by_keyboard_and_their_model_taken(page: Page, three: Server) -> None:
    show(page, three.url)
    # What differs has a column.
    heads = page.locator(".prunelab .dt-scroll-head thead th").all_inner_texts()
    place = heads.index("learning rate") + 1
    cells = page.locator(f".prunelab table.dataTable tbody td:nth-child({place})")
    expect(cells).to_have_text(["0.001", "0.01", "0.1"])
    page.get_by_label("search").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('table.dataTable tbody tr')"):
            break
    expect(row(page, 3)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(row(page, 2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Space")
    expect(row(page, 1)).to_have_attribute("aria-selected", "false")
    expect(row(page, 1)).to_be_focused()
    outline = row(page, 1).evaluate("(row) => getComputedStyle(row).outlineStyle")
    assert outline == "solid"
    with page.expect_download() as taken:
        page.get_by_role("link", name="download run-2.keras").click()
    assert taken.value.suggested_filename == "run-2.keras"
    assert taken.value.path().read_bytes() == b"model 2"
