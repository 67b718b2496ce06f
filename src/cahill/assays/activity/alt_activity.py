"""ALT activity from a plate: NADH-coupled or by Amplex Red, from reads to U/L, U/mg and U/g."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.activity import activity_remarks as remarks
from cahill.assays.activity.activity_measure import Measured, measure_amplex, measure_coupled
from cahill.assays.activity.activity_quality import plate_verdicts
from cahill.assays.activity.activity_settings import Settings
from cahill.assays.activity.activity_units import (
    Part,
    add_units,
    per_sample,
    plp_table,
    sample_table,
    subtract_blanks,
)
from cahill.assays.activity.plate_quality import plate_quality
from cahill.assays.activity.plate_signals import Assay, choose_reading, guess_assay, usable_reads
from cahill.assays.activity.plate_wells import well_table
from cahill.assays.activity.pyruvate_standards import Standards
from cahill.assays.activity.well_rates import traces_of
from cahill.core.layout import Layout
from cahill.core.plate import Plate
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.assays.kinetics.enzyme_kinetics import KineticsFit
    from cahill.results.page import Page


@dataclass(frozen=True, kw_only=True, eq=False)
class AltActivity(Result):
    """Activities of the samples of a plate.

    Attributes
    ----------
    assay : {"coupled", "amplex-red"}
    reading : str
        Name of the reading used.
    signal_unit : str
        AU, RFU or RLU.
    unit : str
        "U/L", or the unit of what could be computed without volumes.
    table : pandas.DataFrame
        As `to_frame` gives it.
    wells : pandas.DataFrame
        Every well of plate and layout, one a row: what it is, its rate (signal/min), the rate in
        nmol/min, blank, net, and its outcome (used, blank, standard, empty, or why excluded).
    traces : pandas.DataFrame
        Every read: well, row, column, time (s), value, used, role, fitted.
    standards : Standards or None
    plp : pandas.DataFrame
        Samples measured with and without pyridoxal phosphate; may be empty.
    quality : pandas.DataFrame
        Verdicts: criterion, value, unit, limit, met, detail, source.
    deviations : pandas.DataFrame
        Every well's distance from wells of the same content, for a heat map.
    kinetics : tuple of KineticsFit
        Fits of Km, Vmax or inhibition, where the layout varies substrates or an inhibitor.
    shape : tuple of int
        Rows and columns of the plate.
    plate_name : str
    written : tuple of str
        What was handed over to a file, in words.
    """

    assay: Assay
    reading: str
    signal_unit: str
    unit: str
    table: pd.DataFrame
    wells: pd.DataFrame
    traces: pd.DataFrame
    standards: Standards | None
    plp: pd.DataFrame
    quality: pd.DataFrame
    deviations: pd.DataFrame
    kinetics: "tuple[KineticsFit, ...]"
    shape: tuple[int, int]
    plate_name: str
    written: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Heading of the report."""
        how = "coupled to LDH" if self.assay == "coupled" else "Amplex Red"
        return f"ALT activity ({how})"

    def lines(self) -> list[str]:
        """Return a line for each sample and condition, and what was written."""
        from cahill.assays.activity.activity_lines import answer_lines

        return [*answer_lines(self.table, self.value, self.unit), *self.written]

    def summary(self) -> str:
        """Return how many samples have an answer, their range and the doubts."""
        value = self.value
        answered = self.table[value].notna()
        parts = [f"{int(answered.sum())} of {len(self.table)} samples and conditions answered"]
        if answered.any():
            low, high = self.table[value].min(), self.table[value].max()
            ends = dict.fromkeys((format_number(low), format_number(high)))
            parts[0] += f", {' to '.join(ends)} {self.unit}"
        excluded = int((self.wells["excluded"] != "").sum())
        if excluded:
            parts.append(f"{excluded} of {len(self.wells)} wells left out")
        doubtful = int(self.table.loc[answered, "verdict"].ne("").sum())
        if doubtful:
            parts.append(f"{doubtful} answer{'s' * (doubtful > 1)} marked")
        if len(self.plp):
            share = format_range(self.plp["holo_share"].min(), self.plp["holo_share"].max(), 2)
            parts.append(f"share with cofactor {share}")
        failed = self.quality.loc[self.quality["met"].eq(False), "criterion"].tolist()
        if failed:
            parts.append(f"not met: {', '.join(failed)}")
        return "; ".join(parts) + "."

    @property
    def value(self) -> str:
        """Name of the column that holds the answer."""
        return "activity_u_per_l" if "activity_u_per_l" in self.table else "rate"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a sample and condition.

        Returns
        -------
        pandas.DataFrame
            role, sample, group, replicate, tissue, fraction, plp, alanine and oxoglutarate
            (mmol/L), inhibitor, inhibitor_concentration (umol/L), wells (that count),
            activity_u_per_l, _u_per_mg and _u_per_g (where the layout allows) each with _sd, _low
            and _high; or rate, rate_sd, rate_low, rate_high and rate_unit where there are no
            volumes; df, replicate_cv (%), blank (which was subtracted) and verdict.
        """
        return self.table

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return samples, wells, reads, verdicts and, where there are some, standards and PLP."""
        found = {"results": self.table, "wells": self.wells, "quality": self.quality}
        if self.standards is not None:
            found["standards"] = self.standards.table
        if len(self.plp):
            found["plp"] = self.plp
        for number, part in enumerate(self.kinetics, 1):
            found |= {f"kinetics_{number}_{name}": frame for name, frame in part.tables().items()}
        return {**found, "traces": self.traces}

    def plot(self) -> "Figure":
        """Draw the wells in the shape of the plate, with the part of each curve that was used."""
        from cahill.assays.activity.activity_pictures import plate_picture

        return plate_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.activity.alt_activity_page import activity_page

        return activity_page(self)


def alt_activity(
    plate: Plate,
    layout: Layout | None = None,
    settings: Settings | None = None,
    *,
    inputs: Mapping[str, Path] | None = None,
) -> AltActivity:
    """Return the ALT activity of the samples of a plate.

    Parameters
    ----------
    plate : Plate
    layout : Layout, optional
        Without it the labels of the file tell standards, blanks and samples apart, and rates are
        given instead of U/L.
    settings : Settings, optional
    inputs : mapping of str to Path, optional
        Files, for provenance.

    Raises
    ------
    InputError
        If no reading serves the assay, or volumes, pathlengths or standards are missing; each fault
        a line that says what to give.
    """
    settings = settings or Settings()
    assay = settings.assay or guess_assay(plate)
    reading, choice = choose_reading(plate, assay, settings.reading)
    wells = well_table(plate, layout)
    traces = traces_of(wells, reading, usable_reads(reading, settings.limit))
    unread = ~np.isfinite(traces.values).any(axis=1) & (traces.over == 0)
    silent = unread & (wells["excluded"] == "").to_numpy() & (wells["role"] != "empty").to_numpy()
    wells.loc[silent, "excluded"] = f'not in reading "{reading.name}"'
    measure = measure_coupled if assay == "coupled" else measure_amplex
    found = measure(plate, layout, reading, wells, traces, settings)
    table, full, spread = _answers(found, settings.confidence)
    full = remarks.with_printed(full, plate)
    cv = float(np.sqrt(spread.variance)) if spread.df else np.nan
    common, warm = plate_verdicts(full, reading, cv)
    judged = plate_quality(remarks.judged_wells(full))
    own = remarks.notes_on_wells(found, full, spread.df)
    notes = (*plate.notes, *choice, *found.notes, *warm, *judged.notes, *own)
    return AltActivity(
        assay=assay,
        reading=reading.name,
        signal_unit=reading.unit,
        unit="U/L" if found.activity else str(full["rate_unit"].iloc[0]),
        table=table,
        wells=full,
        traces=remarks.trace_frame(full, found),
        standards=found.standards,
        plp=plp_table(table, settings.confidence) if found.activity else pd.DataFrame(),
        quality=remarks.joint_verdicts([*found.verdicts, *common], judged),
        deviations=judged.wells,
        kinetics=_kinetics(table) if found.activity else (),
        shape=(plate.rows, plate.columns),
        plate_name=plate.name,
        notes=tuple(dict.fromkeys(notes)),
        sources=(*remarks.sources(assay), *judged.sources),
        provenance=collect_provenance(inputs or {}, remarks.options(assay, reading, settings)),
    )


def _answers(found: Measured, confidence: float) -> tuple[pd.DataFrame, pd.DataFrame, Part]:
    """Subtract blanks, combine replicates and convert; return samples, wells and pipetting."""
    wells = found.wells if found.by_rate else subtract_blanks(found.wells)
    if found.by_rate:
        # The curve runs through the standards' whole rates: what a blank does is in it.
        blank = {"blank": np.nan, "blank_sd": np.nan, "blank_df": np.nan, "blank_kind": "none"}
        wells = wells.assign(**blank, net=wells["well_rate"])
    wells = per_sample(wells, found.activity)
    table, spread = sample_table(wells, confidence)
    if found.activity:
        table = add_units(table, confidence)
    else:
        names = {"value": "rate", "value_sd": "rate_sd", "low": "rate_low", "high": "rate_high"}
        table = table.rename(columns=names).assign(rate_unit=wells["rate_unit"].iloc[0])
    known = ["protein", "protein_sd", "grams_per_litre"]
    tail = ["df", "replicate_cv", "blank", *known, "verdict"]
    order = [name for name in table if name not in tail] + tail
    unknown = [name for name in known if table[name].isna().all()]
    table = table[order].drop(columns=unknown)
    return table, wells.assign(outcome=remarks.outcomes(wells)), spread


def _kinetics(table: pd.DataFrame) -> "tuple[KineticsFit, ...]":
    """Fit what the conditions of the samples allow; nothing if all share one condition."""
    own = table[(table["role"] == "sample") & table["activity_u_per_l"].notna()]
    varied = own[["alanine", "oxoglutarate", "inhibitor_concentration"]].nunique() > 1
    if not varied.any():
        return ()
    from cahill.assays.kinetics.enzyme_kinetics import kinetics_of

    plp = own["plp"].map({"yes": "with PLP", "no": "without PLP"}).fillna("")
    parts = zip(own["sample"], own["tissue"], own["fraction"], plp)
    names = [", ".join(dict.fromkeys(text for text in part if text)) for part in parts]
    rates = {"rate": own["activity_u_per_l"], "rate_sd": own["activity_u_per_l_sd"]}
    return kinetics_of(own.assign(**rates, rate_unit="U/L", sample=names))
