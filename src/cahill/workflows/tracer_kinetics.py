"""Analyse a tracer infusion study of the whole body."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.tracing.tracer_kinetics import TracerKinetics


def tracer_kinetics(
    study: Path,
    *tables: Path,
    plateau: tuple[float, float] | None = None,
    exchange: float | None = None,
    draws: int = 2000,
    seed: int = 1,
) -> "TracerKinetics":
    """Compute rates of appearance, clearances and carbon transfers from plasma enrichments.

    Parameters
    ----------
    study : Path
        Folder or XLSX workbook with the tables of the study, or the first table (CSV, TSV).
    tables : Path
        The other tables, if they are given one by one.
    plateau : tuple of float, optional
        First and last minute of the plateau; the last four samples of each course if absent.
    exchange : float, optional
        Share of label that carbon from alanine or lactate loses by exchange in the TCA cycle.
    draws : int
        Draws of the bootstrap that gives the intervals.
    seed : int
        The same seed gives the same intervals.
    """
    from cahill.io.enrichment_tables import read_infusion_study, table_files
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.tracer_kinetics import tracer_kinetics as run

    read = read_infusion_study(study, *tables)
    options = {"plateau": plateau, "exchange": exchange, "draws": draws, "seed": seed}
    given = {name: value for name, value in options.items() if value is not None}
    inputs = {path.name: path for path in table_files(study, *tables)}
    provenance = collect_provenance(inputs, given)
    return run(
        read, plateau=plateau, exchange=exchange, draws=draws, seed=seed, provenance=provenance
    )
