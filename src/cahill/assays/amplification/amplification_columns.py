"""The columns of analysed amplification curves, for whoever builds on them."""

REACTION_COLUMNS = (
    "run",
    "well",
    "target",
    "sample",
    "role",
    "dye",
    "group",
    "replicate",
    "quantity",
    "dilution",
    "cq",
    "cq_sd",
    "method",
    "instrument_cq",
    "difference",
    "amplified",
    "reason",
    "cq_threshold",
    "cq_second_derivative",
    "cy0",
    "plateau",
    "baseline_first",
    "baseline_last",
    "threshold",
    "efficiency_well",
    "verdicts",
    "excluded",
    "where",
)
"""One reaction a row.

run (name), well, target, sample, role (see `cahill.core.amplification.ReactionRole`), dye, group,
replicate, quantity (of a standard), dilution; blank text or NaN where the file and the layout are
silent. cq: cycles, by the method in `method`; NaN where not amplified. cq_sd: cycles, from noise of
the readings and of the baseline alone. instrument_cq: as printed, NaN if undetermined or absent.
difference: our threshold Cq minus the instrument's. amplified: bool, with the reason where not (for
"instrument", whether the instrument gave a Cq). cq_threshold, cq_second_derivative, cy0: the Cq of
each of our own methods. plateau: highest smoothed signal above the baseline. baseline_first,
baseline_last: cycles. threshold: signal above the baseline. efficiency_well: fold per cycle in the
window of linearity, for judging a well only. verdicts: doubts joined by "; ", blank if none.
excluded: why the reaction was left out by the instrument or its user, blank if not.
"""

EFFICIENCY_COLUMNS = (
    "target",
    "source",
    "efficiency",
    "low",
    "high",
    "sd",
    "n",
    "slope",
    "intercept",
    "r_squared",
    "lowest",
    "highest",
    "lod",
    "note",
)
"""One efficiency a row, one or two rows a target.

source: "dilution series" or "window of linearity". efficiency: fold per cycle (2 is doubling), with
its interval low, high and standard error sd. n: reactions used. Of a dilution series also slope and
intercept (cycles against log10 quantity), r_squared, lowest and highest quantity of the linear
range, and lod, the lowest quantity from which on at least 95 % of the reactions amplified.
"""
