"""One extract, one night: the deliveries in force, read, judged, and set against what the parent build knew.

Called by the accepted asset of every extract. Whatever did not change since the parent build is taken over from
it; a delivery whose files or whose contract changed is judged again, which is how mended rows come back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from sehatmu.contracts import Contract
from sehatmu.home import Home
from sehatmu.intake.deliveries import Delivery, deliveries
from sehatmu.intake.faults import BadFileError, FileFault, IntakeError
from sehatmu.intake.frames import QUARANTINE, SOURCE_FILE, accepted_schema
from sehatmu.intake.headers import match
from sehatmu.intake.judge import ReadFile
from sehatmu.intake.judge_delivery import Judged, judge_delivery
from sehatmu.intake.read import read
from sehatmu.intake.replace import mark_current
from sehatmu.lake import Splice
from sehatmu.landing import list_landing, split_name

_PLACE = "__place"


@dataclass(frozen=True, slots=True)
class Intake:
    """What an extract delivered, as of a build date.

    `rows` (the accepted ones), `quarantine`, `source_file`: columns as in `frames`, in order of file name and row
    number. A row is not `is_current` where a later delivery replaced it; a file whose rows all were keeps its line in
    `source_file` only. `faults`: bad files that do not block, since a mended one of the same name is there.
    `splice` makes `rows` of those of the parent build; None where none of these are carried.
    """

    rows: pl.LazyFrame
    quarantine: pl.DataFrame
    source_file: pl.DataFrame
    faults: tuple[FileFault, ...] = ()
    splice: Splice | None = None

    @property
    def accepted(self) -> pl.DataFrame:
        """The accepted rows, all columns of them."""
        return self.rows.collect()

    @property
    def current_count(self) -> int:
        """How many accepted rows are in force."""
        return int(self.rows.select(pl.col("is_current").sum()).collect().item())

    @property
    def contract_hash(self) -> str:
        """What the rows were judged by (`verdict_hash`); empty where nothing was delivered."""
        return str(self.source_file["contract_hash"][0]) if self.is_delivered else ""

    @property
    def is_delivered(self) -> bool:
        """Whether the extract was ever delivered."""
        return len(self.source_file) > 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a deliverer should be asked about, and the faults that do not block, in words."""
        told = self.source_file.select("file_name", "warnings").explode("warnings").drop_nulls()
        return (*(f"{name}: {what}" for name, what in told.rows()), *map(str, self.faults))


def verdict_hash(contract: Contract) -> str:
    """What rows are judged by: the content of the contract, and the code that reads and judges."""
    return hashlib.sha256(f"{_code_hash()} {contract.content_hash}".encode()).hexdigest()


@cache
def _code_hash() -> str:
    here = Path(__file__).parent
    modules = sorted((*here.glob("*.py"), *(here.parent / "contracts").glob("*.py")))
    return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()


def intake(home: Home, contract: Contract, *, day: date, previous: Intake | None) -> Intake:
    """The rows of the contract's extract that are in force on `day`.

    `previous` is the parent build's intake of the same extract; without it the result is the same, only later.
    An extract that was never delivered gives empty frames. Raises IntakeError with every file that blocks.
    """
    judged_by = verdict_hash(contract)
    known = _usable(previous, contract, judged_by)
    gone = known.source_file.filter(~pl.col("is_current"))
    if len(gone) and _has_late_file(home, contract, known):
        gone = gone.clear()
    in_force = deliveries(home, contract, day, without=set(gone["file_name"]))
    narrow = known.rows.select(_narrow(contract)).collect().with_row_index(_PLACE)
    carried = {d.day: part for d in in_force if (part := _carry_over(known, narrow, d)) is not None}
    base, narrow = (known.rows, narrow) if carried else (_empty(contract).accepted.lazy(), narrow.clear())
    faults = _Faults(in_force)
    readable = {d.day: _read(d, contract, faults) for d in in_force if d.day not in carried}
    # What was read is let go of as it is judged: both are large.
    judged = {day: _judge(readable.pop(day), contract, day, judged_by, faults) for day in list(readable)}
    if faults.blocking:
        raise IntakeError(f"{contract.source}/{contract.extract}", faults.blocking)
    empty, is_whole = _empty(contract), sum(part.accepted.height for part in carried.values()) == len(narrow)
    accepted = [part.accepted for part in judged.values() if part.accepted.height]
    fresh = pl.concat(accepted) if accepted else empty.accepted
    parts = [*carried.values(), *_placed(judged.values(), contract, after=len(narrow))]
    standing = pl.concat([narrow.clear(), *(part.accepted for part in parts)]).sort("delivery_date", _PLACE)
    whole = mark_current(
        Judged(
            standing,
            pl.concat([empty.quarantine, *(part.quarantine for part in parts)]).sort(
                "delivery_date", maintain_order=True
            ),
            pl.concat([empty.source_file, gone, *(part.source_file for part in parts)]).sort("file_name"),
        ),
        contract,
        settled=standing[_PLACE] < len(narrow) if is_whole else None,  # as the parent marked them, all being here
    )
    splice = Splice(whole.accepted[_PLACE].cast(pl.UInt32), fresh, whole.accepted.select("is_current"))
    # Where every row is fresh and stands where it stood, putting them in order would be a copy of them all.
    is_fresh = not carried and splice.order.equals(pl.int_range(len(fresh), dtype=pl.UInt32, eager=True))
    rows = fresh.lazy().with_columns(*splice.columns.get_columns()) if is_fresh else splice.over(base)
    faulty = tuple(faults.harmless)
    return Intake(rows, whole.quarantine, whole.source_file, faulty, splice if carried else None)


def _narrow(contract: Contract) -> list[str]:
    """The columns that decide which accepted rows are in force."""
    keys = ["source_key"] if contract.mode == "delta" else list(contract.scope)
    flag = [contract.delete_flag] if contract.delete_flag is not None else []
    return list(dict.fromkeys([*keys, *flag, "source_key", "file_name", "delivery_date", "is_current"]))


@dataclass(frozen=True, slots=True)
class _Faults:
    """Faults as they are found, told apart by whether a mended file of the same name landed later."""

    in_force: Sequence[Delivery]
    blocking: list[FileFault] = field(default_factory=list)
    harmless: list[FileFault] = field(default_factory=list)

    def add(self, fault: FileFault) -> None:
        (self.harmless if self._is_mended(fault.file_name) else self.blocking).append(fault)

    def _is_mended(self, name: str) -> bool:
        files = [file.name for delivery in self.in_force for file in delivery.files]
        base, number = split_name(name)
        place = (name.partition("/")[0], number)
        return any(split_name(f)[0] == base and (f.partition("/")[0], split_name(f)[1]) > place for f in files)


def _usable(previous: Intake | None, contract: Contract, judged_by: str) -> Intake:
    """The parent's intake where it was judged by the same rules, else an empty one."""
    empty = _empty(contract)
    if (
        previous is None
        or previous.contract_hash != judged_by
        or dict(previous.rows.collect_schema()) != dict(empty.accepted.schema)
        or dict(previous.quarantine.schema) != dict(empty.quarantine.schema)
        or dict(previous.source_file.schema) != dict(empty.source_file.schema)
    ):
        return Intake(empty.accepted.lazy(), empty.quarantine, empty.source_file)
    return previous


def _has_late_file(home: Home, contract: Contract, known: Intake) -> bool:
    """Whether a file landed under a date that was settled already, so that what it replaced must be seen again."""
    names = set(known.source_file["file_name"])
    until = max(known.source_file["delivery_date"])
    landed = list_landing(home, contract.source, contract.extract, day=until)
    return any(f"{day}/{path.name}" not in names for day, paths in landed.items() for path in paths)


def _empty(contract: Contract) -> Judged:
    schemas = (accepted_schema(contract), QUARANTINE, SOURCE_FILE)
    accepted, quarantine, source_file = (pl.DataFrame(schema=schema) for schema in schemas)
    return Judged(accepted, quarantine, source_file)


def _carry_over(known: Intake, narrow: pl.DataFrame, delivery: Delivery) -> Judged | None:
    """The parent's rows of this delivery (of accepted ones only where they stand and what decides whether they are in
    force), where it has exactly the same files; None where it must be judged."""
    of_day = pl.col("delivery_date") == delivery.day
    files = known.source_file.filter(of_day & pl.col("is_current"))
    before = set(files.select("file_name", "content_hash").rows())
    if not before or before != {(file.name, file.content_hash) for file in delivery.files}:
        return None
    return Judged(narrow.filter(of_day), known.quarantine.filter(of_day), files)


def _placed(judged: Iterable[Judged], contract: Contract, *, after: int) -> Iterator[Judged]:
    """The same, of accepted rows only as much as of carried ones; they stand after those of the parent."""
    for part in judged:
        rows = part.accepted.select(_narrow(contract)).with_row_index(_PLACE, after)
        after += len(rows)
        yield Judged(rows, part.quarantine, part.source_file)


def _read(delivery: Delivery, contract: Contract, faults: _Faults) -> list[ReadFile]:
    """The files of the delivery that can be read and have the contract's columns."""
    found: list[ReadFile] = []
    for file in delivery.files:
        try:
            delivered = read(file.path, contract)
            found.append(ReadFile(file, delivered, match(delivered, contract)))
        except BadFileError as error:
            faults.add(error.of(file.name))
    if contract.mode == "full" and not any(map(_row_count, found)):
        hint = "a full delivery without rows would remove every record: deliver the rows"
        for empty in found:
            faults.add(FileFault(empty.landed.name, "no row below the header", hint))
        return []
    return found


def _row_count(file: ReadFile) -> int:
    told = file.delivered
    return 1 if told.parts else len(told.rows) + len(told.broken)  # a file that is told in parts is not blank


def _judge(files: list[ReadFile], contract: Contract, day: date, judged_by: str, faults: _Faults) -> Judged:
    """Judge the files together, again without those that a column turns away."""
    while files:
        judged = judge_delivery(files, contract, day=day, contract_hash=judged_by)
        if not judged.faults:
            return judged
        for fault in judged.faults:
            faults.add(fault)
        rejected = {fault.file_name for fault in judged.faults}
        files = [file for file in files if file.landed.name not in rejected]
    return _empty(contract)
