"""The one line of an error of Keras or TensorFlow that names the cause."""

from __future__ import annotations

__all__ = ["error_line"]

_MOST = 300
# Keras gives the cause of a config that it cannot read last, after the whole config.
_CAUSE = "Exception encountered:"
# TensorFlow gives the cause after the lines on where the operation was made.
_GRAPH = "Graph execution error"
_NOISE = ("File ", "Detected at node", "<stack traces", "[[", "[Op:", _GRAPH)


def error_line(error: BaseException) -> str:
    """The most telling line of an error's text, or the error's class where it has no text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    causes = [line for line in lines if line.startswith(_CAUSE)]
    if causes:
        return causes[-1].removeprefix(_CAUSE).strip()[:_MOST]
    if lines[0].startswith(_GRAPH):
        telling = [line for line in lines if not line.startswith(_NOISE)]
        return (telling or lines)[-1][:_MOST]
    return lines[0][:_MOST]
