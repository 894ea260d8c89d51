"""One delivery against its contract: files in hand judged together, long ones part by part.

Called by `intake` with the files that could be read. What nothing speaks against is accepted as its part comes by;
the rest is judged with all its reasons in larger heaps, and rows that share a key are read again and judged together,
so that the verdicts are those of a delivery that is judged at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from sehatmu.contracts import Contract, judges_rows_apart
from sehatmu.intake.delivered import ROW, Delivered, Parts, put_together
from sehatmu.intake.faults import BadFileError, FileFault
from sehatmu.intake.frames import QUARANTINE, SOURCE_FILE, accepted_schema
from sehatmu.intake.judge import ROW_KEY, ReadFile, Verdicts, judge_part, judge_rows

# As many rows as are worth a judgement of their own; a table is kept in pieces of so many or more, which is what
# Parquet takes without a copy.
_HEAP, _PIECE = 50_000, 1 << 18
_PART = "__part"


@dataclass(frozen=True, slots=True)
class Judged:
    """Frames as in `frames`, all rows current, and the faults of files that cannot be taken in.

    Those are files that a `reject-file` column turns away, and ones that turned out to be bad at their end.
    """

    accepted: pl.DataFrame
    quarantine: pl.DataFrame
    source_file: pl.DataFrame
    faults: tuple[FileFault, ...] = ()


def judge_delivery(files: Sequence[ReadFile], contract: Contract, *, day: date, contract_hash: str) -> Judged:
    """The verdicts on all rows of the delivery, in order of file name and row number.

    `files` are in order of their names.
    """
    faults: list[FileFault] = []
    in_hand: list[ReadFile] = []
    parts: list[Verdicts] = []
    heaps: list[Verdicts] = []
    landed: dict[str, int] = {}
    for file in files:
        try:
            if file.delivered.parts is None or not judges_rows_apart(contract):
                in_hand.append(replace(file, delivered=file.delivered.whole()))
                landed[file.landed.name] = _height(in_hand[-1].delivered)
            else:
                landed[file.landed.name] = _judge_parts(file, file.delivered.parts, contract, day, parts, heaps)
        except BadFileError as error:
            faults.append(error.of(file.landed.name))
    none = pl.DataFrame(schema=accepted_schema(contract))
    if faults:
        return Judged(none, pl.DataFrame(schema=QUARANTINE), pl.DataFrame(schema=SOURCE_FILE), tuple(faults))
    if not parts:
        verdicts = judge_rows(in_hand, contract, day=day)
        heaps, accepted = [verdicts], verdicts.accepted
    else:
        if in_hand:
            parts.append(judge_rows(in_hand, contract, day=day))
            heaps.append(replace(parts[-1], accepted=none))
        accepted = _settle(files, parts, heaps, contract, day)
        accepted = accepted.sort(ROW_KEY) if in_hand else accepted
    quarantine = pl.concat(heap.quarantine for heap in heaps).sort(ROW_KEY)
    counts = _count(files, landed, accepted, quarantine, contract, day=day, contract_hash=contract_hash)
    return Judged(accepted, quarantine, counts, _rejected(pl.concat(heap.rejecting for heap in heaps)))


def _settle(
    files: Sequence[ReadFile], parts: list[Verdicts], heaps: list[Verdicts], contract: Contract, day: date
) -> pl.DataFrame:
    """The accepted rows of all, in the order of `parts`; what shares a key is judged anew, and stands in `heaps` then.

    `parts` is emptied, so that no piece of it is in memory twice.
    """
    told = pl.concat(part.keys.with_columns(pl.lit(nth, pl.UInt32).alias(_PART)) for nth, part in enumerate(parts))
    shared = told.filter(pl.col("key").is_duplicated())
    if len(shared):
        heaps[:] = [heap.without(shared) for heap in heaps]
        heaps.append(judge_rows(_only(files, shared), contract, day=day))
    others = pl.concat(heap.accepted for heap in heaps)
    pieces = [part.accepted for part in parts]
    parts.clear()
    return _put_in_order(pieces, shared, others.join(told.select(*ROW_KEY, _PART), on=ROW_KEY))


def _height(delivered: Delivered) -> int:
    return len(delivered.rows) + len(delivered.broken)


def _judge_parts(
    file: ReadFile, tell: Parts, contract: Contract, day: date, parts: list[Verdicts], heaps: list[Verdicts]
) -> int:
    """How many rows the file has; what became of them is added to `parts`, or of doubtful ones to `heaps`."""

    def use(part: Delivered) -> tuple[Verdicts, Delivered, int]:
        good, others = judge_part(replace(file, delivered=part), contract, day=day)
        return replace(good, accepted=_share_nulls(good.accepted)), others, _height(part)

    def judge_heap() -> Verdicts:
        heap = replace(file, delivered=put_together(file.delivered, doubtful))
        doubtful.clear()
        return judge_rows([heap], contract, day=day)

    count, doubtful = 0, list[Delivered]()
    for good, others, height in tell(use):
        count += height
        parts.append(good)
        doubtful.append(others)
        if sum(map(_height, doubtful)) >= _HEAP:
            heaps.append(judge_heap())
    heaps.append(judge_heap())
    return count


def _only(files: Sequence[ReadFile], rows: pl.DataFrame) -> list[ReadFile]:
    """The files that have any of the rows (`file_name`, `row_number`), with those alone."""
    told = rows.partition_by("file_name", as_dict=True)
    return [
        replace(file, delivered=file.delivered.only(told[(file.landed.name,)][ROW]))
        for file in files
        if (file.landed.name,) in told
    ]


def _put_in_order(pieces: list[pl.DataFrame], gone: pl.DataFrame, come: pl.DataFrame) -> pl.DataFrame:
    """Pieces of a table under each other, without the rows that are `gone`, and with those that `come` put in by their
    row numbers; both tell the number of the piece. The list is emptied, so that no piece is in memory twice."""
    less, more = (rows.partition_by(_PART, as_dict=True, include_key=False) for rows in (gone, come))
    told: list[pl.DataFrame] = []
    held: list[pl.DataFrame] = []
    for nth in range(len(pieces)):
        rows, pieces[nth] = pieces[nth], pieces[nth].clear()
        if (nth,) in less:
            rows = rows.join(less[(nth,)], on=ROW_KEY, how="anti", maintain_order="left")
        if (nth,) in more:
            rows = pl.concat([rows, more[(nth,)]], rechunk=True).sort(ROW)
        held.append(rows)
        if sum(map(len, held)) >= _PIECE or nth + 1 == len(pieces):
            told.append(_share_nulls(pl.concat(held, rechunk=len(held) > 1)))
            held.clear()
    return pl.concat(told)


def _share_nulls(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows; text columns without a value are one column under many names, which stands in memory once."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    return rows.with_columns(nothing.alias(name) for name in texts if rows[name].null_count() == len(rows))


def _count(
    files: Sequence[ReadFile],
    rows: Mapping[str, int],
    accepted: pl.DataFrame,
    quarantine: pl.DataFrame,
    contract: Contract,
    *,
    day: date,
    contract_hash: str,
) -> pl.DataFrame:
    """One row per file; the rows landed are counted apart from what became of them."""
    landed = pl.DataFrame(
        {
            "file_name": [file.landed.name for file in files],
            "content_hash": [file.landed.content_hash for file in files],
            "row_count": [rows[file.landed.name] for file in files],
            "ignored_columns": [list(file.match.ignored) for file in files],
            "absent_columns": [list(file.match.absent) for file in files],
            "warnings": [list(file.delivered.warnings) for file in files],
        },
        schema={
            name: SOURCE_FILE[name]
            for name in ("file_name", "content_hash", "row_count", "ignored_columns", "absent_columns", "warnings")
        },
    )
    return (
        landed.join(accepted.group_by("file_name").agg(pl.len().alias("accepted_count")), on="file_name", how="left")
        .join(quarantine.group_by("file_name").agg(pl.len().alias("quarantined_count")), on="file_name", how="left")
        .with_columns(
            pl.col("accepted_count", "quarantined_count").fill_null(0).cast(pl.Int64),
            pl.lit(contract.source).alias("source"),
            pl.lit(contract.extract).alias("extract"),
            pl.lit(day).alias("delivery_date"),
            pl.lit(contract_hash).alias("contract_hash"),
            pl.lit(True).alias("is_current"),
        )
        .select(list(SOURCE_FILE))
        .sort("file_name")
    )


def _rejected(rejecting: pl.DataFrame) -> tuple[FileFault, ...]:
    """A fault for each file and rule of a column whose action is `reject-file`; never with a value."""
    told = (
        rejecting.group_by("file_name", "reason")
        .agg(pl.len().alias("count"), pl.col(ROW).min())
        .sort("file_name", "reason")
    )
    return tuple(
        FileFault(name, f"{count} rows fail {reason}, for which the contract rejects the file", "mend the rows", row)
        for name, reason, count, row in told.rows()
    )
