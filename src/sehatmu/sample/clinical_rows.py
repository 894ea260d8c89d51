"""Visits of the sample and what is found at them: who, where, when, and the mess of it, as columns of the templates.

A visit is drawn by its number; everything at it follows from the visit and its own number, in any slice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample.clinical_noise import ClinicalNoise
from sehatmu.sample.dice import Floats, Ints, Rolls, cases

_PRESSURE = "85354-9"
# LOINC code, name, unit, least and most that is normal, category
_TESTS = (
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.0, 16.0, "laboratory"),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 36.0, 48.0, "laboratory"),
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 4.0, 11.0, "laboratory"),
    ("8867-4", "Heart rate", "{beats}/min", 60.0, 100.0, "vital-signs"),
    ("8310-5", "Body temperature", "Cel", 36.1, 37.2, "vital-signs"),
    (_PRESSURE, "Blood pressure panel with all children optional", "mm[Hg]", 90.0, 140.0, "vital-signs"),
)
_LABORATORY = 3
_DIAGNOSES = {
    "J06.9": "Acute upper respiratory infection, unspecified", "I10": "Essential (primary) hypertension",
    "E11.9": "Type 2 diabetes mellitus without complications", "A09": "Infectious gastroenteritis and colitis",
    "K29.7": "Gastritis, unspecified", "R50.9": "Fever, unspecified", "A90": "Dengue fever [classical dengue]",
}  # fmt: skip
_PROCEDURES = {"89.52": "Electrocardiogram", "87.44": "Routine chest x-ray", "93.94": "Nebulization"}
#: So many patients and health workers have a visit for certain: those of the sandbox stand first.
TURNS = 3
_CLASSES = {"AMB": ("ambulatory", 0.8), "EMER": ("emergency", 0.12), "IMP": ("inpatient encounter", 0.08)}


def visit_rows(
    ids: Ints,
    *,
    seed: int,
    day: date,
    people: Mapping[str, pl.DataFrame],
    noise: ClinicalNoise,
) -> pl.DataFrame:
    """The visits of these numbers: all columns that their lines and those of what is found at them are made of.

    `people`: `patient` (no_ihs, nik: at least one), `doctor` (number), `place` (number). The visits that are delivered
    on a day began on the day before.
    """
    rolls = Rolls(seed, "visit", ids)
    patient = people["patient"][_turn(rolls, "patient", people["patient"].height)]
    doctor = people["doctor"]["number"][_turn(rolls, "doctor", people["doctor"].height)]
    org = people["place"]["number"][rolls.pick("place", people["place"].height)]
    begin = datetime(day.year, day.month, day.day) - timedelta(days=1)  # noqa: DTZ001 - UTC, put into words below
    minutes = 60 + rolls.pick("minute", 900)
    length = 10 + rolls.pick("length", 120)
    start = pl.lit(begin, pl.Datetime("us")) + pl.duration(minutes=pl.lit(pl.Series(minutes)))
    kind = rolls.weigh("class", {name: share for name, (_, share) in _CLASSES.items()})
    is_unknown = pl.lit(pl.Series(rolls.hit("unknown patient", noise.unknown_patient)))
    number = pl.when(is_unknown).then(pl.lit("P00000000000")).otherwise("no_ihs")
    asks_nik = (
        pl.col("nik").is_not_null() & ~is_unknown & (pl.col("no_ihs").is_null() | rolls.flag("nik", noise.by_nik))
    )
    subject = (
        pl.when(asks_nik)
        .then(phrase('{"identifier":{"system":"https://fhir.kemkes.go.id/id/nik","value":"{}"}}', "nik"))
        .otherwise(phrase('{"reference":"Patient/{}"}', number))
    )
    return patient.select(
        id=pl.Series(ids),
        subject=subject,
        doctor=doctor,
        org=org,
        base=phrase(f"V{day:%y%m%d}-{{}}", pl.lit(pl.Series(ids).cast(pl.String).str.zfill(7))),
        begin=start,
        finish=start + pl.duration(minutes=pl.lit(pl.Series(length))),
        mark=rolls.weigh(
            "mark",
            {
                "+07:00": noise.local_time,
                "Z": noise.zulu_time,
                "+00:00": 1 - noise.local_time - noise.zulu_time,
            },
        ),
        **{"class": kind},
        class_display=kind.replace_strict({name: told for name, (told, _) in _CLASSES.items()}),
        room=rolls.choose("room", ("Anak", "Bedah", "Dalam", "Umum")),
        reason=rolls.choose("reason", tuple(_DIAGNOSES)),
        status=cases(
            (rolls.flag("cancelled", noise.cancelled), pl.lit("cancelled")),
            (rolls.flag("mistaken", noise.mistaken), pl.lit("entered-in-error")),
            otherwise=pl.lit("finished"),
        ),
        by_urn=rolls.flag("urn", noise.by_urn),
        is_late=rolls.flag("late", noise.late),
        diagnosed=rolls.flag("diagnosed", noise.diagnosed),
        tested=rolls.flag("tested", noise.laboratory),
        treated=rolls.flag("treated", noise.treated),
        unknown=is_unknown,
    ).with_columns(
        number="base",
        urn=phrase(f"urn:uuid:00{day:%y%m%d}-0000-4000-8000-{{}}", pl.col("id").cast(pl.String).str.zfill(12)),
    )


def found_at(visits: pl.DataFrame, *, seed: int, noise: ClinicalNoise) -> dict[str, pl.DataFrame]:
    """By type, what is found, asked for and done at these visits, as columns of the templates."""
    visit = (
        pl.when("by_urn")
        .then(phrase('{"reference":"{}"}', "urn"))
        .otherwise(
            phrase('{"identifier":{"system":"http://sys-ids.kemkes.go.id/encounter/{}","value":"{}"}}', "org", "base")
        )
    )
    told = visits.with_columns(visit=visit).drop("number", "status")
    tested = told.filter("tested")
    results = [phrase('{"identifier":{"value":"{}-O{}"}}', "base", pl.lit(str(n))) for n in range(_LABORATORY)]
    sick, treated = told.filter("diagnosed"), told.filter("treated")
    return {
        "Condition": _coded(sick, _DIAGNOSES, "C", pl.col("reason")),
        "Observation": _observations(told, seed, noise),
        "ServiceRequest": tested.with_columns(number=phrase("{}-R", "base")),
        "Specimen": tested.with_columns(number=phrase("{}-S", "base")),
        "DiagnosticReport": tested.with_columns(
            number=phrase("{}-D", "base"),
            results=pl.concat_str(pl.lit("["), pl.concat_str(results, separator=","), pl.lit("]")),
        ),
        "Procedure": _coded(
            treated, _PROCEDURES, "P", Rolls(seed, "treated", _ids(treated)).choose("code", tuple(_PROCEDURES))
        ),
    }


def times(rows: pl.DataFrame) -> pl.DataFrame:
    """With `start` and `end` as texts, in UTC or by Jakarta's clock."""
    ahead = pl.duration(hours=pl.when(pl.col("mark") == "+07:00").then(7).otherwise(0))
    return rows.with_columns(
        pl.concat_str((pl.col(moment) + ahead).dt.strftime("%Y-%m-%dT%H:%M:%S"), "mark").alias(text)
        for moment, text in (("begin", "start"), ("finish", "end"))
    )


def _observations(told: pl.DataFrame, seed: int, noise: ClinicalNoise) -> pl.DataFrame:
    """Three of blood where a laboratory was asked, and three vital signs always; some corrected later."""
    parts, mistaken = [], pl.lit("entered-in-error")
    for n, (code, name, unit, low, high, category) in enumerate(_TESTS):
        some = told.filter("tested") if n < _LABORATORY else told
        rolls = Rolls(seed, f"observation {n}", _ids(some))
        value = np.round(low + (high - low) * (1.6 * rolls.unit("value") - 0.3), 1)
        parts.append(
            some.with_columns(
                value=pl.Series(value).cast(pl.String),
                number=phrase("{}-O{}", "base", pl.lit(str(n))),
                code=pl.lit(code), display=pl.lit(name), unit=pl.lit(unit), category=pl.lit(category),
                low=pl.lit(str(low)), high=pl.lit(str(high)),
                flag=pl.Series(np.where(value < low, "L", np.where(value > high, "H", "N"))),
                status=cases((rolls.flag("mistaken", noise.mistaken), mistaken), otherwise=pl.lit("final")),
                component=_pressures(value) if code == _PRESSURE else pl.lit("null"),
                meta=pl.lit("null"),
                corrected=rolls.flag("corrected", noise.corrected),
            )
        )  # fmt: skip
    first = pl.concat(parts)
    both = first.filter("corrected")
    marked = [
        both.with_columns(meta=pl.lit(f'{{"versionId":"{version}"}}'), status=pl.lit(status))
        for version, status in ((1, "preliminary"), (2, "corrected"))
    ]
    return pl.concat([first.filter(~pl.col("corrected")), *marked])


def _pressures(value: Floats) -> pl.Expr:
    """The two parts of a blood pressure, as the list `component`."""
    part = (
        '{"code":{"coding":[{"system":"http://loinc.org","code":"<c>"}]},"valueQuantity":{"value":{},"unit":"mm[Hg]"}}'
    )
    told = [
        phrase(part.replace("<c>", code), pl.lit(pl.Series(np.round(value * share)).cast(pl.String)))
        for code, share in (("8480-6", 1.0), ("8462-4", 0.6))
    ]
    return pl.concat_str(pl.lit("["), told[0], pl.lit(","), told[1], pl.lit("]"))


def _coded(rows: pl.DataFrame, names: Mapping[str, str], letter: str, code: pl.Expr | pl.Series) -> pl.DataFrame:
    """With a number of that letter, and one of the codes with its name."""
    return rows.with_columns(number=phrase(f"{{}}-{letter}", "base"), code=code).with_columns(
        display=pl.col("code").replace_strict(names, return_dtype=pl.String)
    )


def _turn(rolls: Rolls, name: str, count: int) -> Ints:
    """Each of `count` once at the first things, by chance at the others."""
    return np.where(rolls.ids < min(count, TURNS), rolls.ids, rolls.pick(name, count))


def _ids(rows: pl.DataFrame) -> Ints:
    return rows["id"].to_numpy()
