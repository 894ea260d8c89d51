"""Small nights for the tests of publishing: facilities in, a written (and switched) build out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.contracts import Column, Contract, Contracts, load_contracts, polars_schema
from sehatmu.golden.changes import changes, ended_versions
from sehatmu.home import BuildId, Home, next_build, parent_for
from sehatmu.publish.files import open_file, read_published, write_build
from sehatmu.publish.switch import commit_build

Facility = Mapping[str, Any]


def column(name: str, level: str = "public", **more: Any) -> Column:
    return Column(name=name, type="string", description=name, classification=level, **more)  # type: ignore[arg-type]


# A register of people, as a later index brings it: nothing of it is written into the masking code.
PATIENTS = Contract(
    id="faskes_pasien",
    version="1.0.0",
    kind="source",
    domain="patient",
    description="",
    source="faskes",
    extract="pasien",
    columns=(
        column("kode_faskes"),
        column("no_rm", "personal"),
        column("nama", "personal", aliases=("Nama Pasien",)),
        column("alamat"),
    ),
    business_key=("kode_faskes", "no_rm"),
)
PATIENT = Contract(
    id="mpi_patient",
    version="1.0.0",
    kind="index",
    domain="patient",
    description="",
    schema_name="mpi",
    table="patient",
    columns=(
        column("master_id"),
        column("nik", "personal", required=True),
        column("full_name", "personal", required=True),
        column("sex"),
    ),
)


@cache
def contracts() -> Contracts:
    return load_contracts(Path(__file__).parents[1] / "data_contracts")


def new_home(path: Path) -> Home:
    return Home(path / "home").create()


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of a published table; columns that a row does not name are null."""
    schema = polars_schema(contracts().index(*name.split(".")))
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def facility(number: int, **values: Any) -> dict[str, Any]:
    """One golden record with a valid id."""
    master_id = f"2{number:09d}"
    base = {"master_id": master_id, "kode_satusehat": master_id, "id_origin": "minted", "source_count": 1}
    return base | {"nama": f"Klinik {number}", "jenis_sarana_kode": "103"} | values


def golden_frame(rows: Sequence[Facility], previous: pl.DataFrame | None, day: date) -> pl.DataFrame:
    """Golden records, dated as golden dates them: unchanged ones keep the date of the parent's."""
    frame = table("msi.facility", [{**row, "build_date": day} for row in rows])
    if previous is None or previous.is_empty():
        return frame
    content = [name for name in frame.columns if name != "build_date"]
    dated = frame.drop("build_date").join(
        previous.select(*content, was="build_date"), on=content, how="left", nulls_equal=True
    )
    return dated.with_columns(build_date=pl.col("was").fill_null(day)).select(frame.columns)


def night_frames(
    home: Home, build: BuildId, rows: Sequence[Facility]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Tables and events of a night with these facilities, against the night that it starts from."""
    parent = parent_for(home, build.date)
    previous = read_published(home, parent, "msi.facility")
    golden = golden_frame(rows, previous, build.date)
    old = set(previous["master_id"]) if previous is not None else set()
    new = set(golden["master_id"])
    turns = [("mint", i) for i in sorted(new - old)] + [("retire", i) for i in sorted(old - new)]
    event = pl.DataFrame(
        [("msi", i, name, build.date, None, "test", None) for name, i in turns],
        schema={
            "index": pl.String,
            "master_id": pl.String,
            "event": pl.String,
            "build_date": pl.Date,
            "other_id": pl.String,
            "reason": pl.String,
            "record_key": pl.String,
        },
        orient="row",
    )
    before = str(parent) if parent else None
    events = {
        "event": event,
        "golden_change": changes(previous, golden, index="msi", from_build=before, to_build=str(build)),
        "facility": ended_versions(previous, golden, build_date=build.date),
    }
    return {"msi.facility": golden}, events


def write_night(
    home: Home,
    day: str,
    rows: Sequence[Facility],
    *,
    tables: Mapping[str, pl.DataFrame] | None = None,
    events: Mapping[str, pl.DataFrame] | None = None,
    shuffle: int | None = None,
    **manifest: Any,
) -> BuildId:
    """Write a build of that date and do not switch to it; `shuffle` mixes the rows of every table."""
    build = next_build(home, date.fromisoformat(day))
    made, told = night_frames(home, build, rows)
    made = made | dict(tables or {})
    if shuffle is not None:
        made = {name: frame.sample(fraction=1, shuffle=True, seed=shuffle) for name, frame in made.items()}
    write_build(
        home,
        build,
        tables=made,
        events=told | dict(events or {}),
        manifest={"code_version": "0.1.0", **manifest},
        contracts=contracts(),
    )
    return build


def night(home: Home, day: str, rows: Sequence[Facility], **more: Any) -> BuildId:
    """Write a build of that date and switch to it."""
    build = write_night(home, day, rows, **more)
    commit_build(home, build)
    return build


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a published file."""
    con = open_file(path)
    try:
        return list(con.sql(query).fetchall())
    finally:
        con.close()


def content(path: Path, *, without: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a file, in the order in which it stands there."""
    names = ask(path, "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1")
    quoted = {name: ".".join(f'"{part}"' for part in name.split(".")) for (name,) in names}
    return {name: ask(path, f"SELECT * FROM {sql}") for name, sql in quoted.items() if name not in without}


def source_file(source: str, extract: str, name: str, *, rows: int, bad: int = 0, digest: str = "0" * 64) -> Facility:
    """One row of meta.source_file."""
    return {
        "source": source,
        "extract": extract,
        "file_name": name,
        "content_hash": digest,
        "delivery_date": date(2026, 11, 23),
        "row_count": rows,
        "accepted_count": rows - bad,
        "quarantined_count": bad,
    }
