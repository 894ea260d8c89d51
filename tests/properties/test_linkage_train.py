"""Laws of training: which pairs it looks at, and what it may conclude from them, whatever the records."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sehatmu.linkage.anchor import calibrate, probability
from sehatmu.linkage.block import make_blocks
from sehatmu.linkage.classify import first_veto
from sehatmu.linkage.compare import agreement_levels
from sehatmu.linkage.encode import encode_column, encode_records, hash_text
from sehatmu.linkage.looked import look_at, rarities_of, value_counts
from sehatmu.linkage.thresholds import expect, expected_at, row_number, threshold_rows
from sehatmu.linkage.train import train
from sehatmu.linkage.train_pairs import agreeing_pairs, candidate_sample, random_pairs, salted
from tests.linking import shuffled, small_config
from tests.training import open_config, people

NAMES = st.sampled_from(["ANI", "ANIK", "BUDI", "BUDI S", "-", None, "CITRA"])
CODES = st.sampled_from(["11", "12", "21", None])
ROWS = st.lists(st.tuples(NAMES, CODES, st.integers(0, 3), st.sampled_from(["T", "U", None])), min_size=2, max_size=25)
keys = st.lists(st.text(max_size=20), min_size=0, max_size=30, unique=True)


def frame(rows: list[tuple[str | None, str | None, int, str | None]]) -> pl.DataFrame:
    made = pl.DataFrame(
        rows, schema={"name": pl.String, "code": pl.String, "day": pl.Int32, "town": pl.String}, orient="row"
    )
    return made.with_row_index("n").select(
        "name", "code", "town", record_key=pl.format("k{}", "n"), born=pl.date(1990, 1, 1 + pl.col("day") * 9)
    )  # fmt: skip


@settings(deadline=None)
@given(keys, st.integers(0, 500))
def test_random_pairs_are_distinct_and_treat_all_records_alike(names: list[str], count: int) -> None:
    left, right = random_pairs(pl.Series(names, dtype=pl.String), count, salt="s")
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == min(count, len(names) * (len(names) - 1) // 2)
    assert all(a < b for a, b in pairs)
    if len(pairs) % max(len(names), 1) == 0 and pairs:
        met = np.bincount(np.concatenate([left, right]), minlength=len(names))
        assert met.min() == met.max()


@settings(deadline=None)
@given(keys)
def test_a_key_has_its_hash_wherever_it_stands(names: list[str]) -> None:
    series = pl.Series(names, dtype=pl.String)
    whole = hash_text(series)
    assert whole.tolist() == [hash_text(pl.Series([name])).item() for name in names]
    assert hash_text(series.reverse()).tolist() == whole.tolist()[::-1]
    assert len(set(whole.tolist())) == len(whole)
    assert not names or salted(whole, "s").tolist() != salted(whole, "t").tolist()


@settings(deadline=None)
@given(st.lists(NAMES, max_size=40), st.integers(0, 60))
def test_agreeing_pairs_are_those_that_agree(values: list[str | None], count: int) -> None:
    column = encode_column(pl.Series(values, dtype=pl.String), "text", ("-",))
    (left, right), total, present = agreeing_pairs(column, count)
    known = [value if value != "-" else None for value in values]
    every = {(i, j) for i, j in combinations(range(len(known)), 2) if known[i] is not None and known[i] == known[j]}
    found = list(zip(left.tolist(), right.tolist(), strict=True))
    there = sum(value is not None for value in known)
    assert (total, present) == (len(every), there * (there - 1) / 2)
    assert len(set(found)) == len(found) == min(count, len(every))
    assert set(found) <= every


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_all_candidates_are_looked_at_where_there_are_few(
    rows: list[tuple[str | None, str | None, int, str | None]],
) -> None:
    config = small_config()
    encoded = encode_records(frame(rows), config)
    sample = candidate_sample(encoded, config)
    night = [make_blocks(encoded, rule).key for rule in config.rules]
    base = [make_blocks(encoded, replace(rule, split=())).key for rule in config.rules]
    every = {
        (a, b): [bool(k[a] == k[b] != 0 and k[a] == whole[a]) for k, whole in zip(night, base, strict=True)]
        for a, b in combinations(range(len(rows)), 2)
        if any(k[a] == k[b] != 0 for k in night)
    }
    found = list(zip(sample.left.tolist(), sample.right.tolist(), strict=True))
    assert len(set(found)) == len(found)
    assert dict(zip(found, sample.found.tolist(), strict=True)) == every


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_vetoes_are_the_night_s(rows: list[tuple[str | None, str | None, int, str | None]]) -> None:
    config = small_config()
    encoded = encode_records(frame(rows), config)
    left, right = (np.array(side) for side in zip(*combinations(range(len(rows)), 2), strict=True))
    levels = np.stack([agreement_levels(encoded.columns, c, left, right) for c in config.comparisons], axis=1)
    expected = first_veto(encoded.columns, config, left, right)
    assert first_veto(encoded.columns, config, left, right, levels).tolist() == expected.tolist()


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_no_order_of_rows_and_no_clock_changes_a_model(seed: int, order: int) -> None:
    records, _ = people(300, seed=seed)
    first, second = train(records, open_config()), train(shuffled(records, order), open_config())
    assert first.weights == second.weights
    assert first.rows == second.rows


@example(pairs=[(0.0, 1.0), (3.0, 0.0)], precision=0.5, match=0.5, records=137, rate=1.0)
@example(pairs=[(3.0, 0.0), (4.0, 1.0), (5.0, 0.0)], precision=0.5, match=0.5, records=137, rate=1.0)
@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(0, 1)), min_size=1, max_size=60),
    st.floats(0.5, 0.9999),
    st.floats(0.5, 0.99),
    st.integers(10, 10**7),
    st.floats(0.01, 3),
)
def test_a_threshold_keeps_what_it_promises_and_no_more(
    pairs: list[tuple[float, float]], precision: float, match: float, records: int, rate: float
) -> None:
    bits, believed = np.array([b for b, _ in pairs]), np.array([p for _, p in pairs])
    expected = expect(bits, believed / 2, believed, each=2.0, records=records, rate=rate)
    for row in threshold_rows(expected, precision=precision, match=match, review=0.05):
        assert row.match >= round(np.log2(match / (1 - match)), 2) >= 0 >= row.possible
        assert 0 <= row.recall <= 1 + 1e-9
        reached, _ = expected_at(expected, row.log2_records, row.match)
        assert reached >= precision - 1e-9


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_records_never_use_a_smaller_row(a: int, b: int) -> None:
    assert row_number(min(a, b)) <= row_number(max(a, b))


@given(
    st.lists(
        st.tuples(st.integers(-160, 240), st.integers(-40, 120), st.booleans(), st.floats(0, 1)),
        min_size=1,
        max_size=50,
    )
)
def test_an_anchor_never_raises_a_score(pairs: list[tuple[int, int, bool, float]]) -> None:
    quarters, more, judged, share = (np.array(side) for side in zip(*pairs, strict=True))
    rest, anchor = quarters / 4, more / 4
    score = rest + anchor
    held = calibrate(score, anchor, judged, share)
    assert (held <= score + 1e-9).all()
    assert np.isfinite(held).all()
    order = np.argsort(rest, kind="stable")
    # what the rest of the evidence is worth never falls as it grows
    assert (np.diff((held - anchor)[order]) >= -1e-9).all()
    assert ((probability(held) >= 0) & (probability(held) <= 1)).all()


def test_rarity_is_that_of_the_value_agreed_on() -> None:
    config = open_config()
    records, _ = people(400)
    encoded = encode_records(records, config)
    rarities = rarities_of(encoded, config, value_counts(encoded, config))
    (left, right), *_ = agreeing_pairs(encoded.columns["name"], 500)
    looked = look_at(encoded, config, rarities, (left, right))
    names = records["name"].value_counts()
    often = dict(zip(names["name"], names["count"], strict=True))
    for at, row in enumerate(left.tolist()):
        count = often[records["name"][row]]
        if count >= 20:
            assert looked.rarity[at] == np.log2(len(records) / count)
