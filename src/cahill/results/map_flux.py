"""From reaction fluxes to the numbers on the cycle map: sums, gross exchange, widths, words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cahill.results.map_layout import Edge

NEGLIGIBLE = 0.005
WIDEST = 9.0
THINNEST = 0.9
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)


@dataclass(frozen=True)
class EdgeFlux:
    """Flux of one arrow in umol/kg/min: net, and forward and backward where they are known."""

    net: float
    forward: float
    backward: float

    @property
    def known(self) -> bool:
        """Whether the net flux is a number."""
        return math.isfinite(self.net)

    @property
    def negligible(self) -> bool:
        """Whether the net flux would print as zero."""
        return self.known and abs(self.net) < NEGLIGIBLE

    @property
    def exchanges(self) -> bool:
        """Whether traffic runs both ways."""
        return min(self.forward, self.backward) >= NEGLIGIBLE


def edge_flux(
    edge: Edge, fluxes: Mapping[str, float], gross: Mapping[str, tuple[float, float]]
) -> EdgeFlux:
    """Sum the reactions of an edge; terms without gross fluxes count by the sign of their share.

    Parameters
    ----------
    edge : Edge
    fluxes : mapping of str to float
        Net flux of each reaction, umol/kg/min. A reaction that is absent leaves the net unknown.
    gross : mapping of str to (float, float)
        Forward and backward flux of reversible reactions, umol/kg/min.
    """
    net = forward = backward = 0.0
    for reaction, weight in edge.terms:
        share = weight * float(fluxes.get(reaction, math.nan))
        there, back = gross.get(reaction, (math.nan, math.nan))
        if not (math.isfinite(there) and math.isfinite(back)):
            there, back = (share, 0.0) if share >= 0 else (0.0, -share)
        elif weight < 0:
            there, back = -weight * back, -weight * there
        else:
            there, back = weight * there, weight * back
        net, forward, backward = net + share, forward + there, backward + back
    return EdgeFlux(net, forward, backward)


def scale_top(fluxes: list[EdgeFlux]) -> float:
    """Return the flux drawn at full width: the next round number above the largest net flux."""
    largest = max((abs(flux.net) for flux in fluxes if flux.known), default=0.0)
    if largest < NEGLIGIBLE:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(largest))
    return next(step * decade for step in STEPS if step * decade >= largest * (1 - 1e-9))


def line_width(flux: float, top: float) -> float:
    """Return the width of an arrow in points: it grows with the square root of the flux."""
    if not math.isfinite(flux):
        return THINNEST
    return max(THINNEST, WIDEST * math.sqrt(min(abs(flux) / top, 1.0)))


def flux_text(flux: float) -> str:
    """Write a flux for the map: two decimals below 1, one below 100, none above."""
    if not math.isfinite(flux):
        return "n/a"
    size = abs(flux)
    if size < NEGLIGIBLE:
        return "0"
    if size < 0.995:
        return f"{size:.2f}"
    return f"{size:.1f}" if size < 99.95 else f"{size:.0f}"


def concentration_text(value: float) -> str:
    """Write a concentration given in mmol/L with two significant digits, in mM or uM."""
    if not math.isfinite(value):
        return "n/a"
    unit = "mM"
    if value < 0.0995:
        value, unit = value * 1000.0, "µM"
    if value < 0.05:
        return f"<0.1 {unit}"
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{value:.{digits}f} {unit}"
