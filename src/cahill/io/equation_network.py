"""Networks written as equations with atom transitions: ``a + b = c`` beside ``abc + X = abc``.

A tab-separated table with the columns RxnID, rxnEq, rxnCTrans and rxnType. Each molecule of the
equation has its letters at the same place in the transition; X marks a molecule of which nothing is
traced. ``0.5 fum + 0.5 fum`` with ``0.5 abcd + 0.5 badc`` is one molecule in two orientations. The
type is F (forward only), FR followed by R (the two directions of one reversible reaction) or B
(to the outside). Lines that begin with "##" open a list; ``## excludedMetabolites`` are outside the
balance, ``## simulatedMDVs`` are the pools (with their atoms) a measurement can come from.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from typing import NamedTuple

from cahill.core.network import AtomMap, Kind, Network, Participant, Species, Step
from cahill.errors import InputError
from cahill.io.network_build import join_untraced, net_stoichiometry

COLUMNS = ("RxnID", "rxnEq", "rxnCTrans", "rxnType")
TRACED_ELEMENT = "C"
"""The notation has one kind of letters, for carbon (INCA and its relatives)."""

_TERM = re.compile(r"(?:(\d+(?:\.\d*)?|\.\d+)\s+)?(\S+)")
_FORWARD = ("F", "B")


@dataclass
class EquationNetwork:
    """A network and the lists that follow it in the file.

    Parameters
    ----------
    network : Network
        Every reaction has one step of the same id; one reversible reaction for a pair FR, R.
    reverse : dict of str to str
        Reaction by the id of its R row.
    lists : dict of str to list of str
        Entries of the lists, by their title.
    notes : list of str
        What was assumed.
    """

    network: Network
    reverse: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _Term(NamedTuple):
    """A molecule of an equation: how many, which, and its letters ("" if none is traced)."""

    number: float
    species: str
    letters: str


class _Row(NamedTuple):
    where: str
    id: str
    kind: str
    sides: tuple[list[_Term], list[_Term]]


def read_equation_network(path: str | Path) -> EquationNetwork:
    """Read a network in this notation.

    Parameters
    ----------
    path : str or Path
        Tab-separated text.

    Raises
    ------
    InputError
        Naming file and row: columns missing, letters that do not fit the molecules, an R row that
        is not the mirror of its FR row.
    """
    path = Path(path)
    cells, lists = _read(path)
    rows = [_row(where, one) for where, one in cells]
    atoms = _atom_counts(rows)
    steps: list[Step] = []
    reverse: dict[str, str] = {}
    open_pair: tuple[_Row, Step] | None = None
    seen: dict[str, str] = {}
    for row in rows:
        if row.id in seen:
            raise InputError(f'{row.where}: "{row.id}" stands already in {seen[row.id]}')
        seen[row.id] = row.where
        if open_pair is not None and row.kind != "R":
            raise InputError(
                f"{open_pair[0].where}: a row of type FR must be followed by its R row"
            )
        step = _step(row)
        if row.kind != "R":
            steps.append(step)
            open_pair = (row, step) if row.kind == "FR" else None
            continue
        if open_pair is None:
            raise InputError(f"{row.where}: a row of type R must follow its row of type FR")
        _check_mirror(open_pair[1], step, row.where)
        reverse[row.id] = open_pair[1].id
        open_pair = None
    if open_pair is not None:
        raise InputError(f"{open_pair[0].where}: a row of type FR must be followed by its R row")
    return _assemble(steps, atoms, reverse, lists, path.name)


def _read(path: Path) -> tuple[list[tuple[str, dict[str, str]]], dict[str, list[str]]]:
    """Return the reactions' cells by column, each with file and row, and the lists below them."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    header: list[str] = []
    rows, lists, title = [], {}, ""
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells):
            continue
        where = f"{path.name} row {number}"
        if cells[0].startswith("##"):
            title = " ".join([cells[0].lstrip("#").strip(), *cells[1:]]).strip()
            lists[title] = []
        elif cells[0].startswith("#"):
            if title:
                lists[title].append("".join(cells).lstrip("#").strip())
        elif not header:
            header = cells
            missing = [column for column in COLUMNS if column not in header]
            if missing:
                raise InputError(f"{where}: missing column {', '.join(missing)} (tabs between)")
        else:
            rows.append((where, dict(zip(header, cells))))
    return rows, lists


def _row(where: str, cells: dict[str, str]) -> _Row:
    name, kind = cells.get("RxnID", ""), cells.get("rxnType", "").upper()
    if not name:
        raise InputError(f"{where}: the reaction has no id")
    if kind not in (*_FORWARD, "FR", "R"):
        raise InputError(f'{where}: rxnType "{cells.get("rxnType", "")}" is none of F FR R B')
    equation, letters = (cells.get(column, "").split("=") for column in ("rxnEq", "rxnCTrans"))
    if len(equation) != 2 or len(letters) != 2:
        raise InputError(f'{where}: equation and transition of "{name}" each need one "="')
    left, right = (_side(a, b, where) for a, b in zip(equation, letters))
    return _Row(where, name, kind, (left, right))


def _side(equation: str, letters: str, where: str) -> list[_Term]:
    """Put the molecules of one side beside their letters; an X may be missing."""
    molecules = [_parts(term, where) for term in _terms(equation)]
    tokens = [_parts(term, where) for term in _terms(letters)]
    if len(tokens) != len(molecules):
        # Which molecule lacks its X shows only if no letters have to be moved for it.
        traced = [token for token in tokens if token[1] != "X"]
        if traced or not molecules:
            raise InputError(
                f"{where}: {len(molecules)} molecules but {len(tokens)} sets of letters on one "
                "side; write an X for a molecule that is not traced"
            )
        tokens = [(count, "X") for count, _ in molecules]
    terms = []
    for (count, species), (share, text) in zip(molecules, tokens):
        traced = text != "X"
        if traced and not text.isalpha():
            raise InputError(f'{where}: "{text}" are no letters of atoms')
        if traced and share != count:
            raise InputError(f"{where}: {species} is {count:g} in the equation, {share:g} in atoms")
        terms.append(_Term(count, species, text if traced else ""))
    return terms


def _terms(text: str) -> list[str]:
    return [term for term in re.split(r"\s\+\s", f" {text.strip()} ") if term.strip()]


def _parts(term: str, where: str) -> tuple[float, str]:
    match = _TERM.fullmatch(term.strip())
    if match is None or float(match[1] or 1) <= 0:
        raise InputError(f'{where}: "{term.strip()}" is not a molecule with an optional number')
    return float(match[1] or 1), match[2]


def _atom_counts(rows: Sequence[_Row]) -> dict[str, int]:
    """Return the traced atoms of every species, or name the row that disagrees with another."""
    counts: dict[str, tuple[int, str]] = {}
    for row in rows:
        for term in (*row.sides[0], *row.sides[1]):
            count, where = counts.setdefault(term.species, (len(term.letters), row.where))
            if count != len(term.letters):
                raise InputError(
                    f"{row.where}: {term.species} has {len(term.letters)} letters here, {count} "
                    f"in {where}"
                )
    return {species: count for species, (count, _) in counts.items()}


def _step(row: _Row) -> Step:
    sides = [list(_molecules(side, row.where)) for side in row.sides]
    split = len(sides[0])
    maps, weights = [], []
    for chosen in product(*sides[0], *sides[1]):
        parts = [part for part, _ in chosen]
        maps.append(AtomMap(join_untraced(parts[:split]), join_untraced(parts[split:])))
        weights.append(prod(share for _, share in chosen))
    step = Step(row.id, row.id, tuple(maps), row.where, tuple(weights))
    for one in maps:
        _check_letters(one, row.where)
    return step


def _molecules(terms: Sequence[_Term], where: str) -> Iterator[list[tuple[Participant, float]]]:
    """Yield every molecule of a side with its orientations and their shares."""
    waiting: list[_Term] = []
    for term in terms:
        if not term.letters:
            yield [(Participant(term.species, {}, term.number), 1.0)]
        elif term.number == 1 and not waiting:
            yield [(_participant(term), 1.0)]
        else:
            waiting.append(term)
            total = sum(one.number for one in waiting)
            if term.species != waiting[0].species or total > 1 + 1e-9:
                raise InputError(
                    f"{where}: the parts of {waiting[0].species} do not add up to one molecule; "
                    "write each molecule of a traced species with letters of its own"
                )
            if abs(total - 1) <= 1e-9:
                yield [(_participant(one), one.number / total) for one in waiting]
                waiting = []
    if waiting:
        raise InputError(f"{where}: the parts of {waiting[0].species} do not add up to one")


def _participant(term: _Term) -> Participant:
    return Participant(term.species, {TRACED_ELEMENT: term.letters})


def _check_letters(one: AtomMap, where: str) -> None:
    """Refuse an atom named twice, lost or from nowhere."""
    left, right = (
        Counter(letter for part in side for letter in part.letters.get(TRACED_ELEMENT, ""))
        for side in (one.reactants, one.products)
    )
    if left != right or max(left.values(), default=1) > 1:
        odd = sorted(((left - right) + (right - left)) or (left - Counter(set(left))))
        raise InputError(f'{where}: the letters do not match on both sides: "{"".join(odd)}"')


def _check_mirror(forward: Step, backward: Step, where: str) -> None:
    """Refuse an R row that is not its FR row read backwards; the letters themselves may differ."""
    counts = {name: -n for name, n in forward.maps[0].counts().items()}
    if counts != backward.maps[0].counts():
        raise InputError(
            f"{where}: its molecules are not those of {forward.id} the other way round"
        )
    wanted = Counter(frozenset((b, a) for a, b in one.transfers()) for one in forward.maps)
    if wanted != Counter(frozenset(one.transfers()) for one in backward.maps):
        raise InputError(f"{where}: its atoms do not go back the way {forward.id} brings them")


def _assemble(
    steps: list[Step],
    atoms: dict[str, int],
    reverse: dict[str, str],
    lists: dict[str, list[str]],
    file: str,
) -> EquationNetwork:
    outside = lists.get("excludedMetabolites", [])
    species = {}
    for name, count in atoms.items():
        kind: Kind = "boundary" if name in outside else "pool"
        compartment = name.rpartition("_")[2] if "_" in name else ""
        species[name] = Species(name, name, compartment, {TRACED_ELEMENT: count}, kind)
    network = Network(species, tuple(steps), net_stoichiometry(steps), frozenset(reverse.values()))
    model = EquationNetwork(network, reverse, lists)
    missing = [name for name in outside if name not in species]
    if missing:
        model.notes.append(
            f"{file}: {', '.join(missing)} are listed as excluded but take part in no reaction."
        )
    return model
