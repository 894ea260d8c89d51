"""The nights after the first: what is told to have happened is what the registers show, and nothing else."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.sample import Changes, Noise, write_next_night, write_sample
from sehatmu.sample.nights import world_at
from sehatmu.sample.registers import write_registers

SEED, COUNT = 7, 3000
NOISE = Noise()
RATES = Changes(renamed=0.03, moved=0.03, corrected=0.05, closed=0.03, merged=0.05, recoded=0.05, opened=0.02)
NIGHTS = {night: world_at(SEED, COUNT, night=night, noise=NOISE, changes=RATES) for night in (1, 2, 3)}
REGISTERS = {night: write_registers(world, seed=SEED, noise=NOISE) for night, (world, _) in NIGHTS.items()}
NAMES = {
    "sisdmk/fasilitas": "nama_unit", "sirs/rumah_sakit": "nama_rs", "simada/sarana": "nama_sarana",
    "yankes/fasyankes": "nama", "komdat/puskesmas": "unit_kerja", "bpjs/faskes": "nama",
}  # fmt: skip


def changed(kind: str, night: int = 2) -> pl.DataFrame:
    return NIGHTS[night][1].filter(change=kind, night=night)


def keys_of(entities: pl.Series, night: int) -> pl.DataFrame:
    """`extract, key, entity, name` of the rows that are about these facilities."""
    return pl.concat(
        rows.filter(pl.col("entity").is_in(entities.implode())).select(
            pl.lit(extract).alias("extract"), "key", "entity", name=pl.col(NAMES[extract])
        )
        for extract, rows in REGISTERS[night].items()
    )


def test_the_first_night_has_no_history_and_later_ones_add_to_it() -> None:
    assert NIGHTS[1][1].is_empty()
    assert NIGHTS[3][1].filter(night=2).equals(NIGHTS[2][1])
    assert set(NIGHTS[3][1].filter(night=3)["change"]) == set(NIGHTS[2][1]["change"])
    assert set(NIGHTS[2][1]["change"]) == {"renamed", "moved", "corrected", "closed", "merged", "recoded", "opened"}


def test_rows_of_facilities_to_which_nothing_happened_are_the_same() -> None:
    # an official number told of the wrong facility is that of its neighbour, who may have changed
    touched = NIGHTS[2][1]
    named = pl.concat([touched["entity"], touched["other_entity"].drop_nulls()]).unique()
    for extract in NAMES:
        before, after = (
            REGISTERS[night][extract]
            .filter(~pl.col("entity").is_in(named.implode()))
            .drop("kode_satusehat", strict=False)
            for night in (1, 2)
        )
        assert before.equals(after), extract
        assert before.height > 100


def test_renamed_facilities_keep_their_codes_and_some_registers_their_old_name() -> None:
    renamed = changed("renamed")["entity"]
    before, after = keys_of(renamed, 1), keys_of(renamed, 2)
    both = before.join(after, on=["extract", "key"], suffix="_after")
    assert both.height == before.height == after.height > 60
    share = (both["name"] != both["name_after"]).mean()
    assert 1 - NOISE.late_rename - 0.15 < share < 1 - NOISE.late_rename + 0.15


def test_closed_facilities_are_told_as_closed_or_dropped_and_gone_a_night_later() -> None:
    closed = changed("closed")["entity"]
    before, then, later = (keys_of(closed, night).height for night in (1, 2, 3))
    assert before > then > later == 0
    status = pl.concat(
        REGISTERS[2][extract].filter(pl.col("entity").is_in(closed.implode()))["status"]
        for extract in ("sisdmk/fasilitas", "sirs/rumah_sakit", "simada/sarana", "yankes/fasyankes")
    )
    assert set(status) <= {"Tidak Aktif", "Dicabut", "Tutup"}
    assert len(status) == then


def test_opened_facilities_are_new_to_every_register() -> None:
    opened = changed("opened")["entity"]
    assert len(opened) == round(COUNT * RATES.opened)
    assert keys_of(opened, 1).is_empty()
    assert set(keys_of(opened, 2)["entity"]) <= set(opened)
    assert keys_of(opened, 2).height > 60


def test_records_of_a_merged_facility_become_those_of_the_other() -> None:
    merged = changed("merged")
    assert merged.height > 15
    assert keys_of(merged["entity"], 2).is_empty()
    one_code = keys_of(merged["other_entity"], 2).filter(~pl.col("key").str.starts_with("yankes"))
    assert not one_code.select(pl.struct("extract", "entity").is_duplicated()).to_series().any()
    before, after = keys_of(merged["entity"], 1), keys_of(merged["other_entity"], 2)
    moved = before.join(after, on=["extract", "key"], suffix="_after").join(merged, on="entity")
    assert moved.height > 3
    assert (moved["entity_after"] == moved["other_entity"]).all()


def test_recoded_services_lose_their_old_key_and_gain_that_of_2022() -> None:
    recoded = changed("recoded")["entity"]
    before, after = (keys_of(recoded, night).filter(extract="yankes/fasyankes") for night in (1, 2))
    assert before.height > 10
    old = before.filter(~pl.col("key").is_in(after["key"].implode()))
    assert not old["key"].str.contains("_kmk").any()
    assert after["key"].str.contains("_kmk").all()
    assert set(after["entity"]) == set(before["entity"])


def test_corrected_facilities_are_written_without_mess() -> None:
    corrected = changed("corrected")["entity"]
    clean = write_registers(NIGHTS[2][0], seed=SEED, noise=Noise.none())["bpjs/faskes"]
    mine = pl.col("entity").is_in(corrected.implode())
    assert REGISTERS[2]["bpjs/faskes"].filter(mine).equals(clean.filter(mine))
    assert not REGISTERS[1]["bpjs/faskes"].filter(mine)["telepon"].equals(clean.filter(mine)["telepon"])


def test_names_stay_apart_within_a_regency() -> None:
    whole = NIGHTS[3][0].filter(pl.col("about") == pl.col("entity"))
    assert not whole.select(pl.struct("kab_code", "kind", "stem", "number").is_duplicated()).to_series().any()


def test_a_night_without_changes_is_the_first_night_again(tmp_path: Path) -> None:
    still = Changes(**dict.fromkeys(Changes.__dataclass_fields__, 0.0))
    for night in (1, 2):
        write_sample(tmp_path, facilities=200, day=date(2026, 11, night), night=night, changes=still)
    first, second = (sorted(tmp_path.glob(f"*/*/2026-11-0{night}/*")) for night in (1, 2))
    assert len(first) == 8
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_next_night_goes_on_from_what_stands_there(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    noise, changes = Noise(typo=0.5), Changes(opened=0.1)
    write_sample(here, facilities=150, seed=3, day=date(2026, 11, 23), noise=noise, changes=changes)
    truth = write_next_night(here, day=date(2026, 11, 24))
    write_sample(there, facilities=150, seed=3, day=date(2026, 11, 24), night=2, noise=noise, changes=changes)
    for path in there.glob("*/*/2026-11-24/*"):
        assert (here / path.relative_to(there)).read_bytes() == path.read_bytes()
    assert json.loads(truth.settings.read_text())["night"] == 2
    assert pl.read_csv(truth.change).filter(change="opened").height == 15


@pytest.mark.parametrize("night", [1, 2])
def test_truth_may_stand_elsewhere(tmp_path: Path, night: int) -> None:
    truth = write_sample(
        tmp_path / "landing", facilities=60, day=date(2026, 11, 23), night=night, truth=tmp_path / "aside"
    )
    assert truth.facility == tmp_path / "aside" / "facility.csv"
    assert not (tmp_path / "landing" / "truth").exists()


@pytest.mark.parametrize("facilities", [1, 2, 5])
def test_a_very_small_country_delivers_only_what_its_registers_hold(tmp_path: Path, facilities: int) -> None:
    truth = write_sample(tmp_path, facilities=facilities, day=date(2026, 11, 23), noise=Noise.none())
    held = {"/".join(path.relative_to(tmp_path).parts[:2]) for path in tmp_path.glob("*/*/2026-11-23/*")}
    told = pl.read_csv(truth.facility).select(pl.concat_str("source", "extract", separator="/")).to_series()
    assert held - {"referensi/wilayah", "sirs/tempat_tidur"} == set(told)
