"""Michaelis-Menten fits that were printed elsewhere."""

import numpy as np
import pytest

from cahill.assays.kinetics.kinetic_fit import Conditions, fit_law, profile_interval
from cahill.assays.kinetics.law_tests import lack_of_fit_p
from cahill.assays.kinetics.rate_laws import michaelis_menten

# Puromycin, treated: Bates & Watts 1988, appendix A1.3 (after Treloar 1974); ppm, counts/min^2.
PPM = (0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10)
COUNTS = (76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200)


def fitted(substrate, rates):
    s = np.array(substrate, float)
    at = Conditions(s, np.full(len(s), np.nan), np.zeros(len(s)))
    return fit_law(michaelis_menten("alanine"), at, np.array(rates, float))


def test_puromycin_as_bates_and_watts_printed_it():
    fit = fitted(PPM, COUNTS)
    assert round(fit.values["vmax"], 1) == 212.7
    assert round(fit.values["km_ala"], 4) == 0.0641
    assert round(fit.sd, 2) == 10.93
    assert round(fit.ssr) == 1195
    assert lack_of_fit_p(fit) > 0.05


def test_puromycin_profiles_as_r_prints_them():
    """Printed by confint(nls(rate ~ SSmicmen(conc, Vm, K))): 197.3 229.3, 0.04692 0.08616."""
    fit = fitted(PPM, COUNTS)
    assert profile_interval(fit, "vmax") == pytest.approx((197.3, 229.3), abs=0.05)
    assert profile_interval(fit, "km_ala") == pytest.approx((0.04692, 0.08616), abs=1e-5)


def test_five_points_as_nls_printed_them():
    """A question on confidence bands (stats.stackexchange 264613): K 6.561892, Vmax 0.085857."""
    fit = fitted((2.5, 5.0, 10.0, 15.0, 20.0), (0.024, 0.036, 0.053, 0.060, 0.064))
    assert fit.values["km_ala"] == pytest.approx(6.561892, abs=2e-6)
    assert fit.values["vmax"] == pytest.approx(0.085857, abs=5e-7)
    assert fit.sd == pytest.approx(0.001035, abs=5e-7)
