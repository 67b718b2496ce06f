"""The model's SBML says what everything is, in terms other programs know."""

import libsbml
import pytest

from cahill.core.evidence import Evidence
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.cycle.build import build_model, reference_parameters
from cahill.errors import UnitError


@pytest.fixture(scope="module")
def document():
    return libsbml.readSBMLFromString(build_model().sbml)


@pytest.fixture
def sbml(document):
    return document.getModel()


def resources(element):
    return {
        term.getResourceURI(place).removeprefix("https://identifiers.org/")
        for term in (element.getCVTerm(i) for i in range(element.getNumCVTerms()))
        for place in range(term.getNumResources())
    }


def test_everything_has_a_name_a_term_and_a_unit(sbml):
    variables = [p for p in sbml.getListOfParameters() if not p.getConstant()]
    named = (*sbml.getListOfReactions(), *sbml.getListOfSpecies(), *sbml.getListOfCompartments())
    for element in (*named, *variables):
        assert element.isSetName(), element.getId()
        assert element.isSetSBOTerm(), element.getId()
    assert all(parameter.isSetUnits() for parameter in sbml.getListOfParameters())


def test_identifiers(sbml):
    assert resources(sbml) == {"taxonomy:9606"}
    assert "ec-code:2.6.1.2" in resources(sbml.getReaction("ALT1_liver"))
    assert resources(sbml.getParameter("protein_ALT1_liver")) == {"uniprot:P24298"}
    assert resources(sbml.getParameter("protein_ALT2_muscle")) == {"uniprot:Q8TD30"}
    assert resources(sbml.getParameter("mRNA_GPT2_liver")) == {"hgnc:18062"}
    assert resources(sbml.getCompartment("liver_mito")) == {"UBERON:0002107", "GO:0005739"}
    assert resources(sbml.getSpecies("Ala_blood")) == {"CHEBI:16977"}


def test_terms_of_parameters(sbml):
    terms = {"km_Ala_ALT1": 27, "vmax_ALT1_liver": 186, "keq_ALT": 281, "hill_PEP_PK": 190}
    for name, term in terms.items():
        assert sbml.getParameter(name).getSBOTerm() == term


def test_arrows_say_which_way_a_reaction_runs():
    model = build_model()
    both_ways = {reaction.id for reaction in model.sbml_model.reactions if reaction.reversible}
    assert both_ways == model.network.reversible
    assert "ALT1_liver" in both_ways
    assert "PC_liver" not in both_ways


def test_a_unit_the_model_lacks_is_refused():
    change = Parameter("blood", Quantity(14e3, "mL", evidence=Evidence("assumed", note="test")))
    rows = (row for row in reference_parameters().parameters if row.id != "blood")
    parameters = ParameterSet((*rows, change), "in millilitres")
    with pytest.raises(UnitError, match='unit "mL" is not one of the model'):
        build_model(parameters)
