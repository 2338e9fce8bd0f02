"""What all figures share: colours, dashes, axes."""

from __future__ import annotations

from typing import Any

__all__ = ["colour", "dash", "layout", "note"]

# Told apart with any kind of colour vision, and legible on white and on near-black.
_COLOURS = ("#3b82d6", "#e0762f", "#2f9e6e", "#b85cc4", "#c79a00", "#d64562", "#17a2b8", "#7a6ff0")
_DASHES = ("solid", "dash", "dashdot", "longdash")


def colour(number: int) -> str:
    """The colour of a run, the same in every chart and table."""
    return _COLOURS[(number - 1) % len(_COLOURS)]


def dash(number: int) -> str:
    """The dash of a run: it changes when the colours begin again."""
    return _DASHES[(number - 1) // len(_COLOURS) % len(_DASHES)]


def layout(x: str, y: str, height: int, **more: Any) -> dict[str, Any]:
    """A layout with both axes named; zoom survives as long as the same chart is replaced.

    Args:
        x: Name and unit of the horizontal axis.
        y: Those of the vertical one.
        height: In pixels.
        more: Further attributes of `plotly.graph_objects.Layout`; `xaxis` and `yaxis` are merged.
    """
    axes = {
        "xaxis": {"title": {"text": x}, **more.pop("xaxis", {})},
        "yaxis": {"title": {"text": y}, **more.pop("yaxis", {})},
    }
    base: dict[str, Any] = {
        "height": height,
        "margin": {"l": 60, "r": 16, "t": 32, "b": 48},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "uirevision": "constant",
    }
    return {**base, **axes, **more}


def note(text: str) -> dict[str, Any]:
    """An annotation in the middle of a chart that has nothing to show yet."""
    return {
        "text": text,
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "opacity": 0.7,
    }
