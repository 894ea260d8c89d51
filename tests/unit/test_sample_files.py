"""The files of the sample: equal bytes, headers that the contracts know, and truth that points to each row."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.contracts import Contract, header_key, load_contracts
from sehatmu.sample import Noise, SampleTruth, write_sample
from sehatmu.sample.files import LAYOUTS

DAY = date(2026, 11, 23)
CONTRACTS = load_contracts(Path(__file__).parents[2] / "data_contracts")
EXTRACTS = [n for n in LAYOUTS if CONTRACTS.source(*n.split("/")).domain in {"facility", "reference"}]
FACILITY_EXTRACTS = [name for name in EXTRACTS if name not in {"sirs/tempat_tidur", "referensi/wilayah"}]
MANY_FAULTS = Noise(required_missing=0.05, duplicate_row=0.05, duplicate_key=0.05, bad_date=0.05, code_blank=0.2)


def delivered(folder: Path, extract: str, day: date = DAY) -> pl.DataFrame:
    """The file as text under its own headers, with `row_number` as a person counts."""
    layout = LAYOUTS[extract]
    path = folder / extract / day.isoformat() / layout.file
    raw = path.read_bytes()
    if path.suffix == ".xlsx":
        rows = pl.read_excel(raw, engine="calamine", infer_schema_length=0, read_options={"header_row": 2})
    elif path.suffix in {".json", ".gz"}:
        text = gzip.decompress(raw).decode() if path.suffix == ".gz" else raw.decode()
        objects = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
        rows = pl.DataFrame(objects, infer_schema_length=None, strict=False).cast(pl.String)
    else:
        encoding = "cp1252" if extract == "simada/sarana" else "utf-8-sig"
        separator = {"simada/sarana": ";", "bpjs/faskes": "\t"}.get(extract, ",")
        text = raw.decode(encoding).replace("\r\n", "\n")
        rows = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    return rows.with_row_index("row_number", offset=layout.first_row)


def columns_of(contract: Contract) -> dict[str, str]:
    """Every header that the contract knows, in comparable form, and the column it means."""
    return {header_key(h): column.name for column in contract.columns for h in (column.name, *column.aliases)}


def canonical(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    known = columns_of(contract)
    named = rows.rename({h: known[header_key(h)] for h in rows.columns if h != "row_number"})
    return named.with_columns(pl.col(pl.String).replace("", None))  # quoted files write null as ""


def digests(folder: Path) -> dict[str, str]:
    """Path below the folder, dates left out, to the hash of the bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "/".join(part for part in path.relative_to(folder).parts if not part.startswith("20")): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleTruth]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, write_sample(folder, facilities=1200, seed=5, day=DAY, noise=MANY_FAULTS)


def test_the_same_seed_gives_equal_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed, day in (("a", 3, DAY), ("b", 3, date(2027, 1, 1)), ("c", 4, DAY)):
        write_sample(tmp_path / name, facilities=150, seed=seed, day=day)
    one, again, other = (digests(tmp_path / name) for name in "abc")
    extracts = [path for path in one if not path.startswith("truth")]
    assert [again[path] for path in extracts] == [one[path] for path in extracts]
    assert all(other[path] != one[path] for path in extracts)


def test_bytes_depend_neither_on_the_process_nor_on_its_threads(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path; from sehatmu.sample import write_sample;"
        "write_sample(Path(sys.argv[1]), facilities=200, seed=9, day=date(2026, 11, 23))"
    )
    for name, hash_seed, threads in (("a", "1", "1"), ("b", "2", "4")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": threads, "TZ": "Asia/Jayapura"}
        subprocess.run([sys.executable, "-c", code, tmp_path / name], env=environment, check=True, timeout=60)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


@pytest.mark.parametrize("extract", EXTRACTS)
def test_every_header_is_one_that_the_contract_knows(sample: tuple[Path, SampleTruth], extract: str) -> None:
    contract = CONTRACTS.source(*extract.split("/"))
    known = columns_of(contract)
    headers = [h for h in delivered(sample[0], extract).columns if h != "row_number"]
    assert [h for h in headers if header_key(h) not in known] == []
    assert {known[header_key(h)] for h in headers} == {column.name for column in contract.columns}


@pytest.mark.parametrize("extract", FACILITY_EXTRACTS)
def test_truth_tells_key_and_entity_of_every_row_that_has_a_key(sample: tuple[Path, SampleTruth], extract: str) -> None:
    folder, truth = sample
    source, _, name = extract.partition("/")
    contract = CONTRACTS.source(source, name)
    key = pl.concat_str([pl.col(part).str.strip_chars() for part in contract.business_key], separator="|")
    rows = canonical(delivered(folder, extract), contract).select("row_number", source_key=key)
    told = pl.read_csv(truth.facility, schema_overrides={"source_key": pl.String}).filter(source=source, extract=name)
    assert told["source_key"].is_unique().all()
    assert set(rows["source_key"].drop_nulls()) == set(told["source_key"])
    stood = told.join(rows.with_columns(pl.col("row_number").cast(pl.Int64)), on=["row_number", "source_key"])
    assert stood.height == told.height
    assert told["file_name"].unique().to_list() == [f"2026-11-23/{LAYOUTS[extract].file}"]


@pytest.mark.parametrize("extract", FACILITY_EXTRACTS)
def test_every_fault_stands_where_truth_says(sample: tuple[Path, SampleTruth], extract: str) -> None:
    folder, truth = sample
    source, _, name = extract.partition("/")
    contract = CONTRACTS.source(source, name)
    rows = canonical(delivered(folder, extract), contract)
    faults = pl.read_csv(truth.fault).filter(source=source, extract=name)
    required = [column.name for column in contract.columns if column.required]
    key = [pl.col(part).str.strip_chars() for part in contract.business_key]

    def at(fault: str) -> set[int]:
        return set(faults.filter(fault=fault)["row_number"])

    lacking = rows.filter(pl.any_horizontal(pl.col(column).is_null() for column in required))
    assert at("required_missing") == set(lacking["row_number"])
    assert at("required_missing")
    copies = rows.filter(~rows.select(pl.struct(pl.exclude("row_number")).is_first_distinct()).to_series())
    assert at("duplicate_row") == set(copies["row_number"])
    assert at("duplicate_row")
    keyed = rows.filter(
        pl.all_horizontal(part.is_not_null() for part in key),
        ~pl.col("row_number").is_in(copies["row_number"].implode()),
    )
    doubled = keyed.filter(~pl.concat_str(key, separator="|").is_first_distinct())
    assert at("duplicate_key") == set(doubled["row_number"])
    assert at("duplicate_key")
    if "tgl_izin_akhir" in rows.columns:
        date_text = pl.col("tgl_izin_akhir")
        dates = pl.coalesce(date_text.str.to_date(form, strict=False) for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"))
        undated = rows.filter(date_text.is_not_null() & dates.is_null())
        assert at("bad_date") == set(undated["row_number"])
        assert at("bad_date")


def test_the_files_are_of_the_forms_that_registers_deliver(sample: tuple[Path, SampleTruth]) -> None:
    raw = {name: (sample[0] / name / "2026-11-23" / LAYOUTS[name].file).read_bytes() for name in EXTRACTS}
    assert raw["sisdmk/fasilitas"][:2] == b"PK"
    assert raw["yankes/fasyankes"][:2] == b"\x1f\x8b"
    assert raw["sirs/tempat_tidur"][:3] == b"\xef\xbb\xbf"
    with pytest.raises(UnicodeDecodeError):
        raw["simada/sarana"].decode("utf-8")
    hospitals = json.loads(raw["sirs/rumah_sakit"])
    assert {type(row["(d.total_tt)"]) for row in hospitals} == {int}
    assert {type(row["d.kode_rs"]) for row in hospitals} >= {int, str}


def test_beds_add_up_to_what_the_hospital_tells(tmp_path: Path) -> None:
    write_sample(tmp_path, facilities=400, day=DAY, noise=Noise.none())
    beds = delivered(tmp_path, "sirs/tempat_tidur").group_by("kode_rs").agg(pl.col("jumlah_tt").cast(pl.Int64).sum())
    hospitals = canonical(delivered(tmp_path, "sirs/rumah_sakit"), CONTRACTS.source("sirs", "rumah_sakit"))
    told = hospitals.select("kode_rs", pl.col("total_tt").cast(pl.Int64))
    assert told.sort("kode_rs").equals(beds.sort("kode_rs").rename({"jumlah_tt": "total_tt"}))
    assert told.height > 20
