"""Published Km's of ALT, simulated and recovered; the IFCC assay's share of Vmax."""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.kinetics.enzyme_kinetics import fit_kinetics
from cahill.assays.kinetics.kinetic_fit import Conditions
from cahill.assays.kinetics.rate_laws import ping_pong

# Km of alanine and of 2-oxoglutarate, mmol/L.
PUBLISHED = {
    "human liver ALT1 (seed 001, Table 1; IFCC 1979)": (10.12, 0.70),
    "bovine brain ALT2 (Ruscak 1982)": (5.1, 0.70),
    "bovine brain ALT1 (Ruscak 1982)": (30.3, 0.70),
    "human serum, IFCC conditions (IFCC 1979)": (27.9, 0.72),
}
ALANINE = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
OXOGLUTARATE = (0.1, 0.3, 1.0, 3.0, 10.0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_constants_are_recovered(name):
    km_ala, km_akg = PUBLISHED[name]
    rows = [(a, b) for a in ALANINE for b in OXOGLUTARATE] * 2
    a, b = np.array(rows).T
    rng = np.random.default_rng(sum(map(ord, name)))
    rates = 50 / (1 + km_ala / a + km_akg / b) * (1 + 0.03 * rng.normal(size=len(rows)))
    frame = pd.DataFrame(rows, columns=["alanine", "oxoglutarate"]).assign(
        rate=rates, rate_unit="U/L"
    )
    found = fit_kinetics(frame).results.set_index("parameter")
    assert found.loc["km_ala", "value"] == pytest.approx(km_ala, rel=0.08)
    assert found.loc["km_akg", "value"] == pytest.approx(km_akg, rel=0.08)
    assert found.loc["vmax", "value"] == pytest.approx(50, rel=0.05)


def test_the_ifcc_assay_runs_at_0_91_of_vmax():
    """500 mmol/L alanine, 15 mmol/L 2-oxoglutarate, serum Km's: 0.91 (IFCC 1979)."""
    at = Conditions(np.array([500.0]), np.array([15.0]), np.zeros(1))
    share = ping_pong().rates({"vmax": 1.0, "km_ala": 27.9, "km_akg": 0.72}, at)[0]
    assert round(share, 2) == 0.91
