"""Who may ask: one client per organisation, in `keys/clients.json` (owner only), secrets as argon2 hashes.

The command line adds and revokes; the service reads, and sees a change at the next request. A revoked client stays
listed, so that the audit log can be read for ever.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from sehatmu.errors import SehatmuError
from sehatmu.home import Home
from sehatmu.publish.durable import write_text

_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_ORGANIZATION = re.compile(r"[A-Za-z0-9-]{1,64}")
_MIN_SECRET = 8
# About 20 ms on one core: a guess costs, a token every 50 minutes does not.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Stands for the secret of a client that does not exist, so that both take the same time.
_NOBODY = _HASHER.hash("nobody has this secret")


@dataclass(frozen=True, slots=True)
class Client:
    """`added_at` and `revoked_at` are milliseconds since 1970; a token of before `added_at` is none of this client."""

    id: str
    organization: str
    secret_hash: str
    added_at: int
    revoked_at: int | None = None


class Clients:
    """The clients of a home as they are now; the file is read again when it changes."""

    def __init__(self, home: Home) -> None:
        self._path, self._stamp = _path(home), (-1, -1)
        self._name = str(self._path)
        self._by_id: Mapping[str, Client] = {}

    def active(self, client_id: str) -> Client | None:
        """The client with this id that is not revoked."""
        try:
            told = os.stat(self._name)  # noqa: PTH116 (asked at each request)
            stamp = (told.st_mtime_ns, told.st_ino)
        except FileNotFoundError:
            stamp = (0, 0)
        if stamp != self._stamp:
            self._by_id, self._stamp = {c.id: c for c in _read(self._path)}, stamp
        client = self._by_id.get(client_id)
        return client if client and client.revoked_at is None else None


def list_clients(home: Home) -> list[Client]:
    """All clients, revoked ones too, by id."""
    return sorted(_read(_path(home)), key=lambda client: client.id)


def add_client(home: Home, *, client_id: str, organization: str, secret: str, now: int) -> Client:
    """Add a client, or give a revoked one a new secret; `now` in milliseconds since 1970.

    Raises SehatmuError where the id or the organisation has an active client, or one of the three is malformed.
    """
    if not _ID.fullmatch(client_id) or not _ORGANIZATION.fullmatch(organization):
        raise SehatmuError("a client id or organisation is malformed", hint="letters, digits, - (in ids also . _ ~)")
    if len(secret) < _MIN_SECRET:
        raise SehatmuError(f"a secret has at least {_MIN_SECRET} characters", hint="leave --secret out: one is made")
    added = Client(client_id, organization, _HASHER.hash(secret), now)
    with _changing(home) as clients:
        for client in clients.values():
            if client.revoked_at is None and client_id == client.id:
                raise SehatmuError("this client exists already", evidence=client_id, hint="`sehatmu client revoke` it")
            if client.revoked_at is None and organization == client.organization:
                raise SehatmuError(
                    "the organisation has a client already",
                    evidence=f"{organization}: {client.id}",
                    hint="one client per organisation: `sehatmu client revoke` the old one first",
                )
        clients[client_id] = added
    return added


def revoke_client(home: Home, client_id: str, *, now: int) -> None:
    """Revoke a client: its tokens are refused from the next request on. Raises SehatmuError for an unknown one."""
    with _changing(home) as clients:
        client = clients.get(client_id)
        if client is None or client.revoked_at is not None:
            raise SehatmuError("no such client is active", evidence=client_id, hint="`sehatmu client list`")
        clients[client_id] = replace(client, revoked_at=now)


def secret_holds(client: Client | None, secret: str) -> bool:
    """Whether the secret is the client's; takes as long for a client that does not exist."""
    try:
        return _HASHER.verify(client.secret_hash if client else _NOBODY, secret) and client is not None
    except (Argon2Error, InvalidHashError):
        return False


def _path(home: Home) -> Path:
    return home.keys / "clients.json"


def _read(path: Path) -> list[Client]:
    try:
        return [Client(**told) for told in json.loads(path.read_text())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise SehatmuError(
            "the list of clients cannot be read", evidence=f"{path.name}: {type(error).__name__}", hint="restore it"
        ) from None


@contextmanager
def _changing(home: Home) -> Iterator[dict[str, Client]]:
    """The clients by id, to be changed; written when the block ends, by one writer at a time."""
    home.create()
    path = _path(home)
    with (home.keys / ".clients.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        clients = {client.id: client for client in _read(path)}
        yield clients
        told = [asdict(clients[client_id]) for client_id in sorted(clients)]
        write_text(path, json.dumps(told, indent=1) + "\n")
