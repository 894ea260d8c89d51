"""Health workers of the sample: as many rows as asked for, all told, and true where no mess is asked for."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.sample import write_sample
from sehatmu.sample.people import SANDBOX
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.practitioner_noise import UNSEEN_PRACTITIONERS, PractitionerNoise
from sehatmu.sample.practitioner_rows import REGISTERS
from sehatmu.sample.practitioner_writing import write_practitioners

DAY = date(2026, 11, 23)
JOBS, LISTS = tuple(REGISTERS.values()), ("konsil/str", "dpmptsp/sip")
# As design.md, section 6, has them.
COLUMNS = {
    "sisdmk/tenaga": "nik no_ihs nama tempat_lahir tanggal_lahir jenis_kelamin jenis_sdmk rumpun_sdmk pendidikan nip "
    "status_kepegawaian no_str tanggal_str tanggal_str_akhir no_sip tanggal_sip tanggal_sip_akhir kode_unit unit "
    "kabkot provinsi",
    "sirs/tenaga": "kode_rs nik nama tanggal_lahir jenis_kelamin profesi spesialisasi no_str tanggal_str_akhir no_sip "
    "tanggal_sip_akhir",
    "simada/penanggung_jawab": "kode_sarana nik nama tanggal_lahir jenis_kelamin profesi no_str no_sip tgl_sip "
    "tgl_sip_akhir",
    "konsil/str": "no_str nik nama profesi tanggal_terbit tanggal_akhir status",
    "dpmptsp/sip": "no_sip nik no_str nama kode_sarana alamat terbit akhir status",
}


def told(folder: Path, extract: str) -> pl.DataFrame:
    """The rows of an extract with their truth."""
    source, _, table = extract.partition("/")
    rows = pl.read_parquet(folder / extract / DAY.isoformat() / f"{table}.parquet")
    truth = pl.read_parquet(folder / "truth" / "practitioner.parquet").filter(source=source, extract=table)
    numbered = rows.with_row_index("row_number", offset=1).with_columns(pl.col("row_number").cast(pl.UInt32))
    return numbered.join(truth.drop("source", "extract"), on="row_number", how="inner")


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("messy")
    write_practitioners(folder, jobs=6000, seed=5, day=DAY, facilities=600)
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No mess, but namesakes and second professions."""
    folder = tmp_path_factory.mktemp("clean")
    noise = PractitionerNoise.none(namesake=0.1, second_profession=0.1)
    write_practitioners(folder, jobs=2000, seed=6, day=DAY, noise=noise, people=PersonNoise.none(), facilities=300)
    return folder


def test_as_many_rows_as_asked_for_in_the_columns_of_the_design_and_each_is_told(messy: Path) -> None:
    frames = {extract: told(messy, extract) for extract in COLUMNS}
    assert sum(frames[extract].height for extract in JOBS) == 6000
    for extract, columns in COLUMNS.items():
        assert [c for c in frames[extract].columns if c not in ("row_number", "entity", "facility", "fault")] == (
            columns.split()
        )
        assert frames[extract]["entity"].null_count() == 0
    truth = pl.read_parquet(messy / "truth" / "practitioner.parquet")
    assert truth.height == sum(frame.height for frame in frames.values())
    assert truth.filter(pl.col("source").is_in(["sisdmk", "sirs", "simada"]))["facility"].null_count() == 0
    people = pl.concat([frames[extract].select("entity") for extract in JOBS])["entity"].n_unique()
    assert 3700 < people < 4400


def test_every_kind_of_mess_is_among_them(messy: Path) -> None:
    faults = pl.read_parquet(messy / "truth" / "practitioner.parquet")["fault"].drop_nulls().str.split(" ").explode()
    assert set(faults) == {"nik-shared", "str-shared", "swapped", "unknown-facility", "date-reversed"}
    sisdmk = told(messy, "sisdmk/tenaga")
    assert sisdmk["no_str"].is_in(["-", "0"]).any()
    assert sisdmk["kode_unit"].str.starts_with(" ").any()
    assert sisdmk["tanggal_str_akhir"].is_in(["SEUMUR HIDUP"]).any()
    forms = sisdmk["tanggal_lahir"].drop_nulls().str.replace_all(r"\d", "9").unique()
    assert {"9999-99-99", "99/99/9999", "99-99-9999"} <= set(forms)
    swapped = sisdmk.filter(pl.col("fault").str.contains("swapped"))
    assert swapped["no_str"].drop_nulls().str.contains("(?i)SI").any()


def test_the_practitioner_of_the_sandbox_is_written_as_published(messy: Path) -> None:
    rows = told(messy, "sisdmk/tenaga").filter(entity=2)
    nik, _, _, born, name = SANDBOX[2]
    assert rows.height >= 1
    assert rows.select("nik", "no_ihs", "nama").unique().row(0) == (str(nik), "10009880728", f"dr. {' '.join(name)}")
    assert rows["tanggal_lahir"].str.contains(str(born.year)).all()
    assert told(messy, "sisdmk/tenaga").filter(no_ihs="10009880728")["entity"].unique().to_list() == [2]


def test_codes_are_those_of_the_facility_sample(messy: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, facilities=600, seed=5, day=DAY)
    truth = pl.read_csv(tmp_path / "truth" / "facility.csv", infer_schema=False)
    known = truth.select("source", code=pl.col("source_key"), facility=pl.col("entity").cast(pl.Int64))
    for extract, column in zip(JOBS, ("kode_unit", "kode_rs", "kode_sarana"), strict=True):
        rows = told(messy, extract).with_columns(code=pl.col(column).str.strip_chars())
        unknown = pl.col("fault").fill_null("").str.contains("unknown-facility")
        of = known.filter(source=extract.split("/")[0])
        assert rows.filter(unknown).join(of, on="code").is_empty()
        # Few rows of the facility register itself were spoilt.
        assert rows.filter(~unknown).join(of, on=["code", "facility"], how="anti").height <= 0.03 * rows.height


def test_without_mess_all_rows_of_a_practitioner_say_the_same(clean: Path) -> None:
    rows = pl.concat([told(clean, e).select("entity", "nik", "no_str", "no_sip", "facility", "fault") for e in JOBS])
    assert rows["fault"].null_count() == rows.height
    assert rows.group_by("entity").agg(pl.col("nik").n_unique())["nik"].max() == 1
    # A practitioner with two professions has an STR for each; a SIP belongs to one place.
    assert rows.group_by("entity").agg(pl.col("no_str").n_unique())["no_str"].max() == 2
    sips = rows.drop_nulls("no_sip").group_by("no_sip").agg(pl.col("entity", "facility").n_unique())
    assert sips.select(pl.col("entity", "facility").max()).row(0) == (1, 1)
    council, office = told(clean, "konsil/str"), told(clean, "dpmptsp/sip")
    assert council["no_str"].is_unique().all()
    assert office["no_sip"].is_unique().all()
    assert rows.join(council, on=["no_str", "entity", "nik"], how="anti").is_empty()
    with_sip = rows.drop_nulls("no_sip")
    assert with_sip.join(office, on=["no_sip", "entity", "facility", "no_str"], how="anti").is_empty()
    assert rows.height > with_sip.height > 0.9 * rows.height


def test_registrations_are_for_life_since_the_law_and_licences_last_five_years(clean: Path) -> None:
    forms = [f"%Y{mark}%m{mark}%d" for mark in "-"] + ["%d/%m/%Y", "%d-%m-%Y"]

    def day(column: str) -> pl.Expr:
        return pl.coalesce(pl.col(column).str.to_date(form, strict=False) for form in forms)

    council = told(clean, "konsil/str").with_columns(issued=day("tanggal_terbit"), ends=day("tanggal_akhir"))
    before = council.filter(pl.col("issued") < date(2023, 8, 8))
    assert before["ends"].null_count() == 0
    assert council.filter(pl.col("issued") >= date(2023, 8, 8))["tanggal_akhir"].null_count() > 500
    office = told(clean, "dpmptsp/sip").with_columns(lasts=(day("akhir") - day("terbit")).dt.total_days())
    assert set(office["lasts"]) == {1826}
    assert (office.select(day("akhir")).to_series() < DAY).any()


def test_namesakes_work_side_by_side_and_differ_in_birth(clean: Path) -> None:
    jobs = pl.concat([told(clean, "sisdmk/tenaga"), told(clean, "sirs/tenaga")], how="diagonal")
    bare = pl.col("nama").str.to_uppercase().str.replace_all(r"^(DR|DRG|NS|APT|BDN)\.? |H\.|HJ\.|,.*", "")
    pairs = jobs.with_columns(bare=bare.str.strip_chars()).unique(["entity", "facility"])
    pairs = pairs.join(pairs, on=["bare", "facility", "jenis_kelamin"]).filter(
        pl.col("entity") < pl.col("entity_right")
    )
    assert pairs.height > 40
    assert (pairs["nik"] != pairs["nik_right"]).all()
    assert (pairs["tanggal_lahir"] != pairs["tanggal_lahir_right"]).mean() > 0.95


TOUCHES = {
    "nik_missing": {"nik"}, "nik_typo": {"nik"}, "nik_shared": {"nik"}, "nik_placeholder": {"nik"},
    "title_style": {"nama"}, "spelling": {"jenis_sdmk", "profesi"}, "spelling_odd": {"jenis_sdmk", "profesi"},
    "str_missing": {"no_str"}, "str_typo": {"no_str"}, "str_shared": {"no_str"}, "sip_missing": {"no_sip"},
    "sip_form": {"no_sip"}, "swapped": {"no_str", "no_sip"}, "number_filler": {"no_str", "no_sip"},
    "code_blank": {"kode_unit", "kode_rs", "kode_sarana"}, "unknown_facility": {"kode_unit", "kode_rs", "kode_sarana"},
    "date_reversed": {"tanggal_sip_akhir", "tgl_sip_akhir"},
    "str_stale": {"no_str", "tanggal_str", "tanggal_str_akhir"},
    "sip_stale": {"no_sip", "tanggal_sip", "tanggal_sip_akhir", "tgl_sip", "tgl_sip_akhir"},
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    write_practitioners(
        folder, jobs=150, day=DAY, noise=PractitionerNoise.none(), people=PersonNoise.none(), facilities=60
    )
    return folder


@pytest.mark.parametrize("rate", TOUCHES)
def test_each_rate_changes_its_own_columns(rate: str, plain: Path, tmp_path: Path) -> None:
    noise = PractitionerNoise.none(**{rate: 1.0})
    write_practitioners(tmp_path, jobs=150, day=DAY, noise=noise, people=PersonNoise.none(), facilities=60)
    changed = set()
    for extract in JOBS:
        before, after = told(plain, extract), told(tmp_path, extract)
        assert before["entity"].equals(after["entity"])
        changed |= {c for c in COLUMNS[extract].split() if not before[c].equals(after[c])}
    assert changed
    assert changed <= TOUCHES[rate]


def test_bytes_depend_neither_on_the_process_nor_on_its_threads(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from sehatmu.sample import write_practitioners;"
        "write_practitioners(Path(sys.argv[1]), jobs=400, seed=9, day=date(2026, 11, 23), facilities=60, format='csv')"
    )
    for name, hash_seed, threads in (("a", "1", "1"), ("b", "2", "4")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": threads, "TZ": "Asia/Jayapura"}
        subprocess.run([sys.executable, "-c", code, tmp_path / name], env=environment, check=True, timeout=120)
    one, two = (
        {str(p.relative_to(tmp_path / name)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
        for name in "ab"
        for files in [sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())]
    )
    assert len(one) == 6
    assert one == two


def test_fewer_jobs_are_the_first_of_more(tmp_path: Path) -> None:
    for name, jobs in (("few", 200), ("many", 260)):
        write_practitioners(tmp_path / name, jobs=jobs, day=DAY, noise=UNSEEN_PRACTITIONERS, facilities=60)
    few, many = (told(tmp_path / name, "sisdmk/tenaga").filter(pl.col("fault").is_null()) for name in ("few", "many"))
    shared = few.join(many, on=["entity", "facility"], how="inner")
    assert shared.height >= 0.97 * few.height
    assert (shared["nama"] == shared["nama_right"]).all()
