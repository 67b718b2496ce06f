"""What the name of a tracer says: its isotope, the atoms it labels, whether label comes back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = re.compile(
    r"\[(?:(?P<positions>[\w,]+)-)?(?P<isotope>2H|3H|13C|14C|15N|18O)(?P<count>\d*)\]"
)

# Glucose loses hydrogen 2 on the way through glucose 6-phosphate, hydrogen 3 through fructose
# 6-phosphate too, hydrogen 6 in pyruvate and oxaloacetate; its carbon comes back from all of them.
_GLUCOSE_LOSS = {"6": 1, "3": 2, "2": 3}


@dataclass(frozen=True)
class TracerLabel:
    """The label of a tracer.

    Attributes
    ----------
    element : str
        "C", "H", "N" or "O".
    atoms : int or None
        How many atoms are labelled; None where the name leaves it open ("[U-13C]").
    positions : tuple of str
        Labelled positions as written, "U" for all; empty if the name gives none.
    """

    element: str
    atoms: int | None
    positions: tuple[str, ...]


def tracer_label(name: str) -> TracerLabel | None:
    """Read the label in a tracer's name: "[6,6-2H2]glucose", "[U-13C6]glucose", "[15N]alanine".

    Returns
    -------
    TracerLabel or None
        None if the name holds no isotope in brackets, or two.
    """
    found = list(_NAME.finditer(name))
    if len(found) != 1:
        return None
    positions = tuple((found[0]["positions"] or "").split(",")) if found[0]["positions"] else ()
    isotope = found[0]["isotope"]
    if found[0]["count"]:
        atoms: int | None = int(found[0]["count"])
    elif positions == ("U",):
        atoms = None
    else:
        atoms = max(len(positions), 1)
    return TracerLabel(isotope.lstrip("0123456789"), atoms, positions)


def label_loss(name: str, analyte: str) -> int | None:
    """Rank a tracer of glucose by how surely its label is lost before it can come back.

    Parameters
    ----------
    name, analyte : str
        The tracer, and the molecule it is.

    Returns
    -------
    int or None
        0 for carbon, which comes back; 1, 2, 3 for hydrogen 6, 3 and 2. None if it is not known,
        as for every tracer of another molecule.
    """
    label = tracer_label(name)
    if label is None or analyte.lower() != "glucose":
        return None
    if label.element == "C":
        return 0
    places = set(label.positions)
    return _GLUCOSE_LOSS.get(places.pop()) if label.element == "H" and len(places) == 1 else None


def reference_tracer(names: Iterable[str], analyte: str) -> str | None:
    """Return the tracer whose Ra stands for a molecule: the one whose label is lost most surely.

    Label that comes back makes Ra too small. Among equals the first counts.
    """
    return max(names, key=lambda name: label_loss(name, analyte) or 0, default=None)
