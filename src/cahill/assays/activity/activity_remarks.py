"""What is told beside the activities: outcomes of wells, notes, verdicts, sources, options."""

import numpy as np
import pandas as pd

from cahill.assays.activity import activity_quality as quality
from cahill.assays.activity.activity_measure import Measured
from cahill.assays.activity.activity_settings import Settings
from cahill.assays.activity.activity_units import ANSWERED
from cahill.assays.activity.plate_quality import PlateQuality
from cahill.assays.activity.plate_signals import Assay
from cahill.core.plate import Plate, Reading
from cahill.io.references import format_reference


def with_printed(wells: pd.DataFrame, plate: Plate) -> pd.DataFrame:
    """Add what the instrument itself printed of the wells."""
    columns = {
        f"printed {name}": [values.get(well, "") for well in wells["well"]]
        for name, values in plate.reported.items()
    }
    return wells.assign(**columns)


def judged_wells(wells: pd.DataFrame) -> pd.DataFrame:
    """Return the wells by which the plate is judged, not standards, which stand still."""
    own = wells[(wells["excluded"] == "") & ~wells["role"].isin(["standard", "empty"])]
    # A well out of range is told already, and being strong would drown the effects of position.
    own = own[own["verdict"] == ""]
    # What the layout leaves open is the same content in all wells.
    conditions = ["dilution", "alanine", "oxoglutarate", "inhibitor_concentration", "standard"]
    return own.assign(rate=own["well_rate"], signal=own["well_rate"]).fillna(
        dict.fromkeys(conditions, 0.0)
    )


def joint_verdicts(rows: list[dict[str, object]], judged: PlateQuality) -> pd.DataFrame:
    """Return all verdicts in one table, those of the assay first."""
    plate = judged.verdicts[["criterion", "value", "unit", "limit", "met", "detail", "source"]]
    frame = pd.concat([pd.DataFrame(rows, columns=quality.COLUMNS).astype(object), plate])
    frame = frame.astype({"value": float}).reset_index(drop=True)
    return frame[frame["met"].notna() | np.isfinite(frame["value"])].reset_index(drop=True)


def outcomes(wells: pd.DataFrame) -> list[str]:
    """Say of every well what became of it."""
    said = []
    for role, excluded in zip(wells["role"], wells["excluded"]):
        word = {"standard": "standard", "blank": "blank", "sample_blank": "blank", "empty": "empty"}
        said.append(f"excluded: {excluded}" if excluded else word.get(role, "used"))
    return said


def notes_on_wells(found: Measured, wells: pd.DataFrame, replicate_df: float) -> tuple[str, ...]:
    """Return doubts about blanks, replicates and wells left out."""
    notes = []
    live = wells[(wells["excluded"] == "") & wells["role"].isin(ANSWERED)]
    bare = live.loc[live["blank_kind"] == "none", "well"]
    if len(bare) and not found.by_rate:
        notes.append(
            f"No blank was subtracted from {len(bare)} wells; the rate without enzyme is in them."
        )
    if len(live) and not replicate_df:
        notes.append(
            "No sample has replicate wells; the intervals hold the noise of the reads, not that of "
            "pipetting."
        )
    bent = wells[
        (wells["role"] == "sample_blank") & wells["shape"].isin(["lag", "lag and depletion"])
    ]
    if len(bent):
        notes.append(
            f"Sample blanks {', '.join(bent['well'])} are not straight: the sample itself takes "
            "NADH or makes dye at first; the rate after that was subtracted."
        )
    lost = wells[wells["excluded"] != ""]
    for reason, own in lost.groupby("excluded", sort=False):
        names = own["well"].tolist()
        more = f" and {len(names) - 8} more" if names[8:] else ""
        notes.append(f"Left out ({reason}): {', '.join(names[:8])}{more}.")
    return tuple(notes)


def trace_frame(wells: pd.DataFrame, found: Measured) -> pd.DataFrame:
    """Return every read, one a row."""
    reads = found.traces.values.shape[1]
    repeated = wells[["well", "row", "column", "role"]].loc[wells.index.repeat(reads)]
    frame = repeated.assign(
        time=found.traces.times.ravel(),
        value=found.traces.values.ravel(),
        used=(found.used & found.traces.usable).ravel(),
        fitted=found.fitted.ravel(),
    )
    frame = frame[["well", "row", "column", "time", "value", "used", "role", "fitted"]]
    return frame[np.isfinite(frame["time"])].reset_index(drop=True)


def options(assay: Assay, reading: Reading, settings: Settings) -> dict[str, object]:
    """Return the options that shaped the answer, for provenance."""
    options: dict[str, object] = {"assay": assay, "reading": reading.name, "rates": settings.rates}
    options["limit (AU)"] = settings.limit
    if assay == "coupled":
        options["epsilon (L/mol/cm)"] = settings.epsilon
        options["well area (cm2)"] = settings.well_area or "-"
    else:
        options |= {"curve": settings.curve, "weights": settings.weights}
        options |= {"standards": settings.standards, "duration (min)": settings.duration or "-"}
    return options | {"confidence": settings.confidence}


def sources(assay: Assay) -> tuple[str, ...]:
    """Return the references of an assay, ready to print."""
    coupled = ("Seed001Cycle", "LinearChemicals", "KlinBiokemNorden1990", "Satterthwaite1946")
    red = ("Seed000Regulation", "ICHQ2", "Fieller1954", "Satterthwaite1946")
    return tuple(format_reference(key) for key in (coupled if assay == "coupled" else red))
