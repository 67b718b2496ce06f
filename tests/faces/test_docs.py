"""Every code block of the documents runs, and prints what the documents say.

Conventions, for who writes a document:

- A `console` block is run as in bash, in an empty folder that the blocks share. Lines that
  begin with `$ ` are commands, the others what they print; `...` stands for anything. White space
  does not count, and a number may differ by 5 % or one in its last digit.
- A `python` block is run by itself, in the same folder; if it has `>>>` prompts, its output is
  compared as well.
- A `toml` block is a file: it is written under the last name in backticks before it.
- `<!-- not run: reason -->` on the line before leaves a block out. `make` is never run: it makes
  the environment that these tests run in.
"""

import contextlib
import doctest
import io
import math
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from matplotlib import pyplot

from cahill.cli.main import main, workflow_names

ROOT = Path(__file__).parents[2]
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in DOCS]
EVERY_DOCUMENT = pytest.mark.parametrize("path", DOCS, ids=NAMES)
# Simulators that do not bear each other's company in one process.
ALONE = ("basico", "roadrunner")
FENCE = re.compile(
    r"(?P<skip><!-- not run: (?P<reason>[^\n]*?) -->\n+)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, why it is left out, and the text before it."""

    kind: str
    text: str
    reason: str
    before: str


def blocks(path):
    text = path.read_text(encoding="utf-8")
    return [
        Block(found["kind"], found["text"], found["reason"] or "", text[: found.start()])
        for found in FENCE.finditer(text)
    ]


def commands(text):
    """Return the commands of a console block, each with the output shown after it."""
    lines = text.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return [(line.partition("  #")[0], "") for line in lines]
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(shown)) for command, shown in found]


# --- running ------------------------------------------------------------------------------------


class Folder:
    """Where the blocks of one document run, one after the other."""

    def __init__(self, path):
        self.path = path
        self.status = 0

    def console(self, text):
        for command, shown in commands(text):
            if command.startswith("make "):
                continue
            printed = self.command(command)
            assert "Traceback" not in printed, f"$ {command}\n{printed}"
            if shown.strip():
                fault = difference(shown, printed)
                assert not fault, f"$ {command}\n{fault}\n--- printed:\n{printed}"
            else:
                assert self.status == 0, f"$ {command}\n{printed}"

    def command(self, command):
        """Run a command and return all it prints: ours here, where the model is built once."""
        if command.startswith("cahill ") and not set(command) & set("|>&;$`"):
            return self.cahill(shlex.split(command)[1:])
        # The exit status is handed on, so that the next command may ask for it.
        return self.process(["bash", "-c", f"(exit {self.status})\n{command}"])

    def cahill(self, words):
        printed = io.StringIO()
        self.status = 0
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                main(words)
            except SystemExit as end:
                self.status = end.code
        return printed.getvalue()

    def process(self, words):
        path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
        done = subprocess.run(
            words,
            cwd=self.path,
            env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        self.status = done.returncode
        return done.stdout

    def python(self, text):
        if any(name in text for name in ALONE):
            printed = self.process([sys.executable, "-c", text])
            assert self.status == 0, printed
        elif ">>>" in text:
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            example = doctest.DocTestParser().get_doctest(text, {}, "block", None, 0)
            printed = io.StringIO()
            runner = doctest.DocTestRunner(optionflags=flags)
            runner.run(example, out=printed.write)
            assert runner.summarize(verbose=False).failed == 0, printed.getvalue()
        else:
            exec(compile(text, "block", "exec"), {"__name__": "__main__"})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    yield Folder(tmp_path)
    pyplot.close("all")


def difference(shown, found):
    """Say where the printed text departs from the one shown; empty if it does not."""
    parts = [part.split() for part in re.split(r"(?<!\S)\.\.\.(?!\S)", shown)]
    words = found.split()
    place = 0
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        starts = [0] if first else range(place, len(words) - len(part) + 1)
        if last and not first:
            starts = [len(words) - len(part)]
        start = next((at for at in starts if at >= place and agree(part, words[at:])), None)
        if start is None:
            return f'"{" ".join(part)}" is shown, not printed there'
        place = start + len(part)
    return "" if len(parts) > 1 or place == len(words) else f'also printed: "{words[place]}"'


def agree(part, words):
    return len(part) <= len(words) and all(map(same, part, words))


def same(shown, found):
    """Compare two words, numbers in them with a tolerance."""
    if NUMBER.sub("#", shown) != NUMBER.sub("#", found):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(found))
    return all(close(one.replace("−", "-"), two.replace("−", "-")) for one, two in pairs)


def close(shown, found):
    digits = len(shown.partition(".")[2])
    last = 0.0 if "." not in shown else 1.001 * 10.0**-digits
    return math.isclose(float(shown), float(found), rel_tol=0.05, abs_tol=last)


@EVERY_DOCUMENT
def test_every_block_runs(path, folder):
    for block in blocks(path):
        if block.reason:
            continue
        if block.kind == "console":
            folder.console(block.text)
        elif block.kind == "python":
            folder.python(block.text)
        elif block.kind == "toml":
            name = re.findall(r"`([\w-]+\.toml)`", block.before)[-1]
            (folder.path / name).write_text(block.text, encoding="utf-8")


# --- the documents themselves -------------------------------------------------------------------


@EVERY_DOCUMENT
def test_what_could_be_run_is_marked_so(path):
    """A shell or Python block under another name would escape the test."""
    for block in blocks(path):
        assert block.kind not in {"", "sh", "bash", "shell", "pycon", "py"}, block.text


def anchors(path):
    """Return the anchors of the headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@EVERY_DOCUMENT
def test_every_link_leads_somewhere(path):
    text = re.sub(FENCE, "", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def test_the_index_links_every_document():
    index = ROOT / "docs" / "index.md"
    links = re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8"))
    linked = {(index.parent / target).resolve() for target in links}
    rooms = ("tutorials", "how-to", "reference", "explanation")
    pages = {path for room in rooms for path in (ROOT / "docs" / room).rglob("*.md")}
    missing = {str(page.relative_to(ROOT)) for page in pages - linked}
    assert not missing
    assert ROOT / "docs" / "glossary.md" in linked


@pytest.mark.parametrize("name", workflow_names())
def test_every_workflow_has_a_how_to_that_runs_it(name):
    command = f"cahill {name.replace('_', '-')}"
    page = ROOT / "docs" / "how-to" / f"{name.replace(' ', '_')}.md"
    shown = [block.text for block in blocks(page) if block.kind == "console"]
    assert any(f"$ {command}" in text for text in shown), f"{page.name} never runs {command}"


# --- the comparison itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "found", "agree"),
    [
        ("flux 4.20, done", "flux 4.17,\n  done", True),
        ("flux 4.20, done", "flux 5.20, done", False),
        ("flux 4.20", "flow 4.20", False),
        ("a ... z", "a b c z", True),
        ("a ... z", "a b c", False),
        ("a ...", "a b c", True),
        ("a", "a b", False),
        ("+0.01 −0.30", "+0.02 −0.31", True),
        ("+0.01", "−0.01", False),
        ("(1.05–2.65)", "(1.06–2.60)", True),
        ("ALT1 x", "ALT2 x", False),
        ("12 of 13", "13 of 13", False),
    ],
)
def test_words_must_agree_and_numbers_nearly(shown, found, agree):
    assert (difference(shown, found) == "") is agree
