"""One visual identity for every picture and page: colours, fonts, light and dark.

Every colour is a name in a `Theme`; pictures use these names only, and no two names of the light
theme share a value. A page can therefore turn the colours of a light picture into CSS variables and
show the same drawing in light and dark (`colour_variables`). Carbon is blue and nitrogen vermilion,
a pair that stays apart under all common forms of colour blindness (after Okabe and Ito 2008).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Literal

import matplotlib as mpl
from cycler import cycler

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True)
class Theme:
    """Named colours of one variant, as lower-case hex strings."""

    paper: str
    ink: str
    muted: str
    faint: str
    grid: str
    shade: str
    node: str
    carbon: str
    carbon_soft: str
    carbon_pale: str
    nitrogen: str
    nitrogen_soft: str
    nitrogen_pale: str
    lane_muscle: str
    lane_blood: str
    lane_liver: str
    lane_other: str
    series_1: str
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str
    met: str
    missed: str
    target: str

    @property
    def series(self) -> tuple[str, ...]:
        """Colours of successive lines in one panel."""
        return (
            self.series_1,
            self.series_2,
            self.series_3,
            self.series_4,
            self.series_5,
            self.series_6,
        )

    def lane(self, name: str) -> str:
        """Return the background of a lane of the cycle map."""
        return str(getattr(self, f"lane_{name}"))


LIGHT = Theme(
    paper="#ffffff",
    ink="#18212c",
    muted="#566272",
    faint="#a9b3bf",
    grid="#e3e7ec",
    shade="#eef1f5",
    node="#fefefe",
    carbon="#0a5fa5",
    carbon_soft="#92bbdd",
    carbon_pale="#d6e5f2",
    nitrogen="#d04f05",
    nitrogen_soft="#eeab7c",
    nitrogen_pale="#fae2d2",
    lane_muscle="#f9f4f1",
    lane_blood="#f4f5f8",
    lane_liver="#f6f5ee",
    lane_other="#f1f3f3",
    series_1="#0b60a6",
    series_2="#cf5006",
    series_3="#00795f",
    series_4="#8a3f97",
    series_5="#9a7400",
    series_6="#4a5563",
    met="#00775d",
    missed="#a8174f",
    target="#c3ccd7",
)

DARK = Theme(
    paper="#11161d",
    ink="#e9edf2",
    muted="#a2aebb",
    faint="#5d6977",
    grid="#28313c",
    shade="#1b232d",
    node="#1a222c",
    carbon="#5aaef0",
    carbon_soft="#2f6d9f",
    carbon_pale="#1b3a55",
    nitrogen="#ff9752",
    nitrogen_soft="#a8602f",
    nitrogen_pale="#4b2e1c",
    lane_muscle="#1d1a1c",
    lane_blood="#171c25",
    lane_liver="#1b1d1a",
    lane_other="#191e22",
    series_1="#5bb0f2",
    series_2="#ff9853",
    series_3="#3fc7a4",
    series_4="#d39be0",
    series_5="#e2bf4d",
    series_6="#b7c2ce",
    met="#3fc8a5",
    missed="#ff82ad",
    target="#3d4957",
)

THEMES: dict[str, Theme] = {"light": LIGHT, "dark": DARK}

FONT = "DejaVu Sans"


def css_name(field: str) -> str:
    """Return the CSS variable that holds a colour of the theme."""
    return f"--{field.replace('_', '-')}"


def css_variables(theme: Theme) -> str:
    """Return the theme as CSS declarations, one a colour."""
    return " ".join(f"{css_name(f.name)}: {getattr(theme, f.name)};" for f in fields(theme))


def colour_variables(svg: str) -> str:
    """Replace the colours of the light theme in an SVG by the CSS variables of the page.

    Each variable keeps its light value as the fallback, so the drawing still stands alone.
    """
    names = {getattr(LIGHT, f.name): css_name(f.name) for f in fields(LIGHT)}
    pattern = re.compile("|".join(map(re.escape, names)), re.IGNORECASE)
    return pattern.sub(lambda hit: f"var({names[hit[0].lower()]}, {hit[0].lower()})", svg)


def rc_parameters(theme: Theme) -> dict[str, object]:
    """Return the matplotlib settings of a theme; SVG output is reproducible byte for byte."""
    return {
        "font.family": FONT,
        "font.size": 9.0,
        "text.color": theme.ink,
        "text.parse_math": False,
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.titlesize": 10.0,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.formatter.useoffset": False,
        "grid.color": theme.grid,
        "grid.linewidth": 0.7,
        "axes.prop_cycle": cycler(color=theme.series),
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "lines.linewidth": 1.8,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "svg.hashsalt": "cahill",
        "svg.fonttype": "path",
        "savefig.dpi": 200,
    }


@contextmanager
def styled(theme: ThemeName = "light") -> Iterator[Theme]:
    """Draw and save in the house style; yields the named colours."""
    chosen = THEMES[theme]
    with mpl.rc_context(rc_parameters(chosen)):  # pyright: ignore[reportArgumentType]
        yield chosen
