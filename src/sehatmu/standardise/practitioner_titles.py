"""Titles of health workers: which stand before and which behind the name, and what they say of the profession.

`person_titles` has taken them off the name; here they get the side that their codebook gives them (`AHMAD, dr` is dr.
Ahmad) and one spelling. They never tell two people apart: linkage does not read them.
"""

from __future__ import annotations

import re

import polars as pl

from sehatmu.standardise.codebooks import Codebooks

COLUMNS = ("gelar_depan", "gelar_belakang", "title_profession", "title_group", "title_speciality")
#: Written so, it is the doctorate; a physician is dr.
_DOCTORATE, _PHYSICIAN = "Dr.", "dr."


def read_titles(names: pl.Series, front: pl.Series, back: pl.Series, codebooks: Codebooks) -> pl.DataFrame:
    """COLUMNS for every name. `names` are as delivered; `front` and `back` the titles found at either end of it.

    `gelar_depan` is parted by blanks, `gelar_belakang` by commas. Of several professions that titles tell, the one that
    ranks first in the codebook counts; where only capitals were typed, nobody knows whether DR is a physician.
    """
    rows = pl.DataFrame(
        {
            "front": front,
            "back": back,
            "has_doctorate": names.str.contains(r"\bDr\b"),
            "has_physician": names.str.contains(r"\bdr\b"),
        }
    )
    kinds = rows.unique(maintain_order=True).filter(pl.col("front").is_not_null() | pl.col("back").is_not_null())
    kinds = kinds.with_row_index("kind")
    titles = _list_titles(kinds, codebooks["person_titles"])
    kinds = kinds.join(_write_titles(titles), on="kind", how="left")
    kinds = kinds.join(_weigh_titles(titles, codebooks["profession_titles"]), on="kind", how="left")
    keys = ["front", "back", "has_doctorate", "has_physician"]
    return rows.join(kinds, on=keys, how="left", nulls_equal=True, maintain_order="left").select(*COLUMNS)


def _list_titles(kinds: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """`kind`, `place` (rising), `title`, `side` of every title, in the order in which they were told."""
    listed = book.select("title", told="side").unique("title", keep="first", maintain_order=True)
    # A title may begin like another one: the longer is meant.
    spelt = sorted(listed["title"].to_list(), key=lambda title: (-len(title), title))
    pattern = r"(?:^| )(" + "|".join(re.escape(title) for title in spelt) + r")(?: |$)"
    # Neighbours share a blank, so that it is doubled first.
    ends = [
        kinds.select(
            "kind",
            "has_doctorate",
            "has_physician",
            stood=pl.lit(end),
            title=pl.col(end).str.replace_all(" ", "  ").str.extract_all(_doubled(pattern)),
        )
        for end in ("front", "back")
    ]
    titles = pl.concat(ends).explode("title", empty_as_null=False, keep_nulls=False)
    titles = titles.with_columns(title=pl.col("title").str.replace_all("  ", " ").str.strip_chars(" "))
    titles = titles.join(listed, on="title", how="left", maintain_order="left").with_row_index("place")
    side = pl.when(pl.col("told") == "both").then("stood").otherwise("told")
    # `Prof. Dr. dr.` is both, the doctorate first.
    alike = pl.int_range(pl.len()).over("kind", "title"), pl.len().over("kind", "title")
    is_doctorate = (pl.col("title") == _PHYSICIAN) & pl.col("has_doctorate") & (alike[0] == 0)
    is_doctorate &= ~pl.col("has_physician") | (alike[1] > 1)
    return titles.select(
        "kind",
        "place",
        "has_physician",
        side=side,
        title=pl.when(is_doctorate).then(pl.lit(_DOCTORATE)).otherwise("title"),
    )


def _doubled(pattern: str) -> str:
    return pattern.replace(r"\ ", "  ")


def _write_titles(titles: pl.DataFrame) -> pl.DataFrame:
    once = titles.sort("place").unique(["kind", "title"], keep="first", maintain_order=True)
    ends = [
        once.filter(side=end).group_by("kind").agg(pl.col("title").sort_by("place").str.join(parted).alias(name))
        for name, end, parted in (("gelar_depan", "front", " "), ("gelar_belakang", "back", ", "))
    ]
    return ends[0].join(ends[1], on="kind", how="full", coalesce=True)


def _weigh_titles(titles: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """What the titles of each kind say: the first profession, group and speciality by rank, then as told."""
    sure = (pl.col("title") != _PHYSICIAN) | pl.col("has_physician")
    said = titles.filter(sure).join(evidence, on="title").sort(pl.col("rank").cast(pl.Int32), "place")
    return said.group_by("kind").agg(
        title_profession=pl.col("profession_code").drop_nulls().first(),
        title_group=pl.col("group_code").drop_nulls().first(),
        title_speciality=pl.col("speciality").drop_nulls().first(),
    )
