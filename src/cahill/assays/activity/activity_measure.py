"""Rates of the wells of a plate by either assay, before blanks are subtracted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.assays.activity import activity_quality as quality
from cahill.assays.activity import amplex_red
from cahill.assays.activity.activity_settings import Settings
from cahill.assays.activity.activity_units import ANSWERED
from cahill.assays.activity.plate_signals import pathlengths
from cahill.assays.activity.plate_wells import UNKNOWN_UNIT
from cahill.assays.activity.pyruvate_standards import Standards, fit_standards, standard_levels
from cahill.assays.activity.well_rates import LEAST_READS, Traces, add_rates, nadh_rates, require
from cahill.core.layout import Layout
from cahill.core.plate import Plate, Reading
from cahill.errors import InputError


@dataclass(frozen=True, eq=False)
class Measured:
    """Wells with their rates, before blanks.

    Attributes
    ----------
    wells : pandas.DataFrame
    traces : Traces
    used, fitted : numpy.ndarray
        Shape (wells, reads).
    activity : bool
        Whether volumes are known, so that U/L can be given.
    by_rate : bool
        Whether answers were read off standards that are rates.
    standards : Standards or None
    notes : tuple of str
    verdicts : tuple of dict
    """

    wells: pd.DataFrame
    traces: Traces
    used: np.ndarray
    fitted: np.ndarray
    activity: bool
    by_rate: bool = False
    standards: Standards | None = None
    notes: tuple[str, ...] = ()
    verdicts: tuple[dict[str, object], ...] = ()


def measure_coupled(
    plate: Plate,
    layout: Layout | None,
    reading: Reading,
    wells: pd.DataFrame,
    traces: Traces,
    settings: Settings,
) -> Measured:
    """Rates of NADH, in nmol/min where volumes and pathlengths are known."""
    if not reading.kinetic:
        raise InputError(
            f'{plate.name}: reading "{reading.name}" was taken once; the coupled assay needs reads '
            "in time"
        )
    path, how = pathlengths(plate, wells, settings.well_area)
    wells = wells.assign(path=path, path_from=how, curve_cv=0.0, curve_df=np.inf, verdict="")
    activity = _has_volumes(wells)
    if activity:
        cure = "is missing; give it in the layout"
        deep = "is unknown; read 977 and 900 nm, give it in the layout, or give --well-area"
        require(wells, {"sample_volume": cure}, ANSWERED, _name(layout, plate))
        everyone = (*ANSWERED, "blank", "sample_blank")
        require(wells, {"total_volume": cure}, everyone, _name(layout, plate))
        named = wells.rename(columns={"pathlength": "_", "path": "pathlength"})
        require(named, {"pathlength": deep}, everyone, plate.name)
    wells, used, fitted = add_rates(
        wells, traces, direction=-1, method=settings.rates, confidence=settings.confidence
    )
    if activity:
        wells = nadh_rates(wells, settings.epsilon)
    else:
        rates = {"well_rate": wells["rate"], "well_rate_sd": wells["rate_sd"]}
        wells = wells.assign(**rates, rate_unit=f"{reading.unit}/min")
    fast = wells["rate"] / wells["path"] > quality.LINEAR_AU_PER_MIN
    wells.loc[fast & (wells["role"] == "sample"), "verdict"] = "above the linear range"
    notes = quality.lag_remark(wells)
    return Measured(
        wells,
        traces,
        used,
        fitted,
        activity,
        notes=(*notes, *([] if activity else [_WITHOUT_VOLUMES])),
        verdicts=tuple(quality.coupled_verdicts(wells)),
    )


_WITHOUT_VOLUMES = (
    "Rates only: U/L needs sample_volume and total_volume of the wells, which a layout gives."
)


def measure_amplex(
    plate: Plate,
    layout: Layout | None,
    reading: Reading,
    wells: pd.DataFrame,
    traces: Traces,
    settings: Settings,
) -> Measured:
    """Rates of pyruvate, read off the standards of the plate."""
    by_rate = settings.standards == "rate"
    name = _name(layout, plate)
    options = {"shape": settings.curve, "weights": settings.weights, "name": name}
    wells = wells.assign(path=np.nan, path_from="", verdict="")
    method = {"method": settings.rates, "confidence": settings.confidence}
    shape = traces.usable.shape
    used, fitted = traces.usable.copy(), np.full(shape, np.nan)
    notes: tuple[str, ...] = ()
    if by_rate:
        roles = ("standard", *ANSWERED, "blank", "sample_blank")
        wells, used, fitted = add_rates(wells, traces, direction=1, roles=roles, **method)
        rates = wells["rate"].to_numpy(float)
        standards = fit_standards(wells, rates, signal_kind="rate", **options)
        wells = amplex_red.rate_read_off(wells, standards, settings.confidence)
    else:
        level, notes = standard_levels(wells, traces)
        standards = fit_standards(wells, level, signal_kind=reading.signal, **options)
        if shape[1] >= LEAST_READS:
            wells, used, fitted = _kinetic(wells, traces, standards, method)
        else:
            if shape[1] == 1 and settings.duration is None:
                raise InputError(
                    f"{plate.name}: the plate was read once; give --duration, the time of reaction"
                )
            minutes = settings.duration or np.nan
            wells = amplex_red.endpoint_amounts(wells, traces, standards, minutes)
    wells = wells.assign(curve_df=float(standards.curve.df))
    activity = not by_rate and standards.unit != UNKNOWN_UNIT and _has_volumes(wells)
    if activity:
        cure = "is missing; give it in the layout"
        require(wells, {"sample_volume": cure}, ANSWERED, name)
    elif standards.unit == UNKNOWN_UNIT:
        notes += (
            "The unit of the standards is unknown to the file; amounts are in that unit, and U/L "
            "is not computed.",
        )
    else:
        notes += (_WITHOUT_VOLUMES,)
    return Measured(
        wells,
        traces,
        used,
        fitted,
        activity,
        by_rate,
        standards,
        (*notes, *standards.notes),
        tuple(quality.standard_verdicts(standards)),
    )


def _kinetic(
    wells: pd.DataFrame, traces: Traces, standards: Standards, method: dict[str, object]
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Turn traces to amounts, fit their rates, and turn the fits back to signals."""
    amounts, _ = amplex_red.amounts_in_time(traces, standards.curve)
    wells, used, fitted = add_rates(wells, amounts, direction=1, **method)  # pyright: ignore[reportArgumentType]
    wells = amplex_red.kinetic_amounts(wells, amounts.values, used, standards)
    drawn = standards.curve.signal(fitted.ravel()).reshape(fitted.shape)
    used = used | ((wells["role"] == "standard").to_numpy()[:, None] & traces.usable)
    return wells, used, drawn


def _has_volumes(wells: pd.DataFrame) -> bool:
    return bool(np.isfinite(wells.loc[wells["role"].isin(ANSWERED), "sample_volume"]).any())


def _name(layout: Layout | None, plate: Plate) -> str:
    return plate.name if layout is None else layout.name
