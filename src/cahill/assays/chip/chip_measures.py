"""What ChIP-qPCR tells of one chromatin: percent input, fold over IgG and their like, with errors.

With the adjusted Cq of `cahill.assays.chip.chip_sets` and the amplification E of the target:

    percent input           100 * E**(input - IP)
    fold over IgG           E**(IgG - IP)
    IgG-subtracted          percent input of the IP less that of the IgG
    over negative region    percent input over that of the negative region(s), geometric mean

All but the subtraction are handled as logarithms. Errors are carried to first order by the
derivative of each number with respect to each mean Cq and to each E.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cahill.assays.chip.chip_sets import Efficiency, TechnicalSet, reference_of

PERCENT, FOLD = "percent input", "fold over IgG"
SUBTRACTED, OVER_NEGATIVE = "IgG-subtracted percent input", "fold over negative region"
UNITS = {PERCENT: "%", FOLD: "fold", SUBTRACTED: "%", OVER_NEGATIVE: "fold"}


@dataclass(frozen=True)
class Measure:
    """One number of one antibody, target and chromatin.

    Parameters
    ----------
    quantity : str
        One of `UNITS`.
    antibody, target, group, sample, replicate, region : str
    scale : {"log", "linear"}
    value : float
        Natural logarithm, or the number itself; NaN with a `reason`.
    bound : str
        ">=" or "<=" where something did not amplify; blank if measured.
    sd : float
        From technical replicates, on the scale; NaN if there are none.
    degrees : float
        Of it (Welch and Satterthwaite).
    slopes : mapping of str to float
        Derivative with respect to the amplification of a target.
    reason : str
        Why there is no number.
    mock : bool
        Whether the antibody is the IgG control.
    """

    quantity: str
    antibody: str
    target: str
    group: str
    sample: str
    replicate: str
    region: str
    scale: str = "log"
    value: float = math.nan
    bound: str = ""
    sd: float = math.nan
    degrees: float = math.nan
    slopes: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    mock: bool = False

    @property
    def number(self) -> float:
        """The number in its unit."""
        return math.exp(self.value) if self.scale == "log" else self.value


def measures(
    sets: Sequence[TechnicalSet], efficiencies: Mapping[str, Efficiency]
) -> tuple[Measure, ...]:
    """Return every number that can be made of the sets, and why others cannot.

    Parameters
    ----------
    sets : sequence of TechnicalSet
    efficiencies : mapping of str to Efficiency
        By target.
    """
    inputs = [one for one in sets if one.role == "input"]
    iggs = [one for one in sets if one.role == "igg"]
    found: list[Measure] = []
    for one in sets:
        if one.role == "input":
            continue
        own_input, _ = reference_of(one, inputs)
        found.append(_percent(one, own_input, efficiencies))
        if one.role == "ip" and iggs:
            igg, _ = reference_of(one, iggs)
            found.append(_fold(one, igg, efficiencies))
            if inputs:
                found.append(_subtracted(one, own_input, igg, efficiencies))
    negative = [one for one in sets if one.role == "ip" and one.region == "negative"]
    if negative and inputs:
        for one in sets:
            if one.role == "ip" and one.region != "negative":
                found.append(_over_negative(one, negative, inputs, efficiencies))
    return tuple(found)


def _percent(
    one: TechnicalSet, own_input: TechnicalSet | None, efficiencies: Mapping[str, Efficiency]
) -> Measure:
    if own_input is None:
        return _measure(PERCENT, one, reason="no input of this chromatin and target")
    terms = [(own_input, 1.0), (one, -1.0)]
    return _log_measure(PERCENT, one, terms, efficiencies, math.log(100))


def _fold(
    one: TechnicalSet, igg: TechnicalSet | None, efficiencies: Mapping[str, Efficiency]
) -> Measure:
    if igg is None:
        return _measure(FOLD, one, reason="no IgG of this chromatin and target")
    return _log_measure(FOLD, one, [(igg, 1.0), (one, -1.0)], efficiencies)


def _over_negative(
    one: TechnicalSet,
    negative: Sequence[TechnicalSet],
    inputs: Sequence[TechnicalSet],
    efficiencies: Mapping[str, Efficiency],
) -> Measure:
    regions = [
        other for other in negative if (other.antibody, other.unit) == (one.antibody, one.unit)
    ]
    if not regions:
        return _measure(OVER_NEGATIVE, one, reason="no negative region of this chromatin")
    terms: list[tuple[TechnicalSet, float]] = []
    for other, weight in ((one, 1.0), *((region, -1.0 / len(regions)) for region in regions)):
        own_input, _ = reference_of(other, inputs)
        if own_input is None:
            return _measure(OVER_NEGATIVE, one, reason=f"no input at {other.target}")
        terms += [(own_input, weight), (other, -weight)]
    return _log_measure(OVER_NEGATIVE, one, terms, efficiencies)


def _log_measure(
    quantity: str,
    one: TechnicalSet,
    terms: Sequence[tuple[TechnicalSet, float]],
    efficiencies: Mapping[str, Efficiency],
    constant: float = 0.0,
) -> Measure:
    """Return a sum of weighted adjusted Cq times log E, which is the log of a ratio."""
    value = constant
    weights = []
    for member, weight in terms:
        log_e = math.log(efficiencies[member.target].value)
        value += weight * member.adjusted * log_e
        weights.append((member, weight * log_e))
    return _with_errors(quantity, one, "log", value, weights, efficiencies)


def _subtracted(
    one: TechnicalSet,
    own_input: TechnicalSet | None,
    igg: TechnicalSet | None,
    efficiencies: Mapping[str, Efficiency],
) -> Measure:
    """Return percent input less that of IgG; may be negative, and says so."""
    if own_input is None or igg is None:
        missing = "input" if own_input is None else "IgG"
        return _measure(SUBTRACTED, one, reason=f"no {missing} of this chromatin and target")
    log_e = math.log(efficiencies[one.target].value)
    signal, mock = (
        100 * math.exp(log_e * (own_input.adjusted - other.adjusted)) for other in (one, igg)
    )
    weights = [(own_input, log_e * (signal - mock)), (one, -log_e * signal), (igg, log_e * mock)]
    return _with_errors(SUBTRACTED, one, "linear", signal - mock, weights, efficiencies)


def _with_errors(
    quantity: str,
    one: TechnicalSet,
    scale: str,
    value: float,
    weights: Sequence[tuple[TechnicalSet, float]],
    efficiencies: Mapping[str, Efficiency],
) -> Measure:
    """Return a measure with bound, technical error and slopes; weights are d value / d Cq."""
    silent = [(member, weight) for member, weight in weights if member.missing]
    signs = {weight > 0 for _, weight in silent}
    if len(signs) > 1:
        names = " and ".join(f"{member.role}" for member, _ in silent)
        return _measure(quantity, one, reason=f"nothing amplified in {names}: no bound either")
    bound = "" if not silent else ">=" if signs.pop() else "<="
    parts = [(weight**2 * member.variance, member.degrees) for member, weight in weights]
    variance = sum(part for part, _ in parts)
    spread = sum(part**2 / degrees for part, degrees in parts if degrees)
    slopes: dict[str, float] = {}
    for member, weight in weights:
        efficiency = efficiencies[member.target].value
        # value = ... + weight / log E * Cq * log E: its slope in E leaves adjustments out.
        slope = weight / math.log(efficiency) * member.cq / efficiency
        slopes[member.target] = slopes.get(member.target, 0.0) + slope
    return _measure(
        quantity,
        one,
        scale=scale,
        value=value,
        bound=bound,
        sd=math.sqrt(variance),
        degrees=variance**2 / spread if spread else math.nan,
        slopes=slopes,
    )


def _measure(quantity: str, one: TechnicalSet, **known) -> Measure:
    return Measure(
        quantity,
        one.antibody,
        one.target,
        one.group,
        one.sample,
        one.replicate,
        one.region,
        mock=one.role == "igg",
        **known,
    )
