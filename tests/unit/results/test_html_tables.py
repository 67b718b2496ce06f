import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.results.tables import format_number, format_range, frame_to_html, met_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.66, "12.7"),
        (0.2, "0.200"),
        (0, "0"),
        (0.0, "0"),
        (-2.5, "−2.50"),
        (1234.56, "1,235"),
        (0.00012, "1.20 × 10⁻⁴"),
        (4.2e7, "4.20 × 10⁷"),
        (0.9996, "1.00"),
        (999999.9, "1.00 × 10⁶"),
        (1000, "1,000"),
        (math.nan, "–"),
        (None, "–"),
        (pd.NA, "–"),
        (-math.inf, "−∞"),
        (np.float64(3.14159), "3.14"),
    ],
)
def test_numbers(value, text):
    assert format_number(value) == text


@given(st.floats(min_value=1e-12, max_value=1e12), st.integers(2, 6))
def test_a_written_number_is_the_number_to_its_digits(value, digits):
    text = format_number(value, digits)
    mantissa, _, power = text.replace(",", "").partition(" × 10")
    plain = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    read = float(mantissa) * 10.0 ** int(plain or 0)
    assert read == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (4.0, 5.0, "4.00–5.00"),
        (-5.0, 5.0, "−5.00 to 5.00"),
        (4.0, None, "≥ 4.00"),
        (math.nan, 2.0, "≤ 2.00"),
        (None, None, "–"),
    ],
)
def test_ranges(low, high, text):
    assert format_range(low, high) == text


@pytest.mark.parametrize(
    ("met", "text"),
    [
        (True, "✓ met"),
        (np.bool_(False), "✗ not met"),
        (None, "– not judged"),
        (math.nan, "– not judged"),
    ],
)
def test_verdicts_are_words(met, text):
    assert met_text(met) == text


def test_a_frame_becomes_a_table_with_headers_and_escaped_text():
    frame = pd.DataFrame(
        {"name": ["<b>", None], "km_mmol": [1.2345, math.nan], "met": [True, None], "n": [3, 4]}
    )
    html = frame_to_html(
        frame, caption="A & B", table_id="one", headings={"km_mmol": "Km"}, sortable=True
    )
    assert "&lt;b&gt;" in html
    assert "<caption>A &amp; B</caption>" in html
    assert len(re.findall(r'<th scope="col"', html)) == 4
    assert 'class="number" data-key="1.2345">1.23<' in html
    assert 'class="verdict met" data-key="✓ met">✓ met<' in html
    assert "– not judged" in html


def test_an_empty_frame_is_a_table_without_rows():
    assert "<td" not in frame_to_html(pd.DataFrame({"a": []}))
