"""What a run of linkage leaves for the next one, and the folder of Arrow files that holds it: they are mapped into
memory as they are, so that a night reads of the last one no more than it needs.

`sehatmu.linkage.link` takes a `LinkState` and makes the next; a state that was made by other rules, weights,
thresholds or library versions is of no use and says so by its `plan`. Keys of records are kept as hashes only.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from polars.interchange import CompatLevel

from sehatmu.linkage.config import LinkageConfig, LinkageError, Part
from sehatmu.linkage.encode import Array
from sehatmu.linkage.kept import Kept, Order, whole
from sehatmu.linkage.kernel import pairs_schema
from sehatmu.linkage.score import Plan

#: Raise it with every change of what a state holds, or of what the engine makes of the same records.
FORMAT = 4
STATE_FILE = "state.json"
_TABLES = ("record", "fresh", "pair", "decided", "tally", "largest")
_KEYS_FILE = "keys.arrow"
_ROWS = ("key_hash", "link_hash", "extract", "copy")
_DECIDE_NO_LINK = ("show_keys", "training")
TALLY_SCHEMA = pl.Schema({
    "rule": pl.UInt8(), "records": pl.Int64(), "blocks": pl.Int64(), "pairs": pl.Int64(), "over_cap_blocks": pl.Int64(),
    "over_cap_pairs": pl.Int64(), "complete": pl.Boolean(),
})  # fmt: skip
LARGEST_SCHEMA = pl.Schema(
    {
        "rule": pl.UInt8(),
        "key": pl.UInt64(),
        "records": pl.Int64(),
        "first": pl.UInt32(),
        "text": pl.String(),
    }
)
DECIDED_SCHEMA = pl.Schema({"left": pl.UInt32(), "right": pl.UInt32(), "same": pl.Boolean()})


@dataclass(frozen=True, slots=True)
class Roster:
    """What blocking knows of each record, in the order of record keys.

    `key_hash` of the record key, `link_hash` of its values, `extract` (0: may come often in a cluster), `copy` (one of
    many equal records: compared with the first of them alone), per rule `base` (u64, 0: no key) and `level` (u8: by
    how many further keys its block is split), and `parts`, 32 bits of each of `split_parts`. `file` is where the values
    of `base` and `parts` lie, as far as they lie in one.
    """

    key_hash: Array
    link_hash: Array
    extract: Array
    copy: Array
    base: tuple[Kept, ...]
    level: tuple[Array, ...]
    parts: tuple[Kept, ...]
    file: Path | None = None

    @property
    def size(self) -> int:
        return len(self.key_hash)


@dataclass(frozen=True, slots=True)
class LinkState:
    """A run as the next one needs it; records are rows in the order of their keys.

    `pairs`: scored pairs before vetoes and clustering (columns of `kernel.pairs_schema`, sorted) and what became of
    them (`joined`, `refused`); `cluster` and `component` (of the match graph before vetoes): the smallest row of each;
    `decided`: decisions on records that are there; `tally` and `largest`: counts of blocks, and the biggest ones, with
    the `text` of a key where it was told and shows no value.
    """

    plan: str
    roster: Roster
    cluster: Array
    component: Array
    pairs: pl.DataFrame
    decided: pl.DataFrame
    tally: pl.DataFrame
    largest: pl.DataFrame


def plan_fingerprint(plan: Plan) -> str:
    """A hash of all that decides links but records and decisions: rules, weights, thresholds, frequencies, versions."""
    config = {f.name: getattr(plan.config, f.name) for f in fields(plan.config) if f.name not in _DECIDE_NO_LINK}
    told = sha256(repr((FORMAT, pl.__version__, config, plan.prior, plan.match, plan.possible)).encode())
    for weights in plan.weights:
        told.update(repr(weights.tolist()).encode())
    for name in sorted(plan.frequencies):
        known = plan.frequencies[name]
        told.update(repr((name, known.rare, known.average, len(known.hashes))).encode())
        told.update(known.hashes.astype("<u8").tobytes() + known.shares.astype("<f8").tobytes())
    return told.hexdigest()


def empty_state(plan: Plan) -> LinkState:
    """The state before the first run."""
    config = plan.config
    wide, narrow, bytewise = (np.zeros(0, dtype) for dtype in (np.uint64, np.uint32, np.uint8))
    roster = Roster(
        key_hash=wide,
        link_hash=wide,
        extract=np.zeros(0, np.uint16),
        copy=np.zeros(0, bool),
        base=(whole(wide),) * len(config.rules),
        level=(bytewise,) * len(config.rules),
        parts=(whole(narrow),) * len(split_parts(config)),
    )
    pairs = pl.DataFrame(pl.from_arrow(pairs_schema(plan).empty_table()))
    tally = [(rule, 0, 0, 0, 0, 0, True) for rule in range(len(config.rules))]
    return LinkState(
        plan=plan_fingerprint(plan),
        roster=roster,
        cluster=narrow,
        component=narrow,
        pairs=pairs.with_columns(joined=pl.lit(False), refused=pl.lit(0, pl.UInt8)).clear(),
        decided=pl.DataFrame(schema=DECIDED_SCHEMA),
        tally=pl.DataFrame(tally, schema=TALLY_SCHEMA, orient="row"),
        largest=pl.DataFrame(schema=LARGEST_SCHEMA),
    )


def split_parts(config: LinkageConfig) -> tuple[Part, ...]:
    """The further keys of all rules, each once."""
    return tuple(dict.fromkeys(part for rule in config.rules for part in rule.split))


def write_state(folder: Path, state: LinkState) -> None:
    """Write a state into a folder (owner only), in the place of an older one; raises LinkageError where the folder
    holds something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / STATE_FILE).exists():
        raise LinkageError("the folder holds something else than a linkage state", evidence=folder.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    for name, frame in _frames_of(state).items():
        _write_file(aside / f"{name}.arrow", frame)
    _write_keys(aside / _KEYS_FILE, state.roster)
    described = {
        "format": FORMAT,
        "plan": state.plan,
        "rules": len(state.roster.base),
        "parts": len(state.roster.parts),
    }
    (aside / STATE_FILE).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    aside.replace(folder)


def read_state(folder: Path) -> LinkState | None:
    """The state in a folder; None where there is none, or one of another format; LinkageError on broken files."""
    try:
        described = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            return None
        frames = {name: _map_file(folder / f"{name}.arrow") for name in _TABLES}
        record = {name: frames["record"][name].to_numpy() for name in frames["record"].columns}
        keys, fresh = _map_file(folder / _KEYS_FILE), frames["fresh"]
        order = Order(record["place"], len(keys) + len(fresh)) if "place" in record else None
        kept = {name: Kept(keys[name].to_numpy(), fresh[name].to_numpy(), order) for name in keys.columns}
        roster = Roster(
            **{name: record[name] for name in _ROWS},
            base=tuple(kept[f"base:{n}"] for n in range(described["rules"])),
            level=tuple(record[f"level:{n}"] for n in range(described["rules"])),
            parts=tuple(kept[f"part:{n}"] for n in range(described["parts"])),
            file=folder / _KEYS_FILE,
        )
        rest = {name: frames[name] for name in ("decided", "tally", "largest")}
        return LinkState(
            described["plan"], roster, record["cluster"], record["component"], pairs=frames["pair"], **rest
        )
    except FileNotFoundError as error:
        if error.filename == str(folder / STATE_FILE):
            return None
        raise _broken(folder, error) from None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise _broken(folder, error) from None


def _kept_columns(roster: Roster) -> dict[str, Kept]:
    base, parts = enumerate(roster.base), enumerate(roster.parts)
    return {**{f"base:{n}": column for n, column in base}, **{f"part:{n}": column for n, column in parts}}


def _write_keys(path: Path, roster: Roster) -> None:
    """The values that keys are kept in: the file of the former run once more, where they lie in one."""
    try:
        if roster.file is not None:
            os.link(roster.file, path)
            return
    except OSError:  # it is gone by now, or the disk knows no hard links
        path.unlink(missing_ok=True)
    _write_file(path, pl.DataFrame({name: column.values for name, column in _kept_columns(roster).items()}))


def _write_file(path: Path, frame: pl.DataFrame) -> None:
    """Write in one batch: columns that lie in pieces would have to be put together before they are used."""
    table = frame.rechunk().to_arrow(compat_level=CompatLevel.newest())
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)


def _map_file(path: Path) -> pl.DataFrame:
    with pa.memory_map(str(path)) as source:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(source).read_all()))


def _broken(folder: Path, error: Exception) -> LinkageError:
    return LinkageError(
        "a linkage state cannot be read",
        evidence=f"{folder.name}: {type(error).__name__}",
        hint="remove the folder: the next run is a full one then",
    )


def _frames_of(state: LinkState) -> dict[str, pl.DataFrame]:
    roster = state.roster
    record = {name: getattr(roster, name) for name in _ROWS}
    record |= {f"level:{n}": values for n, values in enumerate(roster.level)}
    record |= {"cluster": state.cluster, "component": state.component}
    if (order := roster.base[0].order) is not None:
        record["place"] = order.places
    fresh = {name: column.fresh for name, column in _kept_columns(roster).items()}
    frames = {"record": pl.DataFrame(record), "fresh": pl.DataFrame(fresh), "pair": state.pairs}
    return frames | {"decided": state.decided, "tally": state.tally, "largest": state.largest}
