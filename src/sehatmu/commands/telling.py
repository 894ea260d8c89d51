"""How commands tell: frames as tables or CSV, and progress of what takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def tell_table(frame: pl.DataFrame) -> str:
    """A frame as a table for a terminal, at full width."""
    import polars as pl

    with pl.Config(tbl_rows=100, tbl_cols=-1, fmt_str_lengths=60, tbl_hide_column_data_types=True, tbl_width_chars=200):
        return str(frame)


def tell_csv(frame: pl.DataFrame) -> str:
    """A frame as CSV; lists and structs, which CSV does not know, as JSON."""
    import polars as pl

    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    as_json = [pl.struct(pl.col(name)).struct.json_encode().str.slice(len(name) + 4).str.head(-1) for name in nested]
    return frame.with_columns(text.alias(name) for name, text in zip(nested, as_json, strict=True)).write_csv().rstrip()


@contextmanager
def telling(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Takes lines with steps done, and of how many: under them a progress bar on a terminal, plain lines elsewhere."""
    from rich.progress import Progress

    with Progress(transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task(what, total=None)

        def tell(line: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            bar.console.print(line, highlight=False, markup=False, soft_wrap=True)

        yield tell
