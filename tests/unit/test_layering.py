"""Imports point one way: a stage imports earlier stages only, and the library knows no Dagster."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "sehatmu"
STAGES = (
    "contracts",
    "intake",
    "standardise",
    "linkage",
    "identity",
    "golden",
    "publish",
    "lookup",
    "inbox",
    "service",
)
GROUND = {"memory", "errors", "settings", "home", "lake", "landing", "phrase"}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full dotted names of every module that a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name comes from"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def allowed(owner: str) -> set[str]:
    """Which parts of the package a part may import."""
    if owner in ("cli", "commands"):
        return {*STAGES, "sample", *GROUND, "commands", owner}
    if owner in GROUND:
        return GROUND
    if owner == "sample":
        return {"contracts", "sample", *GROUND}
    return {*STAGES[: STAGES.index(owner) + 1], *GROUND}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_stage_imports_earlier_stages_only(path: Path) -> None:
    owner = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if owner == "__init__":
        return
    parts = {name.split(".")[1] for name in imported(path) if name.startswith("sehatmu.")}
    assert parts <= allowed(owner), f"{owner} may not import {sorted(parts - allowed(owner))}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_library_knows_no_dagster_and_only_the_command_line_knows_the_pipelines(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert "dagster" not in roots
    if path.name != "cli.py":
        assert "pipelines" not in roots


def test_the_command_line_imports_pipelines_inside_commands_only() -> None:
    top_level = ast.Module(
        [n for n in ast.parse((PACKAGE / "cli.py").read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)],
        [],
    )
    assert "pipelines" not in ast.unparse(top_level)


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").rglob("*.py")), ids=lambda p: p.name)
def test_pipelines_do_not_postpone_annotations(path: Path) -> None:
    """Dagster reads annotations when it loads; postponed ones break configuration and resources."""
    assert "__future__.annotations" not in imported(path)


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "pipelines").rglob("*.py"))], ids=lambda p: p.name)
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    assert ast.get_docstring(ast.parse(path.read_text())), "a module says in its first sentence what it is"
