"""A report opened from disk in a real browser, at the sizes of a phone, a laptop and a desk."""

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from cahill.results.comparison import draw_comparison
from cahill.results.drawing import draw_cycle_map
from cahill.results.intervals import control_bars, interval_forest
from cahill.results.page import Fact, Page, Picture, Section, Table, write_page
from cahill.results.provenance import collect_provenance
from cahill.results.time_courses import Period, draw_time_courses

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "results"))
from results_demo import (
    CONCENTRATIONS,
    FLUXES,
    GROSS,
    comparison_frame,
    control_frame,
    interval_frame,
    time_course_frame,
)

BROWSER, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
SIZES = [(360, 740), (900, 1000), (1600, 1000)]
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
)

pytestmark = pytest.mark.skipif(
    not (shutil.which(BROWSER) and shutil.which(DRIVER)),
    reason=f"needs {BROWSER} and {DRIVER}: install chromium and chromium-driver",
)


def demo_report() -> Page:
    """Return a report with every kind of content."""
    values = pd.DataFrame(
        {
            "parameter": [f"Vmax_{name}" for name in FLUXES],
            "value": [abs(flux) * 3.1 for flux in FLUXES.values()],
            "unit": "mmol/min",
            "grade": ["measured", "derived", "fitted", "assumed"] * (len(FLUXES) // 4)
            + ["assumed"] * (len(FLUXES) % 4),
            "source": "Invented and Sons 2000, Journal of Imaginary Metabolism 12, 345",
        }
    )
    targets = comparison_frame(12).drop(columns=["id", "seed"])
    return Page(
        title="The glucose-alanine cycle after an overnight fast",
        lead="Muscle sends 1.3 µmol of alanine per kg and minute to the blood; liver takes 2.4.",
        facts=(
            Fact("Plasma alanine flux", "4.40", "µmol/kg/min", "published 4.0–5.0", met=True),
            Fact(
                "Glucose → alanine carbon", "1.92", "µmol/kg/min", "published 1.89 ± 0.20", met=True
            ),
            Fact(
                "Alanine → glucose carbon",
                "1.10",
                "µmol/kg/min",
                "published 1.48 ± 0.15",
                met=False,
            ),
            Fact("Glucose production", "10.9", "µmol/kg/min", "published 9.0–12.8"),
        ),
        sections=(
            Section(
                "The cycle",
                (
                    "Carbon runs from glucose to alanine in muscle and back in the liver; "
                    "nitrogen runs one way, from branched-chain amino acids to urea.",
                ),
                (
                    Picture(
                        draw_cycle_map(
                            FLUXES,
                            gross=GROSS,
                            concentrations=CONCENTRATIONS,
                            subtitle="Overnight fast, 12 h",
                        ),
                        "Net fluxes between muscle, blood, liver and the other tissues.",
                        alt="Map of the glucose-alanine cycle",
                        min_width=820,
                    ),
                ),
                notes=("The concentration of oxaloacetate lies at the edge of its range.",),
            ),
            Section(
                "Time courses",
                pictures=(
                    Picture(
                        draw_time_courses(
                            time_course_frame(), periods=[Period(2, 6, "mixed meal")]
                        ),
                        "Bands: 90 % of virtual subjects.",
                    ),
                ),
            ),
            Section(
                "Beside the literature",
                pictures=(Picture(draw_comparison(comparison_frame()), "All targets."),),
                tables=(Table(targets, "The same in numbers."),),
            ),
            Section(
                "Control and uncertainty",
                pictures=(
                    Picture(control_bars(control_frame()), "Who controls."),
                    Picture(interval_forest(interval_frame()), "How sure."),
                ),
            ),
            Section("Parameters", tables=(Table(values, "All parameters.", sortable=True),)),
        ),
        sources=("Felig P. The glucose-alanine cycle. Metabolism 1973; 22:179–207.",),
        provenance=collect_provenance({"overnight-fast.toml": "x"}, {"rtol": 1e-6}),
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return write_page(demo_report(), tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = Options()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, report):
    resize(browser, 1600, 1000)
    browser.get(report.as_uri())
    return browser


def resize(browser, width, height):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def colour_scheme(browser, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def column(page, table, k):
    rows = page.find_elements(By.CSS_SELECTOR, f"#{table} tbody tr")
    cells = [row.find_elements(By.TAG_NAME, "td")[k] for row in rows if row.is_displayed()]
    return [cell.get_attribute("data-key") for cell in cells]


def test_it_opens_without_a_complaint_and_without_a_request(page):
    assert page.get_log("browser") == []
    loaded = page.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert [name for name in loaded if not name.startswith("data:")] == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_never_scrolls_sideways(page, width, height):
    resize(page, width, height)
    wide, room = page.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert room == width or room >= width - 20
    assert wide <= room


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_picture_is_visible_and_described(page, width, height):
    resize(page, width, height)
    pictures = page.find_elements(By.CSS_SELECTOR, "figure svg")
    assert len(pictures) == 5
    for picture in pictures:
        assert picture.is_displayed()
        assert picture.size["width"] >= min(width - 60, 320)
        assert picture.size["height"] > 100
        assert picture.get_attribute("aria-label")


def test_a_click_on_a_heading_sorts_numbers_as_numbers_both_ways(page):
    heading = page.find_elements(By.CSS_SELECTOR, "#t5-1 th")[1]
    button = heading.find_element(By.TAG_NAME, "button")
    button.click()
    values = [float(key) for key in column(page, "t5-1", 1)]
    assert values == sorted(values)
    assert heading.get_attribute("aria-sort") == "ascending"
    button.click()
    values = [float(key) for key in column(page, "t5-1", 1)]
    assert values == sorted(values, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"


def test_the_filter_keeps_the_rows_with_all_its_words(page):
    page.find_element(By.CSS_SELECTOR, "input[data-table=t5-1]").send_keys("alt liver")
    assert sorted(column(page, "t5-1", 0)) == ["vmax_alt1_liver", "vmax_alt2_liver"]
    count = page.find_element(By.CSS_SELECTOR, "output[for=t5-1-filter]").text
    assert count == f"2 of {len(FLUXES)} rows"


def test_light_and_dark_colour_page_and_pictures_alike(page):
    script = """
      const fill = getComputedStyle(document.querySelector('figure svg path')).fill;
      return [getComputedStyle(document.body).backgroundColor, fill]"""
    grounds = {}
    for scheme in ("light", "dark"):
        colour_scheme(page, scheme)
        body, picture = page.execute_script(script)
        assert body == picture
        grounds[scheme] = body
    colour_scheme(page, "light")
    assert grounds["light"] == "rgb(255, 255, 255)"
    assert grounds["dark"] != grounds["light"]


def test_the_keyboard_reaches_sorting_and_wide_tables(page):
    assert page.find_elements(By.CSS_SELECTOR, "th button")
    regions = page.find_elements(By.CSS_SELECTOR, ".scroll[tabindex='0'][aria-label]")
    assert len(regions) == 7
