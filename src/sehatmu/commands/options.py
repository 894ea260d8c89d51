"""Options that several commands take, and the two things that they mean: which date, and what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Where all state lives (SEHATMU_HOME, else ./data)."),
]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The build date (today in Jakarta).")
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="M", exists=True, dir_okay=False, help="Trained weights; without it, those beside F."
    ),
]
DecisionsOption = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="F", exists=True, dir_okay=False, help="Decisions of stewards, CSV or XLSX."),
]


def build_date(text: str | None) -> date:
    """The date asked for, else today in Jakarta; wrong usage when it is not a date."""
    if text is None:
        return datetime.now(ZoneInfo("Asia/Jakarta")).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date like 2026-11-23", param_hint="--date") from None


def now() -> datetime:
    """This moment, in UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
