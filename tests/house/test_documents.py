"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

from cahill.cli.main import workflow_names

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", workflow_names())
def test_every_workflow_has_its_page(name):
    page = ROOT / "docs" / "how-to" / f"{name.replace(' ', '_')}.md"
    assert page.is_file(), f"{page} is missing"
    assert f"cahill {name.replace('_', '-')}" in page.read_text(encoding="utf-8")


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", readme))
    assert {"run", "test"} <= named
    assert named <= targets


def test_every_command_of_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```(?:sh|bash|console)?\n(.*?)```", readme, flags=re.DOTALL))
    named = set(re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?cahill ([a-z-]+)", blocks, re.MULTILINE))
    assert named <= {name.replace("_", "-").split()[0] for name in workflow_names()}
