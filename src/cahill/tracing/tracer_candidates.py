"""Designs to choose from: which tracers are fed, in what mixture, and when samples are taken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cahill.core.labelling import Experiment, Feed, LabelMeasurement, Tracer, TracingStudy
from cahill.core.network import Species
from cahill.errors import InputError, UnknownNameError

_ISOTOPES = {"13C": "C", "15N": "N", "2H": "H"}
_FORM = re.compile(r"\[(?P<atoms>U|[\d,]+)-(?P<isotope>13C|15N|2H)\d*\]")
_PART = re.compile(r"\s*(?:(?P<share>[\d.]+)\s*(?P<percent>%?)\s*\*?\s*)?(?P<form>.+?)\s*")
_PURITY = 0.99  # assumed: usual isotopic purity of tracers sold


@dataclass(frozen=True)
class Candidate:
    """One way to do the experiment.

    Parameters
    ----------
    name : str
        As tables and pictures show it.
    feeds : tuple of Feed
        Instead of the experiment's feeds of these species; the others stay.
    times : tuple of float
        Sampling times of all measurements, in the study's unit; as they are if empty.
    """

    name: str
    feeds: tuple[Feed, ...] = ()
    times: tuple[float, ...] = ()


def parse_candidate(text: str, study: TracingStudy, purity: float = _PURITY) -> Candidate:
    """Read a candidate from text.

    Parameters
    ----------
    text : str
        "SPECIES=FORM" or a mixture "SPECIES=50% [1-13C] + 50% [U-13C]"; several species are parted
        by semicolons. Forms are "[1-13C]", "[1,2-13C]", "[U-13C]", "[U-15N]", several isotopes in
        one molecule "[U-13C][U-15N]", and "unlabelled". A last part "@ 1, 5, 10" gives sampling
        times.
    study : TracingStudy
    purity : float
        Probability of a labelled atom to be heavy.

    Raises
    ------
    InputError
        If the text cannot be read, or shares do not add up to 1.
    UnknownNameError
        If a species does not exist.
    """
    body, _, when = text.partition("@")
    feeds = []
    for part in filter(str.strip, body.split(";")):
        species, equals, forms = part.partition("=")
        if not equals:
            raise InputError(f'candidate "{text}": write SPECIES=FORM, as in "glc=[U-13C]"')
        name = species.strip()
        if name not in study.network.species:
            raise UnknownNameError("species", name, study.network.species, f'candidate "{text}"')
        feeds.append(Feed(name, _mixture(forms, study.network.species[name], purity, text)))
    try:
        times = tuple(float(time) for time in when.split(",")) if when.strip() else ()
    except ValueError:
        raise InputError(f'candidate "{text}": "{when.strip()}" are no times') from None
    if not feeds and not times:
        raise InputError(f'candidate "{text}" changes nothing; give a tracer or times')
    return Candidate(text.strip(), tuple(feeds), times)


def _mixture(forms: str, species: Species, purity: float, where: str) -> tuple[Tracer, ...]:
    parts = [_PART.fullmatch(part) for part in forms.split("+")]
    shares, heavy = [], []
    for part in parts:
        if part is None:
            raise InputError(f'candidate "{where}": "{forms.strip()}" is no mixture of tracers')
        share = float(part["share"] or 1.0 / len(parts)) / (100 if part["percent"] else 1)
        shares.append(share)
        heavy.append(labelled(part["form"], species, purity, where))
    if abs(sum(shares) - 1) > 1e-6:
        raise InputError(f'candidate "{where}": its shares add up to {sum(shares):g}, not 1')
    return tuple(Tracer(share, atoms) for share, atoms in zip(shares, heavy))


def labelled(
    form: str, species: Species, purity: float = _PURITY, where: str = ""
) -> dict[str, tuple[float, ...]]:
    """Return the probability of each atom to be heavy in a labelled form, by element.

    Other atoms are light: data are taken as corrected for natural abundance.

    Raises
    ------
    InputError
        If the form cannot be read, or the molecule lacks an atom of it.
    """
    place = f'candidate "{where or form}"'
    if form.strip() == "unlabelled":
        return {}
    found, rest = {}, form.strip()
    for match in _FORM.finditer(form):
        rest = rest.replace(match[0], "")
        element = _ISOTOPES[match["isotope"]]
        count = species.atoms.get(element, 0)
        atoms = range(1, count + 1)
        if match["atoms"] != "U":
            atoms = [int(atom) for atom in match["atoms"].split(",") if atom]
        if not count or min(atoms, default=0) < 1 or max(atoms) > count:
            raise InputError(
                f"{place}: {species.id} has {count} traced atoms of {element}, {match[0]} labels "
                "others"
            )
        found[element] = tuple(purity if k in atoms else 0.0 for k in range(1, count + 1))
    if rest or not found:
        raise InputError(f'{place}: "{form.strip()}" is no labelled form; write [U-13C], [1,2-13C]')
    return found


def standard_candidates(
    study: TracingStudy,
    species: str | None = None,
    *,
    mixtures: int = 0,
    purity: float = _PURITY,
) -> tuple[Candidate, ...]:
    """Return the usual tracers of a molecule: one atom, two neighbours, all; and mixtures of pairs.

    Parameters
    ----------
    study : TracingStudy
    species : str, optional
        What is fed; by default the labelled feed of the first experiment with most traced atoms.
    mixtures : int
        Steps of the grid of mixtures of two of [1-13C], [U-13C], unlabelled (and like forms of
        nitrogen); 0 for none, 4 for 25, 50 and 75 %.
    purity : float

    Raises
    ------
    InputError
        If nothing is fed, or the molecule has no traced atom.
    """
    chosen = study.network.species[species or _main_feed(study)]
    forms = []
    for isotope, element in _ISOTOPES.items():
        count = chosen.atoms.get(element, 0)
        forms += [f"[{k}-{isotope}]" for k in range(1, count + 1)]
        forms += [f"[{k},{k + 1}-{isotope}]" for k in range(1, count)] if element == "C" else []
        forms += [f"[U-{isotope}]"] * (count > 1)
    if not forms:
        raise InputError(f'candidates: "{chosen.id}" has no traced atom')
    texts = [f"{chosen.id}={form}" for form in forms]
    basis = [form for form in forms if form.startswith(("[1-", "[U-"))] + ["unlabelled"]
    for k, one in enumerate(basis):
        for other in basis[k + 1 :]:
            for step in range(1, mixtures):
                share = 100 * step / mixtures
                texts.append(f"{chosen.id}={share:g}% {one} + {100 - share:g}% {other}")
    return tuple(parse_candidate(text, study, purity) for text in texts)


def _main_feed(study: TracingStudy) -> str:
    sizes = {
        feed.species: sum(study.network.species[feed.species].atoms.values())
        for experiment in study.experiments[:1]
        for feed in experiment.feeds
        if any(max(heavy, default=0.0) > 0.5 for t in feed.tracers for heavy in t.heavy.values())
    }
    if not sizes:
        raise InputError(f"{study.name}: no labelled feed to vary; name the species to feed")
    return max(sizes, key=lambda name: sizes[name])


def applied(experiment: Experiment, candidate: Candidate, name: str | None = None) -> Experiment:
    """Return an experiment done as a candidate says, with the errors of its measurements.

    Measurements keep what they measure; at new times every channel measured at some time is
    measured, with the mean of its errors.

    Raises
    ------
    InputError
        If times are given for an experiment at isotopic steady state.
    """
    if candidate.times and experiment.stationary:
        raise InputError(
            f'candidate "{candidate.name}": {experiment.name} is at isotopic steady state; leave '
            "out the times"
        )
    fed = {feed.species for feed in candidate.feeds}
    starts = {feed.species: feed.start for feed in experiment.feeds}
    feeds = tuple(
        replace(feed, start=starts.get(feed.species, feed.start)) for feed in candidate.feeds
    )
    return replace(
        experiment,
        name=name or experiment.name,
        feeds=(*(feed for feed in experiment.feeds if feed.species not in fed), *feeds),
        labels=tuple(_timed(label, candidate.times) for label in experiment.labels),
    )


def _timed(label: LabelMeasurement, times: Sequence[float]) -> LabelMeasurement:
    if not times:
        return label
    shape = len(times), 1
    seen = label.measured
    count = np.maximum(seen.sum(axis=0), 1)
    sd = np.where(seen, label.sd, 0.0).sum(axis=0) / count
    values = np.where(seen.any(axis=0), 0.0, np.nan)
    return replace(
        label, values=np.tile(values, shape), sd=np.tile(sd, shape), times=tuple(sorted(times))
    )
