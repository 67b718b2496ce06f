"""The eDISH plot of a report in a real browser: hover, click, keyboard, light and dark."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from cahill.results.page import write_page
from cahill.serum.cohort_pictures import dish_frame
from cahill.workflows.serum.screen import screen

BROWSER, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
FLAGS = (*FLAGS, "--disable-background-networking", "--force-device-scale-factor=1")
EXAMPLE = Path(str(files("cahill") / "data/examples/serum-trial/results.csv"))

pytestmark = pytest.mark.skipif(
    not (shutil.which(BROWSER) and shutil.which(DRIVER)),
    reason=f"needs {BROWSER} and {DRIVER}: install chromium and chromium-driver",
)


@pytest.fixture(scope="module")
def result():
    return screen((EXAMPLE,), rules=("hys-law",))


@pytest.fixture(scope="module")
def browser(result, tmp_path_factory):
    options = Options()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    path = write_page(result.page(), tmp_path_factory.mktemp("report") / "report.html")
    driver.set_window_size(1300, 1000)
    driver.get(path.as_uri())
    yield driver
    driver.quit()


@pytest.fixture
def planted(browser, result):
    """Return the element of the subject with the cholestatic pattern."""
    number = dish_frame(result).set_index("subject").loc["T-090", "point"]
    point = browser.find_element(By.CSS_SELECTOR, f"[id$='edish-point-{number}']")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    return point


def test_nothing_is_loaded_and_nothing_complains(browser):
    assert browser.get_log("browser") == []
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert [name for name in loaded if not name.startswith("data:")] == []


def test_every_subject_can_be_reached(browser, result):
    points = browser.find_elements(By.CSS_SELECTOR, ".edish-point[tabindex='0'][role='button']")
    assert len(points) == len(result.points)
    assert all(point.get_attribute("aria-label") for point in points[:5])


def test_hovering_shows_subject_peaks_and_dates(browser, planted):
    ActionChains(browser).move_to_element(planted).perform()
    tip = browser.find_element(By.CLASS_NAME, "edish-tip")
    assert tip.is_displayed()
    lines = [line.text for line in tip.find_elements(By.TAG_NAME, "p")]
    assert lines[0] == "T-090 (30 mg)"
    assert lines[1].startswith("peak ALT 4.10 × ULN on 2024-")
    assert any(line.startswith("excluded because ALP was 4.6 × ULN") for line in lines)
    ActionChains(browser).move_by_offset(-150, 0).perform()
    assert not tip.is_displayed()


def test_a_click_shows_the_course_and_the_keyboard_does_too(browser, planted):
    ActionChains(browser).move_to_element(planted).click().perform()
    panel = browser.find_element(By.CLASS_NAME, "edish-course")
    assert panel.find_element(By.TAG_NAME, "h3").text == "T-090 (30 mg)"
    assert len(panel.find_elements(By.TAG_NAME, "polyline")) == 4
    assert len(panel.find_elements(By.TAG_NAME, "circle")) == 20
    other = browser.find_elements(By.CLASS_NAME, "edish-point")[5]
    other.send_keys(Keys.ENTER)
    assert panel.find_element(By.TAG_NAME, "h3").text != "T-090 (30 mg)"
    assert len(browser.find_elements(By.CLASS_NAME, "edish-course")) == 1


def test_it_is_drawn_in_the_colours_of_the_page(browser, planted):
    ActionChains(browser).move_to_element(planted).click().perform()
    script = """
      const line = document.querySelector('.edish-course polyline');
      const tip = document.querySelector('.edish-tip');
      return [getComputedStyle(line).stroke, getComputedStyle(tip).backgroundColor]"""
    seen = []
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        seen.append(browser.execute_script(script))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]
