"""Join the modules and tables into the whole-body model.

The reactions and rate laws are the Antimony modules of `data/models/`, the species their table, the
numbers the parameter tables, the atoms `atom_maps.tsv`. Each is written in one place; this module
puts them together, so that what is exported, checked and simulated is the same text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

from cahill.core.annotation import Annotation
from cahill.core.network import Network, Species, Step
from cahill.core.parameters import Parameter, ParameterSet
from cahill.errors import UnitError
from cahill.io.antimony import sbml_from_antimony
from cahill.io.sbml import SbmlModel, read_sbml
from cahill.io.tables import read_annotations, read_atom_maps, read_parameters, read_species
from cahill.numerics.system import OdeSystem

MODEL_ID = "cahill"
MODULES = ("muscle", "blood", "liver", "other", "hormones", "expression", "serum_alt")
ANNOTATIONS = ("reactions", "variables")
TABLES = ("literature", "fitted", "inputs")
IDENTIFIERS = "https://identifiers.org/"
DATA = Path(str(files("cahill") / "data"))

# Unit texts of the tables, as Antimony defines them.
UNITS = {
    "mmol/L": "1e-3 mole/litre",
    "umol/L": "1e-6 mole/litre",
    "nmol/L": "1e-9 mole/litre",
    "pmol/L": "1e-12 mole/litre",
    "mmol/min": "1e-3 mole/(60 second)",
    "1/min": "1/(60 second)",
    "min": "60 second",
    "L/min": "litre/(60 second)",
    "L": "litre",
    "kg": "kilogram",
    "L^2/mmol/min": "litre^2/(1e-3 mole*60 second)",
    "mmol^2/L^2": "(1e-3 mole)^2/litre^2",
    "U/L": "1e-6 mole/(60 second*litre)",
    "U/min": "1e-6 mole/(60 second)^2",
    "U*min/mmol": "1e-3 dimensionless",
}

# Antimony's word for the relation of a thing to an identifier, by collection; else it is the thing.
_QUALIFIERS = {"ec-code": "hypernym", "hgnc": "encoder", "UBERON": "parthood"}

# SBO term of a parameter, by the first part of its name.
_PARAMETER_SBO = {
    "km": "SBO:0000027",
    "vmax": "SBO:0000186",
    "keq": "SBO:0000281",
    "k": "SBO:0000009",
    "kinact": "SBO:0000009",
    "ki": "SBO:0000261",
    "ka": "SBO:0000363",
    "kd": "SBO:0000282",
    "hill": "SBO:0000190",
}


@dataclass(frozen=True, eq=False)
class CycleModel:
    """The whole-body model in all its forms.

    Attributes
    ----------
    antimony : str
        The joined Antimony text.
    parameters : ParameterSet
        Every number of the model, with its evidence.
    species : dict of str to Species
        The species table, by id.
    """

    antimony: str
    parameters: ParameterSet
    species: Mapping[str, Species]

    @cached_property
    def sbml(self) -> str:
        """The model as SBML Level 3 Version 2."""
        return sbml_from_antimony(self.antimony, MODEL_ID)

    @cached_property
    def sbml_model(self) -> SbmlModel:
        """The model as read back from SBML: equations, species, reactions."""
        return read_sbml(self.sbml)

    @property
    def system(self) -> OdeSystem:
        """The model's differential equations."""
        return self.sbml_model.system

    @cached_property
    def network(self) -> Network:
        """Species, reactions and atom maps."""
        return self.network_with(read_atom_maps(DATA / "models" / "atom_maps.tsv"), self.species)

    def network_with(self, steps: tuple[Step, ...], species: Mapping[str, Species]) -> Network:
        """Return the model's reactions with these atom maps.

        A reaction runs both ways if one of its steps has gross fluxes (`<step>_forward`).
        """
        reactions = {
            reaction.id: _net(reaction.reactants, reaction.products)
            for reaction in self.sbml_model.reactions
        }
        known = set(self.system.observable_names)
        both_ways = frozenset(step.reaction for step in steps if f"{step.id}_forward" in known)
        return Network(species, steps, reactions, both_ways)


def _net(reactants: Mapping[str, float], products: Mapping[str, float]) -> dict[str, float]:
    """Return the net stoichiometry of a reaction, products positive."""
    net = {name: -count for name, count in reactants.items()}
    for name, count in products.items():
        net[name] = net.get(name, 0.0) + count
    return net


def reference_parameters() -> ParameterSet:
    """Return the parameters of the reference man: literature, fitted, and inputs at rest."""
    tables = [read_parameters(DATA / "parameters" / f"{name}.tsv") for name in TABLES]
    rows: list[Parameter] = [row for table in tables for row in table.parameters]
    return ParameterSet(tuple(rows), "reference man")


@lru_cache(maxsize=8)
def build_model(parameters: ParameterSet | None = None) -> CycleModel:
    """Build the whole-body model.

    Parameters
    ----------
    parameters : ParameterSet, optional
        All parameters; those of the reference man by default. A user's own numbers come in through
        `reference_parameters().updated(...)`.

    Raises
    ------
    ModelError
        If the text and the tables do not fit together.
    """
    parameters = parameters or reference_parameters()
    species = read_species(DATA / "models" / "species.tsv")
    return CycleModel(compose(parameters, species), parameters, species)


def annotations() -> tuple[Annotation, ...]:
    """Return what every reaction, compartment and variable is, as the tables beside them say."""
    return tuple(
        row for name in ANNOTATIONS for row in read_annotations(DATA / "models" / f"{name}.tsv")
    )


def module_text() -> str:
    """Return the Antimony text of the modules: reactions, rate laws, rules."""
    modules = ((DATA / "models" / f"{name}.ant") for name in MODULES)
    return "\n".join(module.read_text(encoding="utf-8") for module in modules)


def compose(parameters: ParameterSet, species: Mapping[str, Species]) -> str:
    """Join modules, species, values and annotations into one Antimony text.

    Parameters
    ----------
    parameters : ParameterSet
        Compartment sizes, initial concentrations and parameters.
    species : mapping of str to Species
        The species table.
    """
    ours = [row for row in species.values() if not row.enzyme_bound]
    compartments = dict.fromkeys(row.compartment for row in ours)
    modules = module_text()
    # A name that the modules do not know would become a parameter; `check` reports it instead.
    known = {*re.findall(r"\w+", modules), *compartments}
    parts = [
        (DATA / "models" / "functions.ant").read_text(encoding="utf-8"),
        f"model {MODEL_ID}()",
        "unit substance = 1e-3 mole; unit extent = substance; unit time_unit = 60 second;",
        "unit volume = litre;",
        *(f"unit {_unit_id(text)} = {definition};" for text, definition in UNITS.items()),
        *(f"compartment {name};" for name in compartments),
        *(_species_line(row) for row in ours),
        modules,
        *(_annotation_line(row) for row in annotations() if row.id in known),
        *(_value_line(row, row.id in species) for row in parameters.parameters),
        "end",
        f'{MODEL_ID} is "Glucose-alanine cycle of a 70-kg man";',
        f'{MODEL_ID} taxon "{IDENTIFIERS}taxonomy:9606";',
    ]
    return "\n".join(parts) + "\n"


def _unit_id(text: str) -> str:
    """Return the identifier of a unit: "mmol/L" becomes unit_mmol_per_L."""
    if text == "dimensionless":
        return text
    if text not in UNITS:
        raise UnitError(f'unit "{text}" is not one of the model; it has {", ".join(UNITS)}')
    spelled = text.replace("1/", "per_") if text.startswith("1/") else text
    return f"unit_{spelled.replace('/', '_per_').replace('^', '').replace('*', '_')}"


def _species_line(row: Species) -> str:
    constant = "$" if row.boundary else ""
    start = f" {row.id} = 1;" if row.boundary else ""
    line = f"species {constant}{row.id} in {row.compartment};{start}"
    return f"{line} {_annotation_line(Annotation(row.id, row.name, row.sbo, row.identifiers))}"


def _annotation_line(row: Annotation) -> str:
    """Return name, SBO term, identifiers and, of a variable, the unit."""
    parts = [f'{row.id} is "{row.name}";', f"{row.id}.{_sbo(row.sbo)}"]
    for text in row.identifiers:
        given, _, identifier = text.rpartition("=")
        collection = identifier.partition(":")[0]
        qualifier = given or _QUALIFIERS.get(collection, "identity")
        parts.append(f'{row.id} {qualifier} "{IDENTIFIERS}{identifier}";')
    if row.unit:
        parts.append(f"{row.id} has {_unit_id(row.unit)};")
    return " ".join(parts)


def _value_line(row: Parameter, is_species: bool) -> str:
    line = f"{row.id} = {row.value!r};"
    # A species' unit follows from its compartment and the model's substance.
    if is_species:
        return line
    line += f" {row.id} has {_unit_id(row.quantity.unit)};"
    sbo = _PARAMETER_SBO.get(row.id.partition("_")[0])
    return f"{line} {row.id}.{_sbo(sbo)}" if sbo else line


def _sbo(term: str) -> str:
    return f"sboTerm = {int(term.removeprefix('SBO:'))};"
