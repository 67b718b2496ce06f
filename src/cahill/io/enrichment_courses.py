"""Samples of plasma gathered to courses, and what does not fit between them and the infusions."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from cahill.core.tracer_infusion import Course, Infusion
from cahill.errors import UnknownNameError
from cahill.io.enrichment_rows import Sample


def gather_courses(samples: Iterable[Sample], faults: list[str]) -> tuple[Course, ...]:
    """Return the samples as courses, replicates averaged; what does not fit becomes a fault.

    Replicates (rows that repeat a sample) give its mean and the standard error of that, from their
    stated errors if all have one, else from their scatter.
    """
    groups: dict[tuple[str, str, str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.key, []).append(sample)
    courses = []
    for (subject, state, analyte, tracer), rows in groups.items():
        first = rows[0]
        odd = next((r for r in rows if (r.kind, r.atoms) != (first.kind, first.atoms)), None)
        if odd is not None:
            faults.append(
                f"{odd.where}: kind and atoms differ from those in {first.where}; "
                f"{analyte} labelled by {tracer} must keep one kind"
            )
            continue
        times = sorted({row.time for row in rows})
        repeats = [[row for row in rows if row.time == time] for time in times]
        values = [_mean([(r.value, r.sd) for r in group]) for group in repeats]
        levels = [
            _mean([(r.concentration, r.concentration_sd) for r in group]) for group in repeats
        ]
        columns = [np.array(column) for column in (*zip(*values), *zip(*levels))]
        file = first.where.partition(" row ")[0]
        courses.append(
            Course(
                subject,
                state,
                analyte,
                tracer,
                first.kind,
                np.array(times),
                *columns,
                atoms=first.atoms,
                where=file,
            )
        )
    return tuple(courses)


def _mean(repeats: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean of replicates that are numbers, and its standard error."""
    known = [(value, sd) for value, sd in repeats if not math.isnan(value)]
    if not known:
        return math.nan, math.nan
    values, errors = np.array(known).T
    count = len(values)
    if count > 1 and np.any(np.isnan(errors)):
        return float(values.mean()), float(values.std(ddof=1) / math.sqrt(count))
    return float(values.mean()), float(np.sqrt((errors**2).sum()) / count)


def check_infusions(infusions: Sequence[Infusion], faults: list[str]) -> None:
    """Add a fault for every infusion that runs while the same one runs at another rate."""
    for number, later in enumerate(infusions):
        for earlier in infusions[:number]:
            same = (earlier.occasion, earlier.tracer, earlier.analyte) == (
                later.occasion,
                later.tracer,
                later.analyte,
            )
            if same and later.start < earlier.end and earlier.start < later.end:
                faults.append(
                    f"{later.where}: overlaps the infusion of {later.tracer or later.analyte} in "
                    f"{earlier.where}; end one where the other starts"
                )


def check_courses(
    courses: Sequence[Course], infusions: Sequence[Infusion], faults: list[str]
) -> None:
    """Add a fault for every course whose tracer was not infused or whose kind does not fit it."""
    for course in courses:
        given = {one.tracer: one for one in infusions if one.occasion == course.occasion}
        if course.tracer not in given:
            known = [name for name in given if name]
            error = UnknownNameError("infused tracer", course.tracer, known, where=course.place)
            faults.append(str(error))
            continue
        infusion = given[course.tracer]
        if infusion.radioactive != (course.kind == "SA"):
            counted = "in dpm" if infusion.radioactive else "in moles"
            faults.append(
                f"{course.place}: is given as {course.kind}, but {infusion.where} infuses "
                f"{course.tracer} {counted}; radioactive tracers take SA, stable ones the others"
            )
        late = course.time > infusion.start
        if np.any(course.values[late] < 0):
            when = course.time[late][course.values[late] < 0][0]
            faults.append(f"{course.place}: is negative at {when:g} min, after the infusion began")
