"""Targets by ladder, order, place or strength; the linear range; shares from standards."""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.western.bands import LadderFit, fit_ladder, linear_range
from cahill.assays.western.blot_shares import isoform_shares


def test_linear_range_of_a_series_that_bends():
    loads = np.array([2.5, 5, 10, 20, 40, 80])
    volumes = 1000 * loads / (1 + loads / 200)
    volumes[-1] *= 0.6
    found = linear_range(loads, volumes)
    assert found is not None
    assert found.loads == (2.5, 5, 10, 20, 40)
    assert found.low == pytest.approx(volumes[0])
    assert found.worst < 0.2


def test_two_loads_tell_nothing():
    assert linear_range(np.array([10.0, 20.0]), np.array([1.0, 2.0])) is None
    assert linear_range(np.array([10.0, 10, 20]), np.array([1.0, 1, 2])) is None


def test_masses_outside_the_ladder_are_not_given():
    fit = LadderFit(np.array([-2.0, 2.5]), 400, np.array([100.0, 30]), np.array([80.0, 190]))
    assert fit.kda(80.0) == pytest.approx(10 ** (2.5 - 0.4))
    assert np.isnan(fit.kda(390.0))


def test_no_ladder_no_fit():
    assert fit_ladder(None, []) is None


def test_shares_need_standards_of_both():
    rows = []
    for group, ratio in (("a", 3.0), ("b", 1.0)):
        for replicate in "123":
            wobble = 1 + 0.02 * int(replicate)
            for name, volume in (("ALT1", 100 * ratio * wobble), ("ALT2", 50.0)):
                rows.append(("1", int(replicate), "sample", group, replicate, name, volume))
    names = ["blot", "lane", "role", "group", "replicate", "isoform", "volume"]
    values = pd.DataFrame(rows, columns=names)
    values["lane"] += np.where(values["group"] == "b", 10, 0)
    standards = pd.DataFrame(
        [("1", 20, "ALT1", 5.0, 500.0), ("1", 20, "ALT2", 5.0, 250.0)],
        columns=["blot", "lane", "isoform", "amount", "volume"],
    )
    shares = isoform_shares(values, standards).set_index(["isoform", "group"])
    # 100 counts per ng of ALT1 and 50 of ALT2: three to one in group a.
    assert shares.loc[("ALT1", "a"), "fold"] == pytest.approx(0.75, abs=0.01)
    assert shares.loc[("ALT2", "b"), "fold"] == pytest.approx(0.5, abs=0.02)
    both = shares.loc[("ALT1", "a"), "fold"] + shares.loc[("ALT2", "a"), "fold"]
    assert both == pytest.approx(1.0)
    assert (shares["low"] < shares["fold"]).all()
    assert (shares["fold"] < shares["high"]).all()
    assert set(shares["kind"]) == {"share"}
    assert isoform_shares(values, standards[standards["isoform"] == "ALT1"]).empty
