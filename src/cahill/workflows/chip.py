"""Enrichment of a locus in chromatin, from the Cq of a ChIP-qPCR."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.assays.chip.chip_sets import Efficiency
    from cahill.assays.chip.enrichment import ChipEnrichment
    from cahill.io.chip_tables import ChipRun


def chip(
    data: Path,
    *,
    layout: Path | None = None,
    run: str | None = None,
    input_fraction: float | None = None,
    efficiency: tuple[str, ...] = (),
    negative: tuple[str, ...] = (),
    igg: str = "",
    control: str = "",
    paired: bool = False,
    confidence: float = 0.95,
) -> "ChipEnrichment":
    """Work out percent input and fold over IgG from a ChIP-qPCR.

    Parameters
    ----------
    data : Path
        Table of Cq with a column role (ip, igg, input, ntc); or an instrument's file, with
        --layout.
    layout : Path, optional
        What is in the wells: TOML, a workbook or a table (`cahill template chip-layout`).
    run : str, optional
        Which run, where an instrument's file holds several.
    input_fraction : float, optional
        Part of the chromatin that the input is, such as 0.01, if the file does not tell.
    efficiency : tuple of str
        Amplification of a target, such as GPT2=1.93+-0.03, or 1.93 for all; may be repeated. 2 if
        absent.
    negative : tuple of str
        Target where no binding is expected; may be repeated.
    igg : str
        Antibody that is the IgG control, if its role does not say so.
    control : str
        Group to compare with; the first if absent.
    paired : bool
        Compare chromatins of the same replicate name as pairs.
    confidence : float
        Of the intervals.
    """
    from cahill.assays.chip.enrichment import chip as analyse

    given = dict(_efficiency(text) for text in efficiency)
    return analyse(
        _read(data, layout, run),
        input_fraction=input_fraction,
        efficiencies=given,
        negative=negative,
        igg=igg,
        control=control,
        paired=paired,
        confidence=confidence,
    )


def _read(data: Path, layout: Path | None, run: str | None) -> "ChipRun":
    """Read a table of Cq, or an instrument's file with its layout."""
    from cahill.assays.chip.chip_runs import chip_run
    from cahill.io.chip_tables import read_chip
    from cahill.io.layout_fields import CHIP_FIELDS
    from cahill.io.layouts import read_layout
    from cahill.io.qpcr_files import read_qpcr

    if layout is None:
        return read_chip(data)
    return chip_run(read_qpcr(data, run), read_layout(layout, CHIP_FIELDS))


def _efficiency(text: str) -> "tuple[str, Efficiency]":
    """Read "TARGET=1.93+-0.03", "1.93" or "TARGET=93%"."""
    from cahill.assays.chip.chip_sets import Efficiency

    target, _, number = text.rpartition("=")
    found = re.fullmatch(r"\s*([\d.]+)\s*(?:(?:\+-|\+/-|±)\s*([\d.]+))?\s*(%?)\s*", number)
    try:
        value, sd = (float(part or 0) for part in found.groups()[:2]) if found else (0.0, 0.0)
    except ValueError:
        value, sd = 0.0, 0.0
    if found and found[3]:
        value, sd = 1 + value / 100, sd / 100
    if not 1 < value <= _MOST:
        raise InputError(
            f'--efficiency "{text}": write what a cycle multiplies by, above 1 and up to '
            f"{_MOST:g}, such as GPT2=1.93+-0.03"
        )
    return target.strip(), Efficiency(value, sd, assumed=False)


_MOST = 2.2
"""More than doubling is an artefact of inhibited standards; a little is scatter of the slope."""
