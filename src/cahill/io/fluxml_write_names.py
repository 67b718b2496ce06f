"""Names and sums in a FluxML file that is written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cahill.core.labelling import Flux
from cahill.core.network import Network


@dataclass
class Names:
    """The file's names of pools and fluxes, and what could not be written.

    Parameters
    ----------
    pools : dict of str to str
        Pool id by species.
    fluxes : dict of str to list of str
        Reaction ids by step: one, or one for each variant.
    steps : dict of str to list of str
        Steps by reaction.
    inputs : set of str
        Species that no reaction is written to make.
    backwards : set of str
        Steps that are written the other way round.
    lost : list of str
        What FluxML cannot say, one sentence each.
    """

    pools: dict[str, str] = field(default_factory=dict)
    fluxes: dict[str, list[str]] = field(default_factory=dict)
    steps: dict[str, list[str]] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    backwards: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)

    def of_flux(self, flux: Flux) -> tuple[list[str], float]:
        """Return the names that add up to a flux, and the sign; a net flux is the first step's."""
        if flux.kind != "net":
            return self.fluxes[flux.of], 1.0
        step = self.steps[flux.of][0]
        return self.fluxes[step], -1.0 if step in self.backwards else 1.0


def plain_name(name: str, taken: Iterable[str]) -> str:
    """Return a name of letters, digits and underscores that is not taken."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = f"_{plain}" if plain[:1].isdigit() else plain
    while plain in taken:
        plain += "_"
    return plain


def linear_text(terms: Mapping[str, float]) -> str:
    """Return a sum such as ``2.0*a-b`` whose numbers read back unchanged."""
    text = ""
    for name, factor in terms.items():
        sign = "-" if factor < 0 else "+"
        size = "" if abs(factor) == 1 else f"{abs(float(factor))!r}*"
        text += f"{sign}{size}{name}"
    return text.removeprefix("+")


def flux_text(terms: Mapping[Flux, float], names: Names, network: Network) -> tuple[str, str]:
    """Return FluxML's kind (net or xch, blank if it has none) and text of a sum of fluxes."""
    kinds: set[str] = set()
    total: dict[str, float] = {}
    reaction_of = {step.id: step.reaction for step in network.steps}
    for flux, factor in terms.items():
        kind = flux.kind
        one_way = reaction_of.get(flux.of, flux.of) not in network.reversible
        if kind == "forward" and one_way:
            flux, kind = Flux(reaction_of[flux.of]), "net"
        kinds.add(kind)
        ids, sign = names.of_flux(flux)
        for name in ids:
            total[name] = total.get(name, 0.0) + sign * factor
    kind = kinds.pop() if len(kinds) == 1 else ""
    return {"net": "net", "exchange": "xch"}.get(kind, ""), linear_text(total)
