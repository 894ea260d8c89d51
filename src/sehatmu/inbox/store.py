"""`inbox.sqlite` (owner only): every version of every submitted resource, in the order in which they were kept.

One connection writes, any number read. A commit has reached the disk when it returns (WAL, synchronous FULL), and a
store that was killed at any moment opens as of its last commit. Knows JSON and identifiers, no HTTP and no rules.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sehatmu.errors import SehatmuError
from sehatmu.home import Home
from sehatmu.inbox.terms import business_identifiers, terms_of

INBOX_FILE = "inbox.sqlite"
#: Raise it with every change of the tables; another program refuses the file.
VERSION = 1
_BUSY_SECONDS = 10.0
_TABLES = """
CREATE TABLE version (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
    version INTEGER NOT NULL, organization TEXT NOT NULL, at TEXT NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX version_of ON version(kind, id, version);
CREATE INDEX version_of_patients ON version(seq) WHERE kind = 'Patient';
CREATE TABLE current (kind TEXT, id TEXT, seq INTEGER NOT NULL, version INTEGER NOT NULL, organization TEXT NOT NULL,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE identifier (kind TEXT, system TEXT, value TEXT, organization TEXT, id TEXT NOT NULL,
    PRIMARY KEY (kind, system, value, organization)) WITHOUT ROWID;
CREATE TABLE term (kind TEXT, name TEXT, value TEXT, id TEXT, PRIMARY KEY (kind, name, value, id)) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE draining (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# Decimals keep their digits: in FHIR 7.10 says more than 7.1.
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class InboxError(SehatmuError):
    """The inbox cannot be opened, read or written; nothing of what was submitted was kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource to be kept, without `meta.versionId` and `meta.lastUpdated`.

    `version` is the one that it follows: 0 for a new resource, None for whatever is current.
    """

    resource: Mapping[str, Any]
    organization: str
    version: int | None = 0


class Stored(NamedTuple):
    """A version as it was kept: `at` is its moment in UTC, `body` the resource as JSON."""

    kind: str
    id: str
    version: int
    organization: str
    at: str
    body: bytes

    @property
    def resource(self) -> dict[str, Any]:
        """The resource."""
        told: dict[str, Any] = _decode(self.body)
        return told


class Conflict(NamedTuple):
    """Why a submission was not kept: `duplicate`, `version` or `gone` (no such resource), and at which change."""

    why: str
    place: int


class Keep(NamedTuple):
    """A submission: all of its changes are kept, or none; `at` is the moment that they get."""

    changes: Sequence[Change]
    at: str


def create_inbox(home: Home) -> sqlite3.Connection:
    """The writing connection to a home's inbox, which is made where there is none. Raises InboxError."""
    path = home.root / INBOX_FILE
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        con = _connect(path, "rw")
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("PRAGMA synchronous = FULL")
        con.execute("BEGIN IMMEDIATE")
        if con.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in filter(str.strip, _TABLES.split(";")):
                con.execute(statement)
            con.execute(f"PRAGMA user_version = {VERSION}")
        con.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    return _checked(con, path)


def read_inbox(home: Home) -> sqlite3.Connection:
    """A connection that reads, for one thread at a time; it sees every commit. Raises InboxError."""
    path = home.root / INBOX_FILE
    try:
        return _checked(_connect(path, "ro"), path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


def keep_all(con: sqlite3.Connection, submissions: Sequence[Keep]) -> list[list[Stored] | Conflict]:
    """Keep the submissions in their order in one transaction; on return they are on disk.

    Each is all or nothing by itself: one that conflicts leaves nothing behind and does not touch the others. Raises
    InboxError where the file cannot be written (a full disk): then none is kept.
    """
    try:
        with changing(con):
            return [_keep(con, one) for one in submissions]
    except sqlite3.Error as error:
        raise _unwritable(error) from None


def _keep(con: sqlite3.Connection, submission: Keep) -> list[Stored] | Conflict:
    con.execute("SAVEPOINT submission")
    kept: list[Stored] = []
    for place, change in enumerate(submission.changes):
        done = _keep_one(con, change, submission.at)
        if isinstance(done, str):
            con.execute("ROLLBACK TO submission")
            con.execute("RELEASE submission")
            return Conflict(done, place)
        kept.append(done)
    con.execute("RELEASE submission")
    return kept


def _keep_one(con: sqlite3.Connection, change: Change, at: str) -> Stored | str:
    kind, id_ = change.resource["resourceType"], change.resource["id"]
    former = find(con, kind, id_)
    version = former.version if former else 0
    if former is None and change.version != 0:
        return "gone"
    if change.version not in (None, version):
        return "version"
    organization = former.organization if former else change.organization
    meta = {**change.resource.get("meta", {}), "versionId": str(version + 1), "lastUpdated": at}
    resource = {"resourceType": kind, "id": id_, "meta": meta, **_without_head(change.resource)}
    stored = Stored(kind, id_, version + 1, organization, at, _encode(resource))
    holder = "" if kind == "Patient" else organization  # a person is nobody's own
    old_terms: set[tuple[str, str]] = set()
    if former:
        old = former.resource
        old_terms = terms_of(old)
        gone = [(kind, *pair, holder) for pair in business_identifiers(old)]
        con.executemany("DELETE FROM identifier WHERE kind = ? AND system = ? AND value = ? AND organization = ?", gone)
    for pair in business_identifiers(resource):
        told = con.execute("INSERT OR IGNORE INTO identifier VALUES (?, ?, ?, ?, ?)", (kind, *pair, holder, id_))
        if told.rowcount == 0:
            return "duplicate"
    seq = con.execute(
        "INSERT INTO version(kind, id, version, organization, at, body) VALUES (?, ?, ?, ?, ?, ?)", stored
    ).lastrowid
    con.execute("INSERT OR REPLACE INTO current VALUES (?, ?, ?, ?, ?)", (kind, id_, seq, version + 1, organization))
    terms = terms_of(resource)
    con.executemany(
        "DELETE FROM term WHERE kind = ? AND name = ? AND value = ? AND id = ?",
        [(kind, *term, id_) for term in sorted(old_terms - terms)],
    )
    con.executemany("INSERT INTO term VALUES (?, ?, ?, ?)", [(kind, *term, id_) for term in sorted(terms - old_terms)])
    return stored


def _without_head(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}


def reserve(con: sqlite3.Connection, kind: str, number_of: Callable[[int], str | None]) -> str:
    """An id that was never given out: of the next counter whose number is free (else `number_of` tells None).

    It is used up whether or not a resource gets it. Raises InboxError where the inbox cannot be written.
    """
    try:
        with changing(con):
            row = con.execute("SELECT value FROM counter WHERE name = ?", (kind,)).fetchone()
            counter = int(row[0]) if row else 0
            while (id_ := number_of(counter)) is None or exists(con, kind, id_):
                counter += 1
            con.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (kind, counter + 1))
    except sqlite3.Error as error:
        raise _unwritable(error) from None
    return id_


def find(con: sqlite3.Connection, kind: str, id_: str, version: int | None = None) -> Stored | None:
    """The resource as it is now, or as that version had it."""
    columns = "v.kind, v.id, v.version, v.organization, v.at, v.body"
    if version is None:
        query = f"SELECT {columns} FROM current AS c JOIN version AS v USING (seq) WHERE c.kind = ? AND c.id = ?"
        row = con.execute(query, (kind, id_)).fetchone()
    else:
        query = f"SELECT {columns} FROM version AS v WHERE kind = ? AND id = ? AND version = ?"
        row = con.execute(query, (kind, id_, version)).fetchone()
    return Stored(*row) if row else None


def exists(con: sqlite3.Connection, kind: str, id_: str) -> bool:
    """Whether there is such a resource."""
    return con.execute("SELECT 1 FROM current WHERE kind = ? AND id = ?", (kind, id_)).fetchone() is not None


def count_undrained(con: sqlite3.Connection) -> tuple[int, str | None]:
    """How many versions no night has taken yet, and the moment of the oldest."""
    mark = watermark(con)
    count = con.execute("SELECT count(*) FROM version WHERE seq > ?", (mark,)).fetchone()[0]
    row = con.execute("SELECT at FROM version WHERE seq > ? ORDER BY seq LIMIT 1", (mark,)).fetchone()
    return int(count), row[0] if row else None


def watermark(con: sqlite3.Connection) -> int:
    """The number of the last version that a night has taken; 0 before the first."""
    row = con.execute("SELECT value FROM draining WHERE name = 'drained'").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def changing(con: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction."""
    con.execute("BEGIN IMMEDIATE")
    try:
        yield con
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:  # SQLite has ended it itself where the disk is full
            con.execute("ROLLBACK")
        raise


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _checked(con: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    version = con.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        con.close()
        raise InboxError(
            "the inbox is of another version",
            evidence=f"{path.name}: version {version}, this program reads {VERSION}",
            hint="run the program that wrote it",
        )
    return con


def _unusable(path: Path, error: Exception) -> InboxError:
    return InboxError(
        "the inbox cannot be opened", evidence=f"{path.name}: {type(error).__name__}", hint="restore it, or its disk"
    )


def _unwritable(error: sqlite3.Error) -> InboxError:
    return InboxError(
        "the inbox cannot be written, so nothing was kept",
        evidence=getattr(error, "sqlite_errorname", type(error).__name__),
        hint="free space on its disk, and submit again",
    )
