"""Simulated measurements: published numbers, curves over time, enrichments, what is refused."""

import dataclasses

import numpy as np
import pytest

from cahill.core.labelling import FluxPoint
from cahill.errors import InputError, ModelError
from cahill.io.label_tables import read_label_tables
from cahill.tracing.label_values import panel_names, with_curve_times
from cahill.tracing.simulate_labels import simulate_labels

# Antoniewicz, Kelleher & Stephanopoulos 2007, Metab Eng 9:68, the simple network: its reactions,
# fluxes and, to the digits printed there, the isotopologues of F.
NETWORK = """reaction\tequation
v1\tA C:abc -> B C:abc
v2\tB C:abc <-> D C:abc
v3\tB C:abc -> C C:bc + E C:a
v4\tB C:abc + C C:de -> D C:bcd + E C:a + E C:e
v5\tD C:abc -> F C:abc
vF\tF C:abc ->
vE\tE C:a ->
"""
POINT = "name\tvalue\nv1\t100\nv2\t60\nv2_exchange\t50\nv3\t20\nv4\t20\n"
FEEDS = "species\tlabels\nA\tC:010\n"
F = [0.0000635, 0.8007619, 0.1982857, 0.0008889]
MIDS = "measurement\tspecies\tisotopologue\tvalue\tsd\n" + "".join(
    f"{name}\t{name}\t{k}\t\t\n" for name, count in (("F", 3), ("C", 2)) for k in range(count + 1)
)


def written(folder, **tables):
    for name, text in {"network": NETWORK, "feeds": FEEDS, "mids": MIDS, **tables}.items():
        (folder / f"{name}.tsv").write_text(text)
    return read_label_tables(folder)


@pytest.fixture
def study(tmp_path):
    return written(tmp_path, point=POINT)


def test_the_published_isotopologues(study):
    frame = simulate_labels(study).to_frame()
    found = frame[frame["measurement"] == "F"]
    assert found["value"].tolist() == pytest.approx(F, abs=5e-8)
    assert list(found["channel"]) == ["M+0", "M+1", "M+2", "M+3"]
    assert set(found["molecule"]) == {"F C1-3"}
    assert found["time"].isna().all()


def test_the_enrichment_is_that_of_the_isotopologues(study):
    result = simulate_labels(study)
    frame = result.enrichments().set_index("measurement")
    expected = np.arange(4) @ F / 3
    assert frame.loc["F", "enrichment"] == pytest.approx(expected, abs=1e-7)
    assert f"{100 * frame['enrichment'].max():.1f} %" in result.summary()


def test_the_state_is_completed_and_shown(study):
    frame = simulate_labels(study).fluxes().set_index(["flux", "kind"])["value"]
    assert frame["v5", "net"] == pytest.approx(80)
    assert frame["v2", "exchange"] == pytest.approx(50)


def test_another_point_takes_the_place_of_the_study_s_own(study):
    point = FluxPoint({"v1": 100, "v2": 100, "v3": 0, "v4": 0}, {"v2": 0})
    frame = simulate_labels(study, point).to_frame()
    assert frame.loc[frame["measurement"] == "F", "value"].tolist() == pytest.approx([0, 1, 0, 0])


def test_isotopologues_that_are_not_all_there_have_no_enrichment(study):
    whole, other = study.experiments[0].labels
    seen = whole.channels[1:]
    empty = np.full((1, len(seen)), np.nan)
    part = dataclasses.replace(whole, channels=seen, values=empty, sd=empty)
    experiment = dataclasses.replace(study.experiments[0], labels=(part, other))
    result = simulate_labels(dataclasses.replace(study, experiments=(experiment,)))
    assert set(result.enrichments()["measurement"]) == {"C"}


def test_over_time_one_pool_rises_exponentially(tmp_path):
    study = written(
        tmp_path,
        network="reaction\tequation\nin\tA C:a -> B C:a\nout\tB C:a ->\n",
        feeds="species\tlabels\nA\tC:U\n",
        mids="measurement\tspecies\tisotopologue\ttime\tvalue\tsd\n"
        + "".join(f"B\tB\t1\t{t}\t0.5\t0.01\n" for t in (1, 4)),
        point="name\tvalue\nin\t2\nB\t6\n",
        units="quantity\tunit\nflux\tumol/min\ntime\tmin\n",
    )
    result = simulate_labels(study)
    frame = result.to_frame()
    assert frame["value"].tolist() == pytest.approx(1 - np.exp(-np.array([1, 4]) / 3), abs=1e-5)
    assert frame["time"].tolist() == [1, 4]
    assert "over time" in result.summary()
    finer = with_curve_times(study.experiments[0])
    assert len(finer.labels[0].times) > 50
    assert set(study.experiments[0].labels[0].times) <= set(finer.labels[0].times)
    assert result.plot().axes


def test_a_heading_tells_what_is_looked_at(study):
    experiment = study.experiments[0]
    assert panel_names(experiment) == {"F": "F", "C": "C"}
    numbered = [
        dataclasses.replace(label, id=f"ms_{k}")
        for k, label in enumerate([*experiment.labels, experiment.labels[0]])
    ]
    names = panel_names(dataclasses.replace(experiment, labels=tuple(numbered)))
    assert names == {"ms_0": "F C1-3 (ms_0)", "ms_1": "C C1-2", "ms_2": "F C1-3 (ms_2)"}


def test_the_report_holds_values_and_fluxes(study, tmp_path):
    folder = tmp_path / "out"
    names = {path.name for path in simulate_labels(study).save(folder)}
    tables = {"labels.csv", "enrichments.csv", "fluxes.csv"}
    assert names == {*tables, "labels-1.svg", "labels-1.png", "report.html"}
    picture = (folder / "labels-1.svg").read_text()
    assert "Simulated labelling" in picture
    assert "measured" not in picture


def test_what_is_missing_is_said(study):
    bare = dataclasses.replace(study, point=FluxPoint())
    with pytest.raises(InputError, match="gives no fluxes to simulate at"):
        simulate_labels(bare)
    with pytest.raises(InputError, match="measures no label"):
        simulate_labels(dataclasses.replace(study, experiments=()))


def test_a_point_that_leaves_a_flux_open_is_refused(study):
    with pytest.raises(ModelError, match="others open"):
        simulate_labels(study, FluxPoint({"v1": 100}, {"v2": 50}))
