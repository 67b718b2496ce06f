"""A ChIP-qPCR as the instrument wrote it, told what is in its wells by a layout."""

from dataclasses import replace

import numpy as np

from cahill.assays.amplification.analysis import analyse_curves
from cahill.core.amplification import QpcrRun
from cahill.core.layout import Layout, WellContent
from cahill.errors import InputError
from cahill.io.chip_tables import CYCLES, ChipRun, reaction_of
from cahill.io.layouts import account_for


def chip_run(run: QpcrRun, layout: Layout) -> ChipRun:
    """Return the reactions of a run, described by a layout.

    Cq are the instrument's; where the file has none at all they are found from its curves.

    Parameters
    ----------
    run : QpcrRun
        As `cahill.io.qpcr_files.read_qpcr` returns it.
    layout : Layout
        In the words of `cahill.io.layout_fields.CHIP_FIELDS`; wells on which it is silent are left
        out. Target and sample are those of the run where the layout gives none.

    Raises
    ------
    InputError
        If the layout describes no well of the run, a well holds several reactions, or there are
        neither Cq nor curves.
    """
    account = account_for((one.well for one in run.reactions), layout)
    if not account.used:
        example = run.reactions[0].well if run.reactions else "A1"
        raise InputError(f'{layout.name} describes no well of {run.name}, such as "{example}"')
    run, notes = _with_cq(run)
    notes = [*account.notes(), *notes]
    excluded = [one for one in run.reactions if one.excluded and one.well in account.used]
    if excluded:
        wells = ", ".join(dict.fromkeys(one.well for one in excluded))
        notes.append(f"Left out, as the file says ({excluded[0].excluded}): {wells}.")
    reactions, seen = [], set()
    for one in run.reactions:
        if one.well not in account.used or one.excluded:
            continue
        if one.well in seen:
            raise InputError(
                f"{run.name} well {one.well}: several reactions in a well; export one dye"
            )
        seen.add(one.well)
        content = layout[one.well]
        own = {"target": one.target, "sample": one.sample}
        fields = {**{name: text for name, text in own.items() if text}, **content.fields}
        reactions.append(reaction_of(WellContent(one.well, fields, content.where), one.cq))
    cycles = float(run.cycles[-1]) if len(run.cycles) else float(CYCLES)
    paths = (run.path, layout.path)
    inputs = {path.name: path for path in paths if path is not None}
    return ChipRun(run.name, tuple(reactions), cycles, (*run.notes, *notes), inputs)


def _with_cq(run: QpcrRun) -> tuple[QpcrRun, list[str]]:
    """Return the run with Cq found from its curves, if the file has none."""
    if any(one.cq_reported for one in run.reactions):
        return run, []
    if not len(run.cycles):
        raise InputError(f"{run.name} has neither Cq nor curves; export the results")
    found = analyse_curves(run, method="threshold").reactions
    reactions = tuple(
        replace(one, cq=float(cq) if amplified and np.isfinite(cq) else None, cq_reported=True)
        for one, cq, amplified in zip(run.reactions, found["cq"], found["amplified"], strict=True)
    )
    note = "The file has no Cq; they were found from its curves (threshold, see `cahill qpcr`)."
    return run.with_reactions(reactions), [note]
