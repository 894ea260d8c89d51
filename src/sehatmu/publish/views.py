"""Views and macros of the published files, from `sql/<schema>.sql`: what analysts ask most, in one query.

A view has a contract as a table has (so it stands in the dictionary and in column lineage); a macro is
documented by the COMMENT beside it. What makes sense in one file only, because it needs clear values or their hashes,
stands in `<schema>.clear.sql` or `<schema>.masked.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from importlib.resources import files

from sehatmu.contracts import Contracts
from sehatmu.publish.tables import is_golden

_CREATED = re.compile(r"CREATE (?:VIEW|MACRO) (\w+\.\w+)")
_MACRO_COMMENT = re.compile(r"COMMENT ON MACRO TABLE (\w+\.\w+) IS\s+'((?:[^']|'')*)'", re.DOTALL)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(\w+\.\w+)")
_GROUPS = "{column_groups}"


def view_statements(contracts: Contracts, available: Collection[str], *, masked: bool) -> list[str]:
    """The statements that make every view and macro whose tables are among `available` (`schema.table`), for the
    file with masked values or the one with clear values."""
    known, chosen = set(available), []
    for statement in _expanded(contracts, masked):
        created = _CREATED.search(statement)
        name = created.group(1) if created else _commented(statement)
        if created and known.issuperset(_READ.findall(statement)):
            known.add(name)
        elif created or name not in known:
            continue
        chosen.append(statement.replace(_GROUPS, _column_groups(contracts)))
    return chosen


def created(statements: Collection[str]) -> set[str]:
    """The views and macros that these statements make, as `schema.name`."""
    return {found.group(1) for statement in statements if (found := _CREATED.search(statement))}


def macro_comments(statements: Collection[str]) -> list[tuple[str, str]]:
    """Each macro that is commented by these statements (`schema.name`), and the comment."""
    found = (_MACRO_COMMENT.fullmatch(statement) for statement in statements)
    return [(told.group(1), told.group(2).replace("''", "'")) for told in found if told]


def _expanded(contracts: Contracts, masked: bool) -> Iterator[str]:
    """The statements; one that names a golden table in general, once for each of them."""
    golden = sorted(
        (c.schema_name, c.table) for c in contracts.indexes() if is_golden(c) and c.schema_name != "history"
    )
    for statement in _statements(masked):
        if "{golden}" in statement:
            yield from (statement.replace("{schema}", schema).replace("{golden}", table) for schema, table in golden)
        else:
            yield statement


def _statements(masked: bool) -> list[str]:
    folder = files("sehatmu.publish") / "sql"
    other = ".clear.sql" if masked else ".masked.sql"
    names = sorted(p.name for p in folder.iterdir() if p.name.endswith(".sql") and not p.name.endswith(other))
    texts = [re.sub(r"^\s*--.*$", "", (folder / name).read_text("utf-8"), flags=re.MULTILINE) for name in names]
    return [s.strip() for text in texts for s in re.split(r";\s*$", text, flags=re.MULTILINE) if s.strip()]


def _commented(statement: str) -> str:
    found = re.match(r"COMMENT ON (?:VIEW|MACRO TABLE|MACRO) (\w+\.\w+)", statement)
    return found.group(1) if found else ""


def _column_groups(contracts: Contracts) -> str:
    """Rows of (index, column, group) for the view that tells the origin of each column."""
    # A set: several tables of an index may have a column of one name, in one group.
    rows = sorted(
        {
            (c.schema_name, column.name, column.group)
            for c in contracts.indexes()
            for column in c.columns
            if column.group and c.schema_name != "history" and not c.is_view
        }
    )
    return ", ".join("('{}', '{}', '{}')".format(*row) for row in rows)
