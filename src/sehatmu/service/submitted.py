"""What was submitted, read and searched: the seven clinical types, for the organisation that submitted them.

Consent is kept by the national platform alone, so that nobody is told of another organisation's visits and results.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.inbox.search import InboxQuery, Wanted, count_found, list_found
from sehatmu.inbox.store import find
from sehatmu.inbox.terms import REFERENCES
from sehatmu.lookup.patients import find_former_numbers
from sehatmu.lookup.read import current_id
from sehatmu.service.desk import Call, let_in
from sehatmu.service.fhir import Resource
from sehatmu.service.identifiers import read_identifier
from sehatmu.service.keeping import as_kept
from sehatmu.service.moments import read_moment
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import Refused
from sehatmu.service.paging import PAGING, paged, read_page
from sehatmu.service.writes import CLINICAL, PLACES, id_name

Handler = Callable[[Request, Asked], Awaitable[Response]]
#: The type that a reference without one means.
_MEANT = {
    "subject": "Patient",
    "encounter": "Encounter",
    "service-provider": "Organization",
    "request": "ServiceRequest",
    "based-on": "ServiceRequest",
    "organization": "Organization",
}
_DATED = ("Encounter", "Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Procedure")
_DATE = re.compile(r"(eq|ge|gt|le|lt)?(\d{4}-\d\d-\d\d)(T.+)?", re.ASCII)
_LAST = "9999"


def reading(kind: str) -> Handler:
    """The handler of GET by id for a type."""

    async def read(request: Request, asked: Asked) -> Response:
        """The resource as it was stored."""
        return _read(let_in(request), kind, asked.word("id"), None)

    return read


def reading_version(kind: str) -> Handler:
    """The handler of GET of a version."""

    async def read_version(request: Request, asked: Asked) -> Response:
        """The resource as this version had it."""
        return _read(let_in(request), kind, asked.word(id_name(kind)), asked.number("version"))

    return read_version


def _read(call: Call, kind: str, id_: str, version: int | None) -> Response:
    stored = find(call.desk.inbox.reader, kind, id_, version)
    is_own = stored is not None and (kind in PLACES or stored.organization == call.client.organization)
    call.record(f"{kind}.read", "id", id_, ids=[id_] if is_own else [])
    if stored is None:
        raise Refused(404, f"Resource not found {kind} (RuleNumber: 20007)", code="not-found")
    if not is_own:
        raise Refused(403, f"No consent available for this {kind}", code="suppressed", severity="information")
    return as_kept(stored)


def searching(kind: str) -> Handler:
    """The handler of GET without an id for a type."""

    async def search(request: Request, asked: Asked) -> Response:
        """A searchset Bundle of what this organisation submitted, the newest first; all that is asked must hold."""
        call = let_in(request)
        page, reader = read_page(asked), call.desk.inbox.reader
        query = InboxQuery(kind, wanted_terms(call, kind, asked), call.client.organization, asked.text("_id"))
        found, total = list_found(reader, query, most=page.most, skip=page.skip), count_found(reader, query)
        subject = asked.text("subject") or asked.text("patient")
        call.record(f"{kind}.search", "subject" if subject else "terms", subject, ids=[one.id for one in found])
        return paged(call, page, [one.resource for one in found], total)

    return search


def submitted_places(
    call: Call, kind: str, asked: Asked, *, most: int, skip: int, updated: tuple[int | None, int | None]
) -> tuple[list[Resource], int]:
    """Units and locations that were submitted, of every organisation, and how many there are; beside the facilities.

    Asked by the parameters of a search for facilities; `updated` is the first and the last day (20261125) of a change.
    """
    wanted = wanted_terms(call, kind, asked)
    if name := asked.text("name"):
        wanted.append([Wanted("name", part=name.upper())])
    if told := asked.text("type"):
        wanted.append([Wanted("type", told.rpartition("|")[2].upper())])
    if active := asked.text("active"):
        wanted.append([Wanted("active", active.upper())])
    days = [f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}" if day else None for day in updated]
    query = InboxQuery(kind, wanted, id=asked.text("_id"), since=days[0], until=days[1])
    reader = call.desk.inbox.reader
    found = list_found(reader, query, most=most, skip=skip) if most else []
    return [one.resource for one in found], count_found(reader, query)


def wanted_terms(call: Call, kind: str, asked: Asked) -> list[list[Wanted]]:
    """What must hold, from the parameters; Refused (400) for what is malformed."""
    wanted: list[list[Wanted]] = []
    if told := asked.text("identifier"):
        system, value = read_identifier(told)
        wanted.append([Wanted("identifier", f"{system}|{value}")])
    for name in REFERENCES[kind]:
        if told := asked.text(name) or (asked.text("patient") if name == "subject" else None):
            wanted.append([Wanted(name, value) for value in _same(call, _reference(call, kind, name, told))])
    wanted += [[Wanted(*_time(told))] for told in asked.many("date")]
    return wanted


def _reference(call: Call, kind: str, name: str, told: str) -> str:
    told = told.removeprefix(f"{call.base}/")
    return told if "/" in told else f"{_MEANT.get(name, kind)}/{told}"


def _same(call: Call, reference: str) -> list[str]:
    """A patient is found by any number that leads to the same one."""
    kind, _, number = reference.partition("/")
    if kind != "Patient":
        return [reference]
    current = current_id(call.build.lookup, "mpi", number)
    return [f"Patient/{one}" for one in {number, current, *find_former_numbers(call.build.lookup, current)}]


def _time(told: str) -> tuple[str, str, str]:
    """`date`, and the first and the last moment (not included) that are meant."""
    form = _DATE.fullmatch(told)
    moment = read_moment(told.removeprefix(form[1] or "")) if form and form[3] else None
    if form is None or (form[3] and moment is None):
        raise Refused(400, "date is written YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+00:00, with ge, gt, le or lt before it")
    if moment is not None:
        first, after = moment.isoformat(), (moment + timedelta(seconds=1)).isoformat()
    else:
        try:
            day = date.fromisoformat(form[2])
        except ValueError:
            raise Refused(400, "date is not a day of the calendar") from None
        first, after = day.isoformat(), (day + timedelta(days=1)).isoformat()
    spans = {"ge": (first, _LAST), "gt": (after, _LAST), "le": ("", after), "lt": ("", first)}
    return ("date", *spans.get(form[1] or "eq", (first, after)))


def search_form(kind: str) -> dict[str, str]:
    """Search parameters of a type, and FHIR's types of them."""
    forms = {"identifier": "token", **dict.fromkeys(REFERENCES[kind], "reference")}
    if "subject" in forms:
        forms["patient"] = "reference"
    return {**forms, "date": "date"} if kind in _DATED else forms


def _params(kind: str) -> tuple[Param, ...]:
    told = {
        "token": "<system>|<value>",
        "reference": "An id, or Type/id",
        "date": "A day or a moment, with ge, gt, le or lt before it",
    }
    named = (Param(name, told[form], many=form == "date") for name, form in search_form(kind).items())
    return (*named, Param("_id", "As in the path", most=64), *PAGING)


def _operations(kind: str) -> tuple[Operation, ...]:
    path, id_ = f"/fhir-r4/v1/{kind}", (Param("id", most=64),)
    return (
        Operation(path, kind, f"Search {kind}", searching(kind), _params(kind)),
        Operation(f"{path}/{{id}}", kind, f"Read {kind}", reading(kind), id_, refusals=_REFUSALS),
        _version_operation(kind),
    )


def _version_operation(kind: str) -> Operation:
    name = id_name(kind)
    params = (Param(name, most=64), Param("version", lowest=1, highest=999_999_999))
    path, told = f"/fhir-r4/v1/{kind}/{{{name}}}/_history/{{version}}", f"Read a version of {kind}"
    return Operation(path, kind, told, reading_version(kind), params, refusals=_REFUSALS)


_REFUSALS = (400, 401, 403, 404, 429, 503)
OPERATIONS = (
    *(operation for kind in CLINICAL for operation in _operations(kind)),
    *(_version_operation(kind) for kind in PLACES),
)
