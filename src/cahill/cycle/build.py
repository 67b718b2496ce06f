"""Join the modules and tables into the whole-body model.

The reactions and rate laws are the Antimony modules of `data/models/`, the species their table, the
numbers the parameter tables, the atoms `atom_maps.tsv`. Each is written in one place; this module
puts them together, so that what is exported, checked and simulated is the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

from cahill.core.network import Network, Species
from cahill.core.parameters import Parameter, ParameterSet
from cahill.io.antimony import sbml_from_antimony
from cahill.io.sbml import SbmlModel, read_sbml
from cahill.io.tables import read_atom_maps, read_parameters, read_species
from cahill.numerics.system import OdeSystem

MODEL_ID = "cahill"
MODULES = ("muscle", "liver", "other", "hormones", "expression", "serum_alt")
TABLES = ("literature", "fitted", "inputs")
DATA = Path(str(files("cahill") / "data"))

# Unit texts of the tables, as Antimony defines them.
_UNITS = {
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
    "L^2/mmol/min": "1e3 litre^2/(mole*60 second)",
    "U/L": "1e-6 mole/(60 second*litre)",
    "U*min/mmol": "dimensionless",
    "dimensionless": "dimensionless",
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
        reactions = {
            reaction.id: _net(reaction.reactants, reaction.products)
            for reaction in self.sbml_model.reactions
        }
        steps = read_atom_maps(DATA / "models" / "atom_maps.tsv")
        return Network(self.species, steps, reactions)


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


def compose(parameters: ParameterSet, species: Mapping[str, Species]) -> str:
    """Join modules, species and values into one Antimony text.

    Parameters
    ----------
    parameters : ParameterSet
        Compartment sizes, initial concentrations and parameters.
    species : mapping of str to Species
        The species table.
    """
    models = DATA / "models"
    ours = [row for row in species.values() if not row.enzyme_bound]
    compartments = dict.fromkeys(row.compartment for row in ours)
    units = {text: _unit_id(text) for text in _UNITS}
    parts = [
        (models / "functions.ant").read_text(encoding="utf-8"),
        f"model {MODEL_ID}()",
        "unit substance = 1e-3 mole; unit extent = substance; unit time_unit = 60 second;",
        "unit volume = litre;",
        *(f"unit {units[text]} = {definition};" for text, definition in _UNITS.items()),
        *(f"compartment {name};" for name in compartments),
        *(_species_line(row) for row in ours),
        *((models / f"{name}.ant").read_text(encoding="utf-8") for name in MODULES),
        *(_value_line(row, units, row.id in species) for row in parameters.parameters),
        "end",
        f'{MODEL_ID} is "Glucose-alanine cycle of a 70-kg man";',
    ]
    return "\n".join(parts) + "\n"


def _unit_id(text: str) -> str:
    """Return the identifier of a unit: "mmol/L" becomes mmol_per_L."""
    spelled = text.replace("1/", "per_") if text.startswith("1/") else text
    return f"unit_{spelled.replace('/', '_per_').replace('^', '').replace('*', '_')}"


def _species_line(row: Species) -> str:
    constant = "$" if row.boundary else ""
    lines = [f'species {constant}{row.id} in {row.compartment}; {row.id} is "{row.name}";']
    if row.boundary:
        lines.append(f"{row.id} = 1;")
    lines.append(f"{row.id}.sboTerm = {int(row.sbo.removeprefix('SBO:'))};")
    lines += [f'{row.id} identity "https://identifiers.org/{name}";' for name in row.identifiers]
    return " ".join(lines)


def _value_line(row: Parameter, units: Mapping[str, str], is_species: bool) -> str:
    line = f"{row.id} = {row.value!r};"
    # A species' unit follows from its compartment and the model's substance.
    return line if is_species else f"{line} {row.id} has {units[row.quantity.unit]};"
