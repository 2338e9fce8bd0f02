"""Many runs, chosen runs, waiting runs and two tabs, in a real browser against the real server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from conftest import Server, served
from playwright.sync_api import Page, expect
from test_dashboard import START, chart, fill, points, row, train, wait_for_points

from prunelab.lab import Lab, RunConfig, RunWriter, StepRow
from prunelab.schedules import ConstantSparsity

# Of runs 1 to 12, so that neither is in the order of the runs, nor in that of its text.
SECONDS = [9.5, 44.2, 100.0, 2.0, 11.0, 1234.5, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]
SPARSITIES = [(0.095 + 0.347 * place) % 1 for place in range(12)]
KILOBYTES = [9.5, 44.2, 1234.5, 2.0, 11.0, 100.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard on a lab with twelve finished runs, made without training."""
    lab = Lab(tmp_path_factory.mktemp("twelve"))
    for place in range(12):
        finish(lab, place)
    with served(lab.folder, tmp_path_factory.mktemp("log")) as server:
        yield server
    lab.close()


def finish(lab: Lab, place: int) -> None:
    journal = RunWriter(lab, lab.add(RunConfig(ConstantSparsity(0.5, 0), seed=9 + place)))
    journal.begin()
    journal.write([StepRow(n, 1, 1 / n, 0.5, 0.0, 0.0, 0.1 * n) for n in range(1, 11)], [])
    sizes = {"keras_gzip": round(1000 * KILOBYTES[place])}
    journal.end("finished", sparsity=SPARSITIES[place], test_accuracy=0.9, sizes=sizes)
    with lab.writing() as connection:
        connection.execute(
            "UPDATE runs SET seconds = ? WHERE id = ?", (SECONDS[place], journal.run)
        )


def show(page: Page, server: Server) -> Page:
    page.goto(server.url)
    expect(chart(page, "Scheduled").locator(".main-svg").first).to_be_visible(timeout=START)
    return page


def expect_column(page: Page, name: str, cells: list[str]) -> None:
    names = page.locator(".prunelab .dt-scroll-head thead th").all_inner_texts()
    place = names.index(name) + 1
    shown = page.locator(f".prunelab table.dataTable tbody td:nth-child({place})")
    expect(shown).to_have_text(cells)


def sort_by(page: Page, name: str) -> None:
    page.locator(".prunelab .dt-scroll-head thead th", has_text=name).first.click()


def test_runs_are_sorted_newest_first_and_every_number_as_a_number(page, twelve):
    show(page, twelve)
    expect_column(page, "run", [str(number) for number in range(12, 0, -1)])
    for name, values, form in (
        ("gzip KB", KILOBYTES, "{:,.1f}"),
        ("seconds", SECONDS, "{:,.1f}"),
        ("seed", list(range(9, 21)), "{}"),
        ("sparsity", SPARSITIES, "{:.2%}"),
        ("run", list(range(1, 13)), "{}"),
    ):
        sort_by(page, name)
        expect_column(page, name, [form.format(value) for value in sorted(values)])


def test_selected_rows_are_the_runs_that_are_drawn(page, twelve):
    show(page, twelve)
    wait_for_points(page, "loss", 0, 9)
    assert names(page) == ["run 10", "run 11", "run 12"]
    row(page, 2).click()
    expect_names(page, ["run 2"])
    row(page, 11).click(modifiers=["ControlOrMeta"])
    expect_names(page, ["run 2", "run 11"])
    assert points(page, "loss")[0] == 10
    # A run that comes meanwhile rebuilds the table; the choice stays, and so does what it draws.
    finish(Lab(twelve.lab), 0)
    expect(row(page, 13)).to_be_visible()
    expect(page.get_by_text("2 selected")).to_be_visible()
    assert names(page) == ["run 2", "run 11"]
    row(page, 2).click(modifiers=["ControlOrMeta"])
    expect_names(page, ["run 11"])


def names(page: Page) -> list[str]:
    shown = "plot => plot.data.filter(trace => trace.showlegend).map(trace => trace.name)"
    return chart(page, "loss").evaluate(shown)


def expect_names(page: Page, wanted: list[str]) -> None:
    page.wait_for_function(
        """wanted => {
            const plot = document.querySelector('[role=img][aria-label^="loss"]');
            const shown = plot.data.filter(trace => trace.showlegend).map(trace => trace.name);
            return JSON.stringify(shown) === JSON.stringify(wanted);
        }""",
        arg=wanted,
    )


def test_a_value_that_no_slider_reaches_can_be_typed(page, twelve):
    show(page, twelve)
    exact = page.get_by_label("final sparsity, exact value")
    exact.fill("0.999")
    exact.press("Enter")
    expect(page.get_by_text("reaches 99.90% sparsity")).to_be_visible()
    exact.fill("1.5")
    exact.press("Enter")
    expect(page.get_by_text("final_sparsity=1.5 must be in range")).to_be_visible()
    assert chart(page, "Scheduled").evaluate("plot => plot.data[1].y.at(-1)") > 0.998


@pytest.fixture
def one_at_a_time(tmp_path, monkeypatch) -> Iterator[Server]:
    monkeypatch.setitem(os.environ, "PRUNELAB_AT_ONCE", "1")
    lab = tmp_path / "lab"
    with served(lab, tmp_path) as server:
        yield server


def test_two_tabs_follow_the_same_run_and_a_waiting_run_is_stopped(page, context, one_at_a_time):
    other = show(context.new_page(), one_at_a_time)
    show(page, one_at_a_time)
    fill(page, "epochs", 2000)
    train(page, one_at_a_time)
    for tab in (page, other):
        tab.bring_to_front()
        seen = wait_for_points(tab, "loss", 0, 0)
        wait_for_points(tab, "loss", 0, seen)
    page.bring_to_front()
    page.get_by_role("button", name="Train").click()
    page.get_by_role("button", name="Queue it again").click()
    expect(row(page, 2)).to_contain_text("queued")
    row(page, 2).click()
    page.get_by_role("button", name="Stop run 2").click()
    expect(row(page, 2)).to_contain_text("stopped", timeout=START)
    lab = Lab(one_at_a_time.lab)
    assert (lab.run(1).state, lab.run(2).steps_done) == ("running", 0)
    other.bring_to_front()
    other.get_by_role("button", name="Stop run 1").click()
    for tab in (page, other):
        tab.bring_to_front()
        expect(row(tab, 1)).to_contain_text("stopped", timeout=START)
