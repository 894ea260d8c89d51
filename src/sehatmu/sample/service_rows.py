"""What facilities of the sample call their services: rows of `faskes/layanan`, with the service that each truly is."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import service_words as words
from sehatmu.sample.dice import Rolls, cases, take
from sehatmu.sample.service_noise import ServiceNoise
from sehatmu.sample.services import retired_codes


def local_items(
    services: pl.DataFrame, facilities: pl.DataFrame, items: int, *, seed: int, noise: ServiceNoise
) -> pl.DataFrame:
    """About `items` rows: `entity` (null for an item of no national service), `group`, `price`, `fault`, and the
    columns of the extract. Bigger facilities have more items, common services stand in many lists; no facility has one
    twice.

    `facilities`: `sumber_kode, kode_faskes, size`.
    """
    share = facilities["size"].to_numpy() ** 2
    counts = np.maximum(1, np.floor(items * share / share.sum())).astype(np.int64)
    at = np.repeat(np.arange(facilities.height), counts)
    rolls = Rolls(seed, "faskes/layanan", np.arange(at.size, dtype=np.int64))
    # A shuffled list, so that common services are of all kinds.
    order = np.argsort(Rolls(seed, "common", services["entity"].to_numpy()).bits("rank"), kind="stable")
    which = order[np.floor(rolls.unit("service") ** 2 * services.height).astype(np.int64)]
    own = rolls.hit("own", noise.own_item)
    drawn = pl.DataFrame(
        {"facility": at, "which": np.where(own, -1 - rolls.pick("own item", len(words.OWN_ITEMS)), which)}
    )
    drawn = drawn.with_row_index("row").unique(["facility", "which"], keep="first", maintain_order=True)
    rolls = Rolls(seed, "faskes/layanan item", drawn["row"].to_numpy().astype(np.int64))
    picked = services[pl.Series(np.maximum(drawn["which"].to_numpy(), 0))]
    is_own = drawn["which"] < 0
    own_names = take(words.OWN_ITEMS, np.maximum(-1 - drawn["which"].to_numpy(), 0))
    named = pl.select(name=pl.when(is_own).then(own_names).otherwise(picked["name"]))["name"]
    held = facilities[drawn["facility"]].select("sumber_kode", "kode_faskes")
    rows = held.with_columns(
        entity=pl.select(pl.when(~is_own).then(picked["entity"])).to_series(),
        group=pl.select(pl.when(~is_own).then(picked["group"])).to_series(),
        price=picked["price"],
        kode_lokal=phrase("{}-{}", pl.lit("L"), pl.int_range(1, pl.len() + 1).over("sumber_kode", "kode_faskes")),
        nama_layanan=_write_names(named, drawn["facility"], rolls, noise, seed),
        kelompok=_write_groups(picked["group"], drawn["facility"], is_own, rolls, noise),
    )
    fault, code = _write_codes(picked, services, rolls, noise)
    return rows.with_columns(
        kode_kptl=pl.select(pl.when(~is_own).then(code)).to_series(),
        fault=pl.select(pl.when(~is_own).then(fault)).to_series(),
        kode_icd9cm=pl.lit(None, pl.String),
        kode_loinc=pl.lit(None, pl.String),
    )


def _write_names(names: pl.Series, facility: pl.Series, rolls: Rolls, noise: ServiceNoise, seed: int) -> pl.Series:
    """Names with words shortened, misspelt and put elsewhere; a facility writes a word in one way."""
    text = names if noise.unseen else _short_phrases(names, facility, noise, seed)
    if noise.unseen:
        text = _cut_words(text, facility, noise, seed)
    frame = pl.DataFrame({"text": text})
    filler = pl.lit(rolls.choose("filler word", words.FILLERS))
    last_first = phrase("{} {}", pl.col("text").str.extract(r"(\S+)$"), pl.col("text").str.extract(r"^(.*) \S+$"))
    at = pl.lit(pl.Series(rolls.unit("typo place"))) * (pl.col("text").str.len_chars() - 2)
    cut = (at.cast(pl.Int64) + 1).clip(1)
    typed = pl.concat_str(pl.col("text").str.slice(0, cut), pl.col("text").str.slice(cut + 1))
    long_enough = pl.col("text").str.len_chars() > 6
    frame = frame.with_columns(
        text=cases((rolls.flag("typo", noise.typo) & long_enough, typed), otherwise=pl.col("text"))
    )
    has_two = pl.col("text").str.contains(" ")
    frame = frame.with_columns(
        text=cases((rolls.flag("order", noise.order) & has_two, last_first), otherwise=pl.col("text"))
    )
    frame = frame.with_columns(
        text=cases((rolls.flag("filler", noise.filler), phrase("{} {}", filler, "text")), otherwise=pl.col("text"))
    )
    stroke = pl.col("text").str.replace(" ", ". ", literal=True)
    frame = frame.with_columns(text=cases((rolls.flag("stroke", noise.stroke), stroke), otherwise=pl.col("text")))
    upper = Rolls(seed, "service letters", facility.to_numpy().astype(np.int64)).flag("upper", noise.upper_case)
    return frame.select(cases((upper, pl.col("text")), otherwise=pl.col("text").str.to_titlecase()).alias("t"))["t"]


def _short_phrases(names: pl.Series, facility: pl.Series, noise: ServiceNoise, seed: int) -> pl.Series:
    """Words and phrases of the table of usual short forms, where the facility uses them."""
    text = names
    for spelt_out, short in sorted(words.SHORT.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        uses = Rolls(seed, f"short {spelt_out}", facility.to_numpy().astype(np.int64)).flag("uses", noise.short_word)
        spelt = pl.col("text").str.replace(rf"\b{spelt_out}\b", short)
        text = pl.DataFrame({"text": text}).select(cases((uses, spelt), otherwise=pl.col("text")).alias("text"))["text"]
    return text


def _cut_words(names: pl.Series, facility: pl.Series, noise: ServiceNoise, seed: int) -> pl.Series:
    """Long words without their inner vowels or cut off, as in a hurry; the same word the same in a facility."""
    tokens = (
        pl.DataFrame({"word": names.str.split(" "), "facility": facility})
        .with_row_index("at")
        .explode("word")
        .with_columns(place=pl.int_range(pl.len()).over("at"))
    )
    number = tokens.select(pl.col("word").rank("dense").cast(pl.Int64) * 4096 + pl.col("facility"))["word"].to_numpy()
    rolls = Rolls(seed, "cut words", number)
    head, tail = pl.col("word").str.head(1), pl.col("word").str.slice(1)
    bare = pl.concat_str(head, tail.str.replace_all("[AIUEO]", "")).str.head(5)
    cut = pl.col("word").str.slice(0, pl.lit(pl.Series(3 + rolls.pick("letters", 2))))
    is_long = pl.col("word").str.len_chars() >= 6
    short = cases((rolls.flag("bare", 0.5), bare), otherwise=cut)
    written = tokens.with_columns(
        word=cases((rolls.flag("short", noise.short_word) & is_long, short), otherwise=pl.col("word"))
    )
    return written.sort("at", "place").group_by("at", maintain_order=True).agg(pl.col("word").str.join(" "))["word"]


def _write_groups(
    groups: pl.Series, facility: pl.Series, is_own: pl.Series, rolls: Rolls, noise: ServiceNoise
) -> pl.Series:
    first, second = (
        groups.replace_strict({group: spelt[place] for group, spelt in words.GROUP_WORDS.items()}) for place in (0, 1)
    )
    missing = rolls.flag("group missing", noise.group_missing) | pl.lit(is_own)
    spelt = pl.when(pl.lit(facility) % 2 == 0).then(first).otherwise(second)
    return pl.select(pl.when(~missing).then(spelt).alias("kelompok"))["kelompok"]


def _write_codes(
    picked: pl.DataFrame, services: pl.DataFrame, rolls: Rolls, noise: ServiceNoise
) -> tuple[pl.Series, pl.Series]:
    """What is wrong with the code on purpose, and the code that the facility gives, if any."""
    others = services[pl.Series(rolls.pick("other", services.height))]["code"]
    foreign = rolls.flag("foreign", noise.code_foreign) & pl.lit(others != picked["code"])
    retired = rolls.flag("retired", noise.code_retired)
    refused, shape = rolls.flag("refused", noise.code_not_allowed), rolls.flag("shape", noise.code_shape)
    wrong_modifier = pl.concat_str(
        "base", pl.when(pl.col("takes") == "KR").then(pl.lit(".SU001")).otherwise(pl.lit(".KR001"))
    )
    fault = cases(
        (foreign, pl.lit("code-foreign")),
        (retired, pl.lit("code-retired")),
        (refused, pl.lit("code-not-allowed")),
        (shape, pl.lit("code-shape")),
    )
    code = cases(
        (foreign, pl.lit(others)),
        (retired, retired_codes(pl.col("base"))),
        (refused, wrong_modifier),
        (shape, phrase("K{}", "base")),
        (rolls.flag("given", noise.code_given), pl.col("code")),
    )
    told = picked.select(fault=fault, code=code)
    return told["fault"], told["code"]
