"""Homes with a night in them, made once for the whole session and copied by tests that change them."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sehatmu.home import Home
from sehatmu.publish.files import query_file
from sehatmu.sample import (
    ClinicalNoise,
    write_clinical,
    write_people,
    write_practitioners,
    write_products,
    write_sample,
)
from sehatmu.settings import Settings, load_settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
FACILITIES, PEOPLE, JOBS, VISITS = 400, 800, 400, 80
# Of as few visits as these, some have each kind of fault.
CLINICAL = ClinicalNoise(broken=0.02, future=0.02, no_status=0.02, again=0.02, late=0.05, cancelled=0.06, mistaken=0.05)


def land_sample(home: Path, day: date, **options: object) -> None:
    """Write a sample beside and move its extracts into landing, as the first night does."""
    place = Home(home).create()
    made = home / "sample"
    write_sample(made, facilities=FACILITIES, day=day, **options)  # type: ignore[arg-type]
    write_people(made, people=PEOPLE, facilities=FACILITIES, day=day, format="csv")
    write_practitioners(made, jobs=JOBS, facilities=FACILITIES, day=day, format="csv")
    write_products(made, drugs=240, items=160, devices=80, day=day)
    write_clinical(made, visits=VISITS, facilities=FACILITIES, day=day, noise=CLINICAL)
    for source in sorted(path for path in made.iterdir() if path.name != "truth"):
        shutil.copytree(source, place.landing / source.name, dirs_exist_ok=True)


def run(home: Path, day: date) -> tuple[bool, list[str]]:
    """One night in this process; whether it succeeded, and what it told."""
    from pipelines.run import run_night

    told: list[str] = []
    done = run_night(settings_of(home), day, tell=lambda line, _done, _total: told.append(line))
    return done, told


def settings_of(home: Path) -> Settings:
    return load_settings(home)


def published_tables(home: Path, file: str = "sehatmu.duckdb") -> dict[str, pl.DataFrame]:
    """Every table and view of a published file by `schema.table`."""
    con = duckdb.connect(str((home / "published" / file).resolve()), read_only=True)
    try:
        names = con.sql("SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1").fetchall()
        return {name: con.sql(f"SELECT * FROM {name}").pl() for (name,) in names}
    finally:
        con.close()


@pytest.fixture(scope="session", autouse=True)
def _dagster_home_of_each_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs are recorded in one throw-away Dagster home, whatever the machine has set, and their events in memory only.

    On disk the events of a night cost a third of its work, and more of its time than the night itself.
    """
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("dagster")
    events = "{module: dagster._core.storage.event_log, class: InMemoryEventLogStorage}"
    (folder / "dagster.yaml").write_text(f"telemetry: {{enabled: false}}\nevent_log_storage: {events}\n")
    patch.setenv("DAGSTER_HOME", str(folder))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first night on the sample; not to be changed."""
    home = tmp_path_factory.mktemp("first") / "home"
    land_sample(home, FIRST)
    done, told = run(home, FIRST)
    assert done, told
    return home


@pytest.fixture
def home_after_first(first_night: Path, tmp_path: Path) -> Path:
    """A copy of that home, to be changed."""
    shutil.copytree(first_night, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


@pytest.fixture
def query(first_night: Path) -> Callable[[str], pl.DataFrame]:
    """Ask the first night's published file, as an analyst would."""
    return lambda sql: query_file(first_night / "published/sehatmu.duckdb", sql)


@pytest.fixture
def clear(first_night: Path) -> Callable[[str], pl.DataFrame]:
    """Ask its restricted file."""
    return lambda sql: query_file(first_night / "published/restricted.duckdb", sql)
