"""What a run holds while it works: the night (home, lock, build, contracts) and the parquet files between assets.

The night is a resource so that one lock covers the whole run, whoever started it: the command line or Dagster.
"""

import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines.metadata import describe_frame
from sehatmu.contracts import Contract, Contracts, load_contracts
from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, Manifest, chain, lock_home, next_build, parent_for
from sehatmu.inbox.drain import drain
from sehatmu.lake import (
    Since,
    Splice,
    Table,
    has_table,
    list_builds,
    open_since,
    open_table,
    read_table,
    scan_table,
    write_splice,
    write_table,
)
from sehatmu.publish.files import read_published
from sehatmu.publish.inputs import authored_versions, code_version, decision_hashes, read_digest
from sehatmu.publish.tables import table_name
from sehatmu.settings import Settings


@dataclass(frozen=True)
class Night:
    """One run of one date: where it reads and writes, and the published builds that it starts from."""

    settings: Settings
    home: Home
    contracts: Contracts
    build: BuildId
    history: list[Manifest]
    started_at: datetime
    input_digest: str
    decisions: dict[str, str]

    @property
    def day(self) -> date:
        return self.build.date

    @property
    def parent(self) -> BuildId | None:
        return self.history[-1].build if self.history else None

    def linkage_file(self, domain: str) -> Path:
        """Where the linkage, identity and survivorship of a domain are written down."""
        return self.settings.contracts / "linkage" / f"{domain}.yaml"

    def lake(self, layer: str, domain: str, table: str) -> Path:
        """Where this build keeps that table between assets."""
        return self.home.lake_path(layer, domain, table, self.build)

    def read(self, layer: str, domain: str, table: str, *, columns: list[str] | None = None) -> pl.DataFrame:
        """This build's table (or these `columns` of it), or, when only a part of the night is run again, the date's
        newest one."""
        return read_table(self._tonight(layer, domain, table), columns)

    def table(self, layer: str, domain: str, table: str) -> Table:
        """The same, of which nothing has been read yet."""
        return open_table(self._tonight(layer, domain, table))

    def scan(self, layer: str, domain: str, table: str) -> pl.LazyFrame:
        """The same as a lazy frame."""
        return scan_table(self._tonight(layer, domain, table))

    def _tonight(self, layer: str, domain: str, table: str) -> Path:
        path = self.lake(layer, domain, table)
        if not has_table(path):
            same_date = list_builds(path.parent, self.day)
            if not same_date:
                raise SehatmuError(
                    "the table is not in the lake",
                    evidence=f"{layer}/{domain}/{table} of {self.day}",
                    hint="run the whole night of that date",
                )
            path = path.with_name(f"{max(same_date)}.parquet")
        return path

    def former(self, layer: str, domain: str, table: str) -> Path | None:
        """Where the parent build has that table; None on the first night or when it was cleaned away."""
        path = self.home.lake_path(layer, domain, table, self.parent) if self.parent else None
        return path if path and has_table(path) else None

    def previous(self, layer: str, domain: str, table: str, *, columns: list[str] | None = None) -> pl.DataFrame | None:
        """The parent build's table (or these `columns` of it) from the lake; None where it or a column is not there."""
        path = self.former(layer, domain, table)
        if path is None or not set(scan_table(path).collect_schema()).issuperset(columns or ()):
            return None
        return read_table(path, columns)

    def since(self, layer: str, domain: str, table: str) -> Since | None:
        """This build's table with that of the parent build; None where that is not there."""
        former = self.former(layer, domain, table)
        return open_since(self._tonight(layer, domain, table), former) if former else None

    def has_same_rules(self) -> bool:
        """Whether the parent build was made by the same code, contracts, codebooks and linkage files."""
        return self._has_same_code and self.history[-1].content.get("versions") == self._authored

    @cached_property
    def _has_same_code(self) -> bool:
        return bool(self.history) and self.history[-1].content.get("code_version") == code_version()

    @cached_property
    def _authored(self) -> dict[str, str]:
        return authored_versions(self.settings.contracts)

    def fresh_folder(self, layer: str, domain: str, table: str) -> Path:
        """Where this build keeps what is no single table, without what a killed night left there."""
        folder = self.home.lake_folder(layer, domain, table, self.build)
        if folder.exists():
            shutil.rmtree(folder)
        return folder

    def linkage_state(self, domain: str) -> Path | None:
        """The folder where the parent build left its state of linkage; None where that build was made by other code."""
        if not self._has_same_code:
            return None
        return self.home.lake_folder("pairs", domain, "state", self.history[-1].build)

    def published(self, contract: Contract) -> pl.DataFrame | None:
        """A published table of the parent build, in clear; None on the first night."""
        return read_published(self.home, self.parent, table_name(contract))


@dataclass(frozen=True)
class Carried:
    """What an asset returns in the place of a frame: the parent build's table, and what `splice` makes of it."""

    former: Path
    splice: Splice

    @property
    def height(self) -> int:
        return self.splice.height


@contextmanager
def final_faults() -> Iterator[None]:
    """Fail the step at once on any fault but a busy disk or memory: trying again would find the same fault.

    What a library says of an unexpected error may quote a value; only its type and place are told.
    """
    try:
        yield
    except (OSError, MemoryError):
        raise
    except SehatmuError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except Exception as error:  # noqa: BLE001
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}, in {place.name}"
        raise dg.Failure(f"{told} (its message is withheld: it may quote a value)", allow_retries=False) from None


def night_resource(settings: Settings) -> dg.ResourceDefinition:
    """The night of the run's partition; holds the home's lock until the run ends."""

    @dg.resource(description="home, lock, build and contracts of the run's partition")
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        run = context.run
        day = run.tags.get("dagster/partition") if run else None
        if day is None:
            raise SehatmuError("a night needs a date", hint="start the job for a partition, not without one")
        home = Home(settings.home)
        with lock_home(home):
            build_date, contracts = date.fromisoformat(day), load_contracts(settings.contracts)
            drain(home, build_date)
            yield Night(
                settings=settings,
                home=home,
                contracts=contracts,
                build=next_build(home, build_date),
                history=chain(home, parent_for(home, build_date)),
                started_at=datetime.now(UTC),
                # before anything is read: what lands or is decided meanwhile belongs to the next night
                input_digest=read_digest(home, contracts, settings.contracts, build_date),
                decisions=decision_hashes(home),
            )

    return night


class LakeIOManager(dg.IOManager):
    """Parquet between assets: `lake/<layer>/<domain>/<table>/<build>.parquet`, or what stands for it there."""

    def __init__(self, night: Night) -> None:
        self.night = night

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | Carried) -> None:
        path = self.night.lake(*context.asset_key.path)
        if isinstance(obj, Carried):
            write_splice(path, obj.former, obj.splice)
            shown = obj.splice.fresh  # what is new is what one wants to see of it
        else:
            write_table(path, obj)
            shown = obj
        context.add_output_metadata(describe_frame(shown, context.asset_key, self.night.contracts, rows=obj.height))

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        return self.night.read(*context.asset_key.path)


@dg.io_manager(required_resource_keys={"night"}, description="parquet files in the home's lake")
def lake_io_manager(context: dg.InitResourceContext) -> LakeIOManager:
    return LakeIOManager(context.resources.night)
