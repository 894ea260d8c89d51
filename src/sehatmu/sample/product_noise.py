"""How wrong the lists of products in the sample are, and how much they leave out: named rates, 0 to 1.

`ProductNoise.unseen()` is a hand of another kind: other spellings, more slips. Nothing may be tuned to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductNoise:
    """Rates per written row, or per product where the name says so."""

    # the register of drugs
    reregistered: float = 0.08  # products with an expired registration beside the one that holds
    shared_number: float = 0.01  # products registered under the number of a sister of another strength
    strength_in_form: float = 0.10  # "sirup; 120 mg/5 mL", none in the composition
    composition_missing: float = 0.01
    draft_code: float = 0.02  # kode_kfa "/"
    official: float = 0.3  # rows that carry an official number
    html: float = 0.005
    company_form: float = 0.3  # PT X, X - Indonesia, X Tbk
    # the catalogue
    number_missing: float = 0.18
    number_foreign: float = 0.01  # the number of a clearly different product
    number_two: float = 0.01  # two numbers in one cell
    number_note: float = 0.02  # a footnote glued behind it
    number_blanks: float = 0.05
    brand_missing: float = 0.05
    maker_missing: float = 0.10
    maker_is_seller: float = 0.05  # the seller's name where the maker's should be
    not_registered: float = 0.04  # items of products that the register does not have
    price_one: float = 0.01
    percent_lost: float = 0.01  # 3345 for 33.45
    # texts of both
    typo: float = 0.02
    upper_case: float = 0.3
    decimal_comma: float = 0.3
    other_form_word: float = 0.15
    glued_unit: float = 0.2  # 500mg
    other_words: bool = False
    # devices
    number_prefix: float = 0.4  # KEMENKES RI before it
    unknown_size: float = 0.03  # volume or weight -1

    @classmethod
    def none(cls, **but: float) -> ProductNoise:
        """Nothing wrong but the rates named."""
        rates: dict[str, Any] = dict.fromkeys(cls.__dataclass_fields__, 0)
        return cls(**{**rates, "other_words": False, **but})

    @classmethod
    def unseen(cls) -> ProductNoise:
        """A hand that no rule was written for: words of another list, more slips, fewer numbers."""
        return cls(
            number_missing=0.25,
            number_foreign=0.02,
            number_note=0.05,
            typo=0.05,
            other_form_word=0.5,
            other_words=True,
            glued_unit=0.4,
            decimal_comma=0.5,
            strength_in_form=0.2,
            maker_missing=0.15,
            company_form=0.6,
        )
