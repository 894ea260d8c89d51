"""Dates with a time: any offset is read, all are kept in UTC; what is no moment, or in no time allowed, is an issue."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sehatmu.service.issues import Issue, shown

#: Elements of FHIR's types dateTime and instant in what is taken in.
_MOMENTS = frozenset(
    ["start", "end", "issued", "authoredOn", "recordedDate", "receivedTime", "collectedDateTime", "performedDateTime",
     "effectiveDateTime", "effectiveInstant", "onsetDateTime", "abatementDateTime", "occurrenceDateTime",
     "deceasedDateTime", "valueDateTime", "valueInstant", "timeDateTime", "time", "event", "creation",
     "fastingStatusDateTime"]
)  # fmt: skip
_FORM = "YYYY-MM-DDThh:mm:ss+00:00"
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT.+", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BAD_FORM = 10121
#: A day has begun in Papua before it does so in UTC.
_EASTERNMOST = timedelta(hours=9)


def to_utc(value: Any, path: str, *, strict: bool, issues: list[Issue]) -> Any:
    """A copy whose moments are in UTC; `strict` refuses those that are not written so."""
    if isinstance(value, dict):
        return {
            name: _moment(inner, f"{path}.{name}", strict, issues)
            if name in _MOMENTS
            else to_utc(inner, f"{path}.{name}", strict=strict, issues=issues)
            if type(inner) in (dict, list)
            else inner
            for name, inner in value.items()
        }
    return [
        to_utc(inner, f"{path}[{place}]", strict=strict, issues=issues) if type(inner) in (dict, list) else inner
        for place, inner in enumerate(value)
    ]


def _moment(value: Any, path: str, strict: bool, issues: list[Issue]) -> Any:
    if isinstance(value, list):
        return [_moment(inner, f"{path}[{place}]", strict, issues) for place, inner in enumerate(value)]
    if isinstance(value, dict):
        return to_utc(value, path, strict=strict, issues=issues)
    if not isinstance(value, str) or not _TIMED.fullmatch(value):
        return value  # a day, a month, a year: FHIR allows them, and FHIR's models refuse the rest
    moment = read_moment(value)
    if moment is None or (strict and not value.endswith("+00:00")):
        issues.append(bad_format(value, path, _BAD_FORM))
        return value
    return moment.isoformat()


def read_moment(text: str) -> datetime | None:
    """The moment in UTC, or None where it is none (30 February, no offset)."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def bad_format(value: Any, path: str, rule: int) -> Issue:
    """The issue of what is not written as a moment."""
    return Issue(f"Invalid date time format : {shown(value)} : {path}. Format allowed : {_FORM}", path, rule, "value")


def out_of_time(value: str, path: str, rule: int, *, now: datetime, oldest: date) -> Issue | None:
    """The issue of a day or moment in the future, or older than `oldest`; None where it is neither."""
    moment = read_moment(value)
    day, today = value[:10], (now + _EASTERNMOST).date().isoformat()
    late = moment > now if moment else day > today[: len(day)]
    if late or day < oldest.isoformat()[: len(day)]:
        allowed = f"Not Allowed : Future Date or Past Date older than {oldest}"
        return Issue(f"Invalid date time value : {shown(value)} : {path}. {allowed}", path, rule)
    return None
