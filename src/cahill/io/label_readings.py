"""Rows of a tidy table of isotopologues: what each value is a value of."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cahill.core.labelling import MixRule
from cahill.core.network import Network, Species
from cahill.errors import InputError
from cahill.io.enrichment_rows import Row
from cahill.io.label_rows import species_of

Groups = tuple[tuple[tuple[str, int], ...], ...]

_ATOMS = re.compile(r"([A-Z][a-z]?):([\d,\-]+)")
_MEAN = ("mean", "enrichment")


@dataclass(frozen=True)
class Reading:
    """One value of an isotopologue, as a row says it.

    Parameters
    ----------
    where, experiment, measurement : str
        Row, and what it belongs to.
    species : tuple of str
        Pools measured together.
    groups : tuple of tuple of (str, int)
        Atoms counted together.
    shift : tuple of int or None
        Heavy atoms in each group; None for the average enrichment.
    value, sd : float
        NaN if blank.
    time : float or None
        None at isotopic steady state.
    replicate : str
        Name of the replicate.
    mix : {"given", "pools", "free"}
        How several pools share.
    shares : tuple of float
        Their shares if given.
    free_scale : bool
        Whether the values are in arbitrary units.
    """

    where: str
    experiment: str
    measurement: str
    species: tuple[str, ...]
    groups: Groups
    shift: tuple[int, ...] | None
    value: float
    sd: float
    time: float | None
    replicate: str
    mix: MixRule
    shares: tuple[float, ...]
    free_scale: bool

    @property
    def frame(self) -> tuple[Any, ...]:
        """What all rows of one measurement must agree on."""
        return self.species, self.groups, self.mix, self.shares, self.free_scale


def read_mid(row: Row, network: Network) -> Reading:
    """Read one row.

    Raises
    ------
    InputError
        What is wrong: unknown species, atoms the molecule does not have, a negative value.
    """
    names = tuple(part.strip() for part in row.needed("species").split("+"))
    species = [species_of(name, network) for name in names]
    groups = _groups(row.text("atoms"), species)
    value, sd = row.number("value"), row.number("sd")
    time = None if math.isnan(row.number("time")) else row.number("time")
    if value < 0:
        raise InputError(f"value {value:g} is negative; set it to 0, or leave it blank")
    if sd <= 0:
        raise InputError(f"sd {sd:g} is not positive; leave it blank to use the replicates")
    if time is not None and time < 0:
        raise InputError(f"time {time:g} is negative")
    scale = row.text("scale")
    if scale not in ("", "free"):
        raise InputError(f'scale "{scale}" is neither blank nor free')
    mix, shares = _mixture(row.text("mixture"), names)
    return Reading(
        where=row.where,
        experiment=row.text("experiment"),
        measurement=row.needed("measurement"),
        species=names,
        groups=groups,
        shift=_shift(row.needed("isotopologue"), groups),
        value=value,
        sd=sd,
        time=time,
        replicate=row.text("replicate"),
        mix=mix,
        shares=shares,
        free_scale=scale == "free",
    )


def _groups(text: str, species: Sequence[Species]) -> Groups:
    for one in species:
        if not one.atoms:
            raise InputError(f"species {one.id} has no traced atom")
    if not text:
        formulas = {tuple(sorted(one.atoms.items())) for one in species}
        if len(formulas) > 1:
            raise InputError(
                f"{' and '.join(one.id for one in species)} have different atoms; say which"
            )
        return (tuple((e, k) for e, n in species[0].atoms.items() for k in range(1, n + 1)),)
    groups = tuple(_group(part, species) for part in text.split("|"))
    every = [atom for group in groups for atom in group]
    if len(set(every)) < len(every):
        raise InputError(f'atoms "{text}": an atom stands twice')
    return groups


def _group(text: str, species: Sequence[Species]) -> tuple[tuple[str, int], ...]:
    atoms: list[tuple[str, int]] = []
    for word in text.split():
        match = _ATOMS.fullmatch(word)
        if match is None:
            raise InputError(f'atoms "{word}" is no element with positions, such as C:1-3')
        for part in match[2].split(","):
            ends = part.split("-")
            if len(ends) > 2 or not all(ends):
                raise InputError(f'atoms "{word}" is no element with positions, such as C:1-3')
            positions = range(int(ends[0]), int(ends[-1]) + 1)
            atoms += [(match[1], position) for position in positions]
    for one in species:
        for element, position in atoms:
            if not 1 <= position <= one.atoms.get(element, 0):
                raise InputError(f"atoms: {one.id} has no traced atom {element}{position}")
    if not atoms:
        raise InputError(f'atoms "{text.strip()}" name no atom')
    return tuple(atoms)


def _shift(text: str, groups: Groups) -> tuple[int, ...] | None:
    if text.lower() in _MEAN:
        if len(groups) > 1:
            raise InputError(f"isotopologue {text} is of one group of atoms, not {len(groups)}")
        return None
    plain = text.upper().removeprefix("M+").removeprefix("M").strip("() ")
    if re.fullmatch(r"\d+(\s*,\s*\d+)*", plain):
        shift = tuple(int(part) for part in plain.split(","))
    else:
        shift = _by_element(text, groups)
    if len(shift) != len(groups):
        raise InputError(f'isotopologue "{text}" counts {len(shift)} groups, atoms {len(groups)}')
    for count, group in zip(shift, groups):
        if count > len(group):
            raise InputError(f'isotopologue "{text}" has more heavy atoms than there are')
    return shift


def _by_element(text: str, groups: Groups) -> tuple[int, ...]:
    """Read C2N1, where each group is of an element of its own."""
    elements = [{element for element, _ in group} for group in groups]
    pairs = re.findall(r"([A-Z][a-z]?)(\d+)", text)
    counts = {element: int(count) for element, count in pairs}
    left = re.sub(r"([A-Z][a-z]?)(\d+)|\s", "", text)
    if left or len(counts) < len(pairs) or not all(len(one) == 1 for one in elements):
        raise InputError(f'isotopologue "{text}" is none of 2, M+2, 2,1 or C2N1')
    names = [one.pop() for one in elements]
    if sorted(names) != sorted(counts):
        raise InputError(f'isotopologue "{text}" must count {" and ".join(names)}')
    return tuple(counts[name] for name in names)


def _mixture(text: str, names: Sequence[str]) -> tuple[MixRule, tuple[float, ...]]:
    if len(names) == 1:
        if text:
            raise InputError(f'mixture "{text}" is of several species, such as Ala_c + Ala_m')
        return "given", (1.0,)
    equal = (1.0 / len(names),) * len(names)
    if text in ("", "free"):
        return "free", equal
    if text == "pools":
        return "pools", equal
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f'mixture "{text}" is none of free, pools or shares: 0.4, 0.6') from None
    if len(shares) != len(names) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise InputError(f'mixture "{text}" needs {len(names)} shares that add up to 1')
    return "given", shares
