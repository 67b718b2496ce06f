"""The items a qPCR study has to report, filled in as far as file, layout and analysis know them.

The list follows the guidelines MIQE (Bustin et al. 2009) with what their revision MIQE 2.0 (Bustin
et al. 2025) adds: raw data, efficiency-corrected quantities and intervals. It is a worksheet, not
the journals' form.
"""

from collections.abc import Mapping

import pandas as pd

NOT_STATED = "not stated"
ITEMS = (
    ("experiment", "groups compared", "groups"),
    ("experiment", "biological replicates of each group", "biological"),
    ("experiment", "technical replicates", "technical"),
    ("sample", "description, treatment, storage", ""),
    ("sample", "mass or number of cells processed", ""),
    ("nucleic acid", "extraction, DNase treatment", ""),
    ("nucleic acid", "quantity, purity and integrity (RQI or RIN)", ""),
    ("nucleic acid", "genomic DNA: controls without reverse transcriptase", "nrt"),
    ("nucleic acid", "inhibition tested", ""),
    ("reverse transcription", "kit, priming, amount of RNA, temperature and time", ""),
    ("target", "targets", "targets"),
    ("target", "accession, amplicon length and place, transcript variants", ""),
    ("target", "primer and probe sequences, or assay number", ""),
    ("reaction", "dye or probe", "dye"),
    ("reaction", "chemistry", "chemistry"),
    ("reaction", "volume, amount of cDNA, master mix, primer concentrations", ""),
    ("reaction", "thermal programme", "programme"),
    ("reaction", "plates, sealing and pipetting", ""),
    ("instrument", "instrument", "instrument"),
    ("instrument", "software of the instrument", "software"),
    ("validation", "specificity: melting curves", "melt"),
    ("validation", "amplification efficiency with its error and source", "efficiency"),
    ("validation", "linear range and r squared of dilution series", "range"),
    ("validation", "limit of detection", "lod"),
    ("validation", "controls without template", "ntc"),
    ("analysis", "Cq: method, baseline, threshold", "cq_method"),
    ("analysis", "wells excluded, and why", "excluded"),
    ("analysis", "undetermined Cq: number and treatment", "undetermined"),
    ("analysis", "technical outliers", "outliers"),
    ("analysis", "reference genes, number and choice", "references"),
    ("analysis", "stability of the reference genes", "stability"),
    ("analysis", "normalisation", "normalisation"),
    ("analysis", "inter-run calibration", "calibration"),
    ("analysis", "efficiency-corrected quantities", "corrected"),
    ("analysis", "statistical test, unit of replication, correction for many tests", "test"),
    ("analysis", "intervals, and what they allow for", "interval"),
    ("analysis", "software of this analysis", "analysis_software"),
    ("data", "raw fluorescence", "raw"),
)
"""Section, item, and the key under which an analysis answers it; blank where no file knows."""
_FACTS = {
    "instrument": ("instrument",),
    "software": ("software",),
    "chemistry": ("chemistry",),
    "programme": ("program", "programme", "thermal"),
}


def miqe_table(answers: Mapping[str, str]) -> pd.DataFrame:
    """Return the checklist.

    Parameters
    ----------
    answers : mapping of str to str
        By the keys of `ITEMS`; a blank one counts as not stated.

    Returns
    -------
    pandas.DataFrame
        section, item, answer ("not stated" where unknown), stated (bool).
    """
    rows = [
        (section, item, answers.get(key, "").strip() or NOT_STATED) for section, item, key in ITEMS
    ]
    frame = pd.DataFrame(rows, columns=["section", "item", "answer"])
    return frame.assign(stated=frame["answer"] != NOT_STATED)


def answers_from_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Return what an instrument's file says of instrument, software, chemistry and programme."""
    found = {}
    for key, words in _FACTS.items():
        values = [
            f"{name}: {value}"
            for name, value in facts.items()
            if value.strip() and any(word in name.lower() for word in words)
        ]
        found[key] = "; ".join(dict.fromkeys(values))
    return found
