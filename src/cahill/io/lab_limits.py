"""Upper limits for results that came without: from a table, or from a default asked for by name.

The laboratory's own limit on the row always stands. A limit holds for whom and from when it says;
of several that fit, the one that says most about whom wins, then the latest.
"""

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cahill.core.laboratory import TESTS, micro
from cahill.errors import InputError, UnknownNameError
from cahill.io.lab_bench import Bench, Options
from cahill.io.lab_units import meaning
from cahill.io.sheets import Sheet, read_sheet

_COLUMNS = ("test", "uln", "unit", "sex", "age_from", "age_to", "site", "from_date")
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female", "": None}


@dataclass(frozen=True)
class Limit:
    """An upper limit of normal and for whom it holds.

    Parameters
    ----------
    test : str
        A key of `cahill.core.laboratory.TESTS`.
    uln : int
        Millionths of the test's unit.
    sex : {"male", "female"}, optional
    age_from, age_to : int, optional
        Years, both included.
    site : str, optional
        Site or laboratory, as the results name it.
    from_date : date, optional
        First day on which it holds.
    """

    test: str
    uln: int
    sex: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    site: str | None = None
    from_date: dt.date | None = None


def read_limits(path: str | Path) -> tuple[Limit, ...]:
    """Read a table of upper limits.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or XLSX with the columns test, uln and unit, and any of sex, age_from, age_to
        (years, included), site and from_date (2014-12-31). A blank cell sets no condition.

    Raises
    ------
    InputError
        If it cannot be read, a column is missing or unknown, or a cell cannot be used.
    """
    sheet = read_sheet(path)
    for name in ("test", "uln", "unit"):
        if name not in sheet.frame:
            raise InputError(f'{sheet.name} has no column "{name}"')
    for name in sheet.frame.columns:
        if name not in _COLUMNS:
            raise UnknownNameError("column", str(name), _COLUMNS, sheet.name)
    found = tuple(_limit(sheet, record) for record in range(len(sheet.frame)))
    if len({_who(limit) for limit in found}) < len(found):
        seen = [_who(limit) for limit in found]
        twice = next(k for k, who in enumerate(seen) if who in seen[:k])
        raise InputError(f"{sheet.where(twice)}: there is a limit for the same test and people")
    return found


def _who(limit: Limit) -> tuple[object, ...]:
    keys = (limit.test, limit.sex, limit.age_from, limit.age_to, limit.site, limit.from_date)
    return tuple(keys)


def _limit(sheet: Sheet, record: int) -> Limit:
    cells = {name: str(sheet.frame[name].iloc[record]) for name in sheet.frame.columns}
    where = sheet.where(record)
    known = meaning(cells["test"], cells["unit"])
    if known.reason == "other test":
        raise UnknownNameError("test", cells["test"], TESTS, where)
    if known.factor is None:
        raise InputError(f'{where}: {known.reason}: "{cells["unit"]}" for {known.test}')
    sex = cells.get("sex", "").lower()
    if sex not in _SEXES:
        raise InputError(f'{where}: the sex is "male", "female" or blank')
    try:
        uln = round(micro(cells["uln"]) * known.factor)
        ages = [int(text) if (text := cells.get(name, "")) else None for name in _COLUMNS[4:6]]
        day = dt.date.fromisoformat(text) if (text := cells.get("from_date", "")) else None
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    if uln <= 0:
        raise InputError(f"{where}: an upper limit must be positive")
    return Limit(known.test, uln, _SEXES[sex], ages[0], ages[1], cells.get("site") or None, day)


def default_limits(name: str) -> tuple[str, tuple[Limit, ...]]:
    """Return a named set of upper limits and its full name, "id@version".

    Parameters
    ----------
    name : str
        A rule of the kind reference_limit: "limit-acg" or "limit-acg@2017".

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    sets: dict[str, list[dict]] = {}
    folder = resources.files("cahill").joinpath("data/serum/rules")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for rule in tomllib.loads(file.read_text(encoding="utf-8")).get("rule", []):
                if rule.get("kind") == "reference_limit":
                    sets[f"{rule['id']}@{rule['version']}"] = rule["limits"]
    # Of several versions the last one is meant by the bare name.
    full = {key.split("@")[0]: key for key in sorted(sets)}.get(name, name)
    if full not in sets:
        raise UnknownNameError("set of limits", name, sets)
    limits = []
    for entry in sets[full]:
        low, high = entry.get("ages", (None, None))
        limits.append(Limit(entry["test"], micro(entry["uln"]), entry.get("sex"), low, high))
    return full, tuple(limits)


def fill_limits(bench: Bench, options: Options) -> list[str]:
    """Fill missing limits in "parsed"; `uln_source` says from where.

    Returns
    -------
    list of str
        Notes on results that had a limit if sex or age were known.

    Raises
    ------
    InputError
        If the table of limits cannot be used; UnknownNameError for an unknown default.
    """
    sources = []
    if options.limits is not None:
        sources.append((f"table {Path(options.limits).stem}", read_limits(options.limits)))
    if options.default_uln:
        name, limits = default_limits(options.default_uln)
        sources.append((f"default {name}", limits))
    return [note for source, limits in sources for note in _fill(bench, limits, source)]


def _fill(bench: Bench, limits: Sequence[Limit], source: str) -> list[str]:
    import pyarrow as pa

    fields = [("test", pa.string()), ("uln", pa.int64()), ("sex", pa.string())]
    fields += [("age_from", pa.int64()), ("age_to", pa.int64())]
    fields += [("site", pa.string()), ("from_date", pa.date32())]
    bench.connection.register(
        "limits", pa.Table.from_pylist([vars(limit) for limit in limits], schema=pa.schema(fields))
    )
    keys = ("test", "sex", "age", "site", "date")
    # A limit with a condition does not fit where the answer is unknown.
    bench.run(f"""
        CREATE OR REPLACE TEMP TABLE picked AS
        SELECT p.*, l.uln FROM
            (SELECT DISTINCT {", ".join(keys)} FROM parsed WHERE reason IS NULL AND uln IS NULL) p
        JOIN limits l ON l.test = p.test AND (l.sex IS NULL OR l.sex = p.sex)
            AND (l.age_from IS NULL OR p.age >= l.age_from)
            AND (l.age_to IS NULL OR p.age <= l.age_to)
            AND (l.site IS NULL OR l.site = p.site)
            AND (l.from_date IS NULL OR l.from_date <= p.date)
        QUALIFY row_number() OVER (
            PARTITION BY {", ".join(f"p.{key}" for key in keys)}
            ORDER BY (l.site IS NOT NULL)::INT + (l.sex IS NOT NULL)::INT
                + (l.age_from IS NOT NULL OR l.age_to IS NOT NULL)::INT DESC,
                l.from_date DESC NULLS LAST) = 1""")
    same = " AND ".join(f"parsed.{key} IS NOT DISTINCT FROM picked.{key}" for key in keys)
    literal = source.replace("'", "''")
    bench.run(
        f"UPDATE parsed SET uln = picked.uln, uln_source = '{literal}' FROM picked "
        f"WHERE parsed.reason IS NULL AND parsed.uln IS NULL AND {same}"
    )
    unknown = bench.one("""
        SELECT count(*) FROM parsed p WHERE reason IS NULL AND uln IS NULL AND EXISTS (
            SELECT 1 FROM limits l WHERE l.test = p.test
            AND (l.sex IS NULL OR l.sex = coalesce(p.sex, l.sex))
            AND (l.age_from IS NULL OR coalesce(p.age, l.age_from) >= l.age_from)
            AND (l.age_to IS NULL OR coalesce(p.age, l.age_to) <= l.age_to)
            AND (l.site IS NULL OR l.site = p.site)
            AND (l.from_date IS NULL OR l.from_date <= p.date))""")
    if not unknown:
        return []
    some = f"{unknown:,} result{'s' * (unknown != 1)}"
    return [f"{source} has no limit for {some} whose sex or age is not known"]
