"""How registers write what is true: names, addresses, phones, regions, positions and dates as text.

Vectorised over the rows of one extract. A `Manner` is what a register always does; `Noise` is what happens
to some of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sehatmu.sample import spoil
from sehatmu.sample.dice import Rolls
from sehatmu.sample.noise import Noise
from sehatmu.sample.words import KIND_WORDS

ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`spelling`: which spelling of the kind word; `bare`: kinds written without it; `date_form`: 0 to 2."""

    spelling: int = 0
    bare: tuple[str, ...] = ()
    upper: bool = False
    address: int = 0
    date_form: int = 0
    name_limit: bool = False


def render_names(rows: pl.DataFrame, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Kind word, stem and number; `rows` needs `kind, word, stem, number`."""
    usual = pl.col("word").replace_strict({key: forms[min(manner.spelling, len(forms) - 1)] for key, forms in KIND_WORDS.items()})  # fmt: skip
    other = pl.Series(rolls.pick("spelling", 60))
    spelt = pl.coalesce(
        pl.when((pl.col("word") == key) & (other % len(forms) == at)).then(pl.lit(form))
        for key, forms in KIND_WORDS.items()
        for at, form in enumerate(forms)
    )
    gone = pl.col("kind").is_in(list(manner.bare)) | pl.Series(rolls.hit("kind_missing", noise.kind_missing))
    word = (
        pl.when(gone).then(pl.lit(""))
        .when(pl.Series(rolls.hit("kind_spelling", noise.kind_spelling))).then(spelt)
        .otherwise(usual)
    )  # fmt: skip
    public = pl.col("kind").is_in(["puskesmas", "pustu"]) | (pl.col("word") == "rsud")
    prefix = pl.when(public & pl.Series(rolls.hit("prefix", noise.prefix))).then(
        rolls.choose("prefixes", ("UPT ", "UPTD ", "BLUD ", "UPT. ", "UPT BLUD ", "UPTD BLUD "))
    ).otherwise(pl.lit(""))  # fmt: skip
    roman_usual = pl.col("kind").is_in(["puskesmas", "pustu"])
    roman = roman_usual != pl.Series(rolls.hit("numerals", noise.numerals))
    arabic = pl.col("number").cast(pl.String)
    number = (
        pl.when(roman).then(arabic.replace({str(n): form for n, form in enumerate(ROMAN)})).otherwise(arabic)
    )
    whole = prefix + word + pl.lit(" ") + pl.col("stem") + pl.coalesce(pl.lit(" ") + number, pl.lit(""))
    names = rows.select(whole.str.strip_chars().alias("name")).to_series()
    names = spoil.spoil_name(names, rolls, noise)
    if manner.upper:
        names = names.str.to_uppercase()
    if manner.name_limit and noise.name_limit:
        names = names.str.head(noise.name_limit)
    return names


def render_addresses(rows: pl.DataFrame, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Street, number, village and district, in the register's own order and abbreviations."""
    moved = pl.Series(rolls.hit("other_address", noise.other_address))
    house = (
        pl.when(moved).then(pl.Series(1 + rolls.pick("other_house", 180))).otherwise("house").cast(pl.String)
    )
    rt = pl.col("rt").cast(pl.String).str.zfill(3)
    village = pl.when(pl.col("kab_kind") == "KABUPATEN").then(pl.lit("Ds. ")).otherwise(pl.lit("Kel. ")) + pl.col("kel_name")  # fmt: skip
    street = pl.lit("Jl. ") + pl.col("street")
    forms = (
        pl.concat_str(street, pl.lit(" No. "), house, pl.lit(",  "), village, pl.lit(",  Kec. "), "kec_name"),
        pl.concat_str(street, pl.lit(" No. "), house),
        pl.concat_str(street, pl.lit(" NO "), house, pl.lit(" RT "), rt, pl.lit(" RW 002 "), village, pl.lit(" KEC. "), "kec_name"),
        pl.concat_str(pl.lit("Jalan "), "street", pl.lit(" Nomor "), house, pl.lit(", "), village),
        pl.concat_str(street, pl.lit(" "), house, pl.lit(", "), "kec_name"),
    )  # fmt: skip
    texts = rows.select(forms[manner.address].alias("address")).to_series()
    texts = spoil.spoil_address(texts, rolls, noise)
    if manner.upper:
        texts = texts.str.to_uppercase()
    return spoil.thin(texts, rolls.under("address"), noise)


def render_phones(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.Series:
    """Digits, or with brackets, dashes, the country's code, or a trailing underscore."""
    plain = pl.col("phone")
    area = pl.when(plain.str.starts_with("08")).then(4).when(plain.str.contains("^0(21|22|24|31|61)")).then(3).otherwise(4)  # fmt: skip
    head, tail = plain.str.slice(0, area), plain.str.slice(area)
    forms = (
        plain,
        pl.lit("(") + head + pl.lit(") ") + tail,
        head + pl.lit("-") + tail,
        pl.lit("+62 ") + plain.str.slice(1),
        head + pl.lit(" ") + tail.str.slice(0, 4) + pl.lit(" ") + tail.str.slice(4),
    )
    form = pl.Series(rolls.pick("phone_form", len(forms)))
    chosen = pl.coalesce(pl.when(form == at).then(text) for at, text in enumerate(forms))
    texts = pl.when(pl.Series(rolls.hit("phone_formed", noise.phone_form))).then(chosen).otherwise(plain)
    line = pl.when(pl.Series(rolls.hit("phone_underscore", noise.phone_underscore))).then(plain + pl.lit("_")).otherwise(texts)  # fmt: skip
    return spoil.thin(rows.select(line.alias("phone")).to_series(), rolls.under("phone"), noise)


def render_mail(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.Series:
    """An address under example.id; null for those without one."""
    slug = pl.col("stem").str.to_lowercase().str.replace_all("[^a-z]+", "")
    mail = pl.when("has_mail").then(
        pl.concat_str(slug, pl.col("entity").cast(pl.String), pl.lit("@example.id"))
    )
    return spoil.thin(rows.select(mail.alias("mail")).to_series(), rolls.under("mail"), noise)


def render_regions(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """`kode_prov, kode_kab, kode_kec, kode_kel` as delivered: current, replaced, BPS's, or unknown codes."""
    former = pl.Series(rolls.hit("former_region", noise.former_region)) & rows["kab_former"].is_not_null()
    bps = pl.Series(rolls.hit("bps_region", noise.bps_region)) & rows["kab_bps"].is_not_null()
    lost = pl.Series(rolls.hit("unknown_region", noise.unknown_region))
    return rows.select(
        pl.when(lost & (pl.lit(level) != "prov"))
        .then(pl.col(f"{level}_code").str.head(2) + "99" + pl.col(f"{level}_code").str.slice(4))
        .when(former).then(pl.col("kab_former").str.head(2) if level == "prov" else pl.col(f"{level}_former"))
        .when(bps).then(pl.coalesce(f"{level}_bps", f"{level}_code"))
        .otherwise(f"{level}_code")
        .alias(f"kode_{level}")
        for level in ("prov", "kab", "kec", "kel")
    )  # fmt: skip


def render_positions(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """`latitude, longitude` as text; null, 0, swapped or a little off for some."""
    off = pl.Series(rolls.hit("other_position", noise.other_position)).cast(pl.Float64)
    swapped = pl.Series(rolls.hit("swapped_position", noise.swapped_position))
    zero = pl.Series(rolls.hit("zero_position", noise.zero_position))
    gone = pl.Series(rolls.hit("no_position", noise.missing))
    points = rows.select(
        north=_degrees(pl.col("latitude") + off * (pl.Series(rolls.unit("off_north")) - 0.5) * 0.01),
        east=_degrees(pl.col("longitude") + off * (pl.Series(rolls.unit("off_east")) - 0.5) * 0.01),
    )
    return points.select(
        latitude=pl.when(~gone).then(
            pl.when(zero).then(pl.lit("0")).when(swapped).then("east").otherwise("north")
        ),
        longitude=pl.when(~gone).then(
            pl.when(zero).then(pl.lit("0")).when(swapped).then("north").otherwise("east")
        ),
    )


def _degrees(value: pl.Expr) -> pl.Expr:
    """Six decimals from whole millionths, so that no machine's float printing matters."""
    millionths = (value * 1_000_000).round(0).cast(pl.Int64)
    whole, part = millionths.abs() // 1_000_000, millionths.abs() % 1_000_000
    sign = pl.when(millionths < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + whole.cast(pl.String) + pl.lit(".") + part.cast(pl.String).str.zfill(6)


def render_dates(days: pl.Series, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Days since 2020-01-01 as a date in the register's form, or for some in one of the two others."""
    dates = pl.select(pl.date(2020, 1, 1) + pl.duration(days=days)).to_series()
    shift = pl.Series(rolls.hit("date_form", noise.date_form)).cast(pl.Int64) * (1 + pl.Series(rolls.pick("date_other", 2)))  # fmt: skip
    form = (manner.date_form + shift) % len(_DATE_FORMS)
    texts = pl.select(
        pl.coalesce(
            pl.when(form == at).then(dates.dt.strftime(pattern)) for at, pattern in enumerate(_DATE_FORMS)
        )
    ).to_series()
    return spoil.empty(texts, rolls.under("date"), noise)
