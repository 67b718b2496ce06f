"""What a virtual study found beside what is published and what is true, and why they differ."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cahill.tracing.in_vivo_analysis import APPEARANCE, CORRECTED, TRANSFER
from cahill.tracing.in_vivo_published import ALANINE_GLUCOSE, GLUCOSE_ALANINE, published_for
from cahill.tracing.tracer_kinetics import TracerKinetics
from cahill.workflows._virtual_tracers import ALANINE, C13, CARBON, GLUCOSE, INTACT, N15
from cahill.workflows._virtual_truth import TrueFluxes

STEADY = "steady"
ERRORS: Mapping[str, str] = {
    "measurement": "errors of measurement",
    "not_at_plateau": "label not at its plateau",
    "exchange": "exchange in the TCA cycle, or its estimate",
    "one_pool": "one pool assumed (label comes back)",
}
"""Parts of the error, which add up to it, and how reports call them."""


@dataclass(frozen=True)
class Sought:
    """A flux that the study looks for: how the analysis calls it, and which true flux it is."""

    quantity: str
    analyte: str
    tracer: str
    truth: str

    @property
    def label(self) -> str:
        """How reports call it."""
        words = {APPEARANCE: f"Ra of {self.analyte}", TRANSFER: self.analyte}
        return words.get(self.quantity, f"{self.analyte}, corrected")


SOUGHT = (
    Sought(APPEARANCE, ALANINE, C13, "alanine_ra"),
    Sought(APPEARANCE, ALANINE, N15, "alanine_ra"),
    Sought(APPEARANCE, GLUCOSE, INTACT, "glucose_ra"),
    Sought(APPEARANCE, GLUCOSE, CARBON, "glucose_ra"),
    Sought(TRANSFER, GLUCOSE_ALANINE, CARBON, "glucose_to_alanine"),
    Sought(TRANSFER, ALANINE_GLUCOSE, C13, "alanine_to_glucose"),
    Sought(CORRECTED, ALANINE_GLUCOSE, C13, "alanine_to_glucose"),
)


def budget_frame(
    found: TracerKinetics, exact: TracerKinetics, frozen: TracerKinetics, truth: TrueFluxes
) -> pd.DataFrame:
    """Return what was found, published and true, one flux a row, with the parts of the error.

    Parameters
    ----------
    found, exact : TracerKinetics
        The study with and without errors of measurement.
    frozen : TracerKinetics
        Infusions of several lengths into the state of the plateau, one of them without end.
    truth : TrueFluxes
        In that state.

    Returns
    -------
    pandas.DataFrame
        quantity, analyte, tracer, published, published_low, published_high, found, low, high (95 %
        interval), followed (Steele's equation at the last sample), steady (found at isotopic steady
        state), truth, then found - truth in parts: measurement, not_at_plateau, exchange,
        one_pool; method_error_percent (without errors of measurement), unit. A flux that
        the study could not tell is left out.
    """
    rows = []
    for one in SOUGHT:
        here, ideal = _plateau(found, one), _plateau(frozen, one, STEADY)
        if here is None or ideal is None:
            continue
        value, low, high = here
        without_noise = (_plateau(exact, one) or here)[0]
        true = float(getattr(truth, one.truth))
        corrected = _exactly_corrected(frozen, one, ideal[0], truth.exchange)
        known = published_for(one.quantity, one.analyte)[0]
        rows.append(
            {
                **dict(zip(("quantity", "analyte", "tracer"), _key(one))),
                "published": math.nan if known.value is None else known.value,
                "published_low": known.low,
                "published_high": known.high,
                "found": value,
                "low": low,
                "high": high,
                "followed": _last(found, one),
                "steady": ideal[0],
                "truth": true,
                "measurement": value - without_noise,
                "not_at_plateau": without_noise - ideal[0],
                "exchange": ideal[0] - corrected,
                "one_pool": corrected - true,
                "method_error_percent": 100.0 * (without_noise - true) / true,
                "unit": "umol/kg/min",
            }
        )
    return pd.DataFrame(rows)


def lengths_frame(frozen: TracerKinetics, truth: TrueFluxes) -> pd.DataFrame:
    """Return what infusions of several lengths find, held against the truth.

    Returns
    -------
    pandas.DataFrame
        quantity, analyte, tracer, infusion_h (infinite for the one without end), found, truth,
        error_percent.
    """
    rows = []
    for one in SOUGHT:
        for part in frozen.analyses:
            state = part.signals.occasion.state
            here = _plateau(frozen, one, state)
            if here is not None:
                hours = math.inf if state == STEADY else float(state.removesuffix(" h"))
                true = float(getattr(truth, one.truth))
                rows.append((*_key(one), hours, here[0], true, 100.0 * (here[0] / true - 1.0)))
    columns = ["quantity", "analyte", "tracer", "infusion_h", "found", "truth", "error_percent"]
    return pd.DataFrame(rows, columns=columns)


def sought_of(row: Mapping[Any, Any]) -> Sought:
    """Return the flux of a row of either frame."""
    key = (row["quantity"], row["analyte"], row["tracer"])
    return next(one for one in SOUGHT if _key(one) == key)


def _key(one: Sought) -> tuple[str, str, str]:
    return one.quantity, one.analyte, one.tracer


def _plateau(
    kinetics: TracerKinetics, one: Sought, state: str | None = None
) -> tuple[float, float, float] | None:
    for part in kinetics.analyses:
        if state in (None, part.signals.occasion.state):
            for row in part.estimates:
                if (row.quantity, row.analyte, row.tracer) == _key(one):
                    return row.value, row.low, row.high
    return None


def _last(kinetics: TracerKinetics, one: Sought) -> float:
    followed = [r for r in kinetics.over_time if (r.quantity, r.analyte, r.tracer) == _key(one)]
    return max(followed, key=lambda row: row.time_min).value if followed else math.nan


def _exactly_corrected(frozen: TracerKinetics, one: Sought, ideal: float, exchange: float) -> float:
    """Return what would be found at steady state if the exchange were known exactly."""
    if one.analyte != ALANINE_GLUCOSE:
        return ideal
    raw = _plateau(frozen, Sought(TRANSFER, one.analyte, one.tracer, one.truth), STEADY)
    assert raw is not None
    return raw[0] / (1.0 - exchange)
