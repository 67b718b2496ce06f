"""Inhibition: types told apart, IC50 and Ki, tight binding."""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.kinetics.enzyme_kinetics import fit_kinetics
from cahill.assays.kinetics.kinetic_fit import Conditions
from cahill.assays.kinetics.rate_laws import (
    dose_responses,
    inhibited_one_substrate,
    inhibited_ping_pong,
    tight_binding,
)

KA, KB, VMAX = 10.0, 0.7, 100.0
LEVELS = (0.0, 0.2, 0.5, 1.0, 3.0, 10.0)


def plate(rate, alanine, oxoglutarate, inhibitor=LEVELS, sd=0.03, seed=1, replicates=2):
    rows = [(a, b, i) for a in alanine for b in oxoglutarate for i in inhibitor] * replicates
    a, b, i = np.array(rows).T
    rng = np.random.default_rng(seed)
    rates = rate(a, b, i) * (1 + sd * rng.normal(size=len(a)))
    frame = pd.DataFrame(rows, columns=["alanine", "oxoglutarate", "inhibitor_concentration"])
    return frame.assign(inhibitor="X", rate=rates, rate_unit="U/L")


def chosen(fit, start):
    rows = fit.laws[fit.laws["analysis"].str.startswith(start) & fit.laws["chosen"]]
    return rows["law"].iloc[0]


ONE = {
    "competitive": (0.5, np.inf),
    "uncompetitive": (np.inf, 0.5),
    "noncompetitive": (0.5, 0.5),
    "mixed": (0.3, 3.0),
}


@pytest.mark.parametrize("name", ONE)
def test_types_of_inhibition_with_one_substrate(name):
    kic, kiu = ONE[name]

    def rate(a, _, i):
        return VMAX * a / (KA * (1 + i / kic) + a * (1 + i / kiu))

    fit = fit_kinetics(plate(rate, (2.0, 5.0, 15.0, 50.0, 150.0), (10.0,)))
    assert chosen(fit, "inhibition") == name


TWO = {
    "competitive with alanine (binds the PLP form)": (0.5, np.inf, np.inf),
    "competitive with 2-oxoglutarate (binds the PMP form)": (np.inf, 0.5, np.inf),
    "uncompetitive (binds the central complexes)": (np.inf, np.inf, 0.5),
    "noncompetitive (binds every form alike)": (0.5, 0.5, 0.5),
    "binds the PLP and PMP forms": (0.5, 2.0, np.inf),
}


@pytest.mark.parametrize("name", TWO)
def test_forms_of_the_enzyme_an_inhibitor_holds(name):
    plp, pmp, central = TWO[name]

    def rate(a, b, i):
        return (
            VMAX
            * a
            * b
            / (KA * b * (1 + i / plp) + KB * a * (1 + i / pmp) + a * b * (1 + i / central))
        )

    fit = fit_kinetics(plate(rate, (2.0, 10.0, 50.0, 200.0), (0.2, 0.7, 3.0, 10.0)))
    assert chosen(fit, "inhibition") == name
    own = fit.results[fit.results["analysis"].str.startswith("inhibition")].set_index("parameter")
    for key, truth in zip(("ki_plp", "ki_pmp", "ki_central"), (plp, pmp, central)):
        if key in own.index:
            assert own.loc[key, "low"] * 0.9 < truth < own.loc[key, "high"] * 1.1


def test_equal_slopes_give_no_floor_and_the_ic50():
    def rate(a, b, i):
        return 80 / (1 + i / 0.7) + 0 * a * b

    fit = fit_kinetics(plate(rate, (20.0,), (3.0,), (0, 0.05, 0.1, 0.3, 1, 3, 10), replicates=3))
    row = fit.results.set_index("parameter").loc["ic50"]
    assert row["law"] == "slope 1"
    assert row["low"] < 0.7 < row["high"]


def test_a_slope_and_a_floor_are_found():
    def rate(a, b, i):
        return 80 * (0.2 + 0.8 / (1 + (i / 0.7) ** 2)) + 0 * a * b

    levels = (0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3, 10)
    fit = fit_kinetics(plate(rate, (20.0,), (3.0,), levels, replicates=3, sd=0.02))
    rows = fit.results.set_index("parameter")
    assert rows.loc["ic50", "law"] == "four parameters"
    for name, truth in (("ic50", 0.7), ("slope", 2.0), ("floor", 0.2)):
        assert rows.loc[name, "low"] < truth < rows.loc[name, "high"]
    assert any("is not 1" in note for note in fit.notes)


def test_an_inhibitor_too_weak_has_no_ic50():
    def rate(a, b, i):
        return 80 / (1 + i / 500) + 0 * a * b

    fit = fit_kinetics(plate(rate, (20.0,), (3.0,)))
    row = fit.results.set_index("parameter").loc["ic50"]
    assert row["status"] in ("lower bound only", "determined")
    assert any("half inhibition was not reached" in note for note in fit.notes)


def test_tight_binding_replaces_slope_1_where_the_enzyme_takes_inhibitor_away():
    enzyme, k = 1.0, 0.05

    def rate(a, b, i):
        whole = enzyme + i + k
        free = 1 - (whole - np.sqrt(whole**2 - 4 * enzyme * i)) / (2 * enzyme)
        return 80 * free + 0 * a * b

    levels = (0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0)
    data = plate(rate, (20.0,), (3.0,), levels, sd=0.02)
    fit = fit_kinetics(data, enzyme="1 umol/L")
    row = fit.results.set_index("parameter").loc["ki_apparent"]
    assert row["low"] < k < row["high"]
    assert any("Morrison" in note for note in fit.notes)
    without = fit_kinetics(data).results
    assert "ki_apparent" not in set(without["parameter"])


def test_tight_binding_becomes_slope_1_for_little_enzyme():
    i = np.geomspace(0.01, 100, 9)
    at = Conditions(np.full(9, np.nan), np.full(9, np.nan), i)
    plain = dose_responses()[0].rates({"top": 1.0, "ic50": 0.7}, at)
    tight = tight_binding(1e-9).rates({"top": 1.0, "ki_apparent": 0.7}, at)
    assert tight == pytest.approx(plain, rel=1e-6)


def test_without_inhibitor_every_law_is_the_uninhibited_one():
    at = Conditions(np.array([3.0, 30.0]), np.array([0.4, 4.0]), np.zeros(2))
    values = {"vmax": 100.0, "km_ala": KA, "km_akg": KB}
    values |= dict.fromkeys(("ki", "kic", "kiu", "ki_plp", "ki_pmp", "ki_central"), 0.5)
    a, b = at.alanine, at.oxoglutarate
    for law in inhibited_ping_pong():
        own = {name: values[name] for name in law.parameters}
        assert law.rates(own, at) == pytest.approx(100 * a * b / (KA * b + KB * a + a * b))
    for law in inhibited_one_substrate("alanine"):
        own = {name: values[name] for name in law.parameters}
        assert law.rates(own, at) == pytest.approx(100 * a / (KA + a))


def test_ki_by_cheng_and_prusoff_with_one_substrate():
    def rate(a, _, i):
        return VMAX * a / (KA * (1 + i / 0.5) + a)

    fit = fit_kinetics(plate(rate, (2.0, 5.0, 15.0, 50.0, 150.0), (10.0,)))
    rows = fit.results[fit.results["law"] == "competitive with alanine"]
    assert len(rows) == 5
    assert rows["value"].to_numpy() == pytest.approx(0.5, rel=0.25)
