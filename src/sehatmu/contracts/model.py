"""What a compiled contract is: frozen dataclasses, and the closed vocabularies that they draw from.

No reading, no judging: `load` makes these from YAML; every later stage reads them and asks nothing else
about the shape of an extract or of a published table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from sehatmu.errors import SehatmuError

Kind = Literal["source", "index"]
ScalarType = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
LogicalType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]
Classification = Literal["public", "internal", "personal"]
Action = Literal["quarantine", "null-and-flag", "reject-file"]
Mode = Literal["full", "delta"]
RuleKind = Literal[
    "nullValues",
    "invalidValues",
    "duplicateValues",
    "notLessThan",
    "notMoreThan",
    "requiredWith",
    "inCodebook",
    "requiredOneOf",
    "requiredWhen",
    "validWhen",
    "patternWhen",
    "notAfterDelivery",
]

# The words of design section 1, plus region lists and the like, and the tables about builds themselves.
DOMAINS = ("facility", "patient", "practitioner", "product", "service", "tariff", "clinical", "reference", "meta")
# Who computes a column that no extract delivers; the only words that `derivedFrom` knows beside columns.
MAKERS = ("build", "intake", "standardise", "linkage", "identity", "golden", "steward", "contracts")
# What a reason and a verdict blame where no single column is at fault; so no column may have this name.
ROW = "row"
SCALAR_TYPES: tuple[str, ...] = get_args(ScalarType)
# What intake puts beside the columns of an extract; a contract may not use these names.
BOOKKEEPING = (
    "source",
    "extract",
    "source_key",
    "record_key",
    "file_name",
    "row_number",
    "file_hash",
    "delivery_date",
    "flags",
    "is_current",
    "reasons",
    "row_values",
)


# The date of a delivery, which intake puts beside the columns before it judges them.
DELIVERED = "delivery_date"


@lru_cache(maxsize=4096)  # every record of a file's beginning is asked whether it is the header
def header_key(header: str) -> str:
    """What is left of a header when case, blanks and punctuation do not count.

    >>> header_key("(d.Total TT)") == header_key("d.total_tt")
    True
    """
    return "".join(letter for letter in header.casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Rule:
    """One named judgement beyond type and options; its `id` is the stable end of a reason.

    `column` is the column that it blames (None: the row). `values` are the allowed ones, `columns` those
    that the rule reads beside its own; it asks only rows where the first of them is among `when`, if that is given.
    """

    id: str
    kind: RuleKind
    description: str
    column: str | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """Where an index column comes from: a column of an extract or of another index, or one of `MAKERS`.

    `source`/`extract`/`column` hold schema, table and column where the origin is an index; extract and
    column are empty for a maker. An empty `rule` leaves the words to survivorship.
    """

    source: str
    extract: str = ""
    column: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key: the values of `column` exist in `schema_name.table.target`."""

    column: str
    schema_name: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `minimum`/`maximum` are inclusive; `items` is the type within an array.

    `paths` are places in a JSON object, of which the first that holds a value counts.
    """

    name: str
    type: LogicalType
    description: str
    classification: Classification
    items: ScalarType | None = None
    required: bool = False
    unique: bool = False
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    coalesce: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    action: Action = "quarantine"
    codebook: str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | date | None = None
    maximum: float | date | None = None
    rules: tuple[Rule, ...] = ()
    group: str | None = None
    derived_from: tuple[Derivation, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """One extract (`kind` source) or one published table or view (`kind` index).

    A source fills `source` and `extract`, an index `schema_name` and `table`; the other pair is empty.
    Where the first column of `row_key` is missing, `row_key_fallback` stands in for it. `nested` are keys of a JSON
    object whose array holds the rows, each with the object's other values.
    `content_hash` covers everything here but the two last fields, and the codes of the codebooks that its
    rules use: comments and the order of keys in the file do not change it.
    """

    id: str
    version: str
    kind: Kind
    domain: str
    description: str
    columns: tuple[Column, ...]
    source: str = ""
    extract: str = ""
    schema_name: str = ""
    table: str = ""
    is_view: bool = False
    rules: tuple[Rule, ...] = ()
    business_key: tuple[str, ...] = ()
    row_key: tuple[str, ...] = ()
    row_key_fallback: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    mode: Mode = "full"
    delete_flag: str | None = None
    null_texts: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    path: Path = Path()
    content_hash: str = ""

    @property
    def owner_and_table(self) -> tuple[str, str]:
        """Source and extract, or schema and table."""
        return (self.source, self.extract) if self.kind == "source" else (self.schema_name, self.table)

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.id} has no column {name}")


@dataclass(frozen=True, slots=True)
class Contracts:
    """All contracts below `root`, by id."""

    root: Path
    by_id: Mapping[str, Contract]

    def source(self, source: str, extract: str) -> Contract:
        """The contract of an extract; raises SehatmuError that names the nearest one."""
        return self._get("source", "extract", f"{source}_{extract}", f"{source}/{extract}")

    def index(self, schema_name: str, table: str) -> Contract:
        """The contract of a published table or view; raises SehatmuError that names the nearest one."""
        return self._get("index", "table", f"{schema_name}_{table}", f"{schema_name}.{table}")

    def sources(self) -> Iterator[Contract]:
        """Contracts of extracts, in order of their ids."""
        return (c for _, c in sorted(self.by_id.items()) if c.kind == "source")

    def indexes(self) -> Iterator[Contract]:
        """Contracts of published tables and views, in order of their ids."""
        return (c for _, c in sorted(self.by_id.items()) if c.kind == "index")

    def _get(self, kind: Kind, noun: str, key: str, shown: str) -> Contract:
        found = self.by_id.get(key)
        if found is not None and found.kind == kind:
            return found
        known = [c.id for c in self.by_id.values() if c.kind == kind]
        near = get_close_matches(key, known, n=1)
        raise SehatmuError(
            f"no contract for the {noun} {shown}",
            evidence=str(self.root),
            hint=f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}",
        )
