"""`identifier=<system>|<value>` as clients write it: any scheme, doubled or missing slashes; compared in one form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sehatmu.service.outcome import Refused

NIK_FORM = re.compile(r"[0-9]{16}")
_SCHEME = re.compile(r"^https?:/*", re.IGNORECASE)


class Identifier(NamedTuple):
    """`system` without scheme and slashes at its ends (`fhir.kemkes.go.id/id/nik`), and the value."""

    system: str
    value: str


def read_identifier(text: str) -> Identifier:
    """Take the two apart; raises Refused where there is no system or no value."""
    system, bar, value = text.partition("|")
    if not bar or not system.strip() or not value.strip():
        raise Refused(400, "An identifier is written <system>|<value>", code="value")
    return Identifier(bare_system(system), value.strip())


@lru_cache(maxsize=256)
def bare_system(system: str) -> str:
    """One form of a system: small letters, no scheme, single slashes."""
    return re.sub(r"/+", "/", _SCHEME.sub("", system.strip().lower())).strip("/")


def is_system(identifier: Identifier, system: str) -> bool:
    """Whether the identifier is of this system."""
    return identifier.system == bare_system(system)


def read_nik(value: str) -> str:
    """A NIK of 16 digits; raises Refused for anything else, without repeating it."""
    nik = value.strip()
    if not NIK_FORM.fullmatch(nik):
        raise Refused(400, "A NIK has 16 digits", code="value")
    return nik


def unknown_system() -> Refused:
    """The refusal of a system that this resource is not searched by."""
    return Refused(400, "Invalid identifier system: this resource has no identifier of that system", code="value")
