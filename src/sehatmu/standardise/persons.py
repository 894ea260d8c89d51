"""Registrations of patients become comparable records: evidence for linkage, attributes for golden records.

`person_records` makes them, for the night and for linkage alone; a record depends on its own row and nothing else.
Columns:

keys       record_key, source, extract, source_key, delivery_date, facility_key (sumber_kode|kode_faskes)
numbers    nik (16 digits, no placeholder), nik_state (ok|shape|placeholder|missing), nik_birth_date, nik_sex,
           nik_region (6 digits; these three are written in the NIK), nik_confirmed (null until
           `verify` fills it), no_kk, bpjs, passport, official_id, mother_nik
name       name_full (no titles, today's spelling), name_first, name_last (words of more than one letter),
           name_sorted (words in alphabetical order), name_initials, name_key (consonants of each word, sorted),
           name_skeleton (the same in the name's order, without blanks), name_is_placeholder, is_newborn_name;
           all name_ texts are null for placeholders (MR X) and for babies named after a parent (BY NY SITI)
mother     mother_name_full, mother_name_first, ... as for the name; from a baby's name where nama_ibu is missing
birth      birth_date (no placeholder, not in the future), birth_year, birth_month_day (mmdd),
           birth_date_is_placeholder, birth_date_is_year_only (1 January and the like: kept), birth_date_is_future,
           birth_evidence (for linkage: birth_date, or the NIK's where that is missing or tells the year only),
           birth_place, sex (M|F), birth_order (urutan_kembar)
place      phone (62...), address_core, rt, rw, prov_code, kab_code, kec_code, kel_code
attributes title_front, title_back, name_plain (without titles, spelt as told), nama, tempat_lahir, tanggal_lahir,
           nama_ibu, anak_ke, status_kawin (S|M|D|W), kewarganegaraan (WNI|WNA), alamat, telepon, tanggal_meninggal,
           tanggal_update, no_rm
           flags (list), link_hash (u64, of what linkage reads)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.nik import decode_nik, read_sixteen
from sehatmu.standardise.person_flags import flag_persons
from sehatmu.standardise.person_names import NAMES, PARTS, NameBook, compile_names, standardise_names
from sehatmu.standardise.person_rows import REGISTRATIONS, slices_in_order, with_keys
from sehatmu.standardise.person_values import (
    BIRTH_DATES,
    REGIONS,
    complete_births,
    judge_birth_dates,
    read_addresses,
    read_card,
    read_count,
    read_dates,
    read_phones,
    read_places,
    read_regions,
    read_rt,
    read_texts,
    read_words,
)

#: Raise it with every change of what standardising makes of a value: it is part of `link_hash`.
STANDARDISER_VERSION = "1"

KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "facility_key")
EVIDENCE = (
    "nik", "nik_state", "nik_birth_date", "nik_sex", "nik_region", "no_kk", "bpjs", "passport", "official_id",
    "mother_nik", *PARTS, "name_is_placeholder", "is_newborn_name", *(f"mother_{part}" for part in PARTS),
    *BIRTH_DATES, "birth_evidence", "birth_place", "sex", "birth_order", "phone", "address_core", "rt", "rw", *REGIONS,
)  # fmt: skip
ATTRIBUTES = (
    "title_front", "title_back", "name_plain", "nama", "tempat_lahir", "tanggal_lahir", "nama_ibu", "anak_ke",
    "status_kawin", "kewarganegaraan", "alamat", "telepon", "tanggal_meninggal", "tanggal_update", "no_rm",
)  # fmt: skip
COLUMNS = (*KEYS, *EVIDENCE, "nik_confirmed", *ATTRIBUTES, "flags", "link_hash")
#: Column → the one that it follows from.
_ROOTS = {
    **dict.fromkeys(PARTS, "name_full"),
    **{f"mother_{part}": "mother_name_full" for part in PARTS},
    "birth_year": "birth_date", "birth_month_day": "birth_date", "birth_date_is_year_only": "birth_date",
    "nik_sex": "nik", "nik_region": "nik",
}  # fmt: skip
_FLAGGED = (
    "nik_state", "name_is_placeholder", "is_newborn_name", "birth_date_is_placeholder", "birth_date_is_future", "sex",
    "phone", "telepon",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """The `wanted` columns, what the hash `hashes`, all columns that must be made for both, and the books."""

    wanted: list[str]
    hashes: list[str]
    needed: frozenset[str]
    codebooks: Codebooks
    names: NameBook


@dataclass(frozen=True, slots=True)
class _Reader:
    """`make` gives the columns `makes` (all, or those that are needed) of the delivered `reads` and of the columns
    `uses` that earlier readers make."""

    makes: tuple[str, ...]
    reads: tuple[str, ...]
    make: Callable[[Mapping[str, pl.Series], _Plan], Mapping[str, pl.Series]]
    uses: tuple[str, ...] = ()


def _one(makes: str, reads: str, read: Callable[[pl.Series], pl.Series]) -> _Reader:
    return _Reader((makes,), (reads,), lambda had, _: {makes: read(had[reads])})


def _word(makes: str, reads: str, field: str) -> _Reader:
    return _Reader((makes,), (reads,), lambda had, plan: {makes: read_words(had[reads], field, plan.codebooks)})


def _births(had: Mapping[str, pl.Series], _: _Plan) -> Mapping[str, pl.Series]:
    told = read_dates(had["tanggal_lahir"])
    return {"tanggal_lahir": told, **judge_birth_dates(told, had["delivery_date"]).to_dict()}


def _nik(had: Mapping[str, pl.Series], _: _Plan) -> Mapping[str, pl.Series]:
    nik, state = read_sixteen(had["nik"])
    # What intake has nulled was there, but not of that shape.
    flagged = ((state == "missing") & (had["flags"].list.len() > 0)).arg_true()
    said = had["flags"].gather(flagged).list.eval(pl.element().str.starts_with("nik:")).list.any()
    return {"nik": nik, "nik_state": state.scatter(flagged.filter(said), "shape")}


def _decode(had: Mapping[str, pl.Series], _: _Plan) -> Mapping[str, pl.Series]:
    return decode_nik(had["nik"], had["birth_date"], had["delivery_date"]).to_dict()


def _evidence(had: Mapping[str, pl.Series], _: _Plan) -> Mapping[str, pl.Series]:
    told, is_year_only = had["birth_date"], had["birth_date_is_year_only"]
    return {"birth_evidence": complete_births(told, is_year_only, had["nik_birth_date"])}


def _names(had: Mapping[str, pl.Series], plan: _Plan) -> Mapping[str, pl.Series]:
    return standardise_names(had["nama"], had["nama_ibu"], had["sex"], plan.names, wanted=plan.needed)


def _unconfirmed(had: Mapping[str, pl.Series], _: _Plan) -> Mapping[str, pl.Series]:
    return {
        "nik_confirmed": pl.Series("nik_confirmed", [None], dtype=pl.String).new_from_index(0, len(had["record_key"]))
    }


_READERS = (
    _Reader(("tanggal_lahir", *BIRTH_DATES), ("tanggal_lahir", "delivery_date"), _births),
    _word("sex", "jenis_kelamin", "sex"),
    _one("birth_place", "tempat_lahir", read_places),
    _one("birth_order", "urutan_kembar", read_count),
    _Reader(("nik", "nik_state"), ("nik", "flags"), _nik),
    _Reader(("nik_birth_date", "nik_sex", "nik_region"), ("delivery_date",), _decode, ("nik", "birth_date")),
    _Reader(("birth_evidence",), (), _evidence, ("birth_date", "birth_date_is_year_only", "nik_birth_date")),
    _one("no_kk", "no_kk", lambda values: read_sixteen(values)[0]),
    _one("mother_nik", "nik_ibu", lambda values: read_sixteen(values)[0]),
    _one("bpjs", "no_bpjs", partial(read_card, pattern="^[0-9]{13}$")),
    _one("passport", "paspor", partial(read_card, pattern="^[A-Z0-9]{6,12}$")),
    _one("official_id", "no_ihs", partial(read_card, pattern="^P[0-9]{11}$")),
    _Reader(NAMES, ("nama", "nama_ibu"), _names, ("sex",)),
    _Reader(("nik_confirmed",), ("record_key",), _unconfirmed),
    _Reader(REGIONS, ("kode_kel",), lambda had, _: read_regions(had["kode_kel"]).to_dict()),
    _one("phone", "telepon", read_phones),
    _one("address_core", "alamat", read_addresses),
    _one("rt", "rt", read_rt),
    _one("rw", "rw", read_rt),
    *(_one(text, text, read_texts) for text in ("nama", "tempat_lahir", "nama_ibu", "alamat", "telepon")),
    _one("no_rm", "no_rm", lambda numbers: numbers.cast(pl.String)),
    _one("tanggal_meninggal", "tanggal_meninggal", read_dates),
    _one("tanggal_update", "tanggal_update", read_dates),
    _one("anak_ke", "anak_ke", read_count),
    _word("status_kawin", "status_kawin", "marital"),
    _word("kewarganegaraan", "kewarganegaraan", "nationality"),
)


def person_records(
    rows: pl.DataFrame,
    codebooks: Codebooks,
    *,
    as_of: date,
    columns: Collection[str] = COLUMNS,
    hashed: Collection[str] = EVIDENCE,
    register: tuple[str, str] = REGISTRATIONS,
) -> pl.DataFrame:
    """The `columns` of one record per row, in the order of COLUMNS and of `record_key`; only what they need is made.

    `rows` are accepted ones (superseded ones are left out) or a frame of the delivered columns as text; what is
    absent is null. Centuries of NIKs and dates in the future are judged on the day of delivery, or else `as_of`.
    `hashed` are the columns that linkage reads, whose change changes `link_hash`. `register` is the source and
    extract that the rows are of.
    """
    plan = _plan(codebooks, columns, hashed)
    readers = [reader for reader in _READERS if plan.needed & set(reader.makes)]
    reads = plan.needed & set(KEYS) - {"source", "extract"} | {column for each in readers for column in each.reads}
    slices = slices_in_order(with_keys(rows, as_of, reads, register), reads)
    return pl.concat(_standardise(some, readers, plan, register) for some in slices)


def _plan(codebooks: Codebooks, columns: Collection[str], hashed: Collection[str]) -> _Plan:
    wanted = [column for column in COLUMNS if column in columns]
    roots = dict.fromkeys(_ROOTS.get(column, column) for column in EVIDENCE if column in hashed)
    needed = {*wanted, *(roots if "link_hash" in wanted else ()), *(_FLAGGED if "flags" in wanted else ())}
    for reader in reversed(_READERS):
        needed |= set(reader.uses) if needed & set(reader.makes) else set()
    return _Plan(wanted, list(roots), frozenset(needed), codebooks, compile_names(codebooks))


def _standardise(
    rows: pl.DataFrame, readers: Collection[_Reader], plan: _Plan, register: tuple[str, str]
) -> pl.DataFrame:
    """The wanted columns of one slice of rows."""
    delivered = rows.to_dict()
    made: dict[str, pl.Series] = {name: rows[name] for name in KEYS if name in rows.columns}
    for reader in readers:
        had = {name: delivered[name] for name in reader.reads} | {name: made[name] for name in reader.uses}
        made |= reader.make(had, plan)
    record = pl.DataFrame(made).with_columns(source=pl.lit(register[0]), extract=pl.lit(register[1]))
    if "flags" in plan.wanted:
        record = record.with_columns(flag_persons(record, rows))
    if "link_hash" in plan.wanted:
        version = f"{STANDARDISER_VERSION}|{plan.codebooks.version}"
        record = record.with_columns(hash_rows(record.select(plan.hashes), version).alias("link_hash"))
    return record.select(plan.wanted)
