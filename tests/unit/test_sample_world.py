"""The made-up country: names that are easily confused, codes by register, regions that were split."""

import polars as pl
import pytest

from sehatmu.sample import Changes, Noise
from sehatmu.sample.facilities import MSI_KIND, make_facilities
from sehatmu.sample.nights import world_at
from sehatmu.sample.places import region_list
from sehatmu.sample.registers import write_registers

QUIET = Noise.none(namesake=0.06, paired=0.06)
WORLD, _ = world_at(1, 3000, night=1, noise=QUIET, changes=Changes())


def test_no_two_facilities_of_a_kind_share_a_name_within_a_regency() -> None:
    assert not WORLD.select(pl.struct("kab_code", "kind", "stem", "number").is_duplicated()).to_series().any()


def test_hospitals_share_names_across_regencies() -> None:
    hospitals = WORLD.filter(kind="hospital")
    shared = hospitals.filter(pl.struct("word", "stem").is_duplicated())
    assert 20 < shared.height < hospitals.height / 2
    assert shared["kab_code"].n_unique() > 10


def test_chains_stand_in_a_regency_under_several_numbers() -> None:
    chain = WORLD.filter((pl.col("kind") == "apotek") & pl.col("number").is_not_null())
    assert chain.group_by("kab_code", "stem").len().filter(pl.col("len") > 1).height > 5


def test_a_puskesmas_x_ii_stands_in_the_district_of_x_i() -> None:
    puskesmas = WORLD.filter(kind="puskesmas")
    first, second = (puskesmas.filter(number=number) for number in (1, 2))
    assert first.join(second, on=["kec_code", "stem"]).height > 10


def test_a_pustu_hangs_on_a_puskesmas_and_often_has_its_name() -> None:
    pustu = WORLD.filter(kind="pustu").join(WORLD, left_on="parent", right_on="entity", suffix="_above")
    assert (pustu["kind_above"] == "puskesmas").all()
    assert (pustu["kec_code"] == pustu["kec_code_above"]).all()
    assert (pustu["kel_code"] != pustu["kel_code_above"]).all()
    assert 0.35 < (pustu["stem"] == pustu["stem_above"]).mean() < 0.55


def test_a_hospital_pharmacy_shares_place_and_telephone_with_its_hospital() -> None:
    inside = WORLD.filter(kind="instalasi").join(WORLD, left_on="parent", right_on="entity", suffix="_above")
    assert inside.height > 40
    for column in ("phone", "street", "house", "latitude", "longitude", "kel_code"):
        assert (inside[column] == inside[f"{column}_above"]).all()
    ends = inside.select(pl.col("stem").str.ends_with(pl.col("stem_above"))).to_series()
    assert ends.all()


def test_one_health_office_a_regency_even_in_a_large_country() -> None:
    offices = make_facilities(1, 30_000, Noise()).filter(kind="dinas")
    assert offices["kab_code"].is_unique().all()
    assert offices.height == 106


def test_official_numbers_are_ten_digits_and_belong_to_one_facility() -> None:
    numbers = WORLD["official"].drop_nulls()
    assert numbers.str.contains(r"^100[01]\d{6}$").all()
    assert numbers.is_unique().all()
    assert 0.6 < len(numbers) / WORLD.height < 0.8


@pytest.mark.parametrize(
    ("column", "form"),
    [
        ("sirs", r"^\d{7}$"),
        ("sisdmk", r"^(R\d{7}|P\d{10}|D\d{4})$"),
        ("komdat", r"^\d{7}$"),
        ("clinic_old", r"^\d{7}$"),
        ("kmk", r"^\d{11}$"),
        ("bpjs", r"^\d{4}[A-Z]\d{3}$"),
    ],
)
def test_codes_have_the_form_of_their_register(column: str, form: str) -> None:
    codes = WORLD[column].drop_nulls()
    assert codes.str.contains(form).all()
    assert len(codes) > 100


def test_equal_digits_mean_other_facilities_in_other_registers() -> None:
    puskesmas, clinics = set(WORLD["komdat"].drop_nulls()), set(WORLD["clinic_old"].drop_nulls())
    assert len(puskesmas & clinics) > 100
    assert WORLD.filter(pl.col("komdat").is_not_null() & pl.col("clinic_old").is_not_null()).is_empty()


def test_every_kind_is_there_and_has_its_platform_code() -> None:
    assert set(WORLD["kind"]) == set(MSI_KIND)
    assert WORLD.filter(kind="hospital")["kind_code"].unique().to_list() == ["104"]


def test_regions_know_splits_bps_codes_and_an_abolished_province() -> None:
    regions = region_list(1, stale=False)
    assert regions["kode"].is_unique().all()
    maybrat = regions.row(by_predicate=pl.col("kode") == "9605", named=True)
    assert (maybrat["kode_bps"], maybrat["kode_lama"], maybrat["berlaku_dari"]) == ("9110", "9210", "2022-12-08")
    assert regions.row(by_predicate=pl.col("kode") == "9210", named=True)["berlaku_sampai"] == "2022-12-07"
    assert regions.row(by_predicate=pl.col("kode") == "54", named=True)["berlaku_sampai"] == "1999-10-18"
    parents = regions.filter(pl.col("induk").is_not_null()).join(regions, left_on="induk", right_on="kode", how="anti")
    assert parents.is_empty()
    assert set(WORLD["kel_code"]) <= set(regions["kode"])


def test_an_older_list_does_not_know_the_new_papua_and_holds_its_former_codes_for_current() -> None:
    regions = region_list(1, stale=True)
    assert regions.filter(pl.col("kode").str.contains("^9[3456]")).is_empty()
    assert regions.row(by_predicate=pl.col("kode") == "9210", named=True)["berlaku_sampai"] is None
    assert regions.row(by_predicate=pl.col("kode") == "54", named=True)["berlaku_sampai"] == "1999-10-18"


def test_a_larger_country_begins_with_the_smaller_one() -> None:
    large, _ = world_at(1, 3600, night=1, noise=QUIET, changes=Changes())
    assert large.head(3000).equals(WORLD)


def test_without_noise_every_register_tells_what_is_true() -> None:
    registers = write_registers(WORLD, seed=1, noise=Noise.none())
    hospitals = registers["sirs/rumah_sakit"].join(WORLD, on="entity")
    assert (hospitals["kode_rs"] == hospitals["sirs"]).all()
    assert (hospitals["kode_kab"] == hospitals["kab_code"]).all()
    assert hospitals.select(pl.col("nama_rs").str.starts_with("RS ")).to_series().all()
    assert hospitals["alamat"].null_count() == hospitals["telepon"].null_count() == 0
    offices = registers["sisdmk/fasilitas"].filter(pl.col("kode_unit").str.starts_with("D"))
    assert set(offices["jenis_unit"]) == {"DINAS KABUPATEN", "DINAS KOTA"}
    puskesmas = registers["sisdmk/fasilitas"].filter(jenis_unit="PUSKESMAS")
    assert not puskesmas["nama_unit"].str.contains("(?i)puskesmas|pkm").any()
