"""A fit on disk: one JSON file with what a comparison needs."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cahill.errors import InputError
from cahill.results.output import prepare_file
from cahill.tracing.flux_fit import FluxFit
from cahill.tracing.intervals import FIXED, FluxIntervals, target_values, targets

FORMAT = "cahill flux fit 1"
FILE = "fit.json"
_COLUMNS = ("flux", "kind", "value", "low", "high", "determined", "note")
_FIELDS = ("name", "flux_unit", "level", "method", "ssr", "degrees", "verdict", "fluxes")
_OPEN = {"inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, eq=False)
class SavedFit:
    """Fluxes of one study with intervals, and how good the fit is.

    Parameters
    ----------
    name : str
        Of the study, with its condition.
    flux_unit : str
    level : float
        Of the intervals.
    method : str
        How they were made: profile, linear, bootstrap or posterior.
    ssr : float
        Weighted sum of squared residuals.
    degrees : int
        Degrees of freedom.
    verdict : str
        Chi-square verdict in words.
    fluxes : pandas.DataFrame
        flux, kind (net, exchange, pool, share), value, low, high (missing where no interval was
        made, infinite where open), determined (both ends set by the data or the flux space), note.
    """

    name: str
    flux_unit: str
    level: float
    method: str
    ssr: float
    degrees: int
    verdict: str
    fluxes: pd.DataFrame


def saved_fit(fit: FluxFit, intervals: FluxIntervals) -> SavedFit:
    """Return what is kept of a fit and its intervals."""
    space = fit.problem.space
    wanted = targets(space)
    frame = pd.DataFrame(
        {
            "flux": [one.name for one in wanted],
            "kind": [one.kind for one in wanted],
            "value": target_values(space, fit.state, wanted),
        }
    )
    ends = intervals.frame[["flux", "kind", "low", "high", "note"]]
    frame = frame.merge(ends, on=["flux", "kind"], how="left").fillna({"note": ""})
    closed = np.isfinite(frame["low"]) & np.isfinite(frame["high"])
    nothing = frame["kind"].isin(["exchange", "pool"]) & (frame["low"] == 0.0)
    determined = (closed & ~nothing) | (frame["note"] == FIXED)
    return SavedFit(
        name=fit.study.name,
        flux_unit=fit.study.flux_unit,
        level=intervals.level,
        method=intervals.method,
        ssr=fit.ssr,
        degrees=fit.degrees,
        verdict=fit.chi_square.verdict,
        fluxes=frame.assign(determined=determined)[list(_COLUMNS)],
    )


def save_fit(
    fit: FluxFit, intervals: FluxIntervals, path: str | Path, *, force: bool = True
) -> Path:
    """Write a fit and its intervals as JSON.

    Parameters
    ----------
    fit : FluxFit
    intervals : FluxIntervals
    path : str or Path
        The file to write.
    force : bool
        Replace a file of that name.

    Raises
    ------
    InputError
        If the file exists and `force` is false, or the path is a folder.
    """
    return write_fit(saved_fit(fit, intervals), path, force=force)


def write_fit(saved: SavedFit, path: str | Path, *, force: bool = True) -> Path:
    """Write a saved fit as JSON; numbers keep all digits, open ends are "inf" and "-inf".

    Raises
    ------
    InputError
        As `save_fit`.
    """
    target = prepare_file(path, force)
    rows = [
        {str(key): _plain(value) for key, value in row.items()}
        for row in saved.fluxes.to_dict("records")
    ]
    content = {"format": FORMAT}
    content |= {name: _plain(getattr(saved, name)) for name in _FIELDS if name != "fluxes"}
    content["fluxes"] = rows  # pyright: ignore[reportArgumentType]
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def load_fit(path: str | Path) -> SavedFit:
    """Read a fit from its JSON file, or from the folder `fit-fluxes --out` wrote.

    Raises
    ------
    InputError
        If there is no such file, or it is none of ours; naming the file.
    """
    path = Path(path)
    file = path / FILE if path.is_dir() else path
    if not file.exists():
        raise InputError(
            f"{path} holds no {FILE}; give a folder written by fit-fluxes --out"
            if path.is_dir()
            else f"{file} does not exist; give a folder written by fit-fluxes --out"
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f'{file} is not a fit in the format "{FORMAT}"; run fit-fluxes again')
    missing = [name for name in _FIELDS if name not in content]
    if missing:
        raise InputError(f"{file}: {', '.join(missing)} is missing; run fit-fluxes again")
    return _read(content, file)


def _read(content: dict[str, Any], file: Path) -> SavedFit:
    try:
        rows = [
            {
                "flux": str(row["flux"]),
                "kind": str(row["kind"]),
                **{name: _number(row[name]) for name in ("value", "low", "high")},
                "determined": bool(row["determined"]),
                "note": str(row["note"]),
            }
            for row in content["fluxes"]
        ]
        return SavedFit(
            name=str(content["name"]),
            flux_unit=str(content["flux_unit"]),
            level=float(content["level"]),
            method=str(content["method"]),
            ssr=float(content["ssr"]),
            degrees=int(content["degrees"]),
            verdict=str(content["verdict"]),
            fluxes=pd.DataFrame(rows, columns=list(_COLUMNS)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is damaged ({error}); run fit-fluxes again") from None


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    return _OPEN[value] if isinstance(value, str) else float(value)
