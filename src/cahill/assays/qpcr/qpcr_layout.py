"""A layout put upon a qPCR run: what the user says of a well goes before what the file says."""

from dataclasses import replace
from typing import get_args

from cahill.core.amplification import QpcrRun, Reaction, ReactionRole
from cahill.core.layout import Layout, WellContent
from cahill.errors import InputError

SILENT = "not in the layout"
"""Why a well that the layout does not mention is left out."""


def apply_layout(run: QpcrRun, layout: Layout) -> QpcrRun:
    """Return the run with its reactions described by the layout.

    Fields of the layout replace the file's; a target replaces it only in wells with one reaction
    (in a multiplex well it picks the reaction of that target or dye). Wells on which the layout is
    silent are left out, with that reason.

    Parameters
    ----------
    run : QpcrRun
    layout : Layout

    Raises
    ------
    InputError
        If the layout describes a well that the run does not have, or none of its wells.
    """
    known = {reaction.well for reaction in run.reactions}
    missing = [content for content in layout if content.well not in known and _filled(content)]
    if missing:
        raise InputError(
            f"{missing[0].where}: {run.name} has no well {missing[0].well}; is it the layout of "
            "this run?"
        )
    several = {
        well for well in known if sum(reaction.well == well for reaction in run.reactions) > 1
    }
    return run.with_reactions(
        tuple(
            _described(reaction, layout[reaction.well], reaction.well in several)
            if reaction.well in layout
            else replace(reaction, excluded=reaction.excluded or SILENT)
            for reaction in run.reactions
        )
    )


def _filled(content: WellContent) -> bool:
    return bool(content.text("sample") or content.text("target"))


def _described(reaction: Reaction, content: WellContent, several: bool) -> Reaction:
    fields = dict(content.fields)
    target, dye = fields.pop("target", ""), fields.pop("dye", "")
    if several:
        if target and target != reaction.target and dye != reaction.dye:
            return reaction
        if dye and dye != reaction.dye:
            return reaction
    role = fields.pop("role", "") or _role(reaction, fields)
    if role not in get_args(ReactionRole):
        raise InputError(f'{content.where}: role "{role}" is none of a qPCR')
    quantity = content.number("quantity", "dimensionless")
    sample = fields.pop("sample", "") or reaction.sample
    fields.pop("quantity", None)
    return replace(
        reaction,
        role=role,  # pyright: ignore[reportArgumentType]
        sample=sample,
        target=target or reaction.target,
        dye=dye or reaction.dye,
        quantity=reaction.quantity if quantity is None else quantity,
        fields={**reaction.fields, **fields},
        where=content.where or reaction.where,
    )


def _role(reaction: Reaction, fields: dict[str, str]) -> str:
    """Return the file's role; a well that the layout gives a sample is one."""
    return "sample" if reaction.role == "other" and fields.get("sample") else reaction.role
