import numpy as np
import pytest

from cahill.core.amplification import MeltCurves, QpcrRun, Reaction
from cahill.core.gel_image import GelImage
from cahill.errors import InputError

REACTIONS = (Reaction("A1", "GPT2"), Reaction("A2", "GPT2"))


def run(**changes):
    parts = {"cycles": np.arange(1, 4), "fluorescence": np.zeros((2, 3))}
    return QpcrRun("run.rdml", REACTIONS, **{**parts, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fluorescence": np.zeros((2, 4))}, "2 reactions of 3 cycles"),
        ({"baselined": np.zeros((1, 3))}, "differ in shape"),
        ({"melt": MeltCurves(np.zeros((3, 5)), np.zeros((3, 5)))}, "differ in number"),
    ],
)
def test_a_run_whose_parts_do_not_fit_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        run(**changes)


def test_reactions_can_be_described_anew():
    described = tuple(Reaction(old.well, "GPT", sample="liver") for old in REACTIONS)
    again = run().with_reactions(described)
    assert again.reactions == described
    assert np.array_equal(again.cycles, [1, 2, 3])


@pytest.mark.parametrize(
    ("bits", "lossy", "linear"), [(16, False, True), (8, False, False), (16, True, False)]
)
def test_counts_are_linear_only_with_enough_bits_and_no_loss(bits, lossy, linear):
    image = GelImage("b.tif", np.ones((4, 5)), bits, 2.0**bits - 1, lossy=lossy)
    assert image.linear is linear


@pytest.mark.parametrize("shape", [(4, 5, 3), (0, 5)])
def test_a_picture_of_several_channels_or_none_is_refused(shape):
    with pytest.raises(InputError, match="one grey channel"):
        GelImage("b.tif", np.ones(shape), 16, 65535.0)
