"""Read one value of ALT."""

from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cahill.core.laboratory import LabResult
    from cahill.serum.read_value import SerumReading

Answer = Literal["yes", "no", "unknown"]


def read(
    *,
    alt: str,
    uln: str | None = None,
    lln: str | None = None,
    sex: Literal["male", "female", "unknown"] = "unknown",
    age: str | None = None,
    ast: str | None = None,
    ast_uln: str | None = None,
    alp: str | None = None,
    alp_uln: str | None = None,
    ggt: str | None = None,
    ggt_uln: str | None = None,
    bilirubin: str | None = None,
    bilirubin_uln: str | None = None,
    inr: str | None = None,
    platelets: str | None = None,
    albumin: str | None = None,
    eosinophils: str | None = None,
    ck: str | None = None,
    ck_uln: str | None = None,
    free_haemoglobin: str | None = None,
    bmi: str | None = None,
    diabetes: Answer = "unknown",
    symptoms: Answer = "unknown",
    baseline: str | None = None,
    baseline_uln: str | None = None,
    baseline_ast: str | None = None,
    baseline_bilirubin: str | None = None,
    previous: str | None = None,
    method: Literal["with-p5p", "without-p5p", "unknown"] = "unknown",
    default_limits: str | None = None,
    explain: tuple[str, ...] = (),
) -> "SerumReading":
    """Say what one value of ALT comes to by every rule, and what else would decide more.

    Parameters
    ----------
    alt : str
        ALT of the draw: 95 or "95 U/L", "<5", ">1000", "5-10". Enzymes are in U/L unless a unit
        (IU/L, ukat/L) is written.
    uln : str, optional
        Upper limit of normal of the laboratory that measured it; without it nothing that is a
        multiple of the limit is evaluable.
    lln : str, optional
        Lower limit of normal.
    sex : str
        For limits that differ by sex.
    age : str, optional
        Years, for limits and scores that hold for some ages.
    ast : str, optional
        AST of the same draw.
    ast_uln : str, optional
        Its upper limit.
    alp : str, optional
        Alkaline phosphatase of the same draw.
    alp_uln : str, optional
        Its upper limit.
    ggt : str, optional
        Gamma-glutamyltransferase of the same draw.
    ggt_uln : str, optional
        Its upper limit.
    bilirubin : str, optional
        Total bilirubin of the same draw, with its unit: "1.2 mg/dL" or "20 umol/L".
    bilirubin_uln : str, optional
        Its upper limit, in the same unit unless another is written.
    inr : str, optional
        International normalised ratio of the same draw.
    platelets : str, optional
        Platelets, in 10*9/L (10*3/uL) unless a unit is written.
    albumin : str, optional
        Albumin, with its unit: "4.1 g/dL" or "41 g/L".
    eosinophils : str, optional
        Eosinophils, per cent of leucocytes.
    ck : str, optional
        Creatine kinase of the same draw.
    ck_uln : str, optional
        Its upper limit.
    free_haemoglobin : str, optional
        Free haemoglobin of the sample, with its unit: "0.8 g/L".
    bmi : str, optional
        Body mass index, kg/m2.
    diabetes : str
        Diabetes or impaired fasting glucose.
    symptoms : str
        Fatigue, nausea, vomiting, pain in the right upper abdomen, fever or rash.
    baseline : str, optional
        ALT before treatment.
    baseline_uln : str, optional
        Upper limit of the baseline; that of ALT if absent.
    baseline_ast : str, optional
        AST before treatment.
    baseline_bilirubin : str, optional
        Total bilirubin before treatment, with its unit.
    previous : str, optional
        The ALT measured before this one, to tell a change from variation.
    method : str
        Whether the assay of ALT has pyridoxal 5'-phosphate.
    default_limits : str, optional
        Set of reference limits for values without one, such as limit-acg (see "cahill serum
        rules").
    explain : tuple of str
        Rule to show step by step, such as hys-law; may be repeated.
    """
    from cahill.core.laboratory import Person
    from cahill.serum.read_value import read_value
    from cahill.serum.read_value_inputs import written_number, written_years

    draw = _results(
        {
            "--alt": ("ALT", alt, uln, "--uln"),
            "--ast": ("AST", ast, ast_uln, "--ast-uln"),
            "--alp": ("ALP", alp, alp_uln, "--alp-uln"),
            "--ggt": ("GGT", ggt, ggt_uln, "--ggt-uln"),
            "--bilirubin": ("TBL", bilirubin, bilirubin_uln, "--bilirubin-uln"),
            "--inr": ("INR", inr, None, ""),
            "--platelets": ("PLT", platelets, None, ""),
            "--albumin": ("ALB", albumin, None, ""),
            "--eosinophils": ("EOS", eosinophils, None, ""),
            "--ck": ("CK", ck, ck_uln, "--ck-uln"),
            "--free-haemoglobin": ("HB", free_haemoglobin, None, ""),
        },
        lln,
    )
    before = _results(
        {
            "--baseline": ("ALT", baseline, baseline_uln, "--baseline-uln"),
            "--baseline-ast": ("AST", baseline_ast, None, ""),
            "--baseline-bilirubin": ("TBL", baseline_bilirubin, None, ""),
        }
    )
    earlier = _results({"--previous": ("ALT", previous, None, "")})
    index = written_number(bmi or "", "--bmi", "the body mass index in kg/m2, such as 27.5")
    person = Person(
        sex="" if sex == "unknown" else sex,
        age=written_years(age or ""),
        body_mass_index=None if index is None else float(index),
        diabetes=_answer(diabetes),
        symptoms=_answer(symptoms),
    )
    return read_value(
        draw,
        person,
        baselines=before,
        previous=earlier[0] if earlier else None,
        default_limits=default_limits or "",
        method={"with-p5p": "with P5P", "without-p5p": "without P5P"}.get(method, ""),  # pyright: ignore[reportArgumentType]
        explain=explain,
    )


def _results(
    written: "Mapping[str, tuple[str, str | None, str | None, str]]", lln: str | None = None
) -> "list[LabResult]":
    """Read values by option; a limit without its value is refused."""
    from cahill.serum.read_value_inputs import written_result

    found = []
    for option, (test, text, limit, limit_option) in written.items():
        if text is None and limit is not None:
            raise InputError(f"{limit_option}: a limit without its value; give {option} as well")
        if text is not None:
            limits = {"uln": limit or "", "uln_option": limit_option}
            if option == "--alt" and lln is not None:
                limits |= {"lln": lln, "lln_option": "--lln"}
            found.append(written_result(test, text, option, **limits))
    return found


def _answer(text: Answer) -> bool | None:
    return {"yes": True, "no": False, "unknown": None}[text]
