"""Virtual subjects: what differs between them, and the state each of them is in after a night.

Constants with a published range are drawn from it. A fitted scale (a Vmax or rate constant that
gives a flux of the reference map) is only known together with the constants of its rate law: it is
set again for each subject, so that his constants at the reference concentrations give the reference
flux, and then spread by a log-normal factor. Without that, a Km drawn from its range would change a
flux that was measured, and the ensemble would be wider than the data allow.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import norm, qmc

from cahill.core.parameters import Parameter
from cahill.cycle.build import DATA, CycleModel
from cahill.cycle.flux_map import read_flux_map
from cahill.cycle.inputs import inputs
from cahill.errors import ConvergenceError, InputError
from cahill.numerics.compile import compiled
from cahill.numerics.steady_state import steady_state

# Standard deviation of ln(scale) between subjects. Assumed: with it the coefficient of variation of
# glucose production at rest is near 10 %, about that between healthy men in tracer studies.
FITTED_SD = 0.15
# A range wider than this ratio is sampled evenly on a logarithmic scale.
LOGARITHMIC = 3.0
# A step this near equilibrium (backward over forward flux) passes what its neighbours bring.
NEAR_EQUILIBRIUM = 0.5
# Plasma glucose after a night, mmol/L, beyond which a subject is not a healthy man.
GLUCOSE_RANGE = (3.0, 8.0)
# Whole-body fluxes are those of a 70-kg man; his weight only divides them.
NOT_VARIED = frozenset({"body_weight"})
_PASSES = 4
_SECRETIONS = (
    ("Insulin", "k_insulin", "insulin_secretion_max"),
    ("Glucagon", "k_glucagon", "glucagon_secretion_max"),
)


@dataclass(frozen=True)
class Varied:
    """A parameter that differs between subjects.

    Parameters
    ----------
    id : str
        Its name.
    place : int
        Its place among the system's parameters.
    low, high : float
        Range, in the parameter's unit; for a fitted scale not numbers.
    grade, source : str
        Evidence.
    """

    id: str
    place: int
    low: float
    high: float
    grade: str
    source: str

    @property
    def fitted(self) -> bool:
        """Whether a log-normal factor is drawn instead of a value from a range."""
        return not np.isfinite(self.low)

    @property
    def logarithmic(self) -> bool:
        """Whether the range is sampled evenly on a logarithmic scale."""
        return self.low > 0 and self.high / self.low > LOGARITHMIC

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Return the values (of a fitted scale: factors) below which these shares lie."""
        if self.fitted:
            return np.exp(FITTED_SD * norm.ppf(share))
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)


@lru_cache(maxsize=8)
def varied_parameters(model: CycleModel) -> tuple[Varied, ...]:
    """Return what differs between subjects.

    Left out are inputs, volumes' and hormones' reference values, physical constants (all without a
    range), body weight, and starting concentrations, which a steady state forgets; the glycogen
    held is varied.
    """
    places = {name: index for index, name in enumerate(model.system.parameter_names)}
    found = []
    for row in model.parameters.parameters:
        if row.id not in places or row.id in inputs() or row.id in NOT_VARIED:
            continue
        if row.id.endswith("_reference"):
            continue
        limits = _range(row)
        if limits is not None:
            evidence = row.quantity.evidence
            grade, source = (evidence.grade, evidence.source) if evidence else ("", "")
            found.append(Varied(row.id, places[row.id], *limits, grade, source))
    return tuple(found)


def _range(row: Parameter) -> tuple[float, float] | None:
    if row.low is not None and row.high is not None and row.high > row.low:
        return row.low, row.high
    evidence = row.quantity.evidence
    if evidence is not None and evidence.grade == "fitted" and row.value > 0:
        return np.nan, np.nan
    return None


def draw_subjects(model: CycleModel, members: int, seed: int) -> np.ndarray:
    """Draw subjects by a Latin hypercube: every parameter covers its range evenly.

    Returns
    -------
    numpy.ndarray
        Values, for fitted scales factors; shape (members, number of varied parameters). The same
        for the same seed.

    Raises
    ------
    InputError
        `members` is below 2 or `seed` is negative.
    """
    if members < 2:
        raise InputError(f"members: {members} make no ensemble; give at least 2")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative; give a whole number from 0 on")
    varied = varied_parameters(model)
    sampler = qmc.LatinHypercube(len(varied), rng=np.random.default_rng(seed))
    shares = sampler.random(members)
    return np.column_stack([item.quantile(shares[:, k]) for k, item in enumerate(varied)])


@dataclass(frozen=True, eq=False)
class _Anchors:
    """Scales that are set again for each subject: the flux of each at the reference state."""

    flux: np.ndarray
    scale: np.ndarray
    power: np.ndarray
    wanted: np.ndarray


@lru_cache(maxsize=8)
def _anchors(model: CycleModel) -> _Anchors:
    system = model.system
    code, reference = compiled(system), system.default_state
    data = code.data_for(system.default_parameters)
    values = dict(zip(system.observable_names, code.observables_at(0.0, reference, data)))
    varied = {item.id for item in varied_parameters(model)}
    rows = [
        row
        for row in read_flux_map(DATA / "calibration" / "flux_map.tsv")
        if row.scale in varied and values[row.flux] != 0 and not _near(row.flux, values)
    ]
    flux = np.array([system.observable_index(row.flux) for row in rows])
    scale = np.array([system.parameter_index(row.scale) for row in rows])
    wanted = np.array([values[row.flux] for row in rows])
    power = np.empty(len(rows))
    for k in range(len(rows)):
        doubled = system.default_parameters.copy()
        doubled[scale[k]] *= 2.0
        now = code.observables_at(0.0, reference, code.data_for(doubled))[flux[k]]
        power[k] = round(float(np.log2(now / wanted[k])))
    return _Anchors(flux, scale, power, wanted)


def _near(flux: str, values: dict[str, float]) -> bool:
    """Return whether a net flux is the small difference of two gross ones."""
    forward, backward = values.get(f"{flux}_forward"), values.get(f"{flux}_backward")
    if forward is None or backward is None:
        return False
    return min(forward, backward) > NEAR_EQUILIBRIUM * max(forward, backward)


def subject_parameters(model: CycleModel, drawn: np.ndarray) -> np.ndarray:
    """Return the parameters of a subject.

    Parameters
    ----------
    model : CycleModel
        The model of the reference man.
    drawn : numpy.ndarray
        A row of `draw_subjects`.

    Returns
    -------
    numpy.ndarray
        Shape (n_parameters,).
    """
    varied = varied_parameters(model)
    places = np.array([item.place for item in varied])
    fitted = np.array([item.fitted for item in varied])
    parameters = model.system.default_parameters.copy()
    parameters[places[~fitted]] = drawn[~fitted]
    _set_scales(model, parameters)
    parameters[places[fitted]] *= drawn[fitted]
    return parameters


def _set_scales(model: CycleModel, parameters: np.ndarray) -> None:
    """Set the scales so that the reference state has the reference fluxes and hormones.

    Receptors, kinases and expression are relative to the subject's own rest, so they are let settle
    at the reference concentrations first.
    """
    system, anchors = model.system, _anchors(model)
    code = compiled(system)
    rest = _relative_states(model)
    reference = steady_state(system, parameters=parameters, free=rest, raise_on_failure=False).state
    for _ in range(_PASSES):
        now = code.observables_at(0.0, reference, code.data_for(parameters))[anchors.flux]
        # A step that would run the other way at the reference state keeps its scale.
        ratio = np.where(now * anchors.wanted > 0, anchors.wanted / now, 1.0)
        parameters[anchors.scale] *= ratio**anchors.power
    rates = code.derivative(0.0, reference, code.data_for(parameters))
    for hormone, clearance, secretion in _SECRETIONS:
        level = reference[system.state_index(hormone)]
        rate = rates[system.state_index(hormone)] / parameters[system.parameter_index(clearance)]
        parameters[system.parameter_index(secretion)] *= level / (level + rate)


@lru_cache(maxsize=8)
def _relative_states(model: CycleModel) -> np.ndarray:
    """Return which states are neither a species nor a hormone that the subject secretes."""
    kept = {*model.species, *(hormone for hormone, _, _ in _SECRETIONS)}
    return np.array([name not in kept for name in model.system.state_names])


def free_states_at_rest(model: CycleModel) -> np.ndarray:
    """Return which states settle in a resting man: all but glycogen, shape (n_states,)."""
    slow = model.network.of_kind("slow")
    return np.array([name not in slow for name in model.system.state_names])


def postabsorptive_state(model: CycleModel, parameters: np.ndarray) -> np.ndarray:
    """Return the state a subject is in 12 h after a meal: his steady state at held glycogen.

    Parameters
    ----------
    model : CycleModel
        The model.
    parameters : numpy.ndarray
        The subject's, shape (n_parameters,).

    Returns
    -------
    numpy.ndarray
        Shape (n_states,).

    Raises
    ------
    ConvergenceError
        If he has none, or his plasma glucose is not that of a healthy man.
    """
    system = model.system
    found = steady_state(
        system,
        parameters=parameters,
        free=free_states_at_rest(model),
        raise_on_failure=False,
    )
    if not found.ok:
        # What the message advises (hold a state) is not in the hands of who draws subjects.
        raise ConvergenceError(f"postabsorptive state: {found.message.partition(';')[0]}")
    if not found.stable:
        raise ConvergenceError("postabsorptive state: it is not stable")
    glucose = float(found.state[system.state_index("Glc_blood")])
    low, high = GLUCOSE_RANGE
    if not low <= glucose <= high:
        raise ConvergenceError(
            f"postabsorptive state: plasma glucose is {glucose:.3g} mmol/L, "
            f"outside {low:g} to {high:g}"
        )
    return found.state
