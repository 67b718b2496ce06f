"""The registry: its files, its words, its changes, and the page of it in the reference."""

import os
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from cahill.core.laboratory import TESTS, LabResult, micro
from cahill.errors import InputError, UnknownNameError
from cahill.io.references import references
from cahill.serum.evaluate import evaluate
from cahill.serum.rule_changes import change_rule, parameters
from cahill.serum.rule_schema import read_rules
from cahill.serum.rule_words import asks, describe_rule
from cahill.serum.rules import default_limit, find_rule, load_rules
from cahill.serum.wording import faults
from cahill.workflows.serum.rules import rules

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "serum-rules.md"
HEAD = """# Rules on serum tests

What `cahill serum rules` lists; `cahill serum rules RULE` prints one in full. A rule is an entry of
a file in `data/serum/rules`; this page is made from them. "Unchecked" marks wording that was not
yet compared with the original.

"x ULN" is a multiple of the upper limit of normal on the row of the result. Windows run from the
first result to the second. Values, limits and edges are compared as whole numbers.

Research use only; cause not assessed.

| rule | kind | asks | source |
|---|---|---|---|
"""
MADE = """
[[rule]]
id = "made"
version = "1"
title = "Made"
kind = "concurrence"
source = "FDA2009"
locator = "nowhere"
[[rule.alternative]]
anchor = ["{anchor}"]
"""


def page():
    lines = []
    for key, rule in load_rules().items():
        mark = "" if rule.wording_checked else " (unchecked)"
        cell = asks(rule).replace("|", "\\|")
        kind = rule.kind.replace("_", " ")
        lines.append(f"| `{key}` | {kind} | {cell} | {rule.source}, {rule.locator}{mark} |")
    return HEAD + "\n".join(lines) + "\n"


def test_the_page_of_the_reference_is_made_from_the_registry():
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_has_a_source_of_the_references_and_a_place_in_it():
    for rule in load_rules().values():
        assert rule.source in references(), rule.key
        assert rule.locator
        assert set(rule.tests) <= set(TESTS)


def test_every_entry_of_the_files_is_a_rule():
    folder = files("cahill") / "data" / "serum" / "rules"
    entries = [
        f"{entry['id']}@{entry['version']}"
        for file in folder.iterdir()
        for entry in tomllib.loads(file.read_text("utf-8"))["rule"]
    ]
    assert sorted(entries) == sorted(load_rules())


def test_the_registry_holds_every_kind_and_version_asked_for():
    known = load_rules()
    assert {f"ctcae-alt@{version}" for version in ("4.03", "5.0", "6.0")} <= set(known)
    assert {rule.kind for rule in known.values()} == {
        "reference_limit",
        "ladder",
        "concurrence",
        "quadrants",
        "trigger",
        "persistence",
        "change",
        "ratio",
        "score",
        "statement",
    }
    unchecked = {key for key, rule in known.items() if not rule.wording_checked}
    assert {"acg-bands@2017", "dili-case@Aithal-2011", "fda-triggers@2009"} <= unchecked


def test_no_rule_says_what_must_not_be_said():
    # Names of causes are quoted from the statement; its words are about diseases, not a subject.
    for rule in load_rules().values():
        for name, text in describe_rule(rule).items():
            if name not in ("source", "asks", "items"):
                assert faults(text) == (), (rule.key, name)


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("ALT 3 ULN", "is not a criterion"),
        ("ALAT >= 3 ULN", "unknown test"),
        ("ALT >= three ULN", "is not a criterion"),
        ("ALT >= 500", "a threshold in U/L"),
        ("ALT >= 500 mg/dL", "a threshold in U/L"),
    ],
)
def test_a_wrong_criterion_is_named_with_file_and_rule(anchor, words):
    with pytest.raises(InputError) as error:
        read_rules(MADE.format(anchor=anchor), "own.toml")
    assert str(error.value).startswith("own.toml: rule made")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]]\n", "own.toml"),
        ("x = ", "is not TOML"),
        (MADE.format(anchor="ALT > 3 ULN").replace("concurrence", "guess"), "rule made"),
        (MADE.format(anchor="ALT > 3 ULN") + 'gates = ["ALP < 2 ULN"]\n', "rule made"),
        (MADE.format(anchor="ALT > 3 ULN").replace('id = "made"', 'id = "Made it"'), "rule"),
    ],
)
def test_a_file_that_is_not_as_the_schema_says_is_refused(text, words):
    with pytest.raises(InputError, match=words) as error:
        read_rules(text, "own.toml")
    assert "\n" not in str(error.value)


def test_a_rule_is_found_by_key_or_by_name_if_it_has_one_version():
    assert find_rule("hys-law") is find_rule("hys-law@FDA-2009")
    with pytest.raises(InputError, match="several versions"):
        find_rule("ctcae-alt")
    with pytest.raises(UnknownNameError, match="hys-law"):
        find_rule("hys-laws")


def test_named_limits_by_sex_and_age():
    assert default_limit("limit-seed", "ALT", "") == micro("40")
    assert default_limit("limit-acg", "ALT", "male") == micro("33")
    assert default_limit("limit-acg", "ALT", "female") == micro("25")
    assert default_limit("limit-acg", "ALT", "") is None
    assert default_limit("limit-prati", "ALT", "female") == micro("19")
    assert default_limit("limit-safety-paediatric", "ALT", "male", 12) == micro("25.8")
    assert default_limit("limit-safety-paediatric", "ALT", "male", 30) is None
    assert default_limit("limit-safety-paediatric", "ALT", "male") is None
    assert default_limit("limit-seed", "AST", "male") is None
    with pytest.raises(InputError, match="not a set of reference limits"):
        default_limit("hys-law", "ALT", "male")


def test_a_changed_rule_is_another_and_says_so():
    rule = find_rule("hys-law")
    changed = change_rule(
        rule, {"ALT >= 3 ULN": "ALT > 3 ULN", "window_days": "0 to 14", "ALP < 2 ULN": ""}
    )
    assert asks(changed) == "(ALT > 3 ULN or AST >= 3 ULN) with TBL > 2 ULN, second 0 to 14 d later"
    assert changed.key == rule.key
    assert "ALT >= 3 ULN to ALT > 3 ULN" in changed.label
    assert "without ALP < 2 ULN" in changed.label
    results = [LabResult(test, 60, 60, uln=20) for test in ("ALT", "TBL", "ALP", "AST")]
    answer = evaluate(changed, [*results[:1], *results[1:3]], same_draw=True)
    assert answer.changes == changed.changes
    assert any("changed: window_days to 0 to 14" in step for step in answer.steps)


def test_duration_and_variation_are_parameters():
    assert parameters(find_rule("persistence")) == {
        "ALT > 1 ULN": "ALT > 1 ULN",
        "lasting": ">= 183",
    }
    longer = change_rule(find_rule("persistence"), {"lasting": "> 365"})
    assert longer.alternatives[0].lasting_days == 365
    change = change_rule(
        find_rule("reference-change"), {"cv_analytical": "5", "against": "baseline"}
    )
    assert change.change.against == "baseline"
    assert float(change.change.cv_analytical) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"window": "0 to 3"}, "unknown parameter"),
        ({"window_days": "3"}, "is not a window"),
        ({"window_days": "3 to 1"}, "earlier day first"),
        ({"TBL > 2 ULN": ""}, "only a gate can be left out"),
        ({"TBL > 2 ULN": "ALP > 2 ULN"}, "another test"),
        ({"TBL > 2 ULN": "twice"}, "is not a criterion"),
    ],
)
def test_a_change_that_cannot_be_made_is_one_line(changes, words):
    with pytest.raises((InputError, UnknownNameError), match=words) as error:
        change_rule(find_rule("hys-law"), changes)
    assert "rule hys-law@FDA-2009" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_workflow_lists_and_describes():
    assert list(rules()) == list(load_rules())
    assert list(rules(kind="persistence")) == ["persistence@6-months"]
    described = rules("hys-law")
    assert described["asks"].startswith(
        "(ALT >= 3 ULN or AST >= 3 ULN) with TBL > 2 ULN and ALP < 2 ULN"
    )
    assert "research use only" in described["use"].lower()
    with pytest.raises(InputError, match="--kind"):
        rules("hys-law", kind="ladder")
