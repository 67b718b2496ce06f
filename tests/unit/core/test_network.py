import pytest

from cahill.core.atom_maps import parse_step
from cahill.core.network import Atom, Network, Species
from cahill.core.network_check import check_network
from cahill.errors import InputError, ModelError, UnknownNameError

SPECIES = {
    name: Species(name, name, "liver", {"C": carbon, "N": nitrogen}, kind)
    for name, carbon, nitrogen, kind in [
        ("Ala", 3, 1, "pool"),
        ("Pyr", 3, 0, "pool"),
        ("aKG", 5, 0, "pool"),
        ("Glu", 5, 1, "pool"),
        ("PEP", 3, 0, "pool"),
        ("G6P", 6, 0, "pool"),
        ("ATP", 0, 0, "boundary"),
        ("Fum", 4, 0, "pool"),
        ("PMP", 0, 1, "enzyme-bound"),
    ]
}
ALT = "Ala C:abc N:n + aKG C:defgh -> Pyr C:abc + Glu C:defgh N:n"


def parse(text, where=""):
    return parse_step("s", "r", text, SPECIES, where)


def test_atoms_are_followed_by_element_and_position():
    (atom_map,) = parse(ALT).maps
    transfers = dict(atom_map.transfers())
    assert transfers[Atom("Ala", "C", 3)] == Atom("Pyr", "C", 3)
    assert transfers[Atom("Ala", "N", 1)] == Atom("Glu", "N", 1)
    assert len(transfers) == 9
    assert atom_map.counts() == {"Ala": -1, "aKG": -1, "Pyr": 1, "Glu": 1}
    assert str(atom_map) == ALT


def test_a_species_may_stand_twice_and_one_untraced_bare():
    (atom_map,) = parse("PEP C:abc + PEP C:def + 2 ATP -> G6P C:cbadef").maps
    assert atom_map.counts() == {"PEP": -2, "ATP": -2, "G6P": 1}
    assert dict(atom_map.transfers())[Atom("PEP", "C", 1)] in {
        Atom("G6P", "C", 3),
        Atom("G6P", "C", 4),
    }


def test_alternatives_may_be_written_whole_or_as_products():
    whole = parse("Fum C:abcd -> Fum C:abcd | Fum C:abcd -> Fum C:dcba")
    short = parse("Fum C:abcd -> Fum C:abcd | Fum C:dcba")
    assert whole == short
    assert len(short.maps) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Ala C:abc N:n -> Pyr C:abc", "atom N:n of Ala is lost"),
        ("Pyr C:abc -> Ala C:abc N:n", "atom N:n of Ala comes from nowhere"),
        ("Pyr C:abb -> PEP C:abb", "C:b stands more than once on the left"),
        ("Pyr C:abc -> PEP C:aab", "C:a stands more than once on the right"),
        ("Pyr C:ab -> PEP C:abc", "Pyr has 3 C, its letters name 2"),
        ("Pyr C:abc -> PEP", "PEP has 3 C, its letters name 0"),
        ("Pyr C:abc N:n -> Ala C:abc N:n", "Pyr has 0 N, its letters name 1"),
        ("Pyrr C:abc -> PEP C:abc", 'unknown species "Pyrr"; did you mean Pyr'),
        ("Pyr C:abc = PEP C:abc", 'exactly one "->"'),
        ("Pyr C:abc -> PEP C:abc -> PEP C:abc", 'exactly one "->"'),
        ("2 Pyr C:abc -> PEP C:abc", "letters of its own"),
        ("Pyr C:abc C:abc -> PEP C:abc", "one element"),
        ("Pyr abc -> PEP C:abc", '"abc" after Pyr'),
        ("Pyr C:abc + -> PEP C:abc", "not a species"),
        ("Pyr C:abc -> PEP C:abc | Pyr C:abc", "alternatives differ"),
    ],
)
def test_faults_name_row_step_and_what_is_wrong(text, fault):
    with pytest.raises(ModelError) as error:
        parse(text, where="atom_maps.tsv row 7")
    message = str(error.value)
    assert message.startswith('atom_maps.tsv row 7: step "s": ')
    assert fault in message
    assert "\n" not in message


def test_species_refuses_nonsense():
    with pytest.raises(InputError, match="kind"):
        Species("X", "", "liver", {}, "solid")
    with pytest.raises(InputError, match="-1"):
        Species("X", "", "liver", {"C": -1})


HALVES = (
    parse_step("ala", "ALT", "Ala C:abc N:n -> Pyr C:abc + PMP N:n"),
    parse_step("glu", "ALT", "PMP N:n + aKG C:abcde -> Glu C:abcde N:n"),
)
ALT_STOICHIOMETRY = {"ALT": {"Ala": -1, "aKG": -1, "Pyr": 1, "Glu": 1}}


def network(steps, reactions, reversible=()):
    named = {name for row in reactions.values() for name in row} | {"PMP"}
    species = {name: SPECIES[name] for name in SPECIES if name in named}
    return Network(species, tuple(steps), reactions, frozenset(reversible))


def test_half_reactions_add_up_and_a_sound_network_has_no_issue():
    assert check_network(network(HALVES, ALT_STOICHIOMETRY, ["ALT"])) == []


def test_all_faults_are_reported_at_once():
    steps = (
        parse_step("ala", "ALT", "Ala C:abc N:n -> Pyr C:abc", where="row 2"),
        parse_step("lost", "LDH", "Pyr C:abc -> PEP C:cba"),
    )
    reactions = {**ALT_STOICHIOMETRY, "PK": {"PEP": -1, "Pyr": 1}, "leak": {"Ala": -1, "Pyr": 1}}
    faults = [str(issue) for issue in check_network(network(steps, reactions))]
    for expected in (
        'error: row 2: step "ala": atom N:n of Ala is lost',
        'error: reaction "PK": has no atom map',
        'error: step "lost": its map has no reaction: unknown reaction "LDH"',
        'error: reaction "ALT": its atom maps make +0 Glu, the model +1',
        'error: reaction "leak": loses 1 N each turn',
        'error: species "PEP": is used but never made',
        'error: species "Glu": is made but never used',
    ):
        assert any(fault.startswith(expected) for fault in faults), (expected, faults)


def test_enzyme_bound_groups_must_come_back():
    faults = check_network(network(HALVES[:1], {"ALT": {"Ala": -1, "Pyr": 1}}, ["ALT"]))
    assert any("+1 PMP" in issue.message for issue in faults)


def test_unknown_species_of_the_model_and_idle_species_are_named():
    idle = Network(SPECIES, (), {"x": {"Alla": -1}})
    issues = check_network(idle)
    assert any('unknown species "Alla"' in issue.message for issue in issues)
    assert any(issue.severity == "warning" and "no reaction" in issue.message for issue in issues)


def test_untraced_reactions_need_no_map():
    species = {"ATP": SPECIES["ATP"]}
    assert check_network(Network(species, (), {"use": {"ATP": -1}})) == []


def test_duplicate_steps_and_lookup():
    twice = network((*HALVES, HALVES[0]), ALT_STOICHIOMETRY, ["ALT"])
    assert any("stands twice" in issue.message for issue in check_network(twice))
    assert twice.step("glu") == HALVES[1]
    assert twice.of_kind("enzyme-bound") == {"PMP"}
    with pytest.raises(UnknownNameError, match="glu"):
        twice.step("gluu")
