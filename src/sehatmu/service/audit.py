"""The audit log: one line for each look-up, in `audit/<date>.<n>.ndjson` (owner only), only ever appended to.

A line is handed to the operating system before the reply is sent, so it outlives a killed service; it tells who asked,
by what kind of key, under which hash, and whom they were told of. No NIK, name or birth date is in it: the hash is the
one of the published files (`sehatmu query --nik`). A new file begins each day and when one is full.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from sehatmu.home import Home

_encode = json.JSONEncoder(separators=(",", ":")).encode
COLUMNS: dict[str, pl.DataType] = {
    "at": pl.String(), "client": pl.String(), "organization": pl.String(), "asked": pl.String(), "key": pl.String(),
    "hash": pl.String(), "result": pl.String(), "count": pl.Int64(), "ids": pl.List(pl.String()), "build": pl.String(),
}  # fmt: skip


class AuditLog:
    """The open end of a home's log; one writer at a time."""

    def __init__(self, home: Home, *, most_bytes: int = 256 << 20) -> None:
        self._folder, self._most = home.root / "audit", most_bytes
        self._day, self._file, self._size = "", -1, 0

    def write(
        self,
        now: datetime,
        *,
        client: str,
        organization: str | None,
        asked: str,
        key: str,
        hashed: str | None,
        result: str,
        ids: Sequence[str] = (),
        build: str | None = None,
    ) -> None:
        """Append one record; `ids` are published numbers. Raises OSError where it cannot be kept."""
        told = {
            "at": now.astimezone(UTC).isoformat(timespec="milliseconds"), "client": client,
            "organization": organization, "asked": asked, "key": key, "hash": hashed, "result": result,
            "count": len(ids), "ids": list(ids), "build": build,
        }  # fmt: skip
        line = _encode(told).encode() + b"\n"
        day = told["at"]
        assert isinstance(day, str)
        if day[:10] != self._day or self._size + len(line) > self._most:
            self._rotate(day[:10])
        if os.write(self._file, line) != len(line):  # a full disk takes a part
            raise OSError("the audit log took only a part of a record")
        self._size += len(line)

    def sync(self) -> None:
        """Wait until everything is on disk."""
        if self._file >= 0:
            os.fsync(self._file)

    def close(self) -> None:
        """Sync, and let go of the file."""
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            self._file, self._day = -1, ""

    def _rotate(self, day: str) -> None:
        full = self._day == day
        self.close()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        numbers = [int(path.name.split(".")[1]) for path in self._folder.glob(f"{day}.*.ndjson")]
        number = max(numbers, default=0) + (1 if full or not numbers else 0)
        path = self._folder / f"{day}.{number}.ndjson"
        # Without O_TRUNC, and with O_APPEND: what is there stays, whoever else writes.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._day, self._size = day, path.stat().st_size


def read_audit(
    home: Home, *, since: date | None = None, client: str | None = None, hashed: str | None = None
) -> pl.DataFrame:
    """The records in COLUMNS, oldest first: of the days from `since` on, of one client, about one hash."""
    files = sorted((home.root / "audit").glob("*.ndjson"), key=_place)
    wanted = [path for path in files if since is None or path.name[:10] >= since.isoformat()]
    frames = [pl.read_ndjson(path, schema=COLUMNS, ignore_errors=False) for path in wanted if path.stat().st_size]
    told = pl.concat([pl.DataFrame(schema=COLUMNS), *frames])
    if client is not None:
        told = told.filter(pl.col("client") == client)
    if hashed is not None:
        told = told.filter(pl.col("hash") == hashed)
    return told


def _place(path: Path) -> tuple[str, int]:
    day, number, _ = path.name.split(".")
    return day, int(number)
