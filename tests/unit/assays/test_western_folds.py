"""Folds from log ratios: blots joined, replicates nested, errors that cover."""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.western.blot_normalisation import compare_blots
from cahill.errors import InputError


def lanes(random, blots, fold=2.0, sd=0.15, blot_sd=0.5, common=True, technical=1, spread=0.05):
    """Return lanes: groups on each blot as named in `blots`, each a biological replicate."""
    rows = []
    for name, groups in blots.items():
        level = random.normal(0, blot_sd)
        for k, group in enumerate(groups):
            own = level + random.normal(0, sd) + (np.log(fold) if group == "dex" else 0.0)
            for _ in range(technical):
                value = own + random.normal(0, spread)
                rows.append((name, group, f"{name}{k}", "sample", value, spread))
        for _ in range(2 if common else 0):
            rows.append((name, "", "pool", "common", level + random.normal(0, spread), spread))
    names = ["blot", "group", "replicate", "role", "log_ratio", "log_sd"]
    return pd.DataFrame(rows, columns=names)


def treated(folds):
    return folds.groups.set_index("group").loc["dex"]


def test_one_blot_is_welch():
    values = lanes(np.random.default_rng(0), {"A": ["veh"] * 4 + ["dex"] * 4})
    found = compare_blots(values, "veh", "ALT1")
    assert found.method == "Welch"
    own = values[values["role"] == "sample"]
    step = (
        own[own["group"] == "dex"]["log_ratio"].mean()
        - own[own["group"] == "veh"]["log_ratio"].mean()
    )
    assert treated(found)["fold"] == pytest.approx(np.exp(step))
    assert found.groups["n"].tolist() == [4, 4]


def test_technical_lanes_are_no_replicates():
    random = np.random.default_rng(1)
    values = lanes(random, {"A": ["veh"] * 3 + ["dex"] * 3}, technical=4)
    found = compare_blots(values, "veh", "ALT1")
    assert found.groups["n"].tolist() == [3, 3]
    assert len(found.replicates) == 6


def test_blots_that_share_groups_are_a_mixed_model():
    random = np.random.default_rng(2)
    both = ["veh", "veh", "dex", "dex"]
    for common in (True, False):
        values = lanes(random, {"A": both, "B": both, "C": both}, common=common)
        found = compare_blots(values, "veh", "ALT1")
        assert "mixed model" in found.method
        assert ("common sample" in found.method) == common
        assert treated(found)["low"] < 2.0 < treated(found)["high"]


def test_a_balanced_mixed_model_is_the_difference_within_blots():
    random = np.random.default_rng(3)
    values = lanes(random, {"A": ["veh", "dex"], "B": ["veh", "dex"], "C": ["veh", "dex"]})
    values = values[values["role"] == "sample"]
    wide = values.pivot_table(index="blot", columns="group", values="log_ratio")
    found = compare_blots(values, "veh", "ALT1")
    assert treated(found)["fold"] == pytest.approx(np.exp((wide["dex"] - wide["veh"]).mean()))


def test_groups_on_different_blots_need_a_common_sample():
    random = np.random.default_rng(4)
    blots = {"A": ["veh"] * 3, "B": ["dex"] * 3}
    with pytest.raises(InputError, match="ALT1: blot A has neither a common sample"):
        compare_blots(lanes(random, blots, common=False), "veh", "ALT1")
    found = compare_blots(lanes(random, blots), "veh", "ALT1")
    assert found.method == "common sample, then Welch"
    assert np.isfinite(found.common_sd)


def test_intervals_cover_the_truth():
    random = np.random.default_rng(5)
    both = ["veh"] * 2 + ["dex"] * 2
    designs = [
        {"A": ["veh"] * 3 + ["dex"] * 3},
        {"A": both, "B": both},
        {"A": ["veh"] * 3, "B": ["dex"] * 3},
    ]
    for blots in designs:
        hits = 0
        for _ in range(40):
            low, high = treated(compare_blots(lanes(random, blots), "veh", "x"))[["low", "high"]]
            hits += low < 2.0 < high
        assert hits >= 34, blots


def test_a_replicate_on_several_blots_counts_once():
    random = np.random.default_rng(6)
    rows = lanes(random, {"A": ["veh"] * 3 + ["dex"] * 3}, common=False)
    again = rows.assign(blot="B", log_ratio=rows["log_ratio"] + 0.7 + random.normal(0, 0.02, 6))
    found = compare_blots(pd.concat([rows, again], ignore_index=True), "veh", "ALT1")
    assert found.groups["n"].tolist() == [3, 3]
    once = compare_blots(rows, "veh", "ALT1")
    assert treated(found)["fold"] == pytest.approx(treated(once)["fold"], rel=0.05)


def test_blots_that_do_not_differ_are_a_mixed_model_too():
    values = lanes(
        np.random.default_rng(8), {"A": ["veh", "dex"] * 2, "B": ["veh", "dex"] * 2}, sd=1
    )
    centred = values["log_ratio"] - values.groupby(["blot", "group"])["log_ratio"].transform("mean")
    again = values.assign(log_ratio=centred)[values["role"] == "sample"]
    found = compare_blots(again, "veh", "ALT1")
    assert treated(found)["fold"] == pytest.approx(1.0)
    assert found.replicates["fold"].notna().all()


def test_no_control():
    values = lanes(np.random.default_rng(7), {"A": ["dex"] * 3})
    with pytest.raises(InputError, match='ALT1: no lane of the control "veh" has a value'):
        compare_blots(values, "veh", "ALT1")
