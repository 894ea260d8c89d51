"""The parts of the service by themselves: limits, tokens, audit files, and the commands over them."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.home import Home
from sehatmu.lookup.search import Vague, near_dates, read_born
from sehatmu.publish.mask import hash_value, load_key
from sehatmu.service.audit import AuditLog, read_audit
from sehatmu.service.clients import list_clients, secret_holds
from sehatmu.service.limits import Lockout, Rate
from sehatmu.service.tokens import LIFETIME, Tokens

NIK = "3273010101900001"


def test_a_rate_gives_back_what_was_not_used_and_no_more() -> None:
    rate = Rate(2, burst_seconds=2)
    assert [rate.wait("a", 0.0) for _ in range(5)] == [0, 0, 0, 0, 1]
    assert rate.wait("b", 0.0) == 0  # another client is not kept waiting
    assert [rate.wait("a", 0.5), rate.wait("a", 0.5)] == [0, 1]
    assert [rate.wait("a", 100.0) for _ in range(5)] == [0, 0, 0, 0, 1]
    slow = Rate(0.1, burst_seconds=1)
    assert (slow.wait("a", 0.0), slow.wait("a", 0.0), slow.wait("a", 10.0)) == (0, 10, 0)


def test_a_lock_out_grows_ends_and_is_forgotten_after_the_right_secret() -> None:
    lockout = Lockout(tolerated=2, first=30, longest=100)
    lockout.failed("a", 0.0)
    assert lockout.wait("a", 0.0) == 0
    lockout.failed("a", 0.0)
    assert (lockout.wait("a", 0.0), lockout.wait("a", 29.5), lockout.wait("a", 30.0)) == (30, 1, 0)
    lockout.failed("a", 30.0)
    assert lockout.wait("a", 30.0) == 60
    for _ in range(50):
        lockout.failed("a", 100.0)
    assert lockout.wait("a", 100.0) == 100
    lockout.succeeded("a")
    assert lockout.wait("a", 100.0) == 0


def test_limits_forget_the_oldest_of_many_ids() -> None:
    lockout = Lockout(tolerated=1)
    for n in range(10_050):
        lockout.failed(str(n), 0.0)
    assert (lockout.wait("0", 0.0), lockout.wait("10049", 0.0)) == (0, 30)


def test_a_token_tells_its_client_until_it_expires_and_under_its_key_alone() -> None:
    tokens, now = Tokens(b"k" * 32), 1_700_000_000_000
    text = tokens.issue("klien", now)
    assert tokens.read(text, now + LIFETIME * 1000) == ("klien", now)
    assert tokens.read(text, now + LIFETIME * 1000 + 1) is None
    assert tokens.read(text, now - 1) is None  # issued by a clock that is ahead
    assert Tokens(b"j" * 32).read(text, now) is None
    assert text != tokens.issue("klien", now)
    for bad in ("", "A", "=", text[:-2], text[1:], "é" * 40, "\x00"):
        assert tokens.read(bad, now) is None


def test_audit_files_begin_each_day_and_when_one_is_full_and_are_only_appended_to(tmp_path: Path) -> None:
    home, day = Home(tmp_path), datetime(2026, 11, 25, 23, 59, tzinfo=UTC)
    told = {
        "client": "a",
        "organization": "1",
        "asked": "Patient.search",
        "key": "nik",
        "hashed": "h",
        "result": "none",
    }
    log = AuditLog(home, most_bytes=500)
    for minutes in (0, 0, 0, 2):
        log.write(day + timedelta(minutes=minutes), **told)  # type: ignore[arg-type]
    log.close()
    again = AuditLog(home, most_bytes=500)
    again.write(day + timedelta(minutes=3), **told | {"client": "b"})  # type: ignore[arg-type]
    again.close()
    names = sorted(path.name for path in (tmp_path / "audit").iterdir())
    assert names == ["2026-11-25.1.ndjson", "2026-11-25.2.ndjson", "2026-11-26.1.ndjson"]
    assert read_audit(home).height == 5
    assert read_audit(home, since=date(2026, 11, 26))["client"].to_list() == ["a", "b"]
    assert read_audit(home, client="b").height == 1
    assert read_audit(Home(tmp_path / "none")).height == 0


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("1990-02-28", (19900228, 19900228)),
        ("1990-02", (19900201, 19900231)),
        ("1990", (19900101, 19901231)),
    ],
)
def test_a_birth_date_may_be_told_in_part(text: str, born: tuple[int, int]) -> None:
    assert read_born(text) == born


@pytest.mark.parametrize(
    "text", ["", "90", "1990-13", "1990-02-30", "1990-1-1", "1990/01/01", "1990-01-01x", "0000-01-01"]
)
def test_what_is_no_birth_date_is_refused(text: str) -> None:
    with pytest.raises(Vague):
        read_born(text)


def test_days_like_a_day_are_one_slip_away() -> None:
    days = [born.first for born in near_dates(19900203)]
    assert 19900302 in days  # swapped
    assert {19900213, 19910203, 19901203} <= set(days)  # one digit
    assert 19900203 not in days
    assert 19910213 not in days
    assert near_dates(19900101)[0] == (19900101, 19901231)  # stands for the year


def test_clients_are_added_listed_and_revoked_from_the_command_line(tmp_path: Path) -> None:
    home, run = Home(tmp_path / "home"), CliRunner()

    def client(*told: str) -> str:
        done = run.invoke(app, ["client", *told, "--home", str(home.root)])
        assert done.exit_code == 0, done.output
        return done.output

    client("add", "--organization", "1000000001", "--id", "rs-a", "--secret", "rahasia-sekali")
    made = client("add", "--organization", "1000000002")
    secret = made.rpartition(": ")[2].strip()
    first, second = list_clients(home)
    known = first if first.id != "rs-a" else second
    assert secret_holds(known, secret)
    assert not secret_holds(known, secret + "x")
    assert not secret_holds(None, "nobody has this secret")
    client("revoke", "rs-a")
    listed = client("list")
    assert "rs-a\t1000000001" in listed
    assert "revoked" in listed
    assert secret not in listed
    again = run.invoke(app, ["client", "revoke", "rs-a", "--home", str(home.root)])
    assert again.exit_code == 1
    assert run.invoke(app, ["client", "add", "--home", str(home.root)]).exit_code == 2


def test_a_port_where_somebody_listens_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = ["serve", "--home", str(tmp_path), "--port", str(other.getsockname()[1])]
        done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "cannot be listened on" in str(done.exception)


def test_the_audit_log_is_asked_by_nik_without_it_standing_there(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    log = AuditLog(home)
    told = {"client": "a", "organization": "1", "asked": "Patient.search", "key": "nik", "result": "found"}
    for nik in (NIK, "3273010101900002"):
        hashed = hash_value(load_key(home), nik)
        log.write(datetime(2026, 11, 25, tzinfo=UTC), **told, hashed=hashed, ids=["P60000000001"])  # type: ignore[arg-type]
    log.close()
    done = CliRunner().invoke(app, ["audit", "--nik", NIK, "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    assert len(done.output.strip().splitlines()) == 2
    assert "P60000000001" in done.output
    assert NIK not in done.output
