"""What the tables beside an equation network say: feeds, isotopologues, measured fluxes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cahill.core.labelling import (
    Feed,
    Flux,
    FluxMeasurement,
    LabelMeasurement,
    Tracer,
    mass_channels,
)
from cahill.core.network import Network
from cahill.errors import InputError, UnknownNameError
from cahill.io.equation_network import TRACED_ELEMENT, EquationNetwork
from cahill.io.linear_text import parse_sum
from cahill.io.network_build import flux_terms

Rows = Sequence[tuple[str, list[str]]]
"""Rows of cells, each with its file and row; the header first if the table has one."""

MID_FLOOR = 0.01
"""Smallest standard deviation of an isotopologue fraction, assumed: three injections of one sample
show the scatter of the instrument alone, not its bias, the correction's or the slices' spread,
which are of the order of a hundredth."""

MID_SUM_TOLERANCE = 0.02
"""How far the isotopologues of one replicate may add up from 1."""

TISSUE = ("c", "m", "l", "r")
"""Suffixes of the pools inside the tissue: cytosol, mitochondrion, lysosome, reticulum."""


def is_number(text: str) -> bool:
    """Return whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, where: str) -> float:
    if not is_number(text):
        raise InputError(f'{where}: "{text}" is not a number')
    return float(text)


def mid_conditions(mids: Rows) -> list[str]:
    """Return the conditions of the isotopologue table, replicates once."""
    return list(dict.fromkeys(mids[0][1][2:])) if mids else []


def flux_conditions(fluxes: Rows) -> list[str]:
    """Return the conditions of the flux table."""
    header = _flux_header(fluxes)
    return [name.removesuffix(" mean") for name in header if name.endswith(" mean")]


def flux_condition(condition: str, mids: Rows, fluxes: Rows) -> str | None:
    """Return the condition of the flux table that belongs to one of the isotopologues.

    It is the one of that name, else the longest that begins it word by word and has no
    isotopologues of its own: fluxes of "D20" belong to "D20 fasted" if "D20 fed" has its own.
    """
    names = flux_conditions(fluxes)
    if condition in names:
        return condition
    taken = mid_conditions(mids)
    near = [name for name in names if condition.startswith(f"{name} ") and name not in taken]
    return max(near, key=len, default=None)


def read_feeds(rows: Rows, network: Network, notes: list[str]) -> Iterator[Feed]:
    """Yield what is fed; substrates that are not traced become notes.

    Raises
    ------
    InputError
        Naming file and row.
    """
    found: dict[str, list[Tracer]] = {}
    places: dict[str, str] = {}
    for where, cells in rows[1:]:
        name, values = cells[0], [_number(cell, where) for cell in cells[1:] if cell]
        if name not in network.species or not network.species[name].atoms:
            why = "is not in the network" if name not in network.species else "has no traced atom"
            notes.append(f"{where}: {name} {why}; its label is not used.")
            continue
        atoms = network.species[name].atoms[TRACED_ELEMENT]
        if len(values) != atoms + 1 or not all(0 <= value <= 1 for value in values):
            raise InputError(
                f"{where}: {name} needs a fraction and {atoms} probabilities between 0 and 1"
            )
        tracer = Tracer(values[0], {TRACED_ELEMENT: tuple(values[1:])})
        found.setdefault(name, []).append(tracer)
        places.setdefault(name, where)
    for name, tracers in found.items():
        total = sum(tracer.fraction for tracer in tracers)
        if abs(total - 1) > 1e-6:
            raise InputError(f"{places[name]}: the fractions of {name} add up to {total:g}, not 1")
        yield Feed(name, tuple(tracers), where=places[name])


def read_mids(
    rows: Rows, condition: str, model: EquationNetwork, floor: float, notes: list[str]
) -> Iterator[LabelMeasurement]:
    """Yield the isotopologues of a condition: means of replicates with their errors.

    Parameters
    ----------
    rows : sequence
        The table.
    condition : str
        The name of its columns.
    model : EquationNetwork
        Says which pools a metabolite can come from.
    floor : float
        Smallest standard deviation of a fraction.
    notes : list of str
        What was not measured is added here.

    Raises
    ------
    InputError
        Naming file and row: a fraction that is negative, missing or stands twice, replicates that
        do not add up to 1.
    """
    columns = [k for k, name in enumerate(rows[0][1]) if name == condition] if rows else []
    found: dict[str, dict[int, tuple[str, list[float]]]] = {}
    for where, cells in rows[1:] if columns else ():
        if len(cells) < 2 or not cells[1].isdecimal():
            raise InputError(f"{where}: MI must be 0, 1, 2 ...")
        values = [
            _number(cells[k], where) if k < len(cells) and cells[k] else np.nan for k in columns
        ]
        if any(value < 0 for value in values):
            raise InputError(f"{where}: {cells[0]} M+{cells[1]} is negative in {condition}")
        if int(cells[1]) in found.setdefault(cells[0], {}):
            raise InputError(f"{where}: {cells[0]} M+{cells[1]} stands twice")
        found[cells[0]][int(cells[1])] = (where, values)
    pools = _simulated(model)
    for name, isotopologues in found.items():
        measured = _measured(name, isotopologues, condition)
        if measured is None:
            notes.append(f"{name} was not measured in {condition}.")
            continue
        yield _mixture(name, isotopologues, measured, pools, floor)


def _simulated(model: EquationNetwork) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the atoms observed of each pool under simulatedMDVs ("ala-L_c#111")."""
    pools = {}
    for entry in model.lists.get("simulatedMDVs", []):
        name, _, mask = entry.partition("#")
        species = model.network.species.get(name)
        if species is None:
            raise UnknownNameError("pool", name, model.network.species, "simulatedMDVs")
        if len(mask) != species.atoms.get(TRACED_ELEMENT, 0) or mask.strip("01") or "1" not in mask:
            raise InputError(f'simulatedMDVs: "{entry}" needs a 0 or 1 for each atom of {name}')
        pools[name] = tuple((TRACED_ELEMENT, k) for k, one in enumerate(mask, 1) if one == "1")
    return pools


def _measured(
    name: str, isotopologues: Mapping[int, tuple[str, list[float]]], condition: str
) -> np.ndarray | None:
    """Return the fractions, shape (isotopologues, replicates), or None if nothing was seen."""
    where = next(iter(isotopologues.values()))[0]
    missing = sorted(set(range(max(isotopologues))) - isotopologues.keys())
    if missing:
        raise InputError(f"{where}: {name} lacks M+{missing[0]}")
    values = np.array([isotopologues[k][1] for k in sorted(isotopologues)])
    seen = np.isfinite(values).all(axis=0) & (np.nansum(values, axis=0) > 0)
    for k in np.flatnonzero(seen):
        total = values[:, k].sum()
        if abs(total - 1) > MID_SUM_TOLERANCE:
            raise InputError(
                f"{where}: the isotopologues of {name} in {condition}, replicate {k + 1}, add up "
                f"to {total:.3g}, not 1"
            )
    return values[:, seen] if seen.any() else None


def _mixture(
    name: str,
    isotopologues: Mapping[int, tuple[str, list[float]]],
    values: np.ndarray,
    pools: Mapping[str, tuple[tuple[str, int], ...]],
    floor: float,
) -> LabelMeasurement:
    where = isotopologues[0][0]
    if name.endswith("_EC"):
        wanted = [f"{name.removesuffix('_EC')}_e"]
    else:
        wanted = [f"{name}_{suffix}" for suffix in TISSUE]
    species = [pool for pool in wanted if pool in pools]
    if not species:
        raise InputError(
            f"{where}: {name} is none of the network's simulatedMDVs ({' '.join(wanted)})"
        )
    atoms = {pools[pool] for pool in species}
    group = atoms.pop()
    if atoms or len(values) > len(group) + 1:
        raise InputError(
            f"{where}: {name} has {len(values)} isotopologues; {', '.join(species)} allow "
            f"{len(group) + 1}"
        )
    scatter = values.std(axis=1, ddof=1) if values.shape[1] > 1 else np.zeros(len(values))
    several = len(species) > 1
    return LabelMeasurement(
        id=name,
        species=tuple(species),
        groups=(group,),
        channels=mass_channels([len(group)], [(k,) for k in range(len(values))]),
        values=values.mean(axis=1),
        sd=np.maximum(scatter, floor),
        mix="free" if several else "given",
        shares=(1.0 / len(species),) * len(species),
        where=where,
    )


def read_fluxes(
    rows: Rows, sums: Rows, condition: str, model: EquationNetwork, notes: list[str]
) -> Iterator[FluxMeasurement]:
    """Yield the measured fluxes of a condition of the flux table.

    Raises
    ------
    InputError, UnknownNameError
        Naming file and row.
    """
    header = _flux_header(rows)
    names = _flux_names(model)
    listed_sums = _sums(sums, names)
    for where, cells in rows[1:]:
        row = dict(zip(header, cells))
        name, text = row["Measurement"], row.get("Fitted reactions", "")
        if not row[f"{condition} mean"]:
            continue
        listed = listed_sums.get(name.removeprefix("meas_"))
        if text:
            terms = flux_terms(parse_sum(text, names, "reaction", where).terms, names)
            if listed is not None and listed != terms:
                raise InputError(f"{where}: {name} is another sum in the table of coefficients")
        elif listed is None:
            raise InputError(f"{where}: {name} has no fitted reactions")
        else:
            terms = listed
        value, sd = _number(row[f"{condition} mean"], where), _number(row[f"{condition} sd"], where)
        if sd == 0:
            raise InputError(f"{where}: the error of {name} is 0; give it one")
        if sd < 0:
            notes.append(f"{where}: the error of {name} is negative; its size is used.")
        yield FluxMeasurement(name, terms, value, abs(sd), where)


def _flux_header(fluxes: Rows) -> list[str]:
    """Return the header of the flux table, completed if its second column has no name."""
    header = list(fluxes[0][1]) if fluxes else []
    widths = {len(cells) for _, cells in fluxes[1:]}
    if header and header[-1] == "" and widths == {len(header)}:
        return [header[0], "", *header[1:-1]]
    return header


def _flux_names(model: EquationNetwork) -> dict[str, Flux]:
    """Return what the names in a sum of reactions mean."""
    names: dict[str, Flux] = {}
    for reaction in model.network.reactions:
        both = reaction in model.network.reversible
        names[f"{reaction}_f"] = Flux(reaction, "forward" if both else "net")
        if both:
            names[f"{reaction}_r"] = Flux(reaction, "backward")
    for row, reaction in model.reverse.items():
        names[row] = Flux(reaction, "backward")
    return names | {reaction: Flux(reaction) for reaction in model.network.reactions}


def _sums(rows: Rows, names: Mapping[str, Flux]) -> dict[str, dict[Flux, float]]:
    sums: dict[str, dict[Flux, float]] = {}
    for where, cells in rows:
        if len(cells) != 3 or cells[1] not in names:
            raise UnknownNameError("reaction", "".join(cells[1:2]), names, where)
        terms = sums.setdefault(cells[0], {})
        terms[names[cells[1]]] = _number(cells[2], where)
    return sums
