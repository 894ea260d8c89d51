"""Contracts: what each extract and each published table must look like, compiled once from YAML.

`load_contracts` reads `data_contracts/`; a Contract then gives the judge of its rows, DDL with comments,
dictionary and column lineage. Knows no data and no home; every other stage may import it.
"""

from sehatmu.contracts.codebooks import load_codebook
from sehatmu.contracts.ddl import ddl, literal, quoted, sql_type, table_comment
from sehatmu.contracts.dictionary import column_lineage, dictionary
from sehatmu.contracts.lint import lint
from sehatmu.contracts.load import load_contracts
from sehatmu.contracts.mistakes import ContractError, Mistake, Node, read_yaml
from sehatmu.contracts.model import (
    DELIVERED,
    Column,
    Contract,
    Contracts,
    Derivation,
    Relationship,
    Rule,
    header_key,
)
from sehatmu.contracts.schema import holds, judge, judges_rows_apart, pandera_schema, polars_schema

__all__ = [
    "DELIVERED",
    "Column",
    "Contract",
    "ContractError",
    "Contracts",
    "Derivation",
    "Mistake",
    "Node",
    "Relationship",
    "Rule",
    "column_lineage",
    "ddl",
    "dictionary",
    "header_key",
    "holds",
    "judge",
    "judges_rows_apart",
    "lint",
    "literal",
    "load_codebook",
    "load_contracts",
    "pandera_schema",
    "polars_schema",
    "quoted",
    "read_yaml",
    "sql_type",
    "table_comment",
]
