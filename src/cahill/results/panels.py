"""What the pictures with several panels share: the check of their frame, and where panels stand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.errors import InputError


def require_columns(frame: pd.DataFrame, columns: Sequence[str], picture: str) -> None:
    """Refuse a frame that a picture cannot be drawn from.

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing or frame.empty:
        fault = f"lacks the column {missing[0]}" if missing else "has no rows"
        raise InputError(f"{picture}: the frame {fault}; give {', '.join(columns)}")


@dataclass(frozen=True)
class Grid:
    """Equal panels in rows under a header, in points.

    Parameters
    ----------
    count, columns : int
        Panels, and how many stand side by side at most.
    width, height : float
        Of a panel.
    left, right, above, below : float
        Room around a panel.
    header : float
        Room above the first row.
    """

    count: int
    columns: int
    width: float
    height: float
    left: float
    right: float
    above: float
    below: float
    header: float

    @property
    def cell(self) -> np.ndarray:
        """Width and height of a panel with the room around it."""
        return np.array(
            [self.left + self.width + self.right, self.above + self.height + self.below]
        )

    @property
    def size(self) -> np.ndarray:
        """Width and height of the figure."""
        columns = min(self.columns, self.count)
        return self.cell * (columns, math.ceil(self.count / columns)) + (0.0, self.header)

    def place(self, number: int) -> tuple[float, float, float, float]:
        """Return left, bottom, width and height of a panel's axes, as parts of the figure."""
        columns = min(self.columns, self.count)
        size, cell = self.size, self.cell
        left = cell[0] * (number % columns) + self.left
        bottom = size[1] - self.header - cell[1] * (number // columns + 1) + self.below
        return left / size[0], bottom / size[1], self.width / size[0], self.height / size[1]
