"""Titles, professions and records of health workers, one value at a time."""

from pathlib import Path

import polars as pl
import pytest

from sehatmu.standardise.practitioner_titles import read_titles
from sehatmu.standardise.professions import list_unmapped, read_education, read_groups, read_professions
from tests.standardising_persons import names
from tests.standardising_practitioners import (
    COUNCIL,
    NIK,
    NURSE,
    OTHER_NIK,
    SIMADA,
    SIRS,
    SISDMK,
    books,
    findings,
    night,
    standardise,
    take_in,
)

SPECIALIST = "dokter_spesialis"
CIVIL = {"nik": NIK, "nama_lgkp": "DEWI SARTIKA", "jenis_klmin": "PEREMPUAN", "tgl_lhr": "1990-01-01"}


def titles(text: str) -> tuple[object, ...]:
    found = names([text])
    return read_titles(pl.Series([text]), found["title_front"], found["title_back"], books()).row(0)


@pytest.mark.parametrize(
    ("text", "front", "back", "profession", "speciality"),
    [
        ("dr. H. Ahmad Fauzi, Sp.PD-KGEH, M.Kes", "dr. H.", "Sp.P.D., KGEH, M.Kes.", SPECIALIST, "Penyakit Dalam"),
        ("AHMAD FAUZI,dr,SpPD", "dr.", "Sp.P.D.", SPECIALIST, "Penyakit Dalam"),
        ("Prof. Dr. dr. Siti Aminah, Sp.A(K)", "Prof. Dr. dr.", "Sp.A.(K)", SPECIALIST, "Anak"),
        ("Dr. Budi Santoso, M.Kes", "Dr.", "M.Kes.", None, None),
        ("DR. BUDI", "dr.", None, None, None),
        ("Dewi Sartika, S.Kep., Ns", None, "S.Kep.Ns.", "ners", None),
        ("apt. Rina, S.Farm", "Apt.", "S.Farm.", "apoteker", None),
        ("Rina Wati, S.Farm", None, "S.Farm.", None, None),
        ("Budi", None, None, None, None),
    ],
)  # fmt: skip
def test_titles_have_one_spelling_and_one_side(
    text: str, front: str | None, back: str | None, profession: str | None, speciality: str | None
) -> None:
    told = titles(text)
    assert told[:3] == (front, back, profession)
    assert told[4] == speciality


@pytest.mark.parametrize(
    ("text", "code", "speciality"),
    [
        ("Perawat Ahli Muda", "perawat", None),
        ("PERAWAT  TERAMPIL", "perawat", None),
        ("Ners", "ners", None),
        ("S.Kep., Ns", "ners", None),
        ("Dokter Ahli Madya", "dokter", None),
        ("Ahli Gizi Ahli Pertama", "nutrisionis", None),
        ("Dokter Spesialis Penyakit Dalam", "dokter_spesialis", "PENYAKIT DALAM"),
        ("Dokter Gigi Spesialis Ortodonti Ahli Utama", "dokter_gigi_spesialis", "ORTODONTI"),
        ("Apoteker Penanggung Jawab Produksi", "apoteker", None),
        ("Sopir", None, None),
        ("-", None, None),
        (None, None, None),
    ],
)
def test_spellings_of_a_profession(text: str | None, code: str | None, speciality: str | None) -> None:
    read = read_professions(pl.Series([text], dtype=pl.String), books())
    assert read.row(0) == (code, speciality)


def test_every_spelling_title_and_limit_names_a_profession_of_the_codebook() -> None:
    known = set(books()["professions"]["profession_code"])
    assert set(books()["profession_spellings"]["profession_code"]) <= known
    assert set(books()["profession_titles"]["profession_code"].drop_nulls()) <= known
    written = books()["profession_titles"]["title"]
    assert set(written) <= set(books()["person_titles"]["title"])
    groups = set(books()["professions"]["group_code"])
    assert set(books()["profession_titles"]["group_code"]) <= groups


def test_every_profession_is_read_from_its_own_name() -> None:
    book = books()["professions"]
    read = read_professions(book["name"], books())["profession_code"]
    unread = book.filter(read.ne_missing(book["profession_code"]))["name"].to_list()
    assert unread == []


def test_what_no_codebook_reads_is_a_worklist_and_nothing_else() -> None:
    told = pl.DataFrame({"profession_text": ["Perawt", "Sopir", "Perawt"]}).with_columns(
        source=pl.lit("sisdmk"), extract=pl.lit("tenaga")
    )
    listed = list_unmapped(told, books()).select("profession_text", "record_count", "nearest_code")
    assert listed.rows() == [("Perawt", 2, "perawat"), ("Sopir", 1, None)]
    assert list_unmapped(told.clear(), books()).height == 0


def test_groups_and_degrees() -> None:
    assert read_groups(pl.Series(["Keperawatan", "TENAGA MEDIS", "Medis", "x"]), books()).to_list() == [
        "keperawatan", "medis", "medis", None,
    ]  # fmt: skip
    degrees = pl.Series(["S1 Keperawatan", "D-III Kebidanan", "Profesi Ners", "SMA", "?", None])
    assert read_education(degrees, books()).to_list() == ["s1", "d3", "profesi", "sma", None, None]


def test_titles_tell_a_profession_that_is_not_told_and_differ_from_one_that_is(tmp_path: Path) -> None:
    rows = [
        {"kode_rs": "3273010", "nik": NIK, "nama": "Dewi Sartika, A.Md.Keb"},
        {"kode_rs": "3273010", "nik": OTHER_NIK, "nama": "Siti, A.Md.Keb", "profesi": "Perawat"},
        {"kode_rs": "3273010", "nama": "Budi, S.Farm", "profesi": "Petugas Obat"},
    ]
    made = night(tmp_path, **{SIRS: rows})
    read = dict(made["record"].select("nama", "profession_code").rows())
    assert read == {"DEWI SARTIKA": "bidan", "SITI": "perawat", "BUDI": None}
    assert findings(made) == ["profession:title-differs", "profession:unmapped"]
    assert made["record"].filter(nama="BUDI")["profession_group"].item() == "kefarmasian"
    assert made["worklist"]["profession_text"].to_list() == ["Petugas Obat"]


def test_names_keep_their_spelling_without_titles_and_titles_leave_the_evidence(tmp_path: Path) -> None:
    bare = {"kode_rs": "3273010", "nik": NIK, "nama": "MOCH. JUSUF"}
    titled = {"kode_sarana": "SMD-0000123", "nik": NIK, "nama": "Ir. H. Moch. Jusuf, S.Farm., Apt"}
    made = night(tmp_path, **{SIRS: [bare], SIMADA: [titled]})["record"]
    assert made["nama"].to_list() == ["MOCH JUSUF"] * 2
    assert made["name_full"].unique().to_list() == ["MUHAMMAD YUSUF"]
    assert sorted(made["gelar_belakang"].fill_null("")) == ["", "S.Farm., Apt."]


def test_a_list_lends_its_nik_to_a_job_that_tells_none(tmp_path: Path) -> None:
    council = {"no_str": "qk 00000000000123", "nik": NIK, "nama": "DEWI SARTIKA"}
    made = night(tmp_path, **{SISDMK: [NURSE | {"nik": None}], COUNCIL: [council]})
    assert made["record"].select("nik", "nik_evidence").row(0) == (None, NIK)
    assert made["licence"]["record_key"].n_unique() == 1


def test_the_civil_register_confirms_a_nik_and_denies_another(tmp_path: Path) -> None:
    rows = [NURSE, NURSE | {"nik": OTHER_NIK, "kode_unit": "P3204010201"}, NURSE | {"nama": "Bambang Sutrisno"}]
    accepted, _ = take_in(tmp_path, {SISDMK: rows, "dukcapil_penduduk": [CIVIL]})
    made = standardise(accepted)
    assert made["record"]["nik_confirmed"].drop_nulls().to_list() == [NIK]
    assert findings(made) == ["nik:not-in-register", "nik:other-name"]


def test_the_hash_changes_with_what_linkage_reads_only(tmp_path: Path) -> None:
    first = night(tmp_path / "a", **{SISDMK: [NURSE]})["record"]
    titled = night(tmp_path / "b", **{SISDMK: [NURSE | {"nama": "Ns. Dewi Sartika, S.Kep., M.Kep"}]})["record"]
    moved = night(tmp_path / "c", **{SISDMK: [NURSE | {"kode_unit": "P3204010201"}]})["record"]
    told = ("nama_lengkap", "gelar_depan", "gelar_belakang")
    assert first.drop(told).equals(titled.drop(told))
    assert not first.equals(titled)
    assert first["link_hash"].item() != moved["link_hash"].item()


def test_nothing_at_all_makes_empty_tables() -> None:
    made = standardise({})
    assert {name: frame.height for name, frame in made.items()} == dict.fromkeys(made, 0)
    assert "facility_id" in made["record"].columns
