import math
import re
from importlib.resources import files

import pytest
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts, texts_on_shapes
from results_demo import CONCENTRATIONS, FLUXES, GROSS

from cahill.errors import ModelError, UnknownNameError
from cahill.results.drawing import draw_cycle_map
from cahill.results.map_flux import (
    concentration_text,
    edge_flux,
    flux_text,
    line_width,
    scale_top,
)
from cahill.results.map_layout import load_layout, parse_term, read_layout
from cahill.results.map_routes import route
from cahill.results.pictures import figure_svg

CASES = {
    "reference": (FLUXES, GROSS),
    "reversed": ({k: -v for k, v in FLUXES.items()}, {k: v[::-1] for k, v in GROSS.items()}),
    "every arrow at full width": (dict.fromkeys(FLUXES, 22.8), GROSS),
    "ten times larger": (
        {k: 10 * v for k, v in FLUXES.items()},
        {k: (10 * f, 10 * b) for k, (f, b) in GROSS.items()},
    ),
    "standstill": (dict.fromkeys(FLUXES, 0.0), {}),
    "nothing known": ({}, {}),
    "not numbers": (dict.fromkeys(FLUXES, math.nan), dict.fromkeys(GROSS, (math.nan, 1.0))),
}


def edge(name):
    return next(edge for edge in load_layout().edges if edge.id == name)


@pytest.mark.parametrize("case", CASES)
def test_no_text_overlaps_anything_and_nothing_is_cut_off(case):
    fluxes, gross = CASES[case]
    figure = draw_cycle_map(
        fluxes,
        gross=gross,
        concentrations=CONCENTRATIONS,
        title="The glucose-alanine cycle",
        subtitle="A condition with a rather long description, 45 % of maximal oxygen uptake, 2 h",
    )
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []
    assert texts_on_shapes(figure, "edge-") == []
    assert texts_on_shapes(figure, "node-") == []


def test_the_same_numbers_give_the_same_bytes():
    first, second = (figure_svg(draw_cycle_map(FLUXES, gross=GROSS)) for _ in range(2))
    assert first == second
    assert "<dc:date>" not in first


def test_light_and_dark_show_the_same_words():
    words = [
        [text for text, _ in shown_texts(draw_cycle_map(FLUXES, theme=theme))]
        for theme in ("light", "dark")
    ]
    assert words[0] == words[1]


def test_numbers_and_concentrations_stand_on_the_map():
    figure = draw_cycle_map(FLUXES, gross=GROSS, concentrations={"Ala_blood": 0.34})
    words = [text for text, _ in shown_texts(figure)]
    assert {"10.9", "2.9 ⇄ 1.6", "0.34 mM", "0.45"} <= set(words)


def test_an_arrow_turns_with_its_flux():
    def tip(flux):
        figure = draw_cycle_map({"glucose_uptake_muscle": flux})
        arrow = next(p for p in figure.axes[0].patches if p.get_gid() == "edge-muscle_glucose-C")
        corners = arrow.get_path().vertices[:-1]
        return corners[len(corners) // 2]

    line = route(edge("muscle_glucose"), load_layout())
    assert tip(2.0) == pytest.approx(line[-1])
    assert tip(-2.0) == pytest.approx(line[0])


def test_flux_of_opposed_reactions_is_their_difference_and_gross_their_parts():
    flux = edge_flux(edge("muscle_alanine"), FLUXES, {})
    assert flux.net == pytest.approx(1.34)
    assert (flux.forward, flux.backward) == pytest.approx((2.94, 1.60))


def test_gross_flux_swaps_where_the_map_shows_the_reaction_backwards():
    flux = edge_flux(edge("muscle_ALT_carbon"), FLUXES, GROSS)
    assert flux.net == pytest.approx(1.1)
    assert flux.forward - flux.backward == pytest.approx(1.1)
    assert flux.forward == pytest.approx(5.8 + 3.6)


def test_one_absent_reaction_leaves_the_sum_unknown():
    flux = edge_flux(edge("muscle_alanine"), {"alanine_release_muscle": 1.0}, {})
    assert not flux.known
    assert flux_text(flux.net) == "n/a"


def test_width_grows_with_the_flux_and_is_bounded():
    widths = [line_width(flux, 15.0) for flux in (0.0, 0.1, 1.0, 5.0, 15.0, 1e6)]
    assert widths == sorted(widths)
    assert widths[-1] == widths[-2]


def test_full_width_is_a_round_number_at_or_above_the_largest_flux():
    flux = edge_flux(edge("liver_glucose"), FLUXES, {})
    assert scale_top([flux]) == 15.0
    assert scale_top([]) == 1.0


@pytest.mark.parametrize(
    ("flux", "text"),
    [
        (0.004, "0"),
        (0.449, "0.45"),
        (-2.94, "2.9"),
        (0.9951, "1.0"),
        (99.94, "99.9"),
        (123.4, "123"),
        (math.inf, "n/a"),
    ],
)
def test_flux_text(flux, text):
    assert flux_text(flux) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.93, "4.9 mM"), (0.0612, "61 µM"), (220.0, "220 mM"), (1e-6, "<0.1 µM"), (9.96, "10.0 mM")],
)
def test_concentration_text(value, text):
    assert concentration_text(value) == text


def test_terms():
    assert parse_term("-ALT1_liver") == ("ALT1_liver", -1.0)
    assert parse_term("-2*PC_liver") == ("PC_liver", -2.0)
    with pytest.raises(ModelError, match="no number before"):
        parse_term("two*PC_liver")


def layout_data(**changes):
    table = {"id": "e", "from": "a.E", "to": "b.W", "reactions": ["r"], "element": "C"}
    node = {"label": "x", "lane": "blood"}
    places = ("size", "title_at", "subtitle_at", "legend_at", "node_size")
    canvas = {place: [100, 100] for place in places}
    return {
        "canvas": canvas,
        "lane": [{"id": "blood", "label": "Blood", "box": [0, 0, 100, 100], "label_at": [1, 1]}],
        "node": [{"id": "a", "at": [10, 50], **node}, {"id": "b", "at": [90, 50], **node}],
        "edge": [table | changes],
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "bb.W"}, 'edge e: unknown node "bb"'),
        ({"to": "b.Q"}, 'edge e: unknown side "Q"'),
        ({"label_side": "abov"}, "did you mean above"),
    ],
)
def test_a_fault_in_the_layout_is_named(changes, message):
    with pytest.raises(UnknownNameError, match=message):
        read_layout(layout_data(**changes))


def test_a_layout_can_be_read_from_tables():
    layout = read_layout(layout_data())
    assert layout.reactions() == {"r"}
    assert route(layout.edges[0], layout)[0, 0] > 10


def model_reactions() -> dict[str, tuple[set[str], set[str]]]:
    """Return substrates and products of each reaction of the whole-body model."""
    reactions = {}
    for module in (files("cahill") / "data" / "models").iterdir():
        if module.name.endswith(".ant"):
            text = module.read_text(encoding="utf-8")
            for name, left, right in re.findall(r"(\w+)\s*:\s*([^:;]*?)\s*[-=]>\s*([^;]*);", text):
                sides = (set(re.findall(r"[A-Za-z]\w*", side)) for side in (left, right))
                reactions[name] = tuple({s.removesuffix("_mito") for s in side} for side in sides)
    return reactions


def test_every_arrow_of_the_map_follows_the_model():
    reactions = model_reactions()
    species = set().union(*(side for sides in reactions.values() for side in sides))
    for arrow in load_layout().edges:
        start, end = (port.node.removesuffix("_mito") for port in (arrow.start, arrow.end))
        for reaction, weight in arrow.terms:
            assert reaction in reactions, f"{arrow.id}: the model has no reaction {reaction}"
            left, right = reactions[reaction] if weight > 0 else reactions[reaction][::-1]
            assert start in left or start not in species, f"{arrow.id}: {reaction} uses no {start}"
            assert end in right or end not in species, f"{arrow.id}: {reaction} makes no {end}"
