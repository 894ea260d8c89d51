"""The scoring kernel: whole blocks in, scored pairs out, both as Arrow tables. Pure, so any engine may map
it.

The local engine maps it over slices of the records of one rule; a cluster engine would map the same
function over partitions. A table of records is made by `kernel_table`; its rows must hold whole blocks of
the rule.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from sehatmu.linkage.block import candidate_pairs
from sehatmu.linkage.classify import first_veto
from sehatmu.linkage.encode import Array, Column, Encoded
from sehatmu.linkage.score import Plan, frequency_bits, score_pairs


def kernel_table(
    encoded: Encoded, plan: Plan, keys: list[Array], *, record: Array | None = None, leading: Array | None = None
) -> pa.Table:
    """A row per record: `record` (its number), `extract`, `key:<rule>`, `value:<column>`, `bits:<name>`.

    With `leading` (bool; those rows stand first) only pairs with one of these records are made.
    """
    record = np.arange(encoded.size) if record is None else record
    fields: dict[str, pa.Array] = {
        "record": pa.array(record.astype(np.uint32)),
        "extract": pa.array(encoded.extract),
    }
    if leading is not None:
        fields["leading"] = pa.array(leading)
    for rule, key in zip(plan.config.rules, keys, strict=True):
        fields[f"key:{rule.name}"] = pa.array(key)
    for name, column in encoded.columns.items():
        fields[f"value:{name}"] = _to_arrow(column)
    for name, bits in frequency_bits(encoded, plan).items():
        fields[f"bits:{name}"] = pa.array(bits)
    return pa.table(fields)


def score_blocks(table: pa.Table, plan: Plan, rule: int) -> pa.Table:
    """Pairs that `rule` is the first to cover and that reach the review threshold.

    Out: `left`, `right` (row numbers, left smaller), `rule` (u8), `score` (f64), `veto` (u8, 0 = none), and
    one u8 `level:<comparison>` each.
    """
    names = [r.name for r in plan.config.rules[: rule + 1]]
    keys = [table[f"key:{name}"].to_numpy() for name in names]
    record, extract = table["record"].to_numpy(), table["extract"].to_numpy()
    leading = table["leading"].to_numpy() if "leading" in table.column_names else None
    columns = {name: _from_arrow(table[f"value:{name}"]) for name in plan.config.columns}
    bits = {name[5:]: table[name].to_numpy() for name in table.column_names if name.startswith("bits:")}
    found = []
    for a, b in candidate_pairs(keys, rule, extract, leading):
        swapped = record[a] > record[b]
        left, right = np.where(swapped, b, a), np.where(swapped, a, b)
        found.append(score_candidates(columns, plan, left, right, rule=rule, bits=bits))
    pairs = pa.concat_tables(found) if found else pairs_schema(plan).empty_table()
    for side in ("left", "right"):
        rows = record[pairs[side].to_numpy()] if len(pairs) else np.empty(0, np.uint32)
        pairs = pairs.set_column(pairs.column_names.index(side), side, pa.array(rows, pa.uint32()))
    return pairs


def score_candidates(
    columns: dict[str, Column],
    plan: Plan,
    left: Array,
    right: Array,
    *,
    rule: int,
    bits: dict[str, Array] | None = None,
    floor: float | None = None,
) -> pa.Table:
    """Score given pairs of rows; those below the floor (the review threshold) are dropped."""
    floor = plan.possible if floor is None else floor
    kept, score, levels = score_pairs(columns, plan, left, right, floor=floor, bits=bits)
    left, right = left[kept].astype(np.uint32), right[kept].astype(np.uint32)
    arrays = [
        left,
        right,
        np.full(len(kept), rule, np.uint8),
        score,
        first_veto(columns, plan.config, left, right),
    ]
    arrays += [np.ascontiguousarray(levels[:, c]) for c in range(levels.shape[1])]
    return pa.Table.from_arrays([pa.array(a) for a in arrays], schema=pairs_schema(plan))


def pairs_schema(plan: Plan) -> pa.Schema:
    """The columns of `score_blocks`."""
    fields = [("left", pa.uint32()), ("right", pa.uint32()), ("rule", pa.uint8()), ("score", pa.float64())]
    fields += [("veto", pa.uint8()), *((f"level:{c.name}", pa.uint8()) for c in plan.config.comparisons)]
    return pa.schema(fields)


def _to_arrow(column: Column) -> pa.Array:
    if column.vocabulary is None:
        return pa.array(column.values)
    indices = pa.array(column.values.astype(np.int32) - 1, mask=column.values == 0)
    return pa.DictionaryArray.from_arrays(indices, column.vocabulary.to_arrow())


def _from_arrow(values: pa.ChunkedArray) -> Column:
    array = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    if not pa.types.is_dictionary(array.type):
        return Column("number" if pa.types.is_floating(array.type) else "date", array.to_numpy())
    codes = array.indices.fill_null(-1).to_numpy() + 1
    return Column("text", codes.astype(np.uint32), pl.Series("value", pl.from_arrow(array.dictionary)))
