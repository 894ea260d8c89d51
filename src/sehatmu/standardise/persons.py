"""Registrations of patients become comparable records: evidence for linkage, attributes for golden records.

`person_records` makes them, for the night and for linkage alone. Columns of a record:

keys       record_key, source, extract, source_key, delivery_date, facility_key (sumber_kode|kode_faskes)
numbers    nik (16 digits, no placeholder), nik_state (ok|shape|placeholder|missing), nik_birth_date, nik_sex,
           nik_region (6 digits; these three are written in the NIK), no_kk, bpjs, passport, official_id, mother_nik
name       name_full (no titles, today's spelling), name_first, name_last (words of more than one letter),
           name_sorted (words in alphabetical order), name_initials, name_key (consonants of each word, sorted),
           name_skeleton (the same in the name's order, without blanks), name_is_placeholder, is_newborn_name;
           all name_ texts are null for placeholders (MR X) and for babies named after a parent (BY NY SITI)
mother     mother_name_full, mother_name_first, ... as for the name; from a baby's name where nama_ibu is missing
birth      birth_date (no placeholder, not in the future), birth_year, birth_month_day (mmdd),
           birth_date_is_placeholder, birth_date_is_year_only (1 January and the like: kept), birth_date_is_future,
           birth_place, sex (M|F), birth_order (urutan_kembar)
place      phone (62...), address_core, rt, rw, prov_code, kab_code, kec_code, kel_code
attributes title_front, title_back, nama, tempat_lahir, tanggal_lahir, nama_ibu, anak_ke, status_kawin (S|M|D|W),
           kewarganegaraan (WNI|WNA), alamat, telepon, tanggal_meninggal, tanggal_update, no_rm
           flags (list), link_hash (u64, of what linkage reads)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.nik import decode_nik, read_sixteen
from sehatmu.standardise.person_names import PARTS, NameBook, compile_names, standardise_names
from sehatmu.standardise.person_values import (
    judge_birth_dates,
    read_addresses,
    read_card,
    read_dates,
    read_phones,
    read_regions,
    read_texts,
    read_words,
)
from sehatmu.standardise.text import clean_text, tidy

#: Raise it with every change of what standardising makes of a value: it is part of `link_hash`.
STANDARDISER_VERSION = "1"

_SOURCE, _EXTRACT = "faskes", "pasien"
_DELIVERED = (
    "sumber_kode", "kode_faskes", "no_rm", "no_ihs", "nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin",
    "nama_ibu", "nik_ibu", "urutan_kembar", "anak_ke", "status_kawin", "kewarganegaraan", "no_kk", "alamat", "rt", "rw",
    "kode_kel", "telepon", "no_bpjs", "paspor", "tanggal_meninggal", "tanggal_update",
)  # fmt: skip
KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "facility_key")
EVIDENCE = (
    "nik", "nik_state", "nik_birth_date", "nik_sex", "nik_region", "no_kk", "bpjs", "passport", "official_id",
    "mother_nik", *PARTS, "name_is_placeholder", "is_newborn_name", *(f"mother_{part}" for part in PARTS),
    "birth_date", "birth_year", "birth_month_day", "birth_date_is_placeholder", "birth_date_is_year_only",
    "birth_date_is_future", "birth_place", "sex", "birth_order", "phone", "address_core", "rt", "rw", "prov_code",
    "kab_code", "kec_code", "kel_code",
)  # fmt: skip
ATTRIBUTES = (
    "title_front", "title_back", "nama", "tempat_lahir", "tanggal_lahir", "nama_ibu", "anak_ke", "status_kawin",
    "kewarganegaraan", "alamat", "telepon", "tanggal_meninggal", "tanggal_update", "no_rm",
)  # fmt: skip
COLUMNS = (*KEYS, *EVIDENCE, *ATTRIBUTES, "flags", "link_hash")
#: Column → the one that it follows from.
_ROOTS = {
    **dict.fromkeys(PARTS, "name_full"),
    **{f"mother_{part}": "mother_name_full" for part in PARTS},
    "birth_year": "birth_date", "birth_month_day": "birth_date", "birth_date_is_year_only": "birth_date",
    "nik_sex": "nik", "nik_region": "nik",
}  # fmt: skip
#: Rows that are worked on at once: bounds the memory, and changes nothing else.
_SLICE = 1 << 20
_BPJS, _IHS, _PASSPORT = r"^\d{13}$", r"^P\d{11}$", r"^[A-Z0-9]{6,12}$"


def person_records(
    rows: pl.DataFrame,
    codebooks: Codebooks,
    *,
    as_of: date,
    columns: Collection[str] = COLUMNS,
    hashed: Collection[str] = EVIDENCE,
) -> pl.DataFrame:
    """The `columns` of one record per row, in the order of COLUMNS and of `record_key`; only what they need is made.

    `rows` are accepted ones (superseded ones are left out) or a frame of the delivered columns as text; what is
    absent is null. Centuries of NIKs and dates in the future are judged on the day of delivery, or else `as_of`.
    `hashed` are the columns that linkage reads, whose change changes `link_hash`.
    """
    wanted = [column for column in COLUMNS if column in columns]
    maker = _Maker(codebooks, compile_names(codebooks), wanted, [c for c in EVIDENCE if c in hashed])
    rows = _with_keys(rows, as_of)
    rows = rows if rows["record_key"].is_sorted() else rows.sort("record_key")
    return pl.concat(_standardise(rows.slice(at, _SLICE), maker) for at in range(0, max(len(rows), 1), _SLICE))


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every slice is made with: `wanted` columns, and `hashed` ones of them that linkage reads."""

    codebooks: Codebooks
    names: NameBook
    wanted: list[str]
    hashed: list[str]

    @property
    def roots(self) -> list[str]:
        """What the hashed columns follow from, so that the hash reads no more than it must."""
        return list(dict.fromkeys(_ROOTS.get(column, column) for column in self.hashed))

    @property
    def needed(self) -> set[str]:
        """The columns to work out, those that the hash and the flags read included."""
        flagged = _FLAGGED if "flags" in self.wanted else ()
        return {*self.wanted, *(self.roots if "link_hash" in self.wanted else ()), *flagged}


def _with_keys(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The delivered columns and the keys; keys are made where intake has not."""
    if "is_current" in rows.columns:
        rows = rows.filter("is_current")
    absent = [pl.lit(None, pl.String).alias(name) for name in _DELIVERED if name not in rows.columns]
    rows = rows.with_columns(absent)
    if "source_key" not in rows.columns:
        rows = rows.with_columns(source_key=pl.concat_str("sumber_kode", "kode_faskes", "no_rm", separator="|"))
    if "record_key" not in rows.columns:
        rows = rows.with_columns(record_key=pl.concat_str(pl.lit(f"{_SOURCE}|{_EXTRACT}|"), "source_key"))
    if "delivery_date" not in rows.columns:
        rows = rows.with_columns(delivery_date=pl.lit(as_of))
    if "flags" not in rows.columns:
        rows = rows.with_columns(flags=pl.lit([], pl.List(pl.String)))
    return rows.select("record_key", "source_key", "delivery_date", "flags", *_DELIVERED)


def _standardise(rows: pl.DataFrame, maker: _Maker) -> pl.DataFrame:
    """The wanted columns of one slice."""
    needed, wanted, codebooks = maker.needed, maker.wanted, maker.codebooks
    made: dict[str, pl.Series] = {"record_key": rows["record_key"], "source_key": rows["source_key"]}
    made["delivery_date"] = rows["delivery_date"]
    made |= _read_births(rows, codebooks, needed)
    made |= _read_numbers(rows, made, needed)
    if any(name.startswith(("name_", "mother_name_", "title_", "is_newborn")) for name in needed):
        made |= standardise_names(rows["nama"], rows["nama_ibu"], made["sex"], maker.names, wanted=needed)
    made |= _read_places(rows, needed)
    made |= _read_attributes(rows, codebooks, needed)
    record = rows.select(
        source=pl.lit(_SOURCE),
        extract=pl.lit(_EXTRACT),
        facility_key=pl.concat_str("sumber_kode", "kode_faskes", separator="|"),
    ).with_columns(made[name].alias(name) for name in made)
    if "flags" in wanted:
        record = record.with_columns(_flags(record, rows))
    if "link_hash" in wanted:
        version = f"{STANDARDISER_VERSION}|{codebooks.version}"
        record = record.with_columns(hash_rows(record.select(maker.roots), version).alias("link_hash"))
    return record.select(wanted)


def _read_births(rows: pl.DataFrame, codebooks: Codebooks, needed: Set[str]) -> dict[str, pl.Series]:
    made = {"sex": read_words(rows["jenis_kelamin"], "sex", codebooks)}
    made["tanggal_lahir"] = read_dates(rows["tanggal_lahir"])
    made |= judge_birth_dates(made["tanggal_lahir"], rows["delivery_date"]).to_dict()
    if "birth_place" in needed:
        made["birth_place"] = evaluate_distinct(rows["tempat_lahir"], lambda text: clean_text(tidy(text)))
    if "birth_order" in needed:
        made["birth_order"] = rows["urutan_kembar"].cast(pl.Int8, strict=False)
    return made


def _read_numbers(rows: pl.DataFrame, births: Mapping[str, pl.Series], needed: Set[str]) -> dict[str, pl.Series]:
    made: dict[str, pl.Series] = {}
    if needed & {"nik", "nik_state", "nik_birth_date", "nik_sex", "nik_region"}:
        made["nik"], state = read_sixteen(rows["nik"])
        # What intake has nulled was there, but not of that shape.
        lost = rows["flags"].list.eval(pl.element().str.starts_with("nik:")).list.any()
        made["nik_state"] = state.zip_with(~lost, pl.Series(["shape"]))
    if needed & {"nik_birth_date", "nik_sex", "nik_region"}:
        made |= decode_nik(made["nik"], births["birth_date"], rows["delivery_date"]).to_dict()
    for name, column in (("no_kk", "no_kk"), ("mother_nik", "nik_ibu")):
        if name in needed:
            made[name] = read_sixteen(rows[column])[0]
    cards = (("bpjs", "no_bpjs", _BPJS), ("passport", "paspor", _PASSPORT), ("official_id", "no_ihs", _IHS))
    return made | {name: read_card(rows[column], pattern) for name, column, pattern in cards if name in needed}


def _read_places(rows: pl.DataFrame, needed: Set[str]) -> dict[str, pl.Series]:
    made: dict[str, pl.Series] = {}
    if needed & {"prov_code", "kab_code", "kec_code", "kel_code"}:
        made |= read_regions(rows["kode_kel"]).to_dict()
    if "phone" in needed:
        made["phone"] = read_phones(rows["telepon"])
    if "address_core" in needed:
        made["address_core"] = read_addresses(rows["alamat"])
    for name in ("rt", "rw"):
        if name in needed:
            made[name] = evaluate_distinct(rows[name], lambda text: text.str.extract(r"^\s*0*(\d{1,3})\s*$"))
    return made


def _read_attributes(rows: pl.DataFrame, codebooks: Codebooks, needed: Set[str]) -> dict[str, pl.Series]:
    texts = ("nama", "tempat_lahir", "nama_ibu", "alamat", "telepon", "no_rm")
    made = {name: read_texts(rows[name]) for name in texts if name in needed}
    for name in ("tanggal_meninggal", "tanggal_update"):
        if name in needed:
            made[name] = read_dates(rows[name])
    for name, field in (("status_kawin", "marital"), ("kewarganegaraan", "nationality")):
        if name in needed:
            made[name] = read_words(rows[name], field, codebooks)
    if "anak_ke" in needed:
        made["anak_ke"] = rows["anak_ke"].cast(pl.Int8, strict=False)
    return made


#: What `flags` reads of the record.
_FLAGGED = (
    "nik_state", "name_is_placeholder", "is_newborn_name", "birth_date_is_placeholder", "birth_date_is_future", "sex",
    "phone",
)  # fmt: skip


def _flags(record: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Intake's flags and `column:reason` of what standardising set aside, sorted."""
    said = {
        "nik:placeholder": record["nik_state"] == "placeholder",
        "nik:pattern": (record["nik_state"] == "shape") & rows["nik"].is_not_null(),
        "nama:placeholder": record["name_is_placeholder"],
        "nama:newborn": record["is_newborn_name"],
        "tanggal_lahir:placeholder": record["birth_date_is_placeholder"],
        "tanggal_lahir:future": record["birth_date_is_future"],
        "jenis_kelamin:unknown": rows["jenis_kelamin"].is_not_null() & record["sex"].is_null(),
        "telepon:unreadable": read_texts(rows["telepon"]).is_not_null() & record["phone"].is_null(),
    }
    frame = pl.DataFrame(said).with_columns(flags=rows["flags"])
    some = frame.select(pl.any_horizontal(list(said))).to_series().fill_null(False)
    own = [pl.when(name).then(pl.lit(name)) for name in said]
    joined = pl.col("flags").list.concat(pl.concat_list(own).list.drop_nulls()).list.unique().list.sort()
    told = frame.filter(some).select(joined).to_series()
    at = pl.int_range(len(rows), eager=True).scatter(some.arg_true(), pl.int_range(len(told), eager=True) + len(rows))
    return pl.concat([rows["flags"], told]).gather(at).alias("flags")
