"""Facility names made comparable: `RSUD Kab. Boven` and `RS Umum Daerah Boven` get one core.

Works on the unique names: synonyms and abbreviations by vocabulary (`name_words.csv`), roman numbers as
arabic ones, then each word is judged once: kind and ownership words and titles leave the core, numbers and
place words stay, because they are what tells two facilities apart.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.text import ROMAN, clean_text, modern_spelling, squeeze, tidy, unwrap, wrap

#: Synonyms of synonyms need further passes (PRAKTEK PERORANGAN → PRAKTIK PERORANGAN → PRAKTIK MANDIRI).
_PASSES = 4
#: Unit number of a military hospital (12.07.01): its rank list's, not its name's; a last resort only.
_UNIT_CODE = r"\b(\d\d)\.(\d\d)\.(\d\d)\b"
_UNIT = r"^UNIT\d{6}$"
_NUMBER = r"^\d+[A-Z]?$"


def normalise_names(names: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Unique (`name`, `head`, `is_cut`) rows with `name_full`, `name_core`, `name_number`, `name_tokens`,
    `name_key` (the core without blanks) and `name_kind` (the kind and ownership words that left the core).

    `head` is the kind's main word where the name itself has none (`PUSKESMAS` for a list of puskesmas);
    `is_cut` says that the source cut this name, so that its last word may be only part of one and is left out
    of the core.
    """
    unique = names.select("name", "head", "is_cut").unique(maintain_order=True).with_row_index("id")
    joined = pl.col("name").str.replace_all(_UNIT_CODE, " UNIT${1}${2}${3} ")
    texts = unique.select("id", text=clean_text(joined), cut="is_cut")
    texts = texts.filter(pl.col("text").is_not_null())
    texts = _replace_words(_join_letters(texts), words)
    tokens = _judge(_numbers_of(texts), words, unique)
    return unique.join(_gather(tokens), on="id", how="left", maintain_order="left").drop("id")


def display_name(name: pl.Expr, kind_code: pl.Expr) -> pl.Expr:
    """The name as a person reads it: tidied, and with the word PUSKESMAS where a list left it out."""
    text = tidy(name)
    bare = (kind_code == "102") & ~text.str.contains(r"(?i)\b(puskesmas|pkm|pusk|pustu|polindes|pusat kes)")
    return pl.when(bare).then("PUSKESMAS " + text).otherwise(text)


def _join_letters(texts: pl.DataFrame) -> pl.DataFrame:
    """`W A R A K A S` is one word, `K H` the title KH; a last I, V or X stays apart: it is a number."""
    tokens = _explode(texts, "text")
    single = pl.col("token").str.contains("^[A-Z]$") & ~(
        pl.col("token").is_in(["I", "V", "X"]) & (pl.col("pos") == pl.col("pos").max().over("id"))
    )
    tokens = tokens.with_columns(single=single)
    joined = pl.col("single") & pl.col("single").shift(1, fill_value=False).over("id")
    tokens = tokens.with_columns(run=(~joined).cum_sum())
    words = tokens.group_by("id", "run", maintain_order=True).agg(pl.col("token").str.join(""))
    text = words.group_by("id", maintain_order=True).agg(text=pl.col("token").str.join(" "))
    return texts.select("id", "cut").join(text, on="id", how="left", maintain_order="left")


def _replace_words(texts: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    synonyms = words.filter(pl.col("canonical").is_not_null(), pl.col("canonical") != pl.col("word"))
    # The longest phrase wins where two begin at one word: the matcher takes the first that fits.
    synonyms = synonyms.sort(pl.col("word").str.len_chars(), "word", descending=[True, False])
    patterns = synonyms.select(wrap(pl.col("word"))).to_series().to_list()
    targets = synonyms.select(wrap(pl.col("canonical"))).to_series().to_list()
    text = wrap(pl.col("text"))
    for _ in range(_PASSES):
        text = text.str.replace_many(patterns, targets, leftmost=True)
    return texts.with_columns(text=unwrap(text))


def _numbers_of(texts: pl.DataFrame) -> pl.DataFrame:
    """Tokens with roman numbers as arabic ones; a lone I, V or X only where it cannot be an initial."""
    tokens = _explode(texts, "text")
    before, after = (pl.col("token").shift(n).over("id") for n in (1, -1))
    lone = pl.col("token").is_in(["I", "V", "X"])
    follows_word = before.str.contains("^[A-Z_]{3,}$") & ~before.is_in(["DRG", "PROF"])
    is_number = (
        (after.is_null() & before.is_not_null())
        | (follows_word & ~after.str.contains("^[A-Z]{1,2}$").fill_null(False) & (pl.col("pos") > 1))
        | (after == "KOTO").fill_null(False)
    )
    roman = pl.col("token").replace_strict(ROMAN, default=None, return_dtype=pl.String)
    arabic = pl.when(~lone | is_number).then(roman)
    token = pl.coalesce(arabic, pl.col("token").str.replace(r"^0+(\d)", "${1}"))
    return tokens.with_columns(token=token)


def _judge(tokens: pl.DataFrame, words: pl.DataFrame, unique: pl.DataFrame) -> pl.DataFrame:
    """Each token with `keep`: whether it stands in the core."""
    classes = words.filter(pl.col("class").is_not_null()).select(
        token=pl.coalesce("canonical", "word"), word_class="class", after="after"
    )
    tokens = tokens.join(classes.unique("token", maintain_order=True), on="token", how="left").sort("id", "pos")
    heads = unique.select("id", kind_head="head")
    tokens = tokens.join(heads, on="id", how="left", maintain_order="left")
    own_head = pl.when(pl.col("word_class") == "head").then("token").drop_nulls().first().over("id")
    tokens = tokens.with_columns(head=pl.coalesce(own_head, "kind_head"))
    fits = pl.col("after").is_null() | (" " + pl.col("after") + " ").str.contains(
        " " + pl.col("head").fill_null("?") + " ", literal=True
    )
    number = pl.col("token").str.contains(_NUMBER)
    rank = (pl.col("word_class") == "rank") & fits
    ranked = rank.shift(1).over("id").fill_null(False) & number
    before_number = (pl.col("word_class") == "before_number") & number.shift(-1).over("id").fill_null(False)
    leading = pl.col("word_class").is_in(["qualifier", "owner"]) & fits
    unit = pl.col("token").str.contains(_UNIT)
    anywhere = unit | (pl.col("word_class").is_in(["head", "title"])) | ((pl.col("word_class") == "drop") & fits)
    always = (anywhere | rank | ranked | before_number).fill_null(False)
    tokens = tokens.with_columns(always=always, leading=leading.fill_null(False), number=number)
    # A qualifier counts only while nothing but kind words came before it: RS MATA ... but RS HARAPAN MATA.
    in_run = (pl.col("always") | pl.col("leading")).cast(pl.Int8).cum_min().over("id") == 1
    return tokens.with_columns(keep=~(pl.col("always") | (pl.col("leading") & in_run)))


def _gather(tokens: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("pos") == pl.col("pos").max().over("id")
    alone = pl.col("keep").sum().over("id") < 2
    tokens = tokens.with_columns(
        keep=pl.col("keep") & ~(pl.col("cut") & last & ~alone),
        token=pl.col("token").str.replace_all("_", " "),
    )
    kept, number = pl.col("keep"), pl.col("number")
    kind_word = ~kept & pl.col("word_class").is_in(["head", "qualifier", "owner"])
    spelt = pl.when(number).then("token").otherwise(modern_spelling(pl.col("token")))
    names = tokens.group_by("id", maintain_order=True).agg(
        name_full=pl.col("token").str.join(" "),
        core=spelt.filter(kept).str.join(" "),
        numbers=pl.col("token").filter(kept & number).str.join(" "),
        words=spelt.filter(kept).str.split(" ").list.explode().unique().sort().str.join(" "),
        unit=pl.col("token").filter(pl.col("token").str.contains(_UNIT)).first(),
        kinds=pl.col("token").filter(kind_word).str.join(" "),
    )
    # A name that is all kind words (RS UMUM DAERAH) is compared whole, unless a unit number says which.
    rest = pl.coalesce("unit", "name_full")
    core = pl.when(pl.col("core") != "").then("core").otherwise(rest)
    tokens_text = pl.when(pl.col("core") != "").then("words").otherwise(rest)
    return names.select(
        "id",
        "name_full",
        name_core=core,
        name_number=pl.when(pl.col("numbers") != "").then("numbers"),
        name_tokens=tokens_text,
        name_key=squeeze(core),
        name_kind=pl.when(pl.col("kinds") != "").then("kinds"),
    )


def _explode(texts: pl.DataFrame, column: str) -> pl.DataFrame:
    tokens = texts.with_columns(token=pl.col(column).str.split(" ")).explode("token")
    return tokens.with_columns(pos=pl.int_range(pl.len()).over("id")).drop(column)
