"""A series: its course, variation, decline, fits and rules, on results we make."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.core.laboratory import LabResult, micro
from cahill.errors import InputError
from cahill.io.lab import memory_table, read_lab
from cahill.serum.clearance import activity
from cahill.serum.series_course import (
    change_rules,
    change_word,
    decline_frame,
    half_lives,
    log_spread,
)
from cahill.serum.series_fit import find_episode
from cahill.serum.series_read import alt_rise, serum_series
from cahill.serum.series_subject import renamed, subject_of
from cahill.serum.wording import faults, missing_words

DAY = dt.date(2024, 3, 1)
MARKED = "MARKED-SUBJECT-77"


def row(number, test, day, value, uln="40", **more):
    """Return a row; `value` as "31", "<5" or ">1000"; `day` after the first or None."""
    number_text = value.lstrip("<>")
    low = 0 if value.startswith("<") else micro(number_text)
    high = None if value.startswith(">") else micro(number_text)
    return {
        "row": number,
        "subject": MARKED,
        "test": test,
        "low": low,
        "high": high,
        "below": value.startswith("<"),
        "above": value.startswith(">"),
        "uln": micro(uln) if uln else None,
        "uln_source": "row" if uln else "",
        "date": None if day is None else DAY + dt.timedelta(days=day),
        "sex": "female",
        "age": 50,
        "value_text": value,
        "unit_text": "U/L",
        **more,
    }


def alt(*pairs, **more):
    return [row(k, "ALT", day, value, **more) for k, (day, value) in enumerate(pairs, 2)]


def read(rows, baseline="recorded", **options):
    table = memory_table(rows, "made.csv")
    return serum_series(table, subject_of(table, "", baseline), **options)


def pulse(half_life=40.0):
    """Return ALT at known times of day around a pulse of release."""
    truth = {
        "half_life": half_life,
        "released": 900.0,
        "onset": 55.0,
        "duration": 12.0,
        "rest": 22.0,
    }
    hours = np.array([0, 48, 60, 72, 84, 96, 120, 168, 240, 336.0])
    start = dt.datetime(2024, 3, 1, 8)
    rows = []
    for k, (hour, value) in enumerate(zip(hours, activity(hours, truth))):
        when = start + dt.timedelta(hours=float(hour))
        one = row(k + 2, "ALT", 0, f"{value:.1f}", baseline_flag=k == 0)
        rows.append({**one, "date": when.date(), "time": when})
    return rows


@pytest.fixture(scope="module")
def fitted():
    return read(pulse())


def declines(rows):
    """Return the declines without the cost of a fit."""
    change = change_rules()["ALT"].change
    return decline_frame(subject_of(memory_table(rows)), "ALT", log_spread(change), 1.31)


# --- the subject --------------------------------------------------------------------------------


def test_order_of_the_rows_does_not_matter():
    rows = alt((0, "20"), (7, "22"), (14, "24"), (14, "21"))
    straight = read(rows)
    mixed = read([rows[k] for k in (2, 0, 3, 1)])
    pd.testing.assert_frame_equal(straight.course, mixed.course)
    assert straight.summary() == mixed.summary()


def test_a_file_of_several_subjects_asks_for_one_without_naming_any():
    rows = [*alt((0, "20")), {**row(9, "ALT", 0, "30"), "subject": "OTHER-5"}]
    table = memory_table(rows, "made.csv")
    with pytest.raises(InputError, match="2 subjects; name one with --subject") as caught:
        subject_of(table)
    assert MARKED not in str(caught.value)
    with pytest.raises(InputError, match="no result of that subject") as caught:
        subject_of(table, "MARKED-SUBJECT-78")
    assert "MARKED" not in str(caught.value)
    assert len(subject_of(table, "OTHER-5").results) == 1


def test_baselines():
    rows = alt((0, "20"), (7, "30"), (14, "90"))
    start = [{**one, "treatment_start": DAY + dt.timedelta(days=7)} for one in rows]
    flagged = [{**one, "baseline_flag": k == 0} for k, one in enumerate(start)]

    def baseline(rows, how="recorded"):
        found = subject_of(memory_table(rows), "", how).baselines
        return found["ALT"].low // 1_000_000 if found else None

    assert baseline(rows) is None
    assert baseline(rows, "first") == 20
    assert baseline(start) == 30
    assert baseline(flagged) == 20
    assert baseline(rows, "2024-03-15") == 90
    with pytest.raises(InputError, match="no result on that date"):
        baseline(rows, "2024-03-16")
    with pytest.raises(InputError, match="write recorded, first or a date"):
        baseline(rows, "lowest")


def test_without_a_baseline_nothing_is_compared_with_one():
    found = read(alt((0, "20"), (7, "90"), (14, "30")))
    assert "names no baseline" in found.notes[0]
    assert (found.course["from_baseline"] == "").all()
    assert found.evaluation("nash-baseline").outcome is None


def test_duplicates_of_a_day_are_kept_and_neither_precedes_the_other():
    found = read(alt((0, "20"), (7, "90"), (7, "95"), (14, "30")))
    assert len(found.course) == 4
    # both of the day are compared with the day before
    assert found.course["times_previous"].tolist()[1:3] == [4.5, 4.75]
    assert any("several results of one test" in note for note in found.notes)


def test_undated_results_are_listed_and_take_no_part():
    found = read([*alt((0, "20"), (7, "21")), row(9, "ALT", None, "500")])
    assert len(found.course) == 3
    assert found.course["hours"].isna().sum() == 1
    assert any("without a date (row 9)" in note for note in found.notes)
    assert alt_rise(found.subject) is None
    found.page()


def test_nothing_dated_still_answers():
    found = read([row(2, "ALT", None, "500")])
    assert "none with a date" in found.summary()
    found.page()


# --- variation ----------------------------------------------------------------------------------


def result(value):
    return LabResult("ALT", micro(value), micro(value))


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("131.0", "within variation"),
        ("131.1", "rise"),
        ("76.4", "within variation"),
        ("76.2", "fall"),
    ],
)
def test_reference_change_is_plus_31_minus_24_percent(value, word):
    """CVi 9.3 % (EuBIVAS) and CVa 3 %, log-normal."""
    change = change_rules()["ALT"].change
    assert change_word(result(value), result("100"), change) == word


def test_the_analytical_variation_is_an_option_and_recorded():
    rule = change_rules(10.0)["ALT"]
    assert log_spread(rule.change) == pytest.approx(math.sqrt(math.log1p(0.10**2 + 0.093**2)))
    assert "analytical variation 10 %" in rule.label
    assert change_word(result("131.1"), result("100"), rule.change) == "within variation"


def test_an_interval_decides_a_change_only_if_both_ends_agree():
    change = change_rules()["ALT"].change
    below = LabResult("ALT", 0, micro("5"), below=True)
    assert change_word(below, result("20"), change) == "fall"
    assert change_word(below, result("6"), change) == "undetermined"
    assert change_word(result("20"), below, change) == "rise"


@given(st.decimals(1, 1000, places=1), st.decimals(1, 1000, places=1))
def test_a_rise_one_way_is_a_fall_the_other_way(first, second):
    """Up to the rounding of the factors to four decimals."""
    change = change_rules()["ALT"].change
    there = change_word(result(str(first)), result(str(second)), change)
    back = change_word(result(str(second)), result(str(first)), change)
    ratio = float(first / second)
    if min(abs(ratio - 1.31), abs(ratio - 1 / 1.31)) > 0.01:
        assert (there, back) in {
            ("rise", "fall"),
            ("fall", "rise"),
            ("within variation", "within variation"),
        }


# --- decline and fits ---------------------------------------------------------------------------


def test_two_named_sets_of_half_lives():
    assert [(item.hours, item.spread) for item in half_lives("ALT")] == [(47.0, 10.0), (35.4, 0.0)]
    assert [item.hours for item in half_lives("AST")] == [14.7]
    assert half_lives("ALP") == ()


def test_the_decline_is_set_against_both():
    found = declines(pulse(40.0))
    assert (found["low"] <= 40.1).all()
    assert (found["high"] >= 39.9).all()
    # The first pair still spans the release; the others fall with 40 h.
    assert found["half_life"].tolist()[1:] == pytest.approx([40.0] * (len(found) - 1), rel=0.05)
    slow = declines(pulse(150.0)).iloc[-1]
    assert slow["half-life-cohort@2022"] == "slower"
    fast = declines(pulse(12.0)).iloc[0:2]
    assert "faster" in set(fast["half-life-cohort@2022"])


def test_dates_without_times_widen_the_decline():
    dates = [{**one, "time": None} for one in pulse()]
    assert declines(dates)["low"].max() < declines(pulse())["low"].max()
    assert "dates without times" in " ".join(subject_of(memory_table(dates)).notes)


def test_the_fit_finds_what_the_series_was_made_from(fitted):
    found = fitted.fit_frame().set_index(["clearance", "parameter"])
    half = found.loc[("fitted", "half_life")]
    assert half["low"] < 40.0 < half["high"]
    released = found.loc[("fitted", "released")]
    assert released["low"] < 900.0 < released["high"]
    onset = found.loc[("fitted", "onset")]
    assert onset["at"].startswith("2024-03-03 ")
    assert set(found.index.get_level_values(0)) == {
        "fitted",
        "half-life-classic@textbook",
        "half-life-cohort@2022",
    }


def test_what_the_results_do_not_determine_is_said():
    found = read(alt((0, "22"), (14, "90"), (28, "24")))
    said = " ".join(found.notes)
    assert "do not determine" in said
    assert "half-life (at most" in said


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (((0, "20"), (7, "90")), "three are needed"),
        (((0, "20"), (7, "40"), (14, "90")), "nothing follows"),
        (((0, "20"), (7, "90"), (48, "20")), "nothing follows the highest result within 40 days"),
        (((0, "20"), (7, "22"), (14, "21")), "does not stand out"),
        (((0, "<10"), (7, "<10"), (14, "90"), (21, "<10")), "three are needed"),
    ],
)
def test_what_cannot_be_fitted_is_said_and_no_error(values, why):
    found = read(alt(*values))
    assert not found.fits
    assert any(why in note for note in found.notes)


def test_an_episode_ends_where_the_values_rise_again():
    results = [
        LabResult("ALT", micro(value), micro(value), date=DAY + dt.timedelta(days=day), row=day)
        for day, value in enumerate(["60", "20", "22", "200", "100", "30", "32", "300", "40", "20"])
    ]
    chosen, why = find_episode(results, 1.31)
    assert not why
    assert [item.row for item in chosen] == [5, 6, 7, 8, 9]
    chosen, _ = find_episode(results[:7], 1.31)
    assert [item.row for item in chosen] == [1, 2, 3, 4, 5, 6]


# --- rules along the series ---------------------------------------------------------------------


def test_persistence_is_a_parameter():
    rows = alt((0, "50"), (100, "60"), (182, "55"))
    assert read(rows).evaluation("persistence").outcome is False
    found = read(rows, persistence_days=90)
    assert found.evaluation("persistence").outcome is True
    assert "90 d" in found.rule_frame().set_index("kind").loc["persistence", "rule"]
    assert read(alt((0, "50"), (100, "60"), (183, "55"))).evaluation("persistence").outcome is True
    between = alt((0, "50"), (100, "40"), (183, "55"))
    assert read(between).evaluation("persistence").outcome is False
    with pytest.raises(InputError, match="--persistence-days 0"):
        read(rows, persistence_days=0)


def test_r_is_at_onset_and_not_at_separate_peaks():
    rows = alt((0, "20"), (7, "200"), (14, "100"))
    rows += [row(20 + k, "ALP", 7 * k, value, "100") for k, value in enumerate(("80", "90", "400"))]
    found = read(rows).evaluation("r-ratio")
    assert found.value == pytest.approx(5.0 / 0.9)
    assert found.band == "hepatocellular"


def test_every_result_has_its_band_on_every_ladder():
    found = read(alt((0, "30"), (7, "130"), (14, "<30"), uln="40"))
    bands = found.grades[found.grades["rule"] == "acg-bands@2017"]["band"].tolist()
    assert bands == ["not above ULN", "ACG mild", "not above ULN"]


def test_without_a_limit_rules_are_undetermined_and_the_picture_is_in_units():
    found = read(alt((0, "30"), (7, "130"), (200, "40"), uln=""))
    assert found.evaluation("acg-bands").outcome is None
    assert found.evaluation("persistence").outcome is None
    assert "no upper limit" in found.summary()
    assert any("U/L" in ax.get_ylabel() for ax in found.plot().axes)


def test_a_ladder_of_another_test_is_refused():
    with pytest.raises(InputError, match="no ladder of ALT"):
        read(alt((0, "30")), ladder="ctcae-alp@5.0")


# --- words --------------------------------------------------------------------------------------


def test_what_must_and_must_not_be_said(fitted):
    assert missing_words(fitted.summary()) == ()
    for text in (fitted.summary(), *fitted.notes, *fitted.rule_frame()["reason"]):
        assert faults(text) == ()


def test_a_pseudonym_replaces_the_subject_everywhere(tmp_path):
    table = memory_table(alt((0, "20"), (7, "90")), "made.csv")
    found = serum_series(table, renamed(subject_of(table), "P-ABC"))
    for path in found.save(tmp_path):
        if path.suffix != ".png":
            assert MARKED not in path.read_text(encoding="utf-8")
    assert MARKED not in found.to_json()


def test_results_that_cannot_be_read_are_named_and_change_the_exit_status(tmp_path):
    path = tmp_path / "results.csv"
    lines = ["subject,test,value,unit,uln,date", f"{MARKED},ALT,30,U/L,40,2024-03-01"]
    path.write_text("\n".join([*lines, f"{MARKED},ALT,31,furlongs,40,2024-03-02"]))
    table = read_lab(path)
    found = serum_series(table, subject_of(table))
    assert found.exit_status == 3
    assert found.excluded_frame()[["row", "reason"]].to_numpy().tolist() == [[3, "unit unknown"]]
    assert any("row 3 (unit unknown)" in note for note in found.notes)
    assert found.counts["input"] == len(found.course) + len(found.excluded_frame())
    path.write_text("\n".join(lines))
    table = read_lab(path)
    assert serum_series(table, subject_of(table)).exit_status == 0
