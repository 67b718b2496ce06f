"""Fitted fluxes with their intervals: what an analysis of a labelling study answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from cahill.core.labelling import FluxPoint, TracingStudy
from cahill.errors import InputError
from cahill.results.base import Result
from cahill.results.page import Page
from cahill.results.tables import format_number, format_range
from cahill.tracing.fit_files import save_fit, saved_fit
from cahill.tracing.flux_fit import CLOSE, SAME, FluxFit
from cahill.tracing.intervals import (
    FIXED,
    NO_LIMIT,
    FluxIntervals,
    Target,
    is_fixed,
    linear_coordinate,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHODS = {
    "profile": "profile likelihood",
    "linear": "linear approximation",
    "bootstrap": "parametric bootstrap",
    "posterior": "posterior by MCMC",
}
HELD = "held by a limit of the flux space"
HEADLINES: Mapping[str, tuple[str, ...]] = {
    "alanine transaminase": ("ALT", "ALATA_L", "GPT"),
    "pyruvate carboxylase": ("PC", "PCm"),
    "PEP carboxykinase": ("PEPCK", "PEPCKm", "PPCKG"),
    "glucose 6-phosphatase": ("G6PPer", "G6Pase"),
    "glucose output": ("GLC_out",),
    "glycogen breakdown": ("GLYCOGEN_BREAK", "GLCP"),
    "lactate dehydrogenase": ("LDH", "LDH_L"),
    "pyruvate dehydrogenase": ("PDH", "PDHm"),
    "citrate synthase": ("CS", "CSm"),
    "urea output": ("urea_OUT",),
}
"""Fluxes of gluconeogenesis and the glucose-alanine cycle, with the ids they go by (BiGG's and
those of the package's examples); the first that a network has is reported."""


class Headline(NamedTuple):
    """A flux to be reported first: in words, and its id."""

    label: str
    flux: str


def headlines(study: TracingStudy, wanted: Sequence[str] = ()) -> tuple[Headline, ...]:
    """Return the fluxes to report first: those asked for, or else those a liver study is about."""
    if wanted:
        return tuple(Headline(name, name) for name in wanted)
    known = study.network.reactions
    found = (
        Headline(label, name)
        for label, names in HEADLINES.items()
        for name in [next((name for name in names if name in known), "")]
    )
    return tuple(one for one in found if one.flux)


def improved(fit: FluxFit, theta: np.ndarray, ssr: float) -> FluxFit:
    """Return the fit at a better minimum that was found after it."""
    starts = fit.starts.assign(best=fit.starts["ssr"] <= ssr + max(SAME * ssr, CLOSE))
    return replace(fit, theta=theta, ssr=ssr, starts=starts)


@dataclass(frozen=True, kw_only=True, eq=False)
class FluxEstimates(Result):
    """A fit and the intervals of its fluxes.

    Attributes
    ----------
    fit : FluxFit
    intervals : FluxIntervals
    curves : pandas.DataFrame
        flux, value, ssr_increase, low, high: profiles, if intervals come from them.
    asked : tuple of str
        What to report first, as `intervals.Target` writes it; by default the fluxes of
        gluconeogenesis and the glucose-alanine cycle.
    """

    fit: FluxFit
    intervals: FluxIntervals
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    asked: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Heading of the report."""
        return self.fit.title

    @property
    def study(self) -> TracingStudy:
        """What was fitted."""
        return self.fit.study

    def summary(self) -> str:
        """Return how good the fit is in one sentence."""
        return self.fit.summary()

    def lines(self) -> list[str]:
        """Return the fluxes to report first, each with its interval, for the terminal."""
        names = headlines(self.study, self.asked)
        rows = [(one.label, one.flux, self.estimate_words(one.flux)) for one in names]
        wide = [max((len(row[k]) for row in rows), default=0) for k in (0, 1)]
        unit = f" ({self.study.flux_unit})" if self.study.flux_unit else ""
        kind = "fluxes" if self.asked else "net fluxes"
        head = f"{kind}{unit}, {100 * self.intervals.level:g} % by {self.method}:"
        texts = [
            f"  {label:{wide[0]}}  {name:{wide[1]}}  {words}"
            if label != name
            else f"  {name:{wide[1]}}  {words}"
            for label, name, words in rows
        ]
        return [head, *texts] if rows else []

    @property
    def method(self) -> str:
        """How the intervals were made, in words."""
        return METHODS[self.intervals.method]

    def estimate_words(self, name: str) -> str:
        """Return a flux with its interval, "9.99 (9.46–10.5)"; for `name` see `value`."""
        return f"{format_number(self.value(name))} ({self.interval_words(name)})"

    def value(self, name: str) -> float:
        """Return a fitted flux or pool size: "ALT" is a net flux, "ALT exchange", "Ala pool"."""
        return float(self._rows[name]["value"])

    def interval_words(self, name: str) -> str:
        """Return the interval of a flux or pool size, or why there is none."""
        row = self._rows[name]
        low, high = float(row["low"]), float(row["high"])
        if row["note"] == FIXED:
            return "fixed"
        if np.isnan(low):
            return "no interval"
        return "not determined" if row["note"] == NO_LIMIT else format_range(low, high)

    @cached_property
    def _rows(self) -> dict[str, dict[Any, Any]]:
        """Rows of the frame by what they are of, in words."""
        rows = self.to_frame().to_dict("records")
        return {str(Target(row["flux"], row["kind"])): row for row in rows}

    def to_frame(self) -> pd.DataFrame:
        """Return every flux: flux, kind, value, low, high, sd, determined, note.

        Kind is net, exchange, pool or share. Low and high are missing where no interval was asked
        for and infinite where it is open; `sd` is that of the linear approximation, infinite if
        not determined. `determined` says whether the data set both ends of the interval; without
        one, whether `sd` is finite and no limit of the flux space holds the value.
        """
        return self._frame

    @cached_property
    def _frame(self) -> pd.DataFrame:
        frame, linear = saved_fit(self.fit, self.intervals).fluxes, self.fit.to_frame()
        rows = frame.assign(sd=linear["sd"]).to_dict("records")
        for row, finite in zip(rows, linear["determined"]):
            if np.isnan(row["low"]):
                row["note"] = self._why_still(row) if row["sd"] == 0 else ""
                row["determined"] = bool(finite) and row["note"] != HELD
        columns = ["flux", "kind", "value", "low", "high", "sd", "determined", "note"]
        return pd.DataFrame(rows, columns=columns)

    def _why_still(self, row: Mapping[Any, Any]) -> str:
        """Return why the linear approximation sees a flux without interval not move."""
        target = Target(row["flux"], row["kind"])
        fixed = is_fixed(linear_coordinate(self.fit.problem.space, target)[0])
        return FIXED if fixed else HELD

    def net_fluxes(self) -> pd.DataFrame:
        """Return what a map needs: reaction, net, low, high, determined, exchange."""
        frame = self.to_frame()
        net = frame[frame["kind"] == "net"].rename(columns={"flux": "reaction", "value": "net"})
        exchange = dict(zip(self.fit.problem.space.steps, self.fit.state.exchange))
        both = [float(exchange.get(str(name), 0.0)) for name in net["reaction"]]
        return net.assign(exchange=both)[
            ["reaction", "net", "low", "high", "determined", "exchange"]
        ].reset_index(drop=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return fluxes, label values, measured fluxes and starts."""
        return {
            "fluxes": self.to_frame(),
            "mids": self.fit.labels(),
            "measured-fluxes": self.fit.measured_fluxes(),
            "starts": self.fit.starts,
        }

    def plot(self) -> "Figure":
        """Return the map of the network with the fluxes."""
        from cahill.tracing.flux_fit_page import flux_map

        return flux_map(self)

    def page(self) -> Page:
        """Return the report."""
        from cahill.tracing.flux_fit_page import fit_page

        return fit_page(self)

    def fitted_study(self) -> TracingStudy:
        """Return the study with the fitted state as its point."""
        space, state = self.fit.problem.space, self.fit.state
        point = FluxPoint(
            dict(zip(space.reactions, state.net.tolist())),
            dict(zip(space.steps, state.exchange.tolist())),
            dict(zip(space.pools, state.pools.tolist())),
        )
        return replace(self.study, point=point)

    def save(self, folder: str | Path, *, force: bool = False) -> tuple[Path, ...]:
        """Write pictures, tables, `fit.json` (for comparisons), `study.fml` and the report.

        What FluxML cannot say of the study is told in `study.fml.txt`.

        Raises
        ------
        InputError
            If the folder has content and `force` is false.
        """
        *written, report = super().save(folder, force=force)
        written.append(save_fit(self.fit, self.intervals, Path(folder) / "fit.json"))
        return (*written, *self._save_fluxml(Path(folder)), report)

    def _save_fluxml(self, folder: Path) -> list[Path]:
        from cahill.io.fluxml_write import write_fluxml

        path = folder / "study.fml"
        try:
            left_out = write_fluxml(self.fitted_study(), path, force=True)
        except InputError as error:
            path.unlink(missing_ok=True)
            left_out, written = (f"The study was not written as FluxML: {error}",), []
        else:
            written = [path]
        if left_out:
            told = folder / "study.fml.txt"
            told.write_text("".join(f"{line}\n" for line in left_out), encoding="utf-8")
            written.append(told)
        return written
