"""Opening a lookup file for reading. A build is never rewritten, so nothing is locked and nothing is waited for.

`open_lookup` refuses what is no lookup file of this version; the questions themselves stand in `patients`,
`practitioners`, `facilities` and `regions`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sehatmu.errors import SehatmuError
from sehatmu.lookup.tables import VERSION


class LookupFileError(SehatmuError):
    """There is nothing to look up in: not published, file missing, or not one that this version reads."""


def open_lookup(path: Path) -> sqlite3.Connection:
    """A read-only connection that any thread may use, one at a time. The file of the build is opened, never a link."""
    try:
        # `immutable`: whatever locks another program holds on it, the content of a build stands.
        uri = f"file:{quote(str(path.resolve(strict=True)))}?mode=ro&immutable=1"
        con = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        version = con.execute("PRAGMA user_version").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        raise LookupFileError(
            "the lookup file cannot be read",
            evidence=f"{path.name}: {type(error).__name__}",
            hint="run `sehatmu night`: every build brings its own",
        ) from None
    if version != VERSION:
        con.close()
        raise LookupFileError(
            "the lookup file is of another version",
            evidence=f"{path.name}: version {version}, this program reads {VERSION}",
            hint="run `sehatmu night` with this program",
        )
    return con


def current_id(con: sqlite3.Connection, index: str, master_id: str) -> str:
    """The id that holds now: the one that this id gave way to, or itself."""
    row = con.execute("SELECT current_id FROM redirect WHERE idx = ? AND retired_id = ?", (index, master_id)).fetchone()
    return str(row[0]) if row else master_id
