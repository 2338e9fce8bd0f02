"""`Mask`: which elements of a weight are kept. NumPy only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Mask"]

# Of the weight's shape; True is kept, False is dropped.
Mask = npt.NDArray[np.bool_]
