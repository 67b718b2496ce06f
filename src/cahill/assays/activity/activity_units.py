"""From nmol per minute in wells to activity of samples: blanks, replicates, units, intervals.

One unit (U) is 1 umol of pyruvate a minute. Every variance is kept by its origin: the fit of the
reads, pipetting (the spread of replicate wells, one coefficient of variation for the plate), the
blanks and the standard curve. The interval is Student's with Satterthwaite's degrees of freedom.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cahill.assays.activity.plate_wells import KEY

if TYPE_CHECKING:
    import pandas as pd

ANSWERED = ("sample", "positive", "negative")
MATCHED = ("dilution", *KEY[1:])
Row = Mapping[Hashable, Any]
CLEAR = 5.0  # means of this many standard deviations tell of a coefficient of variation


@dataclass(frozen=True)
class Part:
    """A variance and its degrees of freedom."""

    variance: float
    df: float


def joint(parts: Sequence[Part]) -> Part:
    """Return the sum of variances, with degrees of freedom after Satterthwaite."""
    total = sum(part.variance for part in parts)
    weight = sum(part.variance**2 / part.df for part in parts if part.df > 0)
    return Part(total, total**2 / weight if weight > 0 else np.inf)


def student(part: Part, confidence: float) -> float:
    """Return half the width of the interval of a mean with this variance."""
    from scipy import stats

    quantile = stats.t.ppf(0.5 + confidence / 2, np.clip(part.df, 1, 1e6))
    return float(quantile * np.sqrt(part.variance))


def subtract_blanks(wells: "pd.DataFrame") -> "pd.DataFrame":
    """Pair every well with its blank: blank, blank_sd, blank_df, blank_kind and net.

    Parameters
    ----------
    wells : pandas.DataFrame
        With well_rate, well_rate_sd and rate_df.

    Notes
    -----
    A sample_blank (this sample without substrate) contains the reagents' own drift and is
    subtracted alone; where there is none, the reagent blanks are. A blank belongs to a well if
    whatever it states of dilution, fraction, PLP and the like is the same. Several are averaged;
    their variance is what they scatter, or what their fits allow if that is more. It is counted
    once for a sample, however many replicates share the blank.
    """
    live = wells[(wells["excluded"] == "") & np.isfinite(wells["well_rate"])]
    own = live[live["role"] == "sample_blank"].to_dict("records")
    reagent = live[live["role"] == "blank"].to_dict("records")
    columns = {name: np.full(len(wells), np.nan) for name in ("blank", "blank_sd", "blank_df")}
    kinds = np.full(len(wells), "", dtype=object)
    cache: dict[tuple[str, ...], tuple[float, Part]] = {}
    for k, well in enumerate(wells.to_dict("records")):
        if well["role"] not in ANSWERED or well["excluded"]:
            continue
        paired = _paired([blank for blank in own if blank["sample"] == well["sample"]], well)
        kind = "sample blank"
        if not paired:
            paired, kind = _paired(reagent, well), "reagent blank"
        if not paired:
            kinds[k] = "none"
            continue
        names = tuple(blank["well"] for blank in paired)
        if names not in cache:
            cache[names] = _mean_blank(paired)
        mean, part = cache[names]
        kinds[k] = kind
        columns["blank"][k], columns["blank_sd"][k] = mean, np.sqrt(part.variance)
        columns["blank_df"][k] = part.df
    net = wells["well_rate"] - np.nan_to_num(columns["blank"])
    return wells.assign(**columns, blank_kind=kinds, net=net)


def _paired(blanks: Sequence[Row], well: Row) -> list[Row]:
    """Return the blanks that state nothing else than the well does."""

    def agrees(blank: Row, name: str) -> bool:
        stated = blank[name]
        return stated in ("", well[name]) or stated != stated  # NaN: not stated

    return [blank for blank in blanks if all(agrees(blank, name) for name in MATCHED)]


def _mean_blank(blanks: Sequence[Row]) -> tuple[float, Part]:
    rates, sds, df = (
        np.array([blank[name] for blank in blanks], float)
        for name in ("well_rate", "well_rate_sd", "rate_df")
    )
    count = len(rates)
    fits = Part(float((sds**2).mean()) / count, float(df.sum()))
    if count > 1:
        scatter = Part(float(rates.var(ddof=1)) / count, count - 1)
        if scatter.variance > fits.variance:
            return float(rates.mean()), scatter
    return float(rates.mean()), fits


def pipetting(wells: "pd.DataFrame") -> Part:
    """Return the squared coefficient of variation between replicate wells, beyond their fits.

    Pooled over all samples of the plate whose mean is clear of zero, by the method of moments; its
    degrees of freedom are the wells less the samples.
    """
    live = wells[(wells["excluded"] == "") & wells["role"].isin(ANSWERED)]
    squares = expected = 0.0
    df = 0
    for _, own in live.groupby(["role", *KEY], dropna=False, sort=False):
        values, sds = own["per_sample"].to_numpy(float), own["per_sample_sd"].to_numpy(float)
        count, mean = len(values), float(values.mean())
        if count < 2 or not mean > CLEAR * np.sqrt((sds**2).mean() / count):
            continue
        squares += float(((values - mean) ** 2).sum()) / mean**2
        expected += (count - 1) * float((sds**2).mean()) / mean**2
        df += count - 1
    return Part(max(0.0, (squares - expected) / df), df) if df else Part(0.0, 0.0)


def per_sample(wells: "pd.DataFrame", activity: bool) -> "pd.DataFrame":
    """Add what a well says of its sample: per_sample and per_sample_sd, before the blank's error.

    Parameters
    ----------
    wells : pandas.DataFrame
        With net and well_rate_sd.
    activity : bool
        Whether to convert nmol/min to U/L: nmol/min over uL of sample is U/mL, times the dilution;
        otherwise the unit of the wells stays.
    """
    factor = np.ones(len(wells))
    if activity:
        factor = 1e3 * wells["dilution"].fillna(1.0) / wells["sample_volume"]
    else:
        factor = factor * wells["dilution"].fillna(1.0)
    return wells.assign(
        factor=factor,
        per_sample=wells["net"] * factor,
        per_sample_sd=wells["well_rate_sd"] * factor,
    )


def sample_table(wells: "pd.DataFrame", confidence: float) -> tuple["pd.DataFrame", Part]:
    """Return one row a sample and condition, and the pipetting variance.

    Returns
    -------
    table : pandas.DataFrame
        role, the columns of `KEY`, wells, value, value_sd, df, low, high, replicate_cv (%), blank,
        verdict, and protein and tissue per litre where the layout gives them.
    pipetting : Part
    """
    import pandas as pd

    spread = pipetting(wells)
    live = wells[(wells["excluded"] == "") & wells["role"].isin(ANSWERED)]
    rows = []
    for _, own in live.groupby(["role", *KEY], dropna=False, sort=False):
        rows.append(_sample_row(own, spread, confidence))
    lost = wells[(wells["excluded"] != "") & wells["role"].isin(ANSWERED)]
    known = {tuple(map(str, (row["role"], *(row[name] for name in KEY)))) for row in rows}
    for _, own in lost.groupby(["role", *KEY], dropna=False, sort=False):
        head = {name: own[name].iloc[0] for name in ("role", *KEY)}
        if tuple(map(str, head.values())) not in known:
            rows.append(head | {"wells": 0, "verdict": "no answer"})
    columns = ["role", *KEY, "wells", "value", "value_sd", "df", "low", "high", "replicate_cv"]
    columns += ["blank", "verdict", "protein", "protein_sd", "grams_per_litre"]
    return pd.DataFrame(rows, columns=columns), spread


def _sample_row(own: "pd.DataFrame", spread: Part, confidence: float) -> dict[str, object]:
    """Combine the replicate wells of one sample."""
    values, sds = own["per_sample"].to_numpy(float), own["per_sample_sd"].to_numpy(float)
    count, mean = len(values), float(values.mean())
    parts = [
        Part(float((sds**2).sum()) / count**2, float(own["rate_df"].sum())),
        Part(spread.variance * mean**2 / count, spread.df),
        Part((float(own["curve_cv"].mean()) * mean) ** 2, float(own["curve_df"].iloc[0])),
    ]
    # Wells that share a blank share its error: its factors are averaged, not its variance.
    for _, shared in own.groupby(["blank", "blank_sd"], dropna=True):
        share = float(shared["factor"].sum()) / count
        variance = (share * float(shared["blank_sd"].iloc[0])) ** 2
        parts.append(Part(variance, float(shared["blank_df"].iloc[0])))
    whole = joint(parts)
    half = student(whole, confidence)
    verdicts = list(dict.fromkeys(text for text in own["verdict"] if text))
    if mean - half <= 0:
        verdicts.append("below zero" if mean + half < 0 else "not told from zero")
    cv = float(values.std(ddof=1) / abs(mean)) if count > 1 and mean else np.nan
    if spread.df > 1 and np.isfinite(cv) and _strays(cv, count, mean, sds, spread):
        verdicts.append("replicates differ")
    mass, volume = own["tissue_mass"].mean(), own["extract_volume"].mean()
    return {name: own[name].iloc[0] for name in ("role", *KEY)} | {
        "wells": count,
        "value": mean,
        "value_sd": float(np.sqrt(whole.variance)),
        "df": whole.df,
        "low": mean - half,
        "high": mean + half,
        "replicate_cv": 100 * cv,
        "blank": ", ".join(dict.fromkeys(own["blank_kind"])),
        "verdict": "; ".join(verdicts),
        "protein": own["protein"].mean(),
        "protein_sd": own["protein_sd"].mean(),
        "grams_per_litre": 1e3 * mass / volume,
    }


def _strays(cv: float, count: int, mean: float, sds: np.ndarray, spread: Part) -> bool:
    """Return whether replicates differ more than those of the plate do (F test, 1 %)."""
    from scipy import stats

    usual = spread.variance + float((sds**2).mean()) / mean**2
    return bool(cv**2 / usual > stats.f.ppf(0.99, count - 1, spread.df))


def add_units(table: "pd.DataFrame", confidence: float) -> "pd.DataFrame":
    """Add U/mg of protein and U/g of tissue, each with sd, low and high.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `sample_table`, its values in U/L.
    confidence : float

    Notes
    -----
    U/L over mg/mL of protein, times 1e-3, is U/mg; U/L over g of tissue in a litre of extract is
    U/g. The protein's standard deviation, which has no degrees of freedom, enters as known.
    """
    table = table.rename(
        columns={
            "value": "activity_u_per_l",
            "value_sd": "activity_u_per_l_sd",
            "low": "activity_u_per_l_low",
            "high": "activity_u_per_l_high",
        }
    )
    value = table["activity_u_per_l"]
    variance = table["activity_u_per_l_sd"] ** 2
    scales = {
        "u_per_mg": (1e3 * table["protein"], table["protein_sd"].fillna(0) / table["protein"]),
        "u_per_g": (table["grams_per_litre"], 0.0 * value),
    }
    for unit, (scale, cv) in scales.items():
        if not np.isfinite(scale.astype(float)).any():
            continue
        answer = value / scale
        extra = (answer * cv) ** 2
        parts = [
            joint([Part(v / s**2, d), Part(e, np.inf)])
            for v, s, d, e in zip(variance, scale, table["df"], extra)
        ]
        halves = np.array([student(part, confidence) for part in parts])
        table[f"activity_{unit}"] = answer
        table[f"activity_{unit}_sd"] = [np.sqrt(part.variance) for part in parts]
        table[f"activity_{unit}_low"] = answer - halves
        table[f"activity_{unit}_high"] = answer + halves
    return table


def plp_table(table: "pd.DataFrame", confidence: float) -> "pd.DataFrame":
    """Return, for every sample measured with and without PLP, the share that has its cofactor.

    Returns
    -------
    pandas.DataFrame
        The columns of `KEY` without plp, without_plp and with_plp (U/L), holo_share (without over
        with), low, high, apo_share.

    Notes
    -----
    The interval is Student's on the logarithm. A share above 1 is left as it is: added PLP then
    activates nothing.
    """
    import pandas as pd

    key = [name for name in KEY if name != "plp"]
    rows = []
    known = table[table["plp"].isin(["yes", "no"]) & (table["role"] == "sample")]
    for names, own in known.groupby(key, dropna=False, sort=False):
        sides = [own[own["plp"] == word] for word in ("no", "yes")]
        if any(len(side) != 1 for side in sides):
            continue
        values = [float(side["activity_u_per_l"].iloc[0]) for side in sides]
        if not min(values) > 0:
            continue
        parts = [
            Part(float(side["activity_u_per_l_sd"].iloc[0] / value) ** 2, float(side["df"].iloc[0]))
            for side, value in zip(sides, values)
        ]
        share, half = values[0] / values[1], student(joint(parts), confidence)
        rows.append(
            dict(zip(key, names))
            | {"without_plp": values[0], "with_plp": values[1], "holo_share": share}
            | {"low": share * np.exp(-half), "high": share * np.exp(half), "apo_share": 1 - share}
        )
    return pd.DataFrame(rows)
