"""`sehatmu link` and `sehatmu explain` from the command line: files in and out, dry run, former runs, clear errors."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.errors import SehatmuError
from sehatmu.linkage import link
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.count import count_pairs
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.model_file import write_model
from sehatmu.linkage.train import train
from tests.linking import SMALL, small_config
from tests.unit.test_linkage_report import LINKED, RECORDS, TRUTH

OPEN = re.sub(r", weight: -?\d+", "", SMALL).replace("score: {prior: -6}\nclassify: {match: 0, possible: -4}\n", "")


def run(*arguments: object) -> tuple[int, str]:
    """`sehatmu` with these arguments: exit code as `main` gives it, and all that it said."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, SehatmuError):
        return 1, str(result.exception)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A folder with toy.yaml, records.parquet and truth.parquet."""
    (tmp_path / "toy.yaml").write_text(SMALL, encoding="utf-8")
    RECORDS.write_parquet(tmp_path / "records.parquet")
    TRUTH.write_parquet(tmp_path / "truth.parquet")
    return tmp_path


def link_toy(toy: Path, *more: object, records: str = "records.parquet", out: str = "out") -> tuple[int, str]:
    return run("link", "--config", toy / "toy.yaml", "--in", toy / records, "--out", toy / out, *more)


def test_link_writes_the_pairs_and_clusters_of_the_library(toy: Path) -> None:
    code, said = link_toy(toy)
    assert code == 0
    assert pl.read_parquet(toy / "out" / "pairs.parquet").equals(LINKED.pairs)
    assert pl.read_parquet(toy / "out" / "clusters.parquet").equals(LINKED.clusters)
    counts = LINKED.report.counts
    assert f"toy: {len(RECORDS)} records from 1 file(s)" in said
    assert f"{counts['records']} records are {counts['clusters']} clusters" in said
    assert sorted(path.name for path in (toy / "out").iterdir()) == ["clusters.parquet", "pairs.parquet", "state"]
    assert (toy / "out").stat().st_mode & 0o777 == 0o700


def test_several_files_are_put_together(toy: Path) -> None:
    RECORDS.head(70).write_parquet(toy / "a.parquet")
    RECORDS.slice(70).select(reversed(RECORDS.columns)).write_parquet(toy / "b.parquet")
    assert link_toy(toy, "--in", toy / "b.parquet", records="a.parquet")[0] == 0
    assert pl.read_parquet(toy / "out" / "clusters.parquet").equals(LINKED.clusters)


def test_a_dry_run_counts_and_writes_nothing(toy: Path) -> None:
    code, said = run("link", "--config", toy / "toy.yaml", "--in", toy / "records.parquet", "--dry-run")
    assert code == 0
    assert not (toy / "out").exists()
    config = small_config()
    for row in count_pairs(encode_records(RECORDS, config), config).iter_rows(named=True):
        wanted = [row[name] for name in ("records", "blocks", "pairs", "marginal", "cumulative")]
        line = next(line for line in said.splitlines() if line.startswith(f"{row['rule']} "))
        assert [int(word.replace(",", "")) for word in line.split()[1:6]] == wanted
        for block in row["largest"]:
            assert f"{block['records']} records  {block['key']}" in said
    assert not {word for word in ("kunci", "RAHASIA", "ZULAIKHA", "KOTAGEDE") if word in said}


def test_a_dry_run_tells_a_rule_above_its_budget_where_a_run_stops(toy: Path) -> None:
    (toy / "toy.yaml").write_text(SMALL.replace("cap: 8}", "cap: 8, budget: 0.5}"), encoding="utf-8")
    code, said = link_toy(toy, "--dry-run")
    assert code == 0
    assert "over its budget of 0.5 pairs per record" in said
    code, said = link_toy(toy)
    assert code == 1
    assert "its budget is 0.5" in said


def test_ten_thousand_copies_of_a_record_are_counted_and_linked(toy: Path) -> None:
    copies = pl.concat([RECORDS.head(1)] * 10_000).with_columns(record_key=pl.format("k{}", pl.int_range(10_000)))
    copies.write_parquet(toy / "copies.parquet")
    assert link_toy(toy, "--dry-run", records="copies.parquet")[0] == 0
    code, said = link_toy(toy, "--report", toy / "page.html", records="copies.parquet")
    assert code == 0, said
    assert "the largest has 10,000" in said


def test_a_report_is_written_and_judged(toy: Path) -> None:
    code, said = link_toy(toy, "--report", toy / "page.html", "--truth", toy / "truth.parquet")
    assert code == 0
    text = (toy / "page.html").read_text(encoding="utf-8")
    assert "Where do true pairs go?" in text
    assert str(toy / "page.html") in said.replace("\n", "")


def test_a_run_after_another_works_out_what_changed_to_the_same_result(toy: Path) -> None:
    assert link_toy(toy)[0] == 0
    changed = RECORDS.slice(1).with_columns(
        name=pl.when(record_key="kunci|0010").then(pl.lit("XAVERIUS")).otherwise("name")
    )
    changed.write_parquet(toy / "changed.parquet")
    code, said = link_toy(toy, "--previous", toy / "out", records="changed.parquet", out="next")
    assert code == 0
    assert "1 records new or changed, 1 gone" in said
    full = link(changed, small_config())
    assert pl.read_parquet(toy / "next" / "pairs.parquet").equals(full.pairs)
    assert pl.read_parquet(toy / "next" / "clusters.parquet").equals(full.clusters)
    assert link_toy(toy, "--previous", toy / "next", records="changed.parquet", out="next")[0] == 0


def test_a_run_after_one_by_other_rules_says_that_it_starts_from_nothing(toy: Path) -> None:
    assert link_toy(toy)[0] == 0
    (toy / "toy.yaml").write_text(SMALL.replace("match: 0", "match: 1"), encoding="utf-8")
    code, said = link_toy(toy, "--previous", toy / "out", out="next")
    assert code == 0
    assert "starts from nothing" in said


def test_a_previous_folder_without_a_state_is_refused(toy: Path) -> None:
    (toy / "empty").mkdir()
    code, said = link_toy(toy, "--previous", toy / "empty")
    assert code == 1
    assert "no state that can be read" in said
    assert not (toy / "out").exists()


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_records_are_no_fault(toy: Path, rows: int) -> None:
    RECORDS.head(rows).write_parquet(toy / "few.parquet")
    for more in ((), ("--dry-run",), ("--report", toy / "page.html"), ("--previous", toy / "out")):
        code, said = link_toy(toy, *more, records="few.parquet")
        assert code == 0, said
    assert len(pl.read_parquet(toy / "out" / "clusters.parquet")) == rows
    assert len(pl.read_parquet(toy / "out" / "pairs.parquet")) == 0


BAD = {
    "a column is missing": (RECORDS.drop("born", "town"), ["lack columns", "town, born"]),
    "no record_key": (RECORDS.drop("record_key"), ["lack columns", "record_key"]),
    "a key twice": (pl.concat([RECORDS, RECORDS.head(1)]), ["record keys must be present and unique"]),
    "a key is null": (
        RECORDS.with_columns(record_key=pl.when(pl.col("record_key") != "kunci|0003").then("record_key")),
        ["record keys must be present and unique"],
    ),
    "keys are numbers": (RECORDS.with_columns(record_key=pl.int_range(pl.len())), ["record_key is no text", "Int64"]),
    "a date is text": (RECORDS.with_columns(pl.col("born").cast(pl.String)), ["wrong type", "born: String, not date"]),
}


@pytest.mark.parametrize("case", BAD)
def test_records_that_do_not_fit_are_told_and_nothing_is_written(toy: Path, case: str) -> None:
    frame, wanted = BAD[case]
    frame.write_parquet(toy / "bad.parquet")
    code, said = link_toy(toy, records="bad.parquet")
    assert code == 1
    assert not [part for part in wanted if part not in said]
    assert "ZULAIKHA" not in said
    assert not (toy / "out").exists()


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (RECORDS.drop("town"), "lacks town"),
        (RECORDS.with_columns(more=1), "has more on top"),
        (RECORDS.with_columns(pl.col("born").cast(pl.String)), "born is String, not Date"),
    ],
)
def test_files_that_differ_in_their_columns_are_told(toy: Path, other: pl.DataFrame, wanted: str) -> None:
    other.write_parquet(toy / "other.parquet")
    code, said = link_toy(toy, "--in", toy / "other.parquet")
    assert code == 1
    assert "other.parquet beside records.parquet" in said
    assert wanted in said


def test_a_column_of_nulls_only_fits_any_type(toy: Path) -> None:
    RECORDS.head(3).with_columns(born=None, record_key=pl.format("x{}", "record_key")).write_parquet(toy / "b.parquet")
    assert link_toy(toy, "--in", toy / "b.parquet")[0] == 0


def test_files_that_are_something_else_are_told(toy: Path) -> None:
    (toy / "text.parquet").write_text("record_key,name\n", encoding="utf-8")
    code, said = link_toy(toy, records="text.parquet")
    assert code == 1
    assert "no Parquet that can be read (text.parquet" in said
    (toy / "toy.yaml").write_text("domain: [", encoding="utf-8")
    assert "is no YAML" in link_toy(toy)[1]


@pytest.mark.parametrize(
    ("truth", "wanted"),
    [(TRUTH.drop("entity"), "the truth lacks columns"), (pl.concat([TRUTH, TRUTH]), "names a record twice")],
)
def test_a_truth_that_does_not_fit_is_told_before_anything_is_linked(
    toy: Path, truth: pl.DataFrame, wanted: str
) -> None:
    truth.write_parquet(toy / "truth.parquet")
    code, said = link_toy(toy, "--truth", toy / "truth.parquet", "--report", toy / "page.html")
    assert code == 1
    assert wanted in said
    assert not (toy / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(toy: Path) -> None:
    code, said = link_toy(toy, out="records.parquet/out")
    assert code == 1
    assert "the folder cannot be written (out: Not a directory)" in said


def test_wrong_usage(toy: Path) -> None:
    assert run("link", "--config", toy / "none.yaml", "--in", toy / "records.parquet", "--out", toy / "out")[0] == 2
    assert run("link", "--config", toy / "toy.yaml", "--in", toy / "none.parquet", "--out", toy / "out")[0] == 2
    assert run("link", "--config", toy / "toy.yaml", "--in", toy / "records.parquet")[0] == 2


def test_weights_that_the_file_leaves_open_come_from_the_model_beside_it(toy: Path) -> None:
    (toy / "toy.yaml").write_text(OPEN, encoding="utf-8")
    code, said = link_toy(toy)
    assert code == 1
    assert "neither in the linkage file nor in a model" in said
    config = parse_linkage(OPEN, "toy.yaml")
    model = train(RECORDS, config)
    write_model(model, toy)
    assert link_toy(toy, "--report", toy / "page.html")[0] == 0
    wanted = link(RECORDS, config, model=model.row_for(len(RECORDS)))
    assert pl.read_parquet(toy / "out" / "pairs.parquet").equals(wanted.pairs)
    assert f"a model trained on {len(RECORDS)} records" in (toy / "page.html").read_text(encoding="utf-8")
    code, said = run("explain", *wanted.pairs.row(0)[:2], *explaining(toy))
    assert code == 0
    assert f"{wanted.pairs['score'][0]:+.2f} bits" in said


def test_a_model_for_other_rules_is_refused(toy: Path) -> None:
    (toy / "toy.yaml").write_text(OPEN, encoding="utf-8")
    write_model(train(RECORDS, parse_linkage(OPEN, "toy.yaml")), toy)
    (toy / "toy.yaml").write_text(OPEN.replace("jaro_winkler: 0.9", "jaro_winkler: 0.8"), encoding="utf-8")
    code, said = link_toy(toy, "--model", toy / "toy.model.json")
    assert code == 1
    assert "trained for other rules" in said
    assert "compare.name" in said


def explaining(toy: Path) -> tuple[object, ...]:
    return ("--linked", toy / "out", "--config", toy / "toy.yaml")


def test_a_pair_and_a_cluster_of_a_run_are_explained(toy: Path) -> None:
    link_toy(toy)
    pair = LINKED.pairs.filter(pl.col("class") == "match").row(0, named=True)
    keys = (pair["right_key"], pair["left_key"])
    code, said = run("explain", *keys, *explaining(toy), "--svg", toy / "pair.svg")
    assert code == 0
    assert f"match at {pair['score']:+.2f} bits" in said
    assert (toy / "pair.svg").read_text(encoding="utf-8").startswith("<svg")
    code, said = run("explain", pair["left_key"], *explaining(toy))
    assert code == 0
    assert "weakest bridge" in said
    assert pair["right_key"] in said


def test_what_cannot_be_explained_is_told(toy: Path) -> None:
    link_toy(toy)
    code, said = run("explain", "kunci|0000", "kunci|9999", *explaining(toy), "--svg", toy / "pair.svg")
    assert code == 1
    assert "not compared, or scored below" in said
    assert not (toy / "pair.svg").exists()
    assert "nothing is linked there" in run("explain", "kunci|0000", "--linked", toy, "--config", toy / "toy.yaml")[1]
    assert "no such record" in run("explain", "kunci|9999", *explaining(toy))[1]
    assert run("explain", "kunci|0000", *explaining(toy), "--svg", toy / "pair.svg")[0] == 2
    code, said = run("explain", "kunci|0000", "--home", toy / "home")
    assert code == 1
    assert "nothing is published yet" in said


def test_decisions_of_stewards_beat_what_the_records_say(toy: Path) -> None:
    joined = LINKED.pairs.filter(pl.col("class") == "match").row(0, named=True)
    left, right = joined["left_key"], joined["right_key"]
    header = "index,left_key,right_key,verdict,who,when,why"
    (toy / "decisions.csv").write_text(f"{header}\ntoy,{right},{left},not_same,Rina,2026-11-23,\n")
    code, said = link_toy(toy, "--decisions", toy / "decisions.csv")
    assert code == 0, said
    cluster = dict(pl.read_parquet(toy / "out" / "clusters.parquet").iter_rows())
    assert cluster[left] != cluster[right]
    (toy / "decisions.csv").write_text(f"{header}\ntoy,{right},{left},perhaps,Rina,2026-11-23,\n")
    code, said = link_toy(toy, "--decisions", toy / "decisions.csv", out="other")
    assert code == 1
    assert "decisions.csv, row 2, column verdict" in said
    assert not (toy / "other").exists()
