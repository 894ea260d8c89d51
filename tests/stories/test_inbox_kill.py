"""A service that is killed (-9) over and over while it takes submissions: what it acknowledged is there, what it
refused is not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sehatmu.home import Home
from sehatmu.inbox.store import find, read_inbox
from sehatmu.service.clients import add_client
from tests.posting import Answer, post_all
from tests.processes import free_port, serving
from tests.serving import CLIENT, ORGANIZATION, SECRET
from tests.submissions import FHIR, encounter, submission_home

ACKNOWLEDGED, CONNECTIONS = 10_000, 24
#: Seconds of load after which the service is killed, round after round.
KILLED_AFTER = (0.3, 1.1, 0.05, 2.3, 0.7, 4.1)
DAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def body(number: int, *, valid: bool) -> bytes:
    told = encounter(f"REG-{number}", status="finished" if valid else "gone")
    return json.dumps(told).replace("2026-11-24", DAY).encode()


def ask_token(port: int) -> str:
    url = f"http://127.0.0.1:{port}/oauth2/v1/accesstoken?grant_type=client_credentials"
    with urllib.request.urlopen(url, f"client_id={CLIENT}&client_secret={SECRET}".encode(), timeout=30) as told:
        return str(json.load(told)["access_token"])


def run_round(home: Home, numbers: range, killed_after: float | None) -> tuple[dict[str, bytes], set[str]]:
    """Submit these visits, every tenth an invalid one, to a service that is killed in the middle of it.

    What it acknowledged (id and reply), and the business identifiers of what it refused.
    """
    port, acknowledged, refused = free_port(), dict[str, bytes](), set[str]()
    bodies = [body(number, valid=number % 10 != 0) for number in numbers]

    def heard(answer: Answer) -> None:
        assert answer.status in (201, 400), answer
        if answer.status == 201:
            acknowledged[json.loads(answer.body)["id"]] = answer.body
        else:
            refused.add(f"REG-{numbers[answer.place]}")

    async def load(pid: int, token: str) -> None:
        if killed_after is not None:
            asyncio.get_running_loop().call_later(killed_after, os.kill, pid, signal.SIGKILL)
        await post_all(port, token, f"{FHIR}/Encounter", bodies, connections=CONNECTIONS, heard=heard)

    with serving(home, port) as pid:
        asyncio.run(load(pid, ask_token(port)))
    return acknowledged, refused


def test_ten_thousand_acknowledged_over_repeated_kills_are_all_there(tmp_path: Path) -> None:
    home = submission_home(tmp_path)
    add_client(home, client_id=CLIENT, organization=ORGANIZATION, secret=SECRET, now=0)
    acknowledged, refused, sent, rounds = dict[str, bytes](), set[str](), 0, 0
    while len(acknowledged) < ACKNOWLEDGED:
        numbers = range(sent, sent + ACKNOWLEDGED - len(acknowledged) + ACKNOWLEDGED // 8)
        told, wrong = run_round(home, numbers, KILLED_AFTER[rounds] if rounds < len(KILLED_AFTER) else None)
        acknowledged |= told
        refused |= wrong
        sent, rounds = numbers.stop, rounds + 1
    assert rounds >= 3
    with closing(read_inbox(home)) as inbox:
        for id_, told_then in acknowledged.items():
            stored = find(inbox, "Encounter", id_)
            assert stored is not None, "an acknowledged submission is lost"
            assert stored.body == told_then
        kept = {str(value) for (value,) in inbox.execute("SELECT value FROM identifier")}
        count = inbox.execute("SELECT count(*) FROM version").fetchone()[0]
        assert inbox.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not kept & refused
    assert len(kept) == count
    # Beside the acknowledged ones there is at most what was on its way when the service was killed.
    assert len(acknowledged) <= count <= len(acknowledged) + rounds * CONNECTIONS
