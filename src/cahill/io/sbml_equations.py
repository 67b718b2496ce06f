"""The differential equations an SBML model stands for, as CasADi expressions."""

from collections.abc import Callable

import casadi as ca
import libsbml
import numpy as np

from cahill.errors import ModelError
from cahill.io.sbml_math import Expression, translate
from cahill.io.sbml_values import given, local_parameters, stoichiometry_of
from cahill.numerics.system import OdeSystem, symbols


class SbmlEquations:
    """The expressions of one SBML model, found on demand and remembered.

    Every identifier has an expression of (t, x, p) and another for time zero, of p alone. Looking
    one up resolves what it depends on first, which orders assignment rules and initial assignments
    without sorting them.

    Parameters
    ----------
    model : libsbml.Model
        A consistent model without events, algebraic rules, fast reactions or conversion factors.

    Raises
    ------
    ModelError
        If a compartment or a stoichiometry changes in time, or a value is missing or circular.
    """

    def __init__(self, model: libsbml.Model) -> None:
        self._functions = {f.getId(): f for f in model.getListOfFunctionDefinitions()}
        rules = list(model.getListOfRules())
        self._assigned = {r.getVariable(): r for r in rules if r.isAssignment()}
        self._rated = {r.getVariable(): r for r in rules if r.isRate()}
        self._initially = {a.getSymbol(): a for a in model.getListOfInitialAssignments()}
        self._species = {s.getId(): s for s in model.getListOfSpecies()}
        self._reactions = {r.getId(): r for r in model.getListOfReactions()}
        self._compartments = {c.getId(): c for c in model.getListOfCompartments()}
        self._globals = {p.getId(): p for p in model.getListOfParameters()}
        self._references = {
            reference.getId(): reference
            for reaction in model.getListOfReactions()
            for side in (reaction.getListOfReactants(), reaction.getListOfProducts())
            for reference in side
            if reference.getId()
        }
        self._refuse_moving_parts()
        self._state_names = [name for name in self._species if self._is_state(name)]
        self._state_names += [name for name in self._rated if name not in self._species]
        self._constants = self._constant_values()
        self._time, self._x, self._p = symbols(len(self._state_names), len(self._constants))
        constants = dict(zip(self._constants, ca.vertsplit(self._p)))
        self._now: dict[str, Expression] = dict(constants)
        self._now.update(zip(self._state_names, ca.vertsplit(self._x)))
        self._start: dict[str, Expression] = dict(constants)
        self._open: list[tuple[bool, str]] = []

    def system(self) -> OdeSystem:
        """Return the system of ordinary differential equations."""
        rates = {name: self._value_now(name) for name in self._reactions}
        derived = [
            name
            for name in (*self._compartments, *self._species, *self._globals)
            if name not in self._constants and name not in self._state_names
        ]
        observables = {name: self._value_now(name) for name in derived} | rates
        arguments = [self._time, self._x, self._p]
        start = ca.vertcat(*(self._value_at_start(name) for name in self._state_names))
        initial = ca.Function("initial", [self._p], [ca.SX(start)])
        parameters = np.array(list(self._constants.values()), dtype=float)
        amounts = self._stoichiometry()
        return OdeSystem(
            state_names=tuple(self._state_names),
            parameter_names=tuple(self._constants),
            observable_names=tuple(observables),
            default_state=np.asarray(initial(parameters), dtype=float).reshape(-1),
            default_parameters=parameters,
            rhs=ca.Function("rhs", arguments, [self._right_hand_side(rates, amounts)]),
            observables=ca.Function(
                "observables", arguments, [ca.SX(ca.vertcat(*observables.values()))]
            ),
            initial=initial,
            stoichiometry=amounts / self._default_volumes(parameters)[:, None],
            reaction_names=tuple(self._reactions),
            nonnegative=np.array([name in self._species for name in self._state_names], bool),
        )

    def initial_value(self, name: str) -> float:
        """Return the value of an identifier at time zero with the parameters as written."""
        value = ca.SX(self._value_at_start(name))
        function = ca.Function("value", [self._p], [value])
        return float(function(np.array(list(self._constants.values()))))

    def _refuse_moving_parts(self) -> None:
        for name in self._compartments:
            if name in self._assigned or name in self._rated:
                raise ModelError(
                    f'SBML compartment "{name}" changes its size, which is not supported; '
                    "make its size constant"
                )
        for name in self._references:
            if name in self._assigned or name in self._rated:
                raise ModelError(
                    f'SBML stoichiometry "{name}" changes in time, which is not supported; '
                    "make it a number"
                )

    def _is_state(self, name: str) -> bool:
        species = self._species[name]
        if name in self._assigned:
            return False
        fixed = species.getBoundaryCondition() or species.getConstant()
        return name in self._rated or not fixed

    def _is_concentration(self, name: str) -> bool:
        species = self._species[name]
        compartment = self._compartments[species.getCompartment()]
        return not species.getHasOnlySubstanceUnits() and compartment.getSpatialDimensions() > 0

    def _constant_values(self) -> dict[str, float]:
        """Return name -> value of everything that keeps the number the file gives it."""
        computed = self._assigned.keys() | self._rated.keys() | self._initially.keys()
        values = {
            name: given(f'parameter "{name}"', parameter.isSetValue(), parameter.getValue)
            for name, parameter in self._globals.items()
            if name not in computed
        }
        for name, compartment in self._compartments.items():
            if name not in computed and compartment.getSpatialDimensions() > 0:
                values[name] = given(
                    f'compartment "{name}"', compartment.isSetSize(), compartment.getSize
                )
        for name in self._species:
            if name not in computed and not self._is_state(name):
                values[name] = self._written_amount(name, values)
        for name, reaction in self._reactions.items():
            for local in local_parameters(reaction):
                key = f"{name}.{local.getId()}"
                values[key] = given(f'parameter "{key}"', local.isSetValue(), local.getValue)
        return values

    def _written_amount(self, name: str, sizes: dict[str, float]) -> float:
        """Return a fixed species' value; its compartment must have a plain size."""
        species = self._species[name]
        compartment = species.getCompartment()
        as_it_is = (
            species.isSetInitialConcentration()
            if self._is_concentration(name)
            else species.isSetInitialAmount()
        )
        flat = self._compartments[compartment].getSpatialDimensions() == 0
        if compartment not in sizes and not as_it_is and not flat:
            raise ModelError(
                f'SBML species "{name}": its value cannot be converted, since the size of '
                f'"{compartment}" is computed; give it in the unit its formulae use'
            )
        return float(self._written(name, sizes.get(compartment, 1.0)))

    def _written(self, name: str, size: Expression) -> Expression:
        """Return the number the file gives a species, in the unit in which formulae see it."""
        species = self._species[name]
        if self._is_concentration(name):
            if species.isSetInitialConcentration():
                return float(species.getInitialConcentration())
            return (
                given(f'species "{name}"', species.isSetInitialAmount(), species.getInitialAmount)
                / size
            )
        if species.isSetInitialAmount():
            return float(species.getInitialAmount())
        return (
            given(
                f'species "{name}"',
                species.isSetInitialConcentration(),
                species.getInitialConcentration,
            )
            * size
        )

    def _resolve(self, name: str, known: dict[str, Expression], find: Callable) -> Expression:
        if name not in known:
            # The same name may be open twice: now, and through it at the start.
            key = (known is self._start, name)
            if key in self._open:
                names = [opened for _, opened in self._open[self._open.index(key) :]]
                loop = " -> ".join([*names, name])
                raise ModelError(f"SBML values depend on themselves: {loop}; break the circle")
            self._open.append(key)
            known[name] = find(name)
            self._open.pop()
        return known[name]

    def _value_now(self, name: str) -> Expression:
        return self._resolve(name, self._now, self._find_now)

    def _value_at_start(self, name: str) -> Expression:
        return self._resolve(name, self._start, self._find_at_start)

    def _find_now(self, name: str) -> Expression:
        if name in self._assigned:
            return self._formula(self._assigned[name], self._value_now, self._time)
        if name in self._reactions:
            return self._rate(name, self._value_now, self._time)
        return self._value_at_start(name)

    def _find_at_start(self, name: str) -> Expression:
        if name in self._initially:
            return self._formula(self._initially[name], self._value_at_start, 0.0)
        if name in self._assigned:
            return self._formula(self._assigned[name], self._value_at_start, 0.0)
        if name in self._reactions:
            return self._rate(name, self._value_at_start, 0.0)
        if name in self._species:
            compartment = self._species[name].getCompartment()
            flat = self._compartments[compartment].getSpatialDimensions() == 0
            return self._written(name, 1.0 if flat else self._value_at_start(compartment))
        if name in self._globals:
            parameter = self._globals[name]
            return given(f'parameter "{name}"', parameter.isSetValue(), parameter.getValue)
        if name in self._references:
            return stoichiometry_of(self._references[name])
        if name in self._compartments:
            return 1.0
        raise ModelError(f'SBML formula uses "{name}", which has no value; define it')

    def _formula(
        self, owner: libsbml.SBase, lookup: Callable[[str], Expression], time: Expression
    ) -> Expression:
        math = owner.getMath()  # pyright: ignore
        if math is None:
            raise ModelError(f'SBML rule for "{owner.getIdAttribute()}" is empty; write its math')
        return translate(math, lookup, time, self._functions)

    def _rate(self, name: str, lookup: Callable[[str], Expression], time: Expression) -> Expression:
        reaction = self._reactions[name]
        law = reaction.getKineticLaw()
        if law is None:
            raise ModelError(f'SBML reaction "{name}" has no rate; give it a kinetic law')
        local = {p.getId(): self._now[f"{name}.{p.getId()}"] for p in local_parameters(reaction)}
        inner = (lambda key: local[key] if key in local else lookup(key)) if local else lookup
        return self._formula(law, inner, time)

    def _stoichiometry(self) -> np.ndarray:
        """Return states x reactions, in amount; rows of rate-rule states are zero."""
        rows = {
            name: index
            for index, name in enumerate(self._state_names)
            if name in self._species and name not in self._rated
        }
        matrix = np.zeros((len(self._state_names), len(self._reactions)))
        for column, reaction in enumerate(self._reactions.values()):
            for sign, side in (
                (-1, reaction.getListOfReactants()),
                (1, reaction.getListOfProducts()),
            ):
                for reference in side:
                    row = rows.get(reference.getSpecies())
                    if row is not None:
                        matrix[row, column] += sign * self._coefficient(reference)
        return matrix

    def _coefficient(self, reference: libsbml.SpeciesReference) -> float:
        if reference.getId() in self._initially:
            return self.initial_value(reference.getId())
        return stoichiometry_of(reference)

    def _volume(self, name: str) -> Expression:
        """Return what turns an amount of this state into its value (1 for amounts)."""
        if name not in self._species or not self._is_concentration(name):
            return 1.0
        return self._value_now(self._species[name].getCompartment())

    def _default_volumes(self, parameters: np.ndarray) -> np.ndarray:
        volumes = ca.vertcat(*(self._volume(name) for name in self._state_names))
        function = ca.Function("volumes", [self._p], [ca.SX(volumes)])
        return np.asarray(function(parameters), dtype=float).reshape(-1)

    def _right_hand_side(self, rates: dict[str, Expression], amounts: np.ndarray) -> ca.SX:
        """Return dx/dt: reactions' gains and losses over the volume, or the rate rule."""
        laws = list(rates.values())
        change: list[Expression] = []
        for index, name in enumerate(self._state_names):
            if name in self._rated:
                change.append(self._formula(self._rated[name], self._value_now, self._time))
                continue
            total: Expression = 0.0
            for column in np.flatnonzero(amounts[index]):
                total = total + _times(amounts[index, column], laws[column])
            change.append(total / self._volume(name))
        return ca.SX(ca.vertcat(*change))


def _times(factor: float, term: Expression) -> Expression:
    if factor == 1:
        return term
    return -term if factor == -1 else float(factor) * term
