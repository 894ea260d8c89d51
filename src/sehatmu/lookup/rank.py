"""Who of the candidates is meant: ranked by the night's own comparisons of name, birth date and sex, with its weights.

Names are read as the night reads them, so that `Moch. Djamaludin` finds MUHAMMAD JAMALUDIN. The rest of the linkage
file (NIK, mother, place) has no say: nobody asks for it. No frame is made: for a hundred people that is most of the
cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.compare import Columns
from sehatmu.linkage.encode import Column, Encoded
from sehatmu.linkage.model_file import load_model, model_path
from sehatmu.linkage.score import Plan, frequency_bits, make_plan, score_pairs
from sehatmu.standardise.codebooks import PERSON_NAMES, Codebooks, load_codebooks
from sehatmu.standardise.one_name import NameReader, compile_reader, read_full_name
from sehatmu.standardise.person_names import compile_names

ASKED = ("name", "birth", "sex")
_NO_KEYS = pl.Series("record_key", [], dtype=pl.String)


class Person(NamedTuple):
    """What is compared: a name as written, a birth date as 19900131, M or F; None is not known."""

    name: str | None
    birth: int | None
    sex: str | None


class Ranked(NamedTuple):
    """Place of a candidate among those handed over; its score in bits, and what the name alone adds to it; whether the
    night would call the pair possible."""

    place: int
    score: float
    name_score: float
    is_possible: bool


@dataclass(frozen=True, slots=True)
class Ranker:
    """A linkage file cut down to what people ask with, its trained weights, and the codebooks of names."""

    plan: Plan
    names: NameReader
    books: Codebooks


def load_ranker(authored: Path, records: int) -> Ranker:
    """The ranker of patients for an index of so many; `authored` is the folder `data_contracts`.

    Raises SehatmuError where the linkage file or its model is missing or does not fit.
    """
    folder = authored / "linkage"
    whole = load_linkage(folder / "patient.yaml")
    model = load_model(model_path(folder, "patient"), whole).row_for(max(1, records))
    asked = tuple(c for c in whole.comparisons if c.name in ASKED)
    plan = make_plan(replace(whole, comparisons=asked, rules=(), vetoes=(), one_per_extract=()), model)
    books = load_codebooks(authored, PERSON_NAMES)
    return Ranker(plan, compile_reader(compile_names(books)), books)


def rank(ranker: Ranker, asked: Person, candidates: Sequence[Person]) -> list[Ranked]:
    """All candidates, the likeliest first; equals in the order in which they were handed over.

    A name of which nothing is left (a title alone, MR X) is compared with nobody: the list is empty.
    """
    people = [asked, *candidates]
    full = [read_full_name(person.name, person.sex, ranker.names) for person in people]
    if full[0] is None or not candidates:
        return []
    columns: Columns = {
        "name_full": encode_texts(full, ranker.plan.config.missing),
        "birth_evidence": encode_days([person.birth for person in people]),
        "sex": encode_texts([person.sex for person in people], ranker.plan.config.missing),
    }
    right = np.arange(1, len(people))
    bits = frequency_bits(Encoded(_NO_KEYS, dict(columns), np.zeros(len(people), np.uint8)), ranker.plan)
    kept, scores, levels = score_pairs(columns, ranker.plan, np.zeros_like(right), right, floor=-np.inf, bits=bits)
    at_name = next(c for c, comparison in enumerate(ranker.plan.config.comparisons) if comparison.name == "name")
    told = ranker.plan.weights[at_name][levels[:, at_name]]
    return [
        Ranked(int(kept[at]), float(scores[at]), float(told[at]), bool(scores[at] >= ranker.plan.possible))
        for at in np.lexsort((kept, -scores))
    ]


def encode_texts(texts: Sequence[str | None], placeholders: Sequence[str]) -> Column:
    """A few texts as `linkage.encode.encode_column` makes a column of them."""
    numbers: dict[str | None, int] = {None: 0, **dict.fromkeys(placeholders, 0)}
    vocabulary: list[str] = []
    for text in texts:
        if text is not None and text not in numbers:
            numbers[text] = len(vocabulary) + 1 if text.strip() else 0
            vocabulary += [text] if text.strip() else []
    values = np.array([numbers[text] for text in texts], np.uint32)
    return Column("text", values, pl.Series("value", vocabulary, dtype=pl.String))


def encode_days(days: Sequence[int | None]) -> Column:
    """A few dates (19900131) as `linkage.encode.encode_column` makes a column of them."""
    return Column("date", np.array([int(str(day), 16) if day else 0 for day in days], np.uint32))
