"""What people ask of the patient index by hand: who has this NIK, and what a facility gets back.

A NIK is hashed here, with the key of the home, before anything is asked; it stands in no message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sehatmu.commands.options import HomeOption
from sehatmu.errors import SehatmuError
from sehatmu.home import Home
from sehatmu.settings import load_settings

if TYPE_CHECKING:
    import polars as pl

_NIK = re.compile(r"[0-9]{16}")


def find_by_nik(place: Home, nik: str) -> pl.DataFrame:
    """The patients with this NIK, as the default file shows them; wrong usage where it is not 16 digits."""
    from sehatmu.publish.files import DEFAULT_FILE, query_file
    from sehatmu.publish.mask import hash_value, load_key

    if not _NIK.fullmatch(nik):
        raise typer.BadParameter("a NIK has 16 digits", param_hint="--nik")
    hashed = hash_value(load_key(place), nik)
    return query_file(place.published / DEFAULT_FILE, f"SELECT * FROM mpi.find_patient_by_hash('{hashed}')")


def reply(
    facility: Annotated[
        str, typer.Option("--facility", metavar="NAMESPACE|CODE", help="For example 'yankes_rs|3273010'.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="F", dir_okay=False, help="Where to write, .csv or .xlsx.")],
    home: HomeOption = None,
) -> None:
    """Write what a facility gets back: its record numbers, the patients' numbers, verdicts and conflicts.

    Record numbers are personal: the file is for its owner only.
    """
    from sehatmu.publish.files import RESTRICTED_FILE, open_file
    from sehatmu.publish.replies import read_reply, write_reply

    namespace, _, code = facility.partition("|")
    if not namespace or not code or out.suffix not in (".csv", ".xlsx"):
        raise typer.BadParameter("a facility like 'yankes_rs|3273010', and a file ending in .csv or .xlsx")
    path = Home(load_settings(home).home).published / RESTRICTED_FILE
    if not path.exists():
        raise SehatmuError("nothing is published yet", evidence=str(path), hint="run `sehatmu night`")
    con = open_file(path)
    try:
        rows = read_reply(con, namespace, code)
    finally:
        con.close()
    write_reply(rows, out)
    typer.echo(f"Wrote {rows.height:,} registrations of {facility}: {out}")
