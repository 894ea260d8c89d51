"""The whole night publishes the dictionary of drugs and devices (that an equal night changes nothing: `test_night`)."""

from collections.abc import Callable

import polars as pl
import pytest

Ask = Callable[[str], pl.DataFrame]
LEVELS = {"substance": "91", "template": "92", "product": "93", "pack": "94", "device_template": "32", "device": "33"}


@pytest.mark.parametrize("table", LEVELS)
def test_every_level_is_published_under_its_own_numbers(query: Ask, table: str) -> None:
    rows = query(f"SELECT master_id, kfa_code, name, id_origin FROM kfa.{table}")
    assert rows.height > 20
    assert set(rows["kfa_code"].str.head(2)) == {LEVELS[table]}
    assert rows["name"].null_count() < rows.height


def test_every_accepted_row_points_to_its_finest_level(query: Ask) -> None:
    links = query(
        "SELECT source, left(master_id, 2) AS level, count(*) AS n FROM xref.record_link "
        "WHERE index = 'kfa' GROUP BY ALL"
    )
    told = {(source, level): n for source, level, n in links.rows()}
    assert told["bpom", "94"] > 200
    assert {level for source, level in told if source == "bpom"} <= {"93", "94"}
    assert {level for source, level in told if source == "regalkes"} == {"33"}
    assert {level for source, level in told if source == "referensi"} == {"91", "92"}
    assert told["lkpp", None] > 0  # never guessed
    accepted = query(
        "SELECT sum(accepted_count) FROM meta.source_file WHERE source IN ('bpom', 'regalkes', 'lkpp') "
        "OR (source, extract) IN (('referensi', 'zat_aktif'), ('referensi', 'harga_jkn'))"
    ).item()
    assert links["n"].sum() == accepted


def test_every_template_has_its_unbranded_variant(query: Ask) -> None:
    rows = query(
        "SELECT t.master_id, count(*) AS n, any_value(p.nie) AS nie, any_value(p.manufacturer) AS maker "
        "FROM kfa.template AS t JOIN kfa.product AS p ON p.template_id = t.master_id "
        "WHERE p.name LIKE '%(Umum)' GROUP BY ALL"
    )
    assert rows.height == query("SELECT count(*) FROM kfa.template").item()
    assert rows["n"].to_list() == [1] * rows.height
    assert rows["nie"].null_count() == rows["maker"].null_count() == rows.height


def test_official_numbers_are_kept_on_the_level_that_they_are_of(query: Ask) -> None:
    for table in ("template", "product", "pack", "device"):
        origins = dict(query(f"SELECT id_origin, count(*) FROM kfa.{table} GROUP BY ALL").rows())
        assert origins["official"] > 0, table
    # An official number of a template comes with the prices of the JKN, which lead to it.
    assert query("SELECT count(*) FROM kfa.price_jkn WHERE template_id IS NULL").item() == 0


def test_the_atc_is_a_whole_tree_above_every_drug(query: Ask) -> None:
    levels = dict(query("SELECT level, count(*) FROM kfa.atc GROUP BY ALL").rows())
    assert set(levels) == {"1", "2", "3", "4", "5"}
    accepted = "SELECT sum(accepted_count) FROM meta.source_file WHERE (source, extract) = ('referensi', 'atc')"
    assert sum(levels.values()) == query(accepted).item()
    lost = "FROM kfa.atc AS c ANTI JOIN kfa.atc AS p ON p.code = c.parent_code WHERE c.level > '1'"
    assert query(lost).is_empty()
    assert query("FROM kfa.atc WHERE (level = '1') <> (parent_code = '')").is_empty()
    assert query("FROM kfa.product AS p SEMI JOIN kfa.atc AS c ON c.code = p.atc_code").height > 20
    assert query("FROM kfa.product AS p ANTI JOIN kfa.atc AS c ON c.code = p.atc_code WHERE atc_code > ''").is_empty()


def test_prices_are_per_smallest_unit_and_placeholders_are_none(query: Ask) -> None:
    prices = query("SELECT * FROM kfa.price")
    by_unit = prices.filter(pl.col("unit_price").is_not_null())
    assert by_unit.height > prices.height * 0.9
    assert (by_unit["unit_price"] * by_unit["qty"] - by_unit["pack_price"]).abs().max() < 1  # type: ignore[operator]
    assert prices["pack_price"].min() > 1  # type: ignore[operator]
    flags = query("SELECT finding FROM kfa.finding WHERE source = 'lkpp'")["finding"]
    assert "harga:range" in set(flags) or query("SELECT count(*) FROM kfa.price").item() == prices.height


def test_values_have_their_origin_and_every_view_answers(query: Ask) -> None:
    origin = query(
        "SELECT column_name, source FROM history.provenance WHERE index = 'kfa' AND column_name IN "
        "('nie', 'nama_dagang', 'fix_price', 'strength', 'cas', 'med_dev_kelas_risiko', 'qty', 'name')"
    )
    told = {(c, s) for c, s in origin.rows()}
    assert {("nie", "bpom"), ("nie", "regalkes"), ("fix_price", "lkpp"), ("qty", "bpom")} <= told
    assert ("nie", "lkpp") not in told
    for view in ("product_by_substance", "expiring", "price_spread", "unmatched_by_reason", "tkdn_share"):
        assert query(f"SELECT * FROM kfa.{view}").height > 0, view


def test_products_by_substance_count_what_is_there(query: Ask) -> None:
    counted = query(
        "SELECT sum(product_count), sum(active_count), sum(generic_count) FROM kfa.product_by_substance"
    ).row(0)
    real = query(
        "SELECT count(*), count(*) FILTER (active), count(*) FILTER (generik) FROM kfa.product "
        "WHERE nie IS NOT NULL AND template_id IS NOT NULL"
    ).row(0)
    assert counted == real


def test_generics_of_a_template_are_of_that_template_and_have_no_brand(query: Ask) -> None:
    rows = query(
        "SELECT a.*, p.template_id AS other, p.nama_dagang FROM kfa.generic_alternative AS a "
        "JOIN kfa.product AS p ON p.master_id = a.generic_id"
    )
    assert rows.height > 0
    assert (rows["template_id"] == rows["other"]).all()
    assert rows["nama_dagang"].null_count() == rows.height


def test_numbers_that_expire_within_a_year_are_told_soonest_first(query: Ask) -> None:
    days = query("SELECT days_left FROM kfa.expiring")["days_left"]
    assert days.is_sorted()
    assert 0 <= days.min() <= days.max() <= 366  # type: ignore[operator]
