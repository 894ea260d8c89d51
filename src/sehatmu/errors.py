"""The one base class of SehatMu's errors: a fact, the evidence for it, and what to do next.

Faults in *data* are never exceptions, they are rows in quarantine. What is raised here stops a command:
a file that cannot be read, a contract that cannot be compiled, a home that another night holds.
"""

from __future__ import annotations


class SehatmuError(Exception):
    """A fault that stops a command, told in three parts.

    `fact` says what is wrong, `evidence` where it is (file, row, column), `hint` what to do about it.
    None of the three may hold a value of a column that is classified as personal.

    >>> print(SehatmuError("the file is empty", evidence="sirs/rumah_sakit: rs.csv", hint="deliver it again"))
    the file is empty (sirs/rumah_sakit: rs.csv)
    Hint: deliver it again
    """

    def __init__(self, fact: str, *, evidence: str = "", hint: str = "") -> None:
        self.fact, self.evidence, self.hint = fact, evidence, hint
        where = f" ({evidence})" if evidence else ""
        super().__init__(f"{fact}{where}" + (f"\nHint: {hint}" if hint else ""))
