"""Counting before scoring: how many pairs each block rule makes, and a stop where that would not finish.

The engine asks on every run, `sehatmu link --dry-run` prints it. Raw counts come from block sizes alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import Blocks, candidate_pairs, make_blocks
from sehatmu.linkage.config import BlockRule, LinkageConfig, LinkageError
from sehatmu.linkage.encode import Encoded

COUNT_SCHEMA: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "records": pl.Int64(),
    "blocks": pl.Int64(),
    "pairs": pl.Int64(),
    "over_cap_blocks": pl.Int64(),
    "over_cap_pairs": pl.Int64(),
    "largest": pl.List(pl.Struct({"key": pl.String(), "records": pl.Int64()})),
    "marginal": pl.Int64(),
    "cumulative": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one rule makes: records with a key, blocks of two or more, their pairs, and what is over the cap.

    `marginal` are pairs that no earlier rule covers, `cumulative` adds them up; None where not asked for.
    """

    rule: str
    records: int
    blocks: int
    pairs: int
    over_cap_blocks: int
    over_cap_pairs: int
    largest: list[dict[str, str | int]]
    marginal: int | None = None
    cumulative: int | None = None


def count_pairs(encoded: Encoded, config: LinkageConfig) -> pl.DataFrame:
    """Pairs per rule (columns of COUNT_SCHEMA), each pair counted once in `marginal`; nothing is scored.

    The pairs of a rule above its budget are not gone through: its `marginal` is null, and `cumulative` from there on.
    """
    return count_blocks(encoded, config, [make_blocks(encoded, rule) for rule in config.rules])


def count_blocks(encoded: Encoded, config: LinkageConfig, made: list[Blocks]) -> pl.DataFrame:
    """The same for blocks that are made already, one per rule."""
    keys = [blocks.key for blocks in made]
    counts = [count_rule(encoded, r, k, show_keys=config.show_keys) for r, k in zip(config.rules, made, strict=True)]
    marginal = [
        None if over_budget(count, rule) else sum(len(a) for a, _ in candidate_pairs(keys, r, encoded.extract))
        for r, (rule, count) in enumerate(zip(config.rules, counts, strict=True))
    ]
    known = pl.col("marginal").is_null().cum_sum() == 0
    return (
        count_frame(counts)
        .with_columns(pl.Series("marginal", marginal, pl.Int64))
        .with_columns(pl.when(known).then(pl.col("marginal").cum_sum()).alias("cumulative"))
    )


def count_frame(counts: list[RuleCount]) -> pl.DataFrame:
    """Counts as a frame, one row per rule."""
    return pl.DataFrame([asdict(count) for count in counts], schema=COUNT_SCHEMA)


def count_rule(encoded: Encoded, rule: BlockRule, blocks: Blocks, *, show_keys: bool) -> RuleCount:
    """The counts of one rule from its block sizes; keys are shown in clear only where the file allows it."""
    sizes = blocks.sizes
    pairs, over = sizes * (sizes - 1) // 2, sizes > rule.cap
    first = blocks.rows[blocks.bounds[:-1]]
    largest = np.lexsort((blocks.key[first], -sizes))[:3]
    return RuleCount(
        rule=rule.name,
        records=int((blocks.key != 0).sum()),
        blocks=len(sizes),
        pairs=int(pairs.sum()),
        over_cap_blocks=int(over.sum()),
        over_cap_pairs=int(pairs[over].sum()),
        largest=[{"key": key_text(encoded, rule, int(first[b]), show_keys), "records": int(sizes[b])} for b in largest],
    )


def over_budget(count: RuleCount, rule: BlockRule) -> bool:
    """Whether a rule makes more pairs per record that has its key than its budget allows."""
    return count.pairs > rule.budget * max(1, count.records)


def check_budget(count: RuleCount, rule: BlockRule) -> None:
    """Raises LinkageError where a rule makes more pairs per record than its budget."""
    if over_budget(count, rule):
        average = count.pairs / max(1, count.records)
        worst = ", ".join(f"{block['key']} ({block['records']} records)" for block in count.largest)
        raise LinkageError(
            f"block rule {rule.name} makes {average:.0f} pairs per record, its budget is {rule.budget:g}",
            evidence=f"largest blocks: {worst}",
            hint="add a further key to `split`, add the worst values to `missing`, or raise `budget`",
        )


def key_text(encoded: Encoded, rule: BlockRule, row: int, show: bool) -> str:
    """The key of a record as a person reads it: its values, or where they are not to be shown, their lengths."""
    named = []
    for part in rule.key:
        column = encoded.columns[part.column]
        value = column.values[row]
        text = f"{value:08x}" if column.kind == "date" else str(value)
        text = text if column.vocabulary is None else str(column.vocabulary[int(value) - 1])
        named.append(f"{part}={text}" if show else f"{part}: {len(text)} characters")
    return " | ".join(named)
