"""ChIP-qPCR: percent input, fold over IgG and enrichment over a negative region, with errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from cahill.assays.chip.chip_checks import check_frame
from cahill.assays.chip.chip_groups import group_frames, group_of, replicate_frame
from cahill.assays.chip.chip_measures import FOLD, PERCENT, Measure, measures
from cahill.assays.chip.chip_sets import Efficiency, TechnicalSet, technical_sets
from cahill.assays.chip.chip_words import group_sentence, notes_of
from cahill.errors import InputError, UnknownNameError
from cahill.io.chip_tables import ChipRun
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

SOURCES = ("ThermoChipAnalysis", "Solomon2021", "Satterthwaite1946")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipEnrichment(Result):
    """What antibodies pulled down, by target and group.

    Attributes
    ----------
    groups : pandas.DataFrame
        As `to_frame` gives it.
    replicates : pandas.DataFrame
        The same by chromatin, its interval from technical replicates: quantity, antibody, target,
        region, group, sample, replicate, value, low, high, unit, bound, reason.
    comparisons : pandas.DataFrame
        Percent input of a group over that of the control: antibody, target, region, group, control,
        ratio, low, high, p, p_adjusted (Holm), test, reason.
    sets : pandas.DataFrame
        Technical replicates: role, antibody, target, group, sample, replicate, reactions, missing
        (without Cq), cq (mean, cycles), sd, adjusted_cq, where.
    checks : pandas.DataFrame
        check, met, detail.
    """

    groups: pd.DataFrame
    replicates: pd.DataFrame
    comparisons: pd.DataFrame
    sets: pd.DataFrame
    checks: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        return "ChIP-qPCR: binding of " + " and ".join(self._antibodies())

    def _antibodies(self) -> list[str]:
        named = self.sets.loc[self.sets["role"] == "ip", "antibody"]
        return [name or "the antibody" for name in dict.fromkeys(named)]

    def lines(self) -> list[str]:
        """Return a line for each antibody, target and group."""
        return [group_sentence(self.groups, key) for key in self._keys()]

    def _keys(self) -> list[tuple[str, ...]]:
        own = self.groups[self.groups["quantity"].isin((PERCENT, FOLD))]
        keys = own[["antibody", "target", "group"]].itertuples(index=False, name=None)
        return list(dict.fromkeys(keys))

    def summary(self) -> str:
        """Return how much was analysed and what the checks say."""
        own = self.sets[self.sets["role"] == "ip"]
        chromatins = own[["group", "sample", "replicate"]].drop_duplicates()
        missed = self.checks.loc[self.checks["met"] == False, "check"]  # noqa: E712
        verdict = f"not met: {'; '.join(missed)}" if len(missed) else "no check missed"
        return (
            f"{_counted(own['antibody'].nunique(), 'antibody', 'antibodies')} at "
            f"{_counted(own['target'].nunique(), 'target', 'targets')} in "
            f"{_counted(len(chromatins), 'chromatin', 'chromatins')}; {verdict}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers, one a row.

        Returns
        -------
        pandas.DataFrame
            quantity (percent input, fold over IgG, IgG-subtracted percent input, fold over negative
            region), antibody, target, region, group, value (geometric mean over the chromatins; the
            subtracted one is an arithmetic mean and may be negative), low, high, unit, n
            (chromatins), interval (biological or only technical replicates), bound (">=" or "<="
            where reactions did not amplify), note.
        """
        return self.groups

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return groups, replicates, comparisons, technical sets and checks."""
        return {
            "results": self.groups,
            "replicates": self.replicates,
            "comparisons": self.comparisons,
            "technical_replicates": self.sets,
            "checks": self.checks,
        }

    def plot(self) -> "Figure":
        """Draw the percent input of every chromatin and the groups' means."""
        from cahill.assays.chip.chip_page import enrichment_picture

        return enrichment_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.chip.chip_page import chip_page

        return chip_page(self)


def chip(
    run: ChipRun,
    *,
    input_fraction: float | None = None,
    efficiencies: Mapping[str, Efficiency] | None = None,
    negative: Sequence[str] = (),
    igg: str = "",
    control: str = "",
    paired: bool = False,
    confidence: float = 0.95,
) -> ChipEnrichment:
    """Turn the Cq of a ChIP experiment into enrichments.

    Parameters
    ----------
    run : ChipRun
        As `cahill.io.chip_tables.read_chip` returns it.
    input_fraction : float, optional
        Part of the chromatin that inputs are of which the run does not tell it.
    efficiencies : mapping of str to Efficiency, optional
        By target; the key "" is for all others. Doubling is assumed without.
    negative : sequence of str
        Targets where no binding is expected, besides those the run marks.
    igg : str
        Antibody that is the IgG control; the role says it if blank.
    control : str
        Group to compare with; if blank the first group, where there are several.
    paired : bool
        Whether chromatins of the same replicate name in different groups belong together.
    confidence : float
        Of the intervals.

    Returns
    -------
    ChipEnrichment

    Raises
    ------
    InputError
        If there is no antibody reaction, neither input nor IgG, or the fraction of an input is
        unknown.
    UnknownNameError
        If a name given is not in the run.
    """
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence:g} is not between 0 and 1; write 0.95")
    run = _described(run, negative, igg)
    targets = tuple(dict.fromkeys(one.target for one in run.reactions))
    by_target = _by_target(targets, efficiencies or {})
    sets = technical_sets(run, by_target, input_fraction)
    _check_roles(run, sets)
    found = measures(sets, by_target)
    chosen = _control(found, control)
    groups, comparisons = group_frames(
        found, by_target, chosen, paired=paired, confidence=confidence
    )
    options = {
        "input fraction": "as in the file" if input_fraction is None else input_fraction,
        "efficiency": ", ".join(f"{k or 'all'} {_spelled(v)}" for k, v in by_target.items()),
        "negative region": ", ".join(negative) or "as in the file",
        "control": chosen or "-",
        "paired": paired,
        "confidence": confidence,
        "last cycle": f"{run.cycles:g}",
    }
    return ChipEnrichment(
        groups=groups,
        replicates=replicate_frame(found, confidence),
        comparisons=comparisons,
        sets=_set_frame(sets),
        checks=check_frame(run, sets, groups),
        notes=notes_of(run, by_target, groups, found, chosen if not control else ""),
        sources=tuple(format_reference(key) for key in SOURCES),
        provenance=collect_provenance(run.inputs, options),
    )


def _described(run: ChipRun, negative: Sequence[str], igg: str) -> ChipRun:
    """Return the run with the IgG named and negative regions marked in all of their reactions."""
    targets = {one.target for one in run.reactions}
    for name in negative:
        if name not in targets:
            raise UnknownNameError("target", name, targets, run.name)
    marked = {one.target for one in run.reactions if one.region == "negative"} | set(negative)
    antibodies = {one.antibody for one in run.reactions if one.role in ("ip", "igg")}
    if igg and igg not in antibodies:
        raise UnknownNameError("antibody", igg, antibodies - {""}, run.name)
    reactions = []
    for one in run.reactions:
        region = "negative" if one.target in marked else one.region
        if igg and one.role == "igg" and one.antibody != igg:
            continue
        role = "igg" if igg and one.role == "ip" and one.antibody == igg else one.role
        antibody = one.antibody or {"igg": "IgG", "ip": "antibody"}.get(role, "")
        reactions.append(replace(one, role=role, region=region, antibody=antibody))
    return replace(run, reactions=tuple(reactions))


def _by_target(
    targets: Sequence[str], efficiencies: Mapping[str, Efficiency]
) -> dict[str, Efficiency]:
    for name in efficiencies:
        if name and name not in targets:
            raise UnknownNameError("target", name, targets, "--efficiency")
    general = efficiencies.get("", Efficiency())
    return {name: efficiencies.get(name, general) for name in targets}


def _check_roles(run: ChipRun, sets: Sequence[TechnicalSet]) -> None:
    roles = {one.role for one in sets}
    if "ip" not in roles:
        raise InputError(f"{run.name} has no reaction of an antibody; mark them with the role ip")
    if not roles & {"input", "igg"}:
        raise InputError(
            f"{run.name} has neither input nor IgG; mark them with the roles input and igg"
        )


def _control(found: Sequence[Measure], control: str) -> str:
    groups = tuple(dict.fromkeys(group_of(one) for one in found))
    if control and control not in groups:
        raise UnknownNameError("group", control, groups, "--control")
    return control or (groups[0] if len(groups) > 1 else "")


def _set_frame(sets: Sequence[TechnicalSet]) -> pd.DataFrame:
    rows = [
        {
            "role": one.role,
            "antibody": one.antibody,
            "target": one.target,
            "group": one.group or one.sample,
            "sample": one.sample,
            "replicate": one.replicate,
            "reactions": one.n,
            "missing": one.missing,
            "cq": one.cq,
            "sd": one.sd,
            "adjusted_cq": one.adjusted,
            "where": one.where,
        }
        for one in sets
    ]
    return pd.DataFrame(rows)


def _spelled(one: Efficiency) -> str:
    return f"{one.value:g}" + (f" ± {one.sd:g}" if one.sd else "")


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
