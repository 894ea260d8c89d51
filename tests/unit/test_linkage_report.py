"""The report page: well-formed, without a value or a key of any record, and every number counted again."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from sehatmu.linkage import LinkageError, Linked, link
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.block import make_blocks
from sehatmu.linkage.compare import agreement_levels
from sehatmu.linkage.diagnose import (
    block_sizes,
    close_calls,
    cluster_sizes,
    kept_apart,
    level_counts,
    linked_clusters,
    own_evidence,
    reach,
    score_bins,
    without_copies,
)
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.explain import explain_pairs
from sehatmu.linkage.judge import (
    BlockingRecall,
    blocking_recall,
    cluster_agreement,
    decided_pairs,
    fate_of_true_pairs,
    judged_pairs,
    threshold_curve,
)
from sehatmu.linkage.report import report_page, write_report
from sehatmu.linkage.score import make_plan
from sehatmu.linkage.waterfall import waterfall_svg
from tests.linking import SMALL, shuffled, small_config

CONFIG = small_config()
PLAN = make_plan(CONFIG)
NAMES = ["ZULAIKHA", "QOMARIYAH", "ZULAIKA", "WIRYAWAN", "XAVERIUS", "ZULAIKHA WIRYAWAN"]
TOWNS = ["KOTAGEDE", "JATINEGARA", None]
SVG = "{http://www.w3.org/2000/svg}"


def people(count: int = 160, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of 1 to 4 per entity, some values lost or changed, and the truth about all but a few."""
    dice = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    entity = 0
    while len(rows) < count:
        entity += 1
        born = date(dice.randint(1951, 1979), dice.randint(1, 12), dice.randint(1, 12))
        code, name, town = f"RAHASIA{dice.randint(1, 60):03}", dice.choice(NAMES), dice.choice(TOWNS)
        for _ in range(dice.randint(1, 4)):
            seen = born.replace(month=born.day, day=born.month) if dice.random() < 0.1 else born
            rows.append(
                (
                    f"kunci|{len(rows):04}",
                    None if dice.random() < 0.4 else code,
                    dice.choice(NAMES) if dice.random() < 0.1 else name,
                    None if dice.random() < 0.2 else seen,
                    dice.choice(TOWNS) if dice.random() < 0.2 else town,
                    entity,
                )
            )
    schema = {"record_key": pl.String, "code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String}
    frame = pl.DataFrame(rows, schema={**schema, "entity": pl.Int64}, orient="row")
    return frame.drop("entity"), frame.select("record_key", "entity").slice(5)


RECORDS, TRUTH = people()
LINKED = link(RECORDS, CONFIG)
DECISIONS = pl.DataFrame(
    {
        "left_key": ["kunci|0001", "kunci|0010", "kunci|0020", "kunci|9999"],
        "right_key": ["kunci|0000", "kunci|0011", "kunci|0090", "kunci|0001"],
        "verdict": ["same", "same", "not_same", "same"],
    }
)


def page(records: pl.DataFrame = RECORDS, linked: Linked | None = None, truth: pl.DataFrame | None = TRUTH) -> str:
    return report_page(linked or link(records, CONFIG), PLAN, records=records, truth=truth, decisions=DECISIONS)


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def table(text: str, caption: str) -> dict[str, list[str]]:
    """The rows of a table of the page, by their first cell."""
    for found in tree(text).iter("{http://www.w3.org/1999/xhtml}table"):
        cells = [["".join(cell.itertext()) for cell in row] for row in found.iter("{http://www.w3.org/1999/xhtml}tr")]
        if "".join(found[0].itertext()).startswith(caption):
            return {row[0]: row[1:] for row in cells[1:]}
    raise AssertionError(caption)


def number(text: str) -> int:
    return int(text.replace(",", "").replace("–", "0"))


def true_pairs() -> set[tuple[str, str]]:
    entity = dict(TRUTH.iter_rows())
    return {(a, b) for a, b in combinations(sorted(entity), 2) if entity[a] == entity[b]}


def test_the_page_holds_no_value_and_no_key() -> None:
    config = parse_linkage(SMALL.replace("block:", "block:\n  show_keys: true"), "toy.yaml")
    linked = link(RECORDS, config)
    text = report_page(linked, make_plan(config), records=RECORDS, truth=TRUTH, decisions=DECISIONS)
    pair = linked.pairs.row(0, named=True)
    text += waterfall_svg(linked.pairs, PLAN, pair["left_key"], pair["right_key"])
    secrets = {"kunci", "RAHASIA", *NAMES, *filter(None, TOWNS), *(f"{year}-" for year in range(1951, 1980))}
    assert not {secret for secret in secrets if secret.lower() in text.lower()}


def test_the_page_is_well_formed_and_asks_nobody_for_anything() -> None:
    text = page()
    root = tree(text)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    for element in root.iter():
        assert not element.tag.endswith(("script", "link", "img", "iframe", "object"))
        assert set((element.get("aria-labelledby") or "").split()) <= set(names)
        assert (element.get("href") or "#").removeprefix("#") in {*names, ""}
    assert re.findall(r"https?://\S+?\"|url\(|@import", text.replace("http://www.w3.org/", "")) == []
    pictures = [svg for svg in root.iter(f"{SVG}svg") if svg.get("role") == "img"]
    assert len(pictures) == 6
    for svg in pictures:
        assert "".join(svg.find(f"{SVG}title").itertext()), "a picture says what it shows"  # type: ignore[union-attr]
        assert svg.find(f"{SVG}desc") is not None
        width, height = (float(size) for size in svg.get("viewBox", "").split()[2:])
        for box in svg.iter(f"{SVG}rect"):
            x, y, wide, tall = (float(box.get(side, "0")) for side in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert x + wide <= width + 0.1
            assert y + tall <= height


def test_the_page_is_the_same_in_any_order_of_rows() -> None:
    assert page(shuffled(RECORDS, 5), truth=shuffled(TRUTH, 6)) == page()


def test_a_page_is_written_aside_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_report(tmp_path / "new" / "page.html", LINKED, PLAN, records=RECORDS)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == report_page(LINKED, PLAN, records=RECORDS)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_page_of_hardly_any_records(rows: int) -> None:
    records = RECORDS.head(rows)
    assert "How toy records were linked" in "".join(tree(page(records)).itertext())


def test_a_page_of_records_that_say_nothing() -> None:
    silent = RECORDS.with_columns(pl.lit(None).cast(RECORDS[name].dtype).alias(name) for name in RECORDS.columns[1:])
    text = page(silent)
    assert table(text, "Records out of reach")["no rule gives them a key"] == [str(len(RECORDS)), "100.0%"]
    assert table(text, "What unlinkable records have to say")[str(len(RECORDS))][-1] == "nothing at all"


def test_a_truth_that_names_none_of_the_records_judges_nothing_wrong() -> None:
    strangers = pl.DataFrame({"record_key": ["x", "y"], "entity": [1, 1]})
    text = page(truth=strangers)
    assert table(text, "Pairs of records that are one")["together"][:2] == ["0", "–"]


def test_scores_are_those_of_the_pairs() -> None:
    width, bins = score_bins(LINKED.pairs, PLAN)
    wanted: Counter[tuple[str, float]] = Counter()
    for row in LINKED.pairs.iter_rows(named=True):
        kind = "joined" if row["class"] == "match" else "apart" if row["veto"] else "open"
        wanted[kind, PLAN.match + np.floor((row["score"] - PLAN.match) / width) * width] += 1
    assert {(kind, start): pairs for kind, start, pairs in bins.iter_rows()} == dict(wanted)
    shown = table(page(), "Pairs by what became of them")
    for label, kind in (("joined", "joined"), ("to review", "open"), ("kept apart", "apart")):
        assert number(shown[label][0]) == sum(n for (k, _), n in wanted.items() if k == kind) > 0


def test_the_bars_of_the_histogram_have_the_heights_of_their_counts() -> None:
    svg = next(svg for svg in tree(page()).iter(f"{SVG}svg") if "scores-title" in (svg.get("aria-labelledby") or ""))
    for kind in ("joined", "open", "apart"):
        heights = sorted(float(box.get("height", "0")) for box in svg.iter(f"{SVG}rect") if box.get("class") == kind)
        counts = sorted(score_bins(LINKED.pairs, PLAN)[1].filter(outcome=kind)["pairs"])
        assert heights == pytest.approx([max(1.0, 88 * count / max(counts)) for count in counts], abs=0.06)


def test_clusters_are_counted_by_size_and_by_what_holds_them() -> None:
    sizes = Counter(Counter(LINKED.clusters["cluster_key"]).values())
    assert dict(cluster_sizes(LINKED.clusters).iter_rows()) == dict(sizes)
    shown = table(page(), "Clusters by size")
    assert {number(size): number(row[0]) for size, row in shown.items()} == dict(sizes)
    cluster = dict(LINKED.clusters.iter_rows())
    edges: Counter[str] = Counter()
    for left, _, kind in LINKED.pairs.select("left_key", "right_key", "class").iter_rows():
        edges[cluster[left]] += kind == "match"
    told = linked_clusters(LINKED.pairs, LINKED.clusters)
    assert {key: (size, kept) for key, size, kept, _ in told.iter_rows()} == {
        key: (size, edges[key]) for key, size in Counter(cluster.values()).items() if size > 1
    }
    assert told["size"].to_list() == sorted(told["size"], reverse=True)
    assert told["weakest"].min() == LINKED.pairs.filter(pl.col("class") == "match")["score"].min()


def test_blocks_are_counted_by_size() -> None:
    encoded = encode_records(RECORDS, CONFIG)
    made = [make_blocks(encoded, rule) for rule in CONFIG.rules]
    told = block_sizes([rule.name for rule in CONFIG.rules], made)
    keyless, alone = 0, 0
    keys = [Counter(blocks.key.tolist()) for blocks in made]
    for rule, counted in zip(CONFIG.rules, keys, strict=True):
        sizes = [size for key, size in counted.items() if key and size > 1]
        wanted: Counter[int] = Counter()
        for size in sizes:
            wanted[2 ** (size.bit_length() - 1)] += size * (size - 1) // 2
        assert dict(told.filter(rule=rule.name).select("size", "pairs").iter_rows()) == dict(wanted)
    for row in range(encoded.size):
        own = [(counted[int(blocks.key[row])]) for counted, blocks in zip(keys, made, strict=True) if blocks.key[row]]
        keyless += not own
        alone += bool(own) and max(own) == 1
    assert reach(made) == (keyless, alone)


def test_levels_vetoes_and_close_calls_are_counted() -> None:
    for name, level, joined, open_, apart in level_counts(LINKED.pairs, PLAN).iter_rows():
        mine = LINKED.pairs.filter(pl.col(f"level_{name}") == level)
        assert joined + open_ + apart == len(mine)
        assert joined == (mine["class"] == "match").sum()
    vetoed = LINKED.pairs.filter((pl.col("class") == "possible") & pl.col("veto").is_not_null())
    assert dict(kept_apart(LINKED.pairs, PLAN).select("veto", "pairs").iter_rows()) == Counter(vetoed["veto"])
    near = LINKED.pairs.filter((pl.col("score").abs() <= 2) & (pl.col("veto").is_null()))
    calls = close_calls(LINKED.pairs, PLAN, count=10_000)
    assert calls["joined"].sum() == (near["class"] == "match").sum()
    assert calls["open"].sum() == (near["class"] == "possible").sum()
    assert calls["score"].is_between(-2, 2).all()


def test_unlinkables_are_those_whose_own_levels_do_not_reach_the_threshold() -> None:
    encoded = encode_records(RECORDS, CONFIG)
    rows = np.arange(encoded.size)
    score = np.full(encoded.size, PLAN.prior)
    for weights, comparison in zip(PLAN.weights, CONFIG.comparisons, strict=True):
        score += weights[agreement_levels(encoded.columns, comparison, rows, rows)]
    told = own_evidence(encoded, PLAN)
    assert told["records"].sum() == encoded.size
    assert told.filter(pl.col("reaches") != "match")["records"].sum() == (score < PLAN.match).sum() > 0
    assert told.filter(reaches="none")["records"].sum() == (score < PLAN.possible).sum()
    shown = table(page(), "Records out of reach")
    assert number(shown["below the match threshold"][0]) == (score < PLAN.match).sum()


def test_agreement_and_fates_of_true_pairs_are_those_of_all_pairs_taken_one_by_one() -> None:
    cluster, true = dict(LINKED.clusters.iter_rows()), true_pairs()
    found = {(a, b) for a, b in combinations(sorted(TRUTH["record_key"]), 2) if cluster[a] == cluster[b]}
    told = cluster_agreement(LINKED.clusters, TRUTH)
    assert (told.right, told.found, told.true) == (len(found & true), len(found), len(true))
    kept = {(a, b): veto for a, b, veto in LINKED.pairs.select("left_key", "right_key", "veto").iter_rows()}
    covered = covered_pairs()
    fates: Counter[str] = Counter()
    for pair in true:
        if cluster[pair[0]] == cluster[pair[1]]:
            fates["together"] += 1
        elif pair in kept:
            fates["refused" if kept[pair] else "in review"] += 1
        else:
            fates["below review" if pair in covered else "never compared"] += 1
    got = dict(fate_of_true_pairs(LINKED.pairs, LINKED.clusters, TRUTH, told, lost=recall_of().lost).iter_rows())
    assert {name: pairs for name, pairs in got.items() if pairs} == dict(fates)


def recall_of() -> BlockingRecall:
    encoded = encode_records(RECORDS, CONFIG)
    made = [make_blocks(encoded, rule) for rule in CONFIG.rules]
    return blocking_recall(encoded, [rule.name for rule in CONFIG.rules], made, TRUTH, LINKED.clusters)


def covered_pairs() -> dict[tuple[str, str], list[int]]:
    """The numbers of the rules that cover each true pair, by comparing keys pair by pair."""
    encoded = encode_records(RECORDS, CONFIG)
    keys = [make_blocks(encoded, rule).key for rule in CONFIG.rules]
    row = {key: n for n, key in enumerate(encoded.record_keys)}
    rules = {
        (a, b): [r for r, key in enumerate(keys) if key[row[a]] == key[row[b]] and key[row[a]]] for a, b in true_pairs()
    }
    return {pair: found for pair, found in rules.items() if found}


def test_blocking_recall_is_that_of_all_true_pairs_taken_one_by_one() -> None:
    covered, told = covered_pairs(), recall_of()
    assert (told.covered, told.true, told.barred) == (len(covered), len(true_pairs()), 0)
    for number_, (_, alone, only, cumulative) in enumerate(told.rules.iter_rows()):
        assert alone == sum(number_ in rules for rules in covered.values())
        assert only == sum(rules == [number_] for rules in covered.values())
        assert cumulative == sum(rules[0] <= number_ for rules in covered.values())


def test_precision_and_recall_at_a_threshold_are_counted_again() -> None:
    entity, true = dict(TRUTH.iter_rows()), true_pairs()
    curve = threshold_curve(judged_pairs(LINKED.pairs, TRUTH), len(true), marks=(PLAN.match, 3.25))
    for at in (PLAN.match, 3.25, float(curve["threshold"][7])):
        free = LINKED.pairs.filter(
            (pl.col("score") >= at)
            & ~pl.col("veto").fill_null("").is_in([veto.name for veto in CONFIG.vetoes])
            & pl.col("left_key").is_in(list(entity))
            & pl.col("right_key").is_in(list(entity))
        )
        right = sum(pair in true for pair in free.select("left_key", "right_key").iter_rows())
        row = curve.filter(pl.col("threshold") == at).row(0, named=True)
        assert (row["found"], row["right"]) == (len(free), right)
        assert row["precision"] == pytest.approx(right / len(free))
        assert row["recall"] == pytest.approx(right / len(true))


def test_decided_pairs_are_scored_as_if_nobody_had_decided() -> None:
    encoded = encode_records(RECORDS, CONFIG)
    free = LINKED.pairs.filter(pl.col("veto").is_null() | (pl.col("veto") == "cluster_veto")).sort("score")
    asked = pl.concat([free.head(3), free.tail(3)]).with_columns(verdict=pl.Series(["not_same"] * 3 + ["same"] * 3))
    turned = asked.select(pl.col("right_key").alias("left_key"), pl.col("left_key").alias("right_key"), "verdict")
    judged, same = decided_pairs(encoded, PLAN, pl.concat([turned, DECISIONS.filter(left_key="kunci|9999")]))
    assert same == 3
    assert judged.sort("score").rows() == [
        (score, told == "same") for score, told in asked.select("score", "verdict").rows()
    ]


def test_a_decided_pair_with_a_veto_is_not_taken_as_found() -> None:
    encoded = encode_records(RECORDS, CONFIG)
    named = pl.col("veto").is_in([veto.name for veto in CONFIG.vetoes])
    vetoed = LINKED.pairs.filter(named).head(1).select("left_key", "right_key", verdict=pl.lit("same"))
    judged, same = decided_pairs(encoded, PLAN, vetoed)
    assert (len(judged), same) == (0, 1)


def test_many_equal_records_count_as_the_first_of_them() -> None:
    twin = RECORDS.head(1)
    many = pl.concat([twin.with_columns(record_key=pl.lit(f"k{n:04}")) for n in range(200)] + [RECORDS])
    left = without_copies(encode_records(many, CONFIG), many, CONFIG)
    assert left.record_keys.to_list() == ["k0000", *RECORDS["record_key"].to_list()[1:]]
    assert left.columns["name"].values.tolist() == encode_records(RECORDS, CONFIG).columns["name"].values.tolist()
    shown = table(report_page(link(many, CONFIG), PLAN, records=many), "The biggest clusters")
    assert number(next(iter(shown))) >= 201


def bars_of(svg: ElementTree.Element, kind: Callable[[str], bool]) -> list[float]:
    return [float(box.get("width", "0")) for box in svg.iter(f"{SVG}rect") if kind(box.get("class", ""))]


def test_a_waterfall_draws_each_bar_as_long_as_its_bits() -> None:
    pair = LINKED.pairs.filter(pl.col("class") == "match").row(0, named=True)
    svg = ElementTree.fromstring(waterfall_svg(LINKED.pairs, PLAN, pair["right_key"], pair["left_key"]))
    bars = explain_pairs(LINKED.pairs.filter(left_key=pair["left_key"], right_key=pair["right_key"]), PLAN)
    drawn = bars_of(svg, lambda kind: kind != "paper")
    bits = [*(abs(worth) for worth in bars["bits"] if worth), abs(pair["score"])]
    assert len(drawn) == len(bits)
    scale = drawn[0] / bits[0]
    assert drawn == pytest.approx([worth * scale for worth in bits], abs=0.2)
    said = "".join(svg.itertext())
    assert f"match at +{pair['score']:.1f} bits" in said
    assert "review from −4.0" in said


def test_a_waterfall_of_a_pair_that_was_not_kept_is_told() -> None:
    with pytest.raises(LinkageError, match="not compared"):
        waterfall_svg(LINKED.pairs, PLAN, "kunci|0000", "kunci|9998")
