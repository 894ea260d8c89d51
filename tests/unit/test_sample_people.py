"""People of the sample: who they are, that truth tells every row, and that slices and processes change no byte."""

import hashlib
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sehatmu.contracts import load_contracts
from sehatmu.sample import write_sample
from sehatmu.sample.people import SANDBOX
from sehatmu.sample.person_noise import UNSEEN, PersonChanges, PersonNoise
from sehatmu.sample.person_writing import write_people

DAY = date(2026, 11, 23)
CONTRACTS = load_contracts(Path(__file__).parents[2] / "data_contracts")
KEY = ("sumber_kode", "kode_faskes", "no_rm")


def delivered(folder: Path, extract: str, day: date = DAY) -> pl.DataFrame:
    name = extract.split("/")[1]
    return pl.read_parquet(folder / extract / day.isoformat() / f"{name}.parquet")


def told(folder: Path, day: date = DAY) -> pl.DataFrame:
    """Registrations with their truth, and the civil register's row of the same person (`c_...`)."""
    truth = pl.read_parquet(folder / "truth" / "person.parquet").drop("source", "extract")
    key = pl.concat_str(pl.lit("faskes|pasien"), *KEY, separator="|")
    civil = delivered(folder, "dukcapil/penduduk", day)
    civil = civil.with_columns(record_key=pl.lit("dukcapil|penduduk|") + pl.col("nik")).join(truth, on="record_key")
    civil = civil.drop("record_key", "kind", "twin", "mother").rename(lambda name: f"c_{name}")
    rows = delivered(folder, "faskes/pasien", day).with_columns(record_key=key).join(truth, on="record_key", how="left")
    return rows.join(civil, left_on="entity", right_on="c_entity", how="left")


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("messy")
    write_people(folder, people=20_000, seed=5, day=DAY, facilities=600)
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No mess, but twins, infants and the others."""
    folder = tmp_path_factory.mktemp("clean")
    noise = PersonNoise.none(repeated=0.3, infant=0.2, twins=0.3, foreigner=0.1, unknown=0.1, infant_nik=0.5)
    write_people(folder, people=8_000, seed=6, day=DAY, noise=noise, facilities=600)
    return folder


def test_columns_are_those_of_the_contract(messy: Path) -> None:
    rows = delivered(messy, "faskes/pasien")
    assert rows.columns == [column.name for column in CONTRACTS.source("faskes", "pasien").columns]
    assert set(rows.dtypes) == {pl.String}
    required = [column.name for column in CONTRACTS.source("faskes", "pasien").columns if column.required]
    assert rows.select(pl.col(required).null_count()).row(0) == (0,) * len(required)


def test_truth_tells_every_row_of_both_extracts_once(messy: Path) -> None:
    truth = pl.read_parquet(messy / "truth" / "person.parquet")
    rows, civil = delivered(messy, "faskes/pasien"), delivered(messy, "dukcapil/penduduk")
    assert rows.height == 20_000
    keys = rows.select(pl.concat_str(pl.lit("faskes|pasien"), *KEY, separator="|")).to_series().to_list()
    keys += [f"dukcapil|penduduk|{nik}" for nik in civil["nik"]]
    assert truth["record_key"].to_list() == keys
    assert truth["record_key"].is_unique().all()
    assert set(truth["kind"]) == {"citizen", "infant", "foreigner", "unknown"}


def test_verification_answers_for_people_whose_rows_are_not_told(messy: Path) -> None:
    answers, civil = delivered(messy, "dukcapil/verifikasi"), delivered(messy, "dukcapil/penduduk")
    assert answers.columns == [column.name for column in CONTRACTS.source("dukcapil", "verifikasi").columns]
    assert answers["nik"].is_unique().all()
    assert answers.join(civil, on="nik").is_empty()
    assert answers.join(told(messy), on="nik").height > 50  # people who are patients somewhere
    words = answers["nama"].value_counts(normalize=True).sort("proportion", descending=True)
    assert words["nama"].to_list() == ["Sesuai", "Tidak Sesuai"]
    assert words["proportion"][1] < 0.1
    assert answers["tanggal"].str.to_date().is_between(date(2026, 8, 1), DAY).all()


def test_seven_in_ten_come_once_and_nobody_more_than_five_times(messy: Path) -> None:
    times = told(messy).group_by("entity").len()["len"]
    assert 0.68 < (times == 1).mean() < 0.72
    assert times.max() == 5


def test_people_of_the_sandbox_are_written_as_published(messy: Path) -> None:
    rows = told(messy).filter(pl.col("entity") < len(SANDBOX))
    assert rows.filter(entity=0).select("nik", "no_ihs", "nama", "c_tgl_lhr").unique().rows() == [
        ("9271060312000001", "P02478375538", "ARDIANTO PUTRA", "09-01-1992")
    ]
    assert rows.filter(entity=1).select("nik", "no_ihs", "nama", "c_tgl_lhr").unique().rows() == [
        ("9204014804000002", "P03647103112", "CLAUDIA SINTIA", "03-11-1989")
    ]
    assert "7209061211900001" in delivered(messy, "dukcapil/penduduk")["nik"]
    numbers = delivered(messy, "faskes/pasien").filter(pl.col("no_ihs").is_in(["P02478375538", "P03647103112"]))
    assert numbers.height == rows.height == 4


def test_facilities_are_those_of_the_facility_sample(messy: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, facilities=600, seed=5, day=DAY)
    truth = pl.read_csv(tmp_path / "truth" / "facility.csv", infer_schema=False)
    known = {("yankes_rs", key.rstrip("S")) for key in truth.filter(source="sirs")["source_key"]}
    known |= {("puskesmas_pusdatin_lama", key) for key in truth.filter(source="komdat")["source_key"]}
    known |= {tuple(key.split("|")) for key in truth.filter(source="yankes")["source_key"]}
    used = set(delivered(messy, "faskes/pasien").select(KEY[:2]).unique().rows())
    assert len(used) > 100
    assert len(used - known) <= len(used) * 0.02  # few registers break a code, and lose the row


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_slices_change_no_byte(tmp_path: Path, file_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sehatmu.sample.person_writing.GROUP", 700)
    for name, chunk in (("a", 100_000), ("b", 700), ("c", 333)):
        write_people(
            tmp_path / name, people=2500, seed=3, day=DAY, chunk=chunk, format=file_format, facilities=100, noise=UNSEEN
        )
    one, two, three = (digests(tmp_path / name) for name in "abc")
    assert len(one) == 4
    assert one == two == three


def test_bytes_depend_neither_on_the_process_nor_on_its_threads(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from sehatmu.sample.person_writing import write_people;"
        "write_people(Path(sys.argv[1]), people=1500, seed=9, day=date(2026, 11, 23), facilities=100)"
    )
    for name, hash_seed, threads in (("a", "1", "1"), ("b", "2", "4")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": threads, "TZ": "Asia/Jayapura"}
        subprocess.run([sys.executable, "-c", code, tmp_path / name], env=environment, check=True, timeout=120)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        write_people(tmp_path, people=800, seed=3, day=DAY, format=form, facilities=100)  # type: ignore[arg-type]
    for extract in ("faskes/pasien", "dukcapil/penduduk", "dukcapil/verifikasi"):
        path = tmp_path / extract / DAY.isoformat() / f"{extract.split('/')[1]}.csv"
        assert pl.read_csv(path, infer_schema=False).equals(delivered(tmp_path, extract))


def test_niks_are_built_as_the_register_builds_them(clean: Path) -> None:
    civil = delivered(clean, "dukcapil/penduduk").filter(~pl.col("nik").is_in([str(nik) for nik, *_ in SANDBOX]))
    day = pl.col("nik").str.slice(6, 2).cast(pl.Int64)
    decoded = civil.select(
        birth=pl.format(
            "{}-{}-{}",
            (day - pl.when(day > 40).then(40).otherwise(0)).cast(pl.String).str.zfill(2),
            pl.col("nik").str.slice(8, 2),
            pl.col("tgl_lhr").str.slice(6, 2) + pl.col("nik").str.slice(10, 2),
        ),
        told="tgl_lhr",
        woman=day > 40,
        sex="jenis_klmin",
        serial=pl.col("nik").str.slice(12, 4).cast(pl.Int64),
        province=pl.col("nik").str.head(2),
    )
    assert (decoded["birth"] == decoded["told"]).all()
    assert (decoded["woman"] == (decoded["sex"] == "PEREMPUAN")).all()
    assert decoded["serial"].min() >= 1
    assert civil["nik"].is_unique().all()
    assert civil["nik"].str.contains(r"^\d{16}$").all()


def test_nik_may_contradict_the_birth_date(tmp_path: Path) -> None:
    write_people(tmp_path, people=2000, seed=2, day=DAY, noise=PersonNoise.none(nik_contradicts=1), facilities=100)
    civil = delivered(tmp_path, "dukcapil/penduduk")
    month_agrees = civil["nik"].str.slice(8, 4) == civil["tgl_lhr"].str.slice(3, 2) + civil["tgl_lhr"].str.slice(8, 2)
    assert month_agrees.mean() < 0.1


def test_twins_share_a_birth_date_and_those_of_one_sex_have_niks_in_a_row(clean: Path) -> None:
    truth = pl.read_parquet(clean / "truth" / "person.parquet").filter(source="dukcapil")
    civil = delivered(clean, "dukcapil/penduduk").with_columns(truth["entity"], truth["twin"], truth["mother"])
    one, two = (civil.filter(twin=number) for number in (1, 2))
    pairs = one.join(two, on="mother")
    assert pairs.height > 100
    assert (pairs["tgl_lhr"] == pairs["tgl_lhr_right"]).all()
    alike = pairs.filter(pl.col("jenis_klmin") == pl.col("jenis_klmin_right"))
    step = alike["nik_right"].cast(pl.Int64) - alike["nik"].cast(pl.Int64)
    assert set(step) == {1}
    assert (alike["nama_lgkp"] != alike["nama_lgkp_right"]).mean() > 0.95
    assert (pairs["nama_lgkp_ibu"] == pairs["nama_lgkp_ibu_right"]).all()
    orders = told(clean).filter(pl.col("urutan_kembar").is_not_null()).select("twin", "urutan_kembar")
    assert (orders["twin"].cast(pl.String) == orders["urutan_kembar"]).all()


def test_families_share_card_address_and_mother(clean: Path) -> None:
    truth = pl.read_parquet(clean / "truth" / "person.parquet").filter(source="dukcapil")
    civil = delivered(clean, "dukcapil/penduduk").with_columns(truth["entity"], truth["mother"])
    children = civil.filter(pl.col("mother").is_not_null()).join(civil, left_on="mother", right_on="entity")
    assert children.height > 1000
    assert (children["no_kk"] == children["no_kk_right"]).all()
    assert (children["alamat"] == children["alamat_right"]).all()
    assert (children["nik_ibu"] == children["nik_right"]).all()
    assert (children["nama_lgkp_ibu"] == children["nama_lgkp_right"]).all()
    born = (pl.col(name).str.to_date("%d-%m-%Y") for name in ("tgl_lhr", "tgl_lhr_right"))
    years = children.select((next(born) - next(born)).dt.total_days() / 365.25).to_series()
    assert 17 < years.min() < years.max() < 50  # type: ignore[operator]


def test_infants_are_called_by_their_mothers_name_and_lead_to_her(tmp_path: Path) -> None:
    noise = PersonNoise.none(repeated=0.6, infant=0.8, twins=0.2, baby_name=0.2, infant_nik=0.5)
    write_people(tmp_path, people=4000, seed=6, day=DAY, noise=noise, facilities=100)
    infants = told(tmp_path).filter(kind="infant")
    called = infants.filter(pl.col("nama").str.contains(r"(?i)^(BY|BAYI)\.? NY"))
    assert 0.3 < called.height / infants.height < 0.8
    assert called["nik_ibu"].is_not_null().mean() > 0.8
    own = infants.filter(~pl.col("record_key").is_in(called["record_key"].implode()))
    assert own.select("entity").join(called.select("entity").unique(), on="entity").height > 50
    both = called.filter(twin=2).filter(pl.col("nama").str.ends_with(" II"))
    assert both.height > 10
    plain = pl.col("nama").str.to_uppercase().str.replace(r"^(BY|BAYI)\.? NY\.? ", "").str.replace(" I+$", "")
    hers = called.filter(pl.col("nama_ibu").is_not_null()).with_columns(plain=plain)
    assert (hers["plain"] == hers["nama_ibu"].str.to_uppercase()).all()


def test_foreigners_have_passports_and_unknowns_nothing(clean: Path) -> None:
    rows = told(clean)
    foreign = rows.filter(kind="foreigner")
    assert foreign.height > 50
    assert foreign["nik"].null_count() == foreign.height
    assert foreign["paspor"].is_not_null().mean() > 0.7
    unknown = rows.filter(kind="unknown")
    assert unknown.height > 50
    assert unknown["entity"].is_unique().all()
    assert unknown["nama"].str.contains("(?i)^(MR|MRS|TN|NY|TIDAK|TANPA|NN)").all()
    for column in ("nik", "nama_ibu", "alamat", "telepon", "no_kk", "no_bpjs", "tempat_lahir"):
        assert unknown[column].null_count() == unknown.height


def test_names_are_of_many_cultures_and_have_namesakes(messy: Path) -> None:
    civil = delivered(messy, "dukcapil/penduduk")
    names = civil["nama_lgkp"]
    words = names.str.count_matches(r"\S+")
    assert set(words) >= {1, 2, 3, 4}
    shares = names.value_counts(normalize=True).sort("proportion", descending=True)
    assert 0.0005 < shares["proportion"][0] < 0.02
    assert 0.15 < names.is_duplicated().mean() < 0.75
    for pattern, province in (
        (r"^(I|NI) .*(WAYAN|PUTU|GEDE|MADE|KADEK|NYOMAN|KETUT|KOMANG|NENGAH|LUH)", "^51"),
        (r"(SIREGAR|SIHOMBING|NASUTION|SIMANJUNTAK|PANJAITAN|LUBIS)$", "^12"),
        (r"(WENDA|KOGOYA|TABUNI|MANDACAN|RUMBEWAS)$", "^9"),
        (r"^(SLAMET|SUTRISNO|SUMIATI|SUPARMI|SRI)", "^3[345]"),
    ):
        fits = names.str.contains(pattern)
        home = civil["no_prop"].str.contains(province)
        assert fits.filter(home).mean() > 3 * fits.filter(~home).mean()  # type: ignore[operator]


def test_namesakes_with_one_birth_date_exist(tmp_path: Path) -> None:
    noise = PersonNoise.none(namesake=0.3, namesake_birth=1)
    write_people(tmp_path, people=4000, seed=6, day=DAY, noise=noise, facilities=100)
    civil = delivered(tmp_path, "dukcapil/penduduk")
    alike = civil.filter(pl.struct("nama_lgkp", "tgl_lhr", "jenis_klmin").is_duplicated())
    assert alike.height > 200
    assert alike["nik"].is_unique().all()
    assert alike["no_kk"].n_unique() > alike.height * 0.9


def test_the_second_night_changes_what_the_rates_say(tmp_path: Path) -> None:
    nights = []
    for number, day in ((1, DAY), (2, date(2026, 11, 24))):
        changes = PersonChanges(corrected=0.02, registered=0.03, gone=0.01)
        write_people(
            tmp_path, people=10_000, seed=4, day=day, first_day=DAY, night=number, changes=changes, facilities=200
        )
        nights.append(told(tmp_path, day).drop(pl.col("^c_.*$")))
    old, new = nights
    both = old.join(new, on="record_key", suffix="_new")
    assert 0.005 < 1 - both.height / old.height < 0.015
    fresh = new.join(old, on="record_key", how="anti")
    assert 0.02 < fresh.height / old.height < 0.03
    assert (both["entity"] == both["entity_new"]).all()
    columns = [column for column in old.columns if column not in {"record_key", "entity", "kind", "twin", "mother"}]
    changed = both.select(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_new")) for c in columns)).to_series()
    assert 0.015 < changed.mean() < 0.025  # type: ignore[operator]
    assert new["record_key"].is_unique().all()
    known = set(old["entity"])
    assert 0.1 < np.mean([entity not in known for entity in fresh["entity"]]) < 0.6


def test_dates_and_sexes_come_in_the_forms_that_facilities_use(messy: Path) -> None:
    rows = delivered(messy, "faskes/pasien")
    forms = rows["tanggal_lahir"].drop_nulls().str.replace_all(r"\d", "9").value_counts(normalize=True)
    assert set(forms["tanggal_lahir"]) == {"9999-99-99", "99/99/9999", "99-99-9999"}
    assert forms["proportion"].min() > 0.2  # type: ignore[operator]
    assert {"L", "P", "1", "2", "male", "Perempuan", "LAKI-LAKI"} <= set(rows["jenis_kelamin"].drop_nulls())


def test_default_noise_leaves_15_in_100_without_nik(messy: Path) -> None:
    rows = told(messy)
    assert 0.12 < rows["nik"].is_null().mean() < 0.18
    given = rows.filter(pl.col("nik").is_not_null() & pl.col("c_nik").is_not_null())
    right = given["nik"].str.replace_all(r"\D", "") == given["c_nik"]
    assert 0.95 < right.mean() < 0.99  # type: ignore[operator]
    assert any(re.fullmatch(r"\d{15}", nik) for nik in given["nik"])
    assert any("E+15" in nik for nik in given["nik"])
