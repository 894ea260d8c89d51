"""Levels of identity, whatever records say: parts are whole, an equal night tells nothing, order decides nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.identity.config import load_identity
from sehatmu.identity.identify import identify
from sehatmu.identity.state import empty_state

CONFIG = load_identity(Path(__file__).parents[2] / "data_contracts/linkage/product.yaml")
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
Row = tuple[int, str | None, str | None, list[str], bool]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),  # cluster
        st.sampled_from(["para 500", "para 650", None]),  # template
        st.sampled_from(["dus 10", "dus 30", None]),  # pack
        st.lists(st.sampled_from(["PARA", "KAFE"]), max_size=2),
        st.booleans(),  # a registration, or an item
    ),
    min_size=1,
    max_size=8,
)


def frames(rows: list[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    keys = [f"bpom|obat|{number}" for number in range(len(rows))]
    records = pl.DataFrame(
        {
            "record_key": keys,
            "source": "bpom",
            "extract": "obat",
            "source_key": [key[10:] for key in keys],
            "official_id": pl.Series([None] * len(rows), dtype=pl.String),
            "series": "product",
            "delivery_date": FIRST,
            "is_subject": [row[4] for row in rows],
            "template_key": pl.Series([row[1] for row in rows], dtype=pl.String),
            "pack_key": pl.Series([row[2] for row in rows], dtype=pl.String),
            "device_template_key": pl.Series([None] * len(rows), dtype=pl.String),
            "substance_keys": pl.Series([row[3] for row in rows], dtype=pl.List(pl.String)),
        }
    )
    return records, pl.DataFrame({"record_key": keys, "cluster_key": [str(row[0]) for row in rows]})


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_levels_hold_whatever_records_say(rows: list[Row]) -> None:
    records, clusters = frames(rows)
    told = identify(clusters, records, empty_state("kfa"), CONFIG, build_date=FIRST)
    assert told.broken.is_empty()
    assert told.links["record_key"].to_list() == sorted(records["record_key"])
    # On every level, equal keys are one id and other keys another.
    templates = told.levels.filter((pl.col("level") == "template") & pl.col("master_id").is_not_null())
    keyed = templates.join(records, on="record_key")
    assert keyed.select("master_id", "template_key").unique().height == keyed["master_id"].n_unique()
    # A record whose cluster holds no registration has no product, and nothing below it.
    alone = {row[0] for row in rows} - {row[0] for row in rows if row[4]}
    for number, row in enumerate(rows):
        master = told.links.filter(pl.col("source_key") == str(number))["master_id"].item()
        assert (master is None) == (row[0] in alone)
    mixed = records.sample(fraction=1.0, shuffle=True, seed=len(rows))
    assert identify(clusters, mixed, empty_state("kfa"), CONFIG, build_date=FIRST).levels.equals(told.levels)
    again = identify(clusters, records, told.assigned.state, CONFIG, build_date=SECOND)
    assert again.assigned.events.is_empty()
    assert again.links.equals(told.links)
