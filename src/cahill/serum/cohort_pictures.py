"""The pictures of a screen: eDISH, migration, waterfall, and the account of rows."""

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from cahill.results.edish_plot import edish_plot
from cahill.results.migration_plot import migration_plot
from cahill.results.row_account_plot import row_account_plot
from cahill.results.tables import format_number
from cahill.results.theme import ThemeName
from cahill.results.waterfall_plot import waterfall_plot
from cahill.serum.cohort_tables import BANDS, quadrant_lines

if TYPE_CHECKING:
    from cahill.serum.cohort import SerumScreen


def dish_picture(result: "SerumScreen", theme: ThemeName = "light") -> Figure:
    """Draw every subject's peaks with the quadrants of the rule; empty axes if nobody has both."""
    of = "baseline" if result.dish.needs_baseline else "ULN"
    frame = dish_frame(result)
    shown = len(frame) + int(result.density["count"].sum() if len(result.density) else 0)
    words = [f"{format_number(shown)} of {format_number(result.subjects)} subjects"]
    words.append("each at its highest ALT and its highest bilirubin, which need not be of one day")
    open_ = result.quadrants.get("", 0)
    if open_:
        text = open_ if isinstance(open_, str) else format_number(open_)
        words.append(f"{text} in no quadrant, a peak not being certain")
    marks = [text for text in mark_words(result).values() if text]
    if frame.empty and not len(result.density):
        return _nothing("No subject has both peaks to show.", theme)
    return edish_plot(
        frame,
        title="Peak ALT against peak total bilirubin",
        subtitle="; ".join(words),
        labels=(f"peak ALT (× {of})", f"peak total bilirubin (× {of})"),
        lines=quadrant_lines(result.dish),
        quadrants=_quadrant_names(result),
        marks=marks,
        density=result.density,
        theme=theme,
    )


def dish_frame(result: "SerumScreen") -> pd.DataFrame:
    """Return the points of the eDISH plot: point, subject, group, x, y, mark and the peaks."""
    frame = result.points.reset_index(drop=True)
    frame["point"] = range(len(frame))
    words = mark_words(result)
    marked = {}
    if result.gated is not None and len(result.findings):
        own = result.findings[result.findings["rule"] == result.gated.label]
        marked = dict(zip(own["subject"], own["code"]))
    frame["mark"] = [words.get(marked.get(subject, ""), "") for subject in frame["subject"]]
    order = {name: k for k, name in enumerate(sorted(frame["group"].unique()))}
    return frame.sort_values("group", key=lambda own: own.map(order), kind="stable")


def mark_words(result: "SerumScreen") -> dict[str, str]:
    """Return what the rings of the eDISH plot mean, by reason code."""
    if result.gated is None:
        return {}
    name = result.gated.label
    return {
        "met": f"meets {name}",
        "ALP gate": f"would meet {name} but for its ALP gate",
        "ALP undetermined": f"{name} undetermined for want of ALP",
    }


def migration_picture(result: "SerumScreen", theme: ThemeName = "light") -> Figure:
    """Draw the shift of ALT from baseline to the worst later result, a panel an arm."""
    if result.migration.empty:
        return _nothing("No subject has a baseline of ALT and a later result.", theme)
    return migration_plot(
        result.migration,
        title="Migration of ALT from baseline",
        subtitle="Subjects by band at baseline (rows) and of the highest later result (columns)",
        bands=BANDS,
        labels=("worst after baseline (× ULN)", "baseline (× ULN)"),
        theme=theme,
    )


def waterfall_picture(result: "SerumScreen", theme: ThemeName = "light") -> Figure:
    """Draw every subject's highest ALT after baseline over the baseline."""
    if result.bars.empty:
        return _nothing("No subject has a baseline of ALT and a later result.", theme)
    some = "; evenly spaced subjects of large arms" if len(result.bars) < _whole(result) else ""
    return waterfall_plot(
        result.bars,
        title="Change of ALT from baseline",
        subtitle=f"Highest result after baseline over the baseline, a subject a bar{some}",
        bands=BANDS,
        label="highest ALT (× baseline)",
        key="highest ALT (× ULN)",
        theme=theme,
    )


def account_picture(result: "SerumScreen", theme: ThemeName = "light") -> Figure:
    """Draw what became of every row of the input."""
    if result.account.empty:
        return _nothing("The input has no rows.", theme)
    return row_account_plot(
        result.account,
        title="Every row accounted for",
        subtitle=f"{format_number(int(result.account['rows'].sum()))} rows of the input",
        theme=theme,
    )


def _whole(result: "SerumScreen") -> int:
    return int(result.bars.groupby("group")["subjects"].first().sum())


def _quadrant_names(result: "SerumScreen") -> tuple[str, str, str, str]:
    names = []
    for name in result.dish.quadrants:
        count = result.quadrants.get(name, 0)
        text = count if isinstance(count, str) else format_number(count)
        title = f"{name} quadrant" if name not in ("lower left",) else name
        names.append(f"{title}: {text}")
    return (names[0], names[1], names[2], names[3])


def _nothing(words: str, theme: ThemeName) -> Figure:
    """Return a picture that says there is nothing to draw."""
    from cahill.results.theme import styled

    with styled(theme) as colours:
        figure = Figure(figsize=(6.0, 0.7))
        figure.text(0.03, 0.5, words, fontsize=9, color=colours.muted, va="center")
    return figure
