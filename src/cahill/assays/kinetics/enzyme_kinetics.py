"""Kinetic constants of ALT from rates: Km and Vmax of both substrates, kcat, IC50 and Ki."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.kinetics.inhibition_fit import fit_inhibition, inhibition_constants
from cahill.assays.kinetics.kinetic_analysis import (
    RESULT_COLUMNS,
    Analysis,
    ErrorModel,
    Rates,
    law_frame,
)
from cahill.assays.kinetics.kinetics_table import as_rates, of_sample, samples, where_of
from cahill.assays.kinetics.kinetics_words import sentences
from cahill.assays.kinetics.saturation_fit import fit_saturation
from cahill.core.units import check_dimension, parse_quantity_text, to
from cahill.errors import ConvergenceError, InputError, UnitError
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page, Section

SOURCES = ("BurnhamAnderson2002", "CornishBowden2012", "VenzonMoolgavkar1988")
INHIBITOR_SOURCES = ("ChengPrusoff1973", "Morrison1969", "Copeland2013")


@dataclass(frozen=True, kw_only=True, eq=False)
class KineticsFit(Result):
    """Kinetic constants of one preparation of enzyme.

    Attributes
    ----------
    sample : str
        Blank if the table named none.
    analyses : tuple of Analysis
        Saturation, inhibition and dose-response fits, as far as the conditions allow.
    results : pandas.DataFrame
        One constant a row, as `to_frame` gives it.
    laws : pandas.DataFrame
        Every law tried, as `cahill.assays.kinetics.kinetic_analysis.law_frame` gives it.
    points : pandas.DataFrame
        Every rate: where, conditions, rate, rate_sd, used, reason; and for each analysis it
        belongs to, one row with fitted and residual (in standard deviations).
    rate_unit : str
    """

    sample: str
    analyses: tuple[Analysis, ...]
    results: pd.DataFrame
    laws: pd.DataFrame
    points: pd.DataFrame
    rate_unit: str

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Enzyme kinetics{f' of {self.sample}' if self.sample else ''}"

    @property
    def saturation(self) -> Analysis | None:
        """The fit without inhibitor, if there is one."""
        return next((item for item in self.analyses if item.kind == "saturation"), None)

    def summary(self) -> str:
        """Return the law and the constants with their intervals."""
        return "; ".join(sentences(self.analyses)) + "."

    def to_frame(self) -> pd.DataFrame:
        """Return the constants of the supported laws, one a row.

        Returns
        -------
        pandas.DataFrame
            analysis, law, parameter, value (missing if not determined), low and high (profile
            likelihood; 0 or infinite where open), unit, status, best_fit (whatever the status) and
            note.
        """
        return self.results

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return constants, laws and rates."""
        return {"results": self.results, "laws": self.laws, "rates": self.points}

    def plot(self) -> "Figure":
        """Draw rates and fitted law: against each substrate, or against the inhibitor."""
        from cahill.assays.kinetics.kinetics_pictures import fit_picture

        return fit_picture(self)

    def sections(self) -> tuple["Section", ...]:
        """Return the sections of the report, for a page that holds more than kinetics."""
        from cahill.assays.kinetics.kinetics_page import kinetics_sections

        return kinetics_sections(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.kinetics.kinetics_page import kinetics_page

        return kinetics_page(self)


def fit_kinetics(
    frame: pd.DataFrame,
    *,
    sample: str = "",
    enzyme: str = "",
    error: ErrorModel = "auto",
    confidence: float = 0.95,
    name: str = "the table",
    path: Path | None = None,
) -> KineticsFit:
    """Fit what a table of rates allows.

    Parameters
    ----------
    frame : pandas.DataFrame
        One rate a row: rate and rate_unit; alanine and oxoglutarate (mmol/L), inhibitor,
        inhibitor_concentration (umol/L), rate_sd (unit of the rate) and sample as far as known.
    sample : str
        The one to fit, if there are several.
    enzyme : str
        Concentration of active sites in the assay with its unit, such as "0.1 umol/L"; gives kcat,
        and lets tight binding be judged.
    error : {"auto", "constant", "proportional", "given"}
        How the error of a rate depends on it: see
        `cahill.assays.kinetics.kinetic_analysis.analyse`.
    confidence : float
        Of the intervals, 0.5 to 0.999.
    name : str
        Of the table, for messages.
    path : Path, optional
        File it came from, for provenance.

    Raises
    ------
    InputError
        If nothing varies enough to be fitted, or an option cannot be.
    UnitError
        If the enzyme has no concentration's unit, or the rates' unit gives no kcat with it.
    """
    if not 0.5 <= confidence <= 0.999:
        raise InputError(f"confidence {confidence:g} is not between 0.5 and 0.999; write 0.95")
    chosen = of_sample(frame, sample, name).reset_index(drop=True)
    data, reasons = as_rates(chosen)
    sites = _sites(enzyme)
    if enzyme:
        kcat_per_vmax(data.unit, enzyme)
    analyses, extra = _analyses(data, sites, error, confidence)
    if not analyses:
        raise InputError(
            f"{name}: nothing to fit; vary alanine, oxoglutarate or an inhibitor over at least 3 "
            f"concentrations ({len(data.rates)} usable rates)"
        )
    parts = [analysis.results for analysis in analyses]
    parts += [rows for rows in [*extra, _turnover(analyses, data.unit, enzyme)] if len(rows)]
    options = {"sample": sample or "-", "enzyme": enzyme or "-"}
    options |= {"error": error, "confidence": f"{confidence:g}"}
    return KineticsFit(
        sample=sample or samples(chosen)[0],
        analyses=analyses,
        results=pd.concat(parts, ignore_index=True),
        laws=law_frame(analyses),
        points=_points(chosen, data, analyses, reasons),
        rate_unit=data.unit,
        notes=_notes(analyses, reasons, chosen),
        sources=_sources(analyses),
        provenance=collect_provenance({name: path} if path else {}, options),
    )


def _sources(analyses: tuple[Analysis, ...]) -> tuple[str, ...]:
    inhibited = any(analysis.kind != "saturation" for analysis in analyses)
    keys = (*SOURCES, *(INHIBITOR_SOURCES if inhibited else ()))
    return tuple(format_reference(key) for key in keys)


def kinetics_of(
    frame: pd.DataFrame, *, enzyme: str = "", error: ErrorModel = "auto"
) -> tuple[KineticsFit, ...]:
    """Fit every sample of a plate whose layout varies substrates or an inhibitor.

    Parameters
    ----------
    frame : pandas.DataFrame
        As in `fit_kinetics`, with a sample column if there are several preparations.
    enzyme, error : str
        As in `fit_kinetics`.

    Returns
    -------
    tuple of KineticsFit
        One a sample whose conditions allow a fit; empty if none does. Samples that cannot be
        fitted (too few rates, none positive) are left out: their rates stand in the plate's table.
    """
    found = []
    for sample in samples(frame):
        try:
            found.append(fit_kinetics(frame, sample=sample, enzyme=enzyme, error=error))
        except (InputError, ConvergenceError):
            continue
    return tuple(found)


def kcat_per_vmax(rate_unit: str, enzyme: str) -> float:
    """Return kcat in 1/s for a Vmax of 1 in its unit.

    Parameters
    ----------
    rate_unit : str
        Such as "U/L".
    enzyme : str
        Concentration of active sites with its unit.

    Raises
    ------
    UnitError
        If the two units do not make a turnover number.
    """
    value, unit = parse_quantity_text(enzyme)
    try:
        return to(1.0 / value, f"({rate_unit})/({unit})", "1/s")
    except UnitError:
        raise UnitError(
            f'a rate in "{rate_unit}" and enzyme in "{unit}" give no kcat; '
            "give rates in U/L or umol/L/min with --enzyme in umol/L"
        ) from None


def _sites(enzyme: str) -> float | None:
    """Return the concentration of active sites, umol/L."""
    if not enzyme:
        return None
    value, unit = parse_quantity_text(enzyme)
    check_dimension(unit, "umol/L")
    if value <= 0:
        raise InputError(f'--enzyme "{enzyme}" is not positive')
    return to(value, unit, "umol/L")


def _analyses(
    data: Rates, sites: float | None, error: ErrorModel, confidence: float
) -> tuple[tuple[Analysis, ...], list[pd.DataFrame]]:
    """Return every fit the conditions allow, and the Ki's that follow from IC50s."""
    free = data.inhibitors == ""
    saturation = fit_saturation(data.of(np.flatnonzero(free)), error=error, confidence=confidence)
    found, constants = list(saturation), []
    for inhibitor in dict.fromkeys(data.inhibitors[~free]):
        rows = np.flatnonzero(free | (data.inhibitors == inhibitor))
        fits = fit_inhibition(
            data.of(rows), str(inhibitor), enzyme=sites, error=error, confidence=confidence
        )
        found += fits
        base = saturation[0] if saturation else None
        constants += [
            inhibition_constants(fit, base, confidence) for fit in fits if fit.kind == "dose"
        ]
    return tuple(found), constants


def _turnover(analyses: tuple[Analysis, ...], unit: str, enzyme: str) -> pd.DataFrame:
    """Return kcat and kcat/Km from the saturation fit, if the enzyme's concentration is known."""
    base = next((item for item in analyses if item.kind == "saturation"), None)
    if base is None or not enzyme:
        return pd.DataFrame(columns=list(RESULT_COLUMNS))
    factor = kcat_per_vmax(unit, enzyme)
    rows = []
    for row in base.results.to_dict("records"):
        name = str(row["parameter"])
        if not name.startswith("vmax"):
            continue
        scaled = {key: row[key] * factor for key in ("value", "low", "high", "best_fit")}
        own = {"parameter": name.replace("vmax", "kcat"), "note": f"with {enzyme} of enzyme"}
        own["unit"] = "1/s" if name == "vmax" else "L/mmol/s"
        rows.append({**row, **scaled, **own})
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _points(
    frame: pd.DataFrame, data: Rates, analyses: tuple[Analysis, ...], reasons: list[str]
) -> pd.DataFrame:
    """Return one row a rate and analysis, and one a rate that no analysis used."""
    rows = []
    used: set[int] = set()
    for analysis in analyses:
        own, best = analysis.data, analysis.best
        scale = best.sd if math.isfinite(best.sd) and best.sd > 0 else math.nan
        places = where_of(frame, list(own.records))
        for k, record in enumerate(own.records):
            used.add(int(record))
            at = own.conditions
            row = [places[k], at.alanine[k], at.oxoglutarate[k], own.inhibitors[k]]
            row += [at.inhibitor[k], own.rates[k], own.sd[k], analysis.name, best.fitted[k]]
            rows.append([*row, best.residuals[k] / scale, True, ""])
    left = [k for k in range(len(frame)) if k not in used]
    for k, place in zip(left, where_of(frame, left)):
        cells = [frame[name].iloc[k] if name in frame.columns else None for name in _GIVEN]
        reason = reasons[k] or "too few of its kind for a fit"
        rows.append([place, *cells, "", math.nan, math.nan, False, reason])
    columns = ["where", *_GIVEN, "analysis", "fitted", "residual", "used", "reason"]
    return pd.DataFrame(rows, columns=columns)


_GIVEN = ("alanine", "oxoglutarate", "inhibitor", "inhibitor_concentration", "rate", "rate_sd")


def _notes(
    analyses: tuple[Analysis, ...], reasons: list[str], frame: pd.DataFrame
) -> tuple[str, ...]:
    notes = [note for analysis in analyses for note in analysis.notes]
    counted = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons) if reason}
    for reason, count in counted.items():
        first = where_of(frame, [reasons.index(reason)])[0]
        rows = "1 row" if count == 1 else f"{count} rows"
        notes.append(f"{rows} left out ({first}{' and others' if count > 1 else ''}): {reason}.")
    models = dict.fromkeys(analysis.error for analysis in analyses)
    notes.append(f"Error of the rates: {', '.join(models)}; its size is that of the residuals.")
    return tuple(notes)
