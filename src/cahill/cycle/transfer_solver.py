"""The carbon transfers of many states of one network, fast: what does not change is computed once.

Same definitions and numbers as `carbon_transfer`, which explains them. Atoms are numbered, the
places of the matrix entries are kept, and a state only fills in its fluxes. A state that this
cannot treat (label in a loop that nothing dilutes, a negative gross flux) is handed to
`carbon_transfer`, which solves it or says what is wrong.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from cahill.core.network import Atom, Step
from cahill.core.units import whole_body_to_per_kg
from cahill.cycle.atom_flows import NEGLIGIBLE
from cahill.cycle.build import CycleModel
from cahill.cycle.carbon_transfer import CarbonTransfer, TracerStudy, carbon_transfer
from cahill.errors import ModelError


@lru_cache(maxsize=8)
def transfer_solver(model: CycleModel, study: TracerStudy | None = None) -> "TransferSolver":
    """Return the solver of a model's network, made once."""
    network = model.network
    unlabelled = network.of_kind("slow", "boundary")
    return TransferSolver(network.steps, unlabelled, study or TracerStudy())


class TransferSolver:
    """Carbon transfers of a network.

    Parameters
    ----------
    steps : sequence of Step
        Steps with atom maps.
    unlabelled : collection of str
        Boundary and slow species.
    study : TracerStudy
        Pools, steps and tracers.
    """

    def __init__(
        self, steps: Sequence[Step], unlabelled: Collection[str], study: TracerStudy
    ) -> None:
        self._steps, self._unlabelled, self._study = steps, unlabelled, study
        self._order = {step.id: number for number, step in enumerate(steps)}
        flows = _Flows(steps)
        known = {atom.species for atom in flows.atoms}
        self._body = _Balance(flows, lambda species: species not in unlabelled)
        cycle = {study.oxaloacetate, *study.cycle_pools} & known
        straight = [
            replace(step, maps=step.maps[:1], weights=()) if step.id == study.carboxylase else step
            for step in steps
        ]
        self._mixing = _Balance(flows, cycle.__contains__)
        self._straight = _Balance(_Flows(straight, flows.atoms), cycle.__contains__)
        self._glucose = flows.places(study.glucose)
        self._alanine = flows.places(study.alanine)
        self._pyruvate = flows.places(study.pyruvate)
        self._traced = self._alanine[np.array(study.alanine_positions) - 1]
        self._to_pep = _handed_on(
            steps[self._order[study.carboxykinase]], study.oxaloacetate, flows.atoms
        )
        self._glucose_inflow = _inflow(steps, study.glucose)
        self._sources = np.zeros((len(flows.atoms), 2))
        self._sources[self._glucose, 0] = 1.0
        self._sources[self._traced, 1] = 1.0

    def solve(
        self, forward: Mapping[str, float], backward: Mapping[str, float], body_weight: float
    ) -> CarbonTransfer:
        """Return both carbon transfers, as `carbon_transfer` does but without its notes.

        Parameters
        ----------
        forward, backward : mapping of str to float
            Gross fluxes by step id, mmol/min.
        body_weight : float
            kg.

        Raises
        ------
        ModelError
            As `carbon_transfer`.
        """
        gross = np.array(
            [[forward[name], backward.get(name, 0.0)] for name in self._order], dtype=float
        )
        try:
            return self._solve(gross, body_weight)
        except _Unfit:
            fluxes = forward, backward
            return carbon_transfer(self._steps, *fluxes, self._unlabelled, body_weight, self._study)

    def _solve(self, gross: np.ndarray, body_weight: float) -> CarbonTransfer:
        floor = NEGLIGIBLE * np.abs(gross).max()
        if not np.isfinite(gross).all() or (gross < -floor).any():
            raise _Unfit
        gross = np.where(gross <= floor, 0.0, gross)
        from_glucose, from_alanine = self._body.solve(gross, self._sources).T
        label = from_alanine[self._traced].mean()
        in_glucose = from_glucose[self._glucose].mean()
        if not (label > 0 and in_glucose > 0):
            raise _Unfit
        alanine_ra = whole_body_to_per_kg(1.0 / label, body_weight)
        inflow = float(self._glucose_inflow @ gross.ravel())
        glucose_ra = whole_body_to_per_kg(inflow, body_weight)
        returned = from_alanine[self._glucose].sum() / from_alanine[self._alanine].sum()
        exchange = self._exchange(gross, from_alanine)
        return CarbonTransfer(
            glucose_to_alanine=float(alanine_ra * from_glucose[self._alanine].mean() / in_glucose),
            alanine_to_glucose=float(glucose_ra * returned),
            alanine_to_glucose_corrected=float(glucose_ra * returned / (1.0 - exchange)),
            exchange=exchange,
            alanine_ra=float(alanine_ra),
            glucose_ra=float(glucose_ra),
        )

    def _exchange(self, gross: np.ndarray, enrichment: np.ndarray) -> float:
        """Return what `carbon_transfer.cycle_exchange` defines."""
        held = np.zeros_like(enrichment)
        held[self._pyruvate] = enrichment[self._pyruvate]
        if not held.any():
            return 0.0
        cycle = [self._order[name] for name in self._study.cycle_steps]
        net = gross[cycle, 0] - gross[cycle, 1]
        remaining = net - max(0.0, net.min())
        without = gross.copy()
        without[cycle, 0] = np.maximum(0.0, remaining)
        without[cycle, 1] = np.maximum(0.0, -remaining)
        as_is = self._to_pep @ self._mixing.solve_held(gross, held)
        undiluted = self._to_pep @ self._straight.solve_held(without, held)
        if not undiluted > 0:
            raise _Unfit
        return float(1.0 - as_is / undiluted)


class _Unfit(Exception):
    """A state that only the careful computation can treat."""


class _Flows:
    """Flows of carbon from atom to atom: where from, where to, by which gross flux, what share."""

    def __init__(self, steps: Sequence[Step], atoms: Mapping[Atom, int] | None = None) -> None:
        rows = [row for number, step in enumerate(steps) for row in _transfers(number, step)]
        ends = sorted({atom for source, target, _, _ in rows for atom in (source, target)})
        self.atoms = atoms or {atom: number for number, atom in enumerate(ends)}
        self.source = np.array([self.atoms[source] for source, _, _, _ in rows])
        self.target = np.array([self.atoms[target] for _, target, _, _ in rows])
        self.flux = np.array([flux for _, _, flux, _ in rows])
        self.share = np.array([share for _, _, _, share in rows])

    def places(self, species: str) -> np.ndarray:
        """Return the numbers of a species' carbons, in order of position."""
        found = [number for atom, number in self.atoms.items() if atom.species == species]
        if not found:
            raise ModelError(f'no atom map traces the carbon of "{species}"')
        return np.array(found)


def _transfers(number: int, step: Step) -> list[tuple[Atom, Atom, int, float]]:
    rows = []
    for atom_map, share in step.shares():
        for direction, way in enumerate((atom_map, atom_map.reversed())):
            rows += [
                (source, target, 2 * number + direction, share)
                for source, target in way.transfers()
                if source.element == "C"
            ]
    return rows


def _inflow(steps: Sequence[Step], species: str) -> np.ndarray:
    """Return how many molecules of a species each gross flux brings."""
    brought = np.zeros((len(steps), 2))
    for number, step in enumerate(steps):
        for atom_map, share in step.shares():
            for direction, parts in enumerate((atom_map.products, atom_map.reactants)):
                count = sum(part.count for part in parts if part.species == species)
                brought[number, direction] += count * share
    return brought.ravel()


def _handed_on(step: Step, source: str, atoms: Mapping[Atom, int]) -> np.ndarray:
    """Return the weight of each atom in what a step's larger product takes from one reactant."""
    weights = np.zeros(len(atoms))
    for atom_map, share in step.shares():
        largest = max(atom_map.products, key=lambda part: len(part.letters.get("C", "")))
        for origin, target in atom_map.transfers():
            same = origin.species == source and target.species == largest.species
            if same and origin.element == "C":
                weights[atoms[origin]] += share
    return weights


class _Balance:
    """The balance of label in some of the atoms; the others are held.

    Parameters
    ----------
    flows : _Flows
        All flows.
    free : callable
        Whether the atoms of a species are balanced.
    """

    def __init__(self, flows: _Flows, free: Callable[[str], bool]) -> None:
        self._size = len(flows.atoms)
        chosen = np.array([free(atom.species) for atom in flows.atoms])
        self._free = np.flatnonzero(chosen)
        place = np.full(self._size, -1)
        place[self._free] = np.arange(len(self._free))
        arriving = chosen[flows.target]
        inside = arriving & chosen[flows.source]
        outside = arriving & ~chosen[flows.source]
        n = len(self._free)
        # Column by column: what leaves an atom for another, then what enters it, on the diagonal.
        rows = np.concatenate([place[flows.target[inside]], place[flows.target[arriving]]])
        columns = np.concatenate([place[flows.source[inside]], place[flows.target[arriving]]])
        rows, columns = (np.concatenate([side, np.arange(n)]) for side in (rows, columns))
        self._flux = np.concatenate([flows.flux[inside], flows.flux[arriving]])
        self._share = np.concatenate([-flows.share[inside], flows.share[arriving]])
        keys, self._slot = np.unique(columns * n + rows, return_inverse=True)
        self._rows = keys % n
        self._starts = np.searchsorted(keys // n, np.arange(n + 1))
        self._diagonal = self._slot[-n:]
        self._held_target = place[flows.target[outside]]
        self._held_source = flows.source[outside]
        self._held_flux, self._held_share = flows.flux[outside], flows.share[outside]
        self._inflow_target = place[flows.target[arriving]]
        self._inflow_flux, self._inflow_share = flows.flux[arriving], flows.share[arriving]

    def solve_held(self, gross: np.ndarray, held: np.ndarray) -> np.ndarray:
        """Return the enrichment of all atoms, given that of the held ones."""
        brought = self._held_share * gross.ravel()[self._held_flux] * held[self._held_source]
        right = np.zeros(self._size)
        right[self._free] = np.bincount(self._held_target, brought, len(self._free))
        return held + self.solve(gross, right[:, None])[:, 0]

    def solve(self, gross: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Return the enrichment of all atoms, (atoms, sources), given the label brought to them."""
        n = len(self._free)
        rates = gross.ravel()
        entries = np.append(self._share * rates[self._flux], np.zeros(n))
        inflow = np.bincount(self._inflow_target, self._inflow_share * rates[self._inflow_flux], n)
        # An atom that nothing enters keeps the 0 it has; label that is infused into it cannot go.
        empty = inflow == 0
        if sources[self._free[empty]].any():
            raise _Unfit
        entries[-n:][empty] = 1.0
        data = np.bincount(self._slot, entries, len(self._rows))
        matrix = csc_array((data, self._rows, self._starts), shape=(n, n))
        try:
            solution = splu(matrix).solve(sources[self._free])
        except RuntimeError:  # singular: label in a loop that nothing dilutes
            raise _Unfit from None
        if not np.isfinite(solution).all():
            raise _Unfit
        enrichment = np.zeros_like(sources)
        enrichment[self._free] = solution
        return enrichment
