"""A synthetic tracer study with known fluxes: two pools of glucose, one of alanine, three tracers.

Infused are [6-3H]glucose, [U-14C]glucose and [3-13C]alanine. Carbon passes from glucose to alanine
and back at once; on the way back a share of its label is lost by exchange. Every number here is
assumed, near what is published for resting and exercising men; none was measured.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

H3, C14, C13 = "[6-3H]glucose", "[U-14C]glucose", "[3-13C]alanine"
GLUCOSE, ALANINE = "glucose", "alanine"
GLUCOSE_LEVEL = 5000.0
FAST, SLOW, MIXING = 0.13, 0.07, 0.02
ALANINE_VOLUME = 0.25
DPM_PER_MICROCURIE = 2.22e6
EXCHANGE = 0.30


@dataclass(frozen=True)
class Truth:
    """Fluxes, umol/kg/min: rates of appearance, and transfers in molecules of alanine."""

    glucose_ra: float
    alanine_ra: float
    glucose_to_alanine: float
    alanine_to_glucose: float

    def scaled(self, factor):
        return Truth(*(factor * value for value in vars(self).values()))


REST = Truth(11.0, 4.4, 1.89, 1.48)
EXERCISE = Truth(20.0, 7.9, 3.40, 2.10)
SUBJECTS = {"S1": (72.0, 1.00), "S2": (65.0, 1.08), "S3": (80.0, 0.93), "S4": (69.0, 1.03)}
RATES = {H3: 0.30, C14: 0.20, C13: 0.25}
PRIME_MINUTES = {H3: 100.0, C14: 100.0, C13: 20.0}
TIMES = {
    "rest": (30, 60, 90, 120, 150, 180, 195, 210, 225, 240),
    "exercise": (30, 60, 90, 110, 120, 130, 140, 150, 165, 180, 195, 210, 225, 240),
}
EXERCISE_FROM = 120.0


REMARKS = {
    "infusions": "Synthetic study: computed from known fluxes, nobody was infused. What ran in.",
    "enrichments": "Synthetic study: known fluxes with 2 % noise. What plasma showed.",
    "subjects": "Synthetic study. Needed where a rate is not per kg.",
    "analytes": "Synthetic study. Needed to follow rates over time: p * V mixes at once.",
    "exchange": "Synthetic study. Share of label lost in the TCA cycle; blank subject: all.",
}


def fluxes(state, factor, time):
    base = EXERCISE if state == "exercise" and time > EXERCISE_FROM else REST
    return base.scaled(factor)


def simulate(state, weight, factor, times):
    """Return labels and concentrations at the sample times.

    States: 3H in both glucose pools, 14C in them and in alanine, 13C in them and in alanine, and
    unlabelled alanine; amounts per kg.
    """
    dpm = DPM_PER_MICROCURIE / weight
    rate = {H3: RATES[H3] * dpm, C14: RATES[C14] * dpm, C13: RATES[C13]}
    level = GLUCOSE_LEVEL
    pool = FAST * level
    rest = fluxes("rest", factor, 0.0)
    cleared = rest.alanine_ra / 330.0

    def change(time, y):
        h1, h2, c1, c2, g1, g2, ac, a13, n = y
        now = fluxes(state, factor, time)
        total = n + a13
        gone = now.glucose_ra / pool

        def mix(first, second):
            return MIXING * (first / FAST - second / SLOW)

        kept = now.alanine_to_glucose * (1.0 - EXCHANGE)
        made = now.glucose_to_alanine / 2.0
        out = cleared / ALANINE_VOLUME
        return [
            rate[H3] - gone * h1 - mix(h1, h2),
            mix(h1, h2),
            rate[C14] - gone * c1 - mix(c1, c2) + kept * ac / total,
            mix(c1, c2),
            -gone * g1 - mix(g1, g2) + kept * a13 / total,
            mix(g1, g2),
            made * c1 / pool - out * ac,
            rate[C13] - out * a13 + made * g1 / pool,
            now.alanine_ra - out * n,
        ]

    start = np.zeros(9)
    start[0], start[2] = (rate[t] * PRIME_MINUTES[t] for t in (H3, C14))
    start[7] = rate[C13] * PRIME_MINUTES[C13]
    start[8] = rest.alanine_ra / cleared * ALANINE_VOLUME
    found = []
    pieces = [(0.0, EXERCISE_FROM), (EXERCISE_FROM, 240.0)]
    y = start
    for first, last in pieces:
        inside = [t for t in times if first < t <= last]
        solved = solve_ivp(
            change,
            (first, last),
            y,
            t_eval=list(dict.fromkeys([*inside, last])),
            rtol=1e-9,
            atol=1e-9,
            max_step=5.0,
        )
        found.append(solved.y[:, : len(inside)])
        y = solved.y[:, -1]
    h1, _, c1, _, g1, _, ac, a13, n = np.hstack(found)
    return {
        (GLUCOSE, H3): h1 / pool,
        (GLUCOSE, C14): c1 / pool,
        (GLUCOSE, C13): g1 / pool,
        (ALANINE, C14): ac / (n + a13),
        (ALANINE, C13): a13 / (n + a13),
        ALANINE: (n + a13) / ALANINE_VOLUME,
        GLUCOSE: np.full(len(times), level),
    }


def tables(noise=0.02, seed=7):
    """Return the tables of the study by name; noise is the relative error of every measurement."""
    rng = np.random.default_rng(seed)
    infusions, samples = [], []
    for subject, (weight, factor) in SUBJECTS.items():
        for state, times in TIMES.items():
            for tracer in (H3, C14, C13):
                hot = tracer != C13
                infusions.append(
                    {
                        "subject": subject,
                        "state": state,
                        "tracer": tracer,
                        "analyte": GLUCOSE if hot else ALANINE,
                        "rate": RATES[tracer],
                        "unit": "uCi/min" if hot else "umol/kg/min",
                        "start_min": 0,
                        "end_min": 240,
                        "prime": RATES[tracer] * PRIME_MINUTES[tracer],
                        "prime_unit": "uCi" if hot else "umol/kg",
                    }
                )
            signals = simulate(state, weight, factor, times)
            samples += _samples(subject, state, times, signals, noise, rng)
    weights = [
        {"subject": name, "weight": weight, "unit": "kg"} for name, (weight, _) in SUBJECTS.items()
    ]
    analytes = [
        {
            "analyte": GLUCOSE,
            "carbons": 6,
            "volume": 200,
            "volume_unit": "mL/kg",
            "pool_fraction": 0.65,
        },
        {
            "analyte": ALANINE,
            "carbons": 3,
            "volume": 250,
            "volume_unit": "mL/kg",
            "pool_fraction": 1,
        },
    ]
    exchange = [{"subject": "", "state": "", "share": EXCHANGE, "sd": 0.05}]
    parts = {
        "infusions": infusions,
        "enrichments": samples,
        "subjects": weights,
        "analytes": analytes,
        "exchange": exchange,
    }
    return {name: pd.DataFrame(rows) for name, rows in parts.items()}


def _samples(subject, state, times, signals, noise, rng):
    rows = []
    for analyte, tracer in [key for key in signals if isinstance(key, tuple)]:
        hot = tracer != C13
        scale = 1.0 if hot else 100.0
        with_level = (analyte, tracer) in ((GLUCOSE, H3), (ALANINE, C13))
        for time, value, level in zip(times, signals[analyte, tracer], signals[analyte]):
            seen = value * scale * (1.0 + noise * rng.standard_normal())
            row = {
                "subject": subject,
                "state": state,
                "time_min": time,
                "analyte": analyte,
                "tracer": tracer,
                "kind": "SA" if hot else "MPE",
                "value": float(f"{seen:.5g}"),
                "unit": "dpm/umol" if hot else "%",
                "sd": float(f"{noise * value * scale:.3g}"),
                "concentration": "",
                "concentration_unit": "",
            }
            if with_level:
                measured = level * (1.0 + noise * rng.standard_normal())
                row |= {
                    "concentration": float(f"{measured:.4g}"),
                    "concentration_unit": "umol/L",
                }
            rows.append(row)
    return rows


def write(folder, noise=0.02):
    """Write the tables as CSV, each with a line that says what they are."""
    for name, frame in tables(noise).items():
        text = frame.to_csv(index=False, lineterminator="\n")
        (folder / f"{name}.csv").write_text(f"# {REMARKS[name]}\n{text}", encoding="utf-8")
