"""How a screen of a cohort runs: pseudonyms, findings, and what is summed up from them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from cahill.errors import InputError
from cahill.serum import cohort_tables as tables
from cahill.serum.cohort_findings import evaluated_findings
from cahill.serum.cohort_frames import finding_frame, row_account, rule_counts
from cahill.serum.cohort_reasons import finding_words
from cahill.serum.engines import Engine, load_results, open_engine, save
from cahill.serum.findings import FINDING_COLUMNS, reason_words
from cahill.serum.privacy import pseudonyms, suppress_small_cells
from cahill.serum.rules import Rule
from cahill.serum.screens import compiled, screen

if TYPE_CHECKING:
    import pyarrow as pa

    from cahill.io.lab import LabTable

FINDINGS = 50_000
"""Findings that leave the engine."""
WORDED = 4_000
"""Findings whose reason is written out with its numbers."""
POINTS = 1_500
COURSES = 400
ONE_BY_ONE = 20_000
"""Subjects for whom rules that no screen knows are evaluated."""
STEPS = 5
FORMS = {".parquet": "parquet", ".csv": "csv", ".ndjson": "fhir", ".xpt": "adam"}
"""How findings are written, by the ending of the file's name."""


def run_screen(
    lab: "LabTable",
    rules: Sequence[Rule],
    dish: Rule,
    engine: str,
    memory: str | None,
    key: bytes | None,
    least: int | None,
    findings_out: Path | None,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Return what `SerumScreen` holds, by field."""
    if findings_out is not None and findings_out.suffix.lower() not in FORMS:
        raise InputError(f"{findings_out}: findings are written as {', '.join(FORMS)}")
    if findings_out is not None and least is not None:
        raise InputError("--findings-out names single subjects; leave out --small-cells")
    progress(0, STEPS)
    lab = lab if key is None else pseudonymous(lab, key)
    progress(1, STEPS)
    with TemporaryDirectory(prefix="cahill-findings-") as folder:
        with open_engine(engine, memory=memory) as running:
            files = _find(running, lab, rules, Path(folder))
        progress(2, STEPS)
        with open_engine("duckdb", memory=memory) as running:
            found = running.backend.read_parquet([str(one) for one in files])
            table = load_results(running, lab.table)
            if findings_out is not None:
                _write(running, found, lab, findings_out)
            return _sum_up(running, lab, table, found, rules, dish, least, progress)


def _find(engine: Engine, lab: "LabTable", rules: Sequence[Rule], folder: Path) -> list[Path]:
    """Write the findings of all rules as Parquet and return the files."""
    import pyarrow.parquet as pq

    table = load_results(engine, lab.table)
    quick = [rule for rule in rules if compiled(rule)]
    slow = [rule for rule in rules if not compiled(rule)]
    if quick:
        save(engine, screen(table, quick), folder / "screened.parquet")
    if slow:
        subjects = int(table.subject.nunique().to_pyarrow().as_py())
        if subjects > ONE_BY_ONE:
            raise InputError(
                f"{slow[0].key} is evaluated for one subject at a time, and there are "
                f"{subjects:,}; leave it out or screen at most {ONE_BY_ONE:,}"
            )
        pq.write_table(evaluated_findings(lab.arrow(), slow), folder / "evaluated.parquet")
    return sorted(path for path in folder.rglob("*.parquet") if path.is_file())


def _kept(engine: Engine, expression: Any, name: str) -> Any:
    """Return an expression that is read more than once as a table that has been computed."""
    path = engine.folder / f"{name}.parquet"
    save(engine, expression, path)
    return engine.backend.read_parquet(str(path))


def _sum_up(
    engine: Engine,
    lab: "LabTable",
    table: Any,
    found: Any,
    rules: Sequence[Rule],
    dish: Rule,
    least: int | None,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    arms = _kept(engine, tables.arms_of(table), "arms")
    counted = tables.outcome_counts(found, arms)
    fates = tables.row_fates(table, rules)
    changes = _kept(engine, tables.alt_changes(table, arms), "changes")
    progress(3, STEPS)
    points, density, quadrants = tables.peak_points(found, arms, dish, 0 if least else POINTS)
    migration = tables.migration_counts(changes)
    parts: dict[str, Any] = {
        "subjects": int(arms.count().to_pyarrow().as_py()),
        "account": row_account(lab.counts, fates),
        "remarked": _marked(lab.counts, "remark: "),
        "counts": rule_counts(counted, rules, least),
        "reasons": _reasons(counted, rules, least),
        "finding_total": int(found.count().to_pyarrow().as_py()),
        "density": density if least is None else density[density["count"] >= least],
        "quadrants": _quadrants(quadrants, least),
        "migration": migration,
        "excluded": lab.excluded.to_pandas(),
        "remarks": lab.remarks.to_pandas(),
    }
    progress(4, STEPS)
    if least is not None:
        parts["migration"] = suppress_small_cells(migration, {"count": []}, least, totals=["group"])
        none = pd.DataFrame()
        parts |= {"findings": none, "points": points, "courses": none, "bars": none}
        parts |= {"excluded": none, "remarks": none}
    else:
        findings = _findings(found, arms)
        noted = findings.loc[findings["noted"], "subject"].unique()[:WORDED]
        shown = list(points["subject"][:COURSES])
        courses = tables.courses_of(table, list(dict.fromkeys([*shown, *noted])))
        parts |= {
            "findings": _worded(findings, rules, courses),
            "points": points,
            "courses": courses,
            "bars": tables.change_bars(changes),
        }
    progress(5, STEPS)
    return parts


def _findings(found: Any, arms: Any) -> pd.DataFrame:
    """Return all findings with arms, or of many those met, excluded by a gate or undetermined."""
    joined = found.join(arms, "subject")
    noted = (joined.outcome == "true") | (joined.reason == "ALP gate")
    open_ = (joined.outcome == "undetermined").ifelse(1, 2)
    ranked = joined.mutate(noted=noted, rank=noted.ifelse(0, open_))
    few = ranked.order_by(["rank", "subject", "rule", "version"]).limit(FINDINGS)
    frame = few.to_pandas()
    if len(frame) == FINDINGS:
        frame = frame[frame["rank"] < 2]
    return frame.drop(columns="rank")


def _worded(findings: pd.DataFrame, rules: Sequence[Rule], courses: pd.DataFrame) -> pd.DataFrame:
    """Return findings in units, with the reason in words, in the order of rules and subjects."""
    frame = finding_frame(findings)
    frame.insert(1, "arm", findings["arm"].to_numpy())
    frame.insert(list(frame.columns).index("outcome") + 1, "code", findings["reason"].to_numpy())
    by_key = {(rule.id, rule.version): rule for rule in rules}
    own = dict(iter(courses.groupby("subject"))) if len(courses) else {}
    none = courses.iloc[:0]
    noted = findings["noted"] | (findings["outcome"] == "undetermined")
    words = [
        finding_words(row, by_key[row["rule"], row["version"]], own.get(row["subject"], none))
        if k < WORDED and note
        else ""
        for k, (row, note) in enumerate(zip(frame.to_dict("records"), noted))
    ]
    place = {(rule.id, rule.version): k for k, rule in enumerate(rules)}
    order = [place[pair] for pair in zip(frame["rule"], frame["version"])]
    labels = [by_key[pair].label for pair in zip(frame["rule"], frame["version"])]
    frame = frame.assign(because=words, place=order, rule=labels)
    frame = frame.sort_values(["place", "subject"], kind="stable")
    return frame.drop(columns=["place", "version"]).reset_index(drop=True)


def _reasons(counted: pd.DataFrame, rules: Sequence[Rule], least: int | None) -> pd.DataFrame:
    """Return subjects by rule, outcome and reason in words."""
    keys = ["rule", "version", "outcome", "reason"]
    own = counted.groupby(keys, dropna=False)["subjects"].sum().reset_index()
    labels = {(rule.id, rule.version): (k, rule.label) for k, rule in enumerate(rules)}
    pairs = [labels[pair] for pair in zip(own["rule"], own["version"])]
    frame = pd.DataFrame(
        {
            "place": [place for place, _ in pairs],
            "rule": [label for _, label in pairs],
            "outcome": own["outcome"],
            "reason": [reason_words(code) if code else "" for code in own["reason"]],
            "subjects": own["subjects"],
        }
    )
    frame = frame.sort_values(["place", "outcome", "reason"], kind="stable")
    frame = frame.drop(columns="place").reset_index(drop=True)
    if least is None:
        return frame
    return suppress_small_cells(frame, {"subjects": []}, least, totals=["rule"])


def _quadrants(quadrants: dict[str, int], least: int | None) -> dict[str, int | str]:
    if least is None:
        return dict(quadrants)
    frame = pd.DataFrame({"band": list(quadrants), "count": list(quadrants.values())})
    hidden = suppress_small_cells(frame, {"count": []}, least, totals=[])
    return dict(zip(hidden["band"], hidden["count"]))


def _marked(counts: Any, mark: str) -> dict[str, int]:
    return {key.removeprefix(mark): n for key, n in counts.items() if key.startswith(mark)}


def _write(engine: Engine, found: Any, lab: "LabTable", path: Path) -> None:
    """Write all findings in the form that the file's name asks for."""
    from cahill.io.lab_write import write_findings
    from cahill.serum.wording import CARE

    ordered = found.select(*FINDING_COLUMNS).order_by(["subject", "rule", "version"])
    form = FORMS[path.suffix.lower()]
    try:
        if form == "parquet":
            save(engine, ordered, path)
        else:
            results = lab.arrow() if form == "adam" else None
            write_findings(
                ordered.to_pyarrow(), path, form, results=results, notes=(CARE,), words=reason_words
            )
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror or 'it cannot be written'}") from None


def pseudonymous(lab: "LabTable", key: bytes) -> "LabTable":
    """Return the table with pseudonyms for subjects, in results, excluded rows and remarks."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(lab.table, pa.Table):
        return replace(
            lab,
            table=_renamed(lab.table, key),
            excluded=_renamed(lab.excluded, key),
            remarks=_renamed(lab.remarks, key),
        )
    folder = TemporaryDirectory(prefix="cahill-pseudonyms-")
    target = Path(folder.name) / "results.parquet"
    source = pq.ParquetFile(lab.table)
    with pq.ParquetWriter(target, source.schema_arrow) as writer:
        for batch in source.iter_batches(1_000_000):
            writer.write_table(_renamed(pa.Table.from_batches([batch]), key))
    return replace(
        lab,
        table=target,
        excluded=_renamed(lab.excluded, key),
        remarks=_renamed(lab.remarks, key),
        keep=(lab.keep, folder),
    )


def _renamed(table: "pa.Table", key: bytes) -> "pa.Table":
    import pyarrow as pa

    coded = table["subject"].combine_chunks().dictionary_encode()
    known = [name for name in coded.dictionary.to_pylist() if name is not None]
    names = pseudonyms(known, key)
    renamed = pa.DictionaryArray.from_arrays(
        coded.indices, pa.array([names[name] for name in known], pa.string())
    )
    place = table.schema.get_field_index("subject")
    return table.set_column(place, "subject", renamed.cast(pa.string()))
