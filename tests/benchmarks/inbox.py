"""What a durable submission costs: submissions a second, latency, and CPU, with the commit on disk before each reply.

    python tests/benchmarks/inbox.py [--submissions 20000] [--connections 32] [--folder DIR]

`sehatmu serve` over a small home takes visits (validated in full, references resolved) over keep-alive
connections, then transactions of four resources. `--folder` is where the inbox lies, whose disk is waited for. On a
machine that does other work read the CPU seconds, which are the service's own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from measure import MIB, machine
from service import cpu_seconds, free_port, peak_bytes, serving

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sehatmu.inbox.store import read_inbox  # noqa: E402
from sehatmu.service.clients import add_client  # noqa: E402
from tests.posting import Answer, post_all  # noqa: E402
from tests.serving import CLIENT, ORGANIZATION, SECRET  # noqa: E402
from tests.stories.test_inbox_kill import ask_token  # noqa: E402
from tests.submissions import FHIR, condition, encounter, observation, procedure, submission_home  # noqa: E402

DAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def visits(count: int) -> list[bytes]:
    """So many visits, each with a business identifier of its own."""
    return [_dated(encounter(f"REG-{n}")) for n in range(count)]


def transactions(count: int) -> list[bytes]:
    """So many transactions of a visit with a diagnosis, a finding and a procedure."""
    made = []
    for n in range(count):
        name = f"urn:uuid:{uuid4()}"
        parts = (encounter(f"TX-{n}"), condition(name), observation(name), procedure(name))
        entries = [
            {
                "fullUrl": name if place == 0 else f"urn:uuid:{uuid4()}",
                "resource": part,
                "request": {"method": "POST", "url": part["resourceType"]},
            }
            for place, part in enumerate(parts)
        ]
        made.append(_dated({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    return made


def _dated(resource: object) -> bytes:
    return json.dumps(resource).replace("2026-11-24", DAY).encode()


def measure(pid: int, port: int, path: str, bodies: list[bytes], *, token: str, connections: int, each: int) -> str:
    """A line of the table: `each` resources in every body."""
    statuses, before, began = list[int](), cpu_seconds(pid), time.perf_counter()

    def heard(answer: Answer) -> None:
        statuses.append(answer.status)

    asyncio.run(post_all(port, token, path, bodies, connections=connections, heard=heard))
    seconds, cpu = time.perf_counter() - began, cpu_seconds(pid) - before
    accepted = sum(status in (200, 201) for status in statuses)
    return (
        f"| {path} | {accepted * each:,} | {accepted * each / seconds:,.0f} | {accepted * each / cpu:,.0f} | "
        f"{len(bodies) - accepted} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        home = submission_home(Path(folder))
        add_client(home, client_id=CLIENT, organization=ORGANIZATION, secret=SECRET, now=0)
        port = free_port()
        command = [sys.executable, "-m", "sehatmu.cli", "serve", "--port", str(port), "--home", home.root]
        with serving([*command, "--rate", "1000000"], port, "/health") as (pid, started):
            token = ask_token(port)
            singles, several = visits(wanted.submissions), transactions(wanted.submissions // 10)
            asyncio.run(post_all(port, token, f"{FHIR}/Encounter", [b"{}"] * 50, connections=4, heard=lambda _: None))
            lines = [
                measure(pid, port, f"{FHIR}/Encounter", singles, token=token, connections=wanted.connections, each=1),
                measure(pid, port, FHIR, several, token=token, connections=wanted.connections, each=4),
            ]
            peak = peak_bytes(pid)
        with closing(read_inbox(home)) as inbox:
            kept = inbox.execute("SELECT count(*) FROM version").fetchone()[0]
        size = os.stat(home.root / "inbox.sqlite").st_size  # noqa: PTH116
    print(f"{machine()}; {wanted.connections} connections\n")
    print("| path | resources kept | a second | per CPU second | not accepted |\n|---|---|---|---|---|")
    print("\n".join(lines))
    print(f"\n{kept:,} versions in {size / MIB:,.0f} MiB, start {started:.1f} s, peak memory {peak / MIB:,.0f} MiB")


if __name__ == "__main__":
    main()
