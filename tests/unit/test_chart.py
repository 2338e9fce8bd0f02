"""The chart's Python side: what it keeps, what it sends, and in which form."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from prunelab.errors import UsageError
from prunelab.plots.binary_encoding import pack
from prunelab.plots.figure_data import FigureData
from prunelab.ui.chart import Chart


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    messages: list[tuple[dict[str, Any], list[bytes]]] = []

    def send(_: Chart, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        messages.append((content, buffers or []))

    monkeypatch.setattr(Chart, "send", send)
    return messages


def line(x: Any = (), y: Any = (), **more: Any) -> go.Figure:
    return go.Figure(go.Scatter(x=x, y=y, **more))


def receive(chart: Chart, content: Any) -> None:
    """What a page sends."""
    data = {"method": "custom", "content": content}
    chart.comm.handle_msg({"content": {"data": data}, "buffers": []})


def unpack(tree: Any, buffers: list[bytes]) -> Any:
    """What chart.js does with a message."""
    match tree:
        case {"$buffer": index, "type": kind, "shape": shape}:
            return np.frombuffer(buffers[index], dtype=kind).reshape(shape)
        case dict():
            return {key: unpack(value, buffers) for key, value in tree.items()}
        case list():
            return [unpack(value, buffers) for value in tree]
    return tree


def whole(chart: Chart) -> dict[str, Any]:
    """The figure as a page gets it that opens now."""
    state = chart.get_state()["_figure"]
    figure: dict[str, Any] = unpack(state["figure"], state["buffers"])
    return figure


class TestPacking:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (np.array([0.5, 1.5]), "float32"),
            (np.array([0.5, np.nan]), "float32"),
            (np.array([1, 2], dtype=np.int64), "int32"),
            (np.array([1, 2], dtype=np.uint8), "int32"),
            (np.array([1, 2**31], dtype=np.int64), "float64"),
            (np.array([0.5, 2.0**24 + 1]), "float64"),
            (np.array([], dtype=np.int64), "int32"),
        ],
    )
    def test_numbers_travel_in_the_smallest_type_that_draws_the_same(
        self, values: Any, kind: str
    ) -> None:
        buffers: list[bytes] = []
        packed = pack({"x": values}, buffers)
        assert packed["x"]["type"] == kind
        np.testing.assert_array_equal(unpack(packed, buffers)["x"], values)

    def test_no_number_of_an_array_is_in_the_json(self) -> None:
        buffers: list[bytes] = []
        packed = pack({"error_y": {"array": np.arange(3.0)}, "z": np.ones((2, 3))}, buffers)
        assert packed == {
            "error_y": {"array": {"$buffer": 0, "type": "float32", "shape": [3]}},
            "z": {"$buffer": 1, "type": "float32", "shape": [2, 3]},
        }
        assert [len(buffer) for buffer in buffers] == [12, 24]

    def test_an_array_that_is_not_contiguous_keeps_its_order(self) -> None:
        buffers: list[bytes] = []
        packed = pack({"z": np.arange(6.0).reshape(2, 3).T}, buffers)
        assert unpack(packed, buffers)["z"].tolist() == [[0, 3], [1, 4], [2, 5]]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (np.array(["a", "b"]), ["a", "b"]),
            (np.array(["a", None, 1.0], dtype=object), ["a", None, 1.0]),
            (np.array([True, False]), [True, False]),
            (np.array(["2026-01-02"], dtype="datetime64[D]"), ["2026-01-02"]),
        ],
    )
    def test_what_is_no_number_stays_a_list(self, values: Any, expected: list[Any]) -> None:
        buffers: list[bytes] = []
        assert pack(values, buffers) == expected
        assert buffers == []

    def test_numbers_that_json_cannot_hold_become_null(self) -> None:
        assert pack([float("nan"), np.float64("inf"), np.int64(3)], []) == [None, None, 3]


class TestWhole:
    def test_a_new_page_gets_the_figure_and_all_that_was_appended(self) -> None:
        chart = Chart(line(x=np.array([1]), y=np.array([0.5])))
        chart.extend({0: {"x": np.array([2]), "y": np.array([0.25])}})
        chart.extend({0: {"x": np.array([3, 4]), "y": np.array([0.125, 0.0])}})
        trace = whole(chart)["data"][0]
        assert trace["x"].tolist() == [1, 2, 3, 4]
        assert trace["y"].tolist() == [0.5, 0.25, 0.125, 0.0]

    def test_asking_twice_gives_the_same(self) -> None:
        chart = Chart(line())
        chart.extend({0: {"x": np.array([1]), "y": np.array([2])}})
        assert whole(chart) == whole(chart)

    @pytest.mark.parametrize("start", [None, [], [1, 2], np.array([1, 2])])
    def test_a_trace_grows_from_whatever_it_held(self, start: Any) -> None:
        chart = Chart(go.Figure(go.Scatter(x=start)))
        chart.extend({0: {"x": np.array([3])}})
        before = [] if start is None else list(start)
        assert whole(chart)["data"][0]["x"].tolist() == [*before, 3]

    def test_nested_attributes_grow_too(self) -> None:
        chart = Chart(line())
        chart.extend({0: {"x": [1], "marker.size": [7], "error_y.array": [0.5], "text": ["a"]}})
        trace = whole(chart)["data"][0]
        assert trace["marker"]["size"].tolist() == [7]
        assert trace["error_y"]["array"].tolist() == [0.5]
        assert trace["text"] == ["a"]

    def test_the_template_is_left_to_the_page(self) -> None:
        assert "template" not in whole(Chart(line()))["layout"]

    def test_the_callers_figure_and_arrays_may_change_afterwards(self) -> None:
        figure, more = line(x=np.array([1.0])), np.array([2.0])
        chart = Chart(figure)
        chart.extend({0: {"x": more}})
        figure.data[0].name = "other"
        more[0] = 99.0
        trace = whole(chart)["data"][0]
        assert "name" not in trace
        assert trace["x"].tolist() == [1.0, 2.0]


class TestMessages:
    def test_appending_sends_the_new_points_only(self, sent: list[Any]) -> None:
        chart = Chart(line(x=np.arange(10_000), y=np.arange(10_000.0)))
        chart.extend({0: {"x": np.array([1, 2]), "y": np.array([0.5, 0.25])}})
        content, buffers = sent[-1]
        assert sum(map(len, buffers)) == 4 * 4
        [[index, columns]] = unpack(content["traces"], buffers)
        assert index == 0
        assert columns["x"].tolist() == [1, 2]
        assert columns["y"].tolist() == [0.5, 0.25]

    def test_showing_sends_a_figure_that_forgets_what_was_appended(self, sent: list[Any]) -> None:
        chart = Chart(line())
        chart.extend({0: {"x": [1], "y": [1]}})
        chart.show(line(x=np.array([7]), y=np.array([8])))
        content, buffers = sent[-1]
        assert content["type"] == "figure"
        assert unpack(content["figure"], buffers)["data"][0]["x"].tolist() == [7]
        assert whole(chart)["data"][0]["x"].tolist() == [7]

    def test_every_change_counts_one_up(self, sent: list[Any]) -> None:
        chart = Chart(line())
        chart.extend({0: {"x": [1]}})
        chart.show(line())
        chart.extend({0: {"x": [1]}})
        assert [content["revision"] for content, _ in sent] == [1, 2, 3]
        assert chart.get_state()["_figure"]["revision"] == 3

    def test_a_page_that_missed_something_gets_the_whole(self, sent: list[Any]) -> None:
        chart = Chart(line())
        chart.extend({0: {"x": [1, 2]}})
        receive(chart, {"type": "whole"})
        content, buffers = sent[-1]
        assert content["revision"] == 1
        assert unpack(content["figure"], buffers)["data"][0]["x"].tolist() == [1, 2]

    def test_a_ping_calls_back_and_tells_the_revision(self, sent: list[Any]) -> None:
        chart, calls = Chart(line()), []
        chart.on_ping(lambda: calls.append("ping"))
        receive(chart, {"type": "ping"})
        assert calls == ["ping"]
        assert sent == [({"type": "revision", "revision": 0}, [])]

    @pytest.mark.parametrize("content", [None, "ping", [], {}, {"type": "else"}, {"type": 1}])
    def test_anything_else_that_a_page_sends_is_ignored(
        self, sent: list[Any], content: Any
    ) -> None:
        receive(Chart(line()), content)
        assert sent == []

    def test_a_page_cannot_replace_the_figure(self) -> None:
        chart = Chart(line(x=np.array([1])))
        chart.set_state({"_figure": {"revision": 9, "figure": {}, "buffers": []}})
        assert whole(chart)["data"][0]["x"].tolist() == [1]


class TestRefusals:
    @pytest.mark.parametrize(
        ("points", "said"),
        [
            ({1: {"x": [1]}}, "trace 1 does not exist"),
            ({-1: {"x": [1]}}, "trace -1 does not exist"),
            ({0: {"x": [1, 2], "y": [1]}}, "of one length"),
            ({0: {"x": [[1]]}}, "must be flat"),
            ({0: {"x": 1}}, "must be flat"),
            ({0: {"marker.size": [1]}}, "marker.size holds one value"),
        ],
    )
    def test_points_that_do_not_fit_are_refused_by_name(self, points: Any, said: str) -> None:
        chart = Chart(line(x=[], y=[], marker_size=5))
        with pytest.raises(UsageError, match=said):
            chart.extend(points)

    def test_a_refused_call_leaves_nothing_behind(self, sent: list[Any]) -> None:
        chart = Chart(go.Figure([go.Scatter(x=[]), go.Scatter(x=[])]))
        with pytest.raises(UsageError):
            chart.extend({0: {"x": [1]}, 2: {"x": [1]}})
        assert whole(chart)["data"][0]["x"] == []
        assert sent == []


def test_appending_costs_the_same_however_long_the_trace_is() -> None:
    series = FigureData(line(x=np.arange(1_000_000.0)))
    tracemalloc.start()
    for step in range(100):
        series.extend({0: {"x": [step]}})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A copy of the trace would be 8 MB.
    assert peak < 100_000
    assert series.tree()["data"][0]["x"][-100:].tolist() == list(range(100))
