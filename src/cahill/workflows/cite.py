"""Say what to cite."""


def cite(scenario: str | None = None) -> str:
    """Print how to cite cahill, and the sources of a scenario or of the whole model.

    Parameters
    ----------
    scenario : str, optional
        Name of a scenario or path of a TOML file; every source of the package if absent.
    """
    from importlib.metadata import metadata

    from cahill.cycle.scenarios import load_scenario
    from cahill.io.references import format_reference, references

    about = metadata("cahill")
    software = (
        f"cahill {about['Version']}: {about['Summary']} Licence {about['License-Expression']}."
    )
    keys = references() if scenario is None else load_scenario(scenario).sources
    return "\n".join([software, "", *(format_reference(key) for key in keys)])
