"""Each kind of mess: what it does to a text, and that its rate is the one asked for."""

import polars as pl
import pytest

from sehatmu.sample import Changes, Noise
from sehatmu.sample.nights import world_at
from sehatmu.sample.registers import write_registers

SEED = 2
WORLD, _ = world_at(SEED, 4000, night=1, noise=Noise.none(), changes=Changes())
CLEAN = write_registers(WORLD, seed=SEED, noise=Noise.none())


def noisy(**rates: float) -> dict[str, pl.DataFrame]:
    return write_registers(WORLD, seed=SEED, noise=Noise.none(**rates))


def share(rate: str, value: float, extract: str, column: str, among: pl.Expr | None = None) -> float:
    """Share of the rows (of those that the mess can befall) in which the column is not as it is without mess."""
    rows = noisy(**{rate: value})[extract]
    assert rows["key"].equals(CLEAN[extract]["key"])
    changed = rows[column].ne_missing(CLEAN[extract][column])
    return float(
        changed.filter(CLEAN[extract].select(among).to_series()).mean() if among is not None else changed.mean()
    )


PLACES = pl.col("jenis_unit") == "PUSKESMAS"
CASES = {
    "kind_missing": ("yankes/fasyankes", "nama", None),
    "prefix": ("komdat/puskesmas", "unit_kerja", None),
    "double_blank": ("sirs/rumah_sakit", "nama_rs", None),
    "upper_case": ("yankes/fasyankes", "nama", None),
    "numerals": ("simada/sarana", "nama_sarana", pl.col("nama_sarana").str.contains(r" ([1-9]|1[0-5])$")),
    "old_spelling": ("sisdmk/fasilitas", "nama_unit", PLACES & pl.col("nama_unit").str.contains("[ujcJC]")),
    "accident": ("sirs/rumah_sakit", "nama_rs", pl.col("nama_rs").str.contains("Medis")),
    "code_blank": ("bpjs/faskes", "kode_ppk", None),
    "bps_region": ("bpjs/faskes", "kode_kab", pl.col("kode_kab") == "3173"),
    "former_region": ("bpjs/faskes", "kode_kab", pl.col("kode_kab").str.contains("^(65|9[3-6])")),
    "unknown_region": ("yankes/fasyankes", "kode_kec", None),
    "region_missing": ("sirs/rumah_sakit", "kode_kab", None),
    "missing": ("sirs/rumah_sakit", "latitude", None),
    "placeholder": ("bpjs/faskes", "telepon", None),
    "phone_form": ("bpjs/faskes", "telepon", None),
    "phone_underscore": ("bpjs/faskes", "telepon", None),
    "swapped_position": ("bpjs/faskes", "latitude", None),
    "zero_position": ("bpjs/faskes", "longitude", None),
    "date_form": ("simada/sarana", "tgl_izin_akhir", None),
    "class_unset": ("sirs/rumah_sakit", "kelas", None),
    "zero_beds": ("sirs/rumah_sakit", "total_tt", None),
}


@pytest.mark.parametrize("rate", CASES)
def test_a_rate_is_the_share_of_rows_that_it_befalls(rate: str) -> None:
    extract, column, among = CASES[rate]
    rows = CLEAN[extract].filter(among).height if among is not None else CLEAN[extract].height
    assert rows >= 15
    tolerance = 4 * (0.4 * 0.6 / rows) ** 0.5
    assert share(rate, 0.0, extract, column, among) == 0.0
    assert share(rate, 0.4, extract, column, among) == pytest.approx(0.4, abs=tolerance)
    assert share(rate, 1.0, extract, column, among) == 1.0


def test_typing_errors_are_one_step_away_and_spare_first_letters_and_numbers() -> None:
    from rapidfuzz.distance import OSA

    before, after = CLEAN["sirs/rumah_sakit"]["nama_rs"], noisy(typo=1.0)["sirs/rumah_sakit"]["nama_rs"]
    steps = [OSA.distance(a, b) for a, b in zip(before, after, strict=True)]
    assert set(steps) <= {0, 1}
    assert 0.5 < sum(steps) / len(steps) < 0.95
    assert (before.str.head(1) == after.str.head(1)).all()
    pharmacies = [frames["bpjs/faskes"].filter(jenis="APOTEK")["nama"] for frames in (CLEAN, noisy(typo=1.0))]
    assert pharmacies[0].str.extract(r"(\d+)$").equals(pharmacies[1].str.extract(r"(\d+)$"))


def test_the_accident_of_the_real_list_happens() -> None:
    names = noisy(accident=1.0)["sirs/rumah_sakit"]["nama_rs"]
    assert names.str.contains("Umumtira").any()
    assert not names.str.contains("Medistira").any()


def test_kind_words_are_spelt_in_every_way() -> None:
    names = noisy(kind_spelling=1.0)["sirs/rumah_sakit"].filter(pl.col("jenis_rs") == "RSU")["nama_rs"]
    for spelling in ("RSUD ", "RS Umum Daerah ", "Rumah Sakit Umum Daerah ", "Rumkit Umum Daerah ", "RSU "):
        assert names.str.starts_with(spelling).any(), spelling


def test_sirs_cuts_names_where_told() -> None:
    cut = noisy(name_limit=20)["sirs/rumah_sakit"]["nama_rs"]
    assert cut.str.len_chars().max() == 20
    assert (cut == CLEAN["sirs/rumah_sakit"]["nama_rs"].str.head(20)).all()
    assert CLEAN["sirs/rumah_sakit"]["nama_rs"].str.len_chars().max() > 30


def test_swapped_positions_are_swapped_and_nothing_else() -> None:
    before, after = CLEAN["bpjs/faskes"], noisy(swapped_position=1.0)["bpjs/faskes"]
    assert (before["latitude"] == after["longitude"]).all()
    assert (before["longitude"] == after["latitude"]).all()


def test_three_forms_of_date_are_written() -> None:
    dates = noisy(date_form=0.5)["yankes/fasyankes"]["tgl_izin_akhir"]
    for form in (r"^\d{4}-\d\d-\d\d$", r"^\d\d/\d\d/\d{4}$", r"^\d\d-\d\d-\d{4}$"):
        assert dates.str.contains(form).any(), form


def test_former_codes_are_those_that_the_region_list_says() -> None:
    rows = noisy(former_region=1.0)["bpjs/faskes"]
    truth = rows.join(WORLD.select("entity", "kab_former", "kab_code"), on="entity")
    assert (truth["kode_kab"] == truth["kab_former"].fill_null(truth["kab_code"])).all()
    assert truth["kab_former"].drop_nulls().len() > 20


def test_a_reregistered_facility_stands_twice_under_its_old_and_its_new_code() -> None:
    rows = noisy(reregistered=1.0)["yankes/fasyankes"]
    twice = rows.filter(pl.col("entity").is_duplicated()).sort("entity", "sumber_identifier")
    assert twice.height > 100
    pairs = twice.group_by("entity").agg("sumber_identifier").get_column("sumber_identifier")
    assert (pairs.list.get(1) == pairs.list.get(0) + "_kmk").all()
    assert rows["key"].is_unique().all()


def test_a_shared_official_number_is_another_facilitys() -> None:
    rows = noisy(shared_official=1.0)["sirs/rumah_sakit"].filter(pl.col("kode_satusehat").is_not_null())
    owners = WORLD.select(owner="entity", kode_satusehat="official").drop_nulls()
    joined = rows.join(owners, on="kode_satusehat", how="left")
    assert (joined["owner"] != joined["entity"]).all()


def test_one_mess_leaves_the_draws_of_the_others_as_they_are() -> None:
    alone = noisy(upper_case=0.3)["bpjs/faskes"]
    both = noisy(upper_case=0.3, placeholder=0.5, typo=0.2, swapped_position=0.5)["bpjs/faskes"]
    upper = [frame["nama"].str.to_uppercase() == frame["nama"] for frame in (alone, both)]
    assert upper[0].equals(upper[1])


def test_words_are_joined_shortened_and_followed_by_the_town() -> None:
    clean = CLEAN["sisdmk/fasilitas"].filter(PLACES)["nama_unit"]
    joined = noisy(joined_words=1.0)["sisdmk/fasilitas"].filter(PLACES)["nama_unit"]
    assert (joined.str.to_lowercase() == clean.str.replace(" ", "").str.to_lowercase()).mean() > 0.9
    short = noisy(short_words=1.0)["sisdmk/fasilitas"].filter(PLACES)["nama_unit"]
    assert (short == clean).equals(~clean.str.contains("^(Tanjung|Sungai|Gunung|Kampung|Simpang) "))
    rows = noisy(place_added=1.0)["yankes/fasyankes"].join(WORLD.select("entity", "kab_name"), on="entity")
    assert rows["nama"].str.to_uppercase().str.contains(rows["kab_name"], literal=True).all()
    assert not CLEAN["yankes/fasyankes"]["nama"].str.to_uppercase().str.contains(rows["kab_name"], literal=True).all()
