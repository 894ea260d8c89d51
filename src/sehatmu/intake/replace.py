"""What later deliveries leave standing of earlier ones.

Called by `intake` over the rows of all deliveries in play. A full delivery replaces what its deliverer sent
before, a delta what has the same business key; a row that deletes stands for nothing itself.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.contracts import Contract
from sehatmu.intake.judge_delivery import Judged
from sehatmu.intake.keys import replace_keys

_KEY = "__replace"


def mark_current(judged: Judged, contract: Contract, *, settled: pl.Series | None = None) -> Judged:
    """The frames with `is_current` set; a file is current while any of its rows is.

    `settled` (bool per accepted row): rows that are marked already, as they stand among themselves. In a delta only
    what shares a key with another row, or with one in quarantine, is looked at then.

    In a full extract a quarantined row, too, shows that its deliverer sent anew; in a delta it changes nothing.
    A quarantined row that does not tell its deliverer is current as long as its file is. Rows of files that are
    not current are left out; such files stay in `source_file`.
    """
    if contract.mode == "full" and not contract.scope:
        return judged
    accepted, quarantine, source_file = judged.accepted, judged.quarantine, judged.source_file
    if contract.mode == "delta" and settled is not None:
        keys = accepted["source_key"]
        open_keys = pl.concat([keys.filter(~settled), quarantine["replace_key"].rename(keys.name)])
        near = (~settled | keys.is_in(open_keys.implode())).fill_null(False).arg_true()
        some = mark_current(Judged(accepted[near], quarantine, source_file), contract)
        marks = accepted["is_current"].scatter(near, some.accepted["is_current"])
        return Judged(accepted.with_columns(marks), some.quarantine, source_file)
    accepted = accepted.with_columns(replace_keys(accepted, accepted["source_key"], contract).alias(_KEY))
    if contract.mode == "full":
        source_file = _tell_repeats(_keyed(accepted, quarantine), source_file)
        repeats = source_file.filter(~pl.col("is_current"))["file_name"].implode()
        accepted, quarantine = (f.filter(~pl.col("file_name").is_in(repeats)) for f in (accepted, quarantine))
    counted = _keyed(accepted, quarantine if contract.mode == "full" else quarantine.clear())
    latest = counted.group_by(_KEY).agg(pl.col("delivery_date").max().alias("latest"))
    accepted = _mark(accepted, latest, _KEY).drop(_KEY)
    quarantine = _mark(quarantine, latest, "replace_key")
    if contract.delete_flag is not None:
        deletes = pl.col(contract.delete_flag).fill_null(False)
        accepted = accepted.with_columns(pl.col("is_current") & ~deletes)
    if contract.mode == "delta":
        return Judged(accepted, quarantine, source_file)
    told = pl.concat(
        [
            accepted.select("file_name", "is_current"),
            quarantine.filter(pl.col("replace_key").is_not_null()).select("file_name", "is_current"),
        ]
    )
    gone = told.group_by("file_name").agg(pl.col("is_current").any()).filter(~pl.col("is_current"))["file_name"]
    stays = pl.col("is_current") & ~pl.col("file_name").is_in(gone.implode())
    source_file = source_file.with_columns(stays.alias("is_current"))
    left = ~pl.col("file_name").is_in(gone.implode())
    return Judged(accepted.filter(left), quarantine.filter(left), source_file)


def _keyed(accepted: pl.DataFrame, quarantine: pl.DataFrame) -> pl.DataFrame:
    columns = ["file_name", "delivery_date", _KEY]
    both = [accepted.select(columns), quarantine.rename({"replace_key": _KEY}).select(columns)]
    return pl.concat(both).drop_nulls(_KEY).unique()


def _mark(rows: pl.DataFrame, latest: pl.DataFrame, key: str) -> pl.DataFrame:
    joined = rows.join(latest, left_on=key, right_on=_KEY, how="left", maintain_order="left")
    stands = (pl.col("delivery_date") >= pl.col("latest")).fill_null(True)
    return joined.with_columns(stands.alias("is_current")).drop("latest")


def _tell_repeats(keyed: pl.DataFrame, source_file: pl.DataFrame) -> pl.DataFrame:
    """A file that brings again what its deliverers' current delivery holds is nothing new, and not current.

    It is so where an earlier file has the same content, and neither in between nor beside it another file has a
    row of the same deliverers.
    """
    repeated = source_file.filter("is_current").filter(pl.col("content_hash").is_duplicated())
    last: dict[str, tuple[str, date]] = {}
    said: dict[str, str] = {}
    for name, content, delivered in repeated.select("file_name", "content_hash", "delivery_date").rows():
        if content in last and last[content][1] != delivered:
            first, since = last[content]
            deliverers = keyed.filter(pl.col("file_name") == first)[_KEY].implode()
            others = keyed.filter(
                pl.col("delivery_date").is_between(since, delivered)
                & ~pl.col("file_name").is_in([first, name, *said])
                & pl.col(_KEY).is_in(deliverers)
            )
            if not len(others):
                said[name] = f"the same content as {first}, which is current: nothing new"
                continue
        last[content] = (name, delivered)
    note = pl.col("file_name").replace_strict(said, default=None, return_dtype=pl.String)
    return source_file.with_columns(
        (pl.col("is_current") & note.is_null()).alias("is_current"),
        pl.when(note.is_not_null()).then(pl.col("warnings").list.concat(pl.concat_list(note))).otherwise("warnings"),
    )
