"""The command line as its user meets it: exit codes, words, and nothing done on wrong usage."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sehatmu import cli
from sehatmu.contracts import load_contracts
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, lock_home
from sehatmu.landing import known_extracts
from sehatmu.settings import load_settings

RUN = CliRunner()


@pytest.mark.parametrize(
    "arguments",
    [["nope"], ["night", "--date", "2026-13-01"], ["land", "sirs/nope", __file__], ["sample"]],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], tmp_path: Path) -> None:
    result = RUN.invoke(
        cli.app, [*arguments, *([] if arguments[0] == "sample" else ["--home", str(tmp_path / "home")])]
    )
    assert result.exit_code == 2, result.output


def test_a_fault_is_told_in_three_parts_with_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sehatmu", "rollback", "--home", str(tmp_path / "home")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "nothing is published yet" in capsys.readouterr().err


def test_landing_a_file_loads_neither_frames_nor_contracts(tmp_path: Path) -> None:
    command = ["land", "sirs/rumah_sakit", str(Path(__file__)), "--home", str(tmp_path), "--date", "2026-11-23"]
    heavy = "print([name for name in ('polars', 'duckdb', 'pandera', 'yaml', 'rich.progress') if name in sys.modules])"
    code = f"import sys\nfrom sehatmu import cli\ntry: cli.main()\nfinally: {heavy}"
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["test_cli.py: landed as sirs/rumah_sakit/2026-11-23/test_cli.py", "[]"]


def test_what_may_land_is_what_has_a_contract() -> None:
    settings = load_settings()
    compiled = sorted(f"{c.source}/{c.extract}" for c in load_contracts(settings.contracts).sources())
    assert known_extracts(settings.contracts) == compiled


def test_a_second_night_on_the_same_home_is_refused_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with lock_home(home):
        command = [sys.executable, "-m", "sehatmu.cli", "night", "--home", str(home.root)]
        other = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert other.returncode == 1
    assert "another night is running on this home" in other.stderr


def test_the_same_thread_may_hold_the_home_twice(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with lock_home(home), lock_home(home):
        pass
    with lock_home(home):
        assert (home.root / ".lock").exists()


def test_lint_finds_no_mistake_in_what_is_shipped() -> None:
    result = RUN.invoke(cli.app, ["lint"])
    assert result.exit_code == 0, result.output


def test_status_of_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    result = RUN.invoke(cli.app, ["status", "--home", str(tmp_path / "home")])
    assert result.exit_code == 0
    assert "`sehatmu night` makes the first build" in result.output


def test_an_unknown_build_is_told_as_such(tmp_path: Path) -> None:
    result = RUN.invoke(cli.app, ["diff", "yesterday", "--home", str(tmp_path / "home")])
    assert isinstance(result.exception, SehatmuError)
    assert "2026-11-23.1" in str(result.exception)


def test_people_of_the_sample_come_on_request(tmp_path: Path) -> None:
    result = RUN.invoke(
        cli.app, ["sample", "--out", str(tmp_path), "--facilities", "60", "--people", "300", "--format", "csv"]
    )
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("faskes/pasien/*/pasien.csv"))) == 1
    assert (tmp_path / "truth" / "person.parquet").exists()
