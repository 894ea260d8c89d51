"""`sehatmu decide`: a steward takes the review queue out, brings it back filled in, or decides on one pair.

A decision is kept as a new file in the folder `decisions` of the home, with who, when and why; the next night applies
it. Nothing is kept that contradicts what was decided before.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sehatmu.commands.options import HomeOption, now
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, current_build
from sehatmu.settings import Settings, load_settings

if TYPE_CHECKING:
    import polars as pl


def decide(
    left: Annotated[str | None, typer.Argument(metavar="RECORD_KEY", help="One record of a pair.")] = None,
    right: Annotated[str | None, typer.Argument(metavar="RECORD_KEY", help="The other one.")] = None,
    verdict: Annotated[
        Literal["same", "not_same", "withdrawn"] | None,
        typer.Argument(
            metavar="VERDICT", help="same, not_same, or withdrawn: what was decided on the pair no longer holds."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F", dir_okay=False, help="Write the queue, as .csv or .xlsx.")
    ] = None,
    filled: Annotated[
        Path | None,
        typer.Option("--in", metavar="F", exists=True, dir_okay=False, help="Read a queue with verdicts filled in."),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides.")] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for the pair on the command line.")] = "",
    index: Annotated[str | None, typer.Option("--index", metavar="INDEX", help="For example msi.")] = None,
    top: Annotated[
        int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N of each index in --out.")
    ] = None,
    with_score: Annotated[bool, typer.Option("--with-score", help="Show in --out what the model thinks.")] = False,
    home: HomeOption = None,
) -> None:
    """Decide which records are the same: the review queue out, filled in, and back; or one pair at once."""
    settings, when = load_settings(home), now()
    domains = _domains(settings, index)
    if [left is not None, out is not None, filled is not None].count(True) != 1:
        raise typer.BadParameter("one of --out, --in, or two record keys and a verdict")
    if out is not None:
        _write_queue(settings, out, domains, top=top, with_score=with_score)
        return
    if not by or not by.strip():
        raise typer.BadParameter("a decision has a name to it", param_hint="--by")
    if filled is not None:
        from sehatmu.linkage.decision_files import read_filled

        _keep(settings, read_filled(filled, domains, who=by, when=when), when, domains)
        return
    if left is None or right is None or verdict is None:
        raise typer.BadParameter("two record keys and a verdict", param_hint="RECORD_KEY RECORD_KEY VERDICT")
    from sehatmu.linkage.decision_files import one_decision

    own = _index_of(settings, left, domains)
    _keep(settings, one_decision(own, (left, right), verdict, who=by, when=when, why=why), when, domains)


def _domains(settings: Settings, index: str | None) -> dict[str, str]:
    """The domain of every index, or of the one that was asked for."""
    from sehatmu.identity.config import load_indexes

    known = load_indexes(settings.contracts / "linkage")
    if index is None:
        return known
    if index not in known:
        raise typer.BadParameter(f"{index!r} is none of {', '.join(known)}", param_hint="--index")
    return {index: known[index]}


def _index_of(settings: Settings, record_key: str, domains: dict[str, str]) -> str:
    """The index of a record, by the contract of the extract that its key begins with."""
    from sehatmu.contracts import load_contracts

    extract = record_key.split("|")[:2]
    of_domain = {domain: index for index, domain in domains.items()}
    for contract in load_contracts(settings.contracts).sources():
        if [contract.source, contract.extract] == extract and contract.domain in of_domain:
            return of_domain[contract.domain]
    if len(domains) == 1:
        return next(iter(domains))
    raise typer.BadParameter("the record key does not tell the index", param_hint="--index")


def _write_queue(settings: Settings, out: Path, domains: dict[str, str], *, top: int | None, with_score: bool) -> None:
    import polars as pl

    from sehatmu.linkage.authored import load_linkage
    from sehatmu.linkage.decision_files import home_decisions
    from sehatmu.linkage.worklist import make_worklist, write_worklist

    place = Home(settings.home)
    if current_build(place) is None:
        raise SehatmuError("nothing is published yet", evidence=str(place.root), hint="run `sehatmu night`")
    decisions = home_decisions(place.decisions)
    lists = [
        make_worklist(
            _read_lake(place, "pairs", domain, "review"),
            _read_lake(place, "standard", domain, "record"),
            load_linkage(settings.contracts / "linkage" / f"{domain}.yaml"),
            decisions,
            top=top,
            with_score=with_score,
        )
        for domain in domains.values()
    ]
    worklist = pl.concat(lists, how="diagonal_relaxed").sort("rank", "index", maintain_order=True)
    write_worklist(out, worklist)
    typer.echo(f"Wrote {len(worklist):,} pairs to {out}: fill in verdict (same, not_same) and why, then")
    typer.echo(f"sehatmu decide --in {out} --by NAME")


def _read_lake(place: Home, layer: str, domain: str, table: str) -> pl.DataFrame:
    from sehatmu.lake import has_table, read_table

    build = current_build(place)
    path = place.lake_path(layer, domain, table, build or "")
    if not has_table(path):
        raise SehatmuError(
            "the current build has no such table in the lake",
            evidence=f"{layer}/{domain}/{table} of {build}",
            hint="run a night, or name another --index",
        )
    return read_table(path)


def _keep(settings: Settings, new: pl.DataFrame, when: datetime, domains: dict[str, str]) -> None:
    """Add decisions to the home, after a look at what was decided before and at the records of the current build."""
    import polars as pl

    from sehatmu.lake import has_table, read_table
    from sehatmu.linkage.decision_files import decisions_text, home_decisions
    from sehatmu.linkage.decisions import add_decisions, decision_status, row_list
    from sehatmu.publish.durable import write_text

    place = Home(settings.home).create()
    told = add_decisions(home_decisions(place.decisions), new)
    if len(told) < len(new):
        typer.echo(f"{len(new) - len(told):,} of {len(new):,} decisions hold already.")
    if told.is_empty():
        typer.echo("Nothing to keep.")
        return
    build = current_build(place)
    records = {own: place.lake_path("standard", domains[own], "record", build or "") for own in told["index"].unique()}
    for own, path in sorted(records.items()):
        if build is None or not has_table(path):  # no night of that index yet: all of them wait
            continue
        keys = read_table(path, ["record_key"])["record_key"]
        waiting = decision_status(told.filter(index=own), keys).filter(pl.col("status") == "waiting")
        if len(waiting):
            rows = row_list(waiting["row_number"].sort())
            typer.echo(
                f"{own}: {rows} of {waiting['file_name'][0]}: a record is not there now; that decision waits.", err=True
            )
    name = f"{when:%Y-%m-%dT%H%M%S}.{when.microsecond // 1000:03}Z"
    taken = len(list(place.decisions.glob(f"{name}*.csv")))
    path = place.decisions / (f"{name}-{taken + 1}.csv" if taken else f"{name}.csv")
    write_text(path, decisions_text(told))
    count = f"{len(told):,} decision{'s' if len(told) != 1 else ''}"
    typer.echo(f"Kept {count} in {path}; the next night applies {'them' if len(told) != 1 else 'it'}.")
