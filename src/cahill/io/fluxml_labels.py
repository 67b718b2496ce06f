"""FluxML's short notation of label measurements, read and written.

=================================  =============================================================
``Ala[2,3]#M0,1,2``                mass isotopologues of a fragment
``Ala#M(0,0),(1,0)``               by element, in the order of the pool's elements
``Ala[1-3:1,2]#M(0,0),(1,1)``      tandem MS: heavy atoms of (precursor, product)
``Ala#P1,2``                       enrichment of single atoms (1H NMR)
``Ala#S2,DL2,DR2,DD2,T2``          13C multiplets: atom heavy and its neighbours light (S), the
                                   left (DL), the right (DR) or both (DD, T) heavy
``Ala#1x0; Ala#11x``               cumomers and isotopomers, one a row
=================================  =============================================================
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from cahill.core.labelling import Channel, LabelMeasurement, mass_channels
from cahill.core.network import Species
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml_common import atoms_in_order

Groups = tuple[tuple[tuple[str, int], ...], ...]

_SPEC = re.compile(r"\s*(\w+)\s*(?:\[([\d,:\-\s]+)\])?\s*#\s*(.+?)\s*", re.DOTALL)
_SIGNAL = re.compile(r"(S|DL|DR|DD|T)?(\d+)")
_NEIGHBOURS = {"S": (0, 0), "DL": (1, 0), "DR": (0, 1), "DD": (1, 1), "T": (1, 1)}
MAX_ATOMS = 12
"""Most single atoms observed together; their joint distribution has 2 to this power values."""


@dataclass(frozen=True)
class Notation:
    """What a measurement's notation says.

    Parameters
    ----------
    pool : str
        The file's pool id.
    groups : tuple of tuple of (str, int)
        Groups of atoms.
    channels : tuple of Channel
        Signals, in the order of the notation.
    keys : tuple of str
        How a datum names each signal: "1" or "1,0" (weight), "DL2" (type and pos), "2" (pos).
    """

    pool: str
    groups: Groups
    channels: tuple[Channel, ...]
    keys: tuple[str, ...]


def parse_notation(text: str, species: Callable[[str], Species], where: str) -> Notation:
    """Read the notation of one measurement group.

    Parameters
    ----------
    text : str
        The notation.
    species : callable
        Returns the species of the file's pool id, or raises UnknownNameError.
    where : str
        File and line, put in front of messages.

    Raises
    ------
    InputError
        If it is none of the notations, or names atoms the pool does not have.
    """
    rows = [row for row in (part.strip() for part in text.split(";")) if row]
    matches = [_SPEC.fullmatch(row) for row in rows]
    if not rows or not all(matches):
        raise InputError(
            f'{where}: "{text.strip()}" is no measurement of one pool; sums over several pools '
            "cannot be read"
        )
    pools = {match[1] for match in matches if match}
    first = matches[0]
    if first is None or len(pools) != 1:
        raise InputError(f'{where}: "{text.strip()}" mixes pools; give each a group of its own')
    pool = first[1]
    try:
        atoms = atoms_in_order(species(pool))
    except UnknownNameError as error:
        raise InputError(f"{where}: {error}") from None
    signals = [match[3] for match in matches if match]
    if not any(match[2] for match in matches if match) and all(
        re.fullmatch("[01x]+", signal) for signal in signals
    ):
        return _isotopomers(pool, signals, atoms, where)
    if len(rows) > 1:
        raise InputError(f'{where}: "{text.strip()}": only rows of 0, 1 and x may be several')
    if signals[0].startswith("M"):
        return _mass(pool, first[2], signals[0][1:], atoms, where)
    if first[2]:
        raise InputError(f'{where}: "{text.strip()}": only masses (#M) are of fragments')
    return _nmr(pool, signals[0], atoms, where)


def _range(text: str, atoms: Sequence[tuple[str, int]], where: str) -> list[tuple[str, int]]:
    positions: list[int] = []
    for part in text.split(","):
        ends = [end.strip() for end in part.split("-")]
        if len(ends) > 2 or not all(end.isdecimal() for end in ends):
            raise InputError(f'{where}: "[{text}]" is no list of atoms such as [1,3-5]')
        positions += range(int(ends[0]), int(ends[-1]) + 1)
    beyond = [position for position in positions if not 1 <= position <= len(atoms)]
    if beyond or len(set(positions)) < len(positions) or not positions:
        why = f"atom {beyond[0]} is not there" if beyond else "an atom stands twice, or none does"
        raise InputError(f'{where}: "[{text}]" of a pool of {len(atoms)} traced atoms: {why}')
    return [atoms[position - 1] for position in sorted(positions)]


def _mass(
    pool: str, fragment: str | None, text: str, atoms: list[tuple[str, int]], where: str
) -> Notation:
    tuples = [
        tuple(map(int, re.findall(r"\d+", part))) for part in re.findall(r"\([\d,\s]+\)|\d+", text)
    ]
    if re.sub(r"[\d,()\s]", "", text) or not tuples or len({len(one) for one in tuples}) != 1:
        raise InputError(f'{where}: "#M{text}" is no list of masses such as #M0,1 or #M(0,0),(0,1)')
    if len(set(tuples)) < len(tuples):
        raise InputError(f'{where}: "#M{text}": a mass stands twice')
    keys = tuple(",".join(map(str, one)) for one in tuples)
    if fragment and ":" in fragment:
        groups, shifts = _tandem(fragment, tuples, atoms, where)
    else:
        chosen = _range(fragment, atoms, where) if fragment else atoms
        groups = _by_element(chosen) if len(tuples[0]) > 1 else (tuple(chosen),)
        shifts = tuples
        if len(tuples[0]) != len(groups):
            raise InputError(
                f'{where}: "#M{text}" counts {len(tuples[0])} elements, the fragment has '
                f"{len(groups)}"
            )
    for shift, key in zip(shifts, keys):
        if any(not 0 <= count <= len(group) for count, group in zip(shift, groups)):
            raise InputError(f"{where}: mass ({key}) needs more atoms than the fragment has")
    channels = mass_channels([len(group) for group in groups], shifts)
    return Notation(pool, groups, channels, keys)


def _by_element(atoms: Sequence[tuple[str, int]]) -> Groups:
    elements = dict.fromkeys(element for element, _ in atoms)
    return tuple(tuple(atom for atom in atoms if atom[0] == element) for element in elements)


def _tandem(
    fragment: str, tuples: list[tuple[int, ...]], atoms: list[tuple[str, int]], where: str
) -> tuple[Groups, list[tuple[int, ...]]]:
    """Return (product, rest) groups and counts from FluxML's (precursor, product) masses."""
    sides = fragment.split(":")
    if len(sides) != 2 or len(tuples[0]) != 2:
        raise InputError(f'{where}: "[{fragment}]" needs masses in pairs (precursor, product)')
    precursor, daughter = (_range(side, atoms, where) for side in sides)
    if not set(daughter) < set(precursor):
        raise InputError(f'{where}: "[{fragment}]": the product is no part of the precursor')
    rest = tuple(atom for atom in precursor if atom not in daughter)
    return (tuple(daughter), rest), [(d, m - d) for m, d in tuples]


def _nmr(pool: str, text: str, atoms: list[tuple[str, int]], where: str) -> Notation:
    signals: list[tuple[str, int]] = []
    kind = ""
    for part in text.replace("P", "").split(","):
        match = _SIGNAL.fullmatch(part.strip())
        if match is None or bool(match[1] or kind) == text.startswith("P"):
            raise InputError(f'{where}: "#{text}" is no notation that can be read')
        kind = match[1] or kind  # "S1,2" is S1 and S2
        signals.append((kind, int(match[2])))
    patterns = []
    for kind, position in signals:
        if not 1 <= position <= len(atoms):
            raise InputError(f'{where}: "#{text}": the pool has no traced atom {position}')
        cells = ["x"] * len(atoms)
        cells[position - 1] = "1"
        if kind:
            for side, state in zip((position - 2, position), _NEIGHBOURS[kind]):
                if 0 <= side < len(atoms):
                    cells[side] = str(state)
                elif state:
                    raise InputError(f'{where}: "#{text}": atom {position} has no such neighbour')
        patterns.append("".join(cells))
    found = _isotopomers(pool, patterns, atoms, where)
    names = [f"{kind or 'P'}{position}" for kind, position in signals]
    keys = tuple(f"{kind}{position}" for kind, position in signals)
    channels = tuple(Channel(name, one.weights) for name, one in zip(names, found.channels))
    return Notation(pool, found.groups, channels, keys)


def _isotopomers(
    pool: str, patterns: Sequence[str], atoms: list[tuple[str, int]], where: str
) -> Notation:
    """Return single-atom groups of all atoms that are not "x" everywhere."""
    for pattern in patterns:
        if len(pattern) != len(atoms) or not pattern.strip("x"):
            raise InputError(
                f'{where}: "#{pattern}" needs a 0, 1 or x for each of {len(atoms)} atoms, not all x'
            )
    seen = [k for k in range(len(atoms)) if any(pattern[k] != "x" for pattern in patterns)]
    if len(seen) > MAX_ATOMS:
        raise InputError(f"{where}: more than {MAX_ATOMS} atoms observed singly at once")
    groups = tuple((atoms[k],) for k in seen)
    channels = tuple(
        Channel(pattern, dict.fromkeys(_states([pattern[k] for k in seen]), 1.0))
        for pattern in patterns
    )
    return Notation(pool, groups, channels, tuple(str(k + 1) for k in range(len(patterns))))


def _states(cells: Sequence[str]) -> Iterator[tuple[int, ...]]:
    return product(*[(0, 1) if cell == "x" else (int(cell),) for cell in cells])


def write_notation(
    measurement: LabelMeasurement, pool: str, species: Species
) -> tuple[str, Notation] | None:
    """Return the notation of a measurement and what it says, or None if FluxML has none for it.

    Parameters
    ----------
    measurement : LabelMeasurement
        Of one species.
    pool : str
        The id of its species in the file.
    species : Species
        That species.
    """
    best = None
    for text in _spellings(measurement, pool, species):
        try:
            said = parse_notation(text, lambda _: species, "")
        except InputError:
            continue
        if said.groups != measurement.groups:
            continue
        if [c.weights for c in said.channels] != [dict(c.weights) for c in measurement.channels]:
            continue
        if [c.name for c in said.channels] == [c.name for c in measurement.channels]:
            return text, said
        best = best or (text, said)
    return best


def _spellings(measurement: LabelMeasurement, pool: str, species: Species) -> Iterator[str]:
    """Yield candidates; the reader is the judge of what they say."""
    atoms = atoms_in_order(species)
    groups = [[atoms.index(atom) + 1 for atom in group] for group in measurement.groups]
    names = [channel.name for channel in measurement.channels]
    every = sorted(position for group in groups for position in group)
    where = "" if len(every) == len(atoms) else f"[{','.join(map(str, every))}]"
    single = [next(iter(c.weights)) for c in measurement.channels if len(c.weights) == 1]
    if len(single) == len(names):
        if len(groups) == 1:
            yield f"{pool}{where}#M" + ",".join(str(shift[0]) for shift in single)
        yield f"{pool}{where}#M" + ",".join(f"({','.join(map(str, s))})" for s in single)
        if len(groups) == 2:
            product_atoms = ",".join(map(str, groups[0]))
            pairs = ",".join(f"({d + r},{d})" for d, r in single)
            yield f"{pool}[{','.join(map(str, every))}:{product_atoms}]#M{pairs}"
    if all(re.fullmatch(r"P\d+", name) for name in names):
        yield f"{pool}#{','.join(names)}"
    if all(re.fullmatch(r"(S|DL|DR|DD|T)\d+", name) for name in names):
        yield f"{pool}#{','.join(names)}"
    if all(len(group) == 1 for group in groups):
        yield ";".join(
            f"{pool}#{_pattern(channel, [group[0] for group in groups], len(atoms))}"
            for channel in measurement.channels
        )


def _pattern(channel: Channel, positions: Sequence[int], count: int) -> str:
    cells = ["x"] * count
    for axis, position in enumerate(positions):
        states = {state[axis] for state in channel.weights}
        if len(states) == 1:
            cells[position - 1] = str(states.pop())
    return "".join(cells)
