"""What a look-up costs: requests a second and latency beside an endpoint that does nothing, memory, start.

    python tests/benchmarks/service.py [--people 5000000] [--seconds 5] [--connections 16] [--cache DIR]

A made-up index of so many patients becomes a build's lookup file. The service (`sehatmu serve`) answers look-ups by NIK
and by name, birth date and sex; an app of the same framework and server with one empty endpoint answers beside it, each
in a process of its own, the load generator in this one. On a machine that does other work read the ratios and the CPU
seconds, which are the service's own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from load import Load, send
from measure import MIB, machine

from sehatmu.home import Home
from sehatmu.lookup.patients import find_by_number
from sehatmu.lookup.read import open_lookup
from sehatmu.lookup.write import write_lookup
from sehatmu.service.clients import add_client

BUILD = "2026-11-25.1"
ID, SECRET = "benchmark", "a secret of the benchmark"
FIRST = (
    "SITI",
    "MUHAMMAD",
    "DEWI",
    "AGUS",
    "SRI",
    "AHMAD",
    "NUR",
    "BUDI",
    "RINA",
    "YUSUF",
    "MADE",
    "WAYAN",
    "EKA",
    "DWI",
)
MIDDLE = (
    "PUTRI",
    "JAMAL",
    "INDAH",
    "RAHMAT",
    "LESTARI",
    "HADI",
    "AYU",
    "EKO",
    "SARI",
    "FAJAR",
    "PERMATA",
    "BAYU",
    "ADI",
)
LAST = (
    "WULANDARI", "SANTOSO", "HIDAYAT", "PRATAMA", "SUSANTI", "NUGROHO", "KUSUMA", "SAPUTRA", "RAHMAWATI", "SETIAWAN",
    "ANGGRAINI", "FIRMANSYAH", "MAULANA", "HANDAYANI", "GUNAWAN", "SIREGAR", "SIMANJUNTAK",
)  # fmt: skip
NIK = "https://fhir.kemkes.go.id/id/nik"
NO_OP = """
import sys
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from sehatmu.service.run import serve
async def nothing(_):
    return Response(b"{}", media_type="application/json")
serve(Starlette(routes=[Route("/", nothing)]), port=int(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of request under load: what the generator saw, and CPU seconds of the serving process."""

    name: str
    load: Load
    cpu: float

    @property
    def per_cpu_second(self) -> float:
        """Requests for each second of the serving process's CPU."""
        return len(self.load.latencies) / self.cpu


def make_home(folder: Path, people: int) -> tuple[Home, float]:
    """A home whose current build has so many patients, and the CPU seconds that its lookup file took."""
    home = Home(folder).create()
    build = home.builds / BUILD
    build.mkdir()
    words = [
        f"{list(part)}[1 + (hash(i, {salt}) % {len(part)})::INT]" for salt, part in enumerate((FIRST, MIDDLE, LAST))
    ]
    born = "DATE '1940-01-01' + (hash(i, 7) % 31000)::INT"
    with duckdb.connect(str(build / "restricted.duckdb")) as con:
        con.execute("CREATE SCHEMA mpi")
        con.execute(
            f"CREATE TABLE mpi.patient AS SELECT 'P' || (60000000000 + i)::VARCHAR AS master_id, "
            f"lpad((3201010000000000 + i * 1009)::VARCHAR, 16, '0') AS nik, nik AS nik_confirmed, "
            f"{born} AS birth_date, CASE WHEN hash(i, 8) % 2 = 0 THEN 'M' ELSE 'F' END AS sex, "
            f"NULL::VARCHAR AS mother_nik, {' || chr(32) || '.join(words)} AS nama, "
            "0 AS birth_order, 'M' AS status_kawin, 'JL MAWAR NO ' || (i % 300)::VARCHAR AS alamat, "
            f"NULL::BOOLEAN AS is_deceased, DATE '2026-11-25' AS build_date FROM range({people}) AS t(i)"
        )
    duckdb.connect(str(build / "sehatmu.duckdb")).close()
    (build / "manifest.json").write_text(json.dumps({"build": BUILD, "parent": None}))
    (home.keys / "hmac.key").write_bytes(bytes(32))
    began = time.process_time()
    write_lookup(build)
    spent = time.process_time() - began
    home.current.symlink_to(f"builds/{BUILD}")
    add_client(home, client_id=ID, organization="1000000001", secret=SECRET, now=0)
    return home, spent


@contextmanager
def serving(command: Sequence[str | Path], port: int, path: str) -> Iterator[tuple[int, float]]:
    """A server process: its id, and the seconds until it answered the path."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30):
                    break
            except OSError:
                if process.poll() is not None or time.perf_counter() - began > 60:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)
        yield process.pid, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid: int) -> int:
    """The most that a process ever had in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask_token(port: int) -> str:
    url = f"http://127.0.0.1:{port}/oauth2/v1/accesstoken?grant_type=client_credentials"
    body = f"client_id={ID}&client_secret={SECRET.replace(' ', '+')}".encode()
    with urllib.request.urlopen(url, body, timeout=30) as told:
        return str(json.load(told)["access_token"])


def questions(home: Home, people: int, count: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Paths that ask by NIK, and by name, birth date and sex, about people chosen by chance; of the latter one in four
    has the words of the name in another order, and one in four a digit of the birth date wrong."""
    dice = random.Random(seed)
    chosen = [dice.randrange(people) for _ in range(count)]
    by_nik = [f"/fhir-r4/v1/Patient?identifier={NIK}%7C{3201010000000000 + n * 1009:016d}" for n in chosen]
    by_name = []
    with closing(open_lookup(home.builds / BUILD / "lookup.sqlite")) as lookup:
        for place, number in enumerate(chosen):
            person = find_by_number(lookup, f"P{60000000000 + number}")
            assert person is not None
            assert person.nama is not None
            words, birth = person.nama.split(), str(person.birth)
            if place % 4 == 1:
                words.reverse()
            if place % 4 == 2:
                birth = f"{birth[:3]}{(int(birth[3]) + 1) % 10}{birth[4:]}"
            date, gender = f"{birth[:4]}-{birth[4:6]}-{birth[6:]}", {"M": "male", "F": "female"}[str(person.sex)]
            by_name.append(f"/fhir-r4/v1/Patient?name={'%20'.join(words)}&birthdate={date}&gender={gender}")
    return by_nik, by_name


def measure(
    pid: int, name: str, port: int, paths: Sequence[str], token: str | None, *, seconds: float, connections: int
) -> Row:
    send(port, paths, token=token, connections=4, seconds=min(1.0, seconds))
    before = cpu_seconds(pid)
    load = send(port, paths, token=token, connections=connections, seconds=seconds)
    return Row(f"{name}, {connections} connections", load, cpu_seconds(pid) - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=5_000_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--cache", type=Path, help="Keep the home here; without it, it is thrown away.")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = (wanted.cache or Path(made)) / f"people-{wanted.people}"
        spent = None
        if folder.is_dir():
            home = Home(folder)
        else:
            home, spent = make_home(folder, wanted.people)
        report(home, spent, wanted)


def report(home: Home, spent: float | None, wanted: argparse.Namespace) -> None:
    rows: list[Row] = []
    by_nik, by_name = questions(home, wanted.people, 2000)
    port = free_port()
    with serving([sys.executable, "-c", NO_OP, str(port)], port, "/") as (pid, _):
        rows.append(
            measure(
                pid,
                "nothing (the empty endpoint)",
                port,
                ["/"],
                None,
                seconds=wanted.seconds,
                connections=wanted.connections,
            )
        )
    port = free_port()
    command = [sys.executable, "-m", "sehatmu.cli", "serve", "--port", str(port), "--home", home.root, "--rate", "1e6"]
    with serving(command, port, "/health") as (pid, started):
        token = ask_token(port)
        rows.append(
            measure(pid, "patient by NIK", port, by_nik, token, seconds=wanted.seconds, connections=wanted.connections)
        )
        rows.append(
            measure(
                pid, "patient by name, birth date, sex", port, by_name, token, seconds=wanted.seconds, connections=2
            )
        )
        peak = peak_bytes(pid)
    size = (home.builds / BUILD / "lookup.sqlite").stat().st_size
    print(f"{machine()}; {wanted.people:,} patients, {wanted.seconds:g} s each\n")
    print("| request | requests/s | of the empty endpoint | p50 ms | p99 ms | requests per CPU second | refused |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        ratio = row.load.per_second / rows[0].load.per_second
        print(
            f"| {row.name} | {row.load.per_second:,.0f} | {ratio:.2f} | {row.load.percentile(0.5):.1f} | "
            f"{row.load.percentile(0.99):.1f} | {row.per_cpu_second:,.0f} | {row.load.refused} |"
        )
    told = f"lookup file {size / MIB:,.0f} MiB" + (f", written in {spent:.1f} CPU s" if spent is not None else "")
    print(f"\nstart {started:.1f} s, peak memory {peak / MIB:,.0f} MiB, {told}")


if __name__ == "__main__":
    main()
