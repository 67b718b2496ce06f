"""A slow, plain oracle over time: the balances of all isotopomers, integrated by SciPy.

P dX/dt is the sum over what flows in of flux times (what comes in minus what is there), for all
isotopomers of all pools at once; it shares no code with the engine.
"""

import numpy as np
from label_oracle import _fed, _light, _made, _ways, counts
from scipy.integrate import solve_ivp

EXACT = {"rtol": 1e-11, "atol": 1e-13, "method": "LSODA"}


def isotopomer_course(network, feeds, gross, sizes, times, begin=0.0, turns=(), start=None):
    """Return by time and species the fractions of all isotopomers.

    `gross(t)` and `sizes(t)` give gross fluxes and, by species, pool sizes; they may jump at
    `turns`, where they are those from then on.
    """
    ways = _ways(network)
    shapes = {name: _light(network.species[name]).shape for name in ways}
    state = {name: _light(species) for name, species in network.species.items()} | (start or {})
    found, stops = {}, sorted({*times, *turns, *(feed.start for feed in feeds)})
    stops = [stop for stop in stops if begin <= stop <= max(times)]
    if begin in times:
        found[begin] = dict(state)
    for now, then in zip([begin, *stops], stops):
        if then == now:
            continue
        for feed in sorted(feeds, key=lambda feed: feed.start):
            if feed.start <= now:
                state[feed.species] = _fed(network.species[feed.species], feed)

        y = np.concatenate([state[name].ravel() for name in ways])
        given = network, ways, shapes, dict(state), gross, sizes, now, then
        end = solve_ivp(_slopes, (now, then), y, args=given, **EXACT).y[:, -1]
        state |= unpacked(end, shapes)
        found[then] = dict(state)
    return [found[time] for time in times]


def _slopes(t, y, network, ways, shapes, state, gross, sizes, now, then):
    # Inside the stretch, where nothing jumps.
    inside = min(max(t, np.nextafter(now, then)), np.nextafter(then, now))
    pools, fluxes, size = state | unpacked(y, shapes), gross(inside), sizes(inside)
    parts = []
    for name, routes in ways.items():
        change = 0.0
        for flux, weight, atom_map, number in routes:
            # A sum of fractions that strays from 1 would grow in condensations.
            made = _made(network, atom_map, number, pools)
            change = change + fluxes[flux] * weight * (made / made.sum() - pools[name])
        parts.append((change / size[name]).ravel())
    return np.concatenate(parts)


def unpacked(y, shapes):
    """Return a vector's parts by species."""
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes.values()])
    parts = np.split(y, ends[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts)}


def expected(network, course, measurements):
    """Return the values of measurements of all joint counts: measurement, time, channel."""
    values = []
    for one in measurements:
        for state in course:
            tables = [counts(network, state[name], name, one.groups) for name in one.species]
            values.append(np.tensordot(one.shares, tables, 1))
    return np.concatenate(values)
