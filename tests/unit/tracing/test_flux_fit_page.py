"""Fitted fluxes with their intervals: the frame, the words, the report and what is saved."""

import dataclasses
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from cahill.core.labelling import Constraint, Flux
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml import read_fluxml
from cahill.io.label_tables import read_label_tables
from cahill.results.page import render_page
from cahill.tracing.estimate_fluxes import estimate_fluxes
from cahill.tracing.flux_estimates import headlines, improved
from cahill.tracing.simulate_labels import simulate_labels

TEMPLATE = Path(str(files("cahill") / "data/templates/study"))


def label_of(isotopologue, time):
    """Return what a pool of 6, fed at 2, holds of full label from time 0 on."""
    return {0: np.exp(-time / 3), 1: 0.0, 2: 1 - np.exp(-time / 3)}[isotopologue]


CHAIN = {
    "network": "reaction\tequation\nin\tA C:ab -> B C:ab\nout\tB C:ab ->\n",
    "feeds": "species\tlabels\nA\tC:U\n",
    "units": "quantity\tunit\nflux\tumol/min\ntime\tmin\n",
    "fluxes": "name\texpression\tvalue\tsd\nuptake\tin\t2\t0.1\n",
    "mids": "measurement\tspecies\tisotopologue\ttime\tvalue\tsd\n"
    + "".join(
        f"B\tB\t{k}\t{time}\t{label_of(k, time)}\t0.01\n" for time in (1, 4, 9) for k in range(3)
    ),
}


def study_of(folder, tables):
    for name, text in tables.items():
        (folder / f"{name}.tsv").write_text(text)
    return read_label_tables(folder)


@pytest.fixture(scope="module")
def study():
    return read_label_tables(TEMPLATE)


@pytest.fixture(scope="module")
def estimates(study):
    return estimate_fluxes(study, starts=4)


def test_every_net_flux_has_an_interval_around_its_value(estimates):
    frame = estimates.to_frame()
    net = frame[frame["kind"] == "net"]
    assert set(net["flux"]) == set(estimates.study.network.reactions)
    assert (net["low"] <= net["value"]).all()
    assert (net["value"] <= net["high"]).all()
    exchange = frame[frame["kind"] == "exchange"]
    assert exchange["low"].isna().all()
    assert set(exchange[~exchange["determined"]]["flux"]) == {"GLUD"}


def test_the_made_up_fluxes_lie_in_their_intervals(estimates):
    """Of 95 % intervals, from data made up with errors no larger than those stated."""
    net = estimates.to_frame().query("kind == 'net'").set_index("flux")
    truth = estimates.study.point.net
    inside = [
        net.loc[name, "low"] <= value <= net.loc[name, "high"] for name, value in truth.items()
    ]
    assert np.mean(inside) > 0.8


def test_the_lines_say_the_fluxes_of_gluconeogenesis(estimates):
    lines = estimates.lines()
    assert "umol/min" in lines[0]
    assert "95 % by profile likelihood" in lines[0]
    (alt,) = [line for line in lines if "alanine transaminase" in line]
    assert alt.split()[2] == "ALT"
    row = estimates.to_frame().set_index(["flux", "kind"]).loc[("ALT", "net")]
    assert f"{row['value']:.2f}" in alt


def test_fluxes_asked_for_are_reported_and_no_others(study):
    result = estimate_fluxes(study, starts=2, intervals="linear", wanted=("PK", "GNG"))
    assert [line.split()[0] for line in result.lines()[1:]] == ["PK", "GNG"]
    frame = result.to_frame().query("kind == 'net'").set_index("flux")
    assert frame.loc[["PK", "GNG"], "low"].notna().all()
    assert frame.drop(index=["PK", "GNG"])["low"].isna().all()
    assert "linear approximation" in result.lines()[0]
    assert "no interval" in result.estimate_words("ALT")


def test_an_exchange_flux_can_be_asked_for(study):
    for name in ("ALT exchange", "ALT_exchange"):
        result = estimate_fluxes(study, starts=2, intervals="linear", wanted=(name, "PK"))
        assert [line.split("  ")[1] for line in result.lines()[1:]] == ["ALT exchange", "PK"]
        low, high = result.intervals.of("ALT", "exchange")
        assert low < result.value("ALT exchange") < high
    labels = [fact.label for fact in result.page().facts]
    assert labels[2:] == ["ALT exchange", "PK"]


def test_what_a_limit_holds_is_not_called_determined(estimates):
    """GLUD is so fast that nothing tells; push ALT to its assumed limit as well."""
    frame = estimates.to_frame().set_index(["flux", "kind"])
    assert not frame.loc[("GLUD", "exchange"), "determined"]
    held = Constraint({Flux("ALT", "exchange"): 1.0}, "<=", 5.0)
    study = dataclasses.replace(estimates.study, constraints=(*estimates.study.constraints, held))
    frame = estimate_fluxes(study, starts=2, intervals="linear").to_frame()
    row = frame.set_index(["flux", "kind"]).loc[("ALT", "exchange")]
    assert row["value"] == pytest.approx(5.0)
    assert row["note"] == "held by a limit of the flux space"
    assert not row["determined"]


def test_what_is_asked_for_is_checked_before_the_fit(study):
    with pytest.raises(UnknownNameError, match="ALTX"):
        estimate_fluxes(study, wanted=("ALTX",))
    with pytest.raises(InputError, match="level"):
        estimate_fluxes(study, level=95)


def test_a_fixed_flux_is_called_fixed(study):
    held = Constraint({Flux("PK"): 1.0}, "=", 2.0)
    fixed = dataclasses.replace(study, constraints=(*study.constraints, held))
    result = estimate_fluxes(fixed, starts=2, intervals="linear")
    assert result.estimate_words("PK") == "2.00 (fixed)"


def test_a_network_without_the_usual_names_has_no_headlines(tmp_path):
    study = study_of(tmp_path, CHAIN)
    assert headlines(study) == ()
    assert [one.flux for one in headlines(study, ("in",))] == ["in"]


def test_the_page_tells_everything(estimates):
    page = estimates.page()
    text = render_page(page)
    for heading in (
        "Fluxes on the network",
        "Measured and fitted labelling",
        "Residuals",
        "Fluxes and intervals",
        "What the data do not determine",
        "The search",
    ):
        assert heading in text
    assert "The data determine every net flux." in text
    assert "without changing the fit: GLUD" in text
    facts = {fact.label: fact for fact in page.facts}
    assert facts["Starts at this minimum"].value == "4 of 4"
    assert facts["Alanine transaminase"].unit == "umol/min"
    assert facts["Sum of squares"].judged


def test_residuals_are_drawn_measured_minus_fitted(estimates):
    """The frame counts fitted minus measured; the picture's axis says the opposite."""
    labels = estimates.fit.labels()
    row = labels.loc[labels["residual"].abs().idxmax()]
    assert np.sign(row["residual"]) == np.sign(row["fitted"] - row["measured"])
    (section,) = [one for one in estimates.page().sections if one.heading == "Residuals"]
    drawn = section.pictures[0].figure.axes[0]
    points = np.concatenate([line.get_xdata() for line in drawn.lines])
    assert np.isclose(points, -row["residual"]).any()


def test_everything_is_saved_and_comes_back(estimates, tmp_path):
    names = {path.name for path in estimates.save(tmp_path)}
    tables = {"fluxes.csv", "mids.csv", "measured-fluxes.csv", "starts.csv"}
    pictures = {
        f"{n}.{e}"
        for n in ("map", "labels-1", "residuals", "fluxes", "profiles")
        for e in ("svg", "png")
    }
    assert names == {*tables, *pictures, "fit.json", "study.fml", "report.html"}
    assert json.loads((tmp_path / "fit.json").read_text())["level"] == 0.95
    again = read_fluxml(tmp_path / "study.fml")
    found = simulate_labels(again).to_frame()["value"].to_numpy()
    assert found == pytest.approx(estimates.fit.labels()["fitted"].to_numpy(), abs=1e-6)


def test_what_fluxml_cannot_say_is_told(estimates, tmp_path):
    experiment = estimates.study.experiments[0]
    label = dataclasses.replace(
        experiment.labels[0], species=("Ala", "Lac"), mix="given", shares=(0.5, 0.5), id="both"
    )
    mixed = dataclasses.replace(experiment, labels=(*experiment.labels, label))
    study = dataclasses.replace(estimates.study, experiments=(mixed,))
    estimate_fluxes(study, starts=1, intervals="linear").save(tmp_path)
    assert "both is a mixture" in (tmp_path / "study.fml.txt").read_text()


def test_curves_over_time_pass_between_the_measured_times(tmp_path):
    result = estimate_fluxes(study_of(tmp_path, CHAIN), starts=4, intervals="linear")
    assert result.fit.ssr < 1e-3
    assert set(result.to_frame()["kind"]) == {"net", "pool"}
    (section,) = [one for one in result.page().sections if one.heading.startswith("Measured")]
    (axes,) = section.pictures[0].figure.axes
    assert max(len(line.get_xdata()) for line in axes.lines) > 50


def test_a_better_minimum_found_later_takes_the_place_of_the_fit(estimates):
    better = improved(estimates.fit, estimates.fit.theta, estimates.fit.ssr - 5)
    assert better.ssr == estimates.fit.ssr - 5
    assert not better.starts["best"].any()
