"""Turns records into what the kernel reads: whole numbers instead of text, one Arrow table for all of them.

Text becomes dictionary codes (0 = missing, placeholders included), dates become four bits a digit, numbers stay
numbers. Every later step compares codes; the texts themselves are fetched only for the few pairs that need
a distance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from sehatmu.linkage.config import LinkageConfig, LinkageError

Array = npt.NDArray[Any]

_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
#: What spreads whole numbers over 64 bits when they are multiplied by it.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
#: Numbers of up to four digits, four bits a digit: what differs in one digit differs within four bits.
_DIGITS = np.array([int(str(number), 16) for number in range(10_000)], np.uint32)
#: The column in which records bring the hash of all that linkage reads of them.
LINK_HASH = "link_hash"


@dataclass(frozen=True, slots=True)
class Column:
    """One encoded column: `values` per record are equal where the texts, dates or numbers are.

    `kind` is text (0 missing), date (u32, 0 missing, 0x19900131 for 1990-01-31), number (f64, NaN missing) or flag
    (u8, 0 not set). Text is held in one of two ways: as u32 codes, where code k (from 1) is number k of the
    `vocabulary`; or as u64 hashes, where `places` say which text of the `vocabulary` is each record's own. The first is
    for looking at values, the second costs much less.
    """

    kind: str
    values: Array
    vocabulary: pl.Series | None = None
    places: Array | None = None

    def missing(self) -> Array:
        """Which records have no value."""
        return absent(self.values)

    def texts(self, rows: Array) -> Array:
        """The texts of these rows as an object array; missing ones are empty."""
        out = np.full(len(rows), "", object)
        if self.vocabulary is not None:
            present = np.flatnonzero(self.values[rows])
            places = self.values[rows[present]] - 1 if self.places is None else self.places[rows[present]]
            out[present] = self.vocabulary.gather(places).to_list()
        return out


@dataclass(frozen=True, slots=True)
class Encoded:
    """Records in the order of their key, as columns of numbers; `extract` 0 may come often in a cluster."""

    record_keys: pl.Series
    columns: dict[str, Column]
    extract: Array

    @property
    def size(self) -> int:
        return len(self.record_keys)


def encode_records(records: pl.DataFrame, config: LinkageConfig) -> Encoded:
    """Sort by `record_key` and encode every column that the config names.

    Raises LinkageError where a column is missing or has the wrong type, or keys are null or double.
    """
    records = order_records(records, config)
    columns = encode_columns(records, config, config.columns)
    return Encoded(records["record_key"], columns, extract_codes(records, config.one_per_extract))


def order_records(records: pl.DataFrame, config: LinkageConfig) -> pl.DataFrame:
    """What linkage reads of the records (`link_hash` too where it is there), in the order of `record_key`.

    Raises LinkageError as `encode_records`.
    """
    check_columns(records.schema, config)
    records = records.select(name for name in columns_read(config) if name in records.columns)
    if not records["record_key"].is_sorted():
        records = records.sort("record_key")
    keys = records["record_key"]
    if keys.null_count() or (keys.slice(1) == keys.slice(0, max(0, len(keys) - 1))).any():
        raise LinkageError("record keys must be present and unique", evidence=config.domain)
    return records


def encode_columns(records: pl.DataFrame, config: LinkageConfig, names: Iterable[str]) -> dict[str, Column]:
    """Some columns of ordered records, encoded."""
    kinds = column_kinds(config)
    return {name: encode_column(records[name], kinds[name], config.missing) for name in names}


def hash_columns(
    records: pl.DataFrame, config: LinkageConfig, names: Iterable[str], own: Array | None = None
) -> dict[str, Column]:
    """The same, texts as hashes: equal texts have equal numbers in every run of one version of polars.

    `own` are the numbers of the records (u32 from 0), to be shared by what is called for column by column.
    """
    kinds, own = column_kinds(config), np.arange(len(records), dtype=np.uint32) if own is None else own
    names = list(names)
    texts = pl.DataFrame({name: _as_text(records[name]) for name in names if kinds[name] == "text"})
    hashed = _hash_texts(texts, config.missing)
    return {
        name: Column("text", hashed[name], texts[name], own)
        if name in hashed
        else encode_column(records[name], kinds[name], config.missing)
        for name in names
    }


def columns_read(config: LinkageConfig) -> list[str]:
    """All columns of a record that linkage reads, `link_hash` among them."""
    return [*_needed(config), LINK_HASH]


def hash_keys_of_records(records: pl.DataFrame) -> Array:
    """64 bits of each record key, the same in every run of one version of polars."""
    return records["record_key"].hash(0).to_numpy()


def hash_values(records: pl.DataFrame, config: LinkageConfig) -> Array:
    """`link_hash` where the records bring it, else 64 bits of all that linkage reads of each record."""
    if LINK_HASH not in records.columns:
        if not len(records):
            return np.zeros(0, np.uint64)
        return records.select(name for name in _needed(config) if name != "record_key").hash_rows(0).to_numpy()
    hashes = records[LINK_HASH]
    if hashes.dtype != pl.UInt64 or hashes.null_count():
        raise LinkageError(
            "link_hash must be a number of 64 bits, and present", evidence=f"{config.domain}: {hashes.dtype}"
        )
    return hashes.to_numpy()


def column_kinds(config: LinkageConfig) -> dict[str, str]:
    """How each column is held: by the comparators that read it (text where nothing asks for more)."""
    kinds = dict.fromkeys(config.columns, "text")
    for rule in config.rules:
        for part in (*rule.key, *rule.split):
            if part.transform in ("cell", "year"):
                kinds[part.column] = {"cell": "number", "year": "date"}[part.transform]
    for comparison in config.comparisons:
        if comparison.family in ("date", "number", "distance"):
            kind = "date" if comparison.family == "date" else "number"
            kinds |= dict.fromkeys(comparison.columns, kind)
    flags = [c.name for veto in config.vetoes for c in veto.conditions if c.kind == "either"]
    return kinds | dict.fromkeys(flags, "flag")


def encode_column(values: pl.Series, kind: str, placeholders: tuple[str, ...]) -> Column:
    """One column as numbers; nulls, NaN, blanks and placeholders are missing."""
    if kind == "date":
        days = values.cast(pl.Date)
        year, month, day = (
            part.cast(pl.Int32).fill_null(0).clip(0, len(_DIGITS) - 1).to_numpy()
            for part in (days.dt.year(), days.dt.month(), days.dt.day())
        )
        return Column(kind, _DIGITS[year] << np.uint32(16) | _DIGITS[month] << np.uint32(8) | _DIGITS[day])
    if kind == "flag":
        return Column(kind, values.cast(pl.Boolean).fill_null(value=False).to_numpy().astype(np.uint8))
    if kind == "number":
        return Column(kind, values.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    encoded = pa.array(_as_text(values).to_arrow()).dictionary_encode()
    vocabulary = pl.Series("value", pl.from_arrow(encoded.dictionary), dtype=pl.String)
    kept = (~vocabulary.is_in(list(placeholders)) & (vocabulary.str.strip_chars() != "")).to_numpy()
    codes = np.append(np.where(kept, np.cumsum(kept), 0), 0).astype(np.uint32)
    indices = encoded.indices.fill_null(len(vocabulary)).to_numpy(zero_copy_only=False)
    return Column(kind, codes[indices], vocabulary.filter(pl.Series(kept)))


def hash_text(values: pl.Series) -> Array:
    """A 64-bit hash of each text, by words of eight bytes; the same on every machine and in every version; no nulls.

    >>> hash_text(pl.Series(["BOJA", "BOJA 1"])).tolist() == hash_text(pl.Series(["BOJA", "BOJA 1"])).tolist()
    True
    """
    array = values.cast(pl.String).to_arrow().cast(pa.large_string())
    _, offset_buffer, byte_buffer = array.buffers()
    bounds = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(bounds)
    hashed = mix(lengths.astype(np.uint64))
    size = int(bounds[-1])
    if not size:
        return hashed
    # A word may reach beyond the text's end, and the last ones beyond the buffer's: what follows is masked away.
    text = np.append(np.frombuffer(byte_buffer, np.uint8)[:size], np.zeros(8, np.uint8))
    words = np.ndarray(size + 1, "<u8", text, strides=(1,))
    rows, starts = np.arange(len(lengths)), bounds[:-1]
    for at in range(0, int(lengths.max()), 8):
        rows = rows[lengths[rows] > at]
        here = words[starts[rows] + at] & _FIRST_BYTES[np.minimum(lengths[rows] - at, 8)]
        hashed[rows] = mix(hashed[rows] * GOLDEN ^ here)
    return hashed


def absent(values: Array) -> Array:
    """Which encoded values stand for nothing: 0, or NaN among numbers."""
    return np.asarray(np.isnan(values) if values.dtype.kind == "f" else values == 0)


def mix(values: Array) -> Array:
    """Spread 64 bits over 64 bits (the finaliser of splitmix64)."""
    mixed = values >> np.uint64(30)
    mixed ^= values
    for shift, multiplier in zip((27, 31), _MULTIPLIERS, strict=True):
        mixed *= np.uint64(multiplier)
        mixed ^= mixed >> np.uint64(shift)
    return np.asarray(mixed)


def _hash_texts(texts: pl.DataFrame, placeholders: tuple[str, ...]) -> dict[str, Array]:
    """A hash of each text, 0 where it is missing; all columns at once, since for few rows calls cost more than work."""
    nothing = pl.Series(placeholders, dtype=pl.String).hash(0).implode()
    hashed = texts.select(_hash_or_zero(name, nothing) for name in texts.columns)
    # What consists of blanks begins with one, and most columns have nothing of that kind.
    doubtful = {name: (pl.col(name) < "!") | (pl.col(name) >= "\x7f") for name in texts.columns}
    blank = texts.select(pl.lit(value=False), *(odd.any().alias(name) for name, odd in doubtful.items()))
    values = {}
    for column in hashed:
        values[column.name] = column.to_numpy()
        if blank[column.name].item():
            rows = texts.select(doubtful[column.name].arg_true()).to_series()
            rows = rows.filter(texts[column.name].gather(rows).str.strip_chars() == "")
            values[column.name] = column.to_numpy(writable=True)
            values[column.name][rows.to_numpy()] = 0
    return values


def _hash_or_zero(name: str, nothing: pl.Series) -> pl.Expr:
    none, one, hashed = pl.lit(0, pl.UInt64), pl.lit(1, pl.UInt64), pl.col(name).hash(0)
    missing = pl.col(name).is_null() | hashed.is_in(nothing)
    return pl.when(missing).then(none).when(hashed == 0).then(one).otherwise(hashed).alias(name)


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype == pl.List(pl.String):
        return values.list.eval(pl.element().str.replace_all(r"\s", "_")).list.join(" ")
    if values.dtype.is_float():
        values = values.fill_nan(None)
    return values.cast(pl.String)


def extract_codes(records: pl.DataFrame, extracts: tuple[str, ...]) -> Array:
    """The number (from 1) of each record's extract among those that come once per cluster, 0 for any other."""
    if not extracts:
        return np.zeros(len(records), np.uint16)
    names = records.select(pl.concat_str("source", "extract", separator="/")).to_series()
    numbered = {name: i for i, name in enumerate(extracts, start=1)}
    return names.replace_strict(numbered, default=0, return_dtype=pl.UInt16).to_numpy()


def _needed(config: LinkageConfig) -> list[str]:
    own = ("source", "extract") if config.one_per_extract else ()
    return list(dict.fromkeys(["record_key", *own, *config.columns]))


def check_columns(schema: pl.Schema, config: LinkageConfig) -> None:
    """Raise LinkageError where records of this schema lack a column, or have one of the wrong type."""
    absent = [name for name in _needed(config) if name not in schema]
    if absent:
        raise LinkageError(
            "records lack columns that the linkage file names",
            evidence=f"{config.domain}: {', '.join(absent)}",
            hint="name existing columns in the linkage file, or add them in the standardiser",
        )
    wanted = {"date": "date", "number": "number", "flag": "true or false"}
    for name, kind in column_kinds(config).items():
        dtype = schema[name]
        fits = {"date": dtype == pl.Date, "number": dtype.is_numeric(), "flag": dtype == pl.Boolean, "text": True}[kind]
        if not fits and dtype != pl.Null:
            raise LinkageError("a column has the wrong type", evidence=f"{name}: {dtype}, not {wanted[kind]}")
