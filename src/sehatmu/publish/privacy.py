"""Is there a personal value in the default file that should not be there? Asked of the file itself.

Values are compared by hash, so that neither the file nor a message ever holds them. Called by `check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import duckdb
import polars as pl

from sehatmu.contracts import Contract, quoted
from sehatmu.publish.carried import place

# Shorter values (a sex, a blood group, a street number) stand everywhere by chance.
_MIN_LENGTH = 6
_NO_SHAPE = r"[0-8\p{L}]"
_EIGHT_DIGITS = r"(?:\d\D*){8}"
_NIK, _NIK_LENGTH = "[0-9]{16}", 16
# What is shown for a value: 64 hex digits. To take a text apart costs less than a pattern would.
_HASH_LENGTH = 64
_HASH = "coalesce(octet_length(try(unhex({}))) = 32, false)"
# Of a column with at least so many rows for each of its texts, every text is looked at once.
_FEW = 4
# In these schemas values stand within longer texts: keys joined with |, JSON, explanations.
_WITHIN = ("history", "meta", "quarantine", "review", "xref")


def personal_values(contract: Contract, frame: pl.DataFrame, *, numbers_only: bool = True) -> pl.Series:
    """The personal values of an extract's rows, as text, distinct: what must never stand in the default file.

    `numbers_only` keeps texts with at least 8 digits (NIK, record numbers, private phones). A name may also be the
    name of a practice that is public, and a birth date is the date of many another thing, so these are for tests,
    not for the gate of a night.
    """
    texts = [
        frame.get_column(name).cast(pl.String).alias("value") for name in personal_columns(contract, frame.columns)
    ]
    # What is all nines is nobody's number, and is what a masked number looks like.
    wanted = (pl.col("value").str.len_chars() >= _MIN_LENGTH) & pl.col("value").str.contains(_NO_SHAPE)
    if numbers_only:
        wanted &= pl.col("value").str.contains(_EIGHT_DIGITS)
    # Column by column, since most are names and words, and few of their values are left.
    values = [text.to_frame().filter(wanted)["value"] for text in texts]
    return pl.concat([pl.Series("value", [], dtype=pl.String), *values]).unique(maintain_order=True)


def personal_columns(contract: Contract, present: Collection[str], *, texts_only: bool = True) -> list[str]:
    """The personal columns of an extract that are `present`: those of text, or all."""
    return [
        c.name
        for c in contract.columns
        if c.classification == "personal" and c.name in present and (c.type == "string" or not texts_only)
    ]


def find_clear_values(
    con: duckdb.DuckDBPyConnection,
    file: str,
    clear_values: pl.Series | None,
    *,
    hashed: Collection[str] = (),
    held: Collection[str] = (),
    tails: Mapping[str, int] | None = None,
    new_values: pl.Series | None = None,
) -> Iterator[tuple[str, str, str]]:
    """Text columns that hold one of the values, as (rule, where, detail).

    `hashed` are the columns (`schema.table.column`) that show hashes: a hash holds no value. `held` are those that have
    no value that another one has not, which is asked in their place. `tails` are the rows of
    tables (`schema.table`) before which, by `rowid`, stands what was asked for all but the `new_values` before.
    """
    columns = [c for c in _text_columns(con) if f"{c.table}.{c.name}" not in held]
    tails = tails or {}
    whole = [c for c in columns if c.table not in tails]
    rest = [c for c in columns if c.table in tails]
    asked = [(clear_values, [(c, "true") for c in whole] + [(c, f"rowid >= {tails[c.table]}") for c in rest], _HASH)]
    # What the hashes of those rows look like was asked when they came: their length tells them now.
    asked += [(new_values, [(c, f"rowid < {tails[c.table]}") for c in rest], f"strlen({{}}) = {_HASH_LENGTH}")]
    told: Counter[str] = Counter()
    for values, places, is_hash in asked:
        if values is not None and len(values):
            told.update(_count_known(con, values, places, hashed, is_hash))
    for where, found in sorted(told.items()):
        yield "personal-value", f"{file} {where}", f"{found} personal values in clear"


class _TextColumn(NamedTuple):
    """`longest` in bytes, None where the file does not tell; `is_varied`: most of its texts stand there once."""

    table: str
    name: str
    kind: str
    longest: int | None
    is_varied: bool


def _count_known(
    con: duckdb.DuckDBPyConnection,
    values: pl.Series,
    places: Sequence[tuple[_TextColumn, str]],
    hashed: Collection[str],
    is_hash: str,
) -> dict[str, int]:
    """How many of the values stand in each column (`schema.table.column`), in the rows of a condition.

    All columns are asked in one query, so that the values are prepared once and not once for each column.
    """
    con.register("values_in_clear", pl.DataFrame({"value": values.cast(pl.String)}))
    con.execute("CREATE OR REPLACE TEMP TABLE clear AS SELECT DISTINCT hash(value) AS value FROM values_in_clear")
    con.unregister("values_in_clear")
    pieces = [
        f"SELECT {number} AS number, hash(value) AS value FROM ({_candidates(column, rows, hashed, is_hash)})"
        for number, (column, rows) in enumerate(places)
    ]
    if not pieces:
        return {}
    told = con.sql(
        f"SELECT number, count(*) FROM ({' UNION ALL '.join(pieces)}) "
        "WHERE value IN (SELECT value FROM clear) GROUP BY number"
    ).fetchall()
    return {f"{places[number][0].table}.{places[number][0].name}": found for number, found in told}


def _text_columns(con: duckdb.DuckDBPyConnection) -> Iterator[_TextColumn]:
    """Columns of text, without those of empty tables and those whose longest text is too short for a personal value."""
    listed = con.sql(
        "SELECT c.schema_name || '.' || c.table_name, c.column_name, c.data_type, t.estimated_size "
        "FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name) "
        "WHERE database_name = current_database() AND NOT t.internal "
        "AND c.data_type IN ('VARCHAR', 'VARCHAR[]') ORDER BY ALL"
    ).fetchall()
    for table, columns in groupby(listed, key=itemgetter(0)):
        texts = list(columns)
        # The file knows these figures, and reads no row for them.
        figures = ", ".join(
            f"CAST(stats({quoted(name)}).{figure} AS BIGINT)"
            for _, name, _, _ in texts
            for figure in ("max_string_length", "approx_unique")
        )
        for row in con.sql(f"SELECT {figures} FROM {place(table)} LIMIT 1").fetchall():  # none of an empty table
            for (_, name, kind, rows), longest, unique in zip(texts, row[::2], row[1::2], strict=True):
                if longest is None or longest >= _MIN_LENGTH:
                    yield _TextColumn(table, name, kind, longest, unique is None or unique * _FEW > rows)


def _candidates(column: _TextColumn, rows: str, hashed: Collection[str], is_hash: str) -> str:
    """A query of the texts of a column that may be personal, and of what stands within them, as `value`."""
    name = quoted(column.name)
    value = f"unnest({name})" if column.kind == "VARCHAR[]" else name
    texts = f"SELECT {'' if column.is_varied else 'DISTINCT '}{value} AS value FROM {place(column.table)} WHERE {rows}"
    if f"{column.table}.{column.name}" in hashed:
        texts += f" AND NOT {is_hash.format(name)}"
    found = ["SELECT value FROM texts"]
    if column.longest is None or column.longest > _NIK_LENGTH:
        found.append(
            f"SELECT unnest(regexp_extract_all(value, '{_NIK}')) FROM texts "
            f"WHERE strlen(value) > {_NIK_LENGTH} AND regexp_matches(value, '{_NIK}')"
        )
    if column.table.split(".")[0] in _WITHIN:
        found.append(
            "SELECT unnest(regexp_split_to_array(value, '[\"|]')) FROM texts "
            "WHERE contains(value, '|') OR contains(value, '\"')"
        )
    return f"WITH texts AS ({texts}) {' UNION ALL '.join(found)}"
