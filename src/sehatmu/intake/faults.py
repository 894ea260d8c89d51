"""What can be wrong with a delivered file as a whole, and how it is told.

A fault of a row is a row in quarantine. A fault of a file stops the night: `FileFault` names the file, what is
wrong, the row where one is known, and what to do; `IntakeError` carries all of an extract at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sehatmu.errors import SehatmuError


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault of one file; `row` counts as a person counts in the file.

    >>> print(FileFault("2026-11-23/rs.csv", "the file is empty", "deliver it again"))
    2026-11-23/rs.csv: the file is empty. Do: deliver it again
    """

    file_name: str
    what: str
    hint: str
    row: int | None = None

    def __str__(self) -> str:
        where = f" (row {self.row})" if self.row is not None else ""
        return f"{self.file_name}{where}: {self.what}. Do: {self.hint}"


class BadFileError(SehatmuError):
    """Raised by a reader that does not know the file's name; intake turns it into a `FileFault`."""

    def __init__(self, what: str, *, hint: str, row: int | None = None) -> None:
        self.row = row
        super().__init__(what, hint=hint)

    def of(self, file_name: str) -> FileFault:
        """The fault, with the name of the file below its extract's landing folder."""
        return FileFault(file_name, self.fact, self.hint, self.row)


class IntakeError(SehatmuError):
    """Every file of one extract that stops the night."""

    def __init__(self, extract: str, faults: Sequence[FileFault]) -> None:
        self.extract, self.faults = extract, tuple(faults)
        count = len(self.faults)
        lines = "".join(f"\n  {fault}" for fault in self.faults)
        super().__init__(
            f"{extract}: {count} file{'s' if count != 1 else ''} cannot be taken in{lines}",
            hint="a mended file landed under the same name, on the same or a later date, takes the place of a bad one",
        )
