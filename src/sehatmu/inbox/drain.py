"""What was submitted since the last night, as landed files: the night reads them like any that a facility drops.

What a drain is about to write is put down in the inbox first. A night that is killed in between is followed by one that
writes the same files again, under the same names: no version is landed twice, and none is left behind.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sehatmu.home import Home
from sehatmu.inbox.patients import rows_of_new, rows_of_organizations
from sehatmu.inbox.store import INBOX_FILE, changing, create_inbox, watermark
from sehatmu.publish.durable import sync

#: Extract → the types that go there; the others are read where they are.
EXTRACTS = {
    "kunjungan": ("Encounter",),
    "diagnostik": ("Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Procedure"),
}
_PATIENTS = "pasien"


@dataclass(frozen=True, slots=True)
class Batch:
    """Versions `first` to `last`, landed under `day`; patients as `delivery` has them.

    An organisation's patients are one delivery, and a day has one of each: patients who come after it on the same day
    are `more` of it, and who changed after it waits for the next day. `patients` is the version after which they count.
    """

    first: int
    last: int
    day: str
    delivery: str
    patients: int


def drain(home: Home, day: date) -> list[Path]:
    """Land everything that no night has taken yet, under `day`; the files that were written.

    Called under the home's lock, before the night lists its inputs. Raises InboxError where the inbox cannot be opened.
    """
    if not (home.root / INBOX_FILE).exists():
        return []
    with closing(create_inbox(home)) as con:
        begun = _pending(con)
        written = _land(con, home, begun) if begun else []
        batch = _begin(con, day)
        return written + (_land(con, home, batch) if batch else [])


def _pending(con: sqlite3.Connection) -> Batch | None:
    """What a night that was killed had begun."""
    told = _told(con, "pending")
    return Batch(**json.loads(told)) if told else None


def _begin(con: sqlite3.Connection, day: date) -> Batch | None:
    """Put down what is to be landed now; None where nothing is."""
    with changing(con):
        last = con.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0]
        first, full = watermark(con) + 1, int(_told(con, "patients") or 0)
        delivered_on = _told(con, "patients_on") or ""
        if delivered_on == day.isoformat():
            delivery, after = "more", first - 1
        else:
            delivery, after = "whole" if delivered_on < day.isoformat() else "none", full
        if first > last and not (delivery == "whole" and _has_patients(con, after, last)):
            return None
        batch = Batch(first, last, day.isoformat(), delivery, after)
        _tell(con, "pending", json.dumps(asdict(batch)))
    return batch


def _land(con: sqlite3.Connection, home: Home, batch: Batch) -> list[Path]:
    """Write the files of a batch, and only then move the watermark past it."""
    name = f"inbox-{batch.first}-{batch.last}.ndjson"
    files = [(extract, _resources(con, kinds, batch)) for extract, kinds in EXTRACTS.items()]
    if batch.delivery != "none":
        rows = rows_of_organizations if batch.delivery == "whole" else rows_of_new
        files.append((_PATIENTS, map(_line, rows(con, batch.patients, batch.last))))
    written = [
        path
        for extract, lines in files
        if (path := _write(home.landing / "faskes" / extract / batch.day / name, lines)) is not None
    ]
    with changing(con):
        _tell(con, "drained", str(batch.last))
        if batch.delivery == "whole" and _has_patients(con, batch.patients, batch.last):
            _tell(con, "patients", str(batch.last))
            _tell(con, "patients_on", batch.day)
        con.execute("DELETE FROM draining WHERE name = 'pending'")
    return written


def _resources(con: sqlite3.Connection, kinds: tuple[str, ...], batch: Batch) -> Iterator[bytes]:
    marks = ", ".join("?" * len(kinds))
    query = f"SELECT body FROM version WHERE seq BETWEEN ? AND ? AND kind IN ({marks}) ORDER BY seq"
    for (body,) in con.execute(query, (batch.first, batch.last, *kinds)):
        yield bytes(body) + b"\n"


def _line(row: object) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write(path: Path, lines: Iterable[bytes]) -> Path | None:
    """Write a landed file aside, wait for the disk, and give it its name; None where there is no line."""
    stream = iter(lines)
    if (line := next(stream, None)) is None:
        return None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", 1 << 20) as file:
        file.write(line)
        file.writelines(stream)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):  # each may be new
        sync(folder)
    return path


def _has_patients(con: sqlite3.Connection, after: int, last: int) -> bool:
    query = "SELECT 1 FROM version WHERE seq > ? AND seq <= ? AND kind = 'Patient' LIMIT 1"
    return con.execute(query, (after, last)).fetchone() is not None


def _told(con: sqlite3.Connection, name: str) -> str | None:
    row = con.execute("SELECT value FROM draining WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def _tell(con: sqlite3.Connection, name: str, value: str) -> None:
    con.execute("INSERT OR REPLACE INTO draining VALUES (?, ?)", (name, value))
