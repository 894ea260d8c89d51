"""The service as a process of its own, for tests of what a real server does."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from sehatmu.home import Home


@contextmanager
def serving(home: Home, port: int) -> Iterator[int]:
    """A real server process that answers; killed without warning at the end."""
    command = [sys.executable, "-m", "sehatmu.cli", "serve", "--port", str(port), "--home", str(home.root)]
    process = subprocess.Popen([*command, "--rate", "1000000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10):
                    break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
