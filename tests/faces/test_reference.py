"""The reference pages say what the program says.

After a command changes on purpose, write the page of commands anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/faces/test_reference.py
"""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import cahill
from cahill.cli.main import workflow_names

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
HEAD = """# Commands

What `cahill --help` and `cahill COMMAND --help` print. Every command ends with exit status 0, or
with 2 and one line a fault on standard error if you can put it right.
"""


def printed(*words):
    command = [sys.executable, "-m", "cahill.cli", *words]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stderr
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def commands_page():
    parts = [HEAD, f"```text\n{printed('--help')}\n```\n"]
    for name in workflow_names():
        command = name.replace("_", "-")
        how_to = f"[How-to](../how-to/{name.replace(' ', '_')}.md)"
        parts += [f"## cahill {command}\n", how_to + "\n"]
        parts.append(f"```text\n{printed(*command.split(), '--help')}\n```\n")
    return "\n".join(parts)


def test_the_page_of_commands_is_what_help_prints():
    page = REFERENCE / "commands.md"
    text = commands_page()
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


def test_the_page_of_python_lists_every_verb_with_its_arguments():
    text = (REFERENCE / "python.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)\(([^`]*)\)` \|", text, re.MULTILINE))
    verbs = {name for name in cahill.__all__ if name != "__version__"}
    assert verbs <= set(listed)
    for name in verbs:
        signature = inspect.signature(getattr(cahill, name))
        shown = [word.strip() for word in listed[name].split(",") if word.strip() not in {"", "*"}]
        assert shown == list(signature.parameters), name


def test_what_every_result_offers_is_there():
    from cahill.results.base import Result

    text = (REFERENCE / "python.md").read_text(encoding="utf-8")
    section = text.partition("## What every result offers")[2].partition("```")[0]
    names = re.findall(r"`(\w+)(?:\([^`]*\))?`", section)
    fields = set(Result.__dataclass_fields__)
    for name in set(names) - {"force"}:
        assert hasattr(Result, name) or name in fields, name
