import math
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts, texts_on_shapes

from cahill.core.network import AtomMap, Network, Participant, Species, Step
from cahill.errors import InputError
from cahill.results.map_layout import MapLayout, read_layout
from cahill.results.map_routes import route
from cahill.results.network_map import network_map
from cahill.results.network_map_auto import automatic_layout
from cahill.results.network_map_estimates import (
    edge_estimate,
    flux_table,
    full_width,
    interval_words,
    label_lines,
    power_of_ten,
    power_words,
)
from cahill.results.network_map_files import read_layout_file, shipped_layout
from cahill.results.network_map_layers import layered
from cahill.results.network_map_skeleton import skeleton
from cahill.results.pictures import figure_svg
from cahill.results.theme import LIGHT

TRACING = Path(__file__).parents[3].parent / "shared" / "data" / "tracing"
UNSURE = {"RPE", "GLUt2m", "ALAtout"}


def liver_layout() -> MapLayout:
    return read_layout_file(Path(str(files("cahill") / "data/drawing/human_liver_map.toml")))


def liver_network() -> Network:
    return Network({}, (), {name: {} for name in sorted(liver_layout().reactions())})


def liver_frame(**changes) -> pd.DataFrame:
    """Return made-up estimates of every size and sign, some of them not determined."""
    names = sorted(liver_layout().reactions())
    net = np.array([(-1) ** (k % 5) * 740.0 * 0.45 ** (k % 8) for k in range(len(names))])
    frame = pd.DataFrame({"reaction": names, "net": net})
    frame["determined"] = ~frame["reaction"].isin(UNSURE)
    return frame.assign(low=net - 0.3 * abs(net) - 2, high=net + 0.2 * abs(net) + 3).assign(
        **changes
    )


def tenfold() -> pd.DataFrame:
    frame = liver_frame()
    numbers = ["net", "low", "high"]
    return frame.assign(**{name: 10 * frame[name] for name in numbers}, exchange=3456.0)


CASES = {
    "reference": lambda: liver_frame(exchange=250.0),
    "tenfold": tenfold,
    "wide intervals": lambda: liver_frame(net=1234.5, low=-1234.5, high=2345.6, exchange=3456.0),
    "reversed": lambda: liver_frame(net=-700.0, low=-760.0, high=-650.0),
    "not determined": lambda: liver_frame(low=-math.inf, high=math.inf, determined=False),
    "small unit": lambda: liver_frame(net=0.0123, low=-0.0045, high=0.034, exchange=0.02),
    "standstill": lambda: liver_frame(net=0.0, low=-2.0, high=2.0),
    "no estimate": lambda: liver_frame(net=math.nan, low=math.nan, high=math.nan),
}


def faults(figure):
    return [
        *overlapping_texts(figure),
        *cut_off_texts(figure),
        *texts_on_shapes(figure, "edge-"),
        *texts_on_shapes(figure, "node-"),
    ]


@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_on_the_liver_map(case):
    figure = network_map(
        liver_network(),
        CASES[case](),
        title="Human liver",
        subtitle="a donor with a rather long description, fasted for a night",
        unit="nmol/mg protein/h",
    )
    assert faults(figure) == []


def test_the_same_numbers_give_the_same_bytes_and_both_themes_the_same_words():
    first, second = (network_map(liver_network(), liver_frame()) for _ in range(2))
    assert figure_svg(first) == figure_svg(second)
    dark = network_map(liver_network(), liver_frame(), theme="dark")
    assert [text for text, _ in shown_texts(first)] == [text for text, _ in shown_texts(dark)]


def arrow(figure, name):
    return next(p for p in figure.axes[0].patches if p.get_gid() == f"edge-{name}")


def test_an_arrow_turns_with_its_flux():
    layout = liver_layout()
    line = route(next(edge for edge in layout.edges if edge.id == "ALT"), layout)
    for net, end in ((5.0, line[-1]), (-5.0, line[0])):
        figure = network_map(liver_network(), liver_frame(net=net))
        corners = arrow(figure, "ALT").get_path().vertices[:-1]
        assert corners[len(corners) // 2] == pytest.approx(end)


def test_what_is_not_determined_is_pale_with_a_dashed_rim():
    figure = network_map(liver_network(), liver_frame(net=5.0))
    sure, unsure = arrow(figure, "RPI"), arrow(figure, "RPE")
    assert sure.get_linestyle() == "solid"
    assert unsure.get_linestyle() != "solid"
    assert _hex(sure.get_facecolor()) == LIGHT.carbon
    assert _hex(unsure.get_facecolor()) == LIGHT.carbon_pale


def _hex(colour):
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour[:3])


def edge(name):
    return next(edge for edge in liver_layout().edges if edge.id == name)


def test_the_interval_is_told_along_the_drawn_arrow():
    table = flux_table(liver_frame(net=-117.0, low=-299.0, high=50.6))
    lines = label_lines(edge("GDH"), edge_estimate(edge("GDH"), table), 150.0)
    assert [text for text, _ in lines] == ["GDH", "117", "(−51 to 299)"]


def test_a_weight_turns_and_scales_the_interval():
    layout = toy_layout(reactions=["-2*r"])
    table = flux_table(toy_frame(net=3.0, low=1.0, high=math.inf))
    estimate = edge_estimate(layout.edges[0], table)
    assert (estimate.net, estimate.low, estimate.high) == (-6.0, -math.inf, -2.0)


def test_a_sum_has_no_interval_and_is_determined_only_if_all_its_parts_are():
    estimate = edge_estimate(edge("alanine"), flux_table(liver_frame()))
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert not estimate.determined


def test_gross_fluxes_follow_from_net_and_exchange():
    estimate = edge_estimate(edge("ALT"), flux_table(liver_frame(net=-3.0, exchange=10.0)))
    assert (estimate.forward, estimate.backward) == (10.0, 13.0)
    assert label_lines(edge("ALT"), estimate, 10.0)[-1][0] == "10 ⇄ 13"


def test_one_flux_on_two_arrows_is_written_once():
    frame = liver_frame(net=1.0, low=math.nan, high=math.nan)
    frame.loc[frame["reaction"] == "FBA", "net"] = 77.7
    words = [text for text, _ in shown_texts(network_map(liver_network(), frame))]
    assert words.count("77.7") == 1


@pytest.mark.parametrize(
    ("top", "power", "words"),
    [(750.0, 0, ""), (0.5, 0, ""), (0.02, -3, "×10⁻³"), (3e-7, -9, "×10⁻⁹"), (5e5, 3, "×10³")],
)
def test_numbers_stay_short_whatever_the_unit(top, power, words):
    assert power_of_ten(top) == power
    assert power_words(power) == words
    assert 0.5 <= top / 10.0**power < 20_000


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8))
def test_full_width_is_at_least_the_largest_flux(fluxes):
    estimates = [
        edge_estimate(toy_layout().edges[0], flux_table(toy_frame(net=flux))) for flux in fluxes
    ]
    top = full_width(estimates)
    largest = max(abs(flux) for flux in fluxes)
    assert top >= largest * (1 - 1e-9)
    assert top <= 2 * largest or largest == 0


def toy_frame(**changes) -> pd.DataFrame:
    row = {"reaction": "r", "net": 1.0, "low": 0.5, "high": 2.0, "determined": True}
    return pd.DataFrame([row | changes])


def toy_layout(**changes) -> MapLayout:
    return read_layout(toy_tables(**changes))


def toy_tables(**changes):
    edge = {"id": "e", "from": "a.E", "to": "b.W", "reactions": ["r"], "element": "C"}
    places = ("size", "title_at", "subtitle_at", "legend_at", "node_size")
    return {
        "canvas": {place: [100, 100] for place in places},
        "lane": [],
        "node": [
            {"id": "a", "at": [10, 50], "label": "a", "lane": ""},
            {"id": "b", "at": [90, 50], "label": "b", "lane": ""},
        ],
        "edge": [edge | changes],
    }


@pytest.mark.parametrize("column", ["reaction", "net", "low", "high", "determined"])
def test_a_missing_column_is_named(column):
    with pytest.raises(InputError, match=f"lacks the column {column}"):
        network_map(liver_network(), liver_frame().drop(columns=column))


def test_a_reaction_that_stands_twice_is_named():
    with pytest.raises(InputError, match='"r" has two rows'):
        flux_table(pd.concat([toy_frame(), toy_frame()]))


LAYOUT = """
[canvas]
size = [200, 200]
title_at = [1, 1]
subtitle_at = [1, 9]
legend_at = [1, 150]
node_size = [40, 20]
[[lane]]
id = "x"
label = "Cell"
box = [0, 0, 200, 140]
label_at = [5, 5]
[[node]]
id = "a"
label = "a"
lane = "x"
at = [40, 60]
[[node]]
id = "b"
label = "b"
lane = "x"
at = [160, 60]
[[edge]]
id = "e"
from = "a.E"
to = "b.W"
reactions = ["r"]
element = "N"
"""


def test_a_layout_of_ones_own_is_read_and_drawn(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LAYOUT, encoding="utf-8")
    layout = read_layout_file(path)
    assert layout.reactions() == {"r"}
    network = Network({}, (), {"r": {}})
    figure = network_map(network, toy_frame(net=12.0), layout=layout)
    assert _hex(arrow(figure, "e").get_facecolor()) == LIGHT.nitrogen


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"a.E"', '"aa.E"', 'mine.toml edge e: unknown node "aa"'),
        ("size = [200, 200]", "size = 200", "mine.toml: "),
        ('id = "e"\n', "", "mine.toml: 'id' is missing"),
        ("[canvas]", "[canvas", "mine.toml: not TOML"),
        ('element = "N"', 'element = "N"\nlabel_side = "abov"', "mine.toml edge e: .*above"),
    ],
)
def test_a_fault_in_a_layout_file_is_told_in_one_line(tmp_path, old, new, message):
    path = tmp_path / "mine.toml"
    path.write_text(LAYOUT.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as told:
        read_layout_file(path)
    assert "\n" not in str(told.value)


def test_a_layout_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_layout_file(tmp_path / "none.toml")


# ---- the shipped layout against the network it is of --------------------------------------------


def liver_study():
    if not (TRACING / "human_liver").is_dir():
        pytest.skip("the human liver data are not here")
    from cahill.io.studies import read_study

    return read_study(TRACING / "human_liver", condition="D20 fasted")


def test_the_liver_network_gets_its_own_map():
    assert shipped_layout(liver_study().network) == liver_layout()
    assert shipped_layout(toy_network()) is None


def test_every_arrow_of_the_liver_map_follows_carbon_of_its_reactions():
    network, layout = liver_study().network, liver_layout()
    ways: dict[str, set[tuple[str, str]]] = {}
    for step in network.steps:
        pairs = {(a.species, b.species) for m in step.maps for a, b in m.transfers()}
        ways.setdefault(step.reaction, set()).update(pairs)
    reach = {pair for pairs in ways.values() for pair in pairs}
    reach |= {(b, a) for name in network.reversible for a, b in ways.get(name, ())}
    mapped = set(layout.nodes)
    for one in layout.edges:
        for reaction, weight in one.terms:
            pairs = ways[reaction] if weight > 0 else {(b, a) for a, b in ways[reaction]}
            starts = _through(one.start.node, reach, mapped)
            goals = _through(one.end.node, {(b, a) for a, b in reach}, mapped)
            fits = any(a in starts and b in goals for a, b in pairs)
            assert fits, f"{one.id}: {reaction} carries nothing from its start to its end"


def _through(node: str, ways: set[tuple[str, str]], mapped: set[str]) -> set[str]:
    """Return what carbon of a node reaches without passing another one of the map."""
    same = {node, node.replace("_e", "_v")} if node.endswith("_e") else {node}
    seen, waiting = set(same), list(same)
    while waiting:
        here = waiting.pop()
        for start, end in ways:
            if start == here and end not in seen and end not in mapped:
                seen.add(end)
                waiting.append(end)
    return seen


# ---- the automatic layout -----------------------------------------------------------------------


def step(name: str, text: str) -> Step:
    left, right = (
        tuple(
            Participant(words[0], {"C": words[1]})
            for words in (part.split() for part in side.split("+"))
        )
        for side in text.split("->")
    )
    return Step(name, name, (AtomMap(left, right),))


TOY = {
    "in": "Glc abcdef -> G6P abcdef",
    "pgi": "G6P abcdef -> F6P abcdef",
    "fba": "F6P abcdef -> GAP cba + GAP def",
    "eno": "GAP abc -> PEP abc",
    "pk": "PEP abc -> Pyr abc",
    "ldh": "Pyr abc -> Lac abc",
    "pdh": "Pyr abc -> AcCoA bc + CO2 a",
    "pc": "Pyr abc + CO2 d -> OAA abcd",
    "pck": "OAA abcd -> PEP abc + CO2 d",
    "cs": "OAA abcd + AcCoA ef -> Cit dcbfea",
    "icd": "Cit abcdef -> AKG abcde + CO2 f",
    "akgd": "AKG abcde -> Suc bcde + CO2 a",
    "sdh": "Suc abcd -> OAA abcd",
    "gdh": "Glu abcde -> AKG abcde",
    "alt": "Ala abc + AKG defgh -> Pyr abc + Glu defgh",
    "ast": "Asp abcd + AKG efghi -> OAA abcd + Glu efghi",
    "psat": "PHP abc + Glu defgh -> Ser abc + AKG defgh",
    "bcat": "Leu abcdef + AKG ghijk -> KIC abcdef + Glu ghijk",
    "pgd": "PEP abc -> PHP abc",
}


def toy_network() -> Network:
    steps = tuple(step(name, text) for name, text in TOY.items())
    parts = [p for s in steps for side in (s.maps[0].reactants, s.maps[0].products) for p in side]
    species = {p.species: Species(p.species, "", "c", {"C": len(p.letters["C"])}) for p in parts}
    return Network(species, steps, {s.id: s.maps[0].counts() for s in steps} | {"drain": {}})


def toy_fluxes(seed: int = 0) -> pd.DataFrame:
    names = [*TOY, "drain"]
    rng = np.random.default_rng(seed)
    net = rng.normal(0, 40, len(names))
    spread = rng.uniform(0.01, 1, len(names)) * np.abs(net)
    return pd.DataFrame(
        {
            "reaction": names,
            "net": net,
            "low": net - spread,
            "high": net + spread,
            "determined": rng.random(len(names)) > 0.1,
        }
    )


def test_the_skeleton_leaves_out_carriers():
    net = dict.fromkeys(TOY, 1.0)
    links = skeleton(toy_network(), net)
    pairs = {frozenset((link.start, link.end)) for link in links}
    assert not any("CO2" in pair for pair in pairs)
    assert frozenset(("AcCoA", "Cit")) in pairs
    shared = next(link for link in links if {link.start, link.end} == {"AKG", "Glu"})
    # transaminations are shown by what they transaminate, not by their carrier
    assert {reaction for reaction, _ in shared.terms} == {"gdh"}


def test_opposed_reactions_share_an_arrow_with_signs():
    links = skeleton(toy_network(), dict.fromkeys(TOY, 1.0))
    shared = next(link for link in links if {link.start, link.end} == {"PEP", "OAA"})
    assert shared.terms == (("pck", 1.0),)
    network = Network(
        toy_network().species,
        (step("there", "Glc abcdef -> G6P abcdef"), step("back", "G6P abcdef -> Glc abcdef")),
        {"there": {}, "back": {}},
    )
    (only,) = skeleton(network, {"there": 1.0, "back": 1.0})
    assert only.terms == (("there", 1.0), ("back", -1.0))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_overlaps_on_an_automatic_map(seed):
    figure = network_map(toy_network(), toy_fluxes(seed), unit="mmol/g/h")
    assert faults(figure) == []
    words = [text for text, _ in shown_texts(figure)]
    assert {"Not drawn", "drain"} <= set(words)


def test_large_fluxes_run_down_the_page():
    frame = toy_fluxes()
    table = flux_table(frame)
    layout = automatic_layout(toy_network(), table)
    estimates = {one.id: edge_estimate(one, table) for one in layout.edges}
    strongest = max(layout.edges, key=lambda one: abs(estimates[one.id].net))
    assert estimates[strongest.id].net > 0
    for one in layout.edges:
        assert layout.nodes[one.start.node].at[1] < layout.nodes[one.end.node].at[1]


def test_a_network_of_single_atoms_is_drawn_all_the_same():
    network = Network(
        {name: Species(name, "", "c", {"C": 1}) for name in "AB"},
        (step("r", "A a -> B a"),),
        {"r": {"A": -1, "B": 1}},
    )
    assert [one.id for one in automatic_layout(network, flux_table(toy_frame())).edges] == ["A-B"]


def test_a_network_without_traced_atoms_is_refused():
    network = Network({}, (), {"r": {}})
    with pytest.raises(InputError, match="give atom maps"):
        network_map(network, toy_frame())


def test_the_e_coli_network_is_legible():
    path = TRACING / "fluxml" / "EC.fml"
    if not path.exists():
        pytest.skip("the FluxML data are not here")
    from cahill.io.fluxml import read_fluxml

    network = read_fluxml(path, "a_STAT").network
    names = list(network.reactions)
    net = np.array([100.0 * 0.93**k for k in range(len(names))])
    frame = pd.DataFrame({"reaction": names, "net": net, "determined": True})
    figure = network_map(network, frame.assign(low=net - 1.5, high=net + 2.5))
    assert faults(figure) == []


@settings(deadline=None, max_examples=40)
@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=22), st.data())
def test_layers_keep_nodes_and_labels_apart(pairs, data):
    links = sorted({tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]})
    if not links:
        return
    turned = data.draw(st.lists(st.booleans(), min_size=len(links), max_size=len(links)))
    links = [(f"n{b}", f"n{a}") if t else (f"n{a}", f"n{b}") for (a, b), t in zip(links, turned)]
    widths = {name: 30.0 + 3 * k for k, name in enumerate(dict.fromkeys(sum(links, ())))}
    weights = [float(k % 4) for k in range(len(links))]
    layers = layered(widths, links, weights, [20.0 + k for k in range(len(links))])
    for chain, down, link in zip(layers.chains, layers.down, links):
        ranks = [layers.items[k].rank for k in chain]
        assert ranks == list(range(ranks[0], ranks[0] + len(ranks)))
        ends = [list(widths)[k] for k in (chain[0], chain[-1])]
        assert ends == list(link if down else link[::-1])
    for rank in {item.rank for item in layers.items}:
        here = sorted(
            (layers.x[k] - item.left, layers.x[k] + item.right)
            for k, item in enumerate(layers.items)
            if item.rank == rank
        )
        assert all(one[1] < other[0] for one, other in pairwise(here))
    assert all(layers.items[k].rank % 2 == 1 for k in layers.label)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.064, 6.31, "−0.1 to 6.3"),
        (-0.01, 6.31, "0.0 to 6.3"),
        (12.3, 1234.5, "12–1,234"),
        (0.00124, 0.0049, "0.0012–0.0049"),
        (3.0, math.inf, "≥ 3.0"),
        (math.nan, -2.5, "≤ −2.5"),
        (0.0, 0.0, "0–0"),
    ],
)
def test_both_ends_of_an_interval_are_written_alike(low, high, words):
    assert interval_words(low, high) == words
