"""Text cut into numbered lines, in blocks of which no more than a few are in memory at once.

Called by the readers of JSON. A block ends where a line does, so each can be read by itself; a line is told again by
its number by whoever goes through the blocks once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from sehatmu.intake.delivered import ROW
from sehatmu.intake.faults import BadFileError

# No line may be longer.
_LONGEST = 64 << 20
#: Bytes of a block, but for a line that is longer.
BLOCK = 16 << 20
# What is looked at in one go stays in the processor's cache.
_GO = 1 << 18


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


def as_lines(text: bytes, *, first: int = 1) -> pa.Table:
    """Line numbers from `first`, and lines as they stand in the text, each with the `\\n` that ends it: no copy.

    >>> as_lines(b"a\\r\\n\\rb")["line"].to_pylist()
    ['a\\n', '\\n', 'b']
    """
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    codes = np.frombuffer(text, np.uint8)
    ends = [np.flatnonzero(codes[at : at + _GO] == ord("\n")) + (at + 1) for at in range(0, len(codes), _GO)]
    places = np.concatenate([np.zeros(1, np.int64), *ends])
    if places[-1] < len(text):
        places = np.append(places, len(text))
    odd = text.find(b"\x1f")
    if odd >= 0:
        row = int(np.searchsorted(places, odd, side="right")) + first - 1
        raise BadFileError("a control character stands in the text", hint="mend the file", row=row)
    if len(places) > 1 and np.diff(places).max() > _LONGEST:
        raise BadFileError(f"an object is longer than {_LONGEST >> 20} MiB", hint="check what was delivered")
    count = len(places) - 1
    lines = pa.LargeStringArray.from_buffers(count, pa.py_buffer(places), pa.py_buffer(text))
    return pa.table({ROW: pa.array(np.arange(first, first + count), pa.uint32()), "line": lines})
