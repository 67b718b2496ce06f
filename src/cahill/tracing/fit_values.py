"""Fitted fluxes, and measured beside fitted values, at a flux state."""

import numpy as np
import pandas as pd

from cahill.numerics import scaled_residuals
from cahill.tracing.fit_problem import FitProblem
from cahill.tracing.flux_space import FluxSpace, FluxState
from cahill.tracing.flux_space_parts import is_assumed
from cahill.tracing.goodness import Identifiability
from cahill.tracing.intervals import target_gradients, target_values, targets

LABEL_COLUMNS = [
    "experiment",
    "measurement",
    "molecule",
    "time",
    "channel",
    "measured",
    "sd",
    "fitted",
    "residual",
]
LINEAR_COLUMNS = ["name", "kind", "measured", "sd", "fitted", "residual"]
_COVER = 1.96  # standard errors on each side of a 95 % interval
_DECADE = float(np.log(10.0))


def fitted_fluxes(space: FluxSpace, state: FluxState, known: Identifiability) -> pd.DataFrame:
    """Return every fitted flux, pool and share with what the data say of it.

    Not determined is what an assumed limit of the flux space holds, and what has a 95 % interval
    (linear approximation) of these half-widths, assumed: the largest flux for net fluxes, half the
    mixture for shares, a factor of ten for exchange fluxes and pools.

    Parameters
    ----------
    space : FluxSpace
    state : FluxState
        The optimum.
    known : Identifiability
        Of the optimum.

    Returns
    -------
    pandas.DataFrame
        flux, kind (net, exchange, pool, share), value, sd (infinite where nothing is seen; of
        exchange fluxes and pools relative times value), determined, limit (the limits of the flux
        space that hold the value; empty if none).
    """
    wanted = targets(space)
    gradients = target_gradients(space, state, wanted)
    values, errors = target_values(space, state, wanted), known.standard_errors(gradients)
    held = [[space.row_names[k] for k in known.held_by(one)] for one in gradients]
    vague = {"net": space.scale, "share": 0.5}
    width = [vague.get(one.kind, _DECADE * value) for one, value in zip(wanted, values)]
    assumed = np.array([any(map(is_assumed, names)) for names in held], dtype=bool)
    return pd.DataFrame(
        {
            "flux": [one.name for one in wanted],
            "kind": [one.kind for one in wanted],
            "value": values,
            "sd": errors,
            "determined": (_COVER * errors <= np.array(width)) & ~assumed,
            "limit": ["; ".join(names) for names in held],
        }
    )


def fitted_labels(problem: FitProblem, state: FluxState) -> pd.DataFrame:
    """Return measured and fitted label values.

    Parameters
    ----------
    problem : FitProblem
    state : FluxState

    Returns
    -------
    pandas.DataFrame
        experiment, measurement, molecule, time, channel, measured, sd, fitted (with the free factor
        of the measurement), residual (in standard errors); NaN where nothing was measured.
    """
    frames = [pd.DataFrame(columns=LABEL_COLUMNS)]
    for rows, predicted in zip(problem.labels, problem.predict(state)):
        data = rows.values, rows.weights, rows.starts, rows.free
        scale = np.repeat(scaled_residuals.factors(predicted, *data), np.diff(rows.starts))
        known = rows.weights > 0
        sd = np.where(known, 1.0 / np.where(known, rows.weights, 1.0), np.nan)
        molecules = {one.id: one.molecule for one in rows.model.experiment.labels}
        frames.append(
            pd.DataFrame(
                {
                    "experiment": rows.model.experiment.name,
                    "measurement": [row.measurement for row in rows.model.rows],
                    "molecule": [molecules[row.measurement] for row in rows.model.rows],
                    "time": np.array([row.time for row in rows.model.rows], dtype=float),
                    "channel": [row.channel for row in rows.model.rows],
                    "measured": np.where(known, rows.values, np.nan),
                    "sd": sd,
                    "fitted": scale * predicted,
                    "residual": (scale * predicted - rows.values) / sd,
                }
            )
        )
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]


def fitted_linear(problem: FitProblem, state: FluxState) -> pd.DataFrame:
    """Return measured and fitted fluxes and pool sizes.

    Returns
    -------
    pandas.DataFrame
        name, kind (flux or pool), measured, sd, fitted (in the units of the study), residual (in
        standard errors).
    """
    linear, study = problem.linear, problem.study
    names = [(one.id, "flux") for one in study.fluxes]
    names += [(one.id, "pool") for one in study.pools][: len(linear.values) - len(names)]
    fitted = linear.matrix @ np.concatenate([state.net, state.exchange, state.gross, state.pools])
    columns = (
        [name for name, _ in names],
        [kind for _, kind in names],
        linear.values,
        linear.sd,
        fitted,
        (fitted - linear.values) / linear.sd,
    )
    return pd.DataFrame(dict(zip(LINEAR_COLUMNS, columns)))
