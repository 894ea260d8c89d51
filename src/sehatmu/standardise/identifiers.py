"""Codes as (namespace, code) pairs, never bare, and the one column per namespace that linkage compares.

Which column of which extract gives which namespace stands in the codebook `identifier_forms.csv`. A
hospital code inside an SISDMK code counts only where its province prefix fits the record's own province:
made-up and hidden codes must not become evidence.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks

FOUND_SCHEMA = {"record_key": pl.String, "namespace": pl.String, "code": pl.String, "check_province": pl.Boolean}
#: Columns of the standard record and the namespaces that they hold.
CODE_COLUMNS = {
    "official_id": ("satset",),
    "code_yankes_rs": ("yankes_rs",),
    "code_sisdmk": ("sisdmk_sarana",),
    "code_puskesmas": ("puskesmas_pusdatin_lama",),
    "code_puskesmas_baru": ("puskesmas_pusdatin_baru",),
    "code_klinik": ("yankes_klinik",),
    "code_praktik": ("yankes_praktik_mandiri",),
    "code_kmk": ("yankes_klinik_kmk", "yankes_praktik_mandiri_kmk", "yankes_utd_kmk", "yankes_labkes_kmk"),
    "code_utd": ("yankes_utd",),
    "code_labkes": ("yankes_labkes",),
    "code_dto_msfi": ("dto_msfi",),
    "code_bpjs": ("bpjs_ppk",),
    "code_simada": ("simada_sarana",),
}


def collect_identifiers(accepted: pl.DataFrame, source: str, extract: str, books: Codebooks) -> pl.DataFrame:
    """(`record_key, namespace, code, check_province`) of one extract's rows, by the codebook's forms."""
    forms = books["identifier_forms"].filter(pl.col("source") == source, pl.col("extract") == extract)
    successors = books["identifier_namespaces"].select("namespace", "successor")
    frames = [pl.DataFrame(schema=FOUND_SCHEMA)]
    for form in forms.iter_rows(named=True):
        if form["column"] not in accepted.columns:
            continue
        code = pl.col(form["column"]).cast(pl.String).str.strip_chars().str.to_uppercase()
        column = form["namespace_column"]
        namespace = pl.lit(form["namespace"]) if column is None else pl.col(column).str.strip_chars().str.to_lowercase()
        found = accepted.select("record_key", namespace=namespace, code=code.str.extract(form["pattern"]))
        if form["use_successor"] == "true":
            found = (
                found.join(successors, on="namespace", how="left")
                .with_columns(
                    # A row that already has the new namespace keeps it.
                    namespace=pl.coalesce("successor", "namespace")
                )
                .drop("successor")
            )
        frames.append(found.drop_nulls().with_columns(check_province=pl.lit(form["check_province"] == "true")))
    return pl.concat(frames, how="vertical_relaxed").unique(maintain_order=True)


def judge_identifiers(
    identifiers: pl.DataFrame, provinces: pl.DataFrame, books: Codebooks
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(identifiers that may be published, code columns per record).

    `provinces`: record_key, prov_code. A hospital code is evidence only where its prefix is one that the
    record's province has or had; one taken out of another code is dropped altogether otherwise.
    """
    prefixes = (
        books["provinces"].select("prov_code", prefix=pl.col("hospital_prefixes").str.split(" ")).explode("prefix")
    )
    known = prefixes.select("prefix").unique().with_columns(is_prefix=True)
    fits = prefixes.with_columns(fits=True)
    judged = identifiers.join(provinces, on="record_key", how="left", maintain_order="left")
    judged = judged.with_columns(prefix=pl.col("code").str.head(2))
    judged = judged.join(known, on="prefix", how="left", maintain_order="left")
    judged = judged.join(fits, on=["prov_code", "prefix"], how="left", maintain_order="left")
    credible = pl.when(pl.col("prov_code").is_null()).then("is_prefix").otherwise("fits").fill_null(False)
    judged = judged.with_columns(credible=(pl.col("namespace") != "yankes_rs") | credible)
    kept = judged.filter(~pl.col("check_province") | pl.col("credible"))
    published = kept.select("record_key", "namespace", "code").unique().sort("record_key", "namespace", "code")
    return published, _widen(kept.filter("credible"))


def _widen(identifiers: pl.DataFrame) -> pl.DataFrame:
    columns = {ns: column for column, spaces in CODE_COLUMNS.items() for ns in spaces}
    long = identifiers.with_columns(column=pl.col("namespace").replace_strict(columns, default=None))
    first = [pl.col("code").filter(pl.col("column") == column).min().alias(column) for column in CODE_COLUMNS]
    return long.group_by("record_key").agg(first)


def best_code(identifiers: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """`record_key, kode_sarana, sumber_identifier`: the code in the namespace that ranks first."""
    ranks = books["identifier_namespaces"].select("namespace", rank=pl.col("rank").cast(pl.Int32))
    ranked = identifiers.filter(pl.col("namespace") != "satset").join(ranks, on="namespace", how="left")
    ranked = ranked.sort("record_key", "rank", "namespace", "code", nulls_last=True)
    return (
        ranked.group_by("record_key", maintain_order=True)
        .first()
        .select("record_key", kode_sarana="code", sumber_identifier="namespace")
    )
