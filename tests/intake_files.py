"""Small extracts for the tests of intake: a contract in Python, files written into a landing folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sehatmu.contracts import Column, Contract
from sehatmu.home import Home
from sehatmu.intake import Intake, intake

DAY = date(2026, 11, 23)
NEXT = date(2026, 11, 24)
LATER = date(2026, 11, 25)


def column(name: str, type: str = "string", **more: Any) -> Column:
    more.setdefault("classification", "public")
    return Column(name=name, type=type, description=name, **more)  # type: ignore[arg-type]


def contract(*columns: Column, **more: Any) -> Contract:
    """A contract of `uji/fasilitas`; its content hash is made of what was given."""
    settings: dict[str, Any] = {"business_key": ("kode",), "null_texts": ("-", "NULL")} | more
    return Contract(
        id="uji_fasilitas",
        version="1.0.0",
        kind="source",
        domain="facility",
        description="test",
        columns=columns,
        source="uji",
        extract="fasilitas",
        content_hash=repr((columns, settings)),
        **settings,
    )


KODE = column("kode", required=True, aliases=("kode rs",), pattern=r"^\d{4}$")
NAMA = column("nama", required=True)
CLINICS = contract(
    KODE,
    NAMA,
    column("tempat_tidur", "integer", minimum=0, action="null-and-flag"),
    column("tgl_izin", "date"),
    column("nik", classification="personal", pattern=r"^\d{16}$"),
)


def new_home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def drop(home: Home, name: str, content: bytes | str, *, day: date = DAY) -> Path:
    """Put a file straight into the landing folder of `uji/fasilitas`."""
    path = home.landing / "uji" / "fasilitas" / day.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def take(home: Home, terms: Contract = CLINICS, *, day: date = DAY, previous: Intake | None = None) -> Intake:
    return intake(home, terms, day=day, previous=previous)


def reasons(taken: Intake) -> dict[int, list[str]]:
    """Row number → reasons of the quarantined rows (of one file)."""
    return dict(taken.quarantine.select("row_number", "reasons").rows())


def kept(taken: Intake, *columns: str) -> list[tuple[Any, ...]]:
    """Values of the accepted, current rows in their order."""
    return taken.accepted.filter("is_current").select(columns).rows()


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


def balanced(taken: Intake) -> bool:
    """Whether every file's landed rows are accepted or quarantined, by the frames themselves."""
    files: Iterable[tuple[str, int]] = taken.source_file.filter("is_current").select("file_name", "row_count").rows()
    return all(
        count == taken.accepted.filter(file_name=name).height + taken.quarantine.filter(file_name=name).height
        for name, count in files
    )
