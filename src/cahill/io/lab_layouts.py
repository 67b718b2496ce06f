"""Layouts of tables of results: which column of which standard holds what.

A layout says, for each field of the raw table, how a table of that kind spells it, as an expression
of DuckDB over its columns. Every door fills the same fields; what a field means is settled once,
in `lab_settle`.
"""

from collections.abc import Mapping

from cahill.errors import InputError, UnknownNameError
from cahill.io.lab_fields import FIELDS, Columns, Layout, given, heading, quoted
from cahill.io.lab_standards import adam, omop, sdtm
from cahill.io.lab_units import bare_name, known_tests


def find_layout(names: list[str], columns: Mapping[str, str], where: str) -> Layout:
    """Return the layout of a table by its headings.

    Parameters
    ----------
    names : list of str
        Headings as they stand.
    columns : mapping of str to str
        Asked for: field to heading. Headings asked for are used whatever the standard.
    where : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        If a heading stands twice or the table lacks a column that is needed; UnknownNameError if a
        field or heading that was asked for does not exist.
    """
    known = {}
    for name in names:
        if heading(name) in known:
            raise InputError(f'{where}: the column "{name}" stands twice; rename one')
        known[heading(name)] = name
    asked = _asked(columns, known, where)
    if {"measurement_concept_id", "person_id"} <= set(known):
        layout = omop(known)
    elif {"lbtestcd", "usubjid"} <= set(known) and {"lbstresc", "lbstresn", "lborres"} & set(known):
        layout = sdtm(known)
    elif {"paramcd", "aval"} <= set(known):
        layout = adam(known)
    else:
        return _tidy(known, asked, where)
    return Layout(layout.form, {**layout.fields, **asked}, sas_dates=layout.sas_dates)


def _asked(columns: Mapping[str, str], known: Mapping[str, str], where: str) -> dict[str, str]:
    asked = {}
    for field, name in columns.items():
        if field not in FIELDS:
            raise UnknownNameError("field of a result", field, FIELDS)
        if heading(name) not in known:
            raise UnknownNameError("column", name, known.values(), where)
        asked[field] = quoted(known[heading(name)])
    return asked


def _tidy(known: Mapping[str, str], asked: dict[str, str], where: str) -> Layout:
    has = Columns(known)
    fields = given({field: has.plain(*names) for field, names in FIELDS.items()}) | asked
    if "subject" not in fields:
        raise InputError(
            f'{where} has no column that names the subject; call it "subject", or say which it is'
        )
    if "test" in fields or "loinc" in fields:
        if "value" not in fields:
            raise InputError(f'{where} has no column of values; call it "value", or say which')
        fields.setdefault("test", "NULL::VARCHAR")
        return Layout("tidy table", fields)
    wide = _wide(known, has)
    if not wide:
        raise InputError(
            f'{where} holds no results: it needs columns "test" and "value", '
            'or one for each test ("ALT", "AST", "ALP", "TBL")'
        )
    for name in ("value", "unit", "uln", "lln", "test"):
        fields.pop(name, None)
    return Layout("wide table", fields, wide)


def _wide(known: Mapping[str, str], has: Columns) -> tuple[tuple[str, Mapping[str, str]], ...]:
    found = []
    for key, name in known.items():
        if bare_name(name) not in known_tests():
            continue
        stem = heading(name.split("(")[0])
        own = {"value": quoted(known[key])}
        for field in ("unit", "uln", "lln", "comparator"):
            expression = has.plain(f"{stem}_{field}", f"{field}_{stem}")
            if expression:
                own[field] = expression
        found.append((name.strip(), own))
    return tuple(found)
