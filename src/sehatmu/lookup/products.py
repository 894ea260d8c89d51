"""Products in the lookup file: drugs and devices by code, lists by any filter, JKN prices, classes of the ATC."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sehatmu.lookup.read import current_id

Kind = Literal["product", "device", "device_template"]
KINDS: dict[str, Kind] = {"farmasi": "product", "alkes": "device"}
_NAMESPACES = {"nie": "nie", "lkpp": "lkpp"}


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """Filters, all of which must hold; None or empty does not filter. Dates are 20261123; of a tuple one is enough.
    All `words` stand in the name, the brand or the maker; `atc_class` is a drug's own or one above ("": any), `tag` one
    of its tags ("": any); the categories are of devices."""

    kfa_code: str | None = None
    farmalkes_types: tuple[str, ...] = ()
    words: str | None = None
    template_code: str | None = None
    pack_code: str | None = None
    references: tuple[str, ...] = ()
    active: bool | None = None
    atc_class: str | None = None
    tag: str | None = None
    categories: tuple[str, ...] = ()
    sub_categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    sub_types: tuple[str, ...] = ()
    updated_from: int | None = None
    updated_to: int | None = None


def find_product(con: sqlite3.Connection, identifier: str, code: str) -> dict[str, Any] | None:
    """The drug or device with this KFA code, or the first one with this registration (nie) or catalogue number."""
    if identifier == "kfa":
        ids = [current_id(con, "kfa", code)]
    else:
        query = "SELECT master_id FROM product_code WHERE namespace = ? AND code = ? ORDER BY master_id"
        ids = [row[0] for row in con.execute(query, (_NAMESPACES[identifier], code.upper().replace(" ", "")))]
    for master_id in ids:
        for kind in KINDS.values():
            row = con.execute(f"SELECT body FROM {kind} WHERE master_id = ?", (master_id,)).fetchone()
            if row:
                return dict(json.loads(row[0]))
    return None


def list_products(
    con: sqlite3.Connection, kind: Kind, asked: ProductQuery, *, most: int, skip: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many there are, and at most `most` of them after the first `skip`, by KFA code."""
    where, values = _where(asked)
    total = int(con.execute(f"SELECT count(*) FROM {kind} WHERE {where}", values).fetchone()[0])
    query = f"SELECT body FROM {kind} WHERE {where} ORDER BY master_id LIMIT ? OFFSET ?"
    return total, [json.loads(body) for (body,) in con.execute(query, (*values, most, skip))]


def list_prices(
    con: sqlite3.Connection,
    *,
    kfa_code: str | None,
    region_code: str | None,
    document_ref: str | None,
    most: int,
    skip: int,
) -> tuple[int, list[dict[str, Any]]]:
    """JKN prices, counted and in pages as `list_products`."""
    told = {"kfa_code": kfa_code, "region_code": region_code, "document_ref": document_ref}
    return _list_equal(con, "price_jkn", told, "rowid", most, skip)


def list_classes(
    con: sqlite3.Connection, *, code: str | None, level: str | None, parent_code: str | None, most: int, skip: int
) -> tuple[int, list[dict[str, Any]]]:
    """Classes of the ATC in the order of their codes, counted and in pages as `list_products`."""
    return _list_equal(con, "atc", {"code": code, "level": level, "parent_code": parent_code}, "code", most, skip)


def list_tags(con: sqlite3.Connection) -> list[str]:
    """All tags of drugs, in their order."""
    query = "SELECT DISTINCT tag.value FROM product, json_each(product.body, '$.tags') AS tag ORDER BY 1"
    return [str(tag) for (tag,) in con.execute(query)]


def _list_equal(
    con: sqlite3.Connection, table: str, told: Mapping[str, str | None], order: str, most: int, skip: int
) -> tuple[int, list[dict[str, Any]]]:
    asked = {column: value for column, value in told.items() if value is not None}
    where, values = " AND ".join(f"{column} = ?" for column in asked) or "true", list(asked.values())
    total = int(con.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()[0])
    query = f"SELECT body FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    return total, [json.loads(body) for (body,) in con.execute(query, (*values, most, skip))]


def _where(asked: ProductQuery) -> tuple[str, list[Any]]:
    told: list[tuple[str, Any]] = [
        ("master_id = ?", asked.kfa_code),
        *(("instr(words, ?) > 0", word) for word in (asked.words or "").upper().split()),
        ("template_id = ?", asked.template_code),
        ("master_id IN (SELECT product_id FROM product_pack WHERE kfa_code = ?)", asked.pack_code),
        ("active = ?", None if asked.active is None else int(asked.active)),
        ("instr(atc_code, ?) = 1", asked.atc_class),
        ("EXISTS (SELECT 1 FROM json_each(body, '$.tags') WHERE ? IN ('', value))", asked.tag),
        ("updated >= ?", asked.updated_from),
        ("updated <= ?", asked.updated_to),
    ]
    conditions = [condition for condition, value in told if value is not None]
    values = [value for _, value in told if value is not None]
    for condition, allowed in (
        ("coalesce(farmalkes_type IN ({}), true)", asked.farmalkes_types),
        ("master_id IN (SELECT master_id FROM product_code WHERE code IN ({}))", asked.references),
        ("json_extract(body, '$.med_dev_kategori') IN ({})", asked.categories),
        ("json_extract(body, '$.med_dev_subkategori') IN ({})", asked.sub_categories),
        ("json_extract(body, '$.med_dev_jenis') IN ({})", asked.types),
        ("json_extract(body, '$.med_dev_sub_jenis') IN ({})", asked.sub_types),
    ):
        if allowed:
            conditions.append(condition.format(", ".join("?" * len(allowed))))
            values += allowed
    return " AND ".join(conditions) or "true", values
