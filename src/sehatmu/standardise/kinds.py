"""Which kind of facility a record is: MSI kind, subkind and, for hospitals, the speciality.

The source's own word decides through the codebook of spellings; the name overrules it only where it says
that the record is a *part* of something else (a hospital's Instalasi Farmasi, a Pustu).
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.text import clean_text

#: Kind words of names (as patterns) that make a kind of their own, whatever the source calls the record.
_PARTS: dict[str, tuple[str, str | None]] = {
    r"\bINSTALASI FARMASI\b": ("135", None),
    r"\bPUSTU\b": ("102", "OT000002"),
    r"\bPOLINDES\b": ("102", "OT000001"),
    r"\bUTD\b": ("106", None),
    # A puskesmas may name the office that runs it at its end.
    r"^DINAS KESEHATAN\b": ("129", None),
}
_HEADS = {
    "PUSKESMAS": "102", "KLINIK": "103", "RS": "104", "APOTEK": "105", "LABKES": "107", "OPTIK": "108",
    "PBF": "121", "TOKO OBAT": "123", "TOKO ALKES": "124", "POSYANDU PRIMA": "130", "POSYANDU": "131",
    "PRAKTIK MANDIRI": "101", "RUMAH BERSALIN": "103",
}  # fmt: skip
_SPECIALITIES = {
    "IBU ANAK": "IBU ANAK", "BERSALIN": "IBU ANAK", "JIWA": "JIWA", "MATA": "MATA", "GIGI MULUT": "GIGI MULUT",
    "BEDAH": "BEDAH", "PARU": "PARU", "THT": "THT", "JANTUNG": "JANTUNG", "KANKER": "KANKER", "KUSTA": "KUSTA",
    "ORTOPEDI": "ORTOPEDI", "GINJAL": "GINJAL", "STROKE": "STROKE", "OTAK": "OTAK", "UMUM": "UMUM",
}  # fmt: skip
#: The word that a kind's names begin with where they name it at all (`after` of `name_words.csv`).
KIND_HEADS = {kind: head.replace(" ", "_") for head, kind in _HEADS.items() if head != "RUMAH BERSALIN"}


def resolve_kinds(records: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Adds `kind_code`, `subkind_code`, `speciality`, `subkind_name` from `kind_text`, `subkind_text` and
    the extract's `default_kind`; a word that no codebook knows leaves the default, or null."""
    spellings = books["facility_kind_spellings"].select(
        "spelling", "kind_code", "subkind_code", "speciality", spelt_name="subkind_name"
    )
    records = records.with_columns(
        kind_word=clean_text(pl.col("kind_text")), subkind_word=clean_text(pl.col("subkind_text"))
    )
    by_kind = records.join(spellings, left_on="kind_word", right_on="spelling", how="left", maintain_order="left")
    by_both = by_kind.join(
        spellings,
        left_on="subkind_word",
        right_on="spelling",
        how="left",
        suffix="_sub",
        maintain_order="left",
    )
    kind = pl.coalesce("default_kind", "kind_code", "kind_code_sub")
    agrees = pl.col("kind_code_sub").is_null() | (pl.col("kind_code_sub") == kind)
    subkind = pl.when(agrees).then("subkind_code_sub")
    return by_both.with_columns(
        kind_code=kind,
        subkind_code=pl.coalesce(subkind, "subkind_code"),
        speciality=pl.coalesce("speciality_sub", "speciality"),
        subkind_name=pl.coalesce("spelt_name_sub", "spelt_name"),
        kind_known=pl.col("kind_word").is_null() | pl.col("kind_code").is_not_null(),
    ).drop("^.*_sub$", "spelt_name", "kind_word", "subkind_word")


def refine_by_name(records: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Corrects kinds by the words that left the name's core (`name_kind`), and adds the display columns
    `jenis_sarana_*`, `subjenis_*` and `kind_key`: records whose `kind_key` differ are never one facility."""
    text, free = pl.col("name_kind"), pl.col("default_kind").is_null()
    parts = [pl.when(free & text.str.contains(pattern)).then(pl.lit(pattern)) for pattern in _PARTS]
    part = pl.coalesce(parts)
    kind_of_part = part.replace_strict({p: kind for p, (kind, _) in _PARTS.items()}, default=None)
    subkinds = {p: subkind for p, (_, subkind) in _PARTS.items()}
    subkind_of_part = part.replace_strict(subkinds, default=None, return_dtype=pl.String)
    heads = [pl.when(text.str.contains(rf"^{head}\b")).then(pl.lit(kind)) for head, kind in _HEADS.items()]
    words = [pl.when(text.str.contains(rf"\b{w}\b")).then(pl.lit(s)) for w, s in _SPECIALITIES.items()]
    kind = pl.coalesce(kind_of_part, "kind_code", *heads)
    is_hospital = kind == "104"
    records = records.with_columns(
        kind_code=kind,
        subkind_code=pl.when(part.is_null()).then("subkind_code").otherwise(subkind_of_part),
        speciality=pl.when(is_hospital).then(pl.coalesce("speciality", *words)),
        subkind_name=pl.when(part.is_null()).then("subkind_name"),
    )
    return _name_kinds(records, books)


def _name_kinds(records: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    kinds = books["facility_kinds"].select("kind_code", jenis_sarana_nama="name", jenis_sarana_nama_alt="name_alt")
    subkinds = books["facility_subkinds"].select(
        "subkind_code", "is_apart", subjenis_nama="name", subjenis_nama_alt="name_alt"
    )
    records = records.join(kinds, on="kind_code", how="left", maintain_order="left")
    records = records.join(subkinds, on="subkind_code", how="left", maintain_order="left")
    return records.with_columns(
        jenis_sarana_kode="kind_code",
        subjenis_kode="subkind_code",
        subjenis_nama=pl.coalesce("subjenis_nama", "subkind_name"),
        kind_key=pl.when(pl.col("is_apart") == "true").then("subkind_code").otherwise("kind_code"),
    ).drop("is_apart")
