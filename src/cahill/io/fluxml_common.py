"""Small things every part of the FluxML reader needs."""

from collections.abc import Callable, Iterator, Mapping
from xml.etree.ElementTree import Element

from cahill.core.labelling import Feed, Tracer
from cahill.core.network import Species
from cahill.errors import InputError
from cahill.io.xml_tree import LINE

NATURAL = {"C": 0.01055, "H": 0.00115, "N": 0.00368}
"""Chance of an atom that nobody labelled to be heavy in an input with a purity, as libFluxML has it
(modsim/FluxML, data/InputPool.cc); 13CFLUX 3.1 computes with the same."""

NATURAL_BEFORE = {"C": 0.01109, "H": 0.00115, "N": 0.00368}
"""Chance of an atom to be heavy before the label comes. Carbon is what 13CFLUX 3.1 shows at time 0,
whatever the inputs (measured: M+0 of four carbons is 0.98891^4); the others are libFluxML's."""

BEFORE = -1.0
"""A time before the experiment, in its own unit: all that matters is that it is below 0."""

Place = Callable[[Element], str]
"""Returns file and line of an element, for messages."""


def element_id(element: Element, place: Place) -> str:
    """Return the id of an element, or raise InputError if it has none."""
    name = element.get("id", "").strip()
    if not name:
        raise InputError(f"{place(element)}: <{element.tag}> has no id")
    return name


def annotation(element: Element, name: str) -> str:
    """Return the text of an annotation, blank if there is none of this name."""
    for child in element.iterfind("annotation"):
        if child.get("name") == name:
            return (child.text or "").strip()
    return ""


def number(text: str, what: str, where: str) -> float:
    """Return a finite number of the file, or raise InputError naming what it should be."""
    try:
        value = float(text)
    except ValueError:
        raise InputError(f'{where}: {what} "{text.strip()}" is not a number') from None
    if value != value or abs(value) == float("inf"):
        raise InputError(f'{where}: {what} "{text.strip()}" is not finite')
    return value


def atoms_in_order(species: Species) -> list[tuple[str, int]]:
    """Return the (element, position) of a species' atoms as FluxML numbers them."""
    return [(e, k) for e, count in species.atoms.items() for k in range(1, count + 1)]


def line_of(name: str) -> Place:
    """Return a function that places an element in the file of this name."""
    return lambda element: f"{name} line {element.get(LINE, '?')}"


def children(element: Element | None, *tags: str) -> Iterator[Element]:
    """Yield the children with one of these tags; legacy files have other names for some."""
    if element is not None:
        yield from (child for child in element if child.tag in tags)


def natural_feed(
    species: Species, abundance: Mapping[str, float], start: float, where: str = ""
) -> Feed:
    """Return a feed in which every atom is heavy by chance alone."""
    heavy = {e: (abundance.get(e, 0.0),) * count for e, count in species.atoms.items()}
    return Feed(species.id, (Tracer(1.0, heavy),), start, where)
