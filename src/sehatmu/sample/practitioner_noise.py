"""How wrong the registers of health workers are, beside what befalls names, births and sexes of anybody.

Names, births and sexes are spoilt at the rates of `PersonNoise`. Tests set their own rates; `UNSEEN_PRACTITIONERS`
is far from the default, for measurements that must not be tuned to either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerNoise:
    """Rates per written row, or of what the comments name."""

    # who they are
    namesake: float = 0.012  # practitioners of the same name, sex, profession and place as the one before
    second_profession: float = 0.02  # with a registration for each
    # the person
    nik_missing: float = 0.14
    nik_typo: float = 0.012
    nik_shared: float = 0.003  # that of another practitioner
    nik_short: float = 0.004
    nik_form: float = 0.01
    nik_placeholder: float = 0.006
    ihs_known: float = 0.3  # SISDMK alone tells it
    ihs_wrong: float = 0.0005
    nip_missing: float = 0.15  # of civil servants
    title: float = 0.8  # names with any title
    title_style: float = 0.25  # written in another way than the facility's own
    spelling: float = 0.35  # professions under another name than the usual one
    spelling_odd: float = 0.01  # that no codebook knows
    profession_missing: float = 0.01
    # registrations and licences
    str_missing: float = 0.08
    str_stale: float = 0.10  # the one before the last
    str_typo: float = 0.006
    str_shared: float = 0.002  # that of another practitioner
    sip_absent: float = 0.04  # posts for which no licence was ever issued
    sip_missing: float = 0.08
    sip_stale: float = 0.08
    sip_form: float = 0.03
    swapped: float = 0.01  # the STR stands where the SIP belongs, and the other way about
    number_filler: float = 0.03  # -, 0
    date_missing: float = 0.06
    date_form: float = 0.08
    date_reversed: float = 0.004  # expiry before issue
    lifelong_word: float = 0.25  # of registrations for life: told in words, else left out
    # the place
    code_blank: float = 0.05  # blanks around the code
    unknown_facility: float = 0.008  # a code that no register has
    # what councils and licensing offices know
    council_missing: float = 0.04
    office_missing: float = 0.08
    licence_nik_missing: float = 0.25
    licence_str_missing: float = 0.15
    licence_code_missing: float = 0.25

    @classmethod
    def none(cls, **but: float) -> PractitionerNoise:
        """No mess at all except the rates named: all that is known is told, and as it is."""
        rates: dict[str, Any] = dict.fromkeys(cls.__dataclass_fields__, 0.0)
        return cls(**{**rates, "ihs_known": 1.0, "title": 1.0, **but})


UNSEEN_PRACTITIONERS = PractitionerNoise(
    namesake=0.02,
    second_profession=0.035,
    nik_missing=0.2,
    nik_typo=0.02,
    nik_shared=0.006,
    ihs_known=0.15,
    nip_missing=0.3,
    title=0.65,
    title_style=0.5,
    spelling=0.55,
    str_missing=0.13,
    str_stale=0.16,
    str_typo=0.012,
    str_shared=0.004,
    sip_missing=0.14,
    sip_stale=0.14,
    sip_form=0.08,
    swapped=0.02,
    number_filler=0.05,
    date_missing=0.1,
    date_form=0.2,
    code_blank=0.1,
    council_missing=0.08,
    office_missing=0.15,
)
