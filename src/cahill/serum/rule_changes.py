"""A rule with other operators, factors, windows or durations than its source's, and the record."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from cahill.errors import InputError, UnknownNameError
from cahill.serum.rules import Alternative, Criterion, Rule, Step, read_criterion


def change_rule(rule: Rule, changes: Mapping[str, str]) -> Rule:
    """Return a rule with other parameters; what was changed stands in `changes` and `label`.

    Parameters
    ----------
    rule : Rule
    changes : mapping of str to str
        A criterion as the rule writes it to the one that replaces it ("ALT >= 3 ULN" to
        "ALT > 3 ULN"; a gate may be replaced by "" and falls away), or one of the parameters that
        `parameters` lists to its new value: "window_days" to "0 to 14", "lasting" to "> 90",
        "cv_analytical", "cv_within" and "z" to a number, "against" to "baseline".

    Raises
    ------
    UnknownNameError
        If the rule has no such criterion or parameter.
    InputError
        If the new value is not written as the old.
    """
    known = parameters(rule)
    for name, text in changes.items():
        if name not in known:
            raise UnknownNameError("parameter", name, known, f"rule {rule.key}")
        try:
            rule = _changed(rule, name, text)
        except InputError as error:
            raise InputError(f"rule {rule.key}, {name}: {error}") from None
        words = f"{name} to {text}" if text else f"without {name}"
        rule = replace(rule, changes=(*rule.changes, words))
    return rule


def parameters(rule: Rule) -> dict[str, str]:
    """Return what can be changed in a rule: each parameter and its present value."""
    found = {str(item): str(item) for item in rule.criteria}
    if any(way.partner for way in rule.alternatives) and rule.kind != "quadrants":
        found["window_days"] = f"{rule.window_days[0]} to {rule.window_days[1]}"
    for way in rule.alternatives:
        if way.lasting_days is not None:
            found["lasting"] = f"{way.lasting_operator} {way.lasting_days}"
    if rule.change:
        for name in ("cv_analytical", "cv_within", "z"):
            found[name] = f"{float(getattr(rule.change, name)):g}"
        found["against"] = rule.change.against
    return found


def _changed(rule: Rule, name: str, text: str) -> Rule:
    """Return the rule with one parameter changed."""
    if name == "window_days":
        return replace(rule, window_days=_window(text))
    if name == "lasting":
        operator, _, days = text.partition(" ")
        if operator not in (">", ">=") or not days.isdecimal():
            raise InputError(f'"{text}" is not a duration in days; write it like ">= 183"')
        ways = tuple(
            replace(way, lasting_days=int(days), lasting_operator=operator)
            if way.lasting_days is not None
            else way
            for way in rule.alternatives
        )
        return replace(rule, alternatives=ways)
    if rule.change and name in ("cv_analytical", "cv_within", "z", "against"):
        return replace(rule, change=replace(rule.change, **{name: _part(name, text)}))
    return _with_criterion(rule, name, read_criterion(text) if text else None)


def _window(text: str) -> tuple[int, int]:
    first, _, last = text.partition(" to ")
    try:
        days = (int(first), int(last))
    except ValueError:
        raise InputError(f'"{text}" is not a window in days; write it like "0 to 30"') from None
    if days[0] > days[1]:
        raise InputError(f'"{text}": write the earlier day first')
    return days


def _part(name: str, text: str) -> Fraction | str:
    if name == "against":
        if text not in ("previous", "baseline"):
            raise InputError(f'"{text}" is neither "previous" nor "baseline"')
        return text
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(f'"{text}" is not a number; write it like "9.3"') from None
    if number <= 0:
        raise InputError(f'"{text}" is not positive; give a positive number')
    return number


def _with_criterion(rule: Rule, old: str, new: Criterion | None) -> Rule:
    """Return the rule with one criterion replaced wherever it stands, or a gate dropped."""
    gates = {str(item) for way in rule.alternatives for item in way.gate}
    if new is None and old not in gates:
        raise InputError("only a gate can be left out; write another criterion")
    before = next(item for item in rule.criteria if str(item) == old)
    if new is not None and new.test != before.test:
        raise InputError(f'"{new}" is about another test than "{old}"')

    def swap(items: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        kept = [new if str(item) == old else item for item in items]
        return tuple(item for item in kept if item is not None)

    def swap_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(Step(step.name, swap((step.criterion,))[0]) for step in steps)

    def swap_way(way: Alternative) -> Alternative:
        return replace(way, anchor=swap(way.anchor), partner=swap(way.partner), gate=swap(way.gate))

    return replace(
        rule,
        branches=tuple(replace(item, steps=swap_steps(item.steps)) for item in rule.branches),
        alternatives=tuple(swap_way(way) for way in rule.alternatives),
        onset=swap(rule.onset),
        partner=swap(rule.partner),
    )
