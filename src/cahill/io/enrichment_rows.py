"""Rows of the tables of a tracer study, one by one: text to numbers in one set of units."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from cahill.core.tracer_infusion import (
    ENRICHMENT_KINDS,
    Analyte,
    EnrichmentKind,
    Exchange,
    Infusion,
)
from cahill.core.units import to
from cahill.errors import InputError, UnknownNameError
from cahill.io.enrichment_units import (
    PRIME,
    RATE,
    concentration,
    enrichment,
    infused,
    is_radioactive,
    volume_per_kg,
)

UNLABELLED = ("", "unlabelled", "unlabeled", "none")
"""What the tracer of an unlabelled infusion is called."""


@dataclass(frozen=True)
class Row:
    """A row of a table: where it stands, and its cells as text by heading."""

    where: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell, blank if the column is absent."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """Return a cell, or refuse it if it is blank."""
        text = self.text(column)
        if not text:
            raise InputError(f"{column} is blank; fill it in")
        return text

    def number(self, column: str) -> float:
        """Return a cell as a finite number, NaN if it is blank."""
        text = self.text(column)
        if not text:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            raise InputError(f'{column} "{text}" is not a number') from None
        if not math.isfinite(value):
            raise InputError(f'{column} "{text}" is not finite; leave it blank if it is missing')
        return value

    def optional(self, column: str) -> float | None:
        """Return a cell as a number that is positive, None if it is blank."""
        value = self.number(column)
        if math.isnan(value):
            return None
        if not value > 0:
            raise InputError(f"{column} {value:g} is not positive")
        return value

    def spread(self, column: str) -> float:
        """Return a standard deviation, NaN if it is blank."""
        value = self.number(column)
        if value < 0:
            raise InputError(f"{column} {value:g} is negative")
        return value


@dataclass(frozen=True)
class Sample:
    """A row of enrichments in the units of `Course`.

    `key` is subject, state, analyte and tracer.
    """

    key: tuple[str, str, str, str]
    kind: EnrichmentKind
    atoms: float | None
    time: float
    value: float
    sd: float
    concentration: float
    concentration_sd: float
    where: str


def read_weight(row: Row) -> tuple[str, float]:
    """Return a subject and the body weight, kg."""
    weight = row.optional("weight")
    if weight is None:
        raise InputError("weight is blank; fill it in")
    return row.needed("subject"), to(weight, row.needed("unit"), "kg")


def read_molar_mass(row: Row) -> tuple[str, float | None]:
    """Return an analyte and its molar mass, g/mol."""
    return row.needed("analyte"), row.optional("molar_mass")


def read_analyte(row: Row) -> Analyte:
    """Return what a row says of a molecule."""
    carbons, volume = row.optional("carbons"), row.optional("volume")
    fraction = row.optional("pool_fraction")
    if carbons is not None and carbons != round(carbons):
        raise InputError(f"carbons {carbons:g} is not a whole number")
    if fraction is not None and fraction > 1:
        raise InputError(f"pool_fraction {fraction:g} is more than the whole volume; give 0 to 1")
    if volume is not None:
        volume = volume_per_kg(volume, row.text("volume_unit"))
    whole = None if carbons is None else int(carbons)
    return Analyte(row.needed("analyte"), whole, volume, fraction)


def read_exchange(row: Row) -> Exchange:
    """Return the exchange a row gives."""
    share, sd = row.number("share"), row.spread("sd")
    return Exchange(
        None if math.isnan(share) else share,
        0.0 if math.isnan(sd) else sd,
        row.optional("position_ratio"),
        row.text("subject"),
        row.text("state"),
    )


def read_infusion(
    row: Row, weights: Mapping[str, float], masses: Mapping[str, float | None]
) -> Infusion:
    """Return an infusion per kg body weight.

    Parameters
    ----------
    row : Row
    weights : mapping of str to float
        kg by subject.
    masses : mapping of str to float or None
        g/mol by analyte.
    """
    subject, analyte = row.needed("subject"), row.needed("analyte")
    tracer = row.text("tracer")
    tracer = "" if tracer.lower() in UNLABELLED else tracer
    rate, unit = row.number("rate"), row.text("unit")
    start, end = row.number("start_min"), row.number("end_min")
    if math.isnan(rate + start + end):
        raise InputError("rate, start_min and end_min must be numbers; fill them in")
    if not rate >= 0 or not end > start:
        raise InputError(
            f"rate {rate:g} from {start:g} to {end:g} min: the rate must not be negative and the "
            "end must follow the start"
        )

    def amount(value: float, unit: str, over: str) -> float:
        return infused(
            value,
            unit,
            over,
            analyte=analyte,
            molar_mass=masses.get(analyte),
            subject=subject,
            weight=weights.get(subject),
        )

    labelled = (row.optional("infusate_percent") or 100.0) / 100.0
    radioactive = is_radioactive(unit)
    if labelled > 1:
        raise InputError(f"infusate_percent {100 * labelled:g} is more than 100")
    if labelled < 1 and (radioactive or not tracer):
        raise InputError("infusate_percent is for stable tracers; leave it blank")
    if radioactive and not tracer:
        raise InputError(f'an unlabelled infusion is not radioactive, but its unit is "{unit}"')
    total, prime = amount(rate, unit, RATE), row.optional("prime")
    given = 0.0 if prime is None else amount(prime, row.text("prime_unit"), PRIME)
    return Infusion(
        subject,
        row.text("state"),
        tracer,
        analyte,
        total * labelled,
        start,
        end,
        given * labelled,
        total * (1.0 - labelled),
        radioactive,
        row.where,
    )


def read_sample(row: Row, masses: Mapping[str, float | None]) -> Sample:
    """Return a sample of plasma in the units of `Course`.

    Parameters
    ----------
    row : Row
    masses : mapping of str to float or None
        g/mol by analyte.
    """
    analyte, text = row.needed("analyte"), row.needed("kind").upper()
    if text not in ENRICHMENT_KINDS:
        raise UnknownNameError("kind of enrichment", text, ENRICHMENT_KINDS)
    kind, unit, mass = cast(EnrichmentKind, text), row.text("unit"), masses.get(analyte)
    time, value = row.number("time_min"), row.number("value")
    if math.isnan(time + value):
        raise InputError("time_min and value must be numbers; fill them in or leave the row out")
    value = enrichment(value, unit, kind, analyte, mass)
    sd = row.spread("sd")
    if kind in ("MPE", "APE") and not -1 < value < 1:
        raise InputError(f"{kind} {100 * value:g} %: must lie below 100 %; check value and unit")
    level, level_sd = row.optional("concentration"), row.spread("concentration_sd")
    if level is not None:
        factor = concentration(1.0, row.text("concentration_unit"), analyte, mass)
        level, level_sd = level * factor, level_sd * factor
    return Sample(
        (row.needed("subject"), row.text("state"), analyte, row.needed("tracer")),
        kind,
        row.optional("atoms"),
        time,
        value,
        enrichment(sd, unit, kind, analyte, mass),
        math.nan if level is None else level,
        level_sd,
        row.where,
    )
