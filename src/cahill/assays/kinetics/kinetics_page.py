"""The report of kinetic fits."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from cahill.assays.kinetics.kinetic_analysis import Analysis
from cahill.assays.kinetics.kinetic_notes import NAMES
from cahill.assays.kinetics.kinetics_pictures import (
    analysis_picture,
    capital,
    dose_picture,
    reciprocal_frame,
)
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.saturation_plot import saturation_plot
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from cahill.assays.kinetics.enzyme_kinetics import KineticsFit

HEADINGS = {"best_fit": "best fit", "f_test_p": "F test p", "lack_of_fit_p": "lack of fit p"}
INHIBITION_NAMES = {
    "kic": "Ki on the free enzyme (competitive part)",
    "kiu": "Ki on the enzyme with substrate (uncompetitive part)",
    "ki": "Ki",
    "ki_plp": "Ki on the PLP form",
    "ki_pmp": "Ki on the PMP form",
    "ki_central": "Ki on the central complexes",
}
SHORT = {
    "competitive with alanine": "against alanine",
    "competitive with 2-oxoglutarate": "against 2-OG",
    "uncompetitive with both": "uncompetitive",
}
METHOD = (
    "Every law is fitted by least squares to all rates at once, never to reciprocals. The law "
    "shown is the one with the fewest constants among those within 2 of the lowest AICc. Intervals "
    "are profile likelihoods (95 % unless chosen otherwise); where an end is open, the rates set "
    "no limit there and the constant is not given as a number.",
    "The ping-pong law is that of the cycle model without products: "
    "v = Vmax A B/(Km_Ala B + Km_AKG A + A B), A alanine, B 2-oxoglutarate. ALT is known to be "
    "ping-pong; the sequential law is fitted beside it to see whether these rates would object.",
)


def kinetics_sections(fit: "KineticsFit") -> tuple[Section, ...]:
    """Return the sections of a report on one preparation."""
    whole = [item for item in fit.analyses if item.kind != "dose"]
    tables = tuple(_constants(fit, item) for item in whole)
    sections = [Section("Constants", tables=tables, notes=fit.notes)]
    sections += [_analysis_section(item) for item in whole]
    doses = [item for item in fit.analyses if item.kind == "dose"]
    for inhibitor in dict.fromkeys(item.inhibitor for item in doses):
        own = [item for item in doses if item.inhibitor == inhibitor]
        sections.append(_dose_section(fit, own, inhibitor))
    sections.append(_laws(fit))
    return tuple(sections)


def kinetics_page(fit: "KineticsFit") -> Page:
    """Return the whole report."""
    rates = fit.points.drop(columns=["reason"]) if fit.points["used"].all() else fit.points
    return Page(
        title=fit.title,
        lead=fit.summary(),
        facts=_facts(fit),
        sections=(
            *kinetics_sections(fit),
            Section("Rates", tables=(Table(rates, sortable=True),)),
            Section("Method", paragraphs=METHOD),
        ),
        sources=fit.sources,
        provenance=fit.provenance,
    )


def _constants(fit: "KineticsFit", analysis: Analysis) -> Table:
    """Return the constants of one analysis, kcat with them."""
    own = fit.results[fit.results["analysis"] == analysis.name]
    frame = own[["parameter", "value", "low", "high", "unit", "status", "note"]].reset_index(
        drop=True
    )
    frame.insert(1, "meaning", [_meaning(name, analysis) for name in frame["parameter"]])
    if (frame["note"] == "").all():
        frame = frame.drop(columns=["note"])
    caption = (
        f"{capital(analysis.name)}: {analysis.best.law.name}, with profile-likelihood intervals; "
        "without a value where the rates set no limit."
    )
    return Table(frame, caption=caption)


def _meaning(parameter: str, analysis: Analysis) -> str:
    known = NAMES.get(parameter) or INHIBITION_NAMES.get(parameter, "")
    if parameter.startswith("kcat"):
        known = "turnover number" if parameter == "kcat" else NAMES[f"vmax{parameter[4:]}"]
        known = known.replace("Vmax", "kcat")
    apparent = analysis.varied and parameter.startswith(("vmax", "km_"))
    return f"apparent {known}" if apparent else known


def _dose_section(fit: "KineticsFit", doses: list[Analysis], inhibitor: str) -> Section:
    picture = Picture(
        dose_picture(doses, inhibitor),
        caption=f"Rates against {inhibitor}, with the fitted inhibition curves.",
        name=f"dose-response-{_slug(inhibitor)}",
    )
    rows, constants = [], []
    for item in doses:
        place = _short_place(item)
        name = "ic50" if "ic50" in item.best.values else "ki_apparent"
        row = item.results.set_index("parameter").loc[name]
        label = {"ic50": "IC50", "ki_apparent": "apparent Ki"}[name]
        rows.append([place, item.best.law.name, label, row["value"], row["low"], row["high"]])
        rows[-1].append(item.interval("slope")[0])
        own = fit.results[fit.results["analysis"] == f"Ki from {item.name}"]
        kinds = [SHORT.get(law, law) for law in own["law"]]
        constants.append({"conditions": place, **dict(zip(kinds, own["value"]))})
    columns = ["conditions", "curve", "constant", "value", "low", "high", "slope"]
    tables = [Table(pd.DataFrame(rows, columns=columns), caption="Half inhibition, umol/L.")]
    if any(len(row) > 1 for row in constants):
        caption = (
            "Ki (umol/L) that each curve would mean, by the type of inhibition (Cheng and "
            "Prusoff). The right type is the one whose Ki does not change with the conditions."
        )
        tables.append(Table(pd.DataFrame(constants), caption=caption))
    return Section(f"Inhibition curves of {inhibitor}", pictures=(picture,), tables=tuple(tables))


def _short_place(analysis: Analysis) -> str:
    """Return "Ala 5, 2-OG 3 mmol/L"."""
    at = analysis.data.conditions
    parts = (("Ala", float(at.alanine[0])), ("2-OG", float(at.oxoglutarate[0])))
    known = [f"{name} {level:g}" for name, level in parts if math.isfinite(level)]
    return f"{', '.join(known)} mmol/L" if known else "not stated"


def _analysis_section(analysis: Analysis) -> Section:
    slug = "saturation" if analysis.kind == "saturation" else f"type-{_slug(analysis.inhibitor)}"
    pictures = [
        Picture(
            analysis_picture(analysis),
            caption="Rates with the fitted law, and residuals in standard deviations.",
            name=slug,
        ),
        Picture(
            saturation_plot(
                reciprocal_frame(analysis),
                title="Double-reciprocal view",
                subtitle="the same fit, drawn as 1/v against 1/S; nothing was fitted here",
            ),
            caption="Lineweaver-Burk view of the same fit.",
            name=f"{slug}-reciprocal",
        ),
    ]
    return Section(capital(analysis.name), pictures=tuple(pictures))


def _laws(fit: "KineticsFit") -> Section:
    tables = []
    for analysis in fit.analyses:
        own = fit.laws[fit.laws["analysis"] == analysis.name]
        frame = own.drop(columns=["analysis", "equation", "ssr", "aicc"])
        tables.append(Table(frame, caption=f"{capital(analysis.name)}.", headings=HEADINGS))
    lead = (
        "Every law tried on the same rates: AICc above the lowest, its weight, the F test of the "
        "law's extra terms against the law without them, and the test of misfit against replicates."
    )
    return Section("Laws compared", paragraphs=(lead,), tables=tuple(tables))


def _facts(fit: "KineticsFit") -> tuple[Fact, ...]:
    """Return the headline constants: of saturation, kcat, and the type of inhibition or IC50s."""
    whole = [item.name for item in fit.analyses if item.kind == "inhibition"]
    doses = [item.name for item in fit.analyses if item.kind == "dose"]
    base = fit.saturation
    facts = []
    for row in fit.results.to_dict("records"):
        name, own = str(row["parameter"]), str(row["analysis"])
        if base is not None and own == base.name and name in ("vmax", "km_ala", "km_akg", "kcat"):
            label = _meaning(name, base)
        elif own in whole and name.startswith("ki"):
            label = f"Ki ({name}), {own.partition(' at ')[0]}"
        elif own in doses and not whole and name in ("ic50", "ki_apparent"):
            label = own if name == "ic50" else f"apparent Ki, {own[8:]}"
        else:
            continue
        known = row["status"] in ("determined", "no interval")
        bound = f"≥ {format_number(row['low'])}" if row["low"] > 0 else "not determined"
        value = format_number(row["value"]) if known else bound
        beside = format_range(row["low"], row["high"]) if row["status"] == "determined" else ""
        facts.append(Fact(label, value, str(row["unit"]), beside))
    return tuple(facts[:6])


def _slug(text: str) -> str:
    return "".join(mark if mark.isalnum() else "-" for mark in text.lower())
