"""How facilities of the sample write their services and prices: named rates, 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNoise:
    """Rates per item or per tariff. `unseen` is how the words are shortened: by a table of usual abbreviations
    (false), or by dropping vowels and cutting words, as no table foresees (true)."""

    unseen: bool = False
    # names
    short_word: float = 0.35  # per word that has a short form
    typo: float = 0.03
    filler: float = 0.15  # Pemeriksaan, Tindakan before the name
    order: float = 0.08  # the last word first
    upper_case: float = 0.5
    stroke: float = 0.1  # a stroke or dot between two words
    # what is told beside the name
    code_given: float = 0.35
    code_foreign: float = 0.002  # the code of another service
    code_retired: float = 0.01
    code_not_allowed: float = 0.005
    code_shape: float = 0.005
    group_missing: float = 0.12
    own_item: float = 0.03  # of no national service
    # tariffs
    rupiah_text: float = 0.4  # Rp 150.000,-
    negative: float = 0.002
    unreadable: float = 0.002
    zero: float = 0.004
    thousands_lost: float = 0.006
    outlier: float = 0.004
    unknown_payer: float = 0.01
    overlap: float = 0.01
    gap: float = 0.01
    expired: float = 0.01
    not_summing: float = 0.01

    @classmethod
    def none(cls, **but: Any) -> ServiceNoise:
        """No mess but the rates named; all give their code."""
        rates: dict[str, Any] = dict.fromkeys(cls.__dataclass_fields__, 0.0)
        return cls(**{**rates, "unseen": False, "code_given": 1.0, **but})

    @classmethod
    def unforeseen(cls) -> ServiceNoise:
        """Abbreviations that no codebook lists, more of them, and fewer codes: what a benchmark judges on."""
        return cls(unseen=True, short_word=0.5, typo=0.04, code_given=0.2, group_missing=0.2)
