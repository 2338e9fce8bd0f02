# PYTHON_ARGCOMPLETE_OK
"""The command line: `prunelab COMMAND`. Each command imports what it needs when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from prunelab.cli.output import open_outputs
from prunelab.errors import PrunelabError

__all__ = ["main"]

_BAD_USAGE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The words after `prunelab`; by default those of the process.

    Returns:
        0 for success, 1 where a run failed, 2 for bad input or output that cannot be written, which
        prints one line, 130 after Ctrl-C.
    """
    try:
        with open_outputs() as output:
            code = _run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code or _BAD_USAGE * output.failed


def _run(arguments: Sequence[str] | None) -> int:
    try:
        # Here, not above: Ctrl-C while it is imported is as quiet as later.
        from prunelab.cli.arguments.parser import parser

        words = parser()
        if "_ARGCOMPLETE" in os.environ:
            # A shell completes a line; all else starts without argcomplete.
            from prunelab.cli.arguments.completion import complete

            complete(words)
        args = words.parse_args(arguments)
        return int(args.run(args))
    except PrunelabError as error:
        from prunelab.cli.tables.terminal_text import printable

        print(f"prunelab: {printable(str(error))}", file=sys.stderr)
        return _BAD_USAGE
    except SystemExit as end:
        # Of the parser, which has printed its reason.
        return int(end.code or 0)
