import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cahill.results.lettering import spread, text_width, wrapped

HEIGHT = 11.0


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=9))
def test_spread_labels_do_not_overlap_and_stay_in_bounds(wanted):
    placed = spread(np.array(wanted), np.full(len(wanted), HEIGHT), 0.0, 120.0)
    gaps = np.diff(np.sort(placed))
    assert (gaps >= HEIGHT - 1e-9).all()
    assert placed.min() >= HEIGHT / 2 - 1e-9
    assert placed.max() <= 120 - HEIGHT / 2 + 1e-9


@given(st.lists(st.floats(0, 100), min_size=12, max_size=20))
def test_too_many_labels_still_do_not_overlap(wanted):
    placed = spread(np.array(wanted), np.full(len(wanted), HEIGHT), 0.0, 100.0)
    assert (np.diff(np.sort(placed)) >= HEIGHT - 1e-9).all()


def test_labels_that_are_apart_stay_where_they_are():
    wanted = np.array([10.0, 50.0, 90.0])
    assert np.array_equal(spread(wanted, np.full(3, HEIGHT), 0.0, 100.0), wanted)


@given(st.text(alphabet="abc ", min_size=1, max_size=60))
def test_wrapping_keeps_every_word_and_the_width(text):
    lines = wrapped(text, 60.0, 8.5)
    assert " ".join(lines).split() == text.split()
    assert all(text_width(line, 8.5) <= 60.0 for line in lines if " " in line)
