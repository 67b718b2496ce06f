"""Geometry checks on drawn figures: no text over text, over another node or over an arrow."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def shown_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return every visible, non-empty text with its box in pixels, shrunk by half a pixel."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = []
    hidden = _ticks_out_of_view(figure)
    for artist in figure.findobj(Text):
        assert isinstance(artist, Text)
        if artist.get_visible() and artist.get_text().strip() and artist not in hidden:
            texts.append((artist.get_text(), artist.get_window_extent(renderer).padded(-0.5)))
    return texts


def _ticks_out_of_view(figure: Figure) -> set[Text]:
    """Return the tick labels matplotlib keeps but does not draw."""
    hidden: set[Text] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                if not ax.axison or not low - slack <= tick.get_loc() <= high + slack:
                    hidden |= {tick.label1, tick.label2}
    return hidden


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes overlap."""
    return [
        (one, other)
        for (one, box), (other, other_box) in combinations(shown_texts(figure), 2)
        if box.overlaps(other_box)
    ]


def cut_off_texts(figure: Figure) -> list[str]:
    """Return the texts that leave the figure."""
    page = figure.bbox
    return [
        text
        for text, box in shown_texts(figure)
        if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1
    ]


def texts_on_shapes(figure: Figure, prefix: str) -> list[tuple[str, str]]:
    """Return (text, shape id) where a text touches a patch whose id starts with `prefix`.

    Text that lies wholly inside a shape is its label and is allowed.
    """
    texts = shown_texts(figure)
    hits = []
    for patch in figure.axes[0].patches:
        name = patch.get_gid() or ""
        if not name.startswith(prefix):
            continue
        path = patch.get_path().transformed(patch.get_transform())
        outer = path.get_extents()
        for text, box in texts:
            inside = outer.contains(box.x0, box.y0) and outer.contains(box.x1, box.y1)
            if prefix == "node-" and inside:
                continue
            if path.intersects_bbox(box, filled=True):
                hits.append((text, name))
    return hits
