"""Facility names made comparable: `RSUD Kab. Boven` and `RS Umum Daerah Boven` get one core.

Works on the unique names: synonyms and abbreviations by vocabulary (`name_words.csv`), roman numbers as
arabic ones, then each word is judged once: kind and ownership words and titles leave the core, numbers and
place words stay, because they are what tells two facilities apart.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from sehatmu.standardise.text import ROMAN, clean_text, modern_spelling, squeeze, tidy, unwrap, wrap

#: Synonyms of synonyms need further passes (PRAKTEK PERORANGAN → PRAKTIK PERORANGAN → PRAKTIK MANDIRI).
_PASSES = 4
#: Unit number of a military hospital (12.07.01): its rank list's, not its name's; a last resort only.
_UNIT_CODE = r"\b(\d\d)\.(\d\d)\.(\d\d)\b"
_UNIT = r"^UNIT\d{6}$"
_NUMBER = r"^\d+[A-Z]?$"
#: A search for RS and its replacement by RUMAH SAKIT went through this name (BERSAMA → BERUMAH SAKITAMA).
_ACCIDENT = r"([A-Z])RUMAH SAKIT([A-Z])"
#: Similarity at which a name's first word is its kind's word misspelt, and the least length of such words.
_NEARLY, _LONG = 0.8, 6


def normalise_names(names: pl.DataFrame, words: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """Unique (`name`, `head`, `is_cut`) rows with `name_full`, `name_core`, `name_number`, `name_tokens`,
    `name_key` (the core without blanks) and `name_kind` (the kind and ownership words that left the core).

    `head` is the kind's main word where the name itself has none (`PUSKESMAS` for a list of puskesmas);
    `is_cut` says that the source cut this name, so that its last word may be only part of one and is left out
    of the core. `words` and `starts` are the codebooks `name_words` and `name_starts`.
    """
    unique = names.select("name", "head", "is_cut").unique(maintain_order=True).with_row_index("id")
    joined = pl.col("name").str.replace_all(_UNIT_CODE, " UNIT${1}${2}${3} ")
    text = clean_text(joined).str.replace_all(_ACCIDENT, "${1}RS${2}")
    texts = unique.select("id", "head", text=text, cut="is_cut").filter(pl.col("text").is_not_null())
    texts = _replace_words(_mend_first_word(_join_letters(texts), words, starts), words)
    tokens = _judge(_read_numbers(_explode(texts), words), words)
    return unique.join(_gather(tokens), on="id", how="left", maintain_order="left").drop("id")


def display_name(name: pl.Expr, kind_code: pl.Expr, name_kind: pl.Expr) -> pl.Expr:
    """The name as a person reads it: tidied, and with the word PUSKESMAS where a list left it out."""
    text = tidy(name)
    said = name_kind.str.contains(r"\b(PUSKESMAS|PUSTU|POLINDES)\b").fill_null(False)
    return pl.when((kind_code == "102") & ~said).then("PUSKESMAS " + text).otherwise(text)


def _join_letters(texts: pl.DataFrame) -> pl.DataFrame:
    """`W A R A K A S` is one word, `K H` the title KH; after less than three letters a last I, V or X stays
    apart, because it is a number (`X I`)."""
    spaced = texts.filter(pl.col("text").str.contains(r"\b[A-Z] [A-Z]\b")).select("id", "text")
    tokens = _explode(spaced).with_columns(single=pl.col("token").str.contains("^[A-Z]$"))
    ends = _neighbour("token", -1).is_null() & pl.col("token").is_in(["I", "V", "X"])
    spelt_out = pl.all_horizontal(_neighbour("single", step).fill_null(False) for step in (1, 2, 3))
    tokens = tokens.with_columns(single=pl.col("single") & (~ends | spelt_out))
    follows = pl.col("single") & _neighbour("single", 1).fill_null(False)
    tokens = tokens.with_columns(run=(~follows).cum_sum())
    words = tokens.group_by("id", "run", maintain_order=True).agg(pl.col("token").str.join(""))
    joined = words.group_by("id", maintain_order=True).agg(joined=pl.col("token").str.join(" "))
    texts = texts.join(joined, on="id", how="left", maintain_order="left")
    return texts.with_columns(text=pl.coalesce("joined", "text")).drop("joined")


def _mend_first_word(texts: pl.DataFrame, words: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """`KP SEHAT` among clinics is a Klinik Pratama, and `PSKESMAS MELATI` a puskesmas."""
    texts = texts.with_columns(first=pl.col("text").str.extract("^([^ ]+)"))
    firsts = texts.select("first", "head").unique().sort("first", "head").drop_nulls()
    short = starts.select("head", first="word", mended="canonical")
    firsts = firsts.join(short, on=["first", "head"], how="left", maintain_order="left")
    ratio = process.cpdist(firsts["first"].to_list(), firsts["head"].to_list(), scorer=OSA.normalized_similarity)
    nearly = (pl.Series(ratio, dtype=pl.Float64) >= _NEARLY) & (firsts["head"].str.len_chars() >= _LONG)
    known = pl.col("first").is_in(words["word"].implode())
    misspelt = pl.when(pl.lit(nearly) & ~known).then("head")
    firsts = firsts.with_columns(mended=pl.coalesce("mended", misspelt)).drop_nulls("mended")
    texts = texts.join(firsts, on=["first", "head"], how="left", maintain_order="left")
    rest = pl.col("text").str.strip_prefix(pl.col("first"))
    return texts.with_columns(text=pl.coalesce(pl.col("mended") + rest, "text")).drop("first", "mended")


def _replace_words(texts: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    synonyms = words.filter(pl.col("canonical") != pl.col("word"))
    # The longest phrase wins where two begin at one word: the matcher takes the first that fits.
    synonyms = synonyms.sort(pl.col("word").str.len_chars(), "word", descending=[True, False])
    patterns = synonyms.select(wrap(pl.col("word"))).to_series().to_list()
    targets = synonyms.select(wrap(pl.col("canonical"))).to_series().to_list()
    text = wrap(pl.col("text"))
    for _ in range(_PASSES):
        text = text.str.replace_many(patterns, targets, leftmost=True)
    return texts.with_columns(text=unwrap(text))


def _read_numbers(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Roman numbers as arabic ones; a lone I, V or X only where it cannot be an initial."""
    classed = words.filter(pl.col("class").is_not_null())
    ranks = classed.filter(pl.col("class") == "rank").select(pl.coalesce("canonical", "word")).to_series()
    kinds = classed.filter(pl.col("class") != "place").select(pl.coalesce("canonical", "word")).to_series()
    before, after = _neighbour("token", 1), _neighbour("token", -1)
    lone = pl.col("token").is_in(["I", "V", "X"])
    # RAWA II BARAT is the second Rawa, but DR I GUSTI and RS UMUM I GUSTI have an initial.
    word = before.str.contains("^[A-Z]{3,}$") & ~before.is_in(kinds.implode())
    inside = word & ~(after.str.contains("^[A-Z]{1,2}$") & ~after.is_in(list(ROMAN)))
    number = (after.is_null() & before.is_not_null()) | inside | (after == "KOTO") | before.is_in(ranks.implode())
    roman = pl.col("token").replace_strict(ROMAN, default=None, return_dtype=pl.String)
    arabic = pl.when(~lone | number.fill_null(False)).then(roman)
    return tokens.with_columns(token=pl.coalesce(arabic, pl.col("token").str.replace(r"^0+(\d)", "${1}")))


def _judge(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Each token with `keep`: whether it stands in the core."""
    classes = words.filter(pl.col("class").is_not_null())
    classes = classes.select(token=pl.coalesce("canonical", "word"), word_class="class", after="after")
    classes = classes.unique("token", keep="first", maintain_order=True)
    tokens = tokens.join(classes, on="token", how="left", maintain_order="left")
    # The kind's word that stands last before: RS in INSTALASI FARMASI RS UMUM, the list's where none does.
    head = pl.when(pl.col("word_class") == "head").then("token")
    head_of_list = pl.when(pl.col("pos") == 0).then(pl.col("head").fill_null("?"))
    said = pl.coalesce(head, head_of_list).forward_fill()
    fits = (" " + pl.col("after") + " ").str.contains(" " + said + " ", literal=True).fill_null(True)
    is_class = pl.col("word_class")
    number = pl.col("token").str.contains(_NUMBER)
    tokens = tokens.with_columns(
        number=number,
        rank=((is_class == "rank") & fits).fill_null(False),
        leading=(is_class.is_in(["qualifier", "owner"]) & fits).fill_null(False),
        anywhere=(is_class.is_in(["head", "title"]) | ((is_class == "drop") & fits)).fill_null(False),
    )
    ranked = _neighbour("rank", 1).fill_null(False) & pl.col("number")
    before_number = (is_class == "before_number") & _neighbour("number", -1)
    unit = pl.col("token").str.contains(_UNIT)
    tokens = tokens.with_columns(
        always=pl.col("anywhere") | pl.col("rank") | ranked | unit | before_number.fill_null(False)
    )
    # A qualifier counts only while nothing but kind words came before it: RS MATA ... but RS HARAPAN MATA.
    named = tokens.filter(~pl.col("always") & ~pl.col("leading")).group_by("id").agg(first=pl.col("pos").min())
    tokens = tokens.join(named, on="id", how="left", maintain_order="left")
    in_run = pl.col("leading") & (pl.col("pos") < pl.col("first")).fill_null(True)
    return tokens.with_columns(keep=~(pl.col("always") | in_run))


def _gather(tokens: pl.DataFrame) -> pl.DataFrame:
    tokens = _drop_cut_words(tokens).with_columns(token=pl.col("token").str.replace_all("_", " "))
    kept, number = pl.col("keep"), pl.col("number")
    spelt = pl.when(number).then("token").otherwise(modern_spelling(pl.col("token")))
    kind_word = ~kept & pl.col("word_class").is_in(["head", "qualifier", "owner"])
    # Joining leaves nulls out.
    tokens = tokens.select(
        "id",
        name_full="token",
        core=pl.when(kept).then(spelt),
        numbers=pl.when(kept & number).then("token"),
        kinds=pl.when(kind_word).then("token"),
        unit=pl.when(pl.col("token").str.contains(_UNIT)).then("token"),
    )
    joined = pl.col("name_full", "core", "numbers", "kinds").str.join(" ")
    names = tokens.group_by("id", maintain_order=True).agg(joined, pl.col("unit").max())
    # A name that is all kind words (RS UMUM DAERAH) is compared whole, unless a unit number says which.
    core = pl.when(pl.col("core") != "").then("core").otherwise(pl.coalesce("unit", "name_full"))
    return names.select(
        "id",
        "name_full",
        name_core=core,
        name_number=pl.when(pl.col("numbers") != "").then("numbers"),
        name_tokens=core.str.split(" ").list.unique().list.sort().list.join(" "),
        name_key=squeeze(core),
        name_kind=pl.when(pl.col("kinds") != "").then("kinds"),
    )


def _drop_cut_words(tokens: pl.DataFrame) -> pl.DataFrame:
    """The last word of a cut name leaves its core, unless it is all that there is."""
    cut = tokens.filter(pl.col("cut") & pl.col("keep")).group_by("id").agg(pos=pl.col("pos").max(), kept=pl.len())
    cut = cut.filter(pl.col("kept") > 1).select("id", "pos", is_part=pl.lit(True))
    tokens = tokens.join(cut, on=["id", "pos"], how="left", maintain_order="left")
    return tokens.with_columns(keep=pl.col("keep") & pl.col("is_part").is_null())


def _explode(texts: pl.DataFrame) -> pl.DataFrame:
    """One row per word of `text`: the other columns, `token`, `pos` (from 0), in order."""
    tokens = texts.with_columns(token=pl.col("text").str.split(" ")).drop("text")
    return tokens.with_columns(pos=pl.int_ranges(pl.col("token").list.len())).explode("token", "pos")


def _neighbour(column: str, step: int) -> pl.Expr:
    """The value `step` words before (negative: after) in the same name; null beyond its ends."""
    return pl.when(pl.col("id") == pl.col("id").shift(step)).then(pl.col(column).shift(step))
