"""Addresses split into their parts: street, RT/RW, village, district, regency words, postal code.

Indonesian addresses label their parts (Jl., Kel., Kec., Kab.); the labels are found, the region parts are
given to `regions`, and what is left is the core that linkage compares. Works on the unique addresses.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.text import modern_spelling, unwrap, upper_text, wrap

#: Label words as people write them, and the mark that replaces them. `~` ends the part before.
_LABELS = {
    r"KECAMATAN|KEC|DISTRIK|DISTRRIK|DIST": "~K",
    r"KELURAHAN|KEL|DESA|DS|GAMPONG|NAGARI|PEKON|KAMPUNG|KP": "~L",
    r"KABUPATEN|KAB": "~R KABUPATEN",
    r"PROVINSI|PROPINSI|PROV|PROP": "~P",
    r"JALAN|JLN|JL": "~J",
    r"GANG|GG": "~G",
    r"RUKUN TETANGGA": "RT",
    r"RUKUN WARGA": "RW",
}
_PART = r"([^~,]+)"


def normalise_addresses(addresses: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Unique `address` texts with `address_core`, `address_text` (all words, labels in full), `rt`, `rw`,
    `village_text`, `district_text`, `last_part` (from the last label on, with its
    mark and commas) and `postal_code`; null where absent."""
    unique = addresses.select("address").unique(maintain_order=True).filter(pl.col("address").is_not_null())
    # `No. 3Kec. Cikole`: a label glued to the word before it.
    glued = r"([a-z0-9])(Kec|Kel|Kab|Ds|Desa|Distrik|Jl|Rt|Rw|Kota)\b"
    text = upper_text(pl.col("address").str.replace_all(glued, "${1} ${2}"))
    # A slash between digits (RT 010/04) says something, any other is a blank.
    text = text.str.replace_all(r"[;()\[\]:]", ",").str.replace_all(r"(\d)\s*/\s*(\d)", "${1}÷${2}")
    text = text.str.replace_all(r"[^A-Z0-9,÷]+", " ").str.replace_all("÷", "/")
    # A district may be called after a village word (Kec. Kampung Rakyat).
    text = text.str.replace_all(r"\b(KEC|KECAMATAN|DISTRIK) +(KAMPUNG|DESA|NAGARI|KP)\b", "${1} _${2}")
    for label, mark in _LABELS.items():
        text = text.str.replace_all(rf"\b({label})\b", f" {mark} ")
    text = text.str.replace_all("_", "")
    unique = unique.with_columns(text=unwrap(text))
    part = {name: _last_part(mark) for name, mark in {"district_text": "K", "village_text": "L"}.items()}
    # `RT 010/04` says RT and RW at once.
    pair = pl.col("text").str.extract_groups(r"\bRT\s*0*(\d{1,3})(?:\s*/\s*|\s*,?\s*RW\s*)0*(\d{1,3})")
    unique = unique.with_columns(
        **part,
        rt=pl.coalesce(pair.struct[0], pl.col("text").str.extract(r"\bRT\s*0*(\d{1,3})\b")),
        rw=pl.coalesce(pair.struct[1], pl.col("text").str.extract(r"\bRW\s*0*(\d{1,3})\b")),
        postal_code=pl.col("text").str.extract(r"\b([1-9]\d{4})\s*,?\s*$"),
        last_part=unwrap(pl.col("text").str.extract(r"(~?[^~]+)$").str.replace_all(r"[\d/]+", " ")),
        address_text=unwrap(pl.col("text").str.replace_all(r"~[A-Z]|[,/]", " ")),
    )
    return unique.with_columns(address_core=_core(words)).drop("text")


def _last_part(mark: str) -> pl.Expr:
    """What follows the last such label: `Jl. Kecamatan No. 1, Kec. Bonorowo` is in Bonorowo."""
    text = unwrap(pl.col("text").str.extract(rf"^.*~{mark}\s+{_PART}"))
    return pl.when(text != "").then(text)


def _core(words: pl.DataFrame) -> pl.Expr:
    core = pl.col("text").str.replace_all(r"~[KPR]\s+[^~,]*", " ").str.replace_all(r"\b[1-9]\d{4}\b", " ")
    core = core.str.replace_all(r"~[A-Z]", " ").str.replace_all(r"\b(NO|NOMOR)\b|[,/]", " ")
    core = wrap(unwrap(core.str.replace_all(r"\b0+(\d)", "${1}")))
    synonyms = words.filter(pl.col("class") == "place")
    patterns, targets = (synonyms.select(wrap(pl.col(c))).to_series().to_list() for c in ("word", "canonical"))
    core = modern_spelling(unwrap(core.str.replace_many(patterns, targets, leftmost=True)))
    return pl.when(core != "").then(core)
