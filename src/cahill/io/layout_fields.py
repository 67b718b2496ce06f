"""The words a plate layout may use, by assay.

They feed the readers, the templates and the tables of `docs/how-to/plate-layouts.md`.
"""

from cahill.io.layout_words import ANY_UNIT, Field, Vocabulary

__all__ = ["ACTIVITY_FIELDS", "CHIP_FIELDS", "QPCR_FIELDS", "VOCABULARIES", "Field", "Vocabulary"]

_YES_NO = {"yes": ("y", "true", "with", "+", "1"), "no": ("n", "false", "without", "_", "0")}
_SAMPLE = Field("sample", "name of the sample; repeated in its replicate wells", example="liver 1")
_GROUP = Field("group", "what is compared: treatment, genotype", example="fasted")
_REPLICATE = Field("replicate", "biological replicate (animal, culture)", example="1")
_DILUTION = Field(
    "dilution",
    "by how much the sample was diluted: 10 or 1:10 is one part in ten",
    "number",
    "dimensionless",
    example="10",
)
_NOTE = Field("note", "yours; not used", example="haemolytic")


def _role(**choices: tuple[str, ...]) -> Field:
    return Field("role", "what the well is", "choice", choices=choices, example=next(iter(choices)))


def _measure(name: str, description: str, example: str, *, zero: bool = False) -> Field:
    unit = example.split(" ", 1)[1]
    return Field(name, description, "number", unit, example=example, zero=zero)


ACTIVITY_FIELDS = Vocabulary(
    "activity",
    (
        _role(
            sample=("unknown", "unkn", "smp"),
            blank=("blk", "reagent_blank"),
            sample_blank=("no_substrate",),
            standard=("std", "calibrator"),
            positive=("positive_control",),
            negative=("negative_control",),
            empty=(),
        ),
        _SAMPLE,
        _GROUP,
        _REPLICATE,
        _DILUTION,
        _measure("sample_volume", "volume of sample in the well", "10 uL"),
        _measure("total_volume", "volume of the well", "200 uL"),
        _measure("pathlength", "of the light through the well", "0.56 cm"),
        Field(
            "standard",
            "pyruvate in the well (amount) or in what was pipetted (concentration)",
            "number",
            "nmol",
            "umol/L",
            example="4 nmol",
            zero=True,
        ),
        _measure("protein", "protein in the undiluted sample", "5.2 mg/mL"),
        _measure("protein_sd", "its standard deviation", "0.3 mg/mL", zero=True),
        _measure("tissue_mass", "wet mass that was extracted", "10 mg"),
        _measure("extract_volume", "volume of the extract", "0.2 mL"),
        Field("tissue", "for the hand-over to the model", example="liver"),
        Field(
            "fraction",
            "of the cell",
            "choice",
            choices={
                "whole": ("total", "homogenate"),
                "cytosol": ("cytosolic", "cyto"),
                "mitochondria": ("mitochondrial", "mitochondrion", "mito"),
            },
            example="whole",
        ),
        Field("plp", "pyridoxal phosphate added", "choice", choices=_YES_NO, example="yes"),
        _measure("alanine", "concentration in the well", "500 mmol/L", zero=True),
        _measure("oxoglutarate", "concentration in the well", "15 mmol/L", zero=True),
        Field("inhibitor", "its name", example="aminooxyacetate"),
        _measure("inhibitor_concentration", "in the well", "10 umol/L", zero=True),
        _NOTE,
    ),
    needed={
        "sample": ("sample",),
        "sample_blank": ("sample",),
        "standard": ("standard",),
    },
)
"""Layouts of activity assays."""

QPCR_FIELDS = Vocabulary(
    "qPCR",
    (
        _role(
            sample=("unknown", "unkn"),
            standard=("std",),
            ntc=("no_template_control", "no_template", "neg_ctrl", "negative"),
            nac=("no_amplification_control",),
            nrt=("no_rt", "_rt", "rt_", "no_reverse_transcriptase"),
            calibrator=("irc", "inter_run_calibrator"),
            positive=("positive_control", "pos_ctrl"),
        ),
        _SAMPLE,
        Field("target", "gene or assay", example="GPT2"),
        _GROUP,
        _REPLICATE,
        Field("quantity", "template of a standard, any unit", "number", ANY_UNIT, example="1000"),
        _DILUTION,
        Field("dye", "reporter", example="SYBR"),
        Field("run", "name of the run, to join several", example="run 1"),
        _NOTE,
    ),
)
"""Layouts of qPCR plates."""

CHIP_FIELDS = Vocabulary(
    "ChIP",
    (
        _role(
            ip=("antibody", "chip", "sample", "unknown"),
            igg=("mock", "igg_mock", "isotype"),
            input=(),
            ntc=("no_template_control", "no_template"),
        ),
        Field("sample", "name of the chromatin", example="liver 1"),
        Field("target", "locus that the primers amplify", example="GPT2 promoter"),
        Field("antibody", "name of the antibody", example="GR"),
        _GROUP,
        Field("replicate", "biological replicate (chromatin preparation)", example="1"),
        Field(
            "input_fraction",
            "part of the chromatin that the input is: 0.01 or 1 %",
            "number",
            "dimensionless",
            example="0.01",
        ),
        Field(
            "dilution",
            "by how much the DNA was diluted before the PCR, beyond the input fraction",
            "number",
            "dimensionless",
            example="1",
        ),
        _measure("template_volume", "DNA solution in the reaction", "2 uL"),
        Field(
            "region",
            "whether binding is expected at the locus",
            "choice",
            choices={"positive": (), "negative": ("control",)},
            example="negative",
        ),
        _NOTE,
    ),
)
"""Layouts of ChIP-qPCR plates."""

VOCABULARIES = (ACTIVITY_FIELDS, QPCR_FIELDS, CHIP_FIELDS)
