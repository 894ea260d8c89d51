"""Text cut into numbered lines, in blocks of which no more than a few are in memory at once.

Called by the readers of JSON. A block ends where a line does, so each can be read by itself; a line is told again by
its number by whoever goes through the blocks once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from sehatmu.intake.delivered import ROW
from sehatmu.intake.faults import BadFileError

# No line may be longer.
_LONGEST = 64 << 20
#: Bytes of a block, but for a line that is longer.
BLOCK = 16 << 20


def cut_blocks(pieces: Iterable[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """The same text in blocks of whole lines, each of at least `size` bytes but the last one.

    >>> list(cut_blocks([b"a\\nb", b"b\\nc"], 2))
    [b'a\\n', b'bb\\n', b'c']
    """
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if length + end >= size and end:
            yield b"".join([*held, piece[:end]])
            held, length, piece = [], 0, piece[end:]
        held.append(piece)
        length += len(piece)
    if length:
        yield b"".join(held)


def number_lines(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, pa.Table]]:
    """Each block with its lines as a table: `row_number` (u32, from 1 in the whole text) and `line`."""
    first = 1
    for block in blocks:
        table = as_lines(block, first=first)
        first += len(table)
        yield block, table
    pa.default_memory_pool().release_unused()  # it would keep what the blocks took


def as_lines(text: bytes, *, first: int = 1) -> pa.Table:
    """Line numbers from `first` and lines; a separator that no JSON holds keeps each line in one field."""
    odd: list[Any] = []

    def set_aside(row: Any) -> str:
        odd.append(row)
        return "skip"

    try:
        table = pc.read_csv(
            pa.BufferReader(text),
            read_options=pc.ReadOptions(column_names=["line"], use_threads=False, block_size=_LONGEST),
            parse_options=pc.ParseOptions(
                delimiter="\x1f", quote_char=False, ignore_empty_lines=False, invalid_row_handler=set_aside
            ),
            convert_options=pc.ConvertOptions(
                column_types={"line": pa.string()}, strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        if not text.strip():
            return pa.table({ROW: pa.array([], pa.uint32()), "line": pa.array([], pa.string())})
        raise BadFileError(f"an object is longer than {_LONGEST >> 20} MiB", hint="check what was delivered") from None
    if odd:
        row = odd[0].number + first - 1
        raise BadFileError("a control character stands in the text", hint="mend the file", row=row)
    return table.add_column(0, ROW, pa.array(np.arange(first, first + len(table)), pa.uint32()))
