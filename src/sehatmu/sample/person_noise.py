"""How wrong registrations of persons are, and how strange the country's people: named rates, 0 to 1.

Tests set their own, so that nothing can be tuned to the rates that stand here; `UNSEEN` is a ready-made
setting far from the default, for measurements that must not be tuned to either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNoise:
    """Rates per registration, or of what the first lines and the comments name."""

    # the people
    repeated: float = 0.30  # of those who are registered: two to five times
    infant: float = 0.06  # households with a child of at most 400 days
    twins: float = 0.025  # households with at least two children: the youngest two
    namesake: float = 0.01  # of fathers and lodgers: the name of another
    namesake_birth: float = 0.35  # of namesakes: the same birth date too
    foreigner: float = 0.02  # of lodgers
    unknown: float = 0.01  # of lodgers: found without papers, registered as MR. X
    unregistered: float = 0.02  # citizens whom the civil register never gave a NIK
    infant_nik: float = 0.4  # infants who have one already
    nik_contradicts: float = 0.01  # persons whose NIK tells another birth date than theirs
    born_elsewhere: float = 0.25  # first registered in another district than they live in
    dead: float = 0.015
    # who is told
    nik_missing: float = 0.12
    nik_shared: float = 0.004  # someone else's: a relative's
    nik_typo: float = 0.012
    nik_short: float = 0.004  # 15 digits
    nik_form: float = 0.01  # blanks, dots, or scientific notation
    nik_placeholder: float = 0.006
    ihs_known: float = 0.08
    ihs_wrong: float = 0.0005
    bpjs_known: float = 0.30
    kk_known: float = 0.35
    mother_known: float = 0.55
    mother_nik_known: float = 0.6  # of infants
    baby_name: float = 0.12  # infants at a later visit; at the first, six times as often
    order_wrong: float = 0.03  # of twins: told as single, or as the other one
    # names
    name_typo: float = 0.07
    second_typo: float = 0.15  # of names with one
    tokens_swapped: float = 0.025
    token_dropped: float = 0.045
    token_initial: float = 0.04  # one of the names as its first letter
    muhammad: float = 0.35  # of Muhammads: Muh., Moh., M., Muhamad...
    short_form: float = 0.12  # of names that have one: Abd., St., Nym.
    old_spelling: float = 0.03  # oe, dj, tj
    sound_spelling: float = 0.06  # Yusup for Yusuf, Achmad for Ahmad
    title: float = 0.5  # of those who bear one
    salutation: float = 0.06  # Tn., Ny., An.; facilities that always write them besides
    joined_words: float = 0.012
    other_name: float = 0.004  # called by quite another name: a nickname, the husband's name
    punctuation: float = 0.01
    # births, sex
    birth_missing: float = 0.012
    day_month_swapped: float = 0.02
    birth_digit: float = 0.025  # one digit wrong
    birth_year_only: float = 0.015  # told as 1 January
    birth_impossible: float = 0.001  # 31-02, or a date to come
    birth_filler: float = 0.003  # 1900-01-01
    date_form: float = 0.03  # another form than the facility's own
    sex_wrong: float = 0.006
    sex_missing: float = 0.015
    sex_form: float = 0.03
    birthplace_missing: float = 0.2
    birthplace_other: float = 0.05
    # where and how to reach
    address_missing: float = 0.08
    address_form: float = 0.3
    moved: float = 0.10  # living elsewhere at another visit
    moved_far: float = 0.25  # of those: in another regency
    region_missing: float = 0.15
    phone_missing: float = 0.35
    phone_changed: float = 0.25
    phone_family: float = 0.25  # of persons: the number of the household
    phone_form: float = 0.2
    placeholder: float = 0.012  # -, NN, TIDAK ADA... in any value of text
    # the civil register
    civil_missing: float = 0.04
    civil_typo: float = 0.01
    verified: float = 0.5  # of those whose rows it does not tell: it was asked about them
    verified_otherwise: float = 0.02  # of its answers: does not agree

    @classmethod
    def none(cls, **but: float) -> PersonNoise:
        """No mess at all except the rates named: all that is known of a person is told, and as it is."""
        known = ("ihs_known", "bpjs_known", "kk_known", "mother_known", "mother_nik_known")
        rates: dict[str, Any] = dict.fromkeys(cls.__dataclass_fields__, 0.0) | dict.fromkeys(known, 1.0)
        return cls(**{**rates, "infant_nik": 1.0, "title": 1.0, **but})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanges:
    """What happens between two nights: rates per registration of the first night."""

    corrected: float = 0.005  # written anew, with other mistakes
    registered: float = 0.004  # somebody comes to a facility; some for the first time anywhere
    gone: float = 0.001  # no longer delivered


UNSEEN = PersonNoise(
    repeated=0.38,
    infant=0.10,
    twins=0.05,
    namesake=0.02,
    namesake_birth=0.2,
    foreigner=0.03,
    nik_contradicts=0.025,
    born_elsewhere=0.4,
    nik_missing=0.17,
    nik_shared=0.008,
    nik_typo=0.02,
    ihs_known=0.03,
    bpjs_known=0.2,
    kk_known=0.2,
    mother_known=0.42,
    mother_nik_known=0.45,
    baby_name=0.05,
    name_typo=0.10,
    tokens_swapped=0.05,
    token_dropped=0.035,
    token_initial=0.06,
    muhammad=0.55,
    old_spelling=0.06,
    sound_spelling=0.10,
    salutation=0.15,
    joined_words=0.025,
    day_month_swapped=0.035,
    birth_digit=0.02,
    birth_year_only=0.03,
    date_form=0.2,
    sex_wrong=0.012,
    address_missing=0.15,
    address_form=0.6,
    moved=0.18,
    phone_missing=0.45,
    phone_changed=0.4,
    placeholder=0.03,
)
