"""What contracts of nested resources say beyond those of tables: several paths, rules by type, moments and bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sehatmu.contracts import Column, Contract, ContractError, Rule, judge, load_contracts

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: uji_hasil
version: 1.0.0
status: active
domain: clinical
schema:
  - name: hasil
    description: Results.
    customProperties:
      - {property: businessKey, value: [kode]}
    properties:
      - name: kode
        logicalType: string
        description: Code.
        classification: public
        examples: [a]
      - name: saat
        logicalType: timestamp
        description: When.
        classification: public
        examples: ["2026-03-01T00:00:00+00:00"]
"""


def loaded(folder: Path, more: str) -> Contract:
    path = folder / "sources" / "uji_hasil.odcs.yaml"
    path.parent.mkdir()
    (folder / "codebooks").mkdir()
    path.write_text(HEAD.lstrip() + more)
    return load_contracts(folder).source("uji", "hasil")


def custom(implementation: str) -> str:
    told = "id: a-rule, description: A rule., type: custom, engine: sehatmu"
    return f"        quality:\n          - {{{told}, implementation: {{{implementation}}}}}\n"


def test_a_column_may_have_several_places(tmp_path: Path) -> None:
    more = "        customProperties:\n          - {property: path, value: [a.b, 'c[0].d']}\n"
    assert loaded(tmp_path, more).column("saat").paths == ("a.b", "c[0].d")


def test_a_moment_has_bounds(tmp_path: Path) -> None:
    made = loaded(tmp_path, '        logicalTypeOptions: {minimum: "2014-06-03T00:00:00Z"}\n')
    assert made.column("saat").minimum == datetime(2014, 6, 3, tzinfo=UTC)
    times = [datetime(2014, 6, 3, tzinfo=UTC), datetime(2014, 6, 2, 23, 59, 59, tzinfo=UTC)]
    frame = pl.DataFrame({"kode": ["a", "b"], "saat": pl.Series(times, dtype=pl.Datetime("us", "UTC"))})
    assert judge(made, frame).rows() == [(1, "saat", "range")]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ('        logicalTypeOptions: {minimum: "2014-06-03"}\n', "logicalTypeOptions.minimum"),
        (custom("notAfterDelivery: false"), "quality[0].implementation.notAfterDelivery"),
        (custom("requiredWhen: {column: kode}"), "quality[0].implementation.requiredWhen"),
        (custom("requiredWhen: {column: kod, is: [a]}"), "quality[0].implementation.requiredWhen.column"),
        (custom("validWhen: {column: kode, is: [a], values: [b]}"), "quality[0].implementation.validWhen.values"),
        (custom("patternWhen: {column: kode, is: [a], pattern: b}"), "quality[0].implementation.patternWhen.pattern"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, more: str, place: str) -> None:
    with pytest.raises(ContractError) as caught:
        loaded(tmp_path, more)
    assert [m.path for m in caught.value.mistakes] == [f"schema[0].properties[1].{place}"]


def column(name: str, kind: str = "string", *rules: Rule) -> Column:
    return Column(name=name, type=kind, description="", classification="public", rules=rules)  # type: ignore[arg-type]


def broken(rule: Rule, kind: str = "string", **values: list[Any]) -> list[int]:
    judged = Contract(
        id="uji_hasil",
        version="1.0.0",
        kind="source",
        domain="clinical",
        description="",
        columns=(column("jenis"), column("nilai", kind, rule)),
    )
    types = {"nilai": pl.Datetime("us", "UTC") if kind == "timestamp" else pl.String()}
    return judge(judged, pl.DataFrame(values, schema_overrides=types))["row"].to_list()


def test_a_rule_asks_the_rows_of_a_type_only() -> None:
    kinds = ["a", "a", "b", None]
    needed = Rule("r", "requiredWhen", "", column="nilai", columns=("jenis",), when=("a", "c"))
    assert broken(needed, jenis=kinds, nilai=["x", None, None, None]) == [1]
    valid = Rule("r", "validWhen", "", column="nilai", columns=("jenis",), when=("a",), values=("x",))
    assert broken(valid, jenis=kinds, nilai=["x", "y", "y", "y"]) == [1]
    assert broken(valid, jenis=kinds, nilai=[None] * 4) == []
    shaped = Rule("r", "patternWhen", "", column="nilai", columns=("jenis",), when=("a",), pattern="^x")
    assert broken(shaped, jenis=kinds, nilai=["x1", "y1", "y", None]) == [1]


def test_the_future_begins_when_the_day_of_the_delivery_ends_in_jakarta() -> None:
    rule = Rule("r", "notAfterDelivery", "", column="nilai", columns=("delivery_date",))
    times = [datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC), datetime(2026, 3, 1, 17, tzinfo=UTC), None]
    assert broken(rule, "timestamp", jenis=["a"] * 3, nilai=times, delivery_date=[date(2026, 3, 1)] * 3) == [1]
