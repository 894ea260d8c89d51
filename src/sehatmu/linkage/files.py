"""The files of `sehatmu link`: records and truth as Parquet, the folder that a run leaves for the next one.

Says clearly where files do not fit each other; what it means to link them is in `sehatmu.linkage.command`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from sehatmu.lake import read_table, scan_table
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.encode import LINK_HASH
from sehatmu.linkage.engine import Linked
from sehatmu.linkage.state import LinkState, read_state, write_state

PAIRS_FILE, CLUSTERS_FILE, STATE_FOLDER = "pairs.parquet", "clusters.parquet", "state"
_TRUTH = ("record_key", "entity")


def read_records(paths: Sequence[Path], config: LinkageConfig) -> pl.DataFrame:
    """The rows of all files below each other: `record_key` and the columns that linkage reads.

    Raises LinkageError where a file is no Parquet, or files differ in their columns.
    """
    schemas = [_schema(path) for path in paths]
    for path, schema in zip(paths[1:], schemas[1:], strict=True):
        _check_same(paths[0], schemas[0], path, schema)
    own = ("source", "extract") if config.one_per_extract else ()
    read = dict.fromkeys(("record_key", *own, *config.columns, LINK_HASH))
    wanted = [name for name in read if name in schemas[0]]
    if schemas[0].get("record_key", pl.String()) != pl.String():
        raise LinkageError(
            "record_key is no text",
            evidence=f"{paths[0].name}: {schemas[0]['record_key']}",
            hint="keys are text, always",
        )
    return pl.concat([read_table(path, wanted) for path in paths], how="vertical_relaxed")


def read_truth(path: Path) -> pl.DataFrame:
    """Which records are one: `record_key, entity` of a Parquet file; raises LinkageError where they are not there."""
    schema = _schema(path)
    absent = [name for name in _TRUTH if name not in schema]
    if absent:
        raise LinkageError("the truth lacks columns", evidence=f"{path.name}: {', '.join(absent)}")
    truth = pl.read_parquet(path, columns=list(_TRUTH)).drop_nulls()
    if truth["record_key"].n_unique() != len(truth):
        raise LinkageError("the truth names a record twice", evidence=path.name)
    return truth


def write_linked(linked: Linked, folder: Path) -> None:
    """`pairs.parquet`, `clusters.parquet` and `state` into a folder, made where it is missing (for its owner only).

    Raises LinkageError where that cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, frame in ((PAIRS_FILE, linked.pairs), (CLUSTERS_FILE, linked.clusters)):
            aside = folder / f".{name}.part"
            frame.write_parquet(aside)
            aside.replace(folder / name)
        if linked.state is not None:
            write_state(folder / STATE_FOLDER, linked.state)
    except OSError as error:
        raise LinkageError("the folder cannot be written", evidence=f"{folder.name}: {error.strerror}") from None


def read_previous(folder: Path) -> LinkState:
    """The state that a former run left in its folder; raises LinkageError where there is none."""
    state = read_state(folder / STATE_FOLDER)
    if state is None:
        raise LinkageError(
            "the previous run left no state that can be read",
            evidence=f"{folder.name}/{STATE_FOLDER}",
            hint="name the --out folder of a former `sehatmu link`, made by this version",
        )
    return state


def _schema(path: Path) -> dict[str, pl.DataType]:
    try:
        return dict(scan_table(path).collect_schema())
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise LinkageError("the file is no Parquet that can be read", evidence=f"{path.name}: {first}") from None


def _check_same(first: Path, wanted: dict[str, pl.DataType], path: Path, found: dict[str, pl.DataType]) -> None:
    told = [f"lacks {name}" for name in wanted if name not in found]
    told += [f"has {name} on top" for name in found if name not in wanted]
    told += [
        f"{name} is {found[name]}, not {wanted[name]}"
        for name in wanted
        if name in found and found[name] != wanted[name] and pl.Null() not in (found[name], wanted[name])
    ]
    if told:
        raise LinkageError(
            "the files of records differ in their columns",
            evidence=f"{path.name} beside {first.name}: {'; '.join(told)}",
            hint="all --in files need the same columns of the same types",
        )
