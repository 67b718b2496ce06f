"""ChIP-qPCR: the vendor's example to its printed digits, laws, bounds, errors, and bad input."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.chip.chip_measures import FOLD, OVER_NEGATIVE, PERCENT, SUBTRACTED
from cahill.assays.chip.chip_sets import Efficiency
from cahill.assays.chip.enrichment import chip
from cahill.errors import InputError, UnknownNameError
from cahill.io.chip_tables import ChipReaction, ChipRun

VENDOR = {"input_1pct": 32.7, "IgG_mock": 34.6, "Antibody_1": 31.3, "Antibody_2": 29.9}
"""Cq of the vendor's worked example (ThermoChipAnalysis)."""


def reaction(role, cq, **fields):
    fields = {"antibody": {"ip": "GR", "igg": "IgG"}.get(role, ""), "target": "GPT2", **fields}
    if role == "input":
        fields = {"input_fraction": 0.01, **fields}
    return ChipReaction(role, cq, where=f"row of {role}", **fields)


def run_of(*reactions, cycles=40):
    return ChipRun("made.csv", tuple(reactions), cycles)


def simple(shift=0.0, ip=28.0, igg=33.0, own_input=26.0, **fields):
    return run_of(
        reaction("input", own_input + shift, **fields),
        reaction("igg", igg + shift, **fields),
        reaction("ip", ip + shift, **fields),
    )


def value(result, quantity, antibody="GR", target="GPT2", group=None, column="value"):
    frame = result.to_frame()
    own = frame[(frame["quantity"] == quantity) & (frame["antibody"] == antibody)]
    own = own[own["target"] == target]
    if group is not None:
        own = own[own["group"] == group]
    (found,) = own[column]
    return found


def verdict(result, check):
    (row,) = result.checks[result.checks["check"] == check].to_dict("records")
    return row["met"], row["detail"]


# --- the published example ----------------------------------------------------------------------


def vendor():
    names = {"Antibody_1": "ip", "Antibody_2": "ip", "IgG_mock": "igg", "input_1pct": "input"}
    return run_of(
        *(reaction(names[name], cq, antibody=name, target="") for name, cq in VENDOR.items())
    )


def test_the_vendors_folds_to_their_printed_digits():
    result = chip(vendor())
    for name, printed in (("Antibody_1", "9.8"), ("Antibody_2", "26.0")):
        assert f"{value(result, FOLD, name, ''):.1f}" == printed


def test_the_vendors_percent_input_to_its_printed_digits():
    """The vendor rounds the adjusted Cq of the input to 26.1 before it goes on; we do not."""
    result = chip(vendor())
    (adjusted,) = result.sets.loc[result.sets["role"] == "input", "adjusted_cq"]
    assert adjusted == pytest.approx(32.7 - math.log2(100))
    assert f"{adjusted:.1f}" == "26.1"
    rounding = 2 ** (26.1 - adjusted)
    printed = {"IgG_mock": "0.3", "Antibody_1": "2.7", "Antibody_2": "7.2"}
    ours = {"IgG_mock": 0.268, "Antibody_1": 2.639, "Antibody_2": 6.965}
    for name, text in printed.items():
        found = value(result, PERCENT, name, "")
        assert f"{found * rounding:.1f}" == text
        assert found == pytest.approx(ours[name], abs=0.001)


# --- laws ---------------------------------------------------------------------------------------

CQ = st.floats(18, 38)
FACTOR = st.floats(1.6, 2.1)


@settings(max_examples=40, deadline=None)
@given(CQ, CQ, CQ, FACTOR, st.floats(-3, 3))
def test_a_common_shift_of_all_cq_changes_nothing(ip, igg, own_input, factor, shift):
    efficiency = {"": Efficiency(factor, 0.0, False)}
    one = chip(simple(0.0, ip, igg, own_input), efficiencies=efficiency)
    other = chip(simple(shift, ip, igg, own_input), efficiencies=efficiency)
    for quantity in (PERCENT, FOLD, SUBTRACTED):
        assert value(other, quantity) == pytest.approx(value(one, quantity), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(CQ, CQ, CQ, FACTOR)
def test_the_numbers_are_one_another(ip, igg, own_input, factor):
    result = chip(
        simple(0.0, ip, igg, own_input), efficiencies={"": Efficiency(factor, 0.0, False)}
    )
    percent, mock = value(result, PERCENT), value(result, PERCENT, "IgG")
    assert percent == pytest.approx(factor ** (own_input - ip), rel=1e-9)
    assert value(result, FOLD) == pytest.approx(percent / mock, rel=1e-9)
    assert value(result, SUBTRACTED) == pytest.approx(percent - mock, rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 1000), st.floats(0.5, 10), st.floats(0.5, 10), FACTOR)
def test_dilution_volume_and_fraction_only_rescale(dilution, volume, other, factor):
    """A dilution of d shows as log_E(d) more cycles, and the answer stays."""
    plain = simple()
    shift = math.log(dilution / volume * other) / math.log(factor)
    handled = run_of(
        reaction("input", 26.0, template_volume=other),
        reaction("igg", 33.0, template_volume=other),
        reaction("ip", 28.0 + shift, dilution=dilution, template_volume=volume),
    )
    efficiency = {"": Efficiency(factor, 0.0, False)}
    one, two = (chip(run, efficiencies=efficiency) for run in (plain, handled))
    for quantity in (PERCENT, FOLD):
        assert value(two, quantity) == pytest.approx(value(one, quantity), rel=1e-9)
    half = run_of(reaction("input", 26.0, input_fraction=0.005), *plain.reactions[1:])
    assert value(chip(half, efficiencies=efficiency), PERCENT) == pytest.approx(
        value(one, PERCENT) / 2
    )


def triplicates(**fields):
    """One chromatin: an antibody at a locus and a negative region, in triplicate."""
    cqs = {
        ("input", "GPT2"): (26.0, 26.1, 25.95),
        ("igg", "GPT2"): (33.0, 33.4, 32.7),
        ("ip", "GPT2"): (28.0, 28.2, 27.9),
        ("input", "desert"): (25.5, 25.6, 25.4),
        ("igg", "desert"): (33.1, 32.9, 33.3),
        ("ip", "desert"): (32.4, 32.6, 32.0),
    }
    return [
        reaction(role, cq, target=target, **fields)
        for (role, target), several in cqs.items()
        for cq in several
    ]


@pytest.mark.parametrize("quantity", [PERCENT, FOLD, SUBTRACTED, OVER_NEGATIVE])
@pytest.mark.parametrize("target", ["GPT2", "desert"])
def test_the_error_of_the_efficiency_is_its_slope(quantity, target):
    """What a small error of E adds to the interval agrees with finite differences."""
    run, sd, step = run_of(*triplicates()), 0.05, 1e-5

    def at(*shifts, error=0.0):
        names = ("GPT2", "desert")
        known = {
            name: Efficiency(1.9 + shift, error if name == target else 0.0, False)
            for name, shift in zip(names, shifts)
        }
        return chip(run, efficiencies=known, negative=("desert",))

    def number(result, column="value"):
        found = value(result, quantity, column=column)
        return found if quantity == SUBTRACTED else math.log(found)

    first = target == "GPT2"
    up, down = (at(first * x, (not first) * x) for x in (step, -step))
    slope = (number(up) - number(down)) / (2 * step)
    exact, blurred = (at(0, 0, error=error) for error in (0.0, sd))
    half, wide = (number(one, "high") - number(one) for one in (exact, blurred))
    assert wide**2 - half**2 == pytest.approx((1.959964 * slope * sd) ** 2, rel=1e-4, abs=1e-12)


def test_technical_errors_are_pooled_by_role_and_added():
    """The interval of one chromatin against the formula written out."""
    result = chip(run_of(*triplicates()), efficiencies={"": Efficiency(2.0, 0.0, False)})
    several = {
        "input": ((26.0, 26.1, 25.95), (25.5, 25.6, 25.4)),
        "ip": ((28.0, 28.2, 27.9), (32.4, 32.6, 32.0)),
    }
    parts = []
    for sets in several.values():
        squares = sum(sum((x - sum(own) / 3) ** 2 for x in own) for own in sets)
        parts.append(squares / 4 / 3)
    variance = sum(parts) * math.log(2) ** 2
    degrees = sum(parts) ** 2 / sum(part**2 / 4 for part in parts)
    from scipy import stats

    half = stats.t.ppf(0.975, degrees) * math.sqrt(variance)
    low, high = (value(result, PERCENT, column=end) for end in ("low", "high"))
    assert high / low == pytest.approx(math.exp(2 * half), rel=1e-9)
    assert value(result, PERCENT, column="interval") == "technical replicates only"
    assert any("technical replicates only" in note for note in result.notes)


# --- groups -------------------------------------------------------------------------------------


def groups(ips=((28.0, 28.4, 28.1), (26.0, 26.2, 25.7)), names=("vehicle", "dexamethasone")):
    reactions = []
    for name, own in zip(names, ips):
        for k, cq in enumerate(own):
            fields = {"group": name, "replicate": str(k)}
            reactions += [
                reaction("input", 26.0, **fields),
                reaction("igg", 33.0, **fields),
                reaction("ip", cq, **fields),
            ]
    return run_of(*reactions)


def test_the_chromatin_is_the_unit():
    result = chip(groups())
    cqs = (28.0, 28.4, 28.1)
    mean = sum(cqs) / 3
    assert value(result, PERCENT, group="vehicle") == pytest.approx(2 ** (26 - mean))
    assert value(result, PERCENT, group="vehicle", column="n") == 3
    sd = math.sqrt(sum((x - mean) ** 2 for x in cqs) / 2)
    half = 4.302653 * sd / math.sqrt(3)
    assert value(result, PERCENT, group="vehicle", column="high") == pytest.approx(
        2 ** (26 - mean + half), rel=1e-6
    )
    assert value(result, PERCENT, group="vehicle", column="interval") == "biological replicates"


def test_technical_replicates_do_not_make_more_chromatins():
    doubled = groups()
    doubled = run_of(*doubled.reactions, *doubled.reactions)
    one, two = chip(groups()), chip(doubled)
    for column in ("value", "low", "high", "n"):
        assert value(two, PERCENT, group="vehicle", column=column) == pytest.approx(
            value(one, PERCENT, group="vehicle", column=column)
        )


def test_groups_are_compared_with_the_control():
    from scipy import stats

    result = chip(groups(), control="vehicle")
    (row,) = result.comparisons.to_dict("records")
    assert row["ratio"] == pytest.approx(2 ** (28.1666667 - 25.9666667), rel=1e-6)
    expected = stats.ttest_ind((28.0, 28.4, 28.1), (26.0, 26.2, 25.7), equal_var=False)
    assert row["p"] == pytest.approx(expected.pvalue)
    assert (row["group"], row["control"], row["test"]) == ("dexamethasone", "vehicle", "Welch")
    paired = chip(groups(), control="vehicle", paired=True).comparisons
    expected = stats.ttest_rel((28.0, 28.4, 28.1), (26.0, 26.2, 25.7))
    assert paired["p"].tolist() == pytest.approx([expected.pvalue])
    reverse = chip(groups(), control="dexamethasone").comparisons
    assert reverse["ratio"].tolist() == pytest.approx([1 / row["ratio"]])


def test_the_error_of_an_efficiency_that_groups_share_acts_on_their_difference_only():
    """Far from the input but close to each other, groups compare well with a poor efficiency."""
    known = {"": Efficiency(1.9, 0.1, False)}
    close = groups(((36.0, 36.4, 36.1), (35.9, 36.2, 35.7)))
    (row,) = chip(close, efficiencies=known, control="vehicle").comparisons.to_dict("records")
    (plain,) = chip(
        close, efficiencies={"": Efficiency(1.9, 0.0, False)}, control="vehicle"
    ).comparisons.to_dict("records")
    assert row["ratio"] == pytest.approx(plain["ratio"])
    assert row["high"] == pytest.approx(plain["high"], rel=0.02)
    own = chip(close, efficiencies=known)
    high, mean = (value(own, PERCENT, group="vehicle", column=end) for end in ("high", "value"))
    assert math.log(high / mean) > 1.96 * (36.1667 - 26) * 0.1 / 1.9


# --- bounds -------------------------------------------------------------------------------------


def test_an_igg_that_did_not_amplify_makes_the_fold_a_lower_bound():
    result = chip(run_of(reaction("input", 26), reaction("igg", None), reaction("ip", 28)))
    assert value(result, FOLD) == pytest.approx(2**12)
    assert value(result, FOLD, column="bound") == ">="
    assert math.isnan(value(result, FOLD, column="low"))
    assert value(result, PERCENT, column="bound") == ""
    assert value(result, PERCENT, "IgG", column="bound") == "<="
    assert value(result, SUBTRACTED, column="bound") == ">="
    assert any("count as cycle 40" in note for note in result.notes)
    assert "≥ 4,096 fold over IgG" in "\n".join(result.lines())


def test_an_antibody_that_did_not_amplify_is_an_upper_bound():
    result = chip(run_of(reaction("input", 26), reaction("igg", 35), reaction("ip", None)))
    assert value(result, PERCENT) == pytest.approx(2**-14)
    assert value(result, PERCENT, column="bound") == "<="
    assert value(result, FOLD, column="bound") == "<="
    assert verdict(result, "every antibody reaction amplified")[0] is False


def test_where_neither_amplified_nothing_is_known():
    result = chip(run_of(reaction("input", 26), reaction("igg", None), reaction("ip", None)))
    assert math.isnan(value(result, FOLD))
    assert "no bound either" in value(result, FOLD, column="note")


def test_some_reactions_without_cq_make_a_bound_too():
    igg = [reaction("igg", 36.0), reaction("igg", None)]
    result = chip(run_of(reaction("input", 26), *igg, reaction("ip", 28)))
    assert value(result, FOLD) == pytest.approx(2 ** (38 - 28))
    assert value(result, FOLD, column="bound") == ">="


def test_a_bound_among_replicates_bounds_the_group():
    ips = ((28.0, 28.4, None), (26.0, 26.2, 25.7))
    result = chip(groups(ips), control="vehicle")
    assert value(result, PERCENT, group="vehicle", column="bound") == "<="
    assert value(result, PERCENT, group="vehicle", column="note").startswith("1 of 3 a bound")
    assert math.isnan(value(result, PERCENT, group="vehicle", column="high"))
    (row,) = result.comparisons.to_dict("records")
    assert math.isnan(row["ratio"])
    assert row["reason"] == "not all reactions amplified"


def test_less_than_igg_is_negative_and_said_so():
    result = chip(run_of(reaction("input", 26), reaction("igg", 30), reaction("ip", 31)))
    assert value(result, SUBTRACTED) == pytest.approx(2**-5 - 2**-4)
    met, detail = verdict(result, "antibody is above IgG")
    assert not met
    assert "GR GPT2 (0.5 fold)" in detail


# --- references ---------------------------------------------------------------------------------


def test_one_input_serves_all_that_do_not_have_their_own():
    reactions = [
        reaction("input", 26.0),
        *(reaction("ip", 28.0 + k, group="a", replicate=str(k)) for k in range(2)),
        reaction("input", 27.0, group="a", replicate="1"),
    ]
    frame = chip(run_of(*reactions)).replicates
    assert frame["value"].tolist() == pytest.approx([2**-2, 2**-2])


def test_an_antibody_without_input_is_left_out_and_told():
    run = run_of(
        *simple().reactions, reaction("ip", 27.0, target="other"), reaction("igg", 33, target="x")
    )
    result = chip(run)
    assert math.isnan(value(result, PERCENT, target="other"))
    assert "no input of this chromatin and target" in value(
        result, PERCENT, target="other", column="note"
    )


def test_two_iggs_must_be_told_apart():
    run = run_of(*simple().reactions, reaction("igg", 34.0, antibody="mouse IgG"))
    with pytest.raises(InputError, match=r"two igg sets \(IgG and mouse IgG\) serve GR at GPT2"):
        chip(run)
    assert value(chip(run, igg="mouse IgG"), FOLD) == pytest.approx(2**6)


def test_the_igg_may_be_named():
    run = run_of(reaction("input", 26), reaction("ip", 28), reaction("ip", 33, antibody="anti-GFP"))
    assert value(chip(run, igg="anti-GFP"), FOLD) == pytest.approx(2**5)


# --- verdicts -----------------------------------------------------------------------------------


def test_a_blank_that_amplifies_is_told_by_its_well():
    blank = ChipReaction("ntc", 32.0, target="GPT2", well="H12")
    met, detail = verdict(chip(run_of(*simple().reactions, blank)), "blanks stay blank")
    assert met is False
    assert detail == "within 5 cycles of the samples: H12 (Cq 32.0)"
    late = ChipReaction("ntc", 38.0, target="GPT2", well="H12")
    met, detail = verdict(chip(run_of(*simple().reactions, late)), "blanks stay blank")
    assert met is True
    assert "H12 (Cq 38.0)" in detail


def test_scatter_late_cq_inputs_and_impossible_percentages_are_told():
    reactions = [
        *(reaction("input", cq, group="a") for cq in (30.0, 30.1)),
        reaction("input", 32.0, group="b"),
        *(reaction("ip", cq, group="a") for cq in (22.0, 23.0)),
        reaction("ip", 36.0, group="b"),
    ]
    result = chip(run_of(*reactions))
    assert verdict(result, "technical replicates agree")[1].startswith("sd above 0.5: GR GPT2 a")
    assert verdict(result, "inputs agree") == (False, "range above 1 cycle: GPT2 1.95")
    assert verdict(result, "antibody reactions come early enough")[0] is False
    assert verdict(result, "percent input is possible")[0] is False
    assert verdict(result, "blanks stay blank")[0] is None
    assert "not met: technical replicates agree" in result.summary()


def test_an_enriched_negative_region_is_told():
    run = run_of(*simple(target="desert").reactions, *simple(ip=24.0).reactions)
    result = chip(run, negative=("desert",))
    assert verdict(result, "negative region is not enriched")[0] is False
    assert value(result, OVER_NEGATIVE) == pytest.approx(2**4)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"negative": ("GPTT2",)}, UnknownNameError, 'unknown target "GPTT2"; did you mean GPT2'),
        ({"igg": "IGG"}, UnknownNameError, 'unknown antibody "IGG"; did you mean IgG'),
        ({"control": "vehicle"}, UnknownNameError, 'unknown group "vehicle"'),
        (
            {"efficiencies": {"x": Efficiency()}},
            UnknownNameError,
            '--efficiency: unknown target "x"',
        ),
        ({"confidence": 95}, InputError, "confidence 95 is not between 0 and 1"),
    ],
)
def test_options_that_cannot_be(options, error, message):
    with pytest.raises(error, match=message):
        chip(simple(), **options)


@pytest.mark.parametrize(
    ("reactions", "message"),
    [
        ((reaction("input", 26),), "made.csv has no reaction of an antibody"),
        ((reaction("ip", 26),), "made.csv has neither input nor IgG"),
        (
            (reaction("input", 26, input_fraction=None), reaction("ip", 28)),
            "row of input: which part of the chromatin is this input",
        ),
        (
            (reaction("input", 26, input_fraction=2.0), reaction("ip", 28)),
            "row of input: input fraction 2 is not above 0 and up to 1",
        ),
    ],
)
def test_runs_that_cannot_be_analysed(reactions, message):
    with pytest.raises(InputError, match=message):
        chip(run_of(*reactions))


def test_the_fraction_may_be_given_for_all():
    run = run_of(reaction("input", 26, input_fraction=None), reaction("ip", 28))
    assert value(chip(run, input_fraction=0.02), PERCENT) == pytest.approx(0.5)
