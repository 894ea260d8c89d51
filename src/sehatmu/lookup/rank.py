"""Who of the candidates is meant: ranked by the night's own comparisons of name, birth date and sex, with its weights.

Names are standardised as the night does it, query and candidates together, so that `Moch. Djamaludin` finds
MUHAMMAD JAMALUDIN. The rest of the linkage file (NIK, mother, place) has no say: nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.compare import Columns
from sehatmu.linkage.encode import Encoded, encode_column
from sehatmu.linkage.model_file import load_model, model_path
from sehatmu.linkage.score import Plan, frequency_bits, make_plan, score_pairs
from sehatmu.standardise.codebooks import PERSON_NAMES, load_codebooks
from sehatmu.standardise.person_names import NameBook, compile_names, standardise_names

ASKED = ("name", "birth", "sex")


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
    names: NameBook


def load_ranker(authored: Path, records: int) -> Ranker:
    """The ranker of patients for an index of so many; `authored` is the folder `data_contracts`.

    Raises SehatmuError where the linkage file or its model is missing or does not fit.
    """
    folder = authored / "linkage"
    whole = load_linkage(folder / "patient.yaml")
    model = load_model(model_path(folder, "patient"), whole).row_for(max(1, records))
    asked = tuple(c for c in whole.comparisons if c.name in ASKED)
    plan = make_plan(replace(whole, comparisons=asked, rules=(), vetoes=(), one_per_extract=()), model)
    return Ranker(plan, compile_names(load_codebooks(authored, PERSON_NAMES)))


def rank(ranker: Ranker, asked: Person, candidates: Sequence[Person]) -> list[Ranked]:
    """All candidates, the likeliest first; equals in the order in which they were handed over.

    A name of which nothing is left (a title alone, MR X) is compared with nobody: the list is empty.
    """
    people = [asked, *candidates]
    names = pl.Series("nama", [p.name for p in people], dtype=pl.String)
    sex = pl.Series("sex", [p.sex for p in people], dtype=pl.String)
    nobody = pl.Series("nama_ibu", [None], dtype=pl.String).new_from_index(0, len(people))
    full = standardise_names(names, nobody, sex, ranker.names, wanted={"name_full"})["name_full"]
    if full[0] is None or not candidates:
        return []
    born = pl.Series("birth_evidence", [_day(p.birth) for p in people], dtype=pl.Date)
    missing = ranker.plan.config.missing
    columns: Columns = {
        "name_full": encode_column(full, "text", missing),
        "birth_evidence": encode_column(born, "date", missing),
        "sex": encode_column(sex, "text", missing),
    }
    right = np.arange(1, len(people))
    encoded = Encoded(names, dict(columns), np.zeros(len(people), np.uint8))
    bits = frequency_bits(encoded, ranker.plan)
    kept, scores, levels = score_pairs(columns, ranker.plan, np.zeros_like(right), right, floor=-np.inf, bits=bits)
    at_name = next(c for c, comparison in enumerate(ranker.plan.config.comparisons) if comparison.name == "name")
    told = ranker.plan.weights[at_name][levels[:, at_name]]
    return [
        Ranked(int(kept[at]), float(scores[at]), float(told[at]), bool(scores[at] >= ranker.plan.possible))
        for at in np.lexsort((kept, -scores))
    ]


def _day(birth: int | None) -> date | None:
    return None if birth is None else date(birth // 10000, birth // 100 % 100, birth % 100)
