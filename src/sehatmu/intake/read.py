"""One door to every delivered file: its content says what it is, its name only where content cannot.

Called by intake for each file in force. Everything comes back as text in `Delivered`; a file that cannot be
read raises BadFileError.
"""

from __future__ import annotations

from pathlib import Path

from sehatmu.contracts import Contract
from sehatmu.intake.cast import null_words
from sehatmu.intake.delivered import Delivered
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.headers import scorer
from sehatmu.intake.read_csv import read_csv
from sehatmu.intake.read_json import read_json
from sehatmu.intake.read_parquet import read_parquet
from sehatmu.intake.read_xlsx import read_xlsx
from sehatmu.intake.text import GZIP_MAGIC, chunks, examine, open_file

_REFUSED = {
    b"\xd0\xcf\x11\xe0": ("an old or encrypted Office file", "save it as .xlsx without a password"),
    b"%PDF": ("a PDF", "deliver the table itself"),
    b"Rar!": ("a RAR archive", "unpack it"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it"),
}
_MARKUP = ("<!doctype", "<html", "<table", "<?xml", "<style")
_DELIMITED = (".csv", ".tsv", ".txt")


def read(path: Path, contract: Contract) -> Delivered:
    """The file's cells as text, with row numbers as a person counts them."""
    with path.open("rb") as handle:
        packed = handle.read(2) == GZIP_MAGIC
    with open_file(path) as stream:
        magic = next(chunks(stream), b"")[:4]
    if magic == b"PK\x03\x04":
        return read_xlsx(path, score=scorer(contract))
    if magic == b"PAR1":
        return read_parquet(path, packed=packed)
    for start, (what, hint) in _REFUSED.items():
        if magic.startswith(start):
            raise BadFileError(f"the file is {what}", hint=hint)
    facts = examine(path)
    name = path.name.lower().removesuffix(".gz")
    first = facts.head.lstrip("\x00 \t\r\n")[:9].lower()
    if first.startswith(_MARKUP):
        raise BadFileError("the file is a web page or XML, whatever its name", hint="export CSV, XLSX or JSON")
    paths = {c.name: c.paths for c in contract.columns if c.paths}
    only = len(paths) == len(contract.columns)
    by_line = name.endswith((".ndjson", ".jsonl"))
    # Where rows are lines by name, and nothing but JSON is expected, one that is none is a broken row, the first too.
    if (first[:1] in ("{", "[") or (only and by_line)) and not name.endswith(_DELIMITED):
        nulls = null_words(contract)
        return read_json(
            path, facts, paths=paths, nested=contract.nested, by_line=by_line, only_paths=only, nulls=nulls
        )
    if name.endswith((".json", ".ndjson", ".jsonl")):
        raise BadFileError("the file is no JSON, whatever its name", hint="check what was delivered")
    return read_csv(path, facts, score=scorer(contract))
