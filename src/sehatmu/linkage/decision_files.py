"""Files of decisions: `decisions/*.csv` of a home, and what a steward fills in, CSV or XLSX.

Columns `index, left_key, right_key, verdict, who, when, why`, in any order and spelling of case. What is wrong is told
all at once, by file, row and column, never by value. A file is written once and never changed: a decision is undone by
a later row with the verdict `withdrawn`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path

import polars as pl

from sehatmu.intake.delivered import ROW, Delivered, cell
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.read_csv import read_csv
from sehatmu.intake.read_xlsx import read_xlsx
from sehatmu.intake.text import examine
from sehatmu.linkage.config import LinkageError
from sehatmu.linkage.decisions import DECISIONS, VERDICTS, empty_decisions

COLUMNS = ("index", "left_key", "right_key", "verdict", "who", "when", "why")
_NEEDED = COLUMNS[:-1]
_SHOWN = 20
_ZIP = b"PK\x03\x04"


class DecisionError(LinkageError):
    """Files of decisions that cannot be read: every mistake with its file, row and column."""

    def __init__(self, mistakes: list[str]) -> None:
        more = [f"and {len(mistakes) - _SHOWN} more"] if len(mistakes) > _SHOWN else []
        lines = "".join(f"\n  {line}" for line in (*mistakes[:_SHOWN], *more))
        super().__init__(
            f"decisions cannot be read{lines}",
            hint=f"columns {', '.join(COLUMNS)}; verdict {', '.join(VERDICTS)}; when like 2026-11-23T14:05:00+07:00",
        )


def read_decisions(paths: Iterable[Path], indexes: Collection[str] | None = None) -> pl.DataFrame:
    """The decisions of all these files (`decisions.DECISIONS`), each row as it stands; of known `indexes` only.

    Raises DecisionError with every mistake of every file.
    """
    frames, mistakes = [empty_decisions()], list[str]()
    for path in sorted(paths):
        frame, wrong = _read_file(path, {})
        wrong += _judge(frame, path.name, indexes)
        mistakes += wrong
        if not wrong:
            frames.append(_typed(frame, path.name))
    if mistakes:
        raise DecisionError(mistakes)
    return pl.concat(frames)


def home_decisions(folder: Path, indexes: Collection[str] | None = None) -> pl.DataFrame:
    """All decisions of a home, from its folder `decisions`."""
    return read_decisions(folder.glob("*.csv"), indexes)


def read_filled(path: Path, indexes: Collection[str], *, who: str, when: datetime) -> pl.DataFrame:
    """The rows of a filled-in review queue that have a verdict, decided by `who` at `when`.

    Its own columns `who` and `when`, where filled, win. Raises DecisionError.
    """
    frame, mistakes = _read_file(path, {"who": who, "when": when.isoformat()})
    if not mistakes:
        frame = frame.filter(pl.col("verdict").is_not_null())
        mistakes = _judge(frame, path.name, indexes)
    if mistakes:
        raise DecisionError(mistakes)
    return _typed(frame, path.name)


def one_decision(
    index: str, pair: tuple[str, str], verdict: str, *, who: str, when: datetime, why: str
) -> pl.DataFrame:
    """A single decision as a frame; raises DecisionError."""
    text = {
        "index": index, "left_key": pair[0], "right_key": pair[1], "verdict": verdict, "who": who,
        "when": when.isoformat(), "why": why or None,
    }  # fmt: skip
    frame = pl.DataFrame([{ROW: 1, **text}], schema={ROW: pl.UInt32, **dict.fromkeys(COLUMNS, pl.String)})
    mistakes = _judge(frame, "this decision", None)
    if mistakes:
        raise DecisionError(mistakes)
    return _typed(frame, "this decision")


def decisions_text(decisions: pl.DataFrame) -> str:
    """The decisions as the text of a file."""
    told = decisions.select(
        *("index", "left_key", "right_key", "verdict", "who"),
        pl.col("decided_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").alias("when"),
        "why",
    )
    text = StringIO()
    told.write_csv(text)
    return text.getvalue()


def _read_file(path: Path, given: Mapping[str, str]) -> tuple[pl.DataFrame, list[str]]:
    """`row_number` and the columns as text, blanks as null; and what is wrong with the file as a whole."""
    empty = pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(COLUMNS, pl.String)})
    try:
        delivered = _delivered(path)
    except BadFileError as error:
        place = f", row {error.row}" if error.row is not None else ""
        return empty, [f"{path.name}{place}: {error.fact}"]
    headers = [header.strip().lower() for header in delivered.headers]
    absent = [name for name in _NEEDED if name not in headers and name not in given]
    mistakes = [f"{path.name}: no column {name}" for name in absent]
    mistakes += [f"{path.name}: column {name} stands twice" for name in COLUMNS if headers.count(name) > 1]
    mistakes += [f"{path.name}, row {row}: {why}" for row, why in delivered.broken.select(ROW, "reason").iter_rows()]
    if mistakes:
        return empty, mistakes
    text = {name: pl.col(cell(headers.index(name))) if name in headers else pl.lit(None, pl.String) for name in COLUMNS}
    frame = delivered.rows.select(ROW, **{name: _filled(column, given.get(name)) for name, column in text.items()})
    return frame, []


def _delivered(path: Path) -> Delivered:
    def score(headers: Iterable[str]) -> int:
        return len({header.strip().lower() for header in headers} & set(COLUMNS))

    with path.open("rb") as handle:
        is_workbook = handle.read(4) == _ZIP
    return read_xlsx(path, score=score) if is_workbook else read_csv(path, examine(path), score=score)


def _filled(column: pl.Expr, given: str | None) -> pl.Expr:
    text = column.str.strip_chars()
    return pl.when(text != "").then(text).otherwise(pl.lit(given, pl.String))


def _judge(frame: pl.DataFrame, name: str, indexes: Collection[str] | None) -> list[str]:
    """What is wrong with each row, sorted by row."""
    found = [
        frame.filter(pl.col(column).is_null()).select(ROW, place=pl.lit(column), what=pl.lit("is empty"))
        for column in _NEEDED
    ]
    rules = {
        "verdict": (~pl.col("verdict").is_in(list(VERDICTS)), f"is none of {', '.join(VERDICTS)}"),
        "when": (pl.col("when").is_not_null() & _instant().is_null(), "is no date or time"),
        "right_key": (pl.col("left_key") == pl.col("right_key"), "is the same record as left_key"),
    }
    if indexes is not None:
        known = sorted(indexes)
        rules["index"] = (~pl.col("index").is_in(known), f"is none of {', '.join(known)}")
    found += [
        frame.filter(rule.fill_null(value=False)).select(ROW, place=pl.lit(column), what=pl.lit(what))
        for column, (rule, what) in rules.items()
    ]
    told = pl.concat(found).sort(ROW, "place")
    return [f"{name}, row {row}, column {place}: {what}" for row, place, what in told.iter_rows()]


def _instant() -> pl.Expr:
    """`when` in UTC; without an offset it is UTC, without a time the beginning of the day."""
    text = pl.col("when").str.replace(" ", "T", literal=True).str.replace(r"[Zz]$", "+00:00")
    text = pl.when(text.str.len_chars() == 10).then(text + "T00:00:00").otherwise(text)
    text = text.str.replace(r"^(.{10}T\d\d:\d\d)($|[+-])", "${1}:00${2}")
    text = pl.when(text.str.contains(r"[+-]\d\d:?\d\d$")).then(text).otherwise(text + "+00:00")
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False)


def _typed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.select(
        "index",
        pl.min_horizontal("left_key", "right_key").alias("left_key"),
        pl.max_horizontal("left_key", "right_key").alias("right_key"),
        *("verdict", "who"),
        _instant().alias("decided_at"),
        "why",
        pl.lit(name).alias("file_name"),
        pl.col(ROW).alias("row_number"),
    ).cast(DECISIONS)
