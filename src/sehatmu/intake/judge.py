"""Rows against their contract: accepted, or quarantined with every reason.

Called by `judge_delivery` with files, or parts of files, whose rows are in hand. What is judged together is seen
together, so that a key that stands in two files is found. Frames in, frames out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from sehatmu.contracts import DELIVERED, Contract, holds, judge
from sehatmu.intake.cast import cast_texts, clean_texts
from sehatmu.intake.delivered import ROW, Delivered, cell
from sehatmu.intake.deliveries import LandedFile
from sehatmu.intake.frames import QUARANTINE, accepted_schema
from sehatmu.intake.headers import Match, text_of
from sehatmu.intake.keys import business_keys, find_copies, find_doubled, hash_keys, replace_keys, row_keys

# Names that no contract column can have, since those begin with a letter.
_FILE, _BAD, _REASONS = "__file", "__bad", "__reasons"
#: What tells a row of a delivery from all others.
ROW_KEY = ["file_name", ROW]
_WHOLE = "row"  # what a rule of the whole row blames
_NONE_REJECTING = pl.DataFrame(schema={"file_name": pl.String, ROW: pl.UInt32, "reason": pl.String})


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A landed file with its cells and the columns that they belong to."""

    landed: LandedFile
    delivered: Delivered
    match: Match


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of rows: `accepted` and `quarantine` as in `frames`, all current.

    `keys`: `file_name`, `row_number`, and `key` (u64) of every row; equal where rows may be copies or share a key.
    `rejecting`: `file_name`, `row_number` and `reason` of rows that turn their file away.
    """

    accepted: pl.DataFrame
    quarantine: pl.DataFrame
    keys: pl.DataFrame
    rejecting: pl.DataFrame

    def without(self, rows: pl.DataFrame) -> Verdicts:
        """The same but for `rows` (`file_name`, `row_number`); `keys` stay."""
        frames = (self.accepted, self.quarantine, self.rejecting)
        accepted, quarantine, rejecting = (f.join(rows, on=ROW_KEY, how="anti", maintain_order="left") for f in frames)
        return Verdicts(accepted, quarantine, self.keys, rejecting)


def judge_rows(files: Sequence[ReadFile], contract: Contract, *, day: date) -> Verdicts:
    """Cast, find copies and doubled keys, apply the contract's rules and actions; every row ends in one frame.

    `files` are in order of their names, and so are the rows that come back.
    """
    texts = pl.concat(
        clean_texts(file.delivered, file.match, contract).with_columns(pl.lit(i, pl.UInt32).alias(_FILE))
        for i, file in enumerate(files)
    )
    typed, cast_failures = cast_texts(texts, contract)
    keys = business_keys(typed, contract)
    original = find_copies(texts.drop(_FILE, ROW), keys)
    if keys is None:
        keys = row_keys(typed, texts, original, contract)
    failures = _find_failures(_dated(typed, day), cast_failures, original, keys, contract)
    is_flag = pl.col("action") == "null-and-flag"
    nulled = failures.filter(is_flag).partition_by("column", as_dict=True)
    typed = typed.with_columns(typed[str(name)].scatter(rows["row"].unique(), None) for (name,), rows in nulled.items())
    is_bad = pl.repeat(False, len(typed), eager=True).scatter(failures.filter(~is_flag)["row"].unique(), True)
    flags = _list_per_row(failures.filter(is_flag), len(typed))
    rows = _with_bookkeeping(typed, texts.select(ROW, *_landed(files, texts[_FILE])), keys, flags, contract, day)
    rejecting = (
        rows.select("file_name", ROW)
        .with_row_index("row")
        .join(failures.filter(pl.col("action") == "reject-file"), on="row")
    )
    failing = rows.with_columns(
        texts[_FILE],
        replace_keys(typed, keys, contract),
        _list_per_row(failures, len(typed)).alias(_REASONS),
        is_bad.alias(_BAD),
    )
    return Verdicts(
        rows.filter(~is_bad),
        _quarantine(failing.filter(_BAD), files, contract, day=day),
        rows.select("file_name", ROW, hash_keys(keys, texts.drop(_FILE, ROW), contract)),
        rejecting.select("file_name", ROW, "reason"),
    )


def judge_part(file: ReadFile, contract: Contract, *, day: date) -> tuple[Verdicts, Delivered]:
    """The rows of a part of a file that nothing speaks against, and the others, to be judged with all their reasons.

    Only for contracts of which `judges_rows_apart`; rows that share a key with another one are for the caller to find.
    """
    texts = clean_texts(file.delivered, file.match, contract)
    typed, cast_failures = cast_texts(texts, contract)
    keys = business_keys(typed, contract)
    if keys is None:
        every = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
        keys = row_keys(typed, texts, every, contract)
    is_good = _dated(typed, day).select(holds(contract)).to_series().scatter(cast_failures["row"].unique(), False)
    landed = texts.select(
        ROW, pl.lit(file.landed.name).alias("file_name"), pl.lit(file.landed.content_hash).alias("file_hash")
    )
    flags = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, int(is_good.sum()))
    accepted = _with_bookkeeping(
        typed.filter(is_good), landed.filter(is_good), keys.filter(is_good), flags, contract, day
    )
    told = landed.select("file_name", ROW, hash_keys(keys, texts.drop(ROW), contract))
    others = file.delivered.rows.filter(~is_good)
    whole = _whole(file.delivered, others[ROW])
    doubtful = replace(file.delivered, rows=others, lines=partial(_among, whole))
    return Verdicts(accepted, pl.DataFrame(schema=QUARANTINE), told, _NONE_REJECTING), doubtful


def _dated(typed: pl.DataFrame, day: date) -> pl.DataFrame:
    return typed.with_columns(pl.lit(day).alias(DELIVERED))


def _with_bookkeeping(
    typed: pl.DataFrame, landed: pl.DataFrame, keys: pl.Series, flags: pl.Series, contract: Contract, day: date
) -> pl.DataFrame:
    """The rows with what intake adds; `landed` are their `row_number`, `file_name` and `file_hash`."""
    return (
        typed.with_columns(
            *landed.get_columns(),
            keys.alias("source_key"),
            flags.alias("flags"),
            pl.lit(contract.source).alias("source"),
            pl.lit(contract.extract).alias("extract"),
            pl.lit(day).alias("delivery_date"),
            pl.lit(True).alias("is_current"),
        )
        .with_columns(pl.concat_str("source", "extract", "source_key", separator="|").alias("record_key"))
        .select(list(accepted_schema(contract)))
    )


def _among(lines: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return lines.filter(pl.col(ROW).is_in(numbers.implode()))


def _find_failures(
    typed: pl.DataFrame, cast_failures: pl.DataFrame, original: pl.Series, keys: pl.Series, contract: Contract
) -> pl.DataFrame:
    """`row` (u32 from 0), `column`, `rule`, `action`, `reason` of every broken rule, in the contract's order.

    Rules are judged without exact copies, so that a copy does not make a value look doubled; a copy then has the
    reasons of its original and its own. A value that could not be cast is not also told as missing, and a row
    that deletes needs no more than its key.
    """
    places = pl.int_range(len(typed), dtype=pl.UInt32, eager=True)
    firsts = places.filter(original == places)
    broken = judge(contract, typed if len(firsts) == len(typed) else typed[firsts])
    broken = broken.with_columns(firsts.gather(broken["row"]).alias("row"))
    uncast = cast_failures.with_columns(pl.lit("required").alias("rule"))
    found = [cast_failures, broken.join(uncast, on=["row", "column", "rule"], how="anti", maintain_order="left")]
    if contract.delete_flag is not None:
        deletes = places.filter(typed[contract.delete_flag].fill_null(False))
        needed = [*contract.business_key, contract.delete_flag]
        spared = pl.col("row").is_in(deletes.implode()) & ~pl.col("column").is_in(needed)
        found = [frame.filter(~spared) for frame in found]
    if contract.business_key:
        found.append(_blame_row(find_doubled(keys, firsts), "duplicate-key"))
    own = pl.concat(found)
    copies = pl.DataFrame({"copy": places, "row": original}).filter(original != places)
    inherited = copies.join(own, on="row").select(pl.col("copy").alias("row"), "column", "rule")
    failures = pl.concat([own, inherited, _blame_row(copies["copy"], "duplicate-row")])
    order = {name: i for i, name in enumerate([*(c.name for c in contract.columns), _WHOLE])}
    actions = {c.name: c.action for c in contract.columns} | {_WHOLE: "quarantine"}
    return (
        failures.with_row_index("nth")
        .sort("row", pl.col("column").replace_strict(order, return_dtype=pl.UInt32), "nth")
        .select(
            "row",
            "column",
            "rule",
            pl.col("column").replace_strict(actions, return_dtype=pl.String).alias("action"),
            pl.concat_str("column", "rule", separator=":").alias("reason"),
        )
        .unique(["row", "reason"], keep="first", maintain_order=True)
    )


def _blame_row(rows: pl.Series, rule: str) -> pl.DataFrame:
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).with_columns(
        pl.lit(_WHOLE).alias("column"), pl.lit(rule).alias("rule")
    )


def _list_per_row(failures: pl.DataFrame, count: int) -> pl.Series:
    """The reasons of each of `count` rows, in the order of `failures`; an empty list where there is none."""
    listed = failures.group_by("row", maintain_order=True).agg("reason")
    every = pl.DataFrame({"row": pl.int_range(count, dtype=pl.UInt32, eager=True)})
    joined = every.join(listed, on="row", how="left", maintain_order="left")
    return joined["reason"].cast(pl.List(pl.String)).fill_null([])


def _landed(files: Sequence[ReadFile], numbers: pl.Series) -> list[pl.Series]:
    """`file_name` and `file_hash` of each row, from the number of its file."""
    told = {
        "file_name": [file.landed.name for file in files],
        "file_hash": [file.landed.content_hash for file in files],
    }
    return [pl.Series(name, texts, dtype=pl.String).gather(numbers) for name, texts in told.items()]


def _quarantine(bad: pl.DataFrame, files: Sequence[ReadFile], contract: Contract, *, day: date) -> pl.DataFrame:
    """The failing rows as they were delivered, and those that could not be split into columns."""
    by_file = bad.rename({_REASONS: "reasons"}).partition_by(_FILE, as_dict=True)
    found = [pl.DataFrame(schema=QUARANTINE)]
    for i, file in enumerate(files):
        if (i,) in by_file:
            rows = by_file[(i,)].join(
                _whole(file.delivered, by_file[(i,)][ROW]), on=ROW, how="left", maintain_order="left"
            )
            if isinstance(rows.schema["row_values"], pl.Struct):
                rows = rows.with_columns(pl.col("row_values").struct.json_encode())
            found.append(rows.select(list(QUARANTINE)))
        broken = file.delivered.broken.with_columns(
            pl.concat_list("reason").alias("reasons"),
            pl.lit(contract.source).alias("source"),
            pl.lit(contract.extract).alias("extract"),
            pl.lit(file.landed.name).alias("file_name"),
            pl.lit(file.landed.content_hash).alias("file_hash"),
            pl.lit(day).alias("delivery_date"),
            pl.lit(None, pl.String).alias("replace_key"),
            pl.lit(True).alias("is_current"),
        )
        found.append(broken.select(list(QUARANTINE)))
    return pl.concat(found).sort("file_name", ROW)


def _whole(delivered: Delivered, numbers: pl.Series) -> pl.DataFrame:
    """`row_number, row_values` of at least these rows as they came, the cells of each as a struct or its line."""
    if delivered.lines is not None:
        return delivered.lines(numbers)
    cells = pl.struct(pl.col(cell(n)).alias(h) for n, h in enumerate(text_of(delivered.headers)))
    return delivered.rows.select(ROW, cells.alias("row_values"))
