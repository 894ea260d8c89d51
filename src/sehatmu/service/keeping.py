"""The service's end of the inbox, and the one way into it: audited first, kept on disk, and only then acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from sehatmu.home import Home
from sehatmu.identity.config import load_section, parse_series
from sehatmu.identity.numbers import Numbering
from sehatmu.inbox.store import Change, Conflict, InboxError, Keep, Stored, read_inbox
from sehatmu.inbox.writer import Writer
from sehatmu.service.outcome import FHIR_JSON, Refused
from sehatmu.service.rules import Rulebook, load_rules

if TYPE_CHECKING:
    from sehatmu.service.desk import Call


#: What clients were told by the platform; unconfirmed, and a setting.
OLDEST = date(2014, 6, 3)


@dataclass(frozen=True, slots=True)
class Validation:
    """`oldest`: no event is dated before it; `strict_utc`: moments are written with +00:00 and nothing else."""

    oldest: date = OLDEST
    strict_utc: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """What the routes need: the writer, a connection for reads on the event loop, the rules, the range of numbers."""

    writer: Writer
    reader: sqlite3.Connection
    rulebook: Rulebook
    numbering: Numbering


def open_inbox(home: Home, authored: Path, validation: Validation) -> Inbox:
    """The inbox of a home, made where there is none; `authored` is the folder `data_contracts`."""
    folder = authored / "service"
    rulebook = load_rules(folder, oldest=validation.oldest, strict_utc=validation.strict_utc)
    numbering = load_section(folder / "patient.yaml", "numbers", parse_series)
    writer = Writer(home)
    return Inbox(writer, read_inbox(home), rulebook, numbering)


async def keep(
    call: Call, asked: str, changes: Sequence[Change], *, key: str = "id", value: str | None = None
) -> list[Stored]:
    """Keep the changes, all or none; returns when they are on disk.

    `asked`, `key` and `value` go to the audit log beforehand: nothing is kept off the record. Refused: 400 (20002) for
    a business identifier that is taken, 404 for what is not there, 409 for another version, 503 where the inbox or the
    log cannot be written.
    """
    ids = [str(change.resource["id"]) for change in changes]
    call.record(asked, key, value, ids=ids, result="submitted")
    try:
        done = await call.desk.inbox.writer.submit(Keep(changes, moment(call.desk.now())))
    except InboxError as error:
        call.record(asked, key, value, ids=ids, result="refused")
        raise no_store(error) from None
    if isinstance(done, Conflict):
        call.record(asked, key, value, ids=ids, result="refused")
        raise _conflict(done, str(changes[done.place].resource["resourceType"]))
    return done


def no_store(error: InboxError) -> Refused:
    """The refusal of what cannot be kept now."""
    text = "The submission cannot be stored now, and nothing of it was kept"
    return Refused(503, f"{text}: {error.evidence}", code="no-store", headers={"retry-after": "30"})


def moment(now: datetime) -> str:
    """A moment as `meta.lastUpdated` has it."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds")


def as_kept(stored: Stored, *, status: int = 200, base: str | None = None) -> Response:
    """A reply with the resource as it is kept; with `base`, it also tells where."""
    headers = {"cache-control": "no-store", **version_headers(stored)}
    if base is not None:
        headers["location"] = address(stored, base)
    return Response(stored.body, status, headers, media_type=FHIR_JSON)


def address(stored: Stored, base: str) -> str:
    """Where this version can be read."""
    return f"{base}/{stored.kind}/{stored.id}/_history/{stored.version}"


def version_headers(stored: Stored) -> dict[str, str]:
    """`etag` and `last-modified` of a version."""
    changed = format_datetime(datetime.fromisoformat(stored.at), usegmt=True)
    return {"etag": f'W/"{stored.version}"', "last-modified": changed}


def _conflict(conflict: Conflict, kind: str) -> Refused:
    if conflict.why == "duplicate":
        return Refused(400, f"Found duplicate resource: {kind} (RuleNumber: 20002)", code="duplicate")
    if conflict.why == "version":
        return Refused(409, f"Another version of this {kind} is current: read it again", code="conflict")
    return Refused(404, f"Resource not found {kind} (RuleNumber: 20007)", code="not-found")
