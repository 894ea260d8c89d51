"""The command line: each command reads its arguments, calls one function of the library, and prints.

The clock is read here and in `sehatmu.commands`, nowhere else in the library ("today" in Jakarta). Exit codes:
0 done or published, 1 a blocking check or a fault in the input (nothing was switched), 2 wrong usage.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sehatmu.commands.decide import decide
from sehatmu.commands.linkage import explain, link, train
from sehatmu.commands.options import DateOption, HomeOption, build_date
from sehatmu.commands.patients import find_by_nik, reply
from sehatmu.commands.service import audit, client, serve
from sehatmu.commands.telling import tell_csv, tell_table, telling
from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, current_build, lock_home, parent_for, read_manifest
from sehatmu.settings import Settings, load_settings

if TYPE_CHECKING:
    from sehatmu.contracts import Contracts

app = typer.Typer(
    name="sehatmu",
    help="Indonesia's health registers become master indexes, one build a night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# Registrations in the country that the first night on an empty home makes for itself.
SAMPLE_PEOPLE, SAMPLE_JOBS = 4000, 1500


def main() -> None:
    """Run the command line; a SehatmuError becomes its message on standard error and exit code 1."""
    try:
        app()
    except SehatmuError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)


@app.command()
def night(home: HomeOption = None, date: DateOption = None) -> None:
    """Run the whole night for one date: landing to published, then tell what changed.

    On a home where nothing has landed yet, a sample country is made first.
    """
    from sehatmu.contracts import load_contracts
    from sehatmu.inbox.drain import drain
    from sehatmu.publish.inputs import is_published, read_digest

    settings, day = load_settings(home), build_date(date)
    place, contracts = Home(settings.home), load_contracts(settings.contracts)
    with lock_home(place):
        parent_for(place, day)
        drain(place, day)
        if not any(path.is_file() for path in place.landing.rglob("*")):
            _land_sample(place, day)
        if is_published(place, day, read_digest(place, contracts, settings.contracts, day)):
            typer.echo(f"Nothing to do: {current_build(place)} was built from the very same input.")
            return
        for extract in _without_contract(place, contracts):
            typer.echo(f"No contract for {extract}: what landed there is not read.", err=True)
        _run_job(settings, day)
        _tell_published(place)


def _without_contract(place: Home, contracts: Contracts) -> list[str]:
    landed = {f"{path.parent.name}/{path.name}" for path in place.landing.glob("*/*") if path.is_dir()}
    return sorted(landed - {f"{c.source}/{c.extract}" for c in contracts.sources()})


def _land_sample(place: Home, day: date) -> None:
    from sehatmu.sample import (
        write_clinical,
        write_people,
        write_practitioners,
        write_products,
        write_sample,
        write_services,
    )

    typer.echo(f"Nothing has landed in {place.root}: making a sample country first (seed 1; truth in sample/truth).")
    made = place.root / "sample"
    write_sample(made, day=day)
    write_people(made, people=SAMPLE_PEOPLE, day=day)
    write_practitioners(made, jobs=SAMPLE_JOBS, day=day)
    write_products(made, day=day)
    write_services(made, day=day)
    write_clinical(made, day=day)
    for source in sorted(path for path in made.iterdir() if path.name != "truth"):
        source.replace(place.landing / source.name)


def _run_job(settings: Settings, day: date) -> None:
    from pipelines.run import run_night

    with telling(f"night of {day}") as tell:
        if not run_night(settings, day, tell=tell):
            typer.echo("The night failed; what is published is as it was.", err=True)
            raise typer.Exit(1)


def _tell_published(place: Home) -> None:
    from sehatmu.publish.diff import diff as compare
    from sehatmu.publish.diff import tell_diff

    build = current_build(place)
    assert build is not None
    typer.echo(tell_diff(compare(place, read_manifest(place, build).parent, build)))
    typer.echo(f"Published {build}: {place.published / 'sehatmu.duckdb'}")


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write, laid out like a landing.")],
    facilities: Annotated[int, typer.Option(min=1, help="How many facilities there are in truth.")] = 3000,
    people: Annotated[int, typer.Option(min=0, max=10_000_000, help="How many registrations of patients.")] = 0,
    jobs: Annotated[int, typer.Option(min=0, max=10_000_000, help="How many rows of jobs of health workers.")] = 0,
    drugs: Annotated[int, typer.Option(min=0, help="How many rows the register of drugs has.")] = 0,
    items: Annotated[int, typer.Option(min=0, help="How many rows the catalogue has.")] = 0,
    devices: Annotated[int, typer.Option(min=0, help="How many rows the register of devices has.")] = 0,
    services: Annotated[int, typer.Option(min=0, help="About how many items facilities' lists of services have.")] = 0,
    visits: Annotated[int, typer.Option(min=0, help="How many visits of these people; needs people and jobs.")] = 0,
    codes: Annotated[int, typer.Option(min=1, help="How many national codes of services there are.")] = 1000,
    form: Annotated[Literal["parquet", "csv"], typer.Option("--format", help="How people are written.")] = "parquet",
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
    date: DateOption = None,
) -> None:
    """Write a made-up country's extracts, the truth beside: facilities; people, jobs, products and more if asked."""
    from sehatmu.sample import (
        write_clinical,
        write_people,
        write_practitioners,
        write_products,
        write_sample,
        write_services,
    )

    day = build_date(date)
    if visits and not (people and jobs):
        raise typer.BadParameter("ask for --people and --jobs too: whom else would they be of?", param_hint="--visits")
    write_sample(out, facilities=facilities, seed=seed, day=day)
    if people:
        write_people(out, people=people, seed=seed, day=day, format=form, facilities=facilities)
    if jobs:
        write_practitioners(out, jobs=jobs, seed=seed, day=day, format=form, facilities=facilities)
    if drugs or items or devices:
        write_products(out, drugs=drugs, items=items, devices=devices, seed=seed, day=day)
    if services:
        # so many places that each has some tens of items, up to 300 hospitals and 200 puskesmas
        hospitals, clinics = min(300, 1 + services // 60), min(200, 1 + services // 120)
        write_services(
            out, items=services, codes=codes, hospitals=hospitals, clinics=clinics, seed=seed, day=day,
            facilities=facilities,
        )  # fmt: skip
    if visits:
        write_clinical(out, visits=visits, seed=seed, day=day, facilities=facilities)
    typer.echo(
        f"Wrote {facilities:,} facilities, {people:,} registrations, {jobs:,} jobs, "
        f"{drugs + items + devices:,} rows of products, about {services:,} items of services and {visits:,} visits "
        f"(seed {seed}) under {out}, truth in truth/."
    )


@app.command()
def land(
    extract: Annotated[str, typer.Argument(metavar="SOURCE/EXTRACT", help="For example sirs/rumah_sakit.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    home: HomeOption = None,
    date: DateOption = None,
) -> None:
    """Deliver files of one extract: copied aside, then renamed, so that no night sees half a file."""
    from sehatmu.landing import known_extracts
    from sehatmu.landing import land as land_files

    settings = load_settings(home)
    known = known_extracts(settings.contracts)
    if extract not in known:
        raise typer.BadParameter(f"{extract!r} has no contract; one of {', '.join(known)}", param_hint="SOURCE/EXTRACT")
    source, _, name = extract.partition("/")
    land_files(Home(settings.home).create(), source, name, files, day=build_date(date), tell=typer.echo)


@app.command()
def lint() -> None:
    """Check every contract, codebook and linkage file; all mistakes at once."""
    from sehatmu.contracts.lint import lint as find_mistakes
    from sehatmu.golden.lint import lint_linkage_files

    settings = load_settings()
    mistakes = find_mistakes(settings.contracts, checkers=[lint_linkage_files])
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes:
        raise typer.Exit(1)
    typer.echo(f"{settings.contracts}: no mistakes")


@app.command()
def status(home: HomeOption = None) -> None:
    """What is published: the build, its line of parents, deliveries, counts, and extracts that never came."""
    from sehatmu.contracts import load_contracts
    from sehatmu.publish.status import read_status, tell_status

    settings = load_settings(home)
    typer.echo(tell_status(read_status(Home(settings.home), load_contracts(settings.contracts))))


@app.command()
def diff(
    builds: Annotated[
        list[str] | None, typer.Argument(metavar="[OLD] [NEW]", help="Builds like 2026-11-23.1 (parent, current).")
    ] = None,
    home: HomeOption = None,
) -> None:
    """What changed between two builds, in words: identities, golden values, quarantine, inputs."""
    from sehatmu.publish.diff import diff as compare
    from sehatmu.publish.diff import tell_diff

    place, asked = Home(load_settings(home).home), [BuildId.parse(text) for text in builds or []]
    if len(asked) > 2:
        raise typer.BadParameter("two builds at most", param_hint="[OLD] [NEW]")
    new = asked[1] if len(asked) == 2 else current_build(place)
    if new is None:
        raise SehatmuError("nothing is published yet", evidence=str(place.root), hint="run `sehatmu night`")
    typer.echo(tell_diff(compare(place, asked[0] if asked else read_manifest(place, new).parent, new)))


@app.command()
def rollback(
    build: Annotated[str | None, typer.Argument(help="A build that is kept (the parent of the current one).")] = None,
    home: HomeOption = None,
) -> None:
    """Make an earlier build current again; undone by rolling back to the later one."""
    from sehatmu.publish.switch import rollback as roll_back

    place = Home(load_settings(home).home)
    with lock_home(place):
        typer.echo(f"Current is now {roll_back(place, BuildId.parse(build) if build else None)}.")


@app.command()
def query(
    sql: Annotated[
        str | None, typer.Argument(help="SQL over the published file; schemas: msi, mpi, xref, history, review, meta.")
    ] = None,
    home: HomeOption = None,
    nik: Annotated[
        str | None, typer.Option("--nik", help="Instead of SQL: who has this NIK, found by its hash.")
    ] = None,
    restricted: Annotated[bool, typer.Option("--restricted", help="Ask the restricted file instead.")] = False,
) -> None:
    """Ask the published DuckDB file and print the answer as a table (CSV where the output is no terminal)."""
    from sehatmu.publish.files import DEFAULT_FILE, RESTRICTED_FILE, query_file

    if (sql is None) == (nik is None):
        raise typer.BadParameter("either SQL or --nik")
    place = Home(load_settings(home).home)
    path = place.published / (RESTRICTED_FILE if restricted else DEFAULT_FILE)
    answer = query_file(path, sql) if sql is not None else find_by_nik(place, nik or "")
    typer.echo(tell_table(answer) if sys.stdout.isatty() else tell_csv(answer))


for command in (link, explain, train, decide, reply, serve, audit):
    app.command()(command)
app.add_typer(client, name="client")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Where the Dagster UI listens, on this machine only.")] = 3000,
    home: HomeOption = None,
) -> None:
    """Open Dagster over this home: lineage, runs, checks, schedule and sensor."""
    from pipelines.run import serve_ui

    raise typer.Exit(serve_ui(load_settings(home), port))


if __name__ == "__main__":
    main()
