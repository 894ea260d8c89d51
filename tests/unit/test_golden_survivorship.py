"""Golden records of a few facilities: each rule by itself, origins, dates, and what is refused."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sehatmu.contracts.mistakes import Node
from sehatmu.errors import SehatmuError
from sehatmu.golden.config import Group, Survivorship, parse_survivorship
from sehatmu.golden.survivorship import ORIGINS, Golden, build_golden

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
MASTERS = pl.DataFrame({"master_id": ["1", "2"], "id_origin": ["official", "minted"]})


def survive(rules: list[str], **more: object) -> Survivorship:
    group = {"columns": ["alamat", "kota"], "rules": rules, "priority": ["sirs/rs", "sisdmk/fas"], **more}
    mistakes: list[object] = []
    parsed = parse_survivorship(Node({"groups": {"address": group}}, "f", "survivorship", mistakes))  # type: ignore[arg-type]
    assert not mistakes
    return parsed


def record(key: str, alamat: str | None, kota: str | None, day: int = 1) -> dict[str, object]:
    source, extract, source_key = key.split("|")
    return {
        "record_key": key,
        "source": source,
        "extract": extract,
        "source_key": source_key,
        "delivery_date": date(2026, 11, day),
        "alamat": alamat,
        "kota": kota,
    }


def build(records: list[dict[str, object]], survivorship: Survivorship, **options: object) -> Golden:
    frame = pl.DataFrame(records, schema_overrides={"alamat": pl.String, "kota": pl.String})
    links = frame.select("record_key", master_id=pl.lit("1"))
    options = {"index": "msi", "build_date": TODAY, **options}
    return build_golden(frame, links, MASTERS, survivorship, **options)  # type: ignore[arg-type]


SIRS, SISDMK, BPJS = "sirs|rs|1", "sisdmk|fas|1", "bpjs|fk|1"


@pytest.mark.parametrize(
    ("rules", "records", "chosen", "rule"),
    [
        (["priority"], [record(SISDMK, "b", "b"), record(SIRS, "a", None)], SIRS, "priority:sirs/rs"),
        (["priority"], [record(BPJS, "b", "b"), record(SISDMK, "a", None)], SISDMK, "priority:sisdmk/fas"),
        (
            ["completeness", "priority"],
            [record(SISDMK, "b", "b"), record(SIRS, "a", None)],
            SISDMK,
            "completeness:sisdmk/fas",
        ),
        (
            ["recency", "priority"],
            [record(SISDMK, "b", "b", 2), record(SIRS, "a", "a", 1)],
            SISDMK,
            "recency:sisdmk/fas",
        ),
        (["recency", "priority"], [record(SISDMK, "b", "b", 2), record(SIRS, "a", "a", 2)], SIRS, "priority:sirs/rs"),
        (
            ["agreement"],
            [record(SIRS, "a", "a"), record(SISDMK, "b", None), record(BPJS, "b", None)],
            BPJS,
            "record_key:bpjs/fk",
        ),
        (
            ["agreement", "priority"],
            [record(SIRS, "a", "a"), record(SISDMK, "b", None), record(BPJS, "b", None)],
            SISDMK,
            "priority:sisdmk/fas",
        ),
        (["agreement"], [record(SIRS, "a", "a"), record(BPJS, None, None)], SIRS, "only:sirs/rs"),
        (["priority"], [record("sirs|rs|2", "b", "b"), record(SIRS, "a", None)], SIRS, "record_key:sirs/rs"),
    ],
)  # fmt: skip
def test_rules(rules: list[str], records: list[dict[str, object]], chosen: str, rule: str) -> None:
    for rows in (records, records[::-1]):
        result = build(rows, survive(rules))
        best = next(row for row in rows if row["record_key"] == chosen)
        assert result.golden.select("alamat", "kota").row(0) == (best["alamat"], best["kota"])
        assert result.origins.select("record_key", "rule").rows() == [(chosen, rule)]


def test_an_address_is_never_stitched() -> None:
    result = build([record(SIRS, "Jl. A", None), record(SISDMK, None, "Bandung")], survive(["priority"]))
    assert result.golden.select("alamat", "kota").row(0) == ("Jl. A", None)


def test_required_columns_and_allowed_sources_make_candidates() -> None:
    records = [record(SIRS, None, "a"), record(SISDMK, "b", None)]
    assert build(records, survive(["priority"], required=["alamat"])).golden["alamat"][0] == "b"
    only = build(records, survive(["priority"], only=["sirs/rs"]))
    assert only.golden.select("alamat", "kota").row(0) == (None, "a")
    nobody = build(records, survive(["priority"], only=["bpjs/fk"]))
    assert nobody.golden.select("master_id", "alamat", "kota").rows() == [("1", None, None)]
    assert nobody.origins.is_empty()


def test_origins_are_one_row_for_all_groups_that_a_rule_took_from_a_record() -> None:
    places = ("sirs/rs", "sisdmk/fas")
    groups = tuple(Group(name, (name,), ("priority",), places, (), ()) for name in ("kota", "alamat"))
    both = [record(SISDMK, "b", "b"), record(SIRS, "a", "a")]
    assert build(both, Survivorship(groups, None)).origins.rows() == [
        ("msi", "1", SIRS, "priority:sirs/rs", "alamat, kota")
    ]
    split = [record(SISDMK, "b", "b"), record(SIRS, "a", None)]
    assert build(split, Survivorship(groups, None)).origins.rows() == [
        ("msi", "1", SIRS, "priority:sirs/rs", "alamat"),
        ("msi", "1", SISDMK, "only:sisdmk/fas", "kota"),
    ]


def test_a_master_without_any_value_is_still_published() -> None:
    result = build([record(SIRS, None, None)], survive(["priority"]))
    assert result.golden.select("master_id", "id_origin", "source_count").rows() == [("1", "official", 1)]


def test_records_without_a_master_have_no_say() -> None:
    frame = pl.DataFrame([record(SIRS, "a", "a"), record(SISDMK, "b", "b")])
    links = pl.DataFrame({"record_key": [SIRS, SISDMK], "master_id": [None, "2"]})
    result = build_golden(frame, links, MASTERS, survive(["priority"]), index="msi", build_date=TODAY)
    assert result.golden.select("master_id", "alamat", "id_origin").rows() == [("2", "b", "minted")]


def test_a_row_keeps_the_date_since_when_it_is_so() -> None:
    survivorship = survive(["priority"])
    first = build([record(SIRS, "a", None)], survivorship).golden
    assert first["build_date"].to_list() == [TODAY]
    later = build([record(SIRS, "a", None, 9)], survivorship, build_date=TOMORROW, previous=first).golden
    assert later.equals(first)
    moved = build([record(SIRS, "b", None)], survivorship, build_date=TOMORROW, previous=first).golden
    assert moved["build_date"].to_list() == [TOMORROW]
    # A column that the parent did not publish changes a row only where it has a value.
    narrow = first.drop("kota")
    assert build([record(SIRS, "a", None)], survivorship, build_date=TOMORROW, previous=narrow).golden.equals(first)
    wide = build([record(SIRS, "a", "c")], survivorship, build_date=TOMORROW, previous=narrow).golden
    assert wide["build_date"].to_list() == [TOMORROW]


def test_one_source_with_two_records_counts_once() -> None:
    result = build(
        [record(SIRS, "a", "a"), record("sirs|rs|2", "a", "a"), record(BPJS, "a", "a")], survive(["priority"])
    )
    assert result.golden["source_count"].to_list() == [2]


def test_columns_are_put_in_the_order_of_the_contract_and_must_exist() -> None:
    records, survivorship = [record(SIRS, "a", "a")], survive(["priority"])
    ordered = build(records, survivorship, columns=["kota", "master_id"]).golden
    assert ordered.columns == ["kota", "master_id"]
    with pytest.raises(SehatmuError, match="telp"):
        build(records, survivorship, columns=["master_id", "telp"])
    with pytest.raises(SehatmuError, match="kota"):
        build_golden(pl.DataFrame(records).drop("kota"), MASTERS, MASTERS, survivorship, index="msi", build_date=TODAY)


def test_no_records_no_rows() -> None:
    frame = pl.DataFrame([record(SIRS, "a", "a")]).clear()
    links = frame.select("record_key", master_id="record_key")
    result = build_golden(frame, links, MASTERS, survive(["priority", "agreement"]), index="msi", build_date=TODAY)
    assert result.golden.is_empty()
    assert result.origins.is_empty()
    assert result.origins.schema == ORIGINS
    assert {"master_id", "alamat", "build_date"} <= set(result.golden.columns)


def test_a_column_whose_type_changed_since_the_parent_is_compared_as_it_is_now() -> None:
    survivorship = survive(["priority"])
    first = build([record(SIRS, "7", None)], survivorship).golden
    as_number = first.with_columns(alamat=pl.col("alamat").cast(pl.Int64))
    later = build([record(SIRS, "7", None)], survivorship, build_date=TOMORROW, previous=as_number).golden
    assert later.equals(first)
