"""A fit survives its file, and a file that is none is refused in words."""

import json
import math

import pandas as pd
import pytest
from simple_network import measured, study

from cahill.errors import InputError
from cahill.tracing.fit_files import FORMAT, SavedFit, load_fit, save_fit, saved_fit, write_fit
from cahill.tracing.flux_fit import fit_fluxes
from cahill.tracing.intervals import targets
from cahill.tracing.profile import profile_fluxes


@pytest.fixture(scope="module")
def fit():
    return fit_fluxes(measured(study(sd=0.01), seed=3), starts=2)


@pytest.fixture(scope="module")
def intervals(fit):
    return profile_fluxes(fit.problem, fit.theta, targets(fit.problem.space)).intervals


def test_a_fit_comes_back_as_it_was(fit, intervals, tmp_path):
    path = save_fit(fit, intervals, tmp_path / "fit.json")
    kept, read = saved_fit(fit, intervals), load_fit(path)
    pd.testing.assert_frame_equal(read.fluxes, kept.fluxes, check_exact=True)
    for name in ("name", "flux_unit", "level", "method", "ssr", "degrees", "verdict"):
        assert getattr(read, name) == getattr(kept, name)
    assert load_fit(tmp_path).ssr == kept.ssr


def test_open_ends_and_missing_intervals_survive(tmp_path):
    fluxes = pd.DataFrame(
        [
            ("a", "net", 1.0, -math.inf, math.inf, False, "not determined"),
            ("b", "net", 1.0, math.nan, math.nan, False, ""),
        ],
        columns=["flux", "kind", "value", "low", "high", "determined", "note"],
    )
    one = SavedFit("µ study", "mmol/h", 0.95, "profile", 1.5, 3, "accepted", fluxes)
    read = load_fit(write_fit(one, tmp_path / "fit.json"))
    pd.testing.assert_frame_equal(read.fluxes, fluxes)
    assert read.name == "µ study"
    assert "NaN" not in (tmp_path / "fit.json").read_text(encoding="utf-8")


def test_what_is_determined_is_said(fit, intervals):
    frame = saved_fit(fit, intervals).fluxes.set_index(["flux", "kind"])
    assert frame.loc[("in", "net"), "determined"]
    assert not frame.loc[("BD", "exchange"), "determined"]


def test_no_file_is_replaced_against_will(fit, intervals, tmp_path):
    path = save_fit(fit, intervals, tmp_path / "fit.json")
    with pytest.raises(InputError, match="exists"):
        save_fit(fit, intervals, path, force=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "cannot be read as JSON"),
        ("[]", "is not a fit in the format"),
        ('{"format": "other"}', "is not a fit in the format"),
        (json.dumps({"format": FORMAT, "name": "x"}), "fluxes is missing"),
        (
            json.dumps(
                {
                    **dict.fromkeys(("name", "flux_unit", "method", "verdict"), ""),
                    "format": FORMAT,
                    "level": 0.95,
                    "ssr": 1,
                    "degrees": 1,
                    "fluxes": [{"flux": "a"}],
                }
            ),
            "is damaged",
        ),
    ],
)
def test_files_that_are_no_fit_are_refused(tmp_path, text, message):
    path = tmp_path / "fit.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_fit(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_fit_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no fit\.json"):
        load_fit(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load_fit(tmp_path / "nowhere")
