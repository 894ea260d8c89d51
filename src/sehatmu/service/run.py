"""Running the app on granian, in this process: one event loop, one writer of the audit log.

Loopback unless told otherwise. TLS ends here where a certificate is given, or in a proxy before it, which then says by
`public_url` how clients see the service.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette


def serve(
    app: Starlette, *, port: int, address: str = "127.0.0.1", certificate: Path | None = None, key: Path | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered are answered."""
    asyncio.run(_serve(app, port, address, certificate, key))


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
