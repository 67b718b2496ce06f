"""A rule in words: what it asks, where it comes from, what can be changed in it."""

from collections.abc import Iterable

from cahill.core.laboratory import TESTS, micro_text
from cahill.io.references import format_reference
from cahill.serum.evaluate_bands import change_factors
from cahill.serum.rule_changes import parameters
from cahill.serum.rule_nouns import Change, ReferenceLimit
from cahill.serum.rules import Branch, Rule
from cahill.serum.scores import FORMULA_WORDS, FORMULAS
from cahill.serum.wording import CARE

NOT_CHECKED = "not yet compared with the original"


def describe_rule(rule: Rule) -> dict[str, str]:
    """Return everything a rule says, part by part, in reading order."""
    changeable = [name for name in parameters(rule) if not name[0].isupper() and " " not in name]
    parts = {
        "rule": rule.label,
        "title": rule.title,
        "kind": rule.kind.replace("_", " "),
        "asks": asks(rule),
        "tests": ", ".join(f"{test} ({TESTS[test][0]})" for test in rule.tests),
        "also needs": ", ".join(_also(rule)),
        "parameters": "; ".join(f"{name} = {parameters(rule)[name]}" for name in changeable),
        "numbers": "; ".join(
            f"{item.name} {item.value}{_spread(item.spread)} {item.unit}"
            for item in rule.quantities
        ),
        "items": "; ".join(rule.items),
        "note": rule.note,
        "source": format_reference(rule.source),
        "where": rule.locator,
        "wording": "" if rule.wording_checked else NOT_CHECKED,
        "use": CARE,
    }
    return {name: text for name, text in parts.items() if text}


def asks(rule: Rule) -> str:
    """Return what a rule asks as one line: its criteria, bands, limits or statement."""
    if rule.text:
        return rule.text
    if rule.limits:
        return "; ".join(map(_limit, rule.limits))
    if rule.change:
        return _change(rule.change)
    ways = list(map(str, rule.alternatives))
    parts = ["; or ".join(ways)]
    if any(way.partner for way in rule.alternatives) and rule.kind != "quadrants":
        first, last = rule.window_days
        same = "both on one date" if first == last == 0 else f"second {first} to {last} d later"
        parts[0] += f", {same}"
    if rule.quadrants:
        parts.append("quadrants by peaks: " + ", ".join(rule.quadrants))
    if rule.formula:
        parts.append(FORMULA_WORDS[rule.formula])
    if rule.onset:
        parts.append("on the first date with " + " or ".join(map(str, rule.onset)))
    parts += [_bands(rule, branch) for branch in rule.branches]
    if rule.partner:
        parts.append("with " + " or ".join(map(str, rule.partner)))
    return "; ".join(part for part in parts if part)


def _bands(rule: Rule, branch: Branch) -> str:
    """Return "baseline above its limit: grade 1 at ALT >= 1.5 baseline, ...; else grade 0"."""
    conditions = {"normal": "baseline at or below ULN", "abnormal": "baseline above ULN"}
    where = [conditions[branch.baseline]] if branch.baseline != "any" else []
    where += [_ages(branch.ages)] if branch.ages != (None, None) else []
    edges = ", ".join(f"{step.name} at {step.criterion}" for step in branch.steps)
    head = f"{', '.join(where)}: " if where else ""
    return f"{head}{edges}, else {rule.floor}"


def _ages(ages: tuple[int | None, int | None]) -> str:
    first, last = ages
    if last is None:
        return f"from {first} years"
    return f"{first} to {last} years"


def _limit(limit: ReferenceLimit) -> str:
    unit = TESTS[limit.test][1]
    words = [limit.test, limit.sex, _ages(limit.ages) if limit.ages != (None, None) else ""]
    return f"{' '.join(filter(None, words))}: ULN {micro_text(limit.uln)} {unit}"


def _change(change: Change) -> str:
    rise, fall = change_factors(change)
    return (
        f"{change.test} beyond +{float(rise - 1):.1%} or {float(fall - 1):.1%} of the "
        f"{change.against} result"
    )


def _spread(spread: str) -> str:
    return (
        f" +- {spread}" if spread and " to " not in spread else (f" ({spread})" if spread else "")
    )


def _also(rule: Rule) -> Iterable[str]:
    """Yield what a rule needs besides results."""
    if rule.needs_baseline:
        yield "baseline"
    formula = FORMULAS.get(rule.formula)
    if (
        any(item.of == "uln" for item in rule.criteria)
        or any(branch.baseline != "any" for branch in rule.branches)
        or (formula and formula.limits)
    ):
        yield "upper limit of normal"
    if any(item.of == "person" for item in rule.criteria):
        yield "symptoms"
    yield from (name.replace("_", " ") for name in rule.inputs if name not in TESTS)
    if any(limit.sex for limit in rule.limits):
        yield "sex"
