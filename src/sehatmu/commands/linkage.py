"""Linkage from the command line: `link`, `explain` and `train`, outside any night."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sehatmu.commands.options import DecisionsOption, HomeOption, ModelOption
from sehatmu.commands.telling import telling
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, current_build
from sehatmu.settings import load_settings


def link(
    config: Annotated[Path, typer.Option("--config", metavar="F", exists=True, dir_okay=False, help="A linkage file.")],
    inputs: Annotated[
        list[Path],
        typer.Option(
            "--in", metavar="A.parquet", exists=True, dir_okay=False, help="Records; several are put together."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", file_okay=False, help="Gets pairs.parquet, clusters.parquet.")
    ] = None,
    model: ModelOption = None,
    decisions: DecisionsOption = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", exists=True, file_okay=False, help="The --out of a former run: only changes are done."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the pairs of each rule.")] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="F", dir_okay=False, help="Write an HTML page about it.")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="T.parquet", exists=True, dir_okay=False, help="record_key, entity: the page judges by it."
        ),
    ] = None,
) -> None:
    """Link records of Parquet files by a linkage file, outside any night: for experiments and benchmarks."""
    from sehatmu.linkage.command import LinkFiles, count_files, link_files

    if dry_run:
        typer.echo(count_files(config, inputs))
        return
    if out is None:
        raise typer.BadParameter("a folder for the result is needed, unless --dry-run", param_hint="--out")
    asked = LinkFiles(
        config, inputs, out, model=model, decisions=decisions, previous=previous, report=report, truth=truth
    )
    with telling("link") as tell:
        link_files(asked, tell=tell, threads=os.cpu_count() or 1)


def explain(
    left: Annotated[str, typer.Argument(metavar="RECORD_KEY", help="For example 'sirs|rumah_sakit|3171012'.")],
    right: Annotated[
        str | None, typer.Argument(metavar="RECORD_KEY", help="The other one; without it, the cluster of the first.")
    ] = None,
    domain: Annotated[str, typer.Option(help="Whose linkage.")] = "facility",
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", dir_okay=False, help="Also draw the pair as a picture.")
    ] = None,
    linked: Annotated[
        Path | None,
        typer.Option(metavar="DIR", exists=True, file_okay=False, help="The --out of `link`; without it, the night."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="F", exists=True, dir_okay=False, help="Linkage file; without it, the domain's."),
    ] = None,
    model: ModelOption = None,
    home: HomeOption = None,
) -> None:
    """Why two records were joined, or were not: the prior, then one bar of bits per comparison. Or of one record: what
    holds its cluster together."""
    from sehatmu.linkage.command import explain_files, read_rules
    from sehatmu.linkage.files import CLUSTERS_FILE, PAIRS_FILE

    if svg is not None and right is None:
        raise typer.BadParameter("a picture shows two records", param_hint="--svg")
    settings = load_settings(home)
    rules = read_rules(config or settings.contracts / "linkage" / f"{domain}.yaml", model)
    if linked is not None:
        files = linked / PAIRS_FILE, linked / CLUSTERS_FILE
    else:
        place = Home(settings.home)
        build = current_build(place)
        if build is None:
            raise SehatmuError("nothing is published yet", evidence=str(place.root), hint="run `sehatmu night`")
        files = place.lake_path("pairs", domain, "pair", build), place.lake_path("clusters", domain, "cluster", build)
    typer.echo(explain_files(rules, *files, (left, right), svg=svg))


def train(
    domain: Annotated[str, typer.Argument(help="Whose linkage file: its model is written beside it.")],
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--in", metavar="A.parquet", exists=True, dir_okay=False, help="Records (those of last night)."),
    ] = None,
    decisions: DecisionsOption = None,
    home: HomeOption = None,
) -> None:
    """Learn weights, thresholds and value frequencies from records alone; the night only reads what this writes."""
    from sehatmu.lake import has_table
    from sehatmu.linkage.authored import load_linkage
    from sehatmu.linkage.decision_files import read_decisions
    from sehatmu.linkage.decisions import live_decisions
    from sehatmu.linkage.files import read_records
    from sehatmu.linkage.train import train_domain
    from sehatmu.publish.inputs import code_version

    settings = load_settings(home)
    place, linkage = Home(settings.home), settings.contracts / "linkage" / f"{domain}.yaml"
    build = None if inputs else current_build(place)
    paths = inputs or ([place.lake_path("standard", domain, "record", build)] if build else [])
    if not paths or not all(map(has_table, paths)):
        raise SehatmuError(
            "no records to learn from", evidence=domain, hint="name files with --in, or run a night first"
        )
    records = read_records(paths, load_linkage(linkage))
    told = str(build) if build else ", ".join(path.name for path in paths)
    decided = live_decisions(read_decisions([decisions])) if decisions else None
    train_domain(linkage, records, decisions=decided, versions={"code": code_version()}, source=told)
    typer.echo(f"Trained on {len(records):,} records: {linkage.with_suffix('.model.json')}")
