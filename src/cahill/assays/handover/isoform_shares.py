"""How ALT divides into ALT1 and ALT2: shares of a calibrated blot, or folds against a control."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cahill.errors import InputError, UnknownNameError
from cahill.io.cell_grids import read_cell_file

ISOFORMS = ("ALT1", "ALT2")
GENES = {"GPT": "ALT1", "GPT1": "ALT1", "GPT2": "ALT2"}
TEXTS = ("isoform", "tissue", "group", "kind")
NUMBERS = ("share", "fold", "low", "high", "sd", "log_sd")
NORMAL = 1.959964  # two-sided 95 % point of the normal distribution


@dataclass(frozen=True)
class Split:
    """Shares of the two isoforms in the summed Vmax, ALT1 first.

    Parameters
    ----------
    shares : tuple of float
        They sum to 1.
    log_sd : tuple of float
        Standard deviation of the logarithm of each; NaN if not known.
    folds : tuple of float
        Against control, where that is what was measured; else empty.
    how : str
        For the note of a parameter.
    """

    shares: tuple[float, float]
    log_sd: tuple[float, float]
    how: str
    folds: tuple[float, ...] = ()
    fold_log_sd: tuple[float, ...] = ()


def read_isoforms(path: str | Path) -> pd.DataFrame:
    """Read a table of isoforms, as `cahill western` and `cahill qpcr` write it (isoforms.csv).

    Parameters
    ----------
    path : str or Path
        isoform (ALT1, ALT2 or their genes GPT, GPT2) and share (of the two, 0 to 1) or fold
        (against control); tissue, group, kind (share or fold), sd of a share, low, high (95 %) and
        log_sd of a fold may be added. With kind, the number of a share may stand under fold.

    Returns
    -------
    pandas.DataFrame
        isoform, tissue, group, kind, value, log_sd, where.

    Raises
    ------
    InputError
        Naming the row: unknown isoform, no number, a share beyond 0 to 1, a fold not above 0.
    """
    grid = read_cell_file(path).sheets[0]
    filled = [k for k, row in enumerate(grid.rows) if any(row) and not row[0].startswith("#")]
    if len(filled) < 2:
        raise InputError(f"{grid.name} has no isoforms under its headings")
    names = [text.strip().lower().replace(" ", "_") for text in grid.rows[filled[0]]]
    if "isoform" not in names or not {"share", "fold"} & set(names):
        raise InputError(
            f'{grid.where(filled[0])}: needs the columns "isoform" and "share" or "fold"'
        )
    records = []
    for k in filled[1:]:
        cells = {name: grid.cell(k, column) for column, name in enumerate(names)}
        numbers = {}
        for name in NUMBERS:
            text = cells.get(name, "")
            numbers[name] = grid.number(text) if text else None
            if text and numbers[name] is None and text.lower() not in ("nan", "inf"):
                where = grid.where(k, names.index(name))
                raise InputError(f'{where}: {name} "{text}" is not a number')
        texts = {name: cells.get(name, "") for name in TEXTS}
        records.append(_isoform(texts, numbers, grid.where(k)))
    return pd.DataFrame(records)


def _isoform(
    texts: Mapping[str, str], numbers: Mapping[str, float | None], where: str
) -> dict[str, object]:
    upper = texts["isoform"].upper()
    isoform = GENES.get(upper, upper)
    if isoform not in ISOFORMS:
        raise InputError(f'{where}: unknown isoform "{texts["isoform"]}"; write ALT1 or ALT2')
    kind = texts["kind"] or ("share" if numbers["share"] is not None else "fold")
    if kind not in ("share", "fold"):
        raise InputError(f'{where}: kind "{kind}" is neither share nor fold')
    value = numbers["share"] if numbers["share"] is not None else numbers["fold"]
    value = numbers["fold"] if kind == "fold" else value
    if value is None or not math.isfinite(value):
        raise InputError(f"{where}: {isoform} has no {kind}")
    if kind == "share" and not 0 <= value <= 1:
        raise InputError(f"{where}: share {value:g} is not between 0 and 1 (a part, not per cent)")
    if kind == "fold" and value <= 0:
        raise InputError(f"{where}: fold {value:g} is not above 0")
    found = {name: texts[name] for name in ("tissue", "group")}
    spread = _log_sd(numbers, value)
    return {
        "isoform": isoform,
        **found,
        "kind": kind,
        "value": value,
        "log_sd": spread,
        "where": where,
    }


def _log_sd(numbers: Mapping[str, float | None], value: float) -> float:
    """Return the sd of the logarithm that, taken as normal, gives the interval of the row.

    The interval goes before the row's own log_sd: with few replicates it is wider than normal.
    """
    log, sd, low, high = (numbers[name] for name in ("log_sd", "sd", "low", "high"))
    if sd is not None and math.isfinite(sd) and value > 0:
        return sd / value
    if low is not None and high is not None and 0 < low < high < math.inf:
        return math.log(high / low) / (2 * NORMAL)
    return log if log is not None and math.isfinite(log) else math.nan


def split_of(
    isoforms: pd.DataFrame | None, tissue: str, group: str, model: Sequence[float]
) -> Split:
    """Return the shares of ALT1 and ALT2 in a tissue.

    Parameters
    ----------
    isoforms : pandas.DataFrame, optional
        As `read_isoforms` gives it.
    tissue, group : str
        What to look for; a table without tissues or groups holds for all.
    model : sequence of float
        The model's Vmax of ALT1 and ALT2 in the tissue: the baseline that folds act on, and the
        shares where nothing was measured.

    Raises
    ------
    InputError
        If an isoform stands twice or is missing, groups must be chosen, or shares do not sum to 1
        within 2 %.
    UnknownNameError
        If the table has groups, but not this one.
    """
    base = (model[0] / sum(model), model[1] / sum(model))
    rows = _rows(isoforms, tissue, group)
    if rows is None:
        how = f"split by the model's own shares ({base[0]:.2f} ALT1), not measured"
        return Split(base, (0.0, 0.0), how)
    found = {}
    for row in rows.to_dict("records"):
        if row["isoform"] in found:
            raise InputError(
                f"{row['where']}: {row['isoform']} stands twice; choose one group of the table"
            )
        found[row["isoform"]] = row
    if len(found) < 2:
        lacking = next(name for name in ISOFORMS if name not in found)
        raise InputError(f"{rows.iloc[0]['where']}: {lacking} is missing; give both isoforms")
    pair = [found[name] for name in ISOFORMS]
    spread = (float(pair[0]["log_sd"]), float(pair[1]["log_sd"]))
    if {row["kind"] for row in pair} == {"share"}:
        return _shares(pair, spread)
    folds = (float(pair[0]["value"]), float(pair[1]["value"]))
    parts = (base[0] * folds[0], base[1] * folds[1])
    shares = (parts[0] / sum(parts), parts[1] / sum(parts))
    both = math.hypot(*spread)
    how = (
        f"isoforms {folds[0]:.3g}- and {folds[1]:.3g}-fold of control; the control's ALT1 share is "
        f"assumed to be the model's ({base[0]:.2f})"
    )
    return Split(shares, (shares[1] * both, shares[0] * both), how, folds, spread)


def _shares(pair: Sequence[Mapping[str, object]], spread: tuple[float, float]) -> Split:
    values = (float(str(pair[0]["value"])), float(str(pair[1]["value"])))
    total = sum(values)
    if abs(total - 1) > 0.02:
        raise InputError(f"{pair[0]['where']}: shares sum to {total:.3g}, not 1")
    shares = (values[0] / total, values[1] / total)
    # The two move against each other by the same amount; the better known one sets it.
    known = [share * sd for share, sd in zip(shares, spread) if math.isfinite(sd)]
    sd = min(known) if known else math.nan
    how = f"ALT1 share {shares[0]:.3g} measured as protein, the same kcat taken for both"
    logs = tuple(sd / share if share > 0 else math.nan for share in shares)
    return Split(shares, (logs[0], logs[1]), how)


def _rows(isoforms: pd.DataFrame | None, tissue: str, group: str) -> pd.DataFrame | None:
    """Return the rows of the table that speak of a tissue and group; None if none does."""
    if isoforms is None:
        return None
    rows = isoforms[isoforms["tissue"].isin(("", tissue))]
    if rows.empty:
        return None
    named = [name for name in dict.fromkeys(rows["group"]) if name]
    if not named:
        return rows
    if group:
        if group not in named:
            raise UnknownNameError("group", group, named, "the table of isoforms")
        return rows[rows["group"] == group]
    if len(named) > 1:
        raise InputError(f"the isoforms are of several groups; choose one: {', '.join(named)}")
    return rows
