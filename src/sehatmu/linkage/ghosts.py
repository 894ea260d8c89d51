"""Ghosts: records of last night whose key vanished, and the new records of tonight that they may have become.

A register that gives a thing another key would end one identity and begin another. Here such pairs are found with the
engine; `sehatmu.identity` decides what follows. Only a record's best match counts, and only where no other is about as
good, on either side.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.decisions import SAME, binding_pairs, empty_decisions
from sehatmu.linkage.engine import link
from sehatmu.linkage.guard import NOT_SAME, REFUSALS
from sehatmu.linkage.score import Model, make_plan

GHOSTS = pl.Schema({"ghost_key": pl.String(), "new_key": pl.String()})


def match_ghosts(
    before: pl.DataFrame | pl.LazyFrame | None,
    records: pl.DataFrame | pl.LazyFrame,
    clusters: pl.DataFrame,
    config: LinkageConfig,
    *,
    decisions: pl.DataFrame | None = None,
    model: Model | None = None,
    threads: int = 1,
) -> pl.DataFrame:
    """Last night's records (`before`) that came back under another key: `ghost_key, new_key`, sorted, each once.

    `records` and `clusters` (record_key, cluster_key) are tonight's: two new records of one cluster are one match.
    `decisions` as in `decisions.DECISIONS`; `model` is that of tonight's run.
    A vanished record is compared without the values that its key is made of, or the new key would speak against it;
    extracts that come once in a cluster are let pass, since a key changes within its extract. Vetoes and decisions
    hold. Nothing where `before` is not kept, or was standardised into other columns. Both may be lazy: hardly a row of
    them is looked at.
    """
    read = ["record_key", "source", "extract", *config.columns]
    columns = records.lazy().collect_schema().names()
    kept = ["record_key", *(name for name in read[1:] if name in columns)]
    if before is None or not set(kept) <= set(before.lazy().collect_schema().names()):
        return GHOSTS.to_frame()
    gone = _only_here(before.lazy(), records.lazy(), kept)
    new = gone.clear() if gone.is_empty() else _only_here(records.lazy(), before.lazy(), kept)
    if gone.is_empty() or new.is_empty():
        return GHOSTS.to_frame()
    together = pl.concat([_without_key(gone), new.cast(gone.schema)])
    bound = binding_pairs(empty_decisions() if decisions is None else decisions, together["record_key"])
    rules = _within_extracts(config)
    linked = link(together, rules, decisions=bound, model=model, threads=threads)
    matches = _matches(linked.pairs, bound, make_plan(rules, model).match)
    return _certain(matches, gone, new.join(clusters, on="record_key"), within=config.ambiguous_within)


def _matches(pairs: pl.DataFrame, bound: pl.DataFrame, match: float) -> pl.DataFrame:
    """Pairs that score as a match and that no veto forbids; joined or not, they are rivals. A decision beats all."""
    same = bound.filter(pl.col("verdict") == SAME).select("left_key", "right_key", decided=pl.lit(value=True))
    refusals = [reason for reason in REFUSALS if reason and reason != REFUSALS[NOT_SAME]]
    free = (pl.col("score") >= match) & (pl.col("veto").is_null() | pl.col("veto").is_in(refusals))
    known = pairs.join(same, on=["left_key", "right_key"], how="left").filter(free | pl.col("decided"))
    return known.with_columns(score=pl.when(pl.col("decided")).then(pl.lit(float("inf"))).otherwise("score"))


def _only_here(here: pl.LazyFrame, there: pl.LazyFrame, columns: list[str]) -> pl.DataFrame:
    """Records (subjects only) whose key the other frame has not; of these few alone the `columns` are put together."""
    is_subject = ["is_subject"] if "is_subject" in here.collect_schema().names() else []
    told = here.select("record_key", *is_subject).collect()
    alone = ~told["record_key"].is_in(there.select("record_key").collect()["record_key"].implode())
    rows = (alone & told["is_subject"] if is_subject else alone).arg_true()
    if rows.is_empty():
        return pl.DataFrame(schema=here.select(columns).collect_schema())
    return here.select(columns).select(pl.all().gather(pl.lit(rows))).collect()


def _without_key(gone: pl.DataFrame) -> pl.DataFrame:
    """Records without the values that are a part of their own key."""
    parts = pl.col("record_key").str.split("|").list.eval(_bare(pl.element()))
    names = [name for name, dtype in gone.schema.items() if dtype == pl.String and name != "record_key"]
    return gone.with_columns(
        pl.when(~parts.list.contains(_bare(pl.col(name))).fill_null(value=False)).then(name).alias(name)
        for name in names
    )


def _bare(text: pl.Expr) -> pl.Expr:
    """A code without what a register may write or leave out: case, punctuation, leading zeros."""
    bare = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").str.strip_chars_start("0")
    return pl.when(bare != "").then(bare)


def _within_extracts(config: LinkageConfig) -> LinkageConfig:
    """The same rules, where records of one extract may be one; there are up to twice as many of them to a block."""
    rules = tuple(replace(rule, budget=4 * rule.budget) for rule in config.rules)
    return replace(config, rules=rules, one_per_extract=(), rival_vetoes=())


def _certain(pairs: pl.DataFrame, gone: pl.DataFrame, new: pl.DataFrame, *, within: float) -> pl.DataFrame:
    """Pairs of a ghost and a new record that are each other's best by more than `within` bits."""
    matches = pairs.select("left_key", "right_key", "score")
    turned = matches.select(left_key="right_key", right_key="left_key", score="score")
    both = pl.concat([matches, turned]).rename({"left_key": "ghost_key", "right_key": "new_key"})
    both = both.join(gone.select(ghost_key="record_key"), on="ghost_key", how="semi")
    both = both.join(new.select("cluster_key", new_key="record_key"), on="new_key")
    best = both.sort("score", "new_key", descending=[True, False]).unique(
        ["ghost_key", "cluster_key"], keep="first", maintain_order=True
    )
    near = {side: pl.col("score") >= pl.col("score").max().over(side) - within for side in ("ghost_key", "cluster_key")}
    alone = [is_near & (is_near.sum().over(side) == 1) for side, is_near in near.items()]
    return best.filter(*alone).select(GHOSTS.names()).sort("ghost_key")
