"""The standard tables of the service domain: national codes, texts of facilities, and the items that are written so.

A master is a national code. Facilities' items are evidence, and belong to one (`bound_to`) by what they give: a valid
code, or else the text that they are called by. Texts, not items, are what linkage compares with the list and what a
steward decides about: a confirmed text holds for every facility that writes it, an item that was decided by itself only
for that item.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise import kptl as codes
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.service_names import expand_words, hint_groups, name_columns, spell_words, tidy_texts

VERSION = "1"
CODEBOOKS = ("cost_groups", "cost_group_spellings", "service_statuses", "service_words")
LIST, ITEMS = "referensi_kptl", "faskes_layanan"
#: What linkage reads of a code or a text.
EVIDENCE = ("group_code", "name_key", "marks")
_KEYS = ("record_key", "source", "extract", "source_key", "delivery_date")
_SERVICE = ("kode_kptl", "kode_dasar", "nama", "status", "versi")


def standardise_services(
    accepted: Mapping[str, pl.DataFrame], codebooks: Codebooks, places: pl.DataFrame, *, as_of: date
) -> dict[str, pl.DataFrame]:
    """`record`, `item`, `finding` of the current rows.

    `accepted`: `referensi_kptl` and `faskes_layanan`. `places` (`namespace, code, master_id`): codes of facilities in
    the Master Sarana Index. `record` has a row per

    code   `referensi|kptl|<code>`, of the list, or composed by a facility as the list allows: a subject
    text   `faskes|layanan|teks|<group>|<text>`: how facilities call an item, evidence
    item   `faskes|layanan|<namespace>|<facility>|<code>`: evidence, `bound_to` its code or its text

    with `EVIDENCE`, and `kode_kptl, kode_dasar, nama, group_code, status, versi` of codes. `item` has the items as
    delivered, with `text_key`, `given_code`, `given_verdict`, `group_code` and `group_method` (told, words, default).
    """
    listed = codes.active_rows(_current(accepted[LIST]), codebooks["service_statuses"])
    items = _items(_current(accepted[ITEMS]), codebooks)
    services = listed.filter(codes.is_service())["kode_dasar"]
    verdicts = codes.judge_codes(pl.concat([items["given_code"], services.rename("given_code")]), listed)
    national = _national(listed, verdicts, codebooks, as_of)
    items = _bind(items, verdicts)
    texts = _texts(items, national, codebooks, as_of)
    # An item that a steward decided about is compared by itself, as its text would be.
    own = items.join(
        texts.select(pl.col("record_key").alias("text_key"), *EVIDENCE), on="text_key", how="left", suffix="_text"
    )
    bound = own.select(*_KEYS, pl.col("bound_to"), group_code="group_code_text", name_key="name_key", marks="marks")
    record = _hash(pl.concat([national, texts, bound], how="diagonal"), codebooks)
    return {
        "record": record,
        "item": _place(items, places).select(list(ITEM_SCHEMA)).sort("record_key"),
        "finding": _list_findings(national, items),
    }


ITEM_SCHEMA = pl.Schema(
    {
        "record_key": pl.String, "sumber_kode": pl.String, "kode_faskes": pl.String, "kode_lokal": pl.String,
        "nama_layanan": pl.String, "kode_icd9cm": pl.String, "kode_loinc": pl.String, "text": pl.String,
        "text_key": pl.String, "given_code": pl.String, "given_verdict": pl.String, "group_code": pl.String,
        "group_method": pl.String, "facility_id": pl.String,
    }
)  # fmt: skip


def _current(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter("is_current")


def _items(rows: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """Items with their text and cost group: as told, else by a word of the name, else the default one."""
    tidy = rows.select(text=tidy_texts(pl.col("nama_layanan")), said=tidy_texts(pl.col("kelompok")), raw="nama_layanan")
    # A name of other letters than ours (or of none) stays as it is: an item without any text could not be told.
    tidy = tidy.with_columns(text=pl.when(pl.col("text") == "").then("raw").otherwise("text"))
    told = tidy["said"].replace_strict(
        _mapping(codebooks["cost_group_spellings"]), default=None, return_dtype=pl.String
    )
    words = hint_groups(spell_words(tidy["text"], codebooks["service_words"]), codebooks["service_words"])
    default = codebooks["cost_groups"].filter(pl.col("is_default") == "true")
    method = (
        pl.when(pl.col("told").is_not_null())
        .then(pl.lit("told"))
        .when(pl.col("words").is_not_null())
        .then(pl.lit("words"))
        .otherwise(pl.lit("default"))
    )
    told_group = pl.coalesce("told", "words")
    return rows.with_columns(tidy["text"], told=told, words=words).with_columns(
        group_code=told_group.fill_null(default["group_code"].item()),
        linked_group=told_group,
        group_method=method,
        given_code="kode_kptl",
        text_key=pl.concat_str(pl.lit("faskes|layanan|teks"), told_group.fill_null(""), "text", separator="|"),
    )


def _place(items: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Items with `facility_id`, the facility's master id; null where no facility has the code, or several have."""
    known = places.select(sumber_kode="namespace", kode_faskes="code", facility_id="master_id").unique()
    known = known.filter(~pl.struct("sumber_kode", "kode_faskes").is_duplicated())
    return items.join(known, on=["sumber_kode", "kode_faskes"], how="left")


def _mapping(spellings: pl.DataFrame) -> dict[str, str]:
    key, value = spellings.columns[:2]
    return dict(spellings.select(key, value).iter_rows())


def _bind(items: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Items with what became of the code that they give, and the record that they belong to."""
    judged = items.join(verdicts.select(given_code="code", given_verdict="verdict"), on="given_code", how="left")
    of_code = phrase("referensi|kptl|{}", "given_code")
    is_given = (pl.col("given_verdict") == codes.VALID).fill_null(False)
    return judged.with_columns(bound_to=pl.when(is_given).then(of_code).otherwise("text_key"))


def _national(listed: pl.DataFrame, verdicts: pl.DataFrame, codebooks: Codebooks, as_of: date) -> pl.DataFrame:
    """A record per service code: those of the list, and those that facilities compose rightly."""
    services = listed.filter(codes.is_service())
    base = pl.col("kode_dasar").str.slice(0, 5)
    own = services.select(
        *_KEYS, "nama", "versi", "is_active", is_composed=pl.lit(False), kode_kptl="kode_dasar", kode_dasar=base
    )
    composed = verdicts.filter(pl.col("name").is_not_null()).select(
        record_key=phrase("referensi|kptl|{}", "code"),
        source=pl.lit("referensi"),
        extract=pl.lit("kptl"),
        source_key="code",
        delivery_date=pl.lit(as_of),
        nama="name",
        versi=pl.lit(None, pl.String),
        is_active=pl.lit(True),
        is_composed=pl.lit(True),
        kode_kptl="code",
        kode_dasar=pl.col("code").str.slice(0, 5),
    )
    national = pl.concat([own, composed], how="vertical_relaxed").join(
        verdicts.select(kode_kptl="code", verdict="verdict"), on="kode_kptl", how="left"
    )
    words = codebooks["service_words"]
    spelt = spell_words(national.select(text=tidy_texts(pl.col("nama")))["text"], words)
    compares = pl.col("is_active") & ~pl.col("is_composed")
    named = national.with_columns(spelt=spelt, group_code=hint_groups(spelt, words)).with_columns(
        **name_columns(pl.col("spelt"))
    )
    return named.with_columns(
        # What is retired or composed is found by its code only: a name must not lead to it.
        **{column: pl.when(compares).then(column) for column in ("name_key", "marks", "spelt")},
        status=pl.when("is_active").then(pl.lit("active")).otherwise(pl.lit("retired")),
        kelompok_kode="group_code",
        official_id="kode_kptl",
        is_subject=pl.lit(True),
        bound_to=pl.lit(None, pl.String),
    )


def _texts(items: pl.DataFrame, national: pl.DataFrame, codebooks: Codebooks, as_of: date) -> pl.DataFrame:
    """A record per group and text that some item without a valid code is called by."""
    texts = items.select(record_key="text_key", text="text", group_code="linked_group").unique().sort("record_key")
    spelt = texts.select(text_key="record_key", spelt=spell_words(texts["text"], codebooks["service_words"]))
    expanded = expand_words(spelt, national["spelt"])
    return texts.select(
        "record_key",
        source=pl.lit("faskes"),
        extract=pl.lit("layanan"),
        source_key=pl.col("record_key").str.strip_prefix("faskes|layanan|"),
        delivery_date=pl.lit(as_of),
        nama=pl.lit(None, pl.String),
        group_code="group_code",
        is_subject=pl.lit(False),
        bound_to=pl.lit(None, pl.String),
        spelt=expanded["spelt"],
    ).with_columns(**name_columns(pl.col("spelt")))


def _hash(records: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """Records in order of their keys with `link_hash`, which no two share: equal texts are not one another's copies."""
    ordered = records.with_columns(pl.col("is_subject").fill_null(False)).sort("record_key")
    evidence = ordered.select("record_key", "bound_to", *EVIDENCE)
    return ordered.select(
        *_KEYS, "official_id", "is_subject", "bound_to", *EVIDENCE, "kode_kptl", "kode_dasar", "nama", "kelompok_kode",
        "status", "versi",
        link_hash=hash_rows(evidence, f"{VERSION} {codebooks.version}"),
    )  # fmt: skip


def _list_findings(national: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What is wrong with codes: of the list's own combinations, and of those that facilities give."""
    wrong = pl.col("verdict").is_not_null() & ~pl.col("verdict").is_in([codes.VALID, codes.RETIRED])
    found = [national.filter(wrong).select("record_key", finding="verdict", detail="kode_kptl")]
    bad = items.filter(pl.col("given_verdict") != codes.VALID)
    found.append(bad.select("record_key", finding="given_verdict", detail="given_code"))
    shape = items.filter(pl.col("flags").list.contains("kode_kptl:pattern"))
    found.append(shape.select("record_key", finding=pl.lit("kptl:pattern"), detail=pl.lit(None, pl.String)))
    return pl.concat(found).sort("record_key", "finding").select(*FINDING_SCHEMA)
