"""geNorm and NormFinder: laws, an oracle written from the formulae, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.qpcr.reference_genes import genorm, normfinder
from cahill.errors import InputError

GENES = ("A", "B", "C", "D")
TABLE = st.lists(
    st.lists(st.floats(-3, 3).map(lambda x: round(x, 3)), min_size=4, max_size=4),
    min_size=6,
    max_size=6,
).map(np.array)
GROUPS = np.array([0, 0, 0, 1, 1, 1])


def oracle(table, groups):
    """Return NormFinder's stability by loops over the formulae of Andersen et al. (2004)."""
    genes, names = table.shape[1], sorted(set(groups))
    count = {g: int((groups == g).sum()) for g in names}
    variance, mean = {}, {}
    for g in names:
        part = table[groups == g]
        square = []
        for i in range(genes):
            total = 0.0
            for j in range(count[g]):
                rest = part[j, i] - part[:, i].mean() - part[j].mean() + part.mean()
                total += rest**2
            square.append(total / (count[g] - 1))
        for i in range(genes):
            raw = (square[i] - sum(square) / (genes * (genes - 1))) / (1 - 2 / genes)
            variance[i, g], mean[i, g] = max(raw, 0.0), part[:, i].mean()
    shift = {}
    for i in range(genes):
        for g in names:
            by_gene = np.mean([mean[i, h] for h in names])
            by_group = np.mean([mean[k, g] for k in range(genes)])
            shift[i, g] = mean[i, g] - by_gene - by_group + np.mean(list(mean.values()))
    error = {key: value / count[key[1]] for key, value in variance.items()}
    spread = sum(d**2 for d in shift.values()) / ((len(names) - 1) * (genes - 1))
    spread -= np.mean(list(error.values()))
    spread = spread if spread > 1e-12 * sum(d**2 for d in shift.values()) else 0.0
    answer = []
    for i in range(genes):
        own = []
        for g in names:
            total = spread + error[i, g]
            weight = spread / total if total > 0 else 0.0
            own.append(abs(shift[i, g] * weight) + np.sqrt(error[i, g] + weight * error[i, g]))
        answer.append(np.mean(own))
    return answer


@settings(max_examples=12, deadline=None)
@given(TABLE)
def test_normfinder_is_that_of_the_formulae(table):
    found = normfinder(table, GENES, GROUPS)
    # The root of a variance that is 0 up to rounding.
    assert found["stability"].tolist() == pytest.approx(oracle(table, GROUPS), abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(TABLE, st.lists(st.floats(-4, 4), min_size=6, max_size=6))
def test_the_amount_of_cdna_cancels(table, load):
    loaded = table + np.array(load)[:, None]
    one, other = genorm(table, GENES), genorm(loaded, GENES)
    first = one.steps[one.steps["step"] == 1]["m"].tolist()
    assert other.steps[other.steps["step"] == 1]["m"].tolist() == pytest.approx(first, abs=1e-9)
    stable = normfinder(table, GENES, GROUPS)["stability"].tolist()
    assert normfinder(loaded, GENES, GROUPS)["stability"].tolist() == pytest.approx(
        stable, abs=1e-6
    )


@settings(max_examples=12, deadline=None)
@given(TABLE, st.floats(0.1, 3))
def test_m_scales_with_the_scatter(table, factor):
    one, other = genorm(table, GENES).steps, genorm(table * factor, GENES).steps
    assert other["m"][:4].tolist() == pytest.approx((factor * one["m"][:4]).tolist(), abs=1e-9)


def test_a_gene_that_the_groups_move_is_found():
    random = np.random.default_rng(1)
    table = random.normal(0, 0.1, (12, 4))
    table[6:, 2] += 2.0
    groups = np.repeat([0, 1], 6)
    found = normfinder(table, GENES, groups).set_index("gene")
    assert found["stability"].idxmax() == "C"
    assert found.loc["C", "between"] > 0.6
    assert genorm(table, GENES).ranking["gene"].iloc[-1] == "C"


def test_variances_come_back():
    random = np.random.default_rng(3)
    truth = np.array([0.1, 0.2, 0.3, 0.4])
    table = random.normal(0, 1, (4000, 4)) * truth + random.normal(0, 1, (4000, 1))
    assert normfinder(table, GENES)["within"].tolist() == pytest.approx(truth, abs=0.02)


def test_groups_of_one_are_left_out():
    table = np.random.default_rng(4).normal(0, 1, (5, 4))
    groups = np.array([0, 0, 1, 1, 2])
    whole = normfinder(table, GENES, groups)
    assert (
        whole["stability"].tolist()
        == normfinder(table[:4], GENES, groups[:4])["stability"].tolist()
    )


@pytest.mark.parametrize(
    ("shape", "message"),
    [((6, 1), "1 genes in 6 samples"), ((1, 4), "4 genes in 1 samples")],
)
def test_too_little_is_refused(shape, message):
    with pytest.raises(InputError, match=message):
        genorm(np.zeros(shape), GENES[: shape[1]])


def test_gaps_and_too_few_genes_for_normfinder_are_refused():
    table = np.zeros((4, 4))
    table[1, 2] = np.nan
    with pytest.raises(InputError, match="no quantity in a sample"):
        genorm(table, GENES)
    with pytest.raises(InputError, match="at least 3 reference genes"):
        normfinder(np.zeros((4, 2)), ("A", "B"))
    with pytest.raises(InputError, match="quantities of another number"):
        genorm(np.zeros((4, 2)), GENES)
    with pytest.raises(InputError, match="no group has two samples"):
        normfinder(np.zeros((3, 3)), ("A", "B", "C"), np.arange(3))
