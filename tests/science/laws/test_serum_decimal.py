"""Comparisons with limits are exact, whatever floating point would say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.core.laboratory import MICRO, LabResult, Person, micro
from cahill.serum.evaluate import evaluate
from cahill.serum.rules import Criterion, find_rule, load_rules, read_criterion
from cahill.serum.three_valued import Span, all_of, any_of, decide, negate, point
from cahill.serum.verdicts import Case, verdict

FACTORS = ("1.5", "2", "2.5", "3", "5", "8", "10", "20")
OPERATORS = (">", ">=")
NOBODY = Case((), Person(), {})


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("decimals", [1, 2])
def test_no_error_at_any_decimal_limit(factor, operator, decimals):
    """At every limit to 100 (one decimal) or 60 (two): the value at k x limit, if it can be
    printed, and the printable values around it. By monotony (below) no other pair can err."""
    scale = 10**decimals
    k = Fraction(factor)
    unit = MICRO // scale
    wrong = 0
    for limit in range(1, (100 if decimals == 1 else 60) * scale + 1):
        edge = k * limit
        for value in range(int(edge) - 1, int(edge) + 2):
            exact = value > edge if operator == ">" else value >= edge
            wrong += decide(point(value * unit), operator, k, point(limit * unit)) is not exact
    assert wrong == 0


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_no_error_from_the_printed_text_on(factor, operator):
    """The same from decimal text through a criterion, at every seventh limit of one decimal."""
    criterion = read_criterion(f"ALT {operator} {factor} ULN")
    for limit in range(50, 601, 7):
        edge = Fraction(factor) * limit
        for value in range(int(edge) - 1, int(edge) + 2):
            exact = value > edge if operator == ">" else value >= edge
            number, uln = micro(f"{value / 10:.1f}"), micro(f"{limit / 10:.1f}")
            result = LabResult("ALT", number, number, uln=uln)
            assert verdict(criterion, result, NOBODY).outcome is exact, (value, limit)


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_error_over_a_grid_of_one_decimal(operator):
    """Values to 200 and limits from 5 to 60 of one decimal, every seventh, near the edge and far
    from it, against fractions."""
    wrong = 0
    for factor in FACTORS:
        k = Fraction(factor)
        for limit in range(50, 601, 7):
            for value in range(0, 2001, 7):
                exact = value > k * limit if operator == ">" else value >= k * limit
                got = decide(point(value * 100_000), operator, k, point(limit * 100_000))
                wrong += got is not exact
    assert wrong == 0


def test_floating_point_would_err():
    """The trap is real: at the edge itself, comparisons of floats fail on many limits."""
    limits = [units / 10 for units in range(100, 1000)]
    edges = [float(Fraction(3) * Fraction(str(limit))) for limit in limits]
    assert sum(not edge >= 3 * limit for edge, limit in zip(edges, limits)) > 100


numbers = st.integers(0, 10**9)
factors = st.sampled_from([Fraction(text) for text in FACTORS])


@given(numbers, numbers, st.integers(1, 10**8), factors, st.sampled_from(OPERATORS))
def test_monotone_in_the_value(first, second, limit, factor, operator):
    low, high = sorted([first, second])
    if decide(point(low), operator, factor, point(limit)):
        assert decide(point(high), operator, factor, point(limit))


@given(numbers, st.integers(1, 10**8), factors, st.sampled_from(OPERATORS), st.integers(1, 1000))
def test_invariant_to_the_unit(value, limit, factor, operator, scale):
    plain = decide(point(value), operator, factor, point(limit))
    assert decide(point(value * scale), operator, factor, point(limit * scale)) is plain


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    st.booleans(),
    st.booleans(),
    st.integers(1, 20),
    factors,
    st.sampled_from([">", ">=", "<", "<="]),
)
def test_an_interval_decides_only_where_all_its_numbers_agree(
    first, second, above, below, limit, factor, operator
):
    low, high = sorted([first, second])
    if low == high:
        above = below = False
    # Quarters of a unit stand for the numbers of the interval; every edge is at a half or a whole.
    inside = [
        number
        for number in range(4 * low, 4 * high + 1)
        if not (above and number == 4 * low) and not (below and number == 4 * high)
    ]
    answers = {decide(point(n), operator, factor, point(4 * limit)) for n in inside}
    held = Span(4 * low, 4 * high, above, below)
    expected = answers.pop() if len(answers) == 1 else None
    assert decide(held, operator, factor, point(4 * limit)) is expected


@given(numbers, st.integers(1, 10**8), factors, st.sampled_from(OPERATORS))
def test_a_value_without_upper_end_is_never_surely_below(value, limit, factor, operator):
    assert decide(Span(value, None), operator, factor, point(limit)) is not False


@given(st.lists(st.sampled_from([True, False, None]), max_size=6))
def test_missing_is_never_false(values):
    """Any way of filling the gaps agrees with what was decided with gaps."""
    for filled in (True, False):
        whole = [filled if value is None else value for value in values]
        assert any_of(values) in (None, any(whole))
        assert all_of(values) in (None, all(whole))
    assert negate(any_of(values)) is all_of(negate(value) for value in values)


RULES = [rule for rule in load_rules().values() if rule.kind != "statement"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_without_results_every_rule_is_undetermined_and_says_what_is_missing(rule):
    answer = evaluate(rule, [], Person())
    assert answer.outcome is None
    assert any(word in answer.reason for word in ("no result of", "not known"))


@given(st.data())
def test_more_data_never_turn_an_answer_round(data):
    """Leaving out the limits of results never turns an outcome round, only undetermined."""
    rule = find_rule("hys-law")
    size = data.draw(st.integers(1, 8))
    results = []
    for row in range(size):
        test = data.draw(st.sampled_from(["ALT", "AST", "TBL", "ALP"]))
        number = data.draw(st.integers(0, 12)) * 10_000_000
        results.append(LabResult(test, number, number, uln=20_000_000, row=row))
    full = evaluate(rule, results, same_draw=True).outcome
    bare = [
        LabResult(r.test, r.low, r.high, uln=data.draw(st.sampled_from([r.uln, None])), row=r.row)
        for r in results
    ]
    assert evaluate(rule, bare, same_draw=True).outcome in (full, None)


def test_a_criterion_reads_as_it_is_written():
    for text in (
        "ALT >= 3 ULN",
        "ALP < 2 ULN",
        "ALT > 3.8 baseline",
        "INR > 1.5",
        "ALT > 500 U/L",
        "EOS > 5 %",
        "value >= -1.455",
    ):
        assert str(read_criterion(text)) == text
    assert read_criterion("TBL > 2 ULN") == Criterion("TBL", ">", Fraction(2), "uln")
