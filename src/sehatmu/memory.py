"""DuckDB without a network; and one without a file either, for what SQL does best: started once in a process, since
each start costs 30 ms."""

from __future__ import annotations

from functools import cache

import duckdb

#: What every connection of ours is opened with: no network, and no code that is not needed.
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def memory() -> duckdb.DuckDBPyConnection:
    """A connection of its own, to be closed after use; what is registered with it goes with it.

    >>> with memory() as con:
    ...     con.sql("SELECT 1 + 1").fetchall()
    [(2,)]
    """
    return _engine().cursor()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config=OFFLINE)
