"""geNorm on the bone marrow samples of Vandesompele et al. (2002), to seven digits.

The manual of the R package SLqPCR prints M of every gene in every step of the exclusion, and every
pairwise variation. The quantities themselves are not printed, but M is a mean of the standard
deviations V_jk of log ratios, so each step that lacks one gene gives that gene's V with all others:

    V_jx = (n - 1) M_j(n genes) - (n - 2) M_j(n - 1 genes).

The V are distances between genes in the space of samples; a set of points with these distances has
the same M and the same pairwise variations as the measured data. Those pairwise variations were not
used to find the points, and the points fill eight dimensions, as nine samples must.
"""

import numpy as np
import pytest

from cahill.assays.qpcr.reference_genes import genorm, pairwise_variation

GENES = ("UBC", "RPL13A", "YWHAZ", "HPRT1", "GAPD", "SDHA", "TBP", "HMBS", "B2M", "ACTB")
# M of the first n genes of GENES, n from 2 to 10; the last of a line is the next to leave. The
# manual sorts each step by M; which gene a value belongs to follows from the pairwise variations,
# which no other assignment gives (but UBC and RPL13A may stand for one another).
M = """
0.3492712 0.3492712
0.3559286 0.3761358 0.3827933
0.3978736 0.3699163 0.4173706 0.4419220
0.4195958 0.4204997 0.4424631 0.4219179 0.4841646
0.4594181 0.4447874 0.4728920 0.4292808 0.5012107 0.5566762
0.5043292 0.4696398 0.4879728 0.4389069 0.5245346 0.5178634 0.5563591
0.5403137 0.4733732 0.5253471 0.4391222 0.5560120 0.5243665 0.5622094 0.6210820
0.5554718 0.5141375 0.5271169 0.4705664 0.5575295 0.5738460 0.6042110 0.6759176 0.7671985
0.5700961 0.5335963 0.5314564 0.5160313 0.6064919 0.6201470 0.6397969 0.7206013 0.7747634 0.8498739
"""
STEPS = [np.array(line.split(), dtype=float) for line in M.split("\n") if line]
MEAN_M = [0.3492712, 0.3716192, 0.4067706, 0.4377282, 0.4773775, 0.4999437, 0.5302283, 0.5828883]
MEAN_M += [0.6362855]
# V2/3 to V9/10
PAIRWISE = [0.1137450, 0.09767827, 0.08416531, 0.08061944, 0.06813202, 0.067112, 0.07765343]
PAIRWISE += [0.07646901]
SAMPLES = 9
# M is printed to 5e-8; a V built from it may be off by (2 n - 3) times that.
DIGITS = 1e-6


@pytest.fixture(scope="module")
def points():
    """Return log2 quantities, shape (samples, genes), with the V of the bone marrow."""
    variation = np.zeros((10, 10))
    for fewer, more in zip(([0.0], *STEPS), STEPS):
        n = len(more)
        own = (n - 1) * more[:-1] - (n - 2) * np.asarray(fewer)
        variation[n - 1, : n - 1] = variation[: n - 1, n - 1] = own
    centre = np.eye(10) - 0.1
    values, vectors = np.linalg.eigh(-0.5 * centre @ variation**2 @ centre)
    assert values[:2] == pytest.approx(0.0, abs=1e-6)
    assert values[2] > 1e-3
    found = (vectors[:, 2:] * np.sqrt(values[2:])).T
    # Eight orthonormal columns that sum to zero over nine samples, times root of 8 degrees.
    basis = np.linalg.svd(np.eye(SAMPLES) - 1 / SAMPLES)[0][:, : SAMPLES - 1]
    return np.sqrt(SAMPLES - 1) * basis @ found


@pytest.fixture(scope="module")
def found(points):
    return genorm(points, GENES)


def test_m_in_every_step(found):
    for number, printed in enumerate(reversed(STEPS), start=1):
        own = found.steps[found.steps["step"] == number].set_index("gene")["m"]
        assert own[list(GENES[: len(printed)])].tolist() == pytest.approx(printed, abs=DIGITS)


def test_mean_m(found):
    mean = found.steps.groupby("step")["m"].mean()[::-1]
    assert mean.tolist() == pytest.approx(MEAN_M, abs=DIGITS)


def test_order_of_exclusion(found):
    assert found.ranking["gene"].tolist()[2:] == list(GENES[2:])
    assert found.ranking["rank"].tolist() == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_pairwise_variation_which_the_points_were_not_made_from(found):
    assert found.pairwise["v"].tolist() == pytest.approx(PAIRWISE, abs=DIGITS)
    assert found.recommended == 2


def test_the_small_set_of_the_same_manual():
    """M of two genes in 16 samples, whose Cq are printed: 0.2574717."""
    cq = """12.8 18.5 13.2 19.2 13.1 19.2 13.4 19.5 12.9 18.8 13.1 18.7 12.9 18.7 13.8 19.4
    13.1 19.1 13.2 18.5 12.9 18.6 13.3 19.1 12.9 19.0 12.7 18.4 13.0 18.6 13.1 18.4"""
    quantities = -np.array(cq.split(), dtype=float).reshape(16, 2)
    assert pairwise_variation(quantities)[0, 1] == pytest.approx(0.2574717, abs=5e-8)
    ranking = genorm(quantities, ("HK1", "HK2")).ranking
    assert ranking["m"].tolist() == pytest.approx([0.2574717] * 2, abs=5e-8)
