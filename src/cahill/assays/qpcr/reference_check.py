"""Whether the reference genes of a study deserve the name."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.assays.qpcr.qpcr_samples import SampleCq
from cahill.assays.qpcr.reference_genes import ENOUGH, UNSTABLE, genorm, normfinder
from cahill.assays.qpcr.relative_quantity import relative_quantities
from cahill.assays.qpcr.relative_study import Comparison

REFERENCE_COLUMNS = (
    "gene",
    "rank",
    "m",
    "stability",
    "within",
    "between",
    "shift",
    "shift_group",
    "shift_p",
)


def check_references(
    measured: SampleCq, efficiencies: Mapping[str, Efficiency], wanted: Comparison
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Judge reference genes by geNorm, by NormFinder, and by whether the treatment moves them.

    Parameters
    ----------
    measured : SampleCq
    efficiencies : mapping of str to Efficiency
    wanted : Comparison
        With at least three references; with fewer nothing can be said.

    Returns
    -------
    references : pandas.DataFrame
        gene, rank and m (geNorm), stability, within and between (NormFinder, log2), shift (largest
        fold between a group and the control against the mean of the other references),
        shift_group, shift_p (Holm over groups and genes). Most stable first.
    pairwise : pandas.DataFrame
        genes, v (geNorm's V(n/n+1)).
    notes : tuple of str
    """
    empty = pd.DataFrame(columns=list(REFERENCE_COLUMNS)), pd.DataFrame(columns=["genes", "v"])
    names = wanted.references
    columns = [measured.targets.index(name) for name in names]
    own = (measured.samples["role"] == "sample").to_numpy()
    whole = own & np.isfinite(measured.cq[:, columns]).all(axis=1)
    if len(names) < 3 or whole.sum() < 3:
        return *empty, ()
    log2_efficiency = np.array([efficiencies[name].log2 for name in names])
    quantities = -measured.cq[whole][:, columns] * log2_efficiency
    groups = pd.factorize(measured.samples.loc[whole, "group"])[0]
    ranked = genorm(quantities, names)
    several = np.bincount(groups).max() >= 2
    found = normfinder(quantities, names, groups if several else None)
    table = ranked.ranking.merge(found, on="gene").merge(
        _shifts(measured, efficiencies, wanted), on="gene", how="left"
    )
    return table[list(REFERENCE_COLUMNS)], ranked.pairwise, _notes(table, ranked.recommended)


def _shifts(
    measured: SampleCq, efficiencies: Mapping[str, Efficiency], wanted: Comparison
) -> pd.DataFrame:
    """Return the largest shift of each reference between a group and the control."""
    rows = []
    for name in wanted.references if wanted.control else ():
        others = tuple(other for other in wanted.references if other != name)
        among = Comparison(others, wanted.control, wanted.paired, wanted.last_cycle)
        groups = relative_quantities(measured, efficiencies, among).groups
        own = groups[(groups["target"] == name) & (groups["group"] != wanted.control)]
        own = own[own["fold"].notna()]
        if len(own):
            worst = own.iloc[int(np.argmax(own["log2_fold"].abs()))]
            rows.append((name, worst["fold"], worst["group"], worst["p_adjusted"]))
    return pd.DataFrame(rows, columns=["gene", "shift", "shift_group", "shift_p"])


def _notes(table: pd.DataFrame, recommended: int) -> tuple[str, ...]:
    notes = []
    unstable = table[table["m"] > UNSTABLE]["gene"]
    if len(unstable):
        notes.append(f"Not stable by geNorm (M above {UNSTABLE:g}): {', '.join(unstable)}")
    moved = table[table["shift_p"] < 0.05]
    for row in moved.itertuples():
        notes.append(
            f"{row.gene} itself differs {row.shift:.2f}-fold in {row.shift_group} from the other "
            f"reference genes (p {row.shift_p:.2g}): consider leaving it out"
        )
    if recommended < len(table):
        best = table["gene"].head(recommended)
        notes.append(
            f"By geNorm {recommended} reference genes are enough (V below {ENOUGH:g}): "
            f"{', '.join(best)}"
        )
    return tuple(notes)
