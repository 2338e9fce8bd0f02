"""plotly.js as the installed plotly package ships it: nothing is asked of another host."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files

__all__ = ["plotly_script", "plotly_version"]


def plotly_version() -> str:
    """The version of the installed plotly package, which is one with its script's content."""
    return version("plotly")


def plotly_script() -> bytes:
    """The script that defines ``window.Plotly``, some 4.8 MB of UTF-8.

    A page may hold an AMD loader (require.js), and a universal module would register with it
    instead of setting the global. So the script runs where those names mean nothing.
    """
    source = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return b"(function(define, module, exports, require) {\n" + source + b"\n}).call(window);\n"
