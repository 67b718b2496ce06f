"""Relative quantities: efficiency-corrected, normalised to reference genes, compared by group.

On the scale of log2 a quantity is minus Cq times log2 of the efficiency (Pfaffl 2001); with an
efficiency of 2 the difference of two normalised ones is minus delta-delta-Cq (Livak and Schmittgen
2001). Several reference genes count by their geometric mean (Vandesompele et al. 2002). Positive
means more than in the control, always.

The error of an efficiency is shared by every well of its target: it is no noise between replicates
and does not average out. It moves a difference of group means by their difference in Cq, and is
added to the variance of that difference once (`compare_groups`, shared_sd).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.assays.qpcr.inter_run import RunShifts
from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.assays.qpcr.qpcr_samples import SampleCq
from cahill.assays.qpcr.relative_rows import GROUP_COLUMNS, group_row, sample_rows, study_notes
from cahill.assays.qpcr.relative_study import Comparison, Study, make_study, shared_sd
from cahill.numerics.group_comparison import compare_groups, holm, replicate_means


@dataclass(frozen=True, eq=False)
class RelativeQuantities:
    """Normalised quantities by sample and their comparison by group.

    Parameters
    ----------
    samples : pandas.DataFrame
        One target of one sample a row: target, group, replicate, sample, role, cq, cq_sd, wells,
        undetermined, log2_relative (to the mean of the control, or of all samples), relative (2 to
        that), below (upper bound of `relative` where nothing was detected), note.
    groups : pandas.DataFrame
        One target of one group a row, `GROUP_COLUMNS`; p_adjusted by Holm over
        all groups and targets (over those of the reference genes apart).
    replicates : pandas.DataFrame
        One biological replicate of a target a row: target, group, replicate, log2_relative.
    notes : tuple of str
    """

    samples: pd.DataFrame
    groups: pd.DataFrame
    replicates: pd.DataFrame
    notes: tuple[str, ...] = ()


def relative_quantities(
    measured: SampleCq,
    efficiencies: Mapping[str, Efficiency],
    wanted: Comparison,
    shifts: RunShifts | None = None,
) -> RelativeQuantities:
    """Normalise the quantities of samples and compare groups with the control.

    Parameters
    ----------
    measured : SampleCq
    efficiencies : mapping of str to Efficiency
        For every target.
    wanted : Comparison
    shifts : RunShifts, optional
        Between runs; the Cq are corrected for them already, their errors are carried on here.

    Raises
    ------
    UnknownNameError
        If a reference is no target or the control no group.
    """
    study = make_study(measured, efficiencies, wanted, shifts)
    cq = study.log2_quantities(measured.cq)
    blank = (measured.wells == 0) & (measured.undetermined > 0)
    bound = np.where(blank, study.log2_quantities(wanted.last_cycle), np.nan)
    anchor = cq[:, study.references].mean(axis=1) if study.references else np.zeros(len(cq))
    alone = study.references if len(study.references) == 1 else ()
    parts = [
        _one_target(study, k, cq[:, k] - anchor, bound[:, k] - anchor)
        for k in range(len(measured.targets))
        if k not in alone
    ]
    samples, groups, replicates = (
        pd.concat(own, ignore_index=True) if own else pd.DataFrame() for own in zip(*parts)
    )
    if len(groups):
        # Reference genes are no question of the study: their tests do not tax the others.
        own = groups["target"].isin(wanted.references).to_numpy()
        for rows in (own, ~own):
            groups.loc[rows, "p_adjusted"] = holm(groups.loc[rows, "p"].to_numpy(float))
    return RelativeQuantities(samples, groups, replicates, study_notes(study, anchor))


def _one_target(
    study: Study, target: int, value: np.ndarray, bound: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return samples, groups and biological replicates of one target."""
    measured, codes = study.measured, study.codes
    units = measured.samples["unit"].to_numpy(int)
    means = replicate_means(value, units).mean
    first = np.unique(units, return_index=True)[1]
    unit_codes = codes[first]
    use = unit_codes >= 0 if study.groups else np.ones(len(first), dtype=bool)
    base_of = means[unit_codes == 0] if study.groups else means
    base_of = base_of[np.isfinite(base_of)]
    base = float(base_of.mean()) if base_of.size else np.nan
    name = measured.targets[target]
    samples = sample_rows(study, target, value - base, bound - base)
    replicates = measured.samples.loc[first[use], ["group", "replicate", "sample"]]
    replicates = replicates.assign(target=name, log2_relative=(means - base)[use])
    if not study.groups:
        return samples, pd.DataFrame(columns=list(GROUP_COLUMNS)), replicates
    lost = np.isnan(means) & np.isfinite(replicate_means(_blank(measured, target), units).mean)
    bounds = replicate_means(bound - base, units).mean
    shared = shared_sd(study, target, value, unit_codes)
    found = compare_groups(
        means[use],
        unit_codes[use],
        0,
        blocks=_blocks(measured.samples, first[use]) if study.wanted.paired else None,
        shared_sd=shared,
        confidence=study.wanted.confidence,
    )
    rows = [
        group_row(study, name, k, found, shared[k], lost[unit_codes == k], bounds[unit_codes == k])
        for k in range(len(study.groups))
    ]
    return samples, pd.DataFrame(rows, columns=list(GROUP_COLUMNS)), replicates


def _blank(measured: SampleCq, target: int) -> np.ndarray:
    """Return 1 for a sample in which the target was looked for and not found, else NaN."""
    wells, undetermined = measured.wells[:, target], measured.undetermined[:, target]
    return np.where((wells == 0) & (undetermined > 0), 1.0, np.nan)


def _blocks(samples: pd.DataFrame, first: np.ndarray) -> np.ndarray:
    """Return the code of each unit's replicate name; -1 where it has none."""
    names = samples["replicate"].to_numpy()[first]
    codes = pd.factorize(names)[0]
    return np.where(names == "", -1, codes)
