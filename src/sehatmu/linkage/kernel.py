"""The scoring kernel: whole blocks in, scored pairs out, both as Arrow tables. Pure, so any engine may map
it.

The local engine maps it over slices of the records of one rule; a cluster engine would map the same
function over partitions. A table of records is made by `kernel_table`; its rows must hold whole blocks of
the rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa
from polars.interchange import CompatLevel

from sehatmu.linkage.block import candidate_pairs
from sehatmu.linkage.classify import first_veto, veto_columns
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.encode import Array, Column, Encoded
from sehatmu.linkage.score import Plan, frequency_bits, score_pairs


def kernel_columns(config: LinkageConfig) -> tuple[str, ...]:
    """The columns that scoring reads: what is compared, what may explain a word, what a veto asks for."""
    named = [column for c in config.comparisons for column in (*c.columns, *c.context)]
    return tuple(dict.fromkeys([*named, *veto_columns(config)]))


def kernel_table(encoded: Encoded, plan: Plan, keys: Sequence[Array]) -> pa.Table:
    """A row per record: `record` (its number), `extract`, `key:<rule>` (equal where a block is shared, 0: none),
    `value:<column>`, `text:<column>` where texts are looked at, `bits:<name>`.
    """
    fields: dict[str, pa.Array] = {
        "record": pa.array(np.arange(encoded.size, dtype=np.uint32)),
        "extract": pa.array(encoded.extract),
    }
    for rule, key in zip(plan.config.rules, keys, strict=True):
        fields[f"key:{rule.name}"] = pa.array(key)
    texts = _text_columns(plan.config)
    for name in kernel_columns(plan.config):
        column = encoded.columns[name]
        fields[f"value:{name}"] = pa.array(column.values)
        if name in texts and column.vocabulary is not None:
            fields[f"text:{name}"] = _texts_to_arrow(column)
    for name, bits in frequency_bits(encoded, plan).items():
        fields[f"bits:{name}"] = pa.array(bits)
    return pa.table(fields)


def score_blocks(table: pa.Table, plan: Plan, rule: int) -> pa.Table:
    """Pairs that `rule` is the first to cover and that reach the review threshold; `table` holds whole blocks of it.

    Out: `left`, `right` (row numbers, left smaller), `rule` (u8), `score` (f64), `veto` (u8, 0 = none), and
    one u8 `level:<comparison>` each.
    """
    names = [r.name for r in plan.config.rules[: rule + 1]]
    keys = [table[f"key:{name}"].to_numpy() for name in names]
    record, extract = table["record"].to_numpy(), table["extract"].to_numpy()
    columns = {name: _from_arrow(table, name) for name in kernel_columns(plan.config)}
    bits = {name[5:]: table[name].to_numpy() for name in table.column_names if name.startswith("bits:")}
    found = []
    for a, b in candidate_pairs(keys, rule, extract, many_to_one=plan.config.many_to_one):
        swapped = record.take(a) > record.take(b)
        left, right = np.where(swapped, b, a), np.where(swapped, a, b)
        found.append(score_candidates(columns, plan, left, right, rule=rule, bits=bits))
    pairs = pa.concat_tables(found) if found else pairs_schema(plan).empty_table()
    for side in ("left", "right"):
        rows = record[pairs[side].to_numpy()] if len(pairs) else np.empty(0, np.uint32)
        pairs = pairs.set_column(pairs.column_names.index(side), side, pa.array(rows, pa.uint32()))
    return pairs


def table_for_rule(table: pa.Table, plan: Plan, rule: int) -> pa.Table:
    """The table without the keys of later rules, which `score_blocks` of this one does not read."""
    return table.drop_columns([f"key:{later.name}" for later in plan.config.rules[rule + 1 :]])


def score_candidates(
    columns: dict[str, Column],
    plan: Plan,
    left: Array,
    right: Array,
    *,
    rule: int | Array,
    bits: dict[str, Array] | None = None,
    floor: float | None = None,
) -> pa.Table:
    """Score given pairs of rows; those below the floor (the review threshold) are dropped.

    `rule` is that of all pairs, or of each.
    """
    if not len(left):
        return pairs_schema(plan).empty_table()
    floor = plan.possible if floor is None else floor
    kept, score, levels = score_pairs(columns, plan, left, right, floor=floor, bits=bits)
    rules = np.full(len(left), rule, np.uint8)[kept]
    left, right = left[kept].astype(np.uint32), right[kept].astype(np.uint32)
    arrays = [
        left,
        right,
        rules,
        score,
        first_veto(columns, plan.config, left, right, levels),
    ]
    arrays += [np.ascontiguousarray(levels[:, c]) for c in range(levels.shape[1])]
    return pa.Table.from_arrays([pa.array(a) for a in arrays], schema=pairs_schema(plan))


def pairs_schema(plan: Plan) -> pa.Schema:
    """The columns of `score_blocks`."""
    fields = [("left", pa.uint32()), ("right", pa.uint32()), ("rule", pa.uint8()), ("score", pa.float64())]
    fields += [("veto", pa.uint8()), *((f"level:{c.name}", pa.uint8()) for c in plan.config.comparisons)]
    return pa.schema(fields)


def _text_columns(config: LinkageConfig) -> set[str]:
    """Columns whose texts a comparator looks at, beyond asking whether they are equal."""
    looking = [c for c in config.comparisons if c.family == "text"]
    return {column for c in looking for column in (*c.columns, *c.context)}


def _texts_to_arrow(column: Column) -> pa.Array:
    """Each record's text as a number in a dictionary, so that taking rows moves numbers only."""
    assert column.vocabulary is not None
    words = pa.array(column.vocabulary.to_arrow(compat_level=CompatLevel.newest()))
    if column.places is not None:
        return pa.DictionaryArray.from_arrays(pa.array(column.places), words)
    indices = pa.array(column.values.astype(np.int64) - 1, mask=column.values == 0)
    return pa.DictionaryArray.from_arrays(indices, words)


def _from_arrow(table: pa.Table, name: str) -> Column:
    values = table[f"value:{name}"].to_numpy()
    if f"text:{name}" not in table.column_names:
        kind = {"f8": "number", "u4": "date", "u1": "flag"}.get(values.dtype.str[1:], "text")
        return Column(kind, values)
    texts = table[f"text:{name}"]
    texts = texts.combine_chunks() if texts.num_chunks != 1 else texts.chunk(0)
    places = texts.indices.fill_null(0).to_numpy() if texts.indices.null_count else texts.indices.to_numpy()
    return Column("text", values, pl.Series("value", pl.from_arrow(texts.dictionary), dtype=pl.String), places)
