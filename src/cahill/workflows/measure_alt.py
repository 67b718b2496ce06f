"""Measure ALT activity from a plate reader's file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.assays.activity.alt_activity import AltActivity
    from cahill.core.plate import Plate


def measure_alt(
    file: Path,
    *,
    layout: Path | None = None,
    assay: Literal["auto", "coupled", "amplex-red"] = "auto",
    reading: str | None = None,
    plate: int | None = None,
    epsilon: float = 6220.0,
    limit: float = 3.5,
    well_area: str | None = None,
    curve: Literal["auto", "linear", "quadratic", "4pl"] = "auto",
    weights: Literal["auto", "1", "1/x", "1/y2", "replicates"] = "auto",
    standards: Literal["level", "rate"] = "level",
    rates: Literal["initial", "mean"] = "initial",
    duration: str | None = None,
    confidence: float = 0.95,
    save: Path | None = None,
    isoforms: Path | None = None,
    group: str = "",
    tissue: str = "",
    protein_per_gram: str = "",
    source: str = "measured activities",
    overwrite: bool = False,
) -> "AltActivity":
    """Measure ALT activity from a plate: NADH-coupled at 340 nm, or Amplex Red.

    Parameters
    ----------
    file : Path
        What the plate reader wrote; its format is found from the content.
    layout : Path, optional
        What is in the wells (TOML, XLSX, CSV; see cahill template layout). Without it the labels of
        the file serve, and rates are given instead of U/L.
    assay : str
        coupled: LDH takes NADH, read at 340 nm. amplex-red: pyruvate makes resorufin, read off
        standards. auto: by the wavelengths.
    reading : str, optional
        Name of the reading, such as 340, if the wavelengths do not tell.
    plate : int, optional
        Which plate of a file with several, from 1.
    epsilon : float
        Of NADH at 340 nm, L/mol/cm; some kit factors use 6300.
    limit : float
        Absorbance above which a read is not used, AU.
    well_area : str, optional
        Area of the bottom of a well, such as "0.32 cm2", for pathlengths from volumes where 977 and
        900 nm were not read.
    curve : str
        Shape of the standard curve; auto: by AICc.
    weights : str
        Of the standards: equal, 1/x, 1/y2, or by their replicates; auto: by AICc.
    standards : str
        level: standards are pyruvate and their signal stands. rate: they are enzyme, and their
        rates make the curve.
    rates : str
        initial: at the start, with lag and depletion modelled. mean: straight line through all
        reads, as instruments print it.
    duration : str, optional
        Time from start to a single read, such as "30 min".
    confidence : float
        Of the intervals.
    save : Path, optional
        Write Vmax of ALT in liver and muscle, for `cahill simulate --parameters`.
    isoforms : Path, optional
        With --save: table of isoform shares or folds, from a Western blot or qPCR.
    group : str
        With --save: which group of samples, if there are several.
    tissue : str
        With --save: tissue of samples that name none.
    protein_per_gram : str
        With --save: protein in wet tissue, such as "180 mg/g", where only U/mg is known.
    source : str
        With --save: how the table names the bench work.
    overwrite : bool
        Replace the file of --save.
    """
    from cahill.assays.activity.activity_settings import Settings
    from cahill.assays.activity.alt_activity import alt_activity
    from cahill.io.layout_fields import ACTIVITY_FIELDS
    from cahill.io.layouts import read_layout
    from cahill.io.plates import read_plates

    settings = Settings(
        assay=None if assay == "auto" else assay,
        reading=reading,
        epsilon=epsilon,
        limit=limit,
        well_area=_quantity("--well-area", well_area, "cm**2", "0.32 cm2"),
        curve=curve,
        weights=weights,
        standards=standards,
        rates=rates,
        duration=_quantity("--duration", duration, "min", "30 min"),
        confidence=confidence,
    )
    chosen = _chosen(read_plates(file), plate, file.name)
    inputs = {file.name: file}
    described = None
    if layout is not None:
        size = {"rows": chosen.rows, "columns": chosen.columns}
        described = read_layout(layout, ACTIVITY_FIELDS, **size)
        inputs[layout.name] = layout
    result = alt_activity(chosen, described, settings, inputs=inputs)
    if save is None:
        return result
    of = {"source": source, "group": group, "tissue": tissue, "protein_per_gram": protein_per_gram}
    return _handed_over(result, save, isoforms, of, overwrite)


def _handed_over(
    result: "AltActivity", save: Path, isoforms: Path | None, of: dict[str, str], overwrite: bool
) -> "AltActivity":
    """Write the parameters of the cycle, and say so."""
    from cahill.assays.handover.vmax_parameters import save_parameters

    frame = result.to_frame()
    handed = save_parameters(save, frame, isoforms=isoforms, force=overwrite, **of)
    told = f"Parameters written to {save.name}: {', '.join(handed.parameters)}."
    return replace(result, notes=(*result.notes, told, *handed.notes), written=(told,))


def _chosen(plates: "tuple[Plate, ...]", number: int | None, name: str) -> "Plate":
    """Return the plate asked for; a file with several needs to be asked."""
    if number is None and len(plates) > 1:
        raise InputError(
            f"{name} holds {len(plates)} plates; choose with --plate 1 to {len(plates)}"
        )
    if number is not None and not 1 <= number <= len(plates):
        raise InputError(f"--plate {number}: {name} holds {len(plates)}; give 1 to {len(plates)}")
    return plates[(number or 1) - 1]


def _quantity(flag: str, text: str | None, unit: str, example: str) -> float | None:
    """Read an option with its unit."""
    if text is None:
        return None
    from cahill.core.units import parse_quantity_text, to
    from cahill.errors import UnitError

    spelled = text.replace("cm2", "cm**2").replace("mm2", "mm**2")
    try:
        value, written = parse_quantity_text(spelled)
        return to(value, written, unit)
    except UnitError as error:
        raise UnitError(f'{flag} "{text}": {error}; write it as "{example}"') from None
