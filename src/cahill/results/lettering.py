"""Measuring and placing text, so that no label covers another."""

from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from cahill.results.theme import FONT


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width of one line of text in points."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=FONT, weight=weight)
    return float(TextPath((0, 0), text, size=size, prop=font, usetex=False).get_extents().width)


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than `width` points; a longer word keeps its own line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def spread(wanted: np.ndarray, heights: np.ndarray, low: float, high: float) -> np.ndarray:
    """Move label centres as little as needed so that none overlap and all lie in [low, high].

    Where they cannot all fit they are stacked from the top without overlap and run over `low`.

    Parameters
    ----------
    wanted : numpy.ndarray
        Preferred centres, y up.
    heights : numpy.ndarray
        Height of each label.
    low, high : float
        Bounds of the column of labels.
    """
    order = np.argsort(-wanted, kind="stable")
    placed = np.empty(len(wanted))
    ceiling = high
    for k in order:
        placed[k] = min(wanted[k], ceiling - heights[k] / 2)
        ceiling = placed[k] - heights[k] / 2
    floor = low
    for k in order[::-1]:
        lifted = max(placed[k], floor + heights[k] / 2)
        if lifted > placed[k]:
            placed[k] = lifted
        floor = placed[k] + heights[k] / 2
    excess = floor - high
    return placed - max(excess, 0.0)
