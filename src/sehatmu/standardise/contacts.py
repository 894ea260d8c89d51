"""Telephone numbers and e-mail addresses in one form; unreadable ones become null and are flagged.

Facilities' contacts are public, persons' are not: no finding or message may carry the value itself.
"""

from __future__ import annotations

import polars as pl

_FEWEST, _MOST = 7, 14
_EMAIL = r"^[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$"


def normalise_phone(phone: pl.Expr) -> pl.Expr:
    """Digits with the country code (`62...`) of the first number in the cell; null where unreadable.

    A number without a leading 0, 8 or 62 is a local one without area code: it keeps its digits, since no
    one can tell its town. Repeated zeros and the like are no numbers.

    >>> pl.select(normalise_phone(pl.lit("(0271) 123-456_ ; 0812 333"))).item()
    '62271123456'
    """
    first = phone.str.to_lowercase().str.replace(r"(ext|pes|psw|fax|atau|dan|hp)[^0-9]*.*$", "")
    first = first.str.split_exact(";", 1).struct[0].str.split_exact(",", 1).struct[0]
    first = first.str.replace(r"^([^/]{6,})/.*$", "${1}").str.replace(r"^(\D*\d[\d\s().-]{6,}?)\s{2,}.*$", "${1}")
    digits = first.str.replace_all(r"\D", "").str.replace(r"^00", "")
    digits = (
        pl.when(digits.str.starts_with("620")).then("62" + digits.str.slice(2).str.strip_chars_start("0"))
        .when(digits.str.starts_with("62")).then(digits)
        .when(digits.str.starts_with("0")).then("62" + digits.str.strip_chars_start("0"))
        .when(digits.str.starts_with("8") & (digits.str.len_chars() >= 9)).then("62" + digits)
        .otherwise(digits)
    )  # fmt: skip
    subscriber = digits.str.replace(r"^62", "")
    real = digits.str.len_chars().is_between(_FEWEST, _MOST) & (subscriber.str.split("").list.n_unique() > 2)
    return pl.when(real).then(digits)


def normalise_email(email: pl.Expr) -> pl.Expr:
    """The first address in the cell, in lower case; null where it has not the form of one.

    >>> pl.select(normalise_email(pl.lit(" RSUD.Contoh@Mail.ID, lain@x.id"))).item()
    'rsud.contoh@mail.id'
    """
    first = email.str.to_lowercase().str.strip_chars().str.extract(r"^([^\s,;/]+)")
    return pl.when(first.str.contains(_EMAIL)).then(first)
