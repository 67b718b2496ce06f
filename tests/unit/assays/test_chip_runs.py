"""An instrument's run and a ChIP layout together."""

import numpy as np
import pytest

from cahill.assays.chip.chip_runs import chip_run
from cahill.core.amplification import QpcrRun, Reaction
from cahill.core.layout import Layout, WellContent
from cahill.errors import InputError


def run_of(*reactions, curves=None):
    cycles = np.arange(1.0, 46.0) if curves is not None else np.zeros(0)
    fluorescence = np.zeros((len(reactions), 0)) if curves is None else curves
    kind = "none" if curves is None else "raw"
    return QpcrRun("run.txt", reactions, cycles, fluorescence, kind)


def layout_of(**wells):
    contents = tuple(WellContent(well, fields, f"well {well}") for well, fields in wells.items())
    return Layout("layout.toml", 8, 12, contents)


IP = {"role": "ip", "antibody": "GR"}


def test_fields_of_the_layout_go_before_those_of_the_run():
    run = run_of(
        Reaction("A1", target="FAM", sample="s1", cq=28.0, cq_reported=True),
        Reaction("A2", target="FAM", cq=None, cq_reported=True),
        Reaction("A3", cq=20.0, cq_reported=True, excluded="outlier"),
        Reaction("B1", cq=20.0, cq_reported=True),
    )
    layout = layout_of(
        A1={**IP, "target": "GPT2", "template_volume": "2 uL"}, A2={"role": "input"}, A3=IP, C1=IP
    )
    found = chip_run(run, layout)
    first, second = found.reactions
    assert (first.target, first.sample, first.cq, first.template_volume) == ("GPT2", "s1", 28.0, 2)
    assert (second.role, second.target, second.cq) == ("input", "FAM", None)
    assert found.notes == (
        "Well B1 was read but not described by the layout, and left out.",
        "Well C1 was described by the layout but not read.",
        "Left out, as the file says (outlier): A3.",
    )


def test_cq_come_from_the_curves_where_the_file_has_none():
    cycles = np.arange(1.0, 46.0)
    curves = np.stack([100 + 5000 / (1 + np.exp(-(cycles - middle) / 1.4)) for middle in (25, 30)])
    curves += np.random.default_rng(3).normal(0, 2, curves.shape)
    run = run_of(Reaction("A1", target="x"), Reaction("A2", target="x"), curves=curves)
    found = chip_run(run, layout_of(A1=IP, A2=IP))
    first, second = (one.cq for one in found.reactions)
    assert first is not None
    assert second is not None
    assert second - first == pytest.approx(5, abs=0.15)
    assert found.cycles == 45
    assert any("found from its curves" in note for note in found.notes)


@pytest.mark.parametrize(
    ("reactions", "message"),
    [
        (
            (Reaction("H1", cq=20.0, cq_reported=True),),
            'describes no well of run.txt, such as "H1"',
        ),
        ((Reaction("A1"),), "run.txt has neither Cq nor curves"),
        (
            (Reaction("A1", dye="FAM", cq_reported=True), Reaction("A1", dye="VIC")),
            "run.txt well A1: several reactions in a well",
        ),
    ],
)
def test_runs_that_do_not_serve(reactions, message):
    with pytest.raises(InputError, match=message):
        chip_run(run_of(*reactions), layout_of(A1=IP))
