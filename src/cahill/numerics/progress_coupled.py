"""NADH in the coupled ALT assay, integrated from the rate laws of both enzymes."""

import numpy as np
from scipy.integrate import odeint

from cahill.numerics.progress_shapes import kernel


@kernel
def _slopes(
    state: np.ndarray, _: float, vmax: float, ldh: float, constants: np.ndarray
) -> np.ndarray:
    """Return d/dt of pyruvate made and NADH used; both start from 0."""
    made, turned = state[0], state[1]
    alanine = max(constants[0] - made, 0.0)
    oxoglutarate = max(constants[1] - made, 0.0)
    nadh = max(constants[2] - turned, 0.0)
    pyruvate = max(made - turned, 0.0)
    km_alanine, km_oxoglutarate = constants[3], constants[4]
    down = km_oxoglutarate * alanine + km_alanine * oxoglutarate + alanine * oxoglutarate
    slopes = np.empty(2)
    slopes[0] = vmax * alanine * oxoglutarate / down if down > 0.0 else 0.0
    slopes[1] = ldh * pyruvate / (constants[5] + pyruvate) * nadh / (constants[6] + nadh)
    return slopes


def initial_share(constants: np.ndarray) -> float:
    """Return the rate of ALT at time 0 over its Vmax (ping-pong, no products)."""
    alanine, oxoglutarate = constants[:2]
    down = constants[4] * alanine + constants[3] * oxoglutarate + alanine * oxoglutarate
    return float(alanine * oxoglutarate / down)


def nadh_used(times: np.ndarray, rate: float, ldh: float, constants: np.ndarray) -> np.ndarray:
    """Return NADH used since the start, shape (reads,), umol/L.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (reads,), s since the start of the reaction, rising.
    rate : float
        Of ALT at time 0, umol/L/s.
    ldh : float
        Vmax of LDH, umol/L/s.
    constants : numpy.ndarray
        umol/L: alanine, 2-oxoglutarate, NADH at time 0; Km of ALT for alanine and 2-oxoglutarate;
        Km of LDH for pyruvate and NADH.
    """
    vmax = rate / initial_share(constants)
    leading = times[0] > 0.0
    at = np.concatenate(([0.0], times)) if leading else times
    course = odeint(
        _slopes, np.zeros(2), at, args=(vmax, ldh, constants), rtol=1e-7, atol=1e-7, mxstep=5000
    )
    return course[1:, 1] if leading else course[:, 1]
