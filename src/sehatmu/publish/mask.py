"""Masking: how a published table looks in the default file, column by column, as SQL over the clear frame.

The contracts decide: a column that is classified as personal is hashed, shaped or withheld, and keys are
hashed only for extracts whose key holds a personal column. Hashes are HMAC-SHA256 under the key of the home.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

import duckdb

from sehatmu.contracts import Column, Contract, Contracts, header_key, literal
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, current_build
from sehatmu.publish.durable import write_bytes

_KEY_FILE = "hmac.key"
_BLOCK = 64
RECORD_KEYS = ("record_key", "left_key", "right_key")
# Intake's words for a line that could not be split into columns, and how many fields it had.
_UNSPLIT, _FIELD_COUNT = "_line", "_fields"
_HASHED = re.compile(r"(^|_)nik(_|$)|_key$")
# Sixteen digits, however they are grouped: a NIK that a shifted row put into a harmless column.
_LIKE_NIK = r"([0-9][ .-]?){15}[0-9]"


def load_key(home: Home) -> bytes:
    """The 32 bytes that hash personal values; made at the first night, readable by the owner only.

    Raises SehatmuError where builds were published and the key is gone: a new one would change every hash.
    """
    path = home.keys / _KEY_FILE
    if not path.is_file():
        if current_build(home) is not None:
            raise SehatmuError(
                "the key that hashes personal values is missing",
                evidence=str(path),
                hint="restore it from the backup; a new key would change every published hash",
            )
        home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(path, secrets.token_bytes(32))
    return path.read_bytes()


def hash_value(key: bytes, value: str) -> str:
    """The hash that stands for `value` in the default file (64 hex digits)."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def set_key(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Make the key known to the connection, as session variables: neither SQL text nor the file holds it."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    con.execute("SET VARIABLE hmac_inner = ?", [bytes(b ^ 0x36 for b in block)])
    con.execute("SET VARIABLE hmac_outer = ?", [bytes(b ^ 0x5C for b in block)])


def masked_columns(
    contract: Contract, contracts: Contracts, *, hashed: Callable[[str], str] | None = None
) -> list[str]:
    """SQL expressions, one per column of the contract in its order, over a relation with clear values.

    `hashed` names the SQL of a column's hash where the caller has it ready (`hashed_columns` are those that it is
    asked for; of a key of records, what is shown for it); else it is worked out in place.
    """
    return [
        f"{_mask(column, contract, contracts, hashed)} AS {_name(column.name)}"
        if column.classification == "personal"
        else _name(column.name)
        for column in contract.columns
    ]


def hashed_columns(contract: Contract) -> list[str]:
    """The columns that the default file shows as their hash, wholly or where the extract's key is personal."""
    return [c.name for c in contract.columns if c.classification == "personal" and _is_hashed(c)]


def holds_personal(contract: Contract) -> bool:
    """Whether a published table has a column that the default file must not show in clear."""
    return any(column.classification == "personal" for column in contract.columns)


def as_shown(contract: Contract) -> Contract:
    """The contract as the default file keeps it: a value that is withheld there is not required there."""
    columns = (
        replace(c, required=False) if c.classification == "personal" and not _is_hashed(c) else c
        for c in contract.columns
    )
    return replace(contract, columns=tuple(columns))


def _is_hashed(column: Column) -> bool:
    return column.type == "string" and _HASHED.search(column.name) is not None


def _mask(column: Column, contract: Contract, contracts: Contracts, hashed: Callable[[str], str] | None) -> str:
    name = column.name
    if name in RECORD_KEYS:
        return hashed(name) if hashed else record_key_sql(_name(name), contracts)
    hash_of = hashed or (lambda name: hmac_sql(_name(name)))
    if name == "source_key":  # judged by the columns beside it
        extract = "source || '/' || extract" if {"source", "extract"} <= {c.name for c in contract.columns} else "''"
        return f"CASE WHEN {_in(extract, _clear_keys(contracts))} THEN {_name(name)} ELSE {hash_of(name)} END"
    if name == "row_values":
        return _mask_row_values(contracts)
    if name in ("old_value", "new_value"):
        clear = _in("index || '.' || column_name", _clear_columns(contracts))
        return f"CASE WHEN {clear} THEN {name} END"
    if _is_hashed(column):
        return hash_of(name)
    return "NULL"


def record_key_sql(value: str, contracts: Contracts) -> str:
    """SQL of what is shown for a record's key, which starts with source|extract: itself or its hash."""
    extract = f"split_part({value}, '|', 1) || '/' || split_part({value}, '|', 2)"
    return f"CASE WHEN {_in(extract, _clear_keys(contracts))} THEN {value} ELSE {hmac_sql(value)} END"


def _mask_row_values(contracts: Contracts) -> str:
    """Values of personal and of unknown columns become their shape; a line that could not be split goes."""
    header = "regexp_replace(lower(cell.key), '[^\\p{L}\\p{N}]', '', 'g')"
    # Looked up in a table of them: a list would be gone through for every cell, since this is asked row by row.
    headers = ", ".join(literal(name) for name in sorted(set(_clear_headers(contracts))))
    clear = f"source || '/' || extract || '/' || {header} IN (SELECT unnest([{headers}]::VARCHAR[]))"
    value = "(cell.value ->> '$')"
    shape = f"translate(regexp_replace({value}, '\\p{{L}}+', 'x', 'g'), '012345678', '999999999')"
    shown = (
        f"CASE WHEN cell.key = '{_UNSPLIT}' THEN NULL WHEN cell.key = '{_FIELD_COUNT}' THEN {value} "
        f"WHEN {clear} AND NOT regexp_matches({value}, '{_LIKE_NIK}') THEN {value} ELSE {shape} END"
    )
    cell = f"to_json(cell.key) || ':' || coalesce(to_json({shown}), 'null')"
    # Nested, because a query is free to look at every branch, and text that is no JSON is an error.
    valid = "CASE WHEN json_valid(row_values) THEN row_values ELSE '[]' END"
    return (
        f"CASE WHEN json_type({valid}) = 'OBJECT' THEN "
        f"(SELECT '{{' || coalesce(string_agg({cell}, ',' ORDER BY cell.id), '') || '}}' "
        f"FROM json_each({valid}) AS cell) END"
    )


def _clear_keys(contracts: Contracts) -> list[str]:
    return [
        f"{c.source}/{c.extract}"
        for c in contracts.sources()
        if not any(
            k.classification == "personal"
            for k in c.columns
            if k.name in (*c.business_key, *c.row_key, *c.row_key_fallback)
        )
    ]


def _clear_columns(contracts: Contracts) -> list[str]:
    """Columns of each index that are personal in none of its tables."""
    columns = [
        (f"{c.schema_name}.{column.name}", column.classification) for c in contracts.indexes() for column in c.columns
    ]
    return sorted({name for name, _ in columns} - {name for name, level in columns if level == "personal"})


def _clear_headers(contracts: Contracts) -> list[str]:
    return [
        f"{c.source}/{c.extract}/{header_key(header)}"
        for c in contracts.sources()
        for column in c.columns
        if column.classification != "personal"
        for header in _shown_headers(column)
    ]


def _shown_headers(column: Column) -> tuple[str, ...]:
    """Headers under which a quarantined row may show what it has; of a JSON object only keys that hold no more than a
    public value: what is nested there has words of its own beside it."""
    if not column.paths:
        return (column.name, *column.aliases, *column.coalesce)
    return column.paths if column.classification == "public" else ()


def hmac_sql(value: str) -> str:
    """SQL of the hash of a text expression, on a connection that knows the key."""
    inner = f"sha256(getvariable('hmac_inner') || encode({value}))"
    return f"sha256(getvariable('hmac_outer') || unhex({inner}))"


def _in(expression: str, values: Iterable[str]) -> str:
    listed = ", ".join(literal(value) for value in sorted(set(values)))
    return f"coalesce({expression} IN ({listed}), false)" if listed else "false"


def _name(column: str) -> str:
    return f'"{column}"'
