"""A steward's worklist: the review queue with what linkage compared of both records beside each other, as CSV or XLSX.

Filled in (`verdict`, `why`) it is read back by `sehatmu.linkage.decision_files`. It holds personal values: the file is
its owner's only. Labels are best given blind, so the score is in it on request only.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import xlsxwriter

from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.decisions import VERDICTS, live_decisions

_FIRST = ("rank", "index", "left_key", "right_key", "verdict", "why")
_MODEL = ("score", "explanation")
FORMS = (".csv", ".xlsx")
#: Excel has no more rows
_SHEET = 1_048_575


def make_worklist(
    queue: pl.DataFrame,
    records: pl.DataFrame,
    config: LinkageConfig,
    decisions: pl.DataFrame,
    *,
    top: int | None = None,
    with_score: bool = False,
) -> pl.DataFrame:
    """The queue (`review.review_rows`) without what is decided by now, the `top` first of it (all), by rank.

    Columns `rank, index, left_key, right_key, verdict, why`, the last two empty; per compared column that says anything
    `left NAME` and `right NAME`; score and explanation where asked for.
    """
    decided = live_decisions(decisions).select("left_key", "right_key")
    waiting = queue.join(decided, on=["left_key", "right_key"], how="anti").sort("rank").head(top or len(queue))
    compared = list(dict.fromkeys(c for comparison in config.comparisons for c in comparison.columns))
    values = records.select("record_key", *compared)
    for side in ("left", "right"):
        named = values.rename({"record_key": f"{side}_key", **{name: f"{side} {name}" for name in compared}})
        waiting = waiting.join(named, on=f"{side}_key", how="left", maintain_order="left")
    sides = [(f"left {name}", f"right {name}") for name in compared]
    told = [pair for pair in sides if any(waiting[name].count() for name in pair)]
    return waiting.with_columns(verdict=pl.lit(None, pl.String), why=pl.lit(None, pl.String)).select(
        *_FIRST, *(name for pair in told for name in pair), *(_MODEL if with_score else ())
    )


def write_worklist(path: Path, worklist: pl.DataFrame) -> None:
    """Write it as what the name ends in, for its owner only; raises LinkageError for another ending, or where it cannot
    be written."""
    form = path.suffix.lower()
    if form not in FORMS:
        ending = " or ".join(FORMS)
        raise LinkageError("a worklist is CSV or XLSX", evidence=path.name, hint=f"a name that ends in {ending}")
    if form == ".xlsx" and len(worklist) > _SHEET:
        raise LinkageError("a sheet has no room for so many rows", evidence=f"{len(worklist):,}", hint="write CSV")
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if form == ".csv":
            worklist.write_csv(aside, include_bom=True)
        else:
            _write_sheet(aside, worklist)
        aside.replace(path)
    except OSError as error:
        raise LinkageError("the worklist cannot be written", evidence=f"{path.name}: {error.strerror}") from None


def _write_sheet(path: Path, worklist: pl.DataFrame) -> None:
    # A value that begins with "=" is a value: nothing that a register delivers may become a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        worklist.write_excel(book, worksheet="review", freeze_panes=(1, 0), autofit=True)
        column = worklist.columns.index("verdict")
        book.get_worksheet_by_name("review").data_validation(
            1, column, max(1, len(worklist)), column, {"validate": "list", "source": list(VERDICTS)}
        )
