"""What standardising set aside of a person, as flags beside those that intake gave; never a value."""

from __future__ import annotations

import polars as pl


def flag_persons(record: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Intake's flags and `column:reason` of what standardising set aside, sorted."""
    said = {
        "nik:placeholder": record["nik_state"] == "placeholder",
        "nik:pattern": (record["nik_state"] == "shape") & rows["nik"].is_not_null(),
        "nama:placeholder": record["name_is_placeholder"],
        "nama:newborn": record["is_newborn_name"],
        "tanggal_lahir:placeholder": record["birth_date_is_placeholder"],
        "tanggal_lahir:future": record["birth_date_is_future"],
        "jenis_kelamin:unknown": rows["jenis_kelamin"].is_not_null() & record["sex"].is_null(),
        "telepon:unreadable": record["telepon"].is_not_null() & record["phone"].is_null(),
    }
    frame = pl.DataFrame(said).with_columns(flags=rows["flags"])
    some = frame.select(pl.any_horizontal(*said, pl.col("flags").list.len() > 1)).to_series().fill_null(False)
    own = [pl.when(name).then(pl.lit(name)) for name in said]
    joined = pl.col("flags").list.concat(pl.concat_list(own).list.drop_nulls()).list.unique().list.sort()
    told = frame.filter(some).select(joined).to_series()
    at = pl.int_range(len(rows), eager=True).scatter(some.arg_true(), pl.int_range(len(told), eager=True) + len(rows))
    return pl.concat([rows["flags"], told]).gather(at).alias("flags")
