"""What every route needs: the parts of the service in one object, and a `Call`, one request of a client let in.

`let_in` is what every route begins with that answers about something: token, client, rate, build, in this order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request

from sehatmu.home import Home
from sehatmu.publish.mask import hash_value, load_key
from sehatmu.service.audit import AuditLog
from sehatmu.service.builds import Build, Builds
from sehatmu.service.clients import Client, Clients
from sehatmu.service.keeping import Inbox, Validation, open_inbox
from sehatmu.service.limits import Lockout, Rate
from sehatmu.service.outcome import Refused
from sehatmu.service.tokens import Tokens
from sehatmu.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests and tokens per second of one client."""

    requests: float = 6000.0
    tokens: float = 5.0


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of one running service; `now` tells the time, in UTC."""

    builds: Builds
    clients: Clients
    tokens: Tokens
    audit: AuditLog
    requests: Rate
    token_requests: Rate
    lockout: Lockout
    key: bytes
    now: Callable[[], datetime]
    public_url: str | None
    inbox: Inbox

    def milliseconds(self) -> int:
        """The time in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)


def open_desk(
    settings: Settings,
    *,
    limits: Limits | None = None,
    public_url: str | None = None,
    validation: Validation | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Desk:
    """The service's parts over a home, which need not be published yet.

    `public_url` is what clients see in front of a proxy. Raises SehatmuError where the key of a published home is gone.
    """
    limits, home = limits or Limits(), Home(settings.home).create()
    key = load_key(home)
    return Desk(
        Builds(home, settings.contracts),
        Clients(home),
        Tokens(key),
        AuditLog(home),
        Rate(limits.requests),
        Rate(limits.tokens, burst_seconds=4.0),
        Lockout(),
        key,
        now,
        public_url.rstrip("/") if public_url else None,
        open_inbox(home, settings.contracts, validation or Validation()),
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client, and the build that it is answered from."""

    desk: Desk
    client: Client
    build: Build
    request: Request

    def record(
        self, asked: str, key: str, value: str | None, *, ids: Sequence[str] = (), result: str | None = None
    ) -> None:
        """Put the look-up into the audit log before it is answered; `value` is kept as its hash only.

        Raises Refused (503) where it cannot be kept: nobody is told of anybody off the record.
        """
        try:
            self.desk.audit.write(
                self.desk.now(),
                client=self.client.id,
                organization=self.client.organization,
                asked=asked,
                key=key,
                hashed=hash_value(self.desk.key, value) if value is not None else None,
                result=result or ("found" if ids else "none"),
                ids=ids,
                build=self.build.id,
            )
        except OSError:
            raise Refused(503, "the audit log cannot be written, so nothing is looked up", code="transient") from None

    @property
    def base(self) -> str:
        """Where the FHIR paths begin, as the client sees them."""
        return f"{origin(self.desk, self.request)}/fhir-r4/v1"

    @property
    def url(self) -> str:
        """The address that was asked, as the client sees it."""
        scope = self.request.scope
        query = scope["query_string"].decode("latin-1")
        return f"{origin(self.desk, self.request)}{quote(scope['path'])}{'?' if query else ''}{query}"


def origin(desk: Desk, request: Request) -> str:
    """Scheme and host as the client sees them."""
    return desk.public_url or f"{request.scope['scheme']}://{request.headers.get('host', 'localhost')}"


def desk_of(request: Request) -> Desk:
    """The desk of the app that got this request."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def let_in(request: Request) -> Call:
    """The call of a client with a valid token; Refused: 401 without one, 429 for too many, 503 without a build."""
    desk = desk_of(request)
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = desk.tokens.read(text.strip(), desk.milliseconds()) if scheme.lower() == "bearer" else None
    client = desk.clients.active(token.client_id) if token else None
    if token is None or client is None or token.issued_at < client.added_at:
        raise Refused(
            401,
            "Invalid access token: missing, expired, or not of an active client",
            code="invalid-access-token",
            headers={"www-authenticate": 'Bearer realm="sehatmu"'},
        )
    if seconds := desk.requests.wait(client.id, time.monotonic()):
        raise too_many(seconds)
    return Call(desk, client, desk.builds.current(), request)


def too_many(seconds: int) -> Refused:
    """The refusal of a client that asks too much, in the words of the platform's gateway."""
    return Refused(
        429,
        "Rate limit quota violation: policies.ratelimit.QuotaViolation",
        code="throttled",
        headers={"retry-after": str(seconds)},
    )
