"""A virtual study as the tables that `cahill tracer-kinetics` reads."""

from collections.abc import Mapping

import pandas as pd

from cahill.core.tracer_infusion import Course, InfusionStudy


def study_tables(study: InfusionStudy) -> Mapping[str, pd.DataFrame]:
    """Return infusions, enrichments, analytes and exchange, those that have rows.

    Parameters
    ----------
    study : InfusionStudy
        Of stable tracers, rates per kg.
    """
    infusions = [
        {
            "subject": one.subject,
            "state": one.state,
            "tracer": one.tracer,
            "analyte": one.analyte,
            "rate": one.rate,
            "unit": "umol/kg/min",
            "start_min": one.start,
            "end_min": one.end,
            "prime": one.prime,
            "prime_unit": "umol/kg",
        }
        for one in study.infusions
    ]
    analytes = [
        {
            "analyte": one.name,
            "carbons": one.carbons,
            "volume": one.volume,
            "volume_unit": "L/kg",
            "pool_fraction": one.pool_fraction,
        }
        for one in study.analytes.values()
    ]
    exchange = [
        {
            "subject": one.subject,
            "state": one.state,
            "position_ratio": one.position_ratio,
            "sd": one.sd,
        }
        for one in study.exchanges
    ]
    tables = {
        "infusions": pd.DataFrame(infusions),
        "enrichments": pd.concat([_samples(one) for one in study.courses], ignore_index=True),
        "analytes": pd.DataFrame(analytes),
        "exchange": pd.DataFrame(exchange),
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


def _samples(course: Course) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject": course.subject,
            "state": course.state,
            "time_min": course.time,
            "analyte": course.analyte,
            "tracer": course.tracer,
            "kind": course.kind,
            "value": 100.0 * course.values,
            "unit": "%",
            "sd": 100.0 * course.sd,
            "atoms": course.atoms,
            "concentration": course.concentration,
            "concentration_sd": course.concentration_sd,
            "concentration_unit": "umol/L",
        }
    )
