"""Labels on a metabolism that changes: against an oracle, closed forms and the constant case."""

from dataclasses import replace

import numpy as np
import pytest
from label_course_oracle import expected, isotopomer_course
from label_oracle import experiment_of, measured, random_feeds, random_network
from scipy.interpolate import PchipInterpolator

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import Experiment, Feed, Tracer
from cahill.core.network import Network, Species
from cahill.core.trajectory import Trajectory
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.errors import ConvergenceError, InputError, ModelError, UnitError, UnknownNameError
from cahill.tracing.changing import labels_on_trajectory, probe
from cahill.tracing.changing_flow import TrajectoryColumns, columns_by_name
from cahill.tracing.changing_infusion import Infusion, bolus, with_infusion
from cahill.tracing.label_model import label_model

CARBONS = (("C", 1), ("C", 2), ("C", 3), ("C", 4), ("C", 5))
HEAVY = (Tracer(1.0, {"C": (1.0, 1.0)}),)
TIMES = (0.0, 0.4, 1.5, 5.0)


def probes():
    return (
        measured("D", (CARBONS, (("N", 1),)), "both"),
        measured("S", ((("C", 2), ("C", 3)),), "part"),
        measured(("A", "E"), ((("C", 1), ("C", 3)),), "mixed", shares=(0.3, 0.7)),
    )


def names_of(network):
    """Return the columns of gross fluxes in order, and of pools."""
    fluxes = []
    for step in network.steps:
        both = step.reaction in network.reversible
        fluxes += [f"{step.id}_forward", f"{step.id}_backward"] if both else [step.id]
    pools = [name for name, species in network.species.items() if species.kind == "pool"]
    return fluxes, pools


def trajectory_of(network, times, table, units=("mmol/min", "mmol")):
    fluxes, pools = names_of(network)
    all_units = (units[0],) * len(fluxes) + (units[1],) * len(pools)
    return Trajectory(np.asarray(times, float), (*fluxes, *pools), np.asarray(table), all_units)


def random_case(seed, experiment=None):
    rng = np.random.default_rng(seed)
    network, gross = random_network(rng)
    sizes = rng.lognormal(0, 1, len(names_of(network)[1]))
    experiment = experiment or experiment_of(random_feeds(rng), *probes(), stationary=False)
    return network, experiment, gross, sizes, rng


@pytest.mark.parametrize("seed", range(4))
def test_constant_metabolism_is_the_constant_case(seed):
    network, experiment, gross, sizes, _ = random_case(seed)
    row = np.concatenate([gross, sizes])
    trajectory = trajectory_of(network, [0.0, 2.0, 9.0], [row, row, row])
    columns = columns_by_name(network, trajectory)
    course = labels_on_trajectory(network, experiment, trajectory, columns, TIMES)
    blank = [np.full((len(TIMES), len(one.channels)), np.nan) for one in experiment.labels]
    timed = [
        replace(one, times=TIMES, values=values, sd=values)
        for one, values in zip(experiment.labels, blank)
    ]
    model = label_model(network, replace(experiment, labels=tuple(timed)))
    known = dict(zip(names_of(network)[1], sizes))
    values = model.predict(gross, np.array([known[name] for name in model.pools]))
    for one in experiment.labels:
        rows = [k for k, row in enumerate(model.rows) if row[0] == one.id]
        constant = values[rows].reshape(len(TIMES), -1)
        assert course.of(one.id) == pytest.approx(constant, abs=1e-6)


def changing_case(seed):
    """Return network, experiment, trajectory with a jump, and its fluxes and sizes over time."""
    network, experiment, gross, sizes, rng = random_case(seed)
    row = np.concatenate([gross, sizes])
    grid = np.array([0.0, 0.3, 1.0, 1.0, 2.0, 3.5, 6.0])
    table = row * rng.lognormal(0, 0.7, (len(grid), len(row)))
    parts = [PchipInterpolator(grid[:3], table[:3]), PchipInterpolator(grid[3:], table[3:])]

    def at(t):
        return parts[int(t >= 1.0)](t)

    fluxes, pools = names_of(network)
    trajectory = trajectory_of(network, grid, table)

    def amounts(t):
        return dict(zip(pools, at(t)[len(fluxes) :]))

    return network, experiment, trajectory, lambda t: at(t)[: len(fluxes)], amounts


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_all_isotopomers(seed):
    network, experiment, trajectory, gross, sizes = changing_case(seed)
    feeds = (*experiment.feeds, Feed("FA", (Tracer(1.0),), start=2.5))
    experiment = replace(experiment, feeds=feeds)
    columns = columns_by_name(network, trajectory)
    found = labels_on_trajectory(network, experiment, trajectory, columns, TIMES)
    turns = tuple(trajectory.times)
    course = isotopomer_course(network, feeds, gross, sizes, TIMES, turns=turns)
    for one in experiment.labels:
        oracle = expected(network, course, (one,)).reshape(len(TIMES), -1)
        assert found.of(one.id) == pytest.approx(oracle, abs=1e-6)


def test_tolerance_is_kept():
    network, experiment, trajectory, _, _ = changing_case(7)
    arguments = network, experiment, trajectory, columns_by_name(network, trajectory), (0.2, 6.0)
    exact = labels_on_trajectory(*arguments, tolerance=1e-10)
    for tolerance in (1e-4, 1e-6, 1e-8):
        found = labels_on_trajectory(*arguments, tolerance=tolerance)
        assert np.abs(found.values - exact.values).max() < tolerance
        assert found.steps < exact.steps


def test_labels_end_at_their_steady_state():
    network, experiment, gross, sizes, _ = random_case(2)
    row = np.concatenate([gross, sizes])
    trajectory = trajectory_of(network, [0.0, 1e6], [row, row])
    columns = columns_by_name(network, trajectory)
    found = labels_on_trajectory(network, experiment, trajectory, columns, [1e6])
    steady = label_model(network, replace(experiment, stationary=True)).predict(gross)
    assert found.values[0] == pytest.approx(steady, abs=1e-6)
    before = tuple(replace(feed, start=-1.0) for feed in experiment.feeds)
    fed = replace(experiment, feeds=before)
    stays = labels_on_trajectory(network, fed, trajectory, columns, [0.0, 7.0, 1e6])
    assert stays.values == pytest.approx(np.tile(steady, (3, 1)), abs=1e-10)


def two_pools(kind="pool"):
    """Return S -> A <-> B with two carbons, and B -> X."""
    species = {
        name: Species(name, name, "c", {"C": 2}, kind)
        for name, kind in (("S", "boundary"), ("A", "pool"), ("B", kind), ("X", "boundary"))
    }
    texts = ("S C:ab -> A C:ab", "A C:ab -> B C:ba", "B C:ab -> X C:ab")
    steps = tuple(parse_step(f"v{k}", f"v{k}", text) for k, text in enumerate(texts))
    return Network(species, steps, {}, frozenset({"v1"}))


def followed(network, *names, feeds=()):
    return Experiment("e", feeds, tuple(probe(network, name) for name in names), False)


def test_a_growing_pool_keeps_all_the_label_it_takes_up():
    network = two_pools()
    # A is fed labelled at 2 and loses as much to B, which keeps it all.
    times = np.array([0.0, 10.0])
    table = [[2, 2, 0, 0, 4, 1], [2, 2, 0, 0, 4, 21]]
    trajectory = trajectory_of(network, times, table)
    experiment = followed(network, "A", "B", feeds=(Feed("S", HEAVY),))
    wanted = np.array([0.0, 1.0, 5.0, 10.0])
    columns = columns_by_name(network, trajectory)
    found = labels_on_trajectory(network, experiment, trajectory, columns, wanted)
    in_a = 4 * (1 - np.exp(-wanted / 2))
    assert 4 * found.of("A", "enrichment") == pytest.approx(in_a, abs=4e-6)
    stored = 4 * found.of("A", "enrichment") + (1 + 2 * wanted) * found.of("B", "enrichment")
    assert stored == pytest.approx(2 * wanted, abs=2e-5)


def test_a_bolus_in_a_closed_system_is_conserved():
    network = two_pools()
    dose = bolus("dose", "A", HEAVY, time=2.0, amount=3.0, duration=0.5)
    assert dose.amount == pytest.approx(3.0)
    # Nothing enters or leaves but the dose; the pools exchange.
    grid = np.array([0.0, 2.0, 2.0, 2.5, 2.5, 20.0])
    held = np.array([4, 4, 4, 7, 7, 7])
    table = np.column_stack([0 * grid, 5 + 0 * grid, 5 + 0 * grid, 0 * grid, held, 2 + 0 * grid])
    trajectory = trajectory_of(network, grid, table)
    columns = columns_by_name(network, trajectory)
    wanted = np.array([1.0, 2.0, 2.25, 2.5, 3.0, 20.0])
    found = labels_on_trajectory(
        network, followed(network, "A", "B"), trajectory, columns, wanted, infusions=[dose]
    )
    size = np.array([4, 4, 5.5, 7, 7, 7])
    stored = size * found.of("A", "enrichment") + 2 * found.of("B", "enrichment")
    assert stored == pytest.approx([0, 0, 1.5, 3, 3, 3], abs=1e-5)
    assert found.of("B", "enrichment")[-1] == pytest.approx(3 / 9, abs=1e-6)


def test_primed_infusion_is_at_its_plateau_from_the_start():
    network = two_pools()
    row = [2, 2, 0, 2, 10, 1]
    trajectory = trajectory_of(network, [0.0, 60.0], [row, row])
    columns = columns_by_name(network, trajectory)
    rate, plateau = 0.02, 0.02 / 2.02
    prime = bolus("prime", "A", HEAVY, 0.0, 10 * plateau, duration=1e-3)
    steady = Infusion("drip", "A", HEAVY, ((0.0, 30.0, rate), (30.0, 60.0, 0.0)))
    wanted = [0.0, 1.0, 10.0, 30.0, 60.0]
    found = labels_on_trajectory(
        network, followed(network, "A"), trajectory, columns, wanted, infusions=[prime, steady]
    ).of("A", "enrichment")
    assert found[1:4] == pytest.approx([plateau] * 3, rel=0.01)
    assert found[4] == pytest.approx(found[3] * np.exp(-2 / 10 * 30), abs=1e-6)


def test_slow_pools_are_held_unless_released():
    network = two_pools("slow")
    row = [2, 2, 3, 2, 10, 5]
    trajectory = trajectory_of(network, [0.0, 1000.0], [row[:5], row[:5]])
    experiment = followed(network, "A", feeds=(Feed("S", HEAVY),))
    columns = columns_by_name(network, trajectory)
    held = labels_on_trajectory(network, experiment, trajectory, columns, [1000.0])
    assert held.of("A", "enrichment") == pytest.approx([2 / 5], abs=1e-6)
    grown = trajectory_of(two_pools(), [0.0, 1000.0], [row, row])
    columns = columns_by_name(network, grown)
    free = labels_on_trajectory(network, experiment, grown, columns, [1000.0], released=["B"])
    assert free.of("A", "enrichment") == pytest.approx([1.0], abs=1e-6)


def test_units_are_turned_into_the_models():
    network = two_pools()
    experiment = followed(network, "A", "B", feeds=(Feed("S", HEAVY),))
    row = np.array([2.0, 2, 1, 2, 10, 5])
    per_minute = trajectory_of(network, [0.0, 10.0], [row, row])
    per_hour = row * ([60e3] * 4 + [1e3] * 2)
    per_hour = trajectory_of(network, [0.0, 10.0], [per_hour, per_hour], ("umol/h", "umol"))
    found = [
        labels_on_trajectory(network, experiment, one, columns_by_name(network, one), [3.0]).values
        for one in (per_minute, per_hour)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-12)


def test_course_is_read_by_name_and_as_a_table():
    network = two_pools()
    row = [2, 2, 0, 2, 10, 1]
    trajectory = trajectory_of(network, [0.0, 60.0], [row, row])
    experiment = followed(network, "A", "B", feeds=(Feed("S", HEAVY),))
    columns = columns_by_name(network, trajectory)
    found = labels_on_trajectory(network, experiment, trajectory, columns, [6.0, 60.0])
    frame = found.to_frame()
    assert list(frame.columns) == ["time_h", "measurement", "channel", "value"]
    one = frame[(frame.measurement == "B") & (frame.channel == "M+2") & (frame.time_h == 1.0)]
    assert one.value.to_list() == [found.of("B", "M+2")[1]]
    assert found.of("B").shape == (2, 4)
    with pytest.raises(UnknownNameError, match='unknown measurement "C"'):
        found.of("C")
    with pytest.raises(UnknownNameError, match="did you mean M"):
        found.of("B", "M+3")


@pytest.fixture
def parts():
    network = two_pools()
    row = [2, 2, 1, 2, 10, 1]
    trajectory = trajectory_of(network, [0.0, 60.0], [row, row])
    experiment = followed(network, "B", feeds=(Feed("S", HEAVY),))
    return network, experiment, trajectory, columns_by_name(network, trajectory)


def test_bad_columns_are_named(parts):
    network, experiment, trajectory, columns = parts

    def tried(trajectory=trajectory, **changes):
        return labels_on_trajectory(
            network, experiment, trajectory, replace(columns, **changes), [1.0]
        )

    with pytest.raises(InputError, match="v1 backward: no column"):
        tried(backward={})
    with pytest.raises(InputError, match="amount of A: no column"):
        tried(amounts={"B": "B"})
    with pytest.raises(UnknownNameError, match='unknown column "v9"'):
        tried(forward={**columns.forward, "v0": "v9"})
    with pytest.raises(UnitError, match='column "A"'):
        tried(forward={**columns.forward, "v0": "A"})
    negative = trajectory_of(network, [0.0, 60.0], [[2, 2, 1, 2, 10, 1], [2, -1, 1, 2, 10, 1]])
    with pytest.raises(ModelError, match=r'column "v1_forward" is -1 mmol/min at 60 min'):
        tried(negative)


def test_other_bad_input_is_named(parts):
    network, experiment, trajectory, columns = parts

    def tried(times=(1.0,), experiment=experiment, **options):
        labels_on_trajectory(network, experiment, trajectory, columns, times, **options)

    for times in ((), (61.0,), (-1.0,), (3.0, 2.0)):
        with pytest.raises(InputError, match="times: they must rise, within the trajectory"):
            tried(times)
    with pytest.raises(UnknownNameError, match='unknown slow species "Q"'):
        tried(released=["Q"])
    with pytest.raises(InputError, match="only slow ones are held"):
        tried(released=["A"])
    free = measured(("A", "B"), ((("C", 1),),), mix="free")
    with pytest.raises(InputError, match="shares in a mixture must be given"):
        tried(experiment=replace(experiment, labels=(free,)))
    with pytest.raises(UnknownNameError, match='infusion "i": unknown species "Q"'):
        tried(infusions=[bolus("i", "Q", HEAVY, 0, 1)])
    with pytest.raises(InputError, match='"S" is boundary'):
        with_infusion(network, bolus("i", "S", HEAVY, 0, 1))
    with pytest.raises(InputError, match="choose another id"):
        with_infusion(network, bolus("v1", "A", HEAVY, 0, 1))
    with pytest.raises(InputError, match="before the one before it ends"):
        Infusion("i", "A", HEAVY, ((0, 2, 1.0), (1, 3, 1.0)))
    with pytest.raises(InputError, match="period 2 to 1 min"):
        Infusion("i", "A", HEAVY, ((2, 1, 1.0),))
    with pytest.raises(InputError, match="no period"):
        Infusion("i", "A", HEAVY, ())
    with pytest.raises(InputError, match="no traced N"):
        probe(network, "A", "N")
    with pytest.raises(InputError, match="tolerance 1e-300"):
        tried(tolerance=1e-300)


def test_what_cannot_be_followed_is_said(parts):
    network, _, _, columns = parts
    experiment = followed(network, "B", feeds=(Feed("S", HEAVY, start=1e6),))
    # A turns over in less time than a clock that shows a million minutes can tell.
    row = [2, 2, 1, 2, 1e-12, 1]
    trajectory = trajectory_of(network, [1e6, 1e6 + 60], [row, row])
    with pytest.raises(ConvergenceError, match=r"changes too fast to be followed .* 1e\+06 min"):
        labels_on_trajectory(network, experiment, trajectory, columns, [1e6 + 1])


def flow_trajectory(run):
    """Return gross fluxes, mmol/min, and amounts, mmol, of a run of the cycle."""
    system, solution, network = run.model.system, run.solution, run.model.network
    places = {name: place for place, name in enumerate(system.observable_names)}
    table, units = {}, []
    for step in network.steps:
        both = [f"{step.id}_forward", f"{step.id}_backward"]
        for name in both if both[0] in places else [step.reaction]:
            table[name] = solution.observables[:, places[name]]
    units += ["mmol/min"] * len(table)
    for name in system.state_names:
        species = network.species.get(name)
        if species is not None and not species.boundary:
            volume = [p[system.parameter_index(species.compartment)] for p in run.parameters]
            table[name] = solution.states[:, system.state_index(name)] * volume
    units += ["mmol"] * (len(table) - len(units))
    return Trajectory(
        solution.times, tuple(table), np.column_stack(list(table.values())), tuple(units)
    )


def test_tracer_glucose_through_a_night_of_fasting(man):
    network = man.network
    run = run_scenario(man, load_scenario("overnight-fast"), np.linspace(0, 1440, 145))
    trajectory = flow_trajectory(run)
    uniform = (Tracer(1.0, {"C": (1.0,) * 6}),)
    rate = 0.02
    infusions = [
        bolus("prime", "Glc_blood", uniform, 600.0, 1.6),
        Infusion("drip", "Glc_blood", uniform, ((600.0, 720.0, rate),)),
    ]
    wanted = np.array([0.0, 600.0, 660.0, 720.0, 1440.0])
    arguments = (
        network,
        followed(network, "Glc_blood", "Ala_blood", "Lac_blood"),
        trajectory,
        columns_by_name(network, trajectory),
        wanted,
    )
    found = labels_on_trajectory(*arguments, infusions=infusions)
    exact = labels_on_trajectory(*arguments, infusions=infusions, tolerance=1e-9)
    assert found.values == pytest.approx(exact.values, abs=1e-6)
    glucose = found.of("Glc_blood")
    assert glucose.sum(axis=1) - found.of("Glc_blood", "enrichment") == pytest.approx(1, abs=1e-9)
    # Uniformly labelled molecules are only diluted: rate of appearance by isotope dilution.
    appearance = rate * (1 / found.of("Glc_blood", "M+6")[3] - 1)
    made = trajectory.at(720.0)
    entering = made["G6Pase_liver"] if "G6Pase_liver" in made else made["G6Pase_liver_forward"]
    assert appearance == pytest.approx(entering, rel=0.1)
    # Label comes back through lactate and alanine as molecules with three heavy atoms.
    assert found.of("Ala_blood", "M+3")[3] > 0.001
    assert found.of("Glc_blood", "M+3")[3] > 1e-4
    assert found.of("Glc_blood", "M+6")[4] < 0.2 * found.of("Glc_blood", "M+6")[3]


def test_columns_may_be_given_by_hand(parts):
    network, experiment, trajectory, columns = parts
    given = TrajectoryColumns(
        forward={"v0": "v0", "v1": "v1_forward", "v2": "v2"},
        backward={"v1": "v1_backward"},
        amounts={"A": "A", "B": "B"},
    )
    assert given.forward == columns.forward
    assert given.backward == columns.backward
    found = labels_on_trajectory(network, experiment, trajectory, given, [1.0])
    assert found.of("B", "enrichment")[0] > 0
