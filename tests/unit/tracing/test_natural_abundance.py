"""Natural-abundance correction: laws, and an independent count of every isotope of every atom."""

from itertools import product
from math import inf

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from cahill.errors import InputError
from cahill.io.intensity_tables import IntensityTable
from cahill.io.isotopes import natural_isotopes
from cahill.numerics.nonnegative import nonnegative_least_squares
from cahill.tracing.correct_mids import correct_mids
from cahill.tracing.natural_abundance import Compound, correction
from cahill.tracing.natural_abundance_method import Instrument, Method, tracer_isotope

ISOTOPES = natural_isotopes()
UNIT = Instrument()
FINE = Instrument(inf)
ORBITRAP = Instrument(120_000, 200)
COARSE = Instrument(20_000, 200)
INSTRUMENTS = st.sampled_from([UNIT, FINE, ORBITRAP, COARSE])
FORMULAS = st.sampled_from(["C3H6NO2", "C5H9N2O3", "C3H6NO2S", "C4H6NO4", "C2H3O2", "C6H13O9P"])


def method(*tracers, purity=None, instrument=UNIT, natural=True):
    shares = purity or [None] * len(tracers)
    found = tuple(tracer_isotope(name, ISOTOPES, share) for name, share in zip(tracers, shares))
    return Method(found, ISOTOPES, instrument, natural)


def table_of(rows, **columns):
    """Return a table of (isotopologue, intensity) of one distribution."""
    frame = pd.DataFrame(rows, columns=["isotopologue", "intensity"]).astype(
        {"isotopologue": str, "intensity": float}
    )
    usual = {
        "sample": "a",
        "metabolite": "Ala",
        "formula": "C3H6NO2",
        "derivative": "",
        "charge": -1,
        "tracer_atoms": "",
    }
    for name, value in (usual | columns).items():
        frame[name] = value
    return IntensityTable("data.csv", frame, np.arange(len(frame)) + 2)


# --- an independent count --------------------------------------------------------------------


def count_every_isotope(atoms, places, reach, exact):
    """Return the share of a molecule in each peak by going through every choice of isotopes.

    `atoms` holds, for every atom, its isotopes as (mass above the usual one, probability);
    `places` the masses of the measured peaks, each a list of the masses that it joins.
    """
    shares = np.zeros(len(places))
    for choice in product(*atoms):
        mass = sum(shift for shift, _ in choice)
        chance = np.prod([probability for _, probability in choice])
        distance = [min(abs(mass - place) for place in group) for group in places]
        nearest = int(np.argmin(distance))
        if distance[nearest] <= reach + 1e-9:
            shares[nearest] += chance
    return shares


def natural_atom(symbol, exact):
    element = ISOTOPES[symbol]
    usual = element.base.mass if exact else element.base.mass_number
    return [
        ((isotope.mass if exact else isotope.mass_number) - usual, isotope.abundance)
        for isotope in element.isotopes
    ]


@pytest.mark.parametrize("instrument", [UNIT, FINE, ORBITRAP, COARSE], ids=lambda i: i.resolution)
@pytest.mark.parametrize("natural", [True, False])
def test_the_matrix_is_what_every_choice_of_isotopes_gives(instrument, natural):
    """C2H3NO with a sulphur in its derivative, 13C (purity 0.98) and 15N (0.95)."""
    compound = Compound("C2H3NO", "CS", 1)
    found = correction(
        compound,
        method("13C", "15N", purity=([0.98], [0.95]), instrument=instrument, natural=natural),
    )
    exact = instrument.resolution is not None
    shift = {symbol: natural_atom(symbol, exact)[1][0] for symbol in ("C", "N")}
    labelled = {
        "C": [(0.0, 0.02), (shift["C"], 0.98)],
        "N": [(0.0, 0.05), (shift["N"], 0.95)],
    }
    unlabelled = {
        symbol: natural_atom(symbol, exact) if natural else [(0.0, 1.0)] for symbol in ("C", "N")
    }
    masses = found.counts @ [shift["C"], shift["N"]]
    places = [[masses[k] for k in group] for group in found.members]
    reach = found.limit if exact else 0.0
    rest = [natural_atom(symbol, exact) for symbol in ("H", "H", "H", "O", "C", "S")]
    for column, (carbon, nitrogen) in enumerate(found.counts):
        atoms = [
            *([labelled["C"]] * carbon),
            *([unlabelled["C"]] * (2 - carbon)),
            *([labelled["N"]] * nitrogen),
            *([unlabelled["N"]] * (1 - nitrogen)),
            *rest,
        ]
        expected = count_every_isotope(atoms, places, reach, exact)
        assert found.full[:, column] == pytest.approx(expected, abs=1e-14)


def test_the_usual_isotope_need_not_be_the_lightest():
    """Boron: M+0 is the peak with 11B; 10B lies one below and is not measured."""
    found = correction(Compound("CBH3"), method("13C", natural=False))
    rest = [natural_atom(symbol, False) for symbol in ("B", "H", "H", "H")]
    expected = count_every_isotope(rest, [[0.0], [1.0]], 0.0, False)
    assert found.full[:, 0] == pytest.approx(expected, abs=1e-15)
    light = 0.199 * 3 * 0.000115 * 0.999885**2  # 10B with one 2H weighs as much
    assert found.full[0, 0] == pytest.approx(0.801 * 0.999885**3 + light, rel=1e-12)


# --- laws --------------------------------------------------------------------------------------


@st.composite
def studies(draw):
    """Return a compound, a method and the intensities of its isotopologues."""
    tracers = draw(st.sampled_from([("13C",), ("15N",), ("2H",), ("18O",), ("13C", "15N")]))
    shares = st.floats(0.9, 1.0).map(lambda share: [share])
    purity = draw(st.one_of(st.none(), st.tuples(*[shares] * len(tracers))))
    chosen = method(
        *tracers, purity=purity, instrument=draw(INSTRUMENTS), natural=draw(st.booleans())
    )
    formula = draw(FORMULAS.filter(lambda text: any(t[-1] in text for t in tracers)))
    derivative = draw(st.sampled_from(["", "C8H21Si2", "C3H9Si"]))
    found = correction(Compound(formula, derivative, 1), chosen)
    amounts = st.floats(0, 1).map(lambda x: round(x, 6))
    mid = np.array(draw(st.lists(amounts, min_size=len(found.names), max_size=len(found.names))))
    mid[draw(st.integers(0, mid.size - 1))] += 0.5
    return found, mid / mid.sum()


@settings(max_examples=60, deadline=None)
@given(studies())
def test_correcting_what_an_isotopologue_mixture_shows_returns_the_mixture(study):
    found, mid = study
    shown = found.matrix @ mid
    assert shown.sum() <= 1 + 1e-12
    corrected, raw = nonnegative_least_squares(found.matrix, 1e6 * shown[np.newaxis])
    assert corrected[0] == pytest.approx(1e6 * mid, abs=1e-5)
    assert raw[0] == pytest.approx(1e6 * mid, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(studies())
def test_isotopologues_are_merged_within_the_limit_and_only_there(study):
    found, _ = study
    members = sorted(k for group in found.members for k in group)
    assert members == list(range(len(found.counts)))
    assert (found.full >= 0).all()
    assert (found.full.sum(axis=0) <= 1 + 1e-12).all()


@pytest.mark.parametrize("instrument", [UNIT, FINE, ORBITRAP, COARSE])
@pytest.mark.parametrize("tracers", [("13C",), ("15N",), ("13C", "15N"), ("2H",)])
def test_an_unlabelled_standard_is_all_unlabelled(instrument, tracers):
    """Its spectrum is the natural one of every atom, whatever the tracer."""
    found = correction(Compound("C5H9N2O3", "C8H21Si2", 1), method(*tracers, instrument=instrument))
    corrected, _ = nonnegative_least_squares(found.matrix, found.full[:, :1].T)
    assert corrected[0] == pytest.approx(np.eye(len(found.names))[0], abs=1e-12)


def test_without_correction_of_the_tracer_a_standard_shows_its_natural_label():
    found = correction(Compound("C3H6NO2"), method("13C", natural=False))
    shown = correction(Compound("C3H6NO2"), method("13C")).full[:, :1].T
    corrected, _ = nonnegative_least_squares(found.matrix, shown)
    assert corrected[0, 1] == pytest.approx(3 * 0.9893**2 * 0.0107, rel=1e-9)


def test_atoms_that_cannot_be_labelled_count_as_natural():
    whole = correction(Compound("C5H9NO4", tracer_atoms="3"), method("13C"))
    split = correction(Compound("C3H9NO4", "C2"), method("13C"))
    assert whole.names == (0, 1, 2, 3)
    assert whole.matrix == pytest.approx(split.matrix, abs=1e-15)
    both = correction(Compound("C5H9NO4", tracer_atoms="C3"), method("13C", "15N"))
    assert both.atoms == (3, 1)
    none = correction(Compound("C5H9NO4", tracer_atoms="C3N0"), method("13C", "15N"))
    assert none.elements == ("C",)


def test_a_compound_without_one_of_the_tracers_has_the_other():
    found = correction(Compound("C3H3O3", "", -1), method("13C", "15N", instrument=ORBITRAP))
    assert found.names == ("C0", "C1", "C2", "C3")


# --- what the instrument tells apart -----------------------------------------------------------


def test_limits_follow_the_kind_of_instrument():
    """1.66 m/z^1.5 / (R sqrt(m/z of R)) and so on (Su 2017; IsoCor 2 for ions of charge z)."""
    assert Instrument(60_000, 400).limit(500, 1) == pytest.approx(1.66 * 500**1.5 / (60_000 * 20))
    assert Instrument(60_000, 400, "ft-icr").limit(500, -2) == pytest.approx(
        2 * 1.66 * 250**2 / (60_000 * 400)
    )
    assert Instrument(60_000, kind="constant").limit(500, 1) == pytest.approx(1.66 * 500 / 60_000)


def test_unit_mass_adds_up_and_fine_resolution_does_not():
    unit = correction(Compound("C3H6NO2"), method("13C", "15N"))
    assert unit.names == (0, 1, 2, 3, 4)
    assert unit.merged == (1, 2, 3)
    fine = correction(Compound("C3H6NO2", "", -1), method("13C", "15N", instrument=FINE))
    assert not fine.merged
    assert fine.names[:3] == ("C0N0", "C0N1", "C1N0")
    assert fine.ambiguity == pytest.approx(0)


def test_a_resolution_too_low_for_neighbours_is_unit_mass():
    low = Instrument(500, 200)
    found = correction(Compound("C6H12O6", "", -1), method("13C", instrument=low))
    assert found.limit == inf
    assert found.matrix == pytest.approx(correction(Compound("C6H12O6"), method("13C")).matrix)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([UNIT, Instrument(60_000, 200)]),
    st.lists(st.floats(0, 1), min_size=12, max_size=12).filter(lambda x: sum(x) > 0.1),
)
def test_the_sum_of_what_is_not_resolved_is_right_within_its_bound(instrument, amounts):
    """Glutamate with two trimethylsilyl groups: m/z too high to resolve 13C from 15N."""
    found = correction(
        Compound("C5H8NO4", "C6H18Si2", -1), method("13C", "15N", instrument=instrument)
    )
    assert found.merged
    _, raw = nonnegative_least_squares(found.matrix, (found.full @ amounts)[np.newaxis])
    true = np.array([sum(amounts[k] for k in group) for group in found.members])
    bound = found.ambiguity @ np.maximum(raw[0], 0)
    assert (np.abs(raw[0] - true) <= bound + 1e-12).all()
    assert bound.max() < 0.05 * sum(amounts)


# --- non-negative least squares ------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(studies(), st.integers(0, 2**32 - 1), st.floats(0.001, 0.5))
def test_noise_is_met_as_by_lawson_and_hanson(study, seed, size):
    found, mid = study
    noise = size * np.random.default_rng(seed).normal(size=(4, mid.size))
    rows = np.maximum(found.matrix @ mid + noise, 0) * 1e5
    ours, _ = nonnegative_least_squares(found.matrix, rows)
    judge = np.array([nnls(found.matrix, row, maxiter=1000)[0] for row in rows])
    assert (ours >= 0).all()
    assert ours == pytest.approx(judge, abs=1e-6)


# --- the verb ------------------------------------------------------------------------------------


def test_a_table_is_corrected_and_kept_in_order():
    found = correction(Compound("C3H6NO2"), method("13C"))
    mids = {"b": [0.5, 0.2, 0.1, 0.2], "a": [1.0, 0.0, 0.0, 0.0]}
    frames = []
    for sample, mid in mids.items():
        rows = list(enumerate(1e6 * found.matrix @ mid))
        frames.append(table_of(rows[::-1], sample=sample).frame.assign(day="1"))
    whole = IntensityTable("x.csv", pd.concat(frames, ignore_index=True), np.arange(8), ("day",))
    result = correct_mids(whole)
    frame = result.to_frame()
    assert frame["sample"].tolist() == ["b"] * 4 + ["a"] * 4
    assert frame["isotopologue"].tolist() == [0, 1, 2, 3] * 2
    assert frame["fraction"].to_numpy() == pytest.approx([*mids["b"], *mids["a"]], abs=1e-9)
    assert frame["residuum"].abs().max() < 1e-12
    assert frame["day"].tolist() == ["1"] * 8
    enrichment = result.enrichments.set_index("sample")["enrichment"]
    assert enrichment["b"] == pytest.approx((0.2 + 0.2 + 0.6) / 3)
    assert "2 distributions of 1 metabolite in 2 samples" in result.summary()


def test_negative_results_are_reported_before_the_constraint():
    result = correct_mids(table_of([(0, 1000), (1, 10), (2, 1), (3, 0)]))
    row = result.to_frame().iloc[1]
    assert row["fraction"] == 0
    assert row["unconstrained_fraction"] == pytest.approx(-0.0272, abs=0.001)
    assert row["note"] == "held at zero"
    assert result.enrichments["residual"][0] > 0.01
    assert "1 held at zero somewhere" in result.summary()


def test_enrichment_of_two_tracers_and_its_bounds_at_unit_mass():
    found = correction(Compound("C3H6NO2", "", -1), method("13C", "15N", instrument=FINE))
    mid = np.array([0.4, 0.1, 0.2, 0.05, 0.05, 0.0, 0.1, 0.1])
    rows = list(zip(found.names, found.full @ mid))
    fine = correct_mids(table_of(rows), ("13C", "15N"), instrument=FINE).enrichments
    carbon, nitrogen = found.counts.T @ mid
    assert fine["enrichment"].tolist() == pytest.approx([carbon / 3, nitrogen])
    unit = correction(Compound("C3H6NO2"), method("13C", "15N"))
    rows = list(zip(unit.names, unit.full @ mid))
    bounds = correct_mids(table_of(rows), ("13C", "15N")).enrichments
    assert bounds["enrichment"].isna().all()
    assert (bounds["low"] < fine["enrichment"]).all()
    assert (bounds["high"] > fine["enrichment"]).all()


def test_a_merged_peak_may_be_named_by_any_of_its_isotopologues():
    unit = correction(Compound("C3H6NO2"), method("13C", "15N"))
    values = unit.full @ np.full(8, 0.125)
    names = ["0", "C1N0+C0N1", "C2N0", "M+3", "C3N1"]
    one = correct_mids(table_of(list(zip(names, values))), ("13C", "15N")).to_frame()
    twice = list(zip(["0", "C1N0", "C0N1", "2", "3", "4"], values[[0, 1, 1, 2, 3, 4]]))
    two = correct_mids(table_of(twice), ("13C", "15N")).to_frame()
    assert one["fraction"].tolist() == two["fraction"].tolist()
    assert one["note"].tolist()[1] == "sum of C0N1, C1N0"


GOOD = [(0, 10), (1, 5), (2, 2), (3, 1)]


@pytest.mark.parametrize(
    ("rows", "columns", "options", "fault"),
    [
        (GOOD[:3], {}, {}, "data.csv row 2: Ala, sample a: isotopologue 3 is missing; write 0"),
        ([*GOOD, (3, 1)], {}, {}, "row 6: Ala, sample a: isotopologue 3 stands already in row 5"),
        ([*GOOD, (4, 1)], {}, {}, 'row 6: Ala, sample a: isotopologue "4" does not exist; the hea'),
        ([*GOOD, ("M-1", 1)], {}, {}, '"M-1" names no isotopologue; write 2 or C2N1'),
        ([*GOOD, ("N1", 1)], {}, {}, 'isotopologue "N1": N carries no tracer here'),
        ([(k, 0) for k in range(4)], {}, {}, "row 2: Ala, sample a has no signal at all; leave"),
        (GOOD, {"formula": "C3H6XxO2"}, {}, 'Ala: formula "C3H6XxO2": unknown element "Xx"'),
        (GOOD, {"formula": "H2O"}, {}, "Ala: H2O has no atom that 13C can label"),
        (GOOD, {"tracer_atoms": "4"}, {}, 'tracer atoms "4": C3H6NO2 has 3 C'),
        (GOOD, {"tracer_atoms": "O1"}, {}, "no tracer labels O"),
        (GOOD, {}, {"tracers": ("14C",)}, "unknown isotope 14C; choose from 12C, 13C"),
        (GOOD, {}, {"tracers": ("12C",)}, "12C is not heavier than usual C"),
        (GOOD, {}, {"tracers": ("13Q",)}, 'unknown element "Q"'),
        (GOOD, {}, {"tracers": ("13C", "13C")}, "two tracers of one element"),
        (GOOD, {}, {"purity": (0.9, 0.9)}, "2 purities for 1 tracers"),
        (GOOD, {}, {"purity": (1.2,)}, "purity of 13C: give shares between 0 and 1"),
        (GOOD, {}, {"purity": ((0.5, 0.6),)}, "adding up to 1"),
        (GOOD, {}, {"purity": (0.0107,)}, "the isotopologues of C3H6NO2 look alike"),
        (GOOD, {"charge": 0}, {"instrument": ORBITRAP}, "the charge of the ion is missing"),
        (
            [(0, 1), ("C1N0", 2), ("C0N1", 3), (2, 1), (3, 1), (4, 0)],
            {},
            {"tracers": ("13C", "15N")},
            "C0N1 and C1N0 are one peak at unit mass, but row 3 gives it another intensity",
        ),
        (
            [("C0N0", 1), (1, 2)],
            {},
            {"tracers": ("13C", "15N"), "instrument": FINE},
            'isotopologue "1" is several peaks (C0N1, C1N0); name each',
        ),
    ],
)
def test_bad_input_is_one_line_that_says_where_and_what(rows, columns, options, fault):
    with pytest.raises(InputError) as error:
        correct_mids(table_of(rows, **columns), **options)
    assert fault in str(error.value)
    assert "\n" not in str(error.value)


def test_two_formulas_of_one_name_are_refused():
    one, other = table_of(GOOD), table_of(GOOD, sample="b", formula="C3H7NO2")
    both = pd.concat([one.frame, other.frame], ignore_index=True)
    with pytest.raises(InputError, match="has formula C3H7NO2, but C3H6NO2 in row 2; give"):
        correct_mids(IntensityTable("x.csv", both, np.arange(8) + 2))


def test_a_distribution_without_signal_can_be_kept():
    table = table_of([(k, 0) for k in range(4)])
    result = correct_mids(table, keep_empty=True)
    assert result.to_frame()["note"].tolist() == ["no signal"] * 4
    assert result.to_frame()["fraction"].isna().all()
    assert result.enrichments["note"].tolist() == ["no signal"]
    assert result.summary()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"resolution": 6e4}, "say at which m/z the orbitrap has it"),
        ({"resolution": -1, "at_mz": 200}, "give a positive number"),
        ({"resolution": 6e4, "at_mz": 0}, "give a positive number"),
        ({"at_mz": 200}, "without a resolution"),
        ({"kind": "tof"}, "is not one of orbitrap, ft-icr, constant"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused(options, fault):
    with pytest.raises(InputError, match=fault):
        Instrument(**options)
