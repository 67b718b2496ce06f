"""Effects of place on a plate: edge, rows, columns, reading order; judged by wells alike."""

import math

import numpy as np
import pandas as pd

EFFECT_LIMIT = 20.0  # % of the mean, AssayGuidanceManual, for edges and drift
SIGNIFICANT = 0.01  # assumed: a plate is tested for several effects at once
LEAST = 3  # wells on the edge, and inside, that a comparison needs
SPREAD = 6  # wells with a twin that a position effect needs


def position_verdicts(wells: pd.DataFrame) -> list[list[object]]:
    """Return the verdicts on edge, rows, columns and reading order.

    Parameters
    ----------
    wells : pandas.DataFrame
        row, column, order, value, content and deviation, as `plate_quality` makes them.

    Returns
    -------
    list of list
        Rows of `cahill.assays.activity.plate_quality.COLUMNS`.
    """
    known = wells[wells["deviation"].notna()]
    names = ("edge against interior", "row effect", "column effect", "drift in reading order")
    if len(known) < SPREAD:
        reason = f"{len(known)} wells with a twin; needs {SPREAD}"
        return [_position(name, math.nan, math.nan, len(known), reason) for name in names]
    row, column = known["row"].to_numpy(int), known["column"].to_numpy(int)
    return [
        _edge(names[0], known, row, column),
        _lines(names[1], known, row),
        _lines(names[2], known, column),
        _drift(names[3], known),
    ]


def _position(name: str, size: float, p: float, count: int, detail: str) -> list[object]:
    """Return a verdict: not met only if the effect is both large and hardly chance."""
    met = None
    if math.isfinite(size) and math.isfinite(p):
        met = not (abs(size) > EFFECT_LIMIT and p < SIGNIFICANT)
    limit = f"≤ {EFFECT_LIMIT:g} or p ≥ {SIGNIFICANT:g}"
    return [name, size, "% of mean", limit, met, count, detail, "AssayGuidanceManual"]


def _effect(known: pd.DataFrame, terms: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit position terms beside the contents and return their sizes and the F test of them all.

    Contents are swept out of both (Frisch and Waugh), so that only twins in different places tell
    of the place. NaN where no twin does.

    Parameters
    ----------
    known : pandas.DataFrame
        Wells with a twin.
    terms : numpy.ndarray
        Shape (wells, terms).

    Returns
    -------
    tuple of (numpy.ndarray, float)
        Sizes, % of the plate's mean level; p value.
    """
    from scipy.stats import f

    code = np.unique(known["content"].to_numpy(str), return_inverse=True)[1]
    value = known["value"].to_numpy(float) * 100 / float(known["value"].abs().mean())
    count = np.bincount(code)[:, None]
    both = np.column_stack((value, terms)).astype(float)
    sums = np.zeros((len(count), both.shape[1]))
    np.add.at(sums, code, both)
    both = both - (sums / count)[code]
    left, within = both[:, 0], both[:, 1:]
    sizes, _, rank, _ = np.linalg.lstsq(within, left, rcond=1e-9)
    freedom = len(value) - len(count) - rank
    if rank < 1 or freedom < 2:
        return np.full(terms.shape[1], math.nan), math.nan
    rest = float(((left - within @ sizes) ** 2).sum())
    explained = float((left**2).sum()) - rest
    p = float(f.sf(explained / rank / (rest / freedom), rank, freedom)) if rest > 0 else 0.0
    return sizes, p


def _edge(name: str, known: pd.DataFrame, row: np.ndarray, column: np.ndarray) -> list[object]:
    sides = (row == row.min()) | (row == row.max())
    edge = sides | (column == column.min()) | (column == column.max())
    inside = int((~edge).sum())
    if min(int(edge.sum()), inside) < LEAST:
        reason = f"{edge.sum()} edge and {inside} interior wells; needs {LEAST} of each"
        return _position(name, math.nan, math.nan, len(known), reason)
    sizes, p = _effect(known, edge[:, None])
    detail = f"{edge.sum()} against {inside} wells, {_p_text(p)}"
    return _position(name, float(sizes[0]), p, len(known), detail)


def _lines(name: str, known: pd.DataFrame, line: np.ndarray) -> list[object]:
    """Test whether rows (or columns) differ."""
    terms = (line[:, None] == np.unique(line)[None, :]).astype(float)
    sizes, p = _effect(known, terms)
    size = float(np.ptp(sizes)) if np.isfinite(sizes).all() else math.nan
    return _position(name, size, p, len(known), f"range of their effects, {_p_text(p)}")


def _drift(name: str, known: pd.DataFrame) -> list[object]:
    order = known["order"].to_numpy(float)
    sizes, p = _effect(known, order[:, None])
    size = float(sizes[0] * np.ptp(order))
    return _position(name, size, p, len(known), f"first to last well, {_p_text(p)}")


def _p_text(p: float) -> str:
    return f"F test p = {p:.2g}" if math.isfinite(p) else "twins stand too close to tell"


def blank_trend(wells: pd.DataFrame) -> list[list[object]]:
    """Return the drift of the blanks alone, against the level of the other wells."""
    blank = wells[wells["role"].isin(("blank", "negative"))]
    others = wells[~wells["role"].isin(("blank", "negative", "sample_blank"))]["value"]
    name = "drift of the blanks"
    if len(blank) < SPREAD or others.empty or not others.abs().mean():
        return [_position(name, math.nan, math.nan, len(blank), f"needs {SPREAD} blanks")]
    row = _drift(name, blank.assign(content="blank"))
    level = float(blank["value"].abs().mean()) / float(others.abs().mean())
    size = float(row[1]) * level  # pyright: ignore[reportArgumentType]
    p = _effect(blank.assign(content="blank"), blank["order"].to_numpy(float)[:, None])[1]
    return [_position(name, size, p, len(blank), str(row[6]))]
