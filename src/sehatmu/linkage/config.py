"""What a linkage file may say, as frozen dataclasses: the running form of
`data_contracts/linkage/<domain>.yaml`.

Nothing here reads a file (`sehatmu.linkage.authored` does) or touches a record. The two tables at the top
name every key transform and every comparator that exists; the parser refuses all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sehatmu.errors import SehatmuError


class LinkageError(SehatmuError):
    """A linkage file, a model or an input frame that linkage cannot work with."""


Question = Literal["differ", "equal", "unequal", "either"]
#: What a condition of a veto may ask of a column.
ASKED: tuple[Question, ...] = ("differ", "equal", "unequal", "either")

# transform of a key part -> whether it takes an argument (letters, or a cell's size in the column's unit)
TRANSFORMS: dict[str, bool] = {
    "whole": False,
    "prefix": True,
    "suffix": True,
    "first_token": False,
    "last_token": False,
    "longest_token": False,
    "sorted_tokens": False,
    "consonants": True,
    "year": False,
    "cell": True,
}

Family = Literal["any", "text", "date", "number", "place", "distance"]
# comparator -> (family of columns it reads, shape of its argument)
COMPARATORS: dict[str, tuple[Family, str]] = {
    "exact": ("any", "true"),
    "jaro_winkler": ("text", "share"),
    "levenshtein": ("text", "share"),
    "osa": ("text", "share"),
    "token_set": ("text", "share"),
    "token_sort": ("text", "share"),
    "initials": ("text", "share"),
    "identifier": ("text", "count"),
    "overlap": ("text", "share"),
    "jaccard": ("text", "share"),
    "common": ("text", "count"),
    "covered": ("text", "share"),
    "date": ("date", "swapped|one_digit|year_only|same_year"),
    "number": ("number", "number"),
    "ratio": ("number", "share"),
    "same": ("place", "column"),
    "km": ("distance", "number"),
    "else": ("any", "true"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a blocking key: a column and what is taken of it."""

    column: str
    transform: str = "whole"
    size: float = 0

    def __str__(self) -> str:
        argument = f" {self.size:g}" if TRANSFORMS[self.transform] else ""
        return self.column if self.transform == "whole" else f"{self.column} {self.transform}{argument}"


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Records whose parts all agree are compared; a block above `cap` splits by further parts, in order."""

    name: str
    key: tuple[Part, ...]
    split: tuple[Part, ...]
    cap: int
    budget: float


@dataclass(frozen=True, slots=True)
class Level:
    """One agreement level: the first of a comparison whose condition holds is the level of the pair."""

    label: str
    comparator: str
    argument: float | str
    weight: float | None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Columns compared to one level. Level 0 is missing (neutral); 1 is the first of `levels`.

    Of several columns (of text, dates or numbers) the best level counts; a place or a distance reads its
    columns together. `context` are columns whose words may explain a word that only one side has
    (`covered`), except `distinctive` words and words with a digit. `absent_counts`: a value on one side only is the
    last level, because its absence says something (the number in a name); by default it is missing.
    """

    name: str
    columns: tuple[str, ...]
    family: Family
    levels: tuple[Level, ...]
    context: tuple[str, ...] = ()
    distinctive: tuple[str, ...] = ()
    absent_counts: bool = False
    term_frequency: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """`differ` and `equal` need both values; `unequal` holds unless both are there and equal; `either` where one of the
    two records has the flag; `level` where the comparison has one of the labels."""

    kind: Question | Literal["level"]
    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Veto:
    """A reason never to join two records, whatever their score: all conditions hold."""

    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Training:
    """What `sehatmu train` is asked for.

    `precision`: the share of pairs in one cluster that the model must expect to be right; `match` and `review`: the
    least probability of a match and of a possible match; `pairs`: how many candidate pairs, and how many random ones,
    are looked at. `related`: per comparison the columns that say what its own say; block rules on any of them do not
    teach its m. `anchor`: a comparison that nearly knows, where it is there (a NIK); expectations are held against it.
    """

    salt: str = "train"
    precision: float = 0.995
    match: float = 0.5
    review: float = 0.05
    pairs: int = 250_000
    related: tuple[tuple[str, tuple[str, ...]], ...] = ()
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class LinkageConfig:
    """One domain's linkage. Weights, prior and thresholds are in bits (log2).

    A pair that one of `rival_vetoes` forbids still makes another one ambiguous: where a code says one record and
    the name another, neither is joined.
    """

    domain: str
    missing: tuple[str, ...]
    rules: tuple[BlockRule, ...]
    show_keys: bool
    comparisons: tuple[Comparison, ...]
    vetoes: tuple[Veto, ...]
    prior: float | None
    match: float | None
    possible: float | None
    one_per_extract: tuple[str, ...]
    ambiguous_within: float
    rival_vetoes: tuple[str, ...]
    training: Training = Training()

    def comparison(self, name: str) -> Comparison:
        """The comparison of that name."""
        return next(c for c in self.comparisons if c.name == name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that linkage reads, in the order of first mention."""
        named = [part.column for rule in self.rules for part in (*rule.key, *rule.split)]
        named += [column for c in self.comparisons for column in (*c.columns, *c.context)]
        named += [c.name for veto in self.vetoes for c in veto.conditions if c.kind != "level"]
        return tuple(dict.fromkeys(named))
