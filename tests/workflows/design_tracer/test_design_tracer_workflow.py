"""Tracers for the template's study, ranked; at the fluxes of a fit; what is refused."""

from importlib.resources import files
from pathlib import Path

import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.workflows.design_tracer import design_tracer
from cahill.workflows.simulate_labels import simulate_labels

TEMPLATE = Path(str(files("cahill") / "data/templates/study"))
PRESENT = "as in the study"


def test_the_usual_tracers_are_ranked():
    result = design_tracer(TEMPLATE, flux=("PC",))
    frame = result.to_frame()
    assert PRESENT in set(frame["design"])
    assert frame["sd"].is_monotonic_increasing
    # The study's own tracer stands among the usual ones; it is no better or worse than itself.
    sd = frame.set_index("design")["sd"]
    assert sd["Ala_medium=[U-13C]"] == pytest.approx(sd[PRESENT], rel=1e-6)
    assert {"network.tsv", "mids.tsv"} <= set(result.provenance.inputs)


def test_designs_are_judged_at_the_fluxes_given(tmp_path):
    state = simulate_labels(TEMPLATE).fluxes()
    own, slower = tmp_path / "own.csv", tmp_path / "slower.csv"
    state.to_csv(own, index=False)
    state.loc[state["kind"] == "exchange", "value"] *= 0.1
    state.to_csv(slower, index=False)
    at_point = design_tracer(TEMPLATE, flux=("ALT",)).to_frame()
    at_table = design_tracer(TEMPLATE, flux=("ALT",), fluxes=(own,)).to_frame()
    assert at_table["sd"].tolist() == pytest.approx(at_point["sd"].tolist(), rel=1e-6)
    both = design_tracer(TEMPLATE, flux=("ALT",), fluxes=(own, slower))
    assert both.n_points == 2


def test_one_more_experiment_never_knows_less():
    frame = design_tracer(TEMPLATE, flux=("PK",), parallel=True).to_frame()
    assert (frame["against_present"] <= 1 + 1e-9).all()


def test_the_best_mixture_is_at_least_as_good_as_its_parts():
    forms = ("Ala_medium=[1-13C]", "Ala_medium=[2-13C]")
    frame = design_tracer(TEMPLATE, flux=("PC",), candidate=forms, best_mixture=True).to_frame()
    sd = frame.set_index("design")["sd"]
    (mixture,) = set(sd.index) - {*forms, PRESENT}
    assert sd[mixture] <= sd[list(forms)].min() * 1.02


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"flux": ()}, InputError, "which flux"),
        ({"flux": ("PX",)}, UnknownNameError, "PX"),
        (
            {"flux": ("PC",), "candidate": ("Ala_medium=[U-13C]",), "feed": "Ala_medium"},
            InputError,
            "give candidates, or a feed",
        ),
        ({"flux": ("PC",), "candidate": ("Ala_medium=[9-13C]",)}, InputError, "3 traced atoms"),
    ],
)
def test_what_cannot_be_designed_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        design_tracer(TEMPLATE, **options)
