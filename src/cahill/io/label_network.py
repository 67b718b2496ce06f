"""The tables `network` and `species` of a tidy study, turned into a network."""

from dataclasses import dataclass, field
from typing import cast, get_args

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import Constraint, Flux, Relation
from cahill.core.network import KINDS, AtomMap, Kind, Network, Species, Step
from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.io.enrichment_rows import Row
from cahill.io.network_build import join_untraced, net_stoichiometry, touched

_BOUNDS: tuple[tuple[str, Relation], ...] = (("low", ">="), ("high", "<="))


@dataclass
class NetworkRows:
    """What the rows of the two tables say, collected row by row.

    Parameters
    ----------
    steps : list of Step
        In the order of the table.
    reversible : dict of str to bool
        By reaction.
    atoms : dict of str to (dict, str)
        Traced atoms by species, with the row that says so.
    bounds : list of Constraint
        Of net fluxes.
    species : dict of str to Row
        Rows of the table `species`.
    """

    steps: list[Step] = field(default_factory=list)
    reversible: dict[str, bool] = field(default_factory=dict)
    atoms: dict[str, tuple[dict[str, int], str]] = field(default_factory=dict)
    bounds: list[Constraint] = field(default_factory=list)
    species: dict[str, Row] = field(default_factory=dict)

    def add_reaction(self, row: Row) -> None:
        """Add a row of `network`.

        Raises
        ------
        InputError, ModelError
            What is wrong with it.
        """
        reaction, equation = row.needed("reaction"), row.needed("equation")
        name = row.text("step") or reaction
        twice = next((step for step in self.steps if step.id == name), None)
        if twice is not None:
            raise InputError(f'"{name}" stands already in {twice.where}; give each step its own id')
        both = "<->" in equation
        if self.reversible.setdefault(reaction, both) != both:
            raise InputError(f"the steps of {reaction} must all be -> or all <->")
        if "->" not in equation:
            raise InputError('equation needs an arrow, "->" or "<->"')
        step = parse_step(name, reaction, equation.replace("<->", "->"), where=row.where)
        maps = tuple(
            AtomMap(join_untraced(one.reactants), join_untraced(one.products)) for one in step.maps
        )
        if both and not maps[0].products:
            raise InputError("nothing on the right means leaving the system; write ->")
        for one in maps:
            self._add_atoms(one, row.where)
        self.steps.append(Step(name, reaction, maps, row.where))
        for column, relation in _BOUNDS:
            value = row.number(column)
            if value == value:
                self.bounds.append(Constraint({Flux(reaction): 1.0}, relation, value, row.where))

    def _add_atoms(self, one: AtomMap, where: str) -> None:
        for part in (*one.reactants, *one.products):
            found = {element: len(letters) for element, letters in part.letters.items()}
            known, row = self.atoms.setdefault(part.species, (found, where))
            if known != found:
                raise ModelError(
                    f"{part.species} has {_formula(found)} here, {_formula(known)} in {row}"
                )

    def add_species(self, row: Row) -> None:
        """Add a row of `species`, or raise InputError."""
        name = row.needed("species")
        if name not in self.atoms:
            raise UnknownNameError("species", name, self.atoms)
        if name in self.species:
            raise InputError(f'"{name}" stands already in {self.species[name].where}')
        if (kind := row.text("kind")) and kind not in KINDS:
            raise UnknownNameError("kind", kind, get_args(Kind))
        self.species[name] = row


def _formula(atoms: dict[str, int]) -> str:
    return " ".join(f"{element}{count}" for element, count in atoms.items()) or "no traced atom"


def build_network(rows: NetworkRows, fed: set[str]) -> Network:
    """Return the network.

    Parameters
    ----------
    rows : NetworkRows
        The rows, each sound by itself.
    fed : set of str
        Species that are fed: outside the balance, unless a reaction makes them.
    """
    _, makers = touched(rows.steps)
    species = {}
    for name, (atoms, _) in rows.atoms.items():
        row = rows.species.get(name, Row("", {}))
        kind = row.text("kind") or ("boundary" if name in fed and name not in makers else "pool")
        species[name] = Species(
            name, row.text("name") or name, row.text("compartment"), atoms, cast(Kind, kind)
        )
    reversible = frozenset(name for name, both in rows.reversible.items() if both)
    return Network(species, tuple(rows.steps), net_stoichiometry(rows.steps), reversible)
