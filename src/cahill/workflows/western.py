"""Quantify a Western blot or a gel from its picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.assays.western.blot import WesternBlot


def western(
    file: Path,
    *,
    targets: Path | None = None,
    control: str | None = None,
    lanes: int | None = None,
    background: Literal["side-lane", "rolling-ball", "valley"] = "side-lane",
    accept_8_bit: bool = False,
    channel: Literal["red", "green", "blue"] | None = None,
    page: int | None = None,
) -> "WesternBlot":
    """Quantify a Western blot or a gel from its picture.

    Parameters
    ----------
    file : Path
        A picture (TIFF, PNG, .scn), or the layout: a workbook with the sheets lanes and targets, or
        a table of lanes (CSV, TSV).
    targets : Path, optional
        Table of targets; by default the one named like the table of lanes: lanes.csv, targets.csv.
    control : str, optional
        Group of the layout that the others are compared with.
    lanes : int, optional
        How many lanes the picture has, if they are not all found; a layout says so itself.
    background : str
        What is taken off: side-lane, the medians beside the lane, row by row; rolling-ball, a ball
        rolled under the picture; valley, lines between the valleys of a lane's profile.
    accept_8_bit : bool
        Accept 8-bit and JPEG pictures, whose volumes are marked as not quantitative.
    channel : str, optional
        Channel of a colour picture: red, green or blue.
    page : int, optional
        Page of a file with several, from 1.
    """
    from cahill.assays.western.blot import Reading, analyse_western, read_western
    from cahill.assays.western.blot_layout import is_layout, read_blot_layout

    reading = Reading(page, channel, accept_8_bit, background)
    if is_layout(file):
        if lanes is not None:
            raise InputError("--lanes is for a picture alone; the layout says how many there are")
        return analyse_western(read_blot_layout(file, targets), reading, control)
    for name, value in (("--targets", targets), ("--control", control)):
        if value is not None:
            raise InputError(f"{name} needs a layout; give the table of lanes, not a picture")
    if lanes is not None and lanes < 1:
        raise InputError(f"--lanes {lanes}: write a number from 1")
    return read_western(file, reading, lanes)
