"""How wrong the registers of the sample are, and how much happens between two nights: named rates, 0 to 1.

Tests set their own, so that nothing can be tuned to the rates that stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Rates per written row (or per row that the mess can befall, where the name says so)."""

    # the world: two facilities that are easily taken for one
    namesake: float = 0.06  # hospitals, clinics and pharmacies of a name that others have elsewhere
    paired: float = 0.06  # puskesmas called X I; as many stand beside one and are called X II
    # names
    kind_spelling: float = 0.15  # RSUD, RS Umum Daerah, Rumkit...
    kind_missing: float = 0.02
    prefix: float = 0.10  # UPT, UPTD, BLUD before a public facility
    upper_case: float = 0.15
    numerals: float = 0.10  # II written 2, 2 written II
    typo: float = 0.06
    double_blank: float = 0.04
    joined_words: float = 0.03  # Suka Maju written Sukamaju
    short_words: float = 0.06  # of the names that hold such a word: Tanjung Tj., Santa St., dr. left out
    place_added: float = 0.03  # the regency's name behind the facility's
    old_spelling: float = 0.02  # oe, dj, tj
    accident: float = 0.30  # find-and-replace, of the names that hold its word
    name_limit: int = 50  # SIRS cuts names there; 0 = never
    late_rename: float = 0.3  # of the registers that hold a renamed facility: they keep the old name
    # addresses
    abbreviation: float = 0.30
    other_address: float = 0.05  # another street or number than the other registers have
    # codes
    code_blank: float = 0.02
    code_letter: float = 0.0005  # a letter at the end of a hospital code
    # regions
    former_region: float = 0.25  # of the facilities whose regency had another code
    bps_region: float = 0.01
    unknown_region: float = 0.003
    stale_regions: bool = False  # the region list of before the split of Papua
    region_missing: float = 0.01
    # values
    missing: float = 0.12
    placeholder: float = 0.04
    other_phone: float = 0.20  # another line of the same facility
    phone_form: float = 0.50
    phone_underscore: float = 0.04
    swapped_position: float = 0.01
    zero_position: float = 0.02
    other_position: float = 0.05  # some hundred metres off
    date_form: float = 0.15  # another form than the register's own
    class_unset: float = 0.02
    zero_beds: float = 0.04
    shared_official: float = 0.001  # the official number of another facility
    reregistered: float = 0.005  # under its old and its new code in the same register
    # rows that break the contract
    required_missing: float = 0.003
    duplicate_row: float = 0.003
    duplicate_key: float = 0.002
    bad_date: float = 0.003

    @classmethod
    def none(cls, **but: float) -> Noise:
        """No mess at all except the rates named: every register writes what is true, in its own manner."""
        rates: dict[str, Any] = dict.fromkeys(cls.__dataclass_fields__, 0)
        return cls(**{**rates, "stale_regions": False, **but})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happens to facilities between two nights: rates per living facility and night."""

    renamed: float = 0.01
    moved: float = 0.005
    corrected: float = 0.02  # from now on written without mess
    closed: float = 0.006
    merged: float = 0.006  # one of two of the same kind and regency becomes part of the other
    recoded: float = 0.01  # from its old code to that of 2022, where the register still has the old one
    opened: float = 0.008  # of the first night's count
