"""What instruments call the kinds of a reaction, and labels that a spreadsheet has mangled."""

import re
from collections.abc import Iterable

from cahill.core.amplification import ReactionRole
from cahill.io.cell_numbers import mangled

ROLES: dict[str, ReactionRole] = {
    # RDML and RDES
    "unkn": "sample",
    "std": "standard",
    "ntc": "ntc",
    "nac": "nac",
    "nrt": "nrt",
    "pos": "positive",
    "ntp": "other",
    "opt": "other",
    # QuantStudio and other Applied Biosystems software
    "unknown": "sample",
    "standard": "standard",
    "endogenous control": "sample",
    "reference": "sample",
    "blocked ipc": "other",
    "blockedipc": "other",
    "ipc": "positive",
    "rt control": "nrt",
    "nort": "nrt",
    "positive control": "positive",
    "pc": "positive",
    "negative control": "ntc",
    "no template control": "ntc",
    "no-rt": "nrt",
    "irc": "calibrator",
    # Bio-Rad CFX
    "pos ctrl": "positive",
    "neg ctrl": "ntc",
    # plain words
    "": "sample",
    "sample": "sample",
    "positive": "positive",
    "negative": "ntc",
    "calibrator": "calibrator",
    "other": "other",
}
"""Role by what a file calls it, in small letters and without the number of a replicate."""

UNDETERMINED = frozenset(
    {"", "undetermined", "nan", "n/a", "na", "none", "-", "--", "no ct", "no cq", "no_cq", "no_ct"}
)
"""What stands in a Cq column, in small letters, where there was no amplification."""


def role_of(text: str) -> ReactionRole:
    """Return the role of a reaction from what a file calls it ("Unkn-01", "NTC", "STANDARD").

    What is not known is "other": it is kept, and takes part in nothing.
    """
    plain = " ".join(text.strip().lower().replace("_", " ").split())
    if plain not in ROLES:
        plain = re.sub(r"[- ]?\d+$", "", plain)
    return ROLES.get(plain, "other")


def mangled_labels(labels: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a note for each label that a spreadsheet seems to have has changed.

    Gene symbols such as MARCH1, SEPT2 or DEC1 become "1-Mar", "2-Sep" or "1-Dec" (Ziemann et al.
    2016), clone names such as 2310009E13 become "2.31E+19".

    Parameters
    ----------
    labels : iterable of (label, place)
        Names of targets and samples with where they stand.
    """
    seen: dict[str, str] = {}
    for label, place in labels:
        if mangled(label):
            seen.setdefault(label, place)
    return tuple(
        f'{place}: the name "{label}" looks like one that a spreadsheet has changed '
        "(MARCH1 becomes 1-Mar); write it as text."
        for label, place in seen.items()
    )
