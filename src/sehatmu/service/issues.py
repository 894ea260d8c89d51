"""One thing that is wrong with a submission, in the platform's words, and what of a value may be shown in it.

A text repeats what was sent only where it is a code, an address, an id or a moment by its form, never a longer number.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_SHOWN = re.compile(r"[A-Za-z][A-Za-z0-9:/.*_-]{0,119}|[0-9T:.+Z-]{1,35}")
_LONG_NUMBER = re.compile(r"[0-9]{13}")


class Issue(NamedTuple):
    """`code` is FHIR's issue-type, `expression` the element; `rule` is the number of the rule, 0 for none."""

    text: str
    expression: str
    rule: int = 0
    code: str = "value"

    def as_fhir(self) -> dict[str, Any]:
        """The issue of an OperationOutcome."""
        return {
            "severity": "error",
            "code": self.code,
            "details": {"text": self.told},
            "expression": [self.expression],
        }

    @property
    def told(self) -> str:
        """The text with the number of its rule."""
        return f"{self.text} (RuleNumber: {self.rule})" if self.rule else self.text


def shown(value: Any) -> str:
    """The value where its form cannot hold anything of a person, else `...`.

    >>> shown("http://snomed.info/sct"), shown("3273010101900001"), shown("Siti Aminah")
    ('http://snomed.info/sct', '...', '...')
    """
    text = str(value)
    return text if _SHOWN.fullmatch(text) and not _LONG_NUMBER.search(text) else "..."
