"""The first part of a run: what blocking knows of each record, and whom tonight's changes touch.

Only changed records are hashed, and only blocks that one of them enters or leaves are formed anew; without a former
run that is all of them. `sehatmu.linkage.engine` goes on from the `Stock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from sehatmu.linkage.block import Blocks, blocks_of, final_keys, hash_keys, number_blocks, split_blocks
from sehatmu.linkage.change import Change, carry, find_change, mark_copies
from sehatmu.linkage.config import BlockRule, LinkageConfig, Part
from sehatmu.linkage.encode import Array, Column
from sehatmu.linkage.kept import Kept, renew, whole
from sehatmu.linkage.state import LinkState, Roster, split_parts
from sehatmu.linkage.tally import BlockList, Tally, list_blocks, no_tally, read_tallies, update_tally

#: names of columns, and rows (None: all) -> those columns, encoded
Encode = Callable[[Iterable[str], Array | None], dict[str, Column]]


@dataclass(frozen=True, slots=True)
class Hashes:
    """Two hashes per record, of its key and of its values, and which extract that comes once per cluster it is of."""

    key: Array
    link: Array
    extract: Array


@dataclass(frozen=True, slots=True)
class Stock:
    """`touched` records (bool) must be compared anew with whatever shares a block with them; all other pairs stand.

    Per rule, `blocks` where the run is a full one; else `near`, the rows whose base key a change has touched.
    """

    roster: Roster
    change: Change
    touched: Array
    tallies: list[Tally]
    blocks: list[Blocks] | None
    near: list[Array]


@dataclass(frozen=True, slots=True)
class _Regrouped:
    """One rule's blocks after tonight's changes: levels of all records, `near` rows, those of them whose own level
    changed, the tally."""

    level: Array
    near: Array
    moved: Array
    tally: Tally
    blocks: Blocks


def take_stock(hashes: Hashes, config: LinkageConfig, former: LinkState, encode: Encode) -> Stock:
    """Compare tonight's records with the former run, form the changed blocks anew, and say who is touched."""
    known = former.roster
    change = find_change(hashes.key, hashes.link, known.key_hash, known.link_hash)
    content, content_before = (
        # where each record asks a list of codes, equal ones ask it each by itself
        np.where((extract == 0) & (not config.many_to_one), link, np.uint64(0))
        for extract, link in ((hashes.extract, hashes.link), (known.extract, known.link_hash))
    )
    copy, flipped = mark_copies(content, content_before, known.copy, change)
    changed = change.changed.copy()
    changed[flipped] = True
    change = replace(change, changed=changed)
    base, parts = _keys(config, known, change, copy, encode)
    tallies = read_tallies(former.tally, former.largest)
    lost = change.lost()
    groups = [
        _regroup(rule, config, r, base[r], parts, known, change, lost, tallies[r])
        for r, rule in enumerate(config.rules)
    ]
    touched = changed.copy()
    for group in groups:
        touched[group.moved] = True
    return Stock(
        roster=Roster(
            hashes.key,
            hashes.link,
            hashes.extract,
            copy,
            base,
            tuple(group.level for group in groups),
            parts,
            known.file if base[0].order is not None else None,
        ),
        change=change,
        touched=touched,
        tallies=[group.tally for group in groups],
        blocks=[group.blocks for group in groups] if changed.all() else None,
        near=[group.near for group in groups],
    )


def parts_by_name(
    config: LinkageConfig, parts: tuple[Kept, ...], rows: Array | None = None, rule: BlockRule | None = None
) -> dict[Part, Array]:
    """The further keys of a roster (of some rows) as blocking wants them: all, or those of one rule."""
    asked = split_parts(config) if rule is None else rule.split
    named = [(part, values) for part, values in zip(split_parts(config), parts, strict=True) if part in asked]
    return {part: values.whole() if rows is None else values[rows] for part, values in named}


def _keys(
    config: LinkageConfig, known: Roster, change: Change, copy: Array, encode: Encode
) -> tuple[tuple[Kept, ...], tuple[Kept, ...]]:
    """Base keys and parts of all records: kept, or hashed where a record has changed. Copies have no key."""
    if change.changed.all():
        rows, keys = None, hash_keys(lambda name: encode([name], None)[name], config.rules)
    else:
        rows = np.flatnonzero(change.changed)
        keys = hash_keys(
            encode([part.column for rule in config.rules for part in (*rule.key, *rule.split)], rows), config.rules
        )
    fresh_parts = tuple(keys.parts[part] for part in split_parts(config))
    for fresh in keys.base:
        fresh[copy if rows is None else copy[rows]] = 0
    if rows is None:
        return tuple(map(whole, keys.base)), tuple(map(whole, fresh_parts))
    made = renew((*known.base, *known.parts), (*keys.base, *fresh_parts), rows, change)
    return made[: len(keys.base)], made[len(keys.base) :]


def _regroup(
    rule: BlockRule,
    config: LinkageConfig,
    number: int,
    base: Kept,
    parts: tuple[Kept, ...],
    known: Roster,
    change: Change,
    lost: Array,
    tally: Tally,
) -> _Regrouped:
    records, nothing = base.count(), list_blocks(blocks_of(np.zeros(0, np.uint64)))
    if change.changed.all():
        level, blocks = split_blocks(rule, base.whole(), parts_by_name(config, parts, rule=rule))
        rows = moved = nothing.first
        gone, made, tally = nothing, list_blocks(blocks), no_tally()
    else:
        wanted = np.unique(np.concatenate([base[change.changed], known.base[number][lost]]))
        rows = base.rows_with(wanted[wanted != 0])
        split, blocks = split_blocks(rule, base[rows], parts_by_name(config, parts, rows, rule))
        level = carry(known.level[number], change)
        level[change.changed] = 0
        moved = rows[(level[rows] != split) & ~change.changed[rows]]
        level[rows] = split
        before = np.concatenate([change.former[rows[~change.changed[rows]]], lost])
        gone, made = _former_blocks(rule, config, number, known, before), list_blocks(blocks, rows)
    told = update_tally(tally, rule, records=records, gone=gone, made=made, present=change.present)
    if told is None:
        every = list_blocks(blocks_of(final_keys(rule, base.whole(), parts_by_name(config, parts, rule=rule), level)))
        told = update_tally(no_tally(), rule, records=records, gone=nothing, made=every, present=nothing.first)
        assert told is not None
    return _Regrouped(level, rows, moved, told, number_blocks(blocks))


def _former_blocks(rule: BlockRule, config: LinkageConfig, number: int, known: Roster, rows: Array) -> BlockList:
    parts = parts_by_name(config, known.parts, rows, rule)
    keys = final_keys(rule, known.base[number][rows], parts, known.level[number][rows])
    return list_blocks(blocks_of(keys), rows)
