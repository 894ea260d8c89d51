"""What goes wrong when a clerk writes down a person: words of a name, letters, digits, dates, gaps.

Words and numbers are changed in bulk; texts only where something befalls them, because few are hit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import from_ymd, ymd
from sehatmu.sample.person_names import vocabulary
from sehatmu.sample.person_noise import PersonNoise

_NEAR = {
    "A": "QSZ", "B": "VGN", "C": "XVK", "D": "SFE", "E": "WRI", "F": "DGP", "G": "FHJ", "H": "GJN", "I": "UOE",
    "J": "HKY", "K": "JLG", "L": "KOR", "M": "NJ", "N": "MBH", "O": "IPU", "P": "OLB", "Q": "WA", "R": "ETL",
    "S": "ADZ", "T": "RYD", "U": "YIO", "V": "CBF", "W": "QES", "X": "ZC", "Y": "TUI", "Z": "XSJ",
}  # fmt: skip
FILLERS = ("-", "-", "-", "NN", "TIDAK ADA", "--", "TIDAK TAHU", "XXX", "0", ".")
NUMBER_FILLERS = ("0000000000000000", "-", "0", "9999999999999999", "1111111111111111", "TIDAK ADA", "1234567890123456")


def befall(texts: pl.Series, hit: Bools, rolls: Rolls, spoil: Callable[[pl.Series, Rolls], pl.Series]) -> pl.Series:
    """The texts, those that are hit as `spoil` leaves them; it gets them and their draws alone."""
    if not hit.any():
        return texts
    spoilt = spoil(texts.filter(pl.Series(hit)), Rolls(rolls.seed, rolls.salt, rolls.ids[hit]))
    at = np.arange(hit.size)
    at[hit] = hit.size + np.arange(spoilt.len())
    return pl.concat([texts, spoilt.rename(texts.name)]).gather(at)


def blank(texts: pl.Series, gone: Bools) -> pl.Series:
    """The texts, null where they are gone."""
    return pl.select(pl.when(pl.Series(~gone)).then(texts)).to_series()


def thin(
    texts: pl.Series, rolls: Rolls, *, missing: float, placeholder: float, fillers: tuple[str, ...] = FILLERS
) -> pl.Series:
    """Some values are absent, some a placeholder that stands for absent."""
    filled = rolls.hit("placeholder", placeholder)
    texts = befall(texts, filled, rolls, lambda some, theirs: theirs.choose("filler", fillers).alias(some.name))
    return blank(texts, rolls.hit("missing", missing) & ~filled)


def reword(names: list[Ints], rolls: Rolls, noise: PersonNoise) -> list[Ints]:
    """The words of names as they are written down: shortened, respelt, dropped, as initials, in another order."""
    words = vocabulary()
    count = np.asarray(np.sum([name >= 0 for name in names], axis=0), dtype=np.int64)
    coin = rolls.pick("coin", 2)
    muhammad, short = rolls.hit("muhammad", noise.muhammad), rolls.hit("short", noise.short_form)
    which = rolls.pick("which muhammad", words.muhammads.size)
    sound, heard_at = rolls.hit("sound", noise.sound_spelling), rolls.pick("sound at", 2)
    old = rolls.hit("old", noise.old_spelling)
    dropped = rolls.hit("dropped", noise.token_dropped) & (count > 1)
    # which word is dropped or cut: the last more often than the first
    at = np.minimum(rolls.pick("cut", 2 * count) + 1, count) - 1
    cut = rolls.hit("initial", noise.token_initial) & (count > 1) & ~dropped
    out: list[Ints] = []
    place = np.zeros(count.size, dtype=np.int64)
    for name in names:
        there = name >= 0
        word = np.where(there, name, 0)
        heard = sound & (place % 2 == heard_at)
        word = np.where(heard, words.sound[word, coin], word)
        word = np.where(old, words.old[word, 0], word)
        word = np.where(short, words.short[word, coin], word)
        word = np.where(muhammad & words.is_muhammad[word], words.muhammads[which], word)
        word = np.where(cut & (place == at), words.initial[word, coin], word)
        out.append(np.where(there & ~(dropped & (place == at)), word, -1))
        place += there
    swapped = rolls.hit("swapped", noise.tokens_swapped)
    last = np.where(count > 2, rolls.pick("swap with", 2), 0)  # the second word, or of three the third
    second = np.where(last == 1, out[2], out[1])
    swap = swapped & (second >= 0)
    first = np.where(swap, second, out[0])
    out[1] = np.where(swap & (last == 0), out[0], out[1])
    out[2] = np.where(swap & (last == 1), out[0], out[2])
    out[0] = first
    return out


def mistype(texts: pl.Series, rolls: Rolls) -> pl.Series:
    """A letter inserted, left out, swapped with the next, doubled, or replaced by one near it on the keyboard.

    The first letter is spared three times in four.
    """
    length = texts.str.len_chars().cast(pl.Int64).to_numpy()
    spared = np.where(rolls.unit("first letter") < 0.75, 1, 0)
    at = np.minimum(spared + rolls.pick("at", np.maximum(length - spared, 1)), np.maximum(length - 1, 0))
    frame = pl.DataFrame({"text": texts, "at": at, "how": rolls.pick("how", 6), "near": rolls.pick("near", 3)})
    text, place, how = pl.col("text"), pl.col("at"), pl.col("how")
    head, this, after = text.str.head(place), text.str.slice(place, 1), text.str.slice(place + 1, 1)
    rest = text.str.slice(place + 2)
    by_near = [{key: near[at % len(near)] for key, near in _NEAR.items()} for at in range(3)]
    capital = this.str.to_uppercase()
    near = pl.when(pl.col("near") == 0).then(capital.replace(by_near[0]))
    letter = near.when(pl.col("near") == 1).then(capital.replace(by_near[1])).otherwise(capital.replace(by_near[2]))
    letter = pl.when(this == capital).then(letter).otherwise(letter.str.to_lowercase())
    wrong = (
        pl.when(how == 0).then(pl.concat_str(head, this, letter, after, rest))
        .when(how == 1).then(pl.concat_str(head, after, rest))
        .when(how == 2).then(pl.concat_str(head, after, this, rest))
        .when(how == 3).then(pl.concat_str(head, this, this, after, rest))
        .otherwise(pl.concat_str(head, letter, after, rest))
    )  # fmt: skip
    return frame.select(pl.when(pl.col("text").str.len_chars() > 1).then(wrong).otherwise(text)).to_series()


def mistype_number(numbers: Ints, rolls: Rolls, digits: int) -> Ints:
    """One digit wrong, or two neighbours swapped."""
    place = 10 ** rolls.pick("digit", digits - 1)
    low, high = numbers // place % 10, numbers // (place * 10) % 10
    swapped = numbers + (high - low) * place + (low - high) * place * 10
    other = (low + 1 + rolls.pick("other digit", 9)) % 10
    swap = (rolls.unit("swap digits") < 0.4) & (low != high)
    return np.where(swap, swapped, numbers + (other - low) * place)


def shorten_number(numbers: Ints, rolls: Rolls, digits: int) -> Ints:
    """One digit left out, never the first."""
    place = 10 ** rolls.pick("lost digit", digits - 1)
    return numbers // (place * 10) * place + numbers % place


def misdate(days: Ints, rolls: Rolls, noise: PersonNoise, today: int) -> Ints:
    """Birth dates as told: day and month swapped, one digit wrong, only the year, the filler, one to come."""
    year, month, day = ymd(days)
    swap = rolls.hit("day month", noise.day_month_swapped) & (day <= 12)
    digit = rolls.hit("digit", noise.birth_digit) & ~swap
    only = rolls.hit("year only", noise.birth_year_only) & ~swap & ~digit
    how = rolls.pick("which digit", 6)
    sign = np.where(rolls.unit("sign") < 0.5, -1, 1)
    changed = np.stack([year, month, day])
    changed[0] += np.where(digit & (how < 2), np.where(how == 0, sign, 10 * sign), 0)
    changed[1] += np.where(digit & (how == 2), sign, 0)
    changed[2] += np.where(digit & (how > 2), np.where(how == 3, 10 * sign, sign), 0)
    month2, day2 = np.where(swap, day, changed[1]), np.where(swap, month, changed[2])
    month2, day2 = np.where(only, 1, np.clip(month2, 1, 12)), np.where(only, 1, np.clip(day2, 1, 28))
    touched = swap | digit | only
    told = np.where(touched, from_ymd(np.clip(changed[0], 1900, 2100), month2, day2), days)
    told = np.where(digit & (told > today), days, told)
    to_come = rolls.hit("to come", noise.birth_impossible / 2)
    filler = rolls.hit("filler", noise.birth_filler)
    told = np.where(to_come, today + 30 + rolls.pick("ahead", 3000), told)
    return np.where(filler, from_ymd(*(np.full(1, part) for part in (1900, 1, 1)))[0], told)


def respace_niks(texts: pl.Series, rolls: Rolls) -> pl.Series:
    """NIK in groups, with dots, behind an apostrophe or a blank, or as a spreadsheet shows big numbers."""
    how = pl.lit(pl.Series(rolls.pick("form", 5)))
    text = pl.col("text")
    parts = [text.str.slice(start, 4) for start in (0, 4, 8, 12)]
    science = pl.concat_str(text.str.slice(0, 1), pl.lit("."), text.str.slice(1, 5), pl.lit("E+15"))
    written = (
        pl.when(how == 0).then(pl.concat_str(parts, separator=" "))
        .when(how == 1).then(pl.concat_str(parts, separator="."))
        .when(how == 2).then(pl.lit("'") + text)
        .when(how == 3).then(pl.lit(" ") + text)
        .otherwise(science)
    )  # fmt: skip
    return texts.to_frame("text").select(written).to_series()


def shift_marks(texts: pl.Series, rolls: Rolls) -> pl.Series:
    """Blanks and marks that do not belong there."""
    how = pl.lit(pl.Series(rolls.pick("mark", 5)))
    text = pl.col("text")
    written = (
        pl.when(how == 0).then(text + ".")
        .when(how == 1).then(text.str.replace(" ", "  ", literal=True))
        .when(how == 2).then(text + " ")
        .when(how == 3).then(text.str.replace(" ", "-", literal=True))
        .otherwise(pl.lit(" ") + text)
    )  # fmt: skip
    return texts.to_frame("text").select(written).to_series()


def words_text(names: list[Ints], title: Bools) -> list[pl.Series]:
    """The words of each place as text, in capitals or as titles; null where there is none."""
    words = vocabulary()
    shift = np.where(title, words.size, 0)
    out = []
    for at, name in enumerate(names):
        numbers = pl.Series(f"w{at}", np.where(name >= 0, name + shift, 0), dtype=pl.Int64)
        out.append(
            words.words.gather(pl.select(pl.when(pl.Series(name >= 0)).then(numbers)).to_series()).alias(f"w{at}")
        )
    return out
