# PYTHON_ARGCOMPLETE_OK
"""`python -m prunelab` is `prunelab`."""

import sys

from prunelab.cli import main

sys.exit(main())
