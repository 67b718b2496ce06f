"""Pseudonyms hide who it is, and small counts are not shown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.errors import InputError
from cahill.serum.privacy import pseudonym, pseudonymise, pseudonyms, read_key, suppress_small_cells

KEY = bytes(range(32))


def test_a_pseudonym_is_stable_and_depends_on_the_key():
    # HMAC-SHA-256 of "01-705-1186", by openssl: dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
    assert pseudonym("01-705-1186", KEY) == "P-6QEPSITTO4UTV6HC"
    assert pseudonym("01-705-1186", KEY[::-1]) != pseudonym("01-705-1186", KEY)


@given(st.lists(st.text(), unique=True))
def test_subjects_keep_apart_and_unseen(subjects):
    named = pseudonyms(subjects, KEY)
    assert len(set(named.values())) == len(subjects)
    assert all(len(name) == 18 for name in named.values())


def test_a_frame_is_pseudonymised_in_its_words_too():
    frame = pd.DataFrame(
        {"subject": ["Ann", None, "Bo"], "detail": ["Ann has two sexes", "x", None]},
        index=[5, 5, 7],
    )
    hidden = pseudonymise(frame, KEY, texts=["detail"])
    ann = pseudonym("Ann", KEY)
    assert hidden["subject"].tolist()[0] == ann
    assert hidden["subject"].isna().tolist() == [False, True, False]
    assert hidden["detail"].tolist()[:2] == [f"{ann} has two sexes", "x"]
    assert "Ann" not in hidden.to_csv()
    assert frame["subject"].tolist()[0] == "Ann"


def test_a_key_must_be_there_and_long_enough(tmp_path):
    path = tmp_path / "key.txt"
    with pytest.raises(InputError, match=r"key\.txt: No such file.*openssl rand -hex 32"):
        read_key(path)
    path.write_text("short\n")
    with pytest.raises(InputError, match="the key has 5 bytes; give at least 16"):
        read_key(path)
    path.write_text("0123456789abcdef\n")
    assert read_key(path) == b"0123456789abcdef"


def counts(*rows):
    return pd.DataFrame(rows, columns=["arm", "met", "share"])


def test_small_counts_and_what_is_computed_from_them_go():
    frame = counts(("a", 0, 0.0), ("b", 4, 0.04), ("c", 5, 0.05))
    shown = suppress_small_cells(frame, {"met": ["share"]}, 5)
    assert shown["met"].tolist() == [0, "<5", 5]
    assert shown["share"].isna().tolist() == [False, True, False]
    assert frame["met"].tolist() == [0, 4, 5]


def test_a_single_gap_under_a_known_total_is_not_left_to_subtraction():
    frame = counts(("a", 0, 0.0), ("b", 4, 0.04), ("c", 9, 0.09), ("d", 6, 0.06))
    shown = suppress_small_cells(frame, {"met": ["share"]}, 5, totals=())
    assert shown["met"].tolist() == [0, "<5", 9, "withheld"]
    assert shown["share"].isna().tolist() == [False, True, False, True]


def test_two_gaps_guard_one_another():
    frame = counts(("a", 2, 0.0), ("b", 4, 0.04), ("c", 9, 0.09))
    shown = suppress_small_cells(frame, {"met": []}, 5, totals=())
    assert shown["met"].tolist() == ["<5", "<5", 9]


def test_groups_with_a_total_are_guarded_one_by_one():
    frame = counts(("a", 2, 0), ("a", 8, 0), ("b", 7, 0), ("b", 9, 0))
    frame.index = [0, 0, 1, 1]
    shown = suppress_small_cells(frame, {"met": []}, 5, totals=["arm"])
    assert shown["met"].tolist() == ["<5", "withheld", 7, 9]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(1, 10))
def test_no_small_count_is_ever_seen(numbers, least):
    frame = pd.DataFrame({"n": numbers})
    shown = suppress_small_cells(frame, {"n": []}, least, totals=())["n"].tolist()
    seen = [number for number in shown if not isinstance(number, str)]
    assert all(number == 0 or number >= least for number in seen)
    hidden = [number for number, text in zip(numbers, shown) if isinstance(text, str)]
    others = [number for number in numbers if number > 0]
    assert len(hidden) != 1 or len(others) == 1


def test_a_threshold_below_one_is_refused():
    with pytest.raises(InputError, match="--small-cells 0"):
        suppress_small_cells(counts(("a", 1, 0.0)), {"met": []}, 0)
