"""Names of substances: the name told, its base and its salt, and a key that is the same in Indonesian and English.

`NATRIUM DIKLOFENAK` and `DICLOFENAC SODIUM`, `ASAM MEFENAMAT` and `MEFENAMIC ACID` are one substance. Irregular pairs
(adrenaline, glucose) stand in a codebook; the regular ones follow from how Indonesian adapts Latin words.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_text import alternation, replace_words

#: How Indonesian writes what English keeps from Latin, in this order; both sides end in the same letters.
_ADAPTED = (
    (r"PH", "F"), (r"TH", "T"), (r"RRH|RH", "R"), (r"AE|OE", "E"), (r"CHL", "KL"), (r"CHR", "KR"), (r"CH", "K"),
    (r"KH", "K"), (r"X", "KS"), (r"CC([EIY])", "KS$1"), (r"SC([EIY])", "S$1"), (r"C([EIY])", "S$1"), (r"C", "K"),
    (r"QU", "KU"), (r"Y", "I"), (r"Z", "Z"), (r"V", "V"),
)  # fmt: skip
_DOUBLED = "BDFGKLMNPRSTZ"


def adapt(name: pl.Expr) -> pl.Expr:
    """The name as Indonesian would spell it, without its last vowel, doubled letters, signs and blanks.

    >>> names = pl.DataFrame({"n": ["CEFTRIAXONE", "SEFTRIAKSON", "ACARBOSE", "AKARBOSA"]})
    >>> names.select(adapt(pl.col("n")))["n"].to_list()
    ['SEFTRIAKSON', 'SEFTRIAKSON', 'AKARBOS', 'AKARBOS']
    """
    text = name
    for pattern, by in _ADAPTED:
        text = text.str.replace_all(pattern, by)
    for letter in _DOUBLED:
        text = text.str.replace_all(letter * 2, letter, literal=True)
    return text.str.replace_all(r"([A-Z]{3})[AE]\b", "$1").str.replace_all(r"[^A-Z0-9]", "")


def read_substances(names: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per name, in their order: name, substance, salt, base, substance_key, residue.

    `substance` is the name without words of quality (sterile, pellet), `base` without its salt and hydrate; `salt` is
    null where there is none. The residue is what stood in brackets beside the name and is only numbers.
    """
    salts = books["salts"]
    frame = names.unique().drop_nulls().to_frame("name").with_columns(text=_plain(pl.col("name")))
    frame = frame.with_columns(**_without_quality(pl.col("text"), salts))
    english = replace_words(_acid_last(pl.col("text")), salts, word="spelling", by="canonical")
    told = frame.with_columns(text=english).with_columns(text=_salt_last(pl.col("text"), salts))
    split = _split_salt(told, salts)
    split = split.with_columns(base=_known_base(split, books))
    key = adapt(_ion(pl.col("base")))
    made = split.with_columns(
        substance=pl.concat_str("base", "salt", separator=" ", ignore_nulls=True), substance_key=key
    )
    order = names.to_frame("name").join(made, on="name", how="left", maintain_order="left")
    return order.select("name", "substance", "salt", "base", "substance_key", "residue")


def _plain(name: pl.Expr) -> pl.Expr:
    cleaned = name.str.replace(r"^KOMBINASI\b\s*[-:]?\s*", "").str.replace_all(r"[^A-Z0-9()%/.,+ -]", " ")
    return cleaned.str.replace_all(r"\s+", " ").str.strip_chars(" .,:;-/")


def _without_quality(text: pl.Expr, salts: pl.DataFrame) -> dict[str, pl.Expr]:
    words = salts.filter(pl.col("class") == "quality")["spelling"].to_list()
    # A pellet's share (8.5 %) is how it is delivered, not what it is.
    quality = rf"(?:^|\s){alternation(words)}(?:\s+[\d.,]+\s*%?(?:\s+W/W)?(?:\s|$))?"
    bracket = r"\([\d\s.,:%/+TOW-]*\)"
    spaced = pl.lit(" ") + text
    plain = spaced.str.replace_all(f"{quality}|{bracket}", " ").str.replace_all(r"\s+", " ").str.strip_chars(" .,;-")
    return {
        "text": pl.when(plain != "").then(plain).otherwise(text),
        "residue": text.str.extract(rf"({bracket})"),
    }


def _acid_last(text: pl.Expr) -> pl.Expr:
    """`ASAM MEFENAMAT` as `MEFENAMIC ACID`."""
    return text.str.replace(r"^ASAM (\w+?)AT\b", "${1}IC ACID")


def _salt_last(text: pl.Expr, salts: pl.DataFrame) -> pl.Expr:
    """`SODIUM DICLOFENAC` as `DICLOFENAC SODIUM`; a mineral (`SODIUM CHLORIDE`) stays."""
    metals = "SODIUM|POTASSIUM|CALCIUM|MAGNESIUM"
    others = salts.filter(pl.col("class").is_in(["salt", "hydrate", "anion"]))["canonical"].to_list()
    moved = text.str.replace(rf"^({metals}) (.+)$", "$2 $1")
    return pl.when(text.str.contains(rf"^(?:{metals}) {alternation(others)}")).then(text).otherwise(moved)


def _split_salt(frame: pl.DataFrame, salts: pl.DataFrame) -> pl.DataFrame:
    """Words of salts and hydrates at the end are the salt; minerals keep theirs and lose only the hydrate."""
    hydrates = salts.filter(pl.col("class") == "hydrate")["canonical"].to_list()
    every = alternation([*salts.filter(pl.col("class") == "salt")["canonical"], *hydrates])
    minerals = [*salts.filter(pl.col("class") == "mineral")["canonical"], "SODIUM", "POTASSIUM", "CALCIUM", "MAGNESIUM"]
    wide = pl.col("text").str.extract_groups(rf"^(.+?)((?: {every})+)$")
    narrow = pl.col("text").str.extract_groups(rf"^(.+?)((?: {alternation(hydrates)})+)$")
    is_mineral = wide.struct.field("1").str.contains(rf"^{alternation(minerals)}(?: \(I+\))?$")
    base = pl.when(is_mineral).then(narrow.struct.field("1")).otherwise(wide.struct.field("1"))
    salt = pl.when(is_mineral).then(narrow.struct.field("2")).otherwise(wide.struct.field("2"))
    return frame.with_columns(base=pl.coalesce(base, "text"), salt=salt.str.strip_chars(" "))


def _known_base(frame: pl.DataFrame, books: Codebooks) -> pl.Series:
    known = books["substance_spellings"].select(base="spelling", _known="substance")
    return (
        frame.join(known, on="base", how="left", maintain_order="left")
        .select(pl.coalesce("_known", "base"))
        .to_series()
    )


def _ion(base: pl.Expr) -> pl.Expr:
    """An acid and its ion are one base: `VALPROIC ACID` as `VALPROATE`."""
    return base.str.replace(r"^(\w+?)IC ACID$", "${1}ATE")
