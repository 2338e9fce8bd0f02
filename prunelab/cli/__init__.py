"""The command line: `prunelab COMMAND`. Each command imports what it needs when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from prunelab.cli.parser import parser
from prunelab.errors import PrunelabError

__all__ = ["main"]

_BAD_USAGE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The words after `prunelab`; by default those of the process.

    Returns:
        0 for success, 1 where a run failed, 2 for bad input, which is told in one line.
    """
    chosen = parser().parse_args(arguments)
    try:
        code = int(chosen.run(chosen))
        sys.stdout.flush()
    except PrunelabError as error:
        print(f"prunelab: {error}", file=sys.stderr)
        return _BAD_USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing more can be told to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
