"""The second part of a run: which pairs must be scored, and their scores, by mapping the kernel over threads.

All pairs with a touched record, of all blocks that it is in; without a former run these are all candidate pairs.
Everything else that a pair needs was true last time as well and is carried by `sehatmu.linkage.incremental`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from sehatmu.linkage.block import Blocks, blocks_of, candidate_pairs, final_keys, number_blocks
from sehatmu.linkage.change import rows_with
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.encode import Array, Encoded
from sehatmu.linkage.kernel import kernel_columns, kernel_table, score_blocks, score_candidates, table_for_rule
from sehatmu.linkage.roster import Encode, Stock, parts_by_name
from sehatmu.linkage.score import Plan, frequency_bits

PAIRS_PER_SLICE = 1 << 18


@dataclass(frozen=True, slots=True)
class _Bench:
    """The records that take part, touched ones first (`leading`): their `rows`, blocks per rule, `bits` as from
    `score.frequency_bits`; a `table` for the kernel where these are all records."""

    rows: Array
    encoded: Encoded
    blocks: list[Blocks]
    leading: Array
    bits: dict[str, Array]
    table: pa.Table | None = None


def score_touched(
    stock: Stock,
    plan: Plan,
    record_keys: pl.Series,
    encode: Encode,
    asked: tuple[Array, Array],
    *,
    threads: int,
    expect: Callable[[Array], None],
) -> pl.DataFrame:
    """Scored pairs with a touched record (columns of `kernel.pairs_schema`, sorted by left, right), each once.

    `asked`: rows (left smaller) of further pairs, which are scored whether a rule covers them or not; their rule
    is the number after the last one. `expect` hears of which records (rising) columns will be asked, if not of all.
    """
    stars = _stars(stock)
    bench = _make_bench(stock, plan, record_keys, encode, np.concatenate([*asked, stars[0], stars[1]]), expect)
    place = np.full(stock.roster.size, -1, np.int64)
    place[bench.rows] = np.arange(len(bench.rows))
    known = place[stars[0]], place[stars[1]], stars[2]
    unruled = place[asked[0]], place[asked[1]], np.full(len(asked[0]), len(plan.config.rules))
    tables = [*_run(bench.table, bench.blocks, plan, threads)] if bench.table else [*_run_few(bench, plan, threads)]
    tables += [_score(bench, plan, known, plan.possible), _score(bench, plan, unruled, -np.inf)]
    scored = pl.DataFrame(pl.from_arrow(pa.concat_tables(tables)))
    scored = scored.sort("left", "right", "rule")
    left, right = scored["left"].to_numpy(), scored["right"].to_numpy()
    again = (left[1:] == left[:-1]) & (right[1:] == right[:-1])  # asked for, or a star, and in a block as well
    return scored.filter(np.append(True, ~again)) if again.any() else scored


def _stars(stock: Stock) -> tuple[Array, Array, Array]:
    """Pairs of a copy with the first of its equals where one of the two is touched, and the first rule with a key."""
    roster, touched = stock.roster, stock.touched
    copies = np.flatnonzero(roster.copy)
    wanted = np.unique(roster.link_hash[copies])
    firsts = rows_with(roster.link_hash, wanted)
    firsts = firsts[(roster.extract[firsts] == 0) & ~roster.copy[firsts]]
    firsts = firsts[np.argsort(roster.link_hash[firsts])]
    first = firsts[np.searchsorted(wanted, roster.link_hash[copies])] if len(copies) else copies
    rule = np.full(len(copies), len(roster.base))
    for number in reversed(range(len(roster.base))):
        rule[roster.base[number][first] != 0] = number
    asked = (touched[copies] | touched[first]) & (rule < len(roster.base))
    return first[asked], copies[asked], rule[asked]


def _make_bench(
    stock: Stock,
    plan: Plan,
    record_keys: pl.Series,
    encode: Encode,
    further: Array,
    expect: Callable[[Array], None],
) -> _Bench:
    roster, config = stock.roster, plan.config
    if stock.blocks is not None:
        rows, blocks = np.arange(roster.size), stock.blocks
        encoded = Encoded(record_keys, encode(kernel_columns(config), None), roster.extract)
        leading = np.ones(roster.size, bool)
        table = kernel_table(encoded, plan, [made.key for made in blocks])
        bits = {name[5:]: table[name].to_numpy() for name in table.column_names if name.startswith("bits:")}
        return _Bench(rows, encoded, blocks, leading, bits, table)
    beside = _neighbours(stock, config)
    beside[further] = True
    beside[stock.touched] = False
    rows = np.concatenate([np.flatnonzero(stock.touched), np.flatnonzero(beside)])
    parts = parts_by_name(config, roster.parts, rows)
    blocks = [
        number_blocks(blocks_of(final_keys(rule, roster.base[r][rows], parts, roster.level[r][rows])))
        for r, rule in enumerate(config.rules)
    ]
    leading = stock.touched[rows]
    expect(np.flatnonzero(beside | stock.touched))
    encoded = Encoded(record_keys.gather(rows), encode(kernel_columns(config), rows), roster.extract[rows])
    return _Bench(rows, encoded, blocks, leading, frequency_bits(encoded, plan))


def _neighbours(stock: Stock, config: LinkageConfig) -> Array:
    """Which records share a block with a touched one."""
    roster, touched = stock.roster, stock.touched
    beside = np.zeros(roster.size, bool)
    others = np.flatnonzero(touched & ~stock.change.changed)  # what shares a base key with the changed ones is known
    for number, rule in enumerate(config.rules):
        base = roster.base[number]
        wanted, is_near = np.unique(base[others]), np.zeros(roster.size, bool)
        is_near[stock.near[number]] = is_near[base.rows_with(wanted[wanted != 0])] = True
        rows = np.flatnonzero(is_near)
        keys = final_keys(rule, base[rows], parts_by_name(config, roster.parts, rows, rule), roster.level[number][rows])
        beside[rows[rows_with(keys, np.unique(keys[touched[rows]]))]] = True
    return beside


def _run(table: pa.Table, blocks: list[Blocks], plan: Plan, threads: int) -> Iterator[pa.Table]:
    """Map the kernel over slices of whole blocks, rule after rule."""
    tables = [table_for_rule(table, plan, rule) for rule in range(len(blocks))]
    slices = ((rows, rule) for rule, made in enumerate(blocks) for rows in _slices(made))
    yield from _map(lambda rows, rule: score_blocks(tables[rule].take(pa.array(rows)), plan, rule), slices, threads)


def _run_few(bench: _Bench, plan: Plan, threads: int) -> Iterator[pa.Table]:
    """The same for few records: what costs then is the number of calls, so that all rules share them."""
    keys, found = [made.key for made in bench.blocks], []
    for rule in range(len(keys)):
        chunks = candidate_pairs(keys, rule, bench.encoded.extract, bench.leading, many_to_one=plan.config.many_to_one)
        found += [(left, right, np.full(len(left), rule)) for left, right in chunks]
    if not found:
        return
    left, right, rules = (np.concatenate(side) for side in zip(*found, strict=True))
    parts = (
        (left[at:][:PAIRS_PER_SLICE], right[at:][:PAIRS_PER_SLICE], rules[at:][:PAIRS_PER_SLICE])
        for at in range(0, len(left), PAIRS_PER_SLICE)
    )
    yield from _map(lambda *pairs: _score(bench, plan, pairs, plan.possible), parts, threads)


def _map(work: Callable[..., pa.Table], tasks: Iterable[tuple[Any, ...]], threads: int) -> Iterator[pa.Table]:
    if threads == 1:
        yield from (work(*task) for task in tasks)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from pool.map(lambda task: work(*task), tasks)


def _slices(blocks: Blocks) -> Iterator[Array]:
    """Rows of whole blocks with about PAIRS_PER_SLICE pairs together."""
    sizes = blocks.sizes
    part = np.cumsum(sizes * (sizes - 1) // 2) // PAIRS_PER_SLICE
    cuts = np.flatnonzero(np.diff(part)) + 1
    for start, stop in zip([0, *cuts], [*cuts, len(sizes)], strict=True):
        if stop > start:
            yield blocks.rows[blocks.bounds[start] : blocks.bounds[stop]]


def _score(bench: _Bench, plan: Plan, pairs: tuple[Array, Array, Array], floor: float) -> pa.Table:
    """Scores of pairs (places on the bench, and the rule of each), as rows of all records, the smaller one left."""
    a, b, rules = pairs
    swapped = bench.rows[a] > bench.rows[b]
    left, right = np.where(swapped, b, a), np.where(swapped, a, b)
    scored = score_candidates(bench.encoded.columns, plan, left, right, rule=rules, bits=bench.bits, floor=floor)
    for side in ("left", "right"):
        rows = bench.rows[scored[side].to_numpy()].astype(np.uint32)
        scored = scored.set_column(scored.column_names.index(side), side, pa.array(rows, pa.uint32()))
    return scored
