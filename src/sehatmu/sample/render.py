"""How registers write what is true: names, addresses, phones, regions, positions and dates as text.

Vectorised over the rows of one extract. A `Manner` is what a register always does; `Noise` is what happens
to some of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import spoil
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.noise import Noise
from sehatmu.sample.words import KIND_WORDS

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_ROMAN = {str(number): form for number, form in enumerate(_NUMERALS, start=1)}
_PREFIXES = ("UPT ", "UPTD ", "BLUD ", "UPT. ", "UPT BLUD ", "UPTD BLUD ")
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a register always does.

    `spelling`: which spelling of the kind word; `bare`: kinds written without it; `address` and `date_form`:
    which of the forms; `knows_official`: share of the official numbers that it has.
    """

    spelling: int = 0
    bare: tuple[str, ...] = ()
    upper: bool = False
    address: int = 0
    date_form: int = 0
    name_limited: bool = False
    knows_official: float = 0.0


def render_names(rows: pl.DataFrame, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Kind word, stem and number; `rows` needs `kind, word, stem, number`."""
    kind = pl.col("kind")
    usual = {key: forms[min(manner.spelling, len(forms) - 1)] for key, forms in KIND_WORDS.items()}
    bare = kind.is_in(list(manner.bare)) | rolls.flag("kind_missing", noise.kind_missing)
    word = cases(
        (bare, pl.lit("")),
        (rolls.flag("kind_spelling", noise.kind_spelling), _any_spelling(rolls)),
        otherwise=pl.col("word").replace_strict(usual),
    )
    public = kind.is_in(["puskesmas", "pustu"]) | (pl.col("word") == "rsud")
    prefixed = (public & rolls.flag("prefix", noise.prefix), rolls.choose("prefixes", _PREFIXES))
    roman = kind.is_in(["puskesmas", "pustu"]) ^ rolls.flag("numerals", noise.numerals)
    arabic = pl.col("number").cast(pl.String)
    number = cases((roman, arabic.replace(_ROMAN)), otherwise=arabic)
    stem = spoil.reword(rows["stem"], rows["kab_name"].str.to_titlecase(), rolls, noise)
    stem = spoil.spell_old(stem, rolls, noise)
    parts = pl.concat_str(word, pl.lit(stem), number, separator=" ", ignore_nulls=True).str.strip_chars()
    whole = cases(prefixed, otherwise=pl.lit("")) + parts
    names = spoil.spoil_name(rows.select(whole.alias("name")).to_series(), rolls, noise)
    names = names.str.to_uppercase() if manner.upper else names
    return names.str.head(noise.name_limit) if manner.name_limited and noise.name_limit else names


def _any_spelling(rolls: Rolls) -> pl.Expr:
    """Any of the spellings of the row's kind word, each as likely."""
    drawn = pl.lit(pl.Series(rolls.pick("spelling", 60)))
    longest = max(len(forms) for forms in KIND_WORDS.values())
    at = drawn % pl.col("word").replace_strict({key: len(forms) for key, forms in KIND_WORDS.items()})
    of_number = ({key: forms[number % len(forms)] for key, forms in KIND_WORDS.items()} for number in range(longest))
    spellings = (pl.col("word").replace_strict(forms) for forms in of_number)
    return cases(*((at == number, spelling) for number, spelling in enumerate(spellings)))


def render_addresses(rows: pl.DataFrame, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Street, number, village and district, in the register's own order and abbreviations."""
    other = pl.lit(pl.Series(1 + rolls.pick("other_house", 180)))
    moved = rolls.flag("other_address", noise.other_address)
    in_town = pl.col("kab_kind") != "KABUPATEN"
    parts = rows.with_columns(
        house=cases((moved, other), otherwise=pl.col("house")).cast(pl.String),
        rt=pl.col("rt").cast(pl.String).str.zfill(3),
        village=cases((in_town, pl.lit("Kel. ")), otherwise=pl.lit("Ds. ")) + pl.col("kel_name"),
    )
    forms = (
        ("Jl. {} No. {},  {},  Kec. {}", ("street", "house", "village", "kec_name")),
        ("Jl. {} No. {}", ("street", "house")),
        ("Jl. {} No. {} RT {} RW 002 {} Kec. {}", ("street", "house", "rt", "village", "kec_name")),
        ("Jalan {} Nomor {}, {}", ("street", "house", "village")),
        ("Jl. {} {}, {}", ("street", "house", "kec_name")),
    )
    pattern, columns = forms[manner.address]
    texts = parts.select(phrase(pattern, *columns).alias("address")).to_series()
    texts = spoil.spoil_address(texts, rolls, noise)
    texts = texts.str.to_uppercase() if manner.upper else texts
    return spoil.thin(texts, rolls.under("address"), noise)


def render_phones(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.Series:
    """Digits, or with brackets, dashes, the country's code, or a trailing underscore."""
    other = pl.lit(pl.Series(1_000_000 + rolls.pick("other_line", 8_999_999)).cast(pl.String))
    fixed = rolls.flag("other_phone", noise.other_phone) & ~pl.col("phone").str.starts_with("08")
    plain = cases((fixed, pl.col("phone").str.head(-7) + other), otherwise=pl.col("phone"))
    area = cases((plain.str.contains("^0(21|22|24|31|61)"), pl.lit(3)), otherwise=pl.lit(4))
    head, tail = plain.str.slice(0, area), plain.str.slice(area)
    forms = (
        phrase("({}) {}", head, tail),
        phrase("{}-{}", head, tail),
        phrase("+62 {}", plain.str.slice(1)),
        phrase("{} {} {}", head, tail.str.slice(0, 4), tail.str.slice(4)),
    )
    form = pl.lit(pl.Series(rolls.pick("phone_form", len(forms))))
    text = cases(
        (rolls.flag("phone_underscore", noise.phone_underscore), phrase("{}_", plain)),
        (~rolls.flag("phone_formed", noise.phone_form), plain),
        *((form == at, written) for at, written in enumerate(forms)),
    )
    return spoil.thin(rows.select(text.alias("phone")).to_series(), rolls, noise)


def render_mail(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.Series:
    """An address under example.id, the same for namesakes of a regency; null for those without one."""
    slug, town = (pl.col(name).str.to_lowercase().str.replace_all("[^a-z]+", "") for name in ("stem", "kab_name"))
    mail = pl.when("has_mail").then(phrase("{}.{}@example.id", slug, town))
    return spoil.thin(rows.select(mail.alias("mail")).to_series(), rolls, noise)


def render_regions(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """`kode_prov, kode_kab, kode_kec, kode_kel` as delivered: current, replaced, BPS's, unknown or absent."""
    former = rolls.flag("former_region", noise.former_region) & pl.col("kab_former").is_not_null()
    bps = rolls.flag("bps_region", noise.bps_region) & pl.col("kab_bps").is_not_null()
    lost = rolls.flag("unknown_region", noise.unknown_region)
    absent = rolls.flag("region_missing", noise.region_missing)
    levels = ("prov", "kab", "kec", "kel")
    of_former = {"prov": pl.col("kab_former").str.head(2)} | {at: pl.col(f"{at}_former") for at in levels[1:]}
    no_such = {at: pl.col(f"{at}_code").str.replace("^(..)..", "${1}99") for at in levels}
    return rows.select(
        cases(
            (absent, pl.lit(None, pl.String)),
            (lost, no_such[level]),
            (former, of_former[level]),
            (bps, pl.coalesce(f"{level}_bps", f"{level}_code")),
            otherwise=pl.col(f"{level}_code"),
        ).alias(f"kode_{level}")
        for level in levels
    )


def render_positions(rows: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """`latitude, longitude` as text; null, 0, swapped or a little off for some."""
    off = rolls.flag("other_position", noise.other_position).cast(pl.Float64) * 0.01
    swapped = rolls.flag("swapped_position", noise.swapped_position)
    zero = rolls.flag("zero_position", noise.zero_position)
    gone = rolls.flag("no_position", noise.missing)
    north = _degrees(pl.col("latitude") + off * (pl.lit(pl.Series(rolls.unit("off_north"))) - 0.5))
    east = _degrees(pl.col("longitude") + off * (pl.lit(pl.Series(rolls.unit("off_east"))) - 0.5))
    nothing = (gone, pl.lit(None, pl.String))
    return rows.select(
        latitude=cases(nothing, (zero, pl.lit("0")), (swapped, east), otherwise=north),
        longitude=cases(nothing, (zero, pl.lit("0")), (swapped, north), otherwise=east),
    )


def _degrees(value: pl.Expr) -> pl.Expr:
    """Six decimals from whole millionths, so that no way of printing floats matters."""
    millionths = (value * 1_000_000).round(0).cast(pl.Int64)
    sign = cases((millionths < 0, pl.lit("-")), otherwise=pl.lit(""))
    part = (millionths.abs() % 1_000_000).cast(pl.String).str.zfill(6)
    return phrase("{}{}.{}", sign, millionths.abs() // 1_000_000, part)


def render_dates(days: pl.Series, manner: Manner, rolls: Rolls, noise: Noise) -> pl.Series:
    """Days since 2020-01-01 as a date in the register's form, or for some in one of the two others."""
    dates = (days.cast(pl.Int32) + 18_262).cast(pl.Date)  # 2020-01-01, counted from 1970
    other = 1 + rolls.pick("other_form", 2)
    form = (manner.date_form + rolls.hit("date_form", noise.date_form) * other) % len(_DATE_FORMS)
    written = ((pl.lit(pl.Series(form)) == at, dates.dt.strftime(text)) for at, text in enumerate(_DATE_FORMS))
    return spoil.empty(pl.select(cases(*written).alias("date")).to_series(), rolls, noise)
