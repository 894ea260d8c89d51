"""`serve`, `client` and `audit`: the service over a home, who may ask it, and who asked what.

A secret that is made here is shown once; a NIK is hashed before anything is asked.
"""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sehatmu.commands.options import HomeOption, build_date, now
from sehatmu.commands.telling import tell_csv, tell_table
from sehatmu.home import Home
from sehatmu.settings import load_settings

client = typer.Typer(help="Clients of the service: add, revoke, list.", no_args_is_help=True)


def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where to listen.")] = 8000,
    home: HomeOption = None,
    address: Annotated[str, typer.Option("--address", help="This machine only, unless told otherwise.")] = "127.0.0.1",
    rate: Annotated[float, typer.Option("--rate", min=0.1, help="Requests a second of one client.")] = 6000.0,
    token_rate: Annotated[float, typer.Option("--token-rate", min=0.1, help="Tokens a second of one client.")] = 5.0,
    public_url: Annotated[
        str | None, typer.Option("--public-url", metavar="URL", help="How clients see it, behind a proxy.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", exists=True, dir_okay=False, help="TLS certificate (PEM).")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option("--certificate-key", exists=True, dir_okay=False, help="Its private key (PEM).")
    ] = None,
    strict_utc: Annotated[
        bool, typer.Option("--strict-utc", help="Take submissions with +00:00 only, not with Z or another offset.")
    ] = False,
    oldest: Annotated[
        str | None, typer.Option("--oldest", metavar="YYYY-MM-DD", help="No submitted event is dated before this day.")
    ] = None,
) -> None:
    """Serve look-ups over the current build, and take submissions, in SATUSEHAT's own shape; a new build is taken over
    as it comes, and what was submitted goes into the next one."""
    from sehatmu.service.app import make_app
    from sehatmu.service.desk import Limits, open_desk
    from sehatmu.service.keeping import OLDEST, Validation
    from sehatmu.service.run import serve as run

    if (certificate is None) != (certificate_key is None):
        raise typer.BadParameter("--certificate and --certificate-key go together")
    validation = Validation(build_date(oldest) if oldest else OLDEST, strict_utc)
    limits = Limits(rate, token_rate)
    desk = open_desk(load_settings(home), limits=limits, public_url=public_url, validation=validation)
    scheme = "https" if certificate else "http"
    typer.echo(f"Serving {scheme}://{address}:{port} (console at /, OpenAPI at /openapi.json)", err=True)
    run(make_app(desk), port=port, address=address, certificate=certificate, key=certificate_key)


@client.command("add")
def add(
    organization: Annotated[str, typer.Option("--organization", metavar="ORG", help="The facility's id.")],
    client_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Without it, one is made.")] = None,
    secret: Annotated[
        str | None, typer.Option("--secret", metavar="SECRET", help="Without it, one is made and shown once.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Let an organisation ask; one client each."""
    from sehatmu.service.clients import add_client

    given, made = client_id or secrets.token_urlsafe(24), secret or secrets.token_urlsafe(48)
    moment = int(now().timestamp() * 1000)
    add_client(Home(load_settings(home).home), client_id=given, organization=organization, secret=made, now=moment)
    typer.echo(f"Added {given} for {organization}.")
    if secret is None:
        typer.echo(f"Secret (shown this once): {made}")


@client.command("revoke")
def revoke(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="As `client list` shows it.")], home: HomeOption = None
) -> None:
    """Shut a client out; its tokens are refused from the next request on."""
    from sehatmu.service.clients import revoke_client

    revoke_client(Home(load_settings(home).home), client_id, now=int(now().timestamp() * 1000))
    typer.echo(f"Revoked {client_id}.")


@client.command("list")
def list_all(home: HomeOption = None) -> None:
    """All clients, revoked ones too; never a secret."""
    from sehatmu.service.clients import list_clients

    for known in list_clients(Home(load_settings(home).home)):
        state = f"revoked {_moment(known.revoked_at)}" if known.revoked_at else "active"
        typer.echo(f"{known.id}\t{known.organization}\tadded {_moment(known.added_at)}\t{state}")


def audit(
    since: Annotated[str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="From this day on (UTC).")] = None,
    client_id: Annotated[str | None, typer.Option("--client", metavar="ID", help="What one client asked.")] = None,
    nik: Annotated[str | None, typer.Option("--nik", help="Who asked for this NIK, found by its hash.")] = None,
    home: HomeOption = None,
) -> None:
    """The audit log of the service: who asked, by what kind of key, when, and whom they were told of."""
    from sehatmu.publish.mask import hash_value, load_key
    from sehatmu.service.audit import read_audit

    place = Home(load_settings(home).home)
    hashed = hash_value(load_key(place), nik) if nik else None
    told = read_audit(place, since=build_date(since) if since else None, client=client_id, hashed=hashed)
    import polars as pl

    told = told.with_columns(pl.col("ids").list.join(" "))
    typer.echo(tell_table(told) if sys.stdout.isatty() else tell_csv(told))


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
