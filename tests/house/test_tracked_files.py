"""No tracked file ties the project to one machine or one package registry."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, so that this file does not find itself.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "index" + "-url", "registry" + ".npmjs"]
PLACES = ["/ho" + "me/", "/Use" + "rs/", "/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/"]
FORBIDDEN = re.compile("|".join(map(re.escape, REGISTRIES)))
MACHINE = re.compile(r"(?<![\w.}])(?:" + "|".join(map(re.escape, PLACES)) + ")")


def texts():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:4096]:
            yield name, path.read_text(encoding="utf-8", errors="replace")


def places(pattern):
    return [
        f"{name}:{number}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line) and "--no-emit-" not in line
    ]


def test_no_registry_is_named():
    assert places(FORBIDDEN) == []


def test_no_machine_is_named():
    assert places(MACHINE) == []
