"""A load generator over keep-alive connections, raw enough that it costs less than what it measures.

Each connection sends its next request when the last reply is there. Called by `service.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Requests answered in `seconds`, latencies in milliseconds (sorted), and how many were not 200."""

    seconds: float
    latencies: Sequence[float]
    refused: int

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests stayed under."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self.requests, self.until, self.done = requests, until, done
        self.latencies: list[float] = []
        self.refused, self.held, self.sent = 0, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        self.sent = time.perf_counter()
        if self.sent >= self.until:
            self.transport.close()
            self.done.set_result(None)
            return
        self.transport.write(next(self.requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.held += data
        head = self.held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.held.lower().find(b"content-length:", 0, head)
        length = int(self.held[at + 15 : self.held.find(b"\r\n", at)])
        if len(self.held) < head + 4 + length:
            return
        self.refused += self.held[9:12] != b"200"
        self.held = b""
        self.latencies.append((time.perf_counter() - self.sent) * 1000)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the service closed the connection"))


def send(port: int, paths: Sequence[str], *, token: str | None, connections: int, seconds: float) -> Load:
    """Ask the service on this machine for the paths, over and over, for so long."""
    header = f"Authorization: Bearer {token}\r\n" if token else ""
    requests = itertools.cycle(
        [f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{header}\r\n".encode() for path in paths]
    )

    async def run() -> Load:
        loop, began = asyncio.get_running_loop(), time.perf_counter()
        made = []
        for _ in range(connections):
            done = loop.create_future()
            _, protocol = await loop.create_connection(
                lambda done=done: _Connection(requests, began + seconds, done), "127.0.0.1", port
            )
            made.append((protocol, done))
        await asyncio.gather(*(done for _, done in made))
        latencies = sorted(latency for protocol, _ in made for latency in protocol.latencies)
        return Load(time.perf_counter() - began, latencies, sum(protocol.refused for protocol, _ in made))

    return asyncio.run(run())
