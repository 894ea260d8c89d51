"""Many POSTs over few keep-alive connections, raw enough that they cost less than the service that answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Answer(NamedTuple):
    """Which of the bodies was answered, the status, and the reply's own body."""

    place: int
    status: int
    body: bytes


async def post_all(
    port: int,
    token: str,
    path: str,
    bodies: Sequence[bytes],
    *,
    connections: int,
    heard: Callable[[Answer], None],
) -> None:
    """Send the bodies, each connection its next one when it has been answered; ends early where the service is gone."""
    places = iter(range(len(bodies)))

    async def work() -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            for place in places:
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                    f"Content-Type: application/fhir+json\r\nContent-Length: {len(bodies[place])}\r\n\r\n"
                )
                writer.write(head.encode() + bodies[place])
                told = await reader.readuntil(b"\r\n\r\n")
                at = told.lower().index(b"content-length:")
                length = int(told[at + 15 : told.index(b"\r\n", at)])
                heard(Answer(place, int(told[9:12]), await reader.readexactly(length)))
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
