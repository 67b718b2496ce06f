"""The house keeps its own rules."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python(code):
    command = [sys.executable, "-X", "utf8", "-c", code]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)


def test_arrows_point_down_only():
    done = python("from importlinter.cli import lint_imports_command; lint_imports_command()")
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_loads_no_heavy_library():
    heavy = "casadi pandas matplotlib libsbml pint numpy scipy antimony llvmlite jsonschema pybtex"
    code = (
        "import sys\n"
        "from cahill.cli.main import main\n"
        "main(['--help'])\n"
        f"print('loaded:', *[name for name in {heavy.split()!r} if name in sys.modules])\n"
    )
    done = python(code)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"


def test_importing_the_package_loads_no_heavy_library():
    code = "import sys, cahill; print(len([m for m in sys.modules if m.startswith('cahill')]))"
    done = python(code)
    assert done.stdout.strip() == "1"
