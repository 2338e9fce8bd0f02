"""The one line of an error of Keras or TensorFlow that says what is wrong."""

from __future__ import annotations

__all__ = ["error_line"]

_MOST = 300
# Keras tells the cause of a config that it cannot read last, after all of the config.
_CAUSE = "Exception encountered:"
# TensorFlow tells what is wrong after where the operation was made.
_GRAPH = "Graph execution error"
_NOISE = ("File ", "Detected at node", "<stack traces", "[[", "[Op:", _GRAPH)


def error_line(error: BaseException) -> str:
    """The line of an error's text that says most, or the error's class where it has no text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    causes = [line for line in lines if line.startswith(_CAUSE)]
    if causes:
        return causes[-1].removeprefix(_CAUSE).strip()[:_MOST]
    if lines[0].startswith(_GRAPH):
        said = [line for line in lines if not line.startswith(_NOISE)]
        return (said or lines)[-1][:_MOST]
    return lines[0][:_MOST]
