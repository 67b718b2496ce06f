"""Technical replicates of ChIP-qPCR: averaged, brought to the same amount of DNA, and matched.

Every Cq is adjusted to 1 uL of undiluted DNA, that of an input also to the whole chromatin:

    adjusted Cq = Cq - log_E(dilution / template volume) - log_E(1 / input fraction)

so that amounts compare as E**-(adjusted Cq). A reaction without Cq is given up after the last
cycle, which is then the least its Cq can be: its set is a bound.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cahill.errors import InputError
from cahill.io.chip_tables import ChipReaction, ChipRun


@dataclass(frozen=True)
class Efficiency:
    """By what a cycle multiplies a product: 2 is doubling; with its standard deviation."""

    value: float = 2.0
    sd: float = 0.0
    assumed: bool = True


@dataclass(frozen=True)
class TechnicalSet:
    """Reactions of the same DNA with the same primers.

    Parameters
    ----------
    role, antibody, target, group, sample, replicate, region : str
    n : int
        Reactions.
    cq : float
        Their mean Cq as read, cycles; a reaction without Cq counts as the last cycle.
    sd : float
        Of Cq, cycles; NaN with one reaction, or where some gave no Cq.
    adjusted : float
        Mean adjusted Cq, cycles.
    missing : int
        Reactions without Cq; then `cq` and `adjusted` are the least they can be.
    variance : float
        Of the mean, cycles squared, from the spread pooled over the role; NaN if unknown.
    degrees : float
        Its degrees of freedom.
    where : str
        Wells, or the places in the file.
    """

    role: str
    antibody: str
    target: str
    group: str
    sample: str
    replicate: str
    region: str
    n: int
    cq: float
    sd: float
    adjusted: float
    missing: int
    variance: float = math.nan
    degrees: float = 0.0
    where: str = ""

    @property
    def unit(self) -> tuple[str, str, str]:
        """Group, sample and replicate: the preparation of chromatin."""
        return self.group, self.sample, self.replicate


def technical_sets(
    run: ChipRun, efficiencies: Mapping[str, Efficiency], input_fraction: float | None
) -> tuple[TechnicalSet, ...]:
    """Average technical replicates.

    Parameters
    ----------
    run : ChipRun
    efficiencies : mapping of str to Efficiency
        By target.
    input_fraction : float, optional
        Of inputs of which the file does not tell it.

    Raises
    ------
    InputError
        If the fraction of an input is not known or not in (0, 1].
    """
    groups: dict[tuple, list[ChipReaction]] = {}
    for one in run.reactions:
        if one.role == "ntc":
            continue
        antibody = "" if one.role == "input" else one.antibody
        key = (one.role, antibody, one.target, one.group, one.sample, one.replicate)
        groups.setdefault(key, []).append(one)
    sets = [
        _average(key, members, efficiencies[key[2]].value, input_fraction, run.cycles)
        for key, members in groups.items()
    ]
    return tuple(_with_pooled_variance(sets))


def _average(
    key: tuple,
    members: Sequence[ChipReaction],
    efficiency: float,
    input_fraction: float | None,
    cycles: float,
) -> TechnicalSet:
    read = np.array([math.nan if one.cq is None else one.cq for one in members])
    missing = int(np.isnan(read).sum())
    filled = np.where(np.isnan(read), cycles, read)
    shift = np.array([_log_amount(one, input_fraction) for one in members]) / math.log(efficiency)
    adjusted = filled - shift
    known = len(members) > 1 and not missing
    region = next((one.region for one in members if one.region), "")
    where = ", ".join(one.well or one.where for one in members)
    return TechnicalSet(
        *key,
        region=region,
        n=len(members),
        cq=float(filled.mean()),
        sd=float(adjusted.std(ddof=1)) if known else math.nan,
        adjusted=float(adjusted.mean()),
        missing=missing,
        where=where,
    )


def _log_amount(one: ChipReaction, input_fraction: float | None) -> float:
    """Return the log of the DNA that a reaction stands for, over what was in it."""
    factor = one.dilution / one.template_volume
    if one.role == "input":
        fraction = input_fraction if one.input_fraction is None else one.input_fraction
        if fraction is None:
            raise InputError(
                f"{one.where}: which part of the chromatin is this input? Give it in a column "
                "input_fraction, or with --input-fraction 0.01"
            )
        if not 0 < fraction <= 1:
            raise InputError(
                f"{one.where}: input fraction {fraction:g} is not above 0 and up to 1; 1 % is 0.01"
            )
        factor /= fraction
    return math.log(factor)


def _with_pooled_variance(sets: Sequence[TechnicalSet]) -> list[TechnicalSet]:
    """Give every set the variance of its mean, from the spread pooled over its role.

    Reactions with little DNA scatter more, and roles differ in that; a set of three says too
    little of its own spread. A role measured once each borrows from all.
    """

    def pooled(chosen: Iterable[TechnicalSet]) -> tuple[float, int]:
        several = [one for one in chosen if math.isfinite(one.sd)]
        degrees = sum(one.n - 1 for one in several)
        squares = sum((one.n - 1) * one.sd**2 for one in several)
        return (squares / degrees if degrees else math.nan), degrees

    by_role = {role: pooled(one for one in sets if one.role == role) for role in _roles(sets)}
    everything = pooled(sets)
    found = []
    for one in sets:
        variance, degrees = by_role[one.role]
        if not degrees:
            variance, degrees = everything
        found.append(replace(one, variance=variance / one.n, degrees=degrees))
    return found


def _roles(sets: Iterable[TechnicalSet]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.role for one in sets))


def reference_of(
    one: TechnicalSet, references: Sequence[TechnicalSet]
) -> tuple[TechnicalSet | None, str]:
    """Return the input or IgG that a set is measured against, or why there is none.

    It has the same target and the same group, sample and replicate, where it names them; the one
    that names most is taken.

    Raises
    ------
    InputError
        If several serve equally.
    """
    fitting = [
        (sum(bool(word) for word in reference.unit), reference)
        for reference in references
        if reference.target == one.target
        and all(own in ("", other) for own, other in zip(reference.unit, one.unit))
    ]
    if not fitting:
        return None, "missing"
    most = max(named for named, _ in fitting)
    best = [reference for named, reference in fitting if named == most]
    if len(best) > 1:
        names = " and ".join(reference.antibody or reference.role for reference in best)
        raise InputError(
            f"{best[1].where}: two {best[0].role} sets ({names}) serve {one.antibody} at "
            f"{one.target or 'the locus'}; choose one with --igg, or tell samples apart"
        )
    return best[0], ""
