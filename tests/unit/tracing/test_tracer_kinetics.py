"""A whole study analysed: numbers recovered, intervals that cover, doubts that are said."""

import math
from dataclasses import replace

import numpy as np
import pytest

from cahill.core.tracer_infusion import (
    Analyte,
    Course,
    Exchange,
    Infusion,
    InfusionStudy,
)
from cahill.errors import InputError
from cahill.tracing.in_vivo import tca_exchange
from cahill.tracing.in_vivo_groups import group_frame, pair_frame
from cahill.tracing.tracer_kinetics import tracer_kinetics

TIME = np.array([30.0, 60, 90, 120, 150, 160, 170, 180])
GLUCOSE, ALANINE = "[6,6-2H2]glucose", "[3-13C]alanine"


def course(analyte, tracer, values, kind="MPE", subject="S1", state="", **extra):
    level = extra.pop("level", math.nan)
    values = np.broadcast_to(np.asarray(values, dtype=float), TIME.shape).copy()
    concentration = np.broadcast_to(np.asarray(level, dtype=float), TIME.shape).copy()
    unknown = np.full(len(TIME), math.nan)
    sd = extra.pop("sd", unknown)
    return Course(
        subject, state, analyte, tracer, kind, TIME, values, sd, concentration, unknown, **extra
    )


def infusion(tracer, analyte, rate, subject="S1", state="", start=0.0, end=180.0, **extra):
    return Infusion(subject, state, tracer, analyte, rate, start, end, **extra)


def study(infusions, courses, **extra):
    return InfusionStudy("made up", tuple(infusions), tuple(courses), **extra)


def value(result, quantity, analyte, tracer=None):
    frame = result.to_frame()
    chosen = frame[(frame["quantity"] == quantity) & (frame["analyte"] == analyte)]
    if tracer:
        chosen = chosen[chosen["tracer"] == tracer]
    (row,) = chosen[chosen["time_min"].isna()].to_dict("records")
    return row


@pytest.fixture
def steady():
    """Two stable tracers at plateau; alanine gives 10 % of the label of glucose's molecules."""
    return study(
        [infusion(GLUCOSE, "glucose", 0.25), infusion(ALANINE, "alanine", 0.22)],
        [
            course("glucose", GLUCOSE, 0.02, level=5000),
            course("alanine", ALANINE, 0.05, level=320),
            course("glucose", ALANINE, 0.005),
        ],
        exchanges=(Exchange(0.2),),
    )


def test_a_steady_study_by_hand(steady):
    result = tracer_kinetics(steady)
    glucose = 0.25 / 0.02 - 0.25
    alanine = 0.22 / 0.05 - 0.22
    assert value(result, "rate of appearance", "glucose")["value"] == pytest.approx(glucose)
    assert value(result, "rate of appearance", "alanine")["value"] == pytest.approx(alanine)
    cleared = value(result, "clearance", "alanine")
    assert cleared["value"] == pytest.approx(1000 * alanine / (320 * 0.95))
    assert cleared["unit"] == "mL/kg/min"
    path = "alanine to glucose"
    fraction = value(result, "precursor-product fraction", path)["value"]
    assert fraction == pytest.approx(100 * (0.005 / 6) / (0.05 / 3))
    moved = value(result, "carbon transfer", path)["value"]
    # Label per molecule counts tracer molecules, so the rate it is multiplied with does too.
    assert moved == pytest.approx(2 * (glucose + 0.25) * (0.005 / 6) / (0.05 / 3))
    corrected = value(result, "carbon transfer, corrected for exchange", path)["value"]
    assert corrected == pytest.approx(moved / 0.8)
    share = value(result, "share of precursor disposal", path)["value"]
    assert share == pytest.approx(100 * corrected / (alanine + 0.22))
    assert result.notes == ()
    # Samples without scatter leave nothing unsure.
    frame = result.to_frame()
    assert np.allclose(frame["low"], frame["high"])


def test_lactate_is_counted_as_alanine_is(steady):
    tracer = "[3-13C]lactate"

    def renamed(name):
        return name.replace("alanine", "lactate")

    other = replace(
        steady,
        infusions=tuple(
            replace(one, analyte=renamed(one.analyte), tracer=renamed(one.tracer))
            for one in steady.infusions
        ),
        courses=tuple(
            replace(one, analyte=renamed(one.analyte), tracer=renamed(one.tracer))
            for one in steady.courses
        ),
    )
    found = value(
        tracer_kinetics(other), "carbon transfer, corrected for exchange", "lactate to glucose"
    )
    same = value(
        tracer_kinetics(steady), "carbon transfer, corrected for exchange", "alanine to glucose"
    )
    assert (found["tracer"], found["value"]) == (tracer, pytest.approx(same["value"]))


def test_an_option_takes_the_place_of_the_studys_exchange(steady):
    once = tracer_kinetics(steady, exchange=0.5)
    assert value(once, "exchange in the TCA cycle", "alanine to glucose")["value"] == 50
    ratio = replace(steady, exchanges=(Exchange(position_ratio=12.0),))
    found = value(tracer_kinetics(ratio), "exchange in the TCA cycle", "alanine to glucose")
    assert found["value"] == pytest.approx(100 * float(tca_exchange(12.0)))
    none = tracer_kinetics(replace(steady, exchanges=()))
    assert "corrected" not in " ".join(none.to_frame()["quantity"])


def test_kinds_of_enrichment_give_the_same_rates(steady):
    first = tracer_kinetics(steady).to_frame()
    as_ratio = [
        replace(one, kind="TTR", values=one.values / (1 - one.values)) for one in steady.courses
    ]
    atoms = {"glucose": 6, "alanine": 3}
    labelled = {GLUCOSE: 2, ALANINE: 1}
    as_atoms = [
        replace(
            one,
            kind="APE",
            values=one.values * labelled[one.tracer] / atoms[one.analyte],
            atoms=atoms[one.analyte],
        )
        for one in steady.courses
    ]
    for courses in (as_ratio, as_atoms):
        other = tracer_kinetics(replace(steady, courses=tuple(courses))).to_frame()
        rates = ~first["quantity"].str.startswith("enrichment")
        assert other["value"][rates].tolist() == pytest.approx(first["value"][rates].tolist())


def test_radioactive_and_stable_tracers_agree_when_the_stable_one_vanishes():
    hot = study(
        [infusion("[6-3H]glucose", "glucose", 9000.0, radioactive=True)],
        [course("glucose", "[6-3H]glucose", 900.0, "SA")],
    )
    cold = study([infusion(GLUCOSE, "glucose", 1e-6)], [course("glucose", GLUCOSE, 1e-7)])
    for one in (hot, cold):
        found = value(tracer_kinetics(one), "rate of appearance", "glucose")["value"]
        assert found == pytest.approx(10.0, rel=1e-6)


def test_what_runs_in_unlabelled_is_not_endogenous():
    clamp = study(
        [
            infusion(GLUCOSE, "glucose", 0.49, unlabelled=0.01),
            infusion("", "glucose", 30.0),
        ],
        [course("glucose", GLUCOSE, 0.49 / 32.49)],
    )
    result = tracer_kinetics(clamp)
    assert value(result, "rate of appearance", "glucose")["value"] == pytest.approx(32.0)
    found = value(result, "endogenous rate of appearance", "glucose")["value"]
    assert found == pytest.approx(32.0 - 30.01)


def test_two_tracers_of_glucose_show_recycling():
    both = study(
        [infusion("[U-13C6]glucose", "glucose", 0.1), infusion(GLUCOSE, "glucose", 0.25)],
        [
            course("glucose", "[U-13C6]glucose", 0.01),
            course("glucose", GLUCOSE, 0.022),
        ],
    )
    found = value(tracer_kinetics(both), "recycling", "glucose")
    kept, lost = 0.1 / 0.01 - 0.1, 0.25 / 0.022 - 0.25
    assert found["value"] == pytest.approx(100 * (1 - kept / lost))
    assert found["tracer"] == f"[U-13C6]glucose against {GLUCOSE}"


# --- over time ------------------------------------------------------------------------------------


def one_pool(noise=0.0, seed=0, step=True):
    """Samples of one pool whose Ra rises from 4 to 8 at 100 min, its concentration following."""
    from scipy.integrate import solve_ivp

    volume, cleared, rate = 0.25, 0.0125, 0.2
    times = np.arange(10.0, 241.0, 10.0)

    def change(time, y):
        ra = 8.0 if step and time > 100 else 4.0
        return [ra - cleared / volume * y[0], rate - cleared / volume * y[1]]

    start = [4.0 / cleared * volume, rate / cleared * volume]
    solved = solve_ivp(change, (0, 240), start, t_eval=times, max_step=1.0, rtol=1e-9)
    rng = np.random.default_rng(seed)
    pool, tracer = solved.y
    clean = tracer / pool, (pool + tracer) / volume
    values, level = (part * (1 + noise * rng.standard_normal(len(times))) for part in clean)
    unknown = np.full(len(times), math.nan)
    sd = noise * clean[0] if noise else unknown
    made = Course(
        *("S1", "", "alanine", ALANINE, "TTR", times, values, sd, level),
        noise * clean[1] if noise else unknown,
    )
    analytes = {"alanine": Analyte("alanine", 3, volume, 1.0)}
    return study([infusion(ALANINE, "alanine", rate, end=240.0)], [made], analytes=analytes)


def rates_over_time(result, quantity="rate of appearance"):
    frame = result.to_frame()
    chosen = frame[(frame["quantity"] == quantity) & frame["time_min"].notna()]
    return chosen.set_index("time_min")


def test_a_step_is_followed_within_the_error_of_smoothing():
    """Noise-free samples every 10 min: away from the step within 3 %, near it within the step."""
    found = rates_over_time(tracer_kinetics(one_pool()))["value"]
    assert found.loc[10:80].to_numpy() == pytest.approx(4.0, rel=0.03)
    assert found.loc[130:240].to_numpy() == pytest.approx(8.0, rel=0.03)
    assert found.loc[90:120].between(3.5, 9.5).all()
    cleared = rates_over_time(tracer_kinetics(one_pool()), "clearance")["value"]
    assert cleared.loc[130:240].to_numpy() == pytest.approx(12.5, rel=0.03)


def test_a_clamped_tracer_is_followed_though_no_plateau_has_one_rate(tmp_path):
    """The infusion doubles with Ra: z is constant, and Ra exact on either side of the change."""
    times = np.arange(10.0, 241.0, 10.0)
    same = np.ones(len(times))
    measured = times, 0.05 * same, 0.001 * same, 320 * same, 6 * same
    flat = Course("S1", "", "alanine", ALANINE, "TTR", *measured)
    parts = [
        infusion(ALANINE, "alanine", 0.2, end=215.0),
        infusion(ALANINE, "alanine", 0.4, start=215.0, end=240.0),
    ]
    analytes = {"alanine": Analyte("alanine", 3, 0.25, 1.0)}
    result = tracer_kinetics(study(parts, [flat], analytes=analytes))
    assert not result.steady
    found = rates_over_time(result)["value"]
    assert found.loc[:210].to_numpy() == pytest.approx(4.0)
    assert found.loc[220:].to_numpy() == pytest.approx(8.0)
    assert result.summary().startswith("No plateau gave a rate of appearance")
    names = {path.name for path in result.save(tmp_path / "out")}
    assert "over-time.png" in names
    assert "fluxes.png" not in names


def test_bands_over_time_cover_a_steady_ra():
    hits = []
    for seed in range(40):
        result = tracer_kinetics(one_pool(0.02, seed, step=False), draws=300)
        band = rates_over_time(result).loc[40:200]
        hits.append(((band["low"] <= 4.0) & (band["high"] >= 4.0)).mean())
    assert np.mean(hits) == pytest.approx(0.95, abs=0.06)


def test_intervals_at_plateau_cover_ra():
    rng = np.random.default_rng(2)
    hits, trials = 0, 150
    for _ in range(trials):
        values = 0.05 * (1 + 0.03 * rng.standard_normal(len(TIME)))
        one = study([infusion(ALANINE, "alanine", 0.2)], [course("alanine", ALANINE, values)])
        row = value(tracer_kinetics(one, draws=400), "rate of appearance", "alanine")
        hits += row["low"] <= 0.2 / 0.05 - 0.2 <= row["high"]
    assert hits / trials == pytest.approx(0.95, abs=0.055)


def test_the_same_seed_gives_the_same_intervals():
    noisy = one_pool(0.03)
    first, again, other = (tracer_kinetics(noisy, seed=seed).to_frame() for seed in (1, 1, 2))
    assert first.equals(again)
    assert np.allclose(first["value"], other["value"])
    assert not np.allclose(first["low"], other["low"])


def test_more_noise_widens_the_intervals():
    quiet, loud = (
        rates_over_time(tracer_kinetics(one_pool(noise, step=False))) for noise in (0.01, 0.04)
    )
    width = [(frame["high"] - frame["low"]).loc[40:200].mean() for frame in (quiet, loud)]
    assert width[1] > 2 * width[0]


# --- doubts ---------------------------------------------------------------------------------------


def notes(*parts, **extra):
    return " ".join(tracer_kinetics(study(*parts, **extra)).notes)


def test_what_is_no_plateau_is_said_with_its_slope():
    rising = course("alanine", ALANINE, 0.05 + 0.0001 * TIME)
    text = notes([infusion(ALANINE, "alanine", 0.2)], [rising])
    assert "Alanine labelled by [3-13C]alanine is not at a plateau" in text
    assert "it was not primed" in text
    assert "S1 +9 %/h" in text
    primed = infusion(ALANINE, "alanine", 0.2, prime=2.0)
    assert "the prime was small" in notes([primed], [rising])


def test_what_cannot_be_computed_is_said():
    glucose = infusion(GLUCOSE, "glucose", 0.2)
    made = [course("glucose", GLUCOSE, 0.02)]
    hydrogen = [*made, course("lactate", GLUCOSE, 0.002, atoms=2)]
    assert "is not named as a carbon tracer" in notes([glucose], hydrogen)
    carbon = infusion("[U-13C6]glucose", "glucose", 0.2)
    made = [course("glucose", "[U-13C6]glucose", 0.02)]
    without = [*made, course("alanine", "[U-13C6]glucose", 0.01)]
    assert "labelled atoms not known; give the column atoms" in notes([carbon], without)
    without_ra = [*made, course("alanine", "[U-13C6]glucose", 0.01, atoms=3)]
    assert "a fraction without a rate" in notes([carbon], without_ra)
    strange = [*made, course("methylglyoxal", "[U-13C6]glucose", 0.01, atoms=3)]
    assert "carbons of methylglyoxal are not known" in notes([carbon], strange)
    unmeasured = infusion(ALANINE, "alanine", 0.2)
    assert "was infused as [3-13C]alanine but not measured" in notes([carbon, unmeasured], made)


def test_an_infusion_that_changes_has_no_steady_ra():
    parts = [
        infusion(GLUCOSE, "glucose", 0.2, end=165.0),
        infusion(GLUCOSE, "glucose", 0.3, start=165.0),
    ]
    other = infusion(ALANINE, "alanine", 0.2)
    made = [course("glucose", GLUCOSE, 0.02), course("alanine", ALANINE, 0.05)]
    result = tracer_kinetics(study([*parts, other], made))
    assert "changes inside the plateau" in " ".join(result.notes)
    with pytest.raises(InputError, match="no rate of appearance could be computed"):
        tracer_kinetics(study(parts, made[:1]))
    earlier = tracer_kinetics(study(parts, made[:1]), plateau=(90, 150))
    found = value(earlier, "rate of appearance", "glucose")["value"]
    assert found == pytest.approx(0.2 / 0.02 - 0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plateau": (180.0, 150.0)}, "the end comes first"),
        ({"draws": 10}, "too few"),
        ({"exchange": 1.0}, "not below 1"),
    ],
)
def test_options_out_of_range_are_refused(steady, options, message):
    with pytest.raises(InputError, match=message):
        tracer_kinetics(steady, **options)


# --- groups ---------------------------------------------------------------------------------------


def group(exchanges=()):
    infusions, courses = [], []
    for number, subject in enumerate(("S1", "S2", "S3")):
        for state, factor in (("rest", 1.0), ("exercise", 2.0)):
            factor *= 1 + 0.1 * number
            who = {"subject": subject, "state": state}
            infusions += [
                infusion(GLUCOSE, "glucose", 0.25, **who),
                infusion(ALANINE, "alanine", 0.2, **who),
            ]
            courses += [
                course("glucose", GLUCOSE, 0.25 / (11 * factor), "TTR", **who),
                course("alanine", ALANINE, 0.2 / (4 * factor), "TTR", **who),
                course("glucose", ALANINE, 0.005 / factor, "TTR", **who),
            ]
    return tracer_kinetics(study(infusions, courses, exchanges=exchanges))


def test_groups_are_means_with_students_interval():
    result = group()
    rows = group_frame(result.to_frame())
    chosen = rows[(rows["quantity"] == "rate of appearance") & (rows["analyte"] == "alanine")]
    rest = chosen[chosen["state"] == "rest"].to_dict("records")[0]
    assert (rest["subjects"], rest["mean"]) == (3, pytest.approx(4.4))
    assert rest["sd"] == pytest.approx(0.4)
    # Student's t at two degrees of freedom is 4.3027.
    assert rest["high"] - rest["mean"] == pytest.approx(4.30265 * 0.4 / math.sqrt(3), rel=1e-4)
    assert "3 subjects" in result.summary()


def test_pairs_compare_the_same_subjects():
    rows = pair_frame(group().to_frame())
    chosen = rows[(rows["quantity"] == "rate of appearance") & (rows["analyte"] == "glucose")]
    (row,) = chosen.to_dict("records")
    assert (row["state"], row["versus"], row["subjects"]) == ("exercise", "rest", 3)
    assert row["mean_difference"] == pytest.approx(12.1)
    assert row["sd"] == pytest.approx(1.1)


def test_an_error_that_all_subjects_share_does_not_average_out():
    path = "alanine to glucose"

    def width(sd):
        rows = group((Exchange(0.3, sd),)).groups()
        kept = rows[(rows["analyte"] == path) & (rows["state"] == "rest")]
        by_name = kept.set_index("quantity")
        row = by_name.loc["carbon transfer, corrected for exchange"]
        return (row["high"] - row["low"]) / row["mean"], by_name.loc["exchange in the TCA cycle"]

    sharp, exact = width(0.0)
    vague, unsure = width(0.07)
    assert (exact["low"], exact["high"]) == (30, 30)
    # 1.96 standard deviations to either side, of the 70 % that are kept
    assert unsure["high"] - unsure["low"] == pytest.approx(2 * 196 * 0.07, rel=0.1)
    assert math.sqrt(vague**2 - sharp**2) == pytest.approx(2 * 1.96 * 0.07 / 0.7, rel=0.1)


def test_a_single_subject_keeps_its_own_interval():
    rng = np.random.default_rng(4)
    values = 0.05 * (1 + 0.02 * rng.standard_normal(len(TIME)))
    result = tracer_kinetics(
        study([infusion(ALANINE, "alanine", 0.2)], [course("alanine", ALANINE, values)])
    )
    row = result.groups().query("quantity == 'rate of appearance'").to_dict("records")[0]
    own = value(result, "rate of appearance", "alanine")
    assert (row["low"], row["high"]) == (own["low"], own["high"])
    assert "1 subject" in result.summary()
    assert result.pairs().empty
