"""From the bytes of a text file to UTF-8: gzip, byte order marks, and which encoding it is.

Readers of CSV and JSON call this before they look for columns. An encoding is taken only where every byte of
the file agrees with it; a file that fits none is a fault with the offset of the byte, never a guess.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from sehatmu.intake.faults import BadFileError

GZIP_MAGIC = b"\x1f\x8b"
# How much of a text is its beginning, and how much is looked at in one go: what stays in the processor's cache.
_HEAD, _CHUNK = 1 << 20, 1 << 18
_BLANK = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"
_AGAIN = "deliver the file again, whole"
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Bytes that no text in cp1252 holds: undefined ones, and control characters other than tab, CR, LF and NUL.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff]")
_NOT_CP1252 = np.array(
    [b in {0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x7F} or (b < 0x20 and b not in {0, 9, 10, 13}) for b in range(256)]
)


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one pass over a text found: codec, bytes of its mark, line breaks, how it ends, whether
    it is free of control characters, and its beginning.
    """

    encoding: str
    mark: int
    breaks: int
    ends_with_break: bool
    is_clean: bool
    head: str


def open_file(path: Path) -> BinaryIO:
    """The file's bytes as a stream, unpacked where they are gzip (by content, not by name)."""
    with path.open("rb") as handle:
        packed = handle.read(2) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path, "rb") if packed else path.open("rb"))


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream piece by piece; a gzip that breaks off is a fault."""
    while True:
        try:
            piece = stream.read(_CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise BadFileError("the gzip breaks off or is damaged", hint=_AGAIN) from None
        if not piece:
            return
        yield piece


def read_bytes(path: Path) -> bytes:
    """The whole content, unpacked."""
    with open_file(path) as stream:
        return b"".join(chunks(stream))


def examine(path: Path) -> TextFacts:
    """Decide the encoding from every byte; raises BadFileError where it is empty, cut off, or fits none."""
    with open_file(path) as stream:
        start = b"".join(_take(stream, _HEAD))
    if not start.strip(_BLANK):
        with open_file(path) as stream:
            if not any(piece.strip(_BLANK) for piece in chunks(stream)):
                raise BadFileError("the file is empty", hint="deliver it again, or nothing for this date")
    encoding, mark = _marked(start)
    if encoding:
        return _scan(path, encoding, mark)
    try:
        return _scan(path, "utf-8", 0)
    except BadFileError as fault:
        _refuse_unless_cp1252(path, fault)
    return _scan(path, "cp1252", 0)


def utf8_chunks(path: Path, facts: TextFacts) -> Iterator[bytes]:
    """The text in UTF-8, piece by piece, without its byte order mark."""
    with open_file(path) as stream:
        stream.read(facts.mark)
        if facts.encoding == "utf-8":
            yield from chunks(stream)
            return
        decoder = codecs.getincrementaldecoder(facts.encoding)()
        for piece in chunks(stream):
            yield decoder.decode(piece).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode()


def _take(stream: BinaryIO, size: int) -> Iterator[bytes]:
    for piece in chunks(stream):
        yield piece
        size -= len(piece)
        if size <= 0:
            return


def _marked(start: bytes) -> tuple[str, int]:
    """Codec and length of the mark, or UTF-16 without a mark where every second byte is mostly NUL."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise BadFileError("the file is UTF-32", hint="save it as UTF-8")
    for bom, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if start.startswith(bom):
            return codec, len(bom)
    nul = np.frombuffer(start[: len(start) // 2 * 2], np.uint8).reshape(-1, 2) == 0
    even, odd = nul.mean(axis=0) if len(nul) else (0.0, 0.0)
    if odd > 0.4 and even < 0.1:
        return "utf-16-le", 0
    return ("utf-16-be", 0) if even > 0.4 and odd < 0.1 else ("", 0)


def _scan(path: Path, encoding: str, mark: int) -> TextFacts:
    """One strict pass with this codec; BadFileError with the byte where it fails."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    head, breaks, offset, last, is_clean = io.StringIO(), 0, mark, "", True
    with open_file(path) as stream:
        stream.read(mark)
        for piece in _with_end(chunks(stream)):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                at = offset - pending + error.start
                if not piece:
                    raise BadFileError(
                        f"the last character is cut off at byte {at}: the file looks half-written", hint=_AGAIN
                    ) from None
                raise BadFileError(
                    f"byte {at} (0x{error.object[error.start]:02x}) is not {encoding.upper()}", hint="save it as UTF-8"
                ) from None
            offset += len(piece)
            if text:
                some, is_good = _look(text)
                breaks += some - (last == "\r" and text[0] == "\n")
                last = text[-1]
                is_clean = is_clean and is_good
                if head.tell() < _HEAD:
                    head.write(text)
    return TextFacts(encoding, mark, breaks, last in "\r\n", is_clean, head.getvalue())


def has_no_control(text: str) -> bool:
    """Whether no character of the text is a control character; tabs and line breaks are none."""
    return _look(text)[1]


def _look(text: str) -> tuple[int, bool]:
    """How many line breaks a text has, and whether it is free of control characters."""
    is_ascii = text.isascii()
    codes = np.frombuffer(text.encode(), np.uint8) if is_ascii else np.zeros(0, np.uint8)
    feeds = int(np.count_nonzero(codes == ord("\n"))) if is_ascii else text.count("\n")
    returns = text.count("\r") if "\r" in text else 0
    breaks = feeds + returns - (text.count("\r\n") if returns else 0)
    if not is_ascii:
        return breaks, _CONTROL.search(text) is None
    others = int(np.count_nonzero(codes < ord(" "))) - feeds - returns
    return breaks, "\x7f" not in text and (not others or others == text.count("\t"))


def _with_end(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b""


def _refuse_unless_cp1252(path: Path, fault: BadFileError) -> None:
    """Raise where a byte is no text in cp1252, or where the file is mostly UTF-8 with a damaged place."""
    offset, multibyte, high = 0, 0, 0
    with open_file(path) as stream:
        for piece in chunks(stream):
            codes = np.frombuffer(piece, np.uint8)
            wrong = np.flatnonzero(_NOT_CP1252[codes])
            if len(wrong):
                at = offset + int(wrong[0])
                raise BadFileError(
                    f"the encoding cannot be told: {fault.fact}, and byte {at} (0x{codes[wrong[0]]:02x}) is no text "
                    "in cp1252 either",
                    hint="save it as UTF-8",
                )
            sequences = _MULTIBYTE.findall(piece)
            multibyte += len(sequences)
            high += int((codes >= 0x80).sum()) - sum(map(len, sequences))
            offset += len(piece)
    if "half-written" in fault.fact:  # in cp1252 it would be a letter, but then the only one of its kind
        raise BadFileError(f"the encoding cannot be told: {fault.fact}", hint=_AGAIN)
    if multibyte and multibyte >= high:
        raise BadFileError(
            f"the encoding cannot be told: {fault.fact}, though the rest of the file is", hint="save it as UTF-8"
        )
