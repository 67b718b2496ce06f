"""The expression module alone, as in cultured cells: hormones are what the medium holds.

Everything but messenger and protein is held, so a dose acts as it does in a dish: no secretion, no
clearance, no change of blood glucose.
"""

from collections.abc import Mapping

import numpy as np

from cahill.cycle.build import CycleModel
from cahill.cycle.quantities import StateView, view_of
from cahill.errors import UnknownNameError
from cahill.numerics.ode import integrate

HORMONES = ("Insulin", "Glucagon", "Cortisol", "Epinephrine")
EXPRESSED = ("mRNA_", "protein_")
# Share of ALT1 in the ALT activity of Fao cells and rat liver: the value with which 2.5-fold ALT1
# and 2.0-fold ALT2 at 24 h (Qian 2015) and 3.7-fold activity at 4 d (Jackson 2008) agree. The share
# of human liver is another number (vmax_ALT1_liver, vmax_ALT2_liver).
ALT1_SHARE_RAT = 0.63
_SETTLING = 60.0 * 24 * 60  # min; thirty half-lives of ALT


def culture(
    model: CycleModel,
    treatment: Mapping[str, float],
    hours: float,
    *,
    medium: Mapping[str, float] | None = None,
    parameters: np.ndarray | None = None,
) -> StateView:
    """Treat cells that have settled in a medium.

    Parameters
    ----------
    model : CycleModel
        Gives the expression module.
    treatment : mapping of str to float
        Hormone levels (Insulin, Glucagon pmol/L; Cortisol, Epinephrine nmol/L) and inputs
        (dexamethasone nmol/L, ATF4_stress, ...) that are added to the medium.
    hours : float
        Length of the treatment.
    medium : mapping of str to float, optional
        What the cells have settled in; free of hormones by default.
    parameters : numpy.ndarray, optional
        Shape (n_parameters,); the model's own by default.

    Returns
    -------
    StateView
        At the end of the treatment.
    """
    system = model.system
    free = np.array([name.startswith(EXPRESSED) for name in system.state_names])
    state, vector = system.default_state.copy(), system.default_parameters.copy()
    if parameters is not None:
        vector = parameters.copy()
    _set(model, state, vector, dict.fromkeys(HORMONES, 0.0) | dict(medium or {}))
    settled = integrate(system, (0.0, _SETTLING), state=state, parameters=vector, free=free)
    state = settled.states[-1].copy()
    if hours > 0.0:
        _set(model, state, vector, treatment)
        treated = integrate(system, (0.0, 60.0 * hours), state=state, parameters=vector, free=free)
        state = treated.states[-1]
    return view_of(model, state, vector)


def rat_activity(view: StateView) -> float:
    """Return the ALT activity of Fao cells or rat liver, both isoforms, in relative units."""
    share = ALT1_SHARE_RAT
    return share * view.level("protein_ALT1_liver") + (1 - share) * view.level("protein_ALT2_liver")


def _set(
    model: CycleModel, state: np.ndarray, vector: np.ndarray, values: Mapping[str, float]
) -> None:
    system = model.system
    for name, value in values.items():
        if name in system.state_names:
            state[system.state_index(name)] = value
        elif name in system.parameter_names:
            vector[system.parameter_index(name)] = value
        else:
            raise UnknownNameError(
                "hormone or input", name, (*HORMONES, *system.parameter_names), "medium"
            )
