import math

import antimony
import casadi as ca
import libsbml
import numpy as np
import pytest
import roadrunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.errors import InputError, ModelError
from cahill.io.sbml import read_sbml
from cahill.io.sbml_math import translate
from cahill.numerics.ode import integrate


def sbml_of(text):
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ValueError(antimony.getLastError())
    return antimony.getSBMLString(antimony.getMainModuleName())


EVERYTHING = """
function half_life(k, x) ln(2)/k*(1 + 0*x) end
function hill(x, K, n) x^n/(K^n + x^n) end
model everything
  compartment cell = 2.5; compartment medium = 4;
  species A in cell = 3; species B in cell; B = A/3 + 0.1;
  substanceOnly species N in cell = 6;
  species $S in medium = 1.2; $S' = -0.01*S;
  substanceOnly species $M in medium = 8;
  species C in medium; C = 0.4;
  kcat = 0.7; E = 0.2; Vmax = kcat*E*derived; derived = 2 + K; K = 1.5;
  later := earlier*2 + vB; earlier := A + B + N/cell;
  gate := piecewise(1, (time > 2) && (A > 0.1), 0.5);
  trigger = 0.3;
  level' = 0.2*(hill(A, K, 2) - level); level = 0.5;
  vA: 2 A -> B + N; cell*Vmax*gate*hill(A, K, 1.5);
  vB: B + S -> C; cell*0.2*B*S*min(A, 1, M);
  vN: N => ; 0.1*N + half_life(100, A)*0.001*local_k*N; local_k = 0.5;
  vC: C -> ; medium*0.1*abs(sin(time))*C + 0*later;
end
"""


def test_a_model_of_many_features_runs_as_in_libroadrunner():
    text = sbml_of(EVERYTHING)
    model = read_sbml(text)
    peer = roadrunner.RoadRunner(text)
    peer.integrator.relative_tolerance, peer.integrator.absolute_tolerance = 1e-10, 1e-13
    amounts = {"N"}
    shown = {
        name: name if name in amounts or name == "level" else f"[{name}]"
        for name in model.system.state_names
    }
    extra = ["later", "earlier", "gate", "vA", "vB", "vN", "vC"]
    peer.timeCourseSelections = ["time", *shown.values(), *extra]
    theirs = np.array(peer.simulate(0, 20, 41))
    ours = integrate(model.system, theirs[:, 0], rtol=1e-10)
    np.testing.assert_allclose(ours.states, theirs[:, 1 : 1 + len(shown)], rtol=1e-6, atol=1e-9)
    places = [model.system.observable_index(name) for name in extra]
    np.testing.assert_allclose(
        ours.observables[:, places], theirs[:, 1 + len(shown) :], rtol=1e-6, atol=1e-9
    )


def test_states_parameters_and_observables_are_sorted_out():
    system = read_sbml(sbml_of(EVERYTHING)).system
    assert system.state_names == ("A", "B", "N", "S", "C", "level")
    assert {"cell", "medium", "M", "K", "kcat"} <= set(system.parameter_names)
    assert {"Vmax", "derived", "later", "gate"} <= set(system.observable_names)
    assert system.observable_names[-4:] == system.reaction_names
    assert set(system.reaction_names) == {"vA", "vB", "vN", "vC"}
    assert system.default_state[1] == pytest.approx(1.1)
    column = system.reaction_names.index("vA")
    np.testing.assert_allclose(system.stoichiometry[:, column], [-0.8, 0.4, 1, 0, 0, 0])
    assert system.nonnegative is not None
    assert system.nonnegative.tolist() == [True, True, True, True, True, False]


def test_initial_assignments_follow_the_parameters():
    system = read_sbml(sbml_of(EVERYTHING)).system
    changed = system.parameters_with(K=3.5, cell=1.25)
    values = system.observables(0, system.initial_state(changed), changed).full().ravel()
    assert values[system.observable_index("Vmax")] == pytest.approx(0.7 * 0.2 * 5.5)


def test_an_amount_becomes_a_concentration_with_the_volume_it_has():
    text = sbml_of("model m; compartment c=2; species A in c; A = 1; A -> ; A; end")
    document = libsbml.readSBMLFromString(text)
    species = document.getModel().getSpecies("A")
    species.unsetInitialConcentration()
    species.setInitialAmount(6.0)
    system = read_sbml(libsbml.writeSBMLToString(document)).system
    assert system.default_state.tolist() == [3.0]
    assert system.initial_state(system.parameters_with(c=4.0)).tolist() == [1.5]


def test_local_parameters_hide_global_ones_and_can_be_set():
    document = libsbml.readSBMLFromString(
        sbml_of("model m; compartment c=1; species A in c=1; k = 5; r: A -> ; k*A; end")
    )
    local = document.getModel().getReaction("r").getKineticLaw().createLocalParameter()
    local.setId("k")
    local.setValue(0.25)
    system = read_sbml(libsbml.writeSBMLToString(document)).system
    assert "r.k" in system.parameter_names
    rate = system.rhs(0, [2.0], system.parameters_with(**{"r.k": 0.75})).full().item()
    assert rate == pytest.approx(-1.5)


def test_species_and_reactions_are_listed():
    model = read_sbml(
        sbml_of("""
model m
  unit mM = 1e-3 mole / litre; unit mmol = 1e-3 mole; unit substance = mmol; unit volume = litre;
  compartment c = 1; species A in c = 2, $B in c = 1; A is "alanine";
  k = 0.1; k has mM;
  r: 2 A => B; k*A; r is "use";
end
""")
    )
    alanine, other = model.species
    assert (alanine.id, alanine.name, alanine.compartment) == ("A", "alanine", "c")
    assert (alanine.initial, alanine.boundary, other.boundary) == (2.0, False, True)
    (reaction,) = model.reactions
    assert (reaction.id, reaction.name, reaction.reversible) == ("r", "use", False)
    assert (reaction.reactants, reaction.products) == ({"A": 2.0}, {"B": 1.0})
    assert model.units["k"] == "mM"
    assert read_sbml(model.sbml).system.state_names == ("A",)


def test_reading_from_a_file_is_reading_its_text(tmp_path):
    path = tmp_path / "model.xml"
    path.write_text(sbml_of(EVERYTHING), encoding="utf-8")
    assert read_sbml(path).sbml == read_sbml(str(path)).sbml == sbml_of(EVERYTHING)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A -> ; k*A; k = 1; at (A < 0.5): A = 1", 'the event "_E0"'),
        ("A -> ; delay(A, 2)", "delay"),
        ("A -> ; missing*A", "missing"),
        ("c' = 0.1; A -> ; A", 'compartment "c" changes'),
    ],
)
def test_what_cannot_be_integrated_is_refused_in_one_line(text, message):
    source = sbml_of(f"model m; compartment c = 1; species A in c = 1; {text}; end")
    with pytest.raises(ModelError, match=message) as caught:
        read_sbml(source)
    assert "\n" not in str(caught.value)


def edited(change):
    document = libsbml.readSBMLFromString(
        sbml_of("model m; compartment c = 1; species A in c = 1; k = 2; r: A -> ; k*A; end")
    )
    change(document.getModel())
    return libsbml.writeSBMLToString(document)


def add_algebraic_rule(model):
    model.getParameter("k").setConstant(False)
    model.createAlgebraicRule().setMath(libsbml.parseL3Formula("k - 2"))


def make_circular(model):
    for name, other in (("a", "b"), ("b", "a")):
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setConstant(False)
        rule = model.createAssignmentRule()
        rule.setVariable(name)
        rule.setMath(libsbml.parseL3Formula(f"{other} + 1"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.setConversionFactor("k"), 'conversion factor "k"'),
        (lambda m: m.getSpecies("A").setConversionFactor("k"), 'conversion factor on "A"'),
        (add_algebraic_rule, "algebraic rule"),
        (make_circular, "SBML line .*(loop|cycle|circular)|depend on themselves"),
        (lambda m: m.getReaction("r").unsetKineticLaw(), 'reaction "r" has no rate'),
        (lambda m: m.getSpecies("A").setCompartment("nowhere"), "SBML line .*nowhere"),
        (lambda m: m.getParameter("k").unsetValue(), 'parameter "k" has no value'),
    ],
)
def test_unsupported_or_broken_documents_are_refused(change, message):
    with pytest.raises(ModelError, match=message) as caught:
        read_sbml(edited(change))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read():
    with pytest.raises(InputError, match=r"nowhere\.xml: cannot be read"):
        read_sbml("nowhere.xml")


def test_text_that_is_not_sbml():
    with pytest.raises(ModelError, match="SBML line"):
        read_sbml("<html><body/></html>")


VARIABLES = {"x": 1.7, "y": -0.6, "z": 0.35}


def _guarded(function):
    """Return the function with values that mathematics leaves undefined turned into NaN."""

    def safe(*values):
        try:
            return float(function(*values))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):
            return math.nan

    return safe


UNARY = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "ln": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arcsinh": math.asinh,
    "arccosh": math.acosh,
    "arctanh": math.atanh,
    "sec": lambda a: 1 / math.cos(a),
    "csc": lambda a: 1 / math.sin(a),
    "cot": lambda a: 1 / math.tan(a),
    "sech": lambda a: 1 / math.cosh(a),
    "csch": lambda a: 1 / math.sinh(a),
    "coth": lambda a: 1 / math.tanh(a),
    "-": lambda a: -a,
}
BINARY = {
    "{} + {}": lambda a, b: a + b,
    "{} - {}": lambda a, b: a - b,
    "{} * {}": lambda a, b: a * b,
    "{} / {}": lambda a, b: a / b,
    "{} ^ {}": lambda a, b: math.pow(a, b),
    "min({}, {}, 0.9)": lambda a, b: min(a, b, 0.9),
    "max({}, {})": max,
    "root({}, {})": lambda n, a: math.pow(a, 1 / n),
    "log({}, {})": lambda b, a: math.log(a) / math.log(b),
    "piecewise({0}, {0} < {1}, {1})": lambda a, b: min(a, b),
    "piecewise({}, {} >= 0.2 && true, 4)": lambda a, b: a if b >= 0.2 else 4.0,
    "piecewise(1, ({} > 0) || ({} == 0), 2)": lambda a, b: 1.0 if a > 0 or b == 0 else 2.0,
    "piecewise(1, xor({} > 0, !({} != 0)), 2)": lambda a, b: 1.0 if (a > 0) != (b == 0) else 2.0,
    "piecewise(1, implies({} > 0, {} > 0), 2)": lambda a, b: 1.0 if a <= 0 or b > 0 else 2.0,
    "piecewise(1, 0 <= {} <= {}, 3)": lambda a, b: 1.0 if 0 <= a <= b else 3.0,
    "quotient({}, {})": lambda a, b: math.trunc(a / b),
    "rem({}, {})": math.fmod,
}


@st.composite
def formulae(draw, depth=3):
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if draw(st.booleans()):
            name = draw(st.sampled_from(sorted(VARIABLES)))
            return name, VARIABLES[name]
        name, value = draw(
            st.sampled_from(
                [
                    *(("2", 2.0), ("0.5", 0.5), ("1.2e1", 12.0), ("pi", math.pi)),
                    *(("time", 3.25), ("exponentiale", math.e), ("0", 0.0), ("3", 3.0)),
                    ("-1", -1.0),
                ]
            )
        )
        return f"({name})" if name == "-1" else name, value
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(UNARY)))
        inner, value = draw(formulae(depth - 1))
        return f"({name}({inner}))", _guarded(UNARY[name])(value)
    form = draw(st.sampled_from(sorted(BINARY)))
    (left, a), (right, b) = draw(formulae(depth - 1)), draw(formulae(depth - 1))
    value = math.nan if math.isnan(a) or math.isnan(b) else _guarded(BINARY[form])(a, b)
    return f"({form.format(f'({left})', f'({right})')})", value


@settings(max_examples=300, deadline=None)
@given(formulae())
def test_formulae_mean_what_python_says(formula):
    text, expected = formula
    if not math.isfinite(expected):
        return
    node = libsbml.parseL3Formula(text)
    assert node is not None, libsbml.getLastParseL3Error()
    symbols = {name: ca.SX.sym(name) for name in VARIABLES}
    time = ca.SX.sym("time")
    expression = ca.SX(translate(node, symbols.__getitem__, time, {}))
    function = ca.Function("f", [*symbols.values(), time], [expression])
    got = float(function(*VARIABLES.values(), 3.25))
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)
