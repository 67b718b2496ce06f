"""List the rules on serum tests."""

from typing import Literal

from cahill.errors import InputError


def rules(
    rule: str = "",
    *,
    kind: Literal[
        "",
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
    ] = "",
) -> dict[str, str]:
    """List the rules on serum tests, or print one in full.

    Parameters
    ----------
    rule : str
        Rule to print in full, as id@version, or as id if it has one version. All are listed if
        absent.
    kind : str
        List only rules of this kind.
    """
    from cahill.serum.rule_words import describe_rule
    from cahill.serum.rules import find_rule, load_rules

    if rule:
        if kind:
            raise InputError("--kind lists rules; leave it out to print one in full")
        return describe_rule(find_rule(rule))
    known = load_rules().values()
    return {item.key: item.title for item in known if kind in ("", item.kind)}
