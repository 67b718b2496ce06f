"""From a table of estimated fluxes to what stands on each arrow of a network map.

A flux is as large as its unit makes it, so "no flux" and "full width" are judged against the
largest flux on the map, not against a fixed number.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cahill.errors import InputError
from cahill.results.lettering import text_width
from cahill.results.map_flux import STEPS, edge_flux
from cahill.results.map_layout import Edge
from cahill.results.panels import require_columns
from cahill.results.tables import MINUS, format_number, format_range

COLUMNS = ("reaction", "net", "low", "high", "determined")
NUMBER, NAME, FINE = 10.0, 8.5, 8.0
LINE_HEIGHT = {NUMBER: 11.8, NAME: 10.2, FINE: 9.8}
NARROW = 58.0
READABLE = (0.5, 20_000.0)  # full-width fluxes whose numbers are short enough as they are
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_FLUX = 1e-4  # share of the full-width flux below which an arrow has no direction
EXCHANGES = 1e-3  # share of the full-width flux from which traffic runs both ways


@dataclass(frozen=True)
class FluxTable:
    """Estimated fluxes by reaction id, in one unit.

    Parameters
    ----------
    net : mapping of str to float
        Best estimate of the net flux.
    interval : mapping of str to (float, float)
        Its low and high end; NaN or infinite where open.
    gross : mapping of str to (float, float)
        Forward and backward flux, where the exchange flux is known.
    undetermined : frozenset of str
        Reactions whose net flux the data do not determine.
    """

    net: Mapping[str, float]
    interval: Mapping[str, tuple[float, float]]
    gross: Mapping[str, tuple[float, float]]
    undetermined: frozenset[str]


@dataclass(frozen=True)
class Estimate:
    """What an arrow shows, along the arrow as the layout writes it.

    Parameters
    ----------
    net, low, high : float
        Net flux and its interval; NaN where unknown.
    forward, backward : float
        Gross fluxes.
    determined : bool
        Whether the data determine every reaction of the arrow.
    """

    net: float
    low: float
    high: float
    forward: float
    backward: float
    determined: bool

    @property
    def known(self) -> bool:
        """Whether the net flux is a number."""
        return math.isfinite(self.net)

    def moves(self, top: float) -> bool:
        """Whether there is a net flux worth an arrow, `top` being the flux of full width."""
        return self.known and abs(self.net) >= NO_FLUX * top

    def exchanges(self, top: float) -> bool:
        """Whether traffic runs both ways, `top` being the flux of full width."""
        return min(self.forward, self.backward) >= EXCHANGES * top


def flux_table(frame: pd.DataFrame) -> FluxTable:
    """Read a frame of estimates: one row a reaction.

    Parameters
    ----------
    frame : pandas.DataFrame
        reaction, net, low, high, determined (bool); optional exchange (the smaller of forward and
        backward flux).

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or a reaction stands twice.
    """
    require_columns(frame, COLUMNS, "network map")
    twice = frame["reaction"][frame["reaction"].duplicated()]
    if not twice.empty:
        raise InputError(f'network map: reaction "{twice.iloc[0]}" has two rows; keep one')
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    net = {str(row["reaction"]): float(row["net"]) for row in rows}
    gross = {}
    if "exchange" in frame.columns:
        exchange = {str(row["reaction"]): float(row["exchange"]) for row in rows}
        gross = {
            name: (exchange[name] + max(flux, 0.0), exchange[name] + max(-flux, 0.0))
            for name, flux in net.items()
        }
    return FluxTable(
        net=net,
        interval={str(row["reaction"]): (float(row["low"]), float(row["high"])) for row in rows},
        gross=gross,
        undetermined=frozenset(str(row["reaction"]) for row in rows if not row["determined"]),
    )


def edge_estimate(edge: Edge, table: FluxTable) -> Estimate:
    """Return what an arrow shows.

    A sum of several reactions has no interval: those of its parts do not tell it.
    """
    flux = edge_flux(edge, table.net, table.gross)
    low = high = math.nan
    if len(edge.terms) == 1:
        reaction, weight = edge.terms[0]
        ends = [weight * end for end in table.interval.get(reaction, (math.nan, math.nan))]
        low, high = ends if weight > 0 else ends[::-1]
    determined = not any(reaction in table.undetermined for reaction, _ in edge.terms)
    return Estimate(flux.net, low, high, flux.forward, flux.backward, determined)


def full_width(estimates: Sequence[Estimate]) -> float:
    """Return the flux drawn at full width: the next round number above the largest net flux."""
    largest = max((abs(one.net) for one in estimates if one.known), default=0.0)
    if largest == 0.0:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(largest))
    return next(step * decade for step in STEPS if step * decade >= largest * (1 - 1e-9))


def power_of_ten(top: float) -> int:
    """Return the power of ten the numbers on a map are divided by, so that they stay short."""
    if READABLE[0] <= top < READABLE[1]:
        return 0
    return 3 * math.floor(math.log10(top) / 3)


def power_words(power: int) -> str:
    """Write a power of ten in front of a unit; nothing for the zeroth."""
    return f"×10{str(power).translate(SUPERSCRIPT)}" if power else ""


def label_lines(
    edge: Edge, estimate: Estimate, top: float, *, compact: bool = False
) -> list[tuple[str, float]]:
    """Return the lines beside an arrow with their sizes: name, value, interval, gross fluxes.

    The interval is that of the flux along the drawn arrow. Compact is two lines: value, then name
    and interval.
    """
    unit = 10.0 ** power_of_ten(top)
    size = abs(estimate.net) / unit if estimate.moves(top) else 0.0
    value = (format_number(size) if estimate.known else "n/a", NUMBER)
    low, high = estimate.low / unit, estimate.high / unit
    if estimate.net < 0:
        low, high = -high, -low
    interval = [f"({interval_words(low, high)})"] if _bounded(low, high) else []
    if compact:
        return [value, (" ".join([edge.name, *interval]), FINE)]
    lines = [(edge.name, NAME)] if edge.name else []
    lines += [value, *((part, FINE) for text in interval for part in _narrow(text))]
    if edge.gross and estimate.exchanges(top):
        there, back = (
            format_number(gross / unit, 2) for gross in (estimate.forward, estimate.backward)
        )
        lines.append((f"{there} ⇄ {back}", FINE))
    return lines


def interval_words(low: float, high: float) -> str:
    """Write an interval with two significant digits of its larger end, both ends alike."""
    largest = max(abs(low), abs(high))
    if not 0 < largest < math.inf:
        return format_range(low, high, 2)
    decimals = max(0, 1 - math.floor(math.log10(largest)))
    # adding zero turns a negative zero into zero
    words = [f"{round(end, decimals) + 0.0:,.{decimals}f}" for end in (low, high)]
    return (" to " if low < 0 else "–").join(words).replace("-", MINUS)


def _bounded(low: float, high: float) -> bool:
    return math.isfinite(low) or math.isfinite(high)


def _narrow(interval: str) -> list[str]:
    """Return an interval on two lines if one would be wide."""
    cut = " to " if " to " in interval else "–"
    if text_width(interval, FINE) <= NARROW or cut not in interval:
        return [interval]
    first, _, second = interval.partition(cut)
    return [f"{first}{cut.rstrip()}", second]
