"""Exports of QuantStudio and of Design and Analysis software: text with sections, XLSX or CSV."""

from cahill.core.amplification import QpcrRun
from cahill.io.cell_grids import CellFile
from cahill.io.qpcr_gather import RunParts
from cahill.io.qpcr_tables import Table, key_values

_HEADINGS = ("task", "reporter", "amp status", "delta rn", "drn", "rn")


def is_quantstudio(file: CellFile, tables: list[Table]) -> bool:
    """Whether a file is such an export, by the headings of its tables."""
    named = "QuantStudio" in file.text or "Design" in file.text or "[Results]" in file.text
    columns = set().union(*(table.columns for table in tables)) if tables else set()
    marks = {"well", "well position"} <= columns or {"well", "delta rn"} <= columns
    return marks and (named or any(name in columns for name in _HEADINGS))


def read_quantstudio(file: CellFile, tables: list[Table]) -> QpcrRun:
    """Read the run of an export.

    Rn (reporter over passive reference) is the curve, its baselined form (Delta Rn) is kept beside
    it. A setup table, if there is one, fills in what the results do not say.

    Raises
    ------
    InputError
        If a reaction stands twice in one table, or a Cq is not to be read.
    """
    parts = RunParts()
    by_kind = {kind: [t for t in tables if t.kind == kind] for kind in ("results", "setup")}
    # well numbers are named by the results and the setup, so these come first
    for table in (*by_kind["results"], *by_kind["setup"]):
        if not table.has("slope") or not parts.reactions or table.has("quantity"):
            parts.add_results(table)
    for table in tables:
        # raw and multicomponent tables have no column of the reporter's signal
        if table.kind in ("curves", "melt"):
            parts.add_curves(table)
    kind = "Rn" if any(table.has("rn") for table in tables) else "raw"
    if kind == "raw" and any(table.signal in ("drn", "delta rn") for table in tables):
        kind = "dRn"
    facts = key_values(file)
    notes = []
    passive = facts.get("Passive Reference", "")
    if passive.lower() == "none":
        notes.append("The run had no passive reference; differences in volume are not corrected.")
    without = sum(key not in parts.curves for key in parts.reactions)
    if parts.curves and without:
        notes.append(f"{without} of {len(parts.reactions)} reactions have no curve in the file.")
    return parts.run(file.path, kind, facts, notes)
