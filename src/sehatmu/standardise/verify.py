"""Registrations against the civil register: for each attribute whether it agrees, and whether the NIK is confirmed.

A NIK in the register says nothing about who holds the card: it is confirmed only where name and birth date agree too.
What counts as near, and which verdicts confirm, stands in the codebooks `verification_levels` and
`verification_confirms`. Nothing here rejects anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.person_values import YEAR_ONLY, read_words

Array = npt.NDArray[Any]

ATTRIBUTES = ("nik", "name", "birth_date", "sex", "region")
VERDICTS = ("unknown", "match", "near", "no_match")
UNKNOWN, MATCH, NEAR, NO_MATCH = range(4)
#: Columns that a verdict is about, in a record and (named the same) in the register.
READS = ("nik", "name_full", "birth_date", "sex", "kab_code", "kec_code", "kel_code")
_ROWS, _ANSWERS = "dukcapil/penduduk", "dukcapil/verifikasi"
#: What verification alone tells: its column, and the column of a record that was asked about.
_ASKED = {
    "name": ("nama", "name_full"),
    "birth_date": ("tanggal_lahir", "birth_date"),
    "sex": ("jenis_kelamin", "sex"),
    "region": ("wilayah", "kab_code"),
}
_DIGITS = 10 ** np.arange(8)


def _token_sort(told: Sequence[str], known: Sequence[str]) -> Array:
    return np.asarray(process.cpdist(told, known, scorer=fuzz.token_sort_ratio, dtype=np.float64)) / 100


def _token_set(told: Sequence[str], known: Sequence[str]) -> Array:
    return np.asarray(process.cpdist(told, known, scorer=fuzz.token_set_ratio, dtype=np.float64)) / 100


def _jaro_winkler(told: Sequence[str], known: Sequence[str]) -> Array:
    scorer = JaroWinkler.normalized_similarity
    return np.asarray(process.cpdist(told, known, scorer=scorer, dtype=np.float64))


MEASURES: dict[str, Callable[[Sequence[str], Sequence[str]], Array]] = {
    "jaro_winkler": _jaro_winkler,
    "token_sort": _token_sort,
    "token_set": _token_set,
}


def verify_registrations(
    records: pl.DataFrame,
    civil: pl.DataFrame | None,
    answers: pl.DataFrame | None,
    codebooks: Codebooks,
    *,
    is_asked: bool = False,
) -> pl.DataFrame:
    """One row per record, in their order: `record_key`, `<attribute>_verdict` (match, near, no_match, unknown),
    `checked_with` (the extract that knew the NIK, or null) and `nik_confirmed` (the NIK, or null).

    `records` and `civil` have READS (`civil` one row per NIK), `answers` are accepted rows of
    `dukcapil/verifikasi`, which count for NIKs that `civil` lacks. Where registrations of one NIK tell different
    values of an attribute, nobody knows which of them was asked about: the answer is unknown for all of them.
    A NIK that is not in `civil` does not match, where `civil` has rows or the register `is_asked` all the same.
    """
    nik = records["nik"].cast(pl.Int64)
    codes = {attribute: np.full(len(records), UNKNOWN, np.uint8) for attribute in ATTRIBUTES}
    checked = np.zeros(len(records), np.uint8)
    if civil is not None and (is_asked or len(civil)):
        codes["nik"][nik.is_not_null().to_numpy()] = NO_MATCH
        rows, places = _meet(nik, civil["nik"].cast(pl.Int64))
        told, known = records.select(READS)[rows], civil.select(READS)[places]
        for attribute, found in judge_attributes(told, known, codebooks).items():
            codes[attribute][rows] = found
        checked[rows] = 1
    if answers is not None and len(answers):
        _take_answers(records, nik, answers, codebooks, codes, checked)
    confirmed = _confirm(codes, codebooks)
    words = pl.Series(VERDICTS)
    return pl.DataFrame(
        {
            "record_key": records["record_key"],
            **{f"{attribute}_verdict": words.gather(codes[attribute]) for attribute in ATTRIBUTES},
            "checked_with": pl.Series([None, _ROWS, _ANSWERS], dtype=pl.String).gather(checked),
            "nik_confirmed": records["nik"].set(pl.Series(~confirmed), None),
        }
    )


def pack_verdicts(verdicts: pl.DataFrame) -> Array:
    """All that verification says of a record as one number (u64), for the hash of what linkage reads."""
    packed = verdicts["nik_confirmed"].is_not_null().cast(pl.UInt64).to_numpy()
    ranks = {verdict: rank for rank, verdict in enumerate(VERDICTS)}
    for attribute in ATTRIBUTES:
        rank = verdicts[f"{attribute}_verdict"].replace_strict(ranks, return_dtype=pl.UInt64).to_numpy()
        packed = packed * np.uint64(len(VERDICTS)) + rank
    return np.asarray(packed)


def _meet(told: pl.Series, known: pl.Series) -> tuple[Array, Array]:
    """Rows of `told` whose number is in `known`, and where; numbers of `known` are unique."""
    here = pl.DataFrame({"nik": told}).with_row_index("row").drop_nulls()
    there = pl.DataFrame({"nik": known}).with_row_index("at").drop_nulls()
    both = here.join(there, on="nik", maintain_order="left")
    return both["row"].to_numpy(), both["at"].to_numpy()


def judge_attributes(told: pl.DataFrame, known: pl.DataFrame, codebooks: Codebooks) -> dict[str, Array]:
    """The verdict (a place in VERDICTS) on each attribute, row by row; both frames have READS and agree in `nik`."""
    return {
        "nik": np.full(len(told), MATCH, np.uint8),
        "name": compare_names(told["name_full"], known["name_full"], codebooks),
        "birth_date": compare_dates(told["birth_date"], known["birth_date"]),
        "sex": _equal(told["sex"], known["sex"]),
        "region": _compare_regions(told, known),
    }


def _equal(told: pl.Series, known: pl.Series) -> Array:
    said = (told == known).cast(pl.UInt8).to_physical()
    codes = said.replace_strict({1: MATCH, 0: NO_MATCH}, default=UNKNOWN, return_dtype=pl.UInt8)
    return codes.to_numpy(writable=True)


def compare_names(told: pl.Series, known: pl.Series, codebooks: Codebooks) -> Array:
    """Verdicts on standardised names: equal ones match, others by the levels of the codebook, the best last."""
    codes = _equal(told, known)
    unequal = np.flatnonzero(codes == NO_MATCH)
    if not len(unequal):
        return codes
    pair = told.gather(unequal).to_list(), known.gather(unequal).to_list()
    levels = codebooks["verification_levels"].filter(pl.col("attribute") == "name")
    ranked = sorted(levels.select("verdict", "measure", "at_least").rows(), key=lambda row: -VERDICTS.index(row[0]))
    for verdict, measure, at_least in ranked:
        codes[unequal[MEASURES[measure](*pair) >= float(at_least) - 1e-9]] = VERDICTS.index(verdict)
    return codes


def find_like_names(told: pl.Series, known: pl.Series, codebooks: Codebooks, attribute: str) -> pl.Series:
    """Whether two names (no null) reach any level that the codebook `verification_levels` has for the attribute."""
    like = (told == known).to_numpy(writable=True)
    unequal = np.flatnonzero(~like)
    pair = told.gather(unequal).to_list(), known.gather(unequal).to_list()
    levels = codebooks["verification_levels"].filter(attribute=attribute)
    for measure, at_least in levels.select("measure", "at_least").iter_rows():
        like[unequal] |= MEASURES[measure](*pair) >= float(at_least) - 1e-9
    return pl.Series(like)


def compare_dates(told: pl.Series, known: pl.Series) -> Array:
    """Verdicts on dates: near are day and month swapped, one digit, or one year where one day is only its stand-in."""
    codes = _equal(told, known)
    unequal = np.flatnonzero(codes == NO_MATCH)
    a, b = (_as_number(dates.gather(unequal)) for dates in (told, known))
    (year, monthday), (other_year, other_monthday) = divmod(a, 10_000), divmod(b, 10_000)
    swapped = (
        (year == other_year) & (monthday % 100 == other_monthday // 100) & (monthday // 100 == other_monthday % 100)
    )
    digits = (a[:, None] // _DIGITS % 10 != b[:, None] // _DIGITS % 10).sum(axis=1)
    stands_in = np.isin(monthday, YEAR_ONLY) | np.isin(other_monthday, YEAR_ONLY)
    codes[unequal[swapped | (digits == 1) | ((year == other_year) & stands_in)]] = NEAR
    return codes


def _as_number(dates: pl.Series) -> Array:
    number = dates.dt.year().cast(pl.Int64) * 10_000 + dates.dt.month().cast(pl.Int64) * 100 + dates.dt.day()
    return number.to_numpy()


def _compare_regions(told: pl.DataFrame, known: pl.DataFrame) -> Array:
    """The regency must agree; a match agrees as far as both codes go, near is another district or village."""
    codes = _equal(told["kab_code"], known["kab_code"])
    finer = [_equal(told[level], known[level]) == NO_MATCH for level in ("kec_code", "kel_code")]
    codes[(codes == MATCH) & (finer[0] | finer[1])] = NEAR
    return codes


def _take_answers(
    records: pl.DataFrame,
    nik: pl.Series,
    answers: pl.DataFrame,
    codebooks: Codebooks,
    codes: dict[str, Array],
    checked: Array,
) -> None:
    """Fill in what verification alone knows, for NIKs that the register's rows lack."""
    answers = current_rows(answers)
    open_nik = nik.set(pl.Series(checked != 0), None)
    rows, places = _meet(open_nik, answers["nik"].cast(pl.Int64))
    codes["nik"][rows], checked[rows] = MATCH, 2
    held = nik.gather(rows)
    for attribute, (answer, asked) in _ASKED.items():
        said = read_words(answers[answer], "verdict", codebooks).gather(places)
        told = pl.DataFrame({"nik": held, "value": records[asked].gather(rows)})
        one_value = told.select(
            (pl.col("value").n_unique().over("nik") == 1) & pl.col("value").is_not_null()
        ).to_series()
        code = said.replace_strict(dict(zip(VERDICTS, range(4), strict=True)), default=UNKNOWN, return_dtype=pl.UInt8)
        codes[attribute][rows] = np.where(one_value.to_numpy(), code.to_numpy(), UNKNOWN)


def _confirm(codes: dict[str, Array], codebooks: Codebooks) -> Array:
    """Which NIKs are confirmed: every attribute that the codebook names has one of its verdicts there."""
    allowed: dict[str, list[int]] = {}
    for attribute, verdict in codebooks["verification_confirms"].select("attribute", "verdict").iter_rows():
        allowed.setdefault(attribute, []).append(VERDICTS.index(verdict))
    confirmed = np.ones(len(codes["nik"]), bool)
    for attribute, verdicts in allowed.items():
        confirmed &= np.isin(codes[attribute], verdicts)
    return confirmed
