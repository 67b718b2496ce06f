"""The sentences of a reading: multiples of limits, what is still needed, what may disturb."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cahill.core.laboratory import MICRO, TESTS, LabResult, Person, micro_text
from cahill.serum.rules import Quantity, Rule, find_rule
from cahill.serum.scores import FORMULAS
from cahill.serum.three_valued import Span, decide, point, span
from cahill.serum.verdicts import Cause

LIMIT_WORDS = {"row": "given with the value"}
DIGITS = 4  # of a multiple that does not end
LIMITED = ("ALT", "AST", "ALP", "GGT", "CK", "TBL", "DBL")
"""Tests that rules compare with their upper limit."""
ABBREVIATED = ("ALT", "AST", "ALP", "GGT", "CK", "INR")
INPUT_WORDS = {"body_mass_index": "body mass index", "diabetes": "diabetes (yes or no)"}
SERIES = "results of other dates (cahill serum series)"


def value_words(result: LabResult) -> str:
    """Return a value with its unit: "95 U/L", "< 5 U/L", "1.2 mg/dL (20.5248 umol/L)"."""
    unit = "" if TESTS[result.test][1] == "1" else f" {TESTS[result.test][1]}"
    low, high = micro_text(result.low), micro_text(result.high or 0)
    if result.high is None:
        held = f"{'>' if result.above else '>='} {low}{unit}"
    elif result.low == result.high:
        held = f"{low}{unit}"
    elif result.low == 0:
        held = f"{'<' if result.below else '<='} {high}{unit}"
    else:
        held = f"{low} to {high}{unit}"
    own = result.unit.strip()
    if own and unit and own.casefold() != unit.strip().casefold():
        return f"{result.text} ({held})"
    return held


def limit_words(result: LabResult) -> str:
    """Return the upper limit and where it came from."""
    if result.uln is None:
        return "no upper limit"
    unit = TESTS[result.test][1]
    source = LIMIT_WORDS.get(result.uln_source, result.uln_source)
    return f"{micro_text(result.uln)}{'' if unit == '1' else f' {unit}'} ({source})"


def times_limit(result: LabResult) -> str:
    """Return how many times the limit a value is, exactly if the decimals end; "" without one."""
    if result.uln is None:
        return ""
    low = _multiple(result.low, result.uln)
    if result.high is None:
        return f"more than {low}" if result.above else f"at least {low}"
    high = _multiple(result.high, result.uln)
    if result.low == result.high:
        return high
    if result.low == 0:
        return f"less than {high}" if result.below else f"at most {high}"
    return f"{low} to {high}"


def multiple_sentence(result: LabResult) -> str:
    """Return "ALT 95 U/L is 2.375 times the upper limit of 40 U/L (given with the value)"."""
    head = f"{result.test} {value_words(result)}"
    if result.uln is None and result.test in LIMITED:
        return f"{head} has no upper limit, so that no multiple can be given"
    if result.uln is None:
        return head
    return f"{head} is {times_limit(result)} times the upper limit of {limit_words(result)}"


def elevated(result: LabResult) -> bool | None:
    """Return whether a value lies above its upper limit."""
    if result.uln is None:
        return None
    return decide(span(result), ">", Fraction(1), point(result.uln))


def needs(
    rule: Rule,
    results: Mapping[str, LabResult],
    person: Person,
    baselines: Mapping[str, LabResult],
    reason: str,
) -> tuple[str, ...]:
    """Return what a rule asks for and was not given, in the order in which it asks.

    `reason` is why it is undetermined: intervals matter only where it names them.
    """
    wanted = [*rule.tests, *(name for name in rule.inputs if name not in TESTS)]
    limited = {item.test for item in rule.criteria if item.of == "uln"}
    if rule.formula in FORMULAS:
        limited |= set(FORMULAS[rule.formula].limits)
    based = {item.test for item in rule.criteria if item.of == "baseline"}
    if rule.needs_baseline and any(branch.baseline != "any" for branch in rule.branches):
        based |= set(rule.tests)
    found: list[str] = []
    for name in wanted:
        if name not in TESTS:
            found += [INPUT_WORDS.get(name, name)] if getattr(person, name) is None else []
            continue
        found += _test_needs(name, results.get(name), name in limited)
        if Cause("interval undecided", name).words() in reason:
            found.append(f"{_named(name)} as one number")
        baseline = baselines.get(name)
        if name in based and baseline is None:
            found.append(f"{_named(name)} at baseline")
        elif name in based and baseline and baseline.uln is None and name in limited:
            found.append(f"upper limit of {_named(name)} at baseline")
    if any(branch.ages != (None, None) for branch in rule.branches) and person.age is None:
        found.append("age")
    if any(item.of == "person" for item in rule.criteria) and person.symptoms is None:
        found.append("symptoms (yes or no)")
    if rule.kind == "change":
        found.append("the ALT measured before")
    if _asks_for_time(rule):
        found.append(SERIES)
    return tuple(dict.fromkeys(found))


def transient_causes(reference: str) -> str:
    """Return the transient causes that the reference names, as reasons to repeat."""
    rule, source = find_rule("transient-causes"), reference.partition(" [")[0].rstrip(".")
    return (
        f"Reasons to repeat the test before concluding anything: {_listed(rule.items)} may raise "
        f"ALT a little for a while ({source})."
    )


def remarks(results: Mapping[str, LabResult], method: str) -> tuple[str, ...]:
    """Return what may disturb the value or is needed to tell where it comes from.

    Parameters
    ----------
    results : mapping of str to LabResult
        By test; CK and HB are looked at.
    method : {"", "with P5P", "without P5P"}
    """
    parts = [_haemolysis(results.get("HB")), _muscle(results), _cofactor(results["ALT"], method)]
    return tuple(part for part in parts if part)


def _multiple(number: int, limit: int) -> str:
    """Return a quotient in decimals, all of them where they end within four."""
    quotient = Fraction(number, limit)
    if (quotient * 10**DIGITS).denominator == 1:
        return micro_text(int(quotient * MICRO))
    return f"about {float(quotient):.{DIGITS}g} ({micro_text(number)}/{micro_text(limit)})"


def _named(test: str) -> str:
    """Return a test as people write it: ALT, but total bilirubin."""
    return test if test in ABBREVIATED else TESTS[test][0]


def _test_needs(test: str, result: LabResult | None, limited: bool) -> list[str]:
    name = _named(test)
    if result is None:
        return [f"{name} with its upper limit" if limited else name]
    return [f"upper limit of {name}"] if limited and result.uln is None else []


def _asks_for_time(rule: Rule) -> bool:
    lasting = any(way.lasting_days is not None for way in rule.alternatives)
    return lasting or rule.formula == "p_alt"


def _quantity(rule: str, name: str) -> Quantity:
    return next(item for item in find_rule(rule).quantities if item.name == name)


def _haemolysis(free: LabResult | None) -> str:
    early = _quantity("interference", "AST disturbed from free haemoglobin")
    late = _quantity("interference", "ALT disturbed from free haemoglobin")
    bounds = (
        f"AST from {early.value} {early.unit} of free haemoglobin, ALT only from {late.spread} "
        f"{late.unit}"
    )
    if free is None:
        return f"Haemolysis is not known; it raises {bounds}."
    reached = [
        name
        for name, bound in (("AST", early), ("ALT", late))
        if _reaches(span(free), Fraction(bound.value)) is not False
    ]
    verdict = f"may raise {' and '.join(reached)}" if reached else "is too low to raise either"
    return f"Free haemoglobin {value_words(free)} {verdict} (haemolysis raises {bounds})."


def _reaches(value: Span, bound: Fraction) -> bool | None:
    return decide(value, ">=", bound, point(MICRO))


def _muscle(results: Mapping[str, LabResult]) -> str:
    kinase = results.get("CK")
    if kinase is None:
        return (
            "Muscle holds ALT and AST as well, and their pattern alone does not discriminate; "
            "creatine kinase (CK) would help."
        )
    above = elevated(kinase)
    if above is None:
        return f"{multiple_sentence(kinase)}; whether muscle adds to ALT is undetermined."
    place = "muscle may be the source of part of the ALT" if above else "no sign of muscle in it"
    return f"{multiple_sentence(kinase)}: {place}."


def _cofactor(alt: LabResult, method: str) -> str:
    less = _quantity("pyridoxal-phosphate", "ALT lower on average by")
    lacking = _quantity("pyridoxal-phosphate", "ALT lower in lack of vitamin B6 by about")
    effect = (
        f"without pyridoxal 5'-phosphate in the assay ALT reads {less.value} {less.unit} lower on "
        f"average, and about {lacking.value} {lacking.unit} lower where vitamin B6 is lacking"
    )
    words = {
        "": f"The method is not stated; {effect}.",
        "with P5P": "The assay has pyridoxal 5'-phosphate, so that lack of vitamin B6 does not "
        "lower ALT in it; results of assays without are not comparable.",
        "without P5P": f"{effect[0].upper()}{effect[1:]}.",
    }[method]
    if alt.lln is not None and decide(span(alt), "<", Fraction(1), point(alt.lln)):
        words += " A value below the lower limit may be lack of vitamin B6."
    return words


def _listed(items: Sequence[str]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else items[0]
