"""What every output of the serum commands must say, and must never say.

Every workflow of the group runs on every example of the package; all that comes out is read:
summary, lines, JSON, report, tables, findings and the words in pictures. Logs and messages are held
against marked names and values, and no socket may be opened.
"""

import contextlib
import json
import logging
import re
import socket
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text

from cahill.cli.main import main, workflow_names
from cahill.serum.rules import load_rules
from cahill.serum.wording import faults, missing_words
from cahill.workflows.serum.read import read
from cahill.workflows.serum.rules import rules

EXAMPLES = Path(str(files("cahill") / "data" / "examples"))
DRAWS = Path(__file__).parents[2] / "workflows" / "serum_read" / "draws.json"
FEW = ("hys-law", "acg-bands", "fib-4")
MARK = "MARKED-PERSON-77"
MARKED_VALUE = "87654.125"
VERBS = [
    pytest.param(["screen", *(word for rule in FEW for word in ("--rules", rule))], id="screen"),
    pytest.param(["series", "--no-model"], id="series"),
]


@pytest.fixture(autouse=True, scope="module")
def _no_network():
    """Refuse every socket, also while the answers below are made."""

    def refuse(*_):
        raise AssertionError("a socket was opened")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "bind", "sendto"):
            patch.setattr(socket.socket, name, refuse, raising=False)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def test_the_guard_refuses_a_socket():
    with pytest.raises(AssertionError, match="a socket was opened"):
        socket.create_connection(("localhost", 9))


# --- the outputs --------------------------------------------------------------------------------


def readings():
    draws = json.loads(DRAWS.read_text(encoding="utf-8"))
    return {f"read {name}": (read, {**flags}) for name, flags in draws.items()}


def screens():
    from cahill.workflows.serum.screen import screen

    trial = (EXAMPLES / "serum-trial" / "results.csv",)
    return {
        "screen": (screen, {"files": trial}),
        "screen small cells": (screen, {"files": trial, "rules": FEW, "small_cells": 5}),
    }


def courses():
    from cahill.workflows.serum.series import series

    results = EXAMPLES / "serum-series" / "results.csv"
    return {"series": (series, {"results": results, "no_model": True})}


CASES = {**readings(), **screens(), **courses()}


class PlainText(HTMLParser):
    """The words of a page; a row of a table, a paragraph and a heading are a line each."""

    LINES = frozenset(
        {"p", "tr", "h1", "h2", "h3", "li", "div", "figcaption", "caption", "dt", "dd"}
    )

    def __init__(self):
        super().__init__()
        self.parts, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("script", "style")
        self.parts += ["\n"] if tag in self.LINES else []

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style")
        self.parts += ["\n"] if tag in self.LINES else [" | "] if tag in ("td", "th") else []

    def handle_data(self, data):
        if not self.silent:
            self.parts.append(" ".join(data.split()) + " " if data.strip() else "")


def plain(html):
    parser = PlainText()
    parser.feed(html)
    return "".join(parser.parts)


def without(text, sources):
    for source in sources:
        text = text.replace(" ".join(source.split()), "")
    return text


def records(value):
    """Yield the texts of JSON, a record (a flat object) as one line."""
    if isinstance(value, dict) and not any(isinstance(v, dict | list) for v in value.values()):
        yield " | ".join(f"{key} {text}" for key, text in value.items())
    elif isinstance(value, dict):
        for item in value.values():
            yield from records(item)
    elif isinstance(value, list):
        for item in value:
            yield from records(item)
    elif isinstance(value, str):
        yield value


def pictures(page):
    """Yield the words of every picture, as one sentence: they stand side by side."""
    for section in page.sections:
        for picture in section.pictures:
            if isinstance(picture.figure, Figure):
                words = [text.get_text() for text in picture.figure.findobj(Text)]
                yield " / ".join(re.sub(r"[.;!?\n]\s*", " ", word) for word in words if word)
            else:
                yield re.sub(r"<[^>]*>", " ", picture.figure)
            yield f"{picture.caption}\n{picture.alt}"


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request, tmp_path_factory):
    """Run one workflow and save its answer."""
    workflow, flags = CASES[request.param]
    folder = tmp_path_factory.mktemp("care")
    if request.param == "screen":
        flags = {**flags, "findings_out": folder / "findings.csv"}
    result = workflow(**flags)
    written = result.save(folder / "out")
    extra = [flags["findings_out"]] if "findings_out" in flags else []
    return result, [*written, *extra]


def test_what_a_person_reads_says_what_it_must(case):
    result, written = case
    assert missing_words(result.summary()) == ()
    assert missing_words(result.to_json()) == ()
    assert written[-1].suffix == ".html" or written[-2].suffix == ".html"
    for path in written:
        if path.suffix == ".html":
            assert missing_words(plain(path.read_text(encoding="utf-8"))) == ()


def test_nothing_says_what_it_must_not(case):
    result, written = case
    told = result.lines() if hasattr(result, "lines") else []
    texts = ["\n".join(told), result.summary(), *records(json.loads(result.to_json()))]
    texts += pictures(result.page())
    for path in written:
        if path.suffix == ".html":
            texts.append(plain(path.read_text(encoding="utf-8")))
        elif path.suffix in (".csv", ".txt", ".json"):
            texts.append(path.read_text(encoding="utf-8"))
    # Titles of papers are quoted as they are.
    texts = [without(text, result.sources) for text in texts]
    assert [fault for text in texts for fault in faults(text)] == []


def test_the_list_of_rules_keeps_the_words_too():
    texts = ["\n".join(f"{key} {title}" for key, title in rules().items())]
    for key in load_rules():
        told = rules(rule=key)
        assert missing_words(" ".join(told.values())) == ()
        # Titles of papers are quoted as they are.
        texts.append("\n".join(f"{text} ({key})" for k, text in told.items() if k != "source"))
    assert [fault for text in texts for fault in faults(text)] == []


def test_every_workflow_of_the_group_is_read_here():
    ran = {f"serum {name.split()[0]}" for name in CASES} | {"serum rules"}
    assert {name for name in workflow_names() if name.startswith("serum ")} == ran


def test_the_reader_of_pages_sees_what_stands_in_them():
    html = "<style>p {font: normal}</style><p>One.</p><table><tr><td>a</td><td>b</td></tr></table>"
    assert plain(html).split() == ["One.", "a", "|", "b", "|"]


# --- logs and messages --------------------------------------------------------------------------

MARKED_ROWS = "\n".join(
    [
        "subject,test,value,unit,uln,date,sex",
        f"{MARK},ALT,{MARKED_VALUE},U/L,40,2024-01-01,male",
        f"{MARK},ALT,{MARKED_VALUE},,40,2024-01-02,male",
        f"{MARK},ALT,{MARKED_VALUE},furlongs,40,2024-01-03,female",
        f"{MARK},TBL,-{MARKED_VALUE},umol/L,20,2024-01-03,male",
        f"{MARK},ALP,{MARKED_VALUE},U/L,0,2024-01-04,male",
        f"{MARK},AST,{MARKED_VALUE}x,U/L,40,2024-01-05,male",
        f"{MARK},AST,{MARKED_VALUE},U/L,40,not a date,male",
    ]
)
BROKEN = {
    "no columns": f"name,what\n{MARK},{MARKED_VALUE}\n",
    "two kinds of dates": "subject,test,value,unit,uln,date\n"
    f"{MARK},ALT,{MARKED_VALUE},U/L,40,01/02/2024\n{MARK},ALT,{MARKED_VALUE},U/L,40,02/01/2024\n",
    "ragged": f"subject,test,value\n{MARK},ALT,{MARKED_VALUE},U/L,,,,,\n",
}


def said(words, caplog, capsys):
    """Run the command line; return what it logged and what it wrote on standard error."""
    caplog.set_level(logging.DEBUG)
    with contextlib.suppress(SystemExit):
        main(["serum", *words])
    return caplog.text + capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_logs_and_messages_name_nobody_and_no_value(verb, tmp_path, caplog, capsys):
    path = tmp_path / "results.csv"
    path.write_text(MARKED_ROWS)
    told = said([*verb, str(path), "--out", str(tmp_path / "out")], caplog, capsys)
    assert MARKED_VALUE in "".join(texts_of(tmp_path / "out"))
    assert MARK not in told
    assert MARKED_VALUE not in told


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", BROKEN)
def test_errors_name_nobody_and_no_value(verb, fault, tmp_path, caplog, capsys):
    path = tmp_path / "results.csv"
    path.write_text(BROKEN[fault])
    told = said([*verb, str(path)], caplog, capsys)
    assert MARK not in told
    assert MARKED_VALUE not in told


@pytest.mark.parametrize(
    "words",
    [
        ["--alt", f"{MARKED_VALUE}x"],
        ["--alt", f"{MARKED_VALUE} {MARK}"],
        ["--alt", "95", "--uln", f"-{MARKED_VALUE}"],
        ["--alt", "95", "--bilirubin", MARKED_VALUE],
        ["--alt", f"9{MARKED_VALUE}"],
        ["--alt", "95", "--age", MARKED_VALUE],
        ["--alt", "95", "--bmi", f"{MARKED_VALUE}x"],
        ["--alt", "95", "--ast-uln", MARKED_VALUE],
    ],
)
def test_a_refused_value_is_not_repeated(words, caplog, capsys):
    told = said(["read", *words], caplog, capsys)
    assert told.startswith("cahill: --")
    assert MARK not in told
    assert MARKED_VALUE not in told


# --- pseudonyms and small counts ----------------------------------------------------------------


def texts_of(folder):
    for path in Path(folder).rglob("*"):
        if path.suffix in (".csv", ".html", ".svg", ".json"):
            yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_a_pseudonym_stands_wherever_the_name_stood(verb, tmp_path, capsys):
    path, key = tmp_path / "results.csv", tmp_path / "key.txt"
    rows = MARKED_ROWS.splitlines()
    path.write_text("\n".join([*rows[:2], rows[2].replace(",,", ",U/L,")]))
    key.write_text("a key of more than sixteen bytes\n")
    out = tmp_path / "out"
    with contextlib.suppress(SystemExit):
        main(["serum", *verb, str(path), "--pseudonyms", str(key), "--out", str(out)])
    printed = capsys.readouterr()
    assert "P-" in "".join(texts_of(out))
    assert MARK not in printed.out + printed.err + "".join(texts_of(out))


def test_small_counts_are_shown_nowhere(tmp_path):
    from cahill.workflows.serum.screen import screen

    trial = EXAMPLES / "serum-trial" / "results.csv"
    full = screen(files=(trial,), rules=FEW)
    small = screen(files=(trial,), rules=FEW, small_cells=5)
    small.save(tmp_path / "out")
    subjects = set(full.findings["subject"])
    text = "".join(texts_of(tmp_path / "out")) + small.to_json() + small.summary()
    assert subjects
    assert [name for name in subjects if name in text] == []
