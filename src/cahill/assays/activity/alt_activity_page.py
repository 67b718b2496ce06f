"""The report of ALT activities: samples, plate, standard curve, verdicts, every well."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.activity.activity_pictures import (
    activity_picture,
    deviation_picture,
    plate_picture,
    standard_picture,
)
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from cahill.assays.activity.alt_activity import AltActivity

HEADINGS = {
    "activity_u_per_l": "U/L",
    "activity_u_per_mg": "U/mg",
    "activity_u_per_g": "U/g",
    "interval_u_per_l": "interval, U/L",
    "interval_u_per_mg": "interval, U/mg",
    "interval_u_per_g": "interval, U/g",
    "replicate_cv": "CV of wells, %",
    "plp": "PLP",
    "alanine": "alanine, mmol/L",
    "oxoglutarate": "2-oxoglutarate, mmol/L",
    "inhibitor_concentration": "inhibitor, µmol/L",
    "without_plp": "without PLP, U/L",
    "with_plp": "with PLP, U/L",
    "interval": "interval",
    "rate": "rate, signal/min",
    "well_rate": "product, nmol/min",
    "shape": "shape of curve",
    "recovery_percent": "recovery, %",
    "within_80_120": "within 80–120 %",
    "reads_used": "reads used",
    "over": "reads masked",
    "path": "pathlength, cm",
    "path_from": "pathlength from",
    "aicc": "AICc",
    "r2": "R²",
}
CONDITIONS = ("alanine", "oxoglutarate", "inhibitor", "inhibitor_concentration")


def activity_page(result: "AltActivity") -> Page:
    """Return the report."""
    plate = Picture(
        plate_picture(result),
        "Reads of every well, those the rate rests on in colour; the thin line is the fit.",
        name="plate",
        min_width=720,
    )
    sections = [Section("Samples", tables=(_sample_table(result),), pictures=_dots(result))]
    sections += [_plp_section(result)] if len(result.plp) else []
    sections += [Section("Plate", pictures=(plate,), notes=result.notes)]
    sections += [_standard_section(result)] if result.standards is not None else []
    sections += [section for part in result.kinetics for section in part.sections()]
    sections += [_quality_section(result), _well_section(result)]
    sections += [Section("Method", paragraphs=_method(result))]
    return Page(
        title=result.title,
        lead=result.summary(),
        facts=_facts(result),
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )


def _facts(result: "AltActivity") -> tuple[Fact, ...]:
    """Return the headline numbers."""
    answered = int(result.table[result.value].notna().sum())
    counts = result.wells["outcome"].str.split(":").str[0].value_counts()
    named = ", ".join(f"{number} {name}" for name, number in counts.items())
    facts = [
        Fact("samples and conditions answered", f"{answered} of {len(result.table)}"),
        Fact("wells", str(len(result.wells)), beside=named),
        Fact("reading", result.reading, result.signal_unit),
    ]
    verdicts = {str(row["criterion"]): row for row in result.quality.to_dict("records")}
    for criterion, label in (
        ("replicate wells, beyond reading noise", "CV between replicate wells"),
        ("fastest sample", "fastest sample"),
        ("reagent blank", "reagent blank"),
        ("limit of quantification", "limit of quantification"),
    ):
        if criterion in verdicts:
            row = verdicts[criterion]
            met = None if pd.isna(row["met"]) else bool(row["met"])
            beside = f"limit {row['limit']}" if row["limit"] else ""
            facts.append(Fact(label, format_number(row["value"]), str(row["unit"]), beside, met))
    return tuple(facts)


def _dots(result: "AltActivity") -> tuple[Picture, ...]:
    figure = activity_picture(result)
    if figure is None:
        return ()
    caption = "Every sample, with the mean and 95 % interval of its group (or its own, if alone)."
    return (Picture(figure, caption, name="activity"),)


def _sample_table(result: "AltActivity") -> Table:
    """Return the samples, intervals as ranges, without columns that say nothing."""
    table = result.table.copy()
    drop = ["df", "protein_sd", "grams_per_litre"]
    for name in ("activity_u_per_l", "activity_u_per_mg", "activity_u_per_g", "rate"):
        if name in table:
            place = list(table.columns).index(name)
            text = [
                format_range(*ends) for ends in zip(table[f"{name}_low"], table[f"{name}_high"])
            ]
            short = name.removeprefix("activity_")
            table.insert(place + 1, f"interval_{short}", text)
            drop += [f"{name}_sd", f"{name}_low", f"{name}_high"]
    # Conditions that all samples share say nothing here; what a well is comes last.
    shared = [name for name in CONDITIONS if table[name].nunique(dropna=False) < 2]
    table = table.drop(columns=[name for name in (*drop, *shared) if name in table])
    table = table[[*table.columns[1:], "role"]]
    return Table(_telling(table), "Replicate wells combined, blanks subtracted.", HEADINGS, True)


def _telling(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are not blank throughout."""
    kept = [c for c in table if not (table[c].isna() | (table[c].astype(str) == "")).all()]
    return table[kept]


def _plp_section(result: "AltActivity") -> Section:
    table = result.plp.copy()
    table["interval"] = [format_range(*ends) for ends in zip(table["low"], table["high"])]
    table = _telling(table.drop(columns=["low", "high", "alanine", "oxoglutarate"]))
    words = (
        "Activity without added pyridoxal phosphate is that of the enzyme which kept its cofactor "
        "(holo); with it, that of holo and apo enzyme together."
    )
    return Section("With and without PLP", (words,), tables=(Table(table, headings=HEADINGS),))


def _standard_section(result: "AltActivity") -> Section:
    standards = result.standards
    if standards is None:
        raise AssertionError("no standards")
    tried = pd.DataFrame(list(standards.curve.tried), columns=["curve", "weights", "aicc", "r2"])
    chosen = (tried["curve"] == standards.curve.shape) & (
        tried["weights"] == standards.curve.weights
    )
    tried = tried.assign(chosen=np.where(chosen, "chosen", ""))
    return Section(
        "Standard curve",
        paragraphs=(_curve_words(result),),
        pictures=(
            Picture(
                standard_picture(result),
                "Standards, their curve with the band in which 95 % of wells lie, and what was "
                "read off; right, every standard read off its own curve.",
                name="standard_curve",
            ),
        ),
        tables=(
            Table(standards.table, "Standards, read off their own curve.", HEADINGS),
            Table(tried, "Curves compared; of equals (AICc within 2) the simplest.", HEADINGS),
        ),
        notes=standards.notes,
    )


def _curve_words(result: "AltActivity") -> str:
    standards = result.standards
    if standards is None:
        raise AssertionError("no standards")
    curve = standards.curve
    numbers = ", ".join(format_number(value, 4) for value in curve.parameters)
    names = {
        "linear": "signal = a + b x with a, b",
        "quadratic": "signal = a + b x + c x² with a, b, c",
        "4pl": "signal = (A − D) / (1 + (x/C)^B) + D with A, B, C, D",
    }
    return (
        f"{names[curve.shape]} = {numbers}; weights {curve.weights}; R² {curve.r2:.5f}. Limit of "
        f"detection {format_number(standards.lod)} {standards.unit}, of quantification "
        f"{format_number(standards.loq)} {standards.unit} (3.3 and 10 sigma)."
    )


def _quality_section(result: "AltActivity") -> Section:
    picture = deviation_picture(result)
    pictures = (
        ()
        if picture is None
        else (
            Picture(
                picture,
                "How far each well is from the mean of wells with the same content.",
                name="deviations",
                min_width=720,
            ),
        )
    )
    return Section("Quality", pictures=pictures, tables=(Table(_telling(result.quality)),))


def _well_section(result: "AltActivity") -> Section:
    columns = ["well", "role", "sample", "group", "fraction", "plp", "standard", "dilution", "path"]
    columns += ["path_from", "reads_used", "over", "shape", "lag", "rate", "well_rate", "blank"]
    columns += ["blank_kind", "net", "read_off", "outcome", "verdict", "remark"]
    columns += [name for name in result.wells if str(name).startswith("printed ")]
    table = _telling(result.wells[[name for name in columns if name in result.wells]])
    caption = "Every well of the file and of the layout, and what became of it."
    return Section("Every well", tables=(Table(table, caption, HEADINGS, sortable=True),))


def _method(result: "AltActivity") -> tuple[str, ...]:
    """Say in words what was done."""
    options = result.provenance.options if result.provenance else {}
    if result.assay == "coupled":
        epsilon = options.get("epsilon (L/mol/cm)", "")
        how = (
            "The rate of each well is its initial rate: straight line, lag and depletion are "
            "fitted and averaged by how well they explain the reads. U/L = dA/min × V(well) × 10⁶ "
            f"/ (ε × path × V(sample)) × dilution, with ε = {epsilon} L/mol/cm."
        )
    else:
        how = (
            "Every read is turned into an amount by the standard curve, and the initial rate is "
            "that of the amounts; reads above the highest standard are left out where five remain "
            "below. One unit is 1 µmol of pyruvate a minute at 37 °C."
        )
    return (
        how,
        "Blanks are subtracted as rates: for straight curves that is the same as subtracting the "
        "trace, it keeps the floor of NADH where it is, and the blank's variance is counted once "
        "for all wells that share it. A sample's own blank (no substrate) replaces the reagent "
        "blank.",
        "The interval holds the noise of the reads and the choice of the curve's shape, pipetting "
        "(one coefficient of variation for the plate, from replicate wells), the blank and the "
        "standard curve; Student's t with Satterthwaite's degrees of freedom.",
    )
