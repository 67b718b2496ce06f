"""The reference flux map: published fluxes made to balance, and the scales that reproduce it.

Fluxes come from different studies, so they do not balance. They are reconciled as in metabolic flux
analysis: the smallest weighted change that leaves every pool of the 12-h state in balance. Each
flux then sets the scale (Vmax or rate constant) of its rate law at the reference state.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cahill.core.network import Network
from cahill.errors import ModelError, UnknownNameError
from cahill.numerics.system import OdeSystem


@dataclass(frozen=True)
class FluxRow:
    """One flux of the map.

    Parameters
    ----------
    flux : str
        A reaction (net) or the `_forward` or `_backward` part of a reversible step.
    value, sd : float
        umol/kg/min.
    scale : str
        Parameter it sets; empty where the Vmax is measured and a concentration follows instead.
    scale_unit : str
        Unit of that parameter.
    tracer : bool
        Whether the tracer targets may move it within its sd.
    grade, source, note : str
        Evidence.
    """

    flux: str
    value: float
    sd: float
    scale: str
    scale_unit: str
    tracer: bool
    grade: str
    source: str
    note: str


def read_flux_map(path: Path) -> tuple[FluxRow, ...]:
    """Read `flux_map.tsv`."""
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    rows = []
    for cells in csv.DictReader(lines, dialect="excel-tab"):
        value, sd = float(cells.pop("value")), float(cells.pop("sd"))
        tracer = cells.pop("tracer") == "yes"
        rows.append(FluxRow(value=value, sd=sd, tracer=tracer, **cells))
    return tuple(rows)


def reconcile(rows: Sequence[FluxRow], network: Network) -> dict[str, float]:
    """Balance a flux map.

    Minimises sum(((v - value) / sd)^2) subject to the balance of every pool; slow pools (glycogen)
    and the boundary are left out of the balance.

    Parameters
    ----------
    rows : sequence of FluxRow
        The published fluxes.
    network : Network
        Reactions and kinds of species.

    Returns
    -------
    dict of str to float
        Balanced flux by row id, umol/kg/min.

    Raises
    ------
    ModelError
        If a gross flux comes out negative, which means that two rows contradict each other.
    """
    pools = sorted(network.of_kind("pool"))
    place = {name: index for index, name in enumerate(pools)}
    balance = np.zeros((len(pools), len(rows)))
    for column, row in enumerate(rows):
        reaction, sign = _reaction_of(row.flux, network)
        for species, count in network.reactions[reaction].items():
            if species in place:
                balance[place[species], column] += sign * count
    value = np.array([row.value for row in rows])
    variance = np.array([row.sd for row in rows]) ** 2
    spread = balance * variance
    multiplier = np.linalg.lstsq(spread @ balance.T, balance @ value, rcond=None)[0]
    balanced = value - spread.T @ multiplier
    for row, flux in zip(rows, balanced):
        if row.value > 0 > flux:
            raise ModelError(
                f'flux map: "{row.flux}" balances at {flux:.3g} umol/kg/min, below zero; '
                "check the fluxes around it"
            )
    return {row.flux: float(flux) for row, flux in zip(rows, balanced)}


def _reaction_of(flux: str, network: Network) -> tuple[str, float]:
    for suffix, sign in (("_forward", 1.0), ("_backward", -1.0)):
        if flux.endswith(suffix):
            return flux.removesuffix(suffix), sign
    if flux not in network.reactions:
        raise UnknownNameError("reaction", flux, network.reactions, "flux_map.tsv")
    return flux, 1.0


def solve_scales(
    system: OdeSystem,
    state: np.ndarray,
    parameters: np.ndarray,
    targets: Mapping[str, tuple[str, float]],
    passes: int = 4,
) -> np.ndarray:
    """Return the parameters with which every named observable has its target value.

    An observable is a power of its scale (proportional, or inversely so), so one multiplication
    sets it. A flux that depends on another (the citric acid cycle on the demand for ATP) needs the
    next pass.

    Parameters
    ----------
    system : OdeSystem
        The model.
    state, parameters : numpy.ndarray
        Reference state and starting parameters; the scales in them must not be zero.
    targets : mapping of str to (str, float)
        Scale parameter by observable, with the observable's target in model units.
    passes : int
        Number of rounds.

    Raises
    ------
    ModelError
        If an observable has the wrong sign at the reference state, which no scale can mend.
    """
    parameters = parameters.copy()
    powers = []
    for name, (scale, target) in targets.items():
        place = system.parameter_index(scale)
        if target == 0.0:
            raise ModelError(f'the target of "{name}" is 0, which sets no scale')
        before = _value(system, state, parameters, name)
        doubled = parameters.copy()
        doubled[place] *= 2.0
        after = _value(system, state, doubled, name)
        if before * target <= 0 or not np.isfinite(before):
            raise ModelError(
                f'"{name}" is {before:.3g} at the reference state but should be {target:.3g}: '
                "the concentrations drive it the other way"
            )
        power = np.log2(after / before)
        if not np.isclose(abs(power), 1.0, atol=1e-6):
            raise ModelError(f'"{name}" is no power of its scale "{scale}"')
        powers.append(round(power))
    observables = [system.observable_index(name) for name in targets]
    places = [system.parameter_index(scale) for scale, _ in targets.values()]
    wanted = np.array([target for _, target in targets.values()])
    for _ in range(passes):
        now = np.asarray(system.observables(0.0, state, parameters)).ravel()[observables]
        parameters[places] *= (wanted / now) ** np.array(powers)
    return parameters


def _value(system: OdeSystem, state: np.ndarray, parameters: np.ndarray, name: str) -> float:
    values = np.asarray(system.observables(0.0, state, parameters)).ravel()
    return float(values[system.observable_index(name)])
