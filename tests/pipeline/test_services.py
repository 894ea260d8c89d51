"""Services and prices after a night on a small sample: asked as an analyst of a ministry or a province would."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sehatmu.home import Home
from sehatmu.sample import ServiceNoise, write_sample, write_services
from tests.pipeline.conftest import FIRST, SECOND, published_tables, run

Ask = Callable[[str], pl.DataFrame]
# Of a list of prices as small as this, several have each kind of fault.
NOISE = ServiceNoise(
    negative=0.02, unreadable=0.02, zero=0.02, thousands_lost=0.02, outlier=0.02, unknown_payer=0.02, overlap=0.02,
    gap=0.02, expired=0.02, not_summing=0.02, code_retired=0.05, code_not_allowed=0.05,
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first night on facilities, services and prices."""
    home = tmp_path_factory.mktemp("services") / "home"
    place, made = Home(home).create(), home / "sample"
    write_sample(made, facilities=80, day=FIRST)
    write_services(made, items=400, codes=120, hospitals=6, clinics=3, facilities=80, day=FIRST, noise=NOISE)
    for source in sorted(path for path in made.iterdir() if path.name != "truth"):
        shutil.copytree(source, place.landing / source.name, dirs_exist_ok=True)
    done, told = run(home, FIRST)
    assert done, told
    return home


@pytest.fixture(scope="module")
def ask(home: Path) -> Ask:
    def asked(sql: str) -> pl.DataFrame:
        with duckdb.connect(str((home / "published/sehatmu.duckdb").resolve()), read_only=True) as con:
            return con.sql(sql).pl()

    return asked


def test_a_service_is_its_national_code(ask: Ask) -> None:
    services = ask("SELECT * FROM layanan.service")
    assert services.height > 120  # the retired ones are there as well
    assert (services["master_id"] == services["kode_kptl"]).all()
    assert set(services["id_origin"]) == {"official"}
    assert set(services["status"]) == {"active", "retired"}


def test_items_are_mapped_as_the_truth_says(home: Path, ask: Ask) -> None:
    truth = pl.read_csv(home / "sample/truth/service.csv", infer_schema=False)
    local = ask("SELECT record_key, kode_kptl AS found, state, method FROM layanan.local_service")
    both = truth.join(local, on="record_key", validate="1:1")
    assert both.height == truth.height == local.height
    assert set(local["state"]) == {"given", "matched", "possible", "unmapped"} & set(local["state"])
    judged = both.filter(pl.col("state") == "matched")
    assert judged.height > 50
    right = (judged["found"] == judged["kode_kptl"]).fill_null(False).sum()
    assert right / judged.height > 0.97
    wrong_codes = both.filter(pl.col("fault").is_in(["code-retired", "code-not-allowed", "code-shape"]))
    assert wrong_codes.height
    assert "given" not in wrong_codes["state"]


def test_wrong_codes_are_findings(ask: Ask) -> None:
    found = set(ask("SELECT DISTINCT finding FROM layanan.finding")["finding"])
    assert {"kptl:retired", "kptl:modifier-not-allowed"} <= found


def test_every_rupiah_is_told_for(ask: Ask) -> None:
    rows = ask("SELECT * FROM pembiayaan.reconciliation WHERE extract = 'tarif'")
    state = {row["state"]: row for row in rows.rows(named=True)}
    for column in ("row_count", "amount"):
        parts = [state[name][column] for name in ("loaded", "flagged", "quarantined")]
        assert all(parts)
        assert state["delivered"][column] == sum(parts)
    reasons = set(ask("SELECT DISTINCT unnest(reasons) AS r FROM quarantine.row WHERE extract = 'tarif'")["r"])
    assert {"tarif:not-negative", "tarif:pattern"} <= reasons


def test_what_is_odd_about_prices_is_what_was_made_wrong(home: Path, ask: Ask) -> None:
    truth = pl.read_csv(home / "sample/truth/tariff_fault.csv", infer_schema=False)
    words = {
        "zero": "amount:zero", "thousands-lost": "amount:thousands-lost", "unknown-payer": "payer:unknown",
        "overlap": "period:overlap", "gap": "period:gap", "expired": "basis:expired",
        "not-summing": "components:do-not-sum",
    }  # fmt: skip
    keys = ["sumber_kode", "kode_faskes", "kode_lokal", "valid_from"]
    found = ask(
        f"SELECT {', '.join(keys[:3])}, valid_from::VARCHAR AS valid_from, finding "
        "FROM pembiayaan.finding JOIN pembiayaan.tariff USING (record_key)"
    )
    made = truth.filter(pl.col("fault").is_in(list(words))).select(
        *keys[:3], valid_from="berlaku_mulai", finding=pl.col("fault").replace_strict(words)
    )
    assert set(made["finding"]) == set(words.values())
    # a lost thousand of a dear service is a plain price of a cheap one, where few others ask for the same
    small = ask("SELECT sumber_kode, kode_faskes, kode_lokal FROM pembiayaan.tariff WHERE amount < 1000")
    lost = made.filter(pl.col("finding") == "amount:thousands-lost").join(small, on=keys[:3], how="semi")
    made = pl.concat([made.filter(pl.col("finding") != "amount:thousands-lost"), lost])
    assert lost.height
    assert made.join(found, on=[*keys, "finding"], how="anti").is_empty()


def test_what_an_item_costs_on_a_day(ask: Ask) -> None:
    price = ask("SELECT * FROM pembiayaan.tariff WHERE findings IS NULL AND item_system = 'kptl' ORDER BY 1").row(
        0, named=True
    )
    asked = "'{item_code}', '{kode_faskes}', '{payer_code}'".format(**price)
    told = ask(f"SELECT * FROM pembiayaan.tariff_on('{price['valid_from']}', {asked})")
    assert price["amount"] in told["amount"]
    assert ask(f"SELECT * FROM pembiayaan.tariff_on('1999-01-01', {asked})").is_empty()
    both = ask(
        "SELECT sumber_kode, kode_faskes, kode_lokal, penjamin, kelas_perawatan FROM pembiayaan.tariff_on("
        f"'{FIRST.year - 1}-09-01', NULL, NULL, NULL)"
    )
    assert both.height
    assert not both.is_duplicated().any()  # of periods that overlap, one answers


def test_a_facility_loads_its_charges(ask: Ask) -> None:
    charges = ask("SELECT * FROM pembiayaan.charge_definition WHERE payer_code = 'UMUM'")
    assert charges.height
    assert charges["code_display"].null_count() == 0
    assert set(charges["price_currency"]) == {"IDR"}
    assert "http://terminology.kemkes.go.id/CodeSystem/kptl" in set(charges["code_system"])
    assert {"active", "draft"} <= set(charges["status"])


def test_every_item_has_one_cost_group(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM pembiayaan.cost_group").item() == 18
    lost = ask("SELECT count(*) FROM pembiayaan.cost_component ANTI JOIN pembiayaan.cost_group USING (group_code)")
    assert lost.item() == 0
    items = ask(
        "SELECT (SELECT count(*) FROM pembiayaan.cost_component) - (SELECT count(*) FROM layanan.local_service)"
    )
    assert items.item() == 0


def test_questions_of_week_one(ask: Ask) -> None:
    """How far are we mapped, who offers what, what to decide first, how do prices spread, what is wrong where."""
    mapped = ask("SELECT * FROM layanan.mapping_by_region")
    assert mapped["item_count"].sum() == ask("SELECT count(*) FROM layanan.local_service").item()
    assert mapped["provinsi_nama"].drop_nulls().len()
    offered = ask("SELECT * FROM layanan.offered_by_region")
    assert offered["facility_count"].sum() == ask("SELECT count(*) FROM layanan.offered_by").item()
    open_texts = ask("SELECT * FROM layanan.unmapped_text")
    assert open_texts["facility_count"].is_sorted(descending=True)
    assert set(open_texts["state"]) <= {"possible", "unmapped"}
    spread = ask("SELECT * FROM pembiayaan.price_spread")
    assert (spread["least_amount"] <= spread["median_amount"]).all()
    assert (spread["median_amount"] <= spread["most_amount"]).all()
    odd = ask("SELECT sum(price_count) FROM pembiayaan.finding_by_region").item()
    assert odd == ask("SELECT count(*) FROM pembiayaan.finding").item()


def test_a_service_is_found_by_what_facilities_call_it(ask: Ask) -> None:
    text = ask("SELECT text, kode_kptl FROM layanan.synonym ORDER BY 1, 2 LIMIT 1").row(0)
    found = ask(f"SELECT kode_kptl FROM layanan.find_service('{text[0].lower()}')")
    assert text[1] in found["kode_kptl"]


def test_the_same_night_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    before = published_tables(tmp_path / "home")
    done, told = run(tmp_path / "home", SECOND)
    assert done, told
    after = published_tables(tmp_path / "home")
    ours = [name for name in before if name.startswith(("layanan.", "pembiayaan."))]
    assert len(ours) > 18
    for name in ours:
        assert before[name].equals(after[name]), name
    events = after["history.event"]
    assert events.filter((pl.col("index") == "layanan") & (pl.col("build_date") == SECOND)).is_empty()


def test_review_asks_about_texts_without_a_code_and_shows_them(ask: Ask) -> None:
    asked = ask("SELECT DISTINCT left_key FROM review.possible_match WHERE index = 'layanan'")["left_key"]
    texts = asked.str.split("|").list.last()
    assert asked.str.starts_with("faskes|layanan|teks|").all()  # in clear: no text of a list of services is personal
    mapped = ask("SELECT text FROM layanan.local_service WHERE state NOT IN ('given', 'matched')")["text"]
    assert set(texts) <= set(mapped)
