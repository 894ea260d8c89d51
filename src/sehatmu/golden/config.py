"""The section `survivorship` of a linkage file: which columns go together, and which record they come from.

Authored as YAML, parsed strictly. The values of one group always come from one record, so an address is
never stitched; `group_rules` tells column lineage what decides in a group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sehatmu.contracts.mistakes import Node
from sehatmu.identity.config import load_section

STRATEGIES = ("priority", "recency", "completeness", "agreement")
"""What may decide between two records, in the words of the file.

priority      the source that stands earlier in the group's list (or in the common one)
recency       the later delivery date
completeness  more columns of the group filled
agreement     more records of the master with the very same values
"""


DEFAULT_RULES = ("priority", "completeness", "recency")


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that survive together. `rules` decide in this order, then the smallest record key.

    `priority` lists `source/extract`, the best first; those not listed come after them, unless `only` is set:
    then the others have no say. A record is a candidate if it has all `required` columns, or where there
    are none, any column of the group.
    """

    name: str
    columns: tuple[str, ...]
    rules: tuple[str, ...]
    priority: tuple[str, ...]
    required: tuple[str, ...]
    only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelRules:
    """How the golden records of one level of identity (`identity.levels`) differ from the rest of the index.

    `table` is where they are published; `instead` says which column of the records fills a published one; groups
    named in `without` stay empty.
    """

    table: str
    instead: Mapping[str, str]
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survivorship:
    """The groups of one index, the column that shows the master's number in the platform's word, and its levels."""

    groups: tuple[Group, ...]
    number_column: str | None
    levels: Mapping[str, LevelRules] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for group in self.groups for column in group.columns)

    def of_table(self, columns: Collection[str]) -> Survivorship:
        """The groups as far as a table has their columns."""
        groups = [
            replace(
                group,
                columns=tuple(c for c in group.columns if c in columns),
                required=tuple(c for c in group.required if c in columns),
            )
            for group in self.groups
        ]
        return replace(self, groups=tuple(group for group in groups if group.columns))


def load_survivorship(path: Path) -> Survivorship:
    """Read the section `survivorship` of a linkage file; raises ContractError with all its mistakes."""
    return load_section(path, "survivorship", parse_survivorship)


def group_rules(survivorship: Survivorship) -> dict[str, str]:
    """What decides in each group, in words for column lineage: `priority, recency, record_key`."""
    return {group.name: ", ".join((*group.rules, "record_key")) for group in survivorship.groups}


def parse_survivorship(section: Node) -> Survivorship:
    """The section as a config; what is wrong is noted in the node's list."""
    keys = section.mapping(("number_column", "priority", "groups", "levels"), needed=("groups",))
    common = _places(keys["priority"]) if "priority" in keys else ()
    groups = []
    if "groups" in keys:
        listed = keys["groups"].value
        names = keys["groups"].mapping(tuple(listed) if isinstance(listed, dict) else ("name",))
        groups = [_parse_group(name, child, common) for name, child in names.items()]
        _note_repeated(keys["groups"], groups)
    number_column = keys["number_column"].text() if "number_column" in keys else None
    levels = _parse_levels(keys["levels"], groups) if "levels" in keys else {}
    return Survivorship(tuple(groups), number_column, levels)


def _parse_levels(section: Node, groups: list[Group]) -> dict[str, LevelRules]:
    columns = [column for group in groups for column in group.columns]
    levels = {}
    listed = section.value
    for name, child in section.mapping(tuple(listed) if isinstance(listed, dict) else ("product",)).items():
        keys = child.mapping(("table", "instead", "without"))
        instead = keys["instead"].mapping(columns) if "instead" in keys else {}
        levels[name] = LevelRules(
            table=keys["table"].text() if "table" in keys else name,
            instead={column: node.text() for column, node in instead.items()},
            without=_choices(keys["without"], [group.name for group in groups]) if "without" in keys else (),
        )
    return levels


def _parse_group(name: str, section: Node, common: tuple[str, ...]) -> Group:
    keys = section.mapping(("columns", "rules", "priority", "required", "only"), needed=("columns",))
    columns = keys["columns"].texts() if "columns" in keys else ()
    group = Group(
        name=name,
        columns=columns,
        rules=_choices(keys["rules"], STRATEGIES) if "rules" in keys else DEFAULT_RULES,
        priority=_places(keys["priority"]) if "priority" in keys else common,
        required=_choices(keys["required"], columns) if "required" in keys else (),
        only=_places(keys["only"]) if "only" in keys else (),
    )
    if "priority" in group.rules and not group.priority:
        section.wrong("lacks 'priority'", "a list of source/extract, here or for all groups")
    return group


def _choices(section: Node, options: Collection[str]) -> tuple[str, ...]:
    section.texts()
    return tuple(item.choice(options, "") for item in section.items())


def _places(section: Node) -> tuple[str, ...]:
    for item, place in zip(section.items(), found := section.texts(), strict=False):
        if place.count("/") != 1:
            item.wrong(f"found '{place}'", "source/extract")
    return found


def _note_repeated(section: Node, groups: list[Group]) -> None:
    seen: dict[str, str] = {}
    for group in groups:
        for column in group.columns:
            if column in seen:
                section.child(group.name).wrong(f"'{column}' is in the group '{seen[column]}' too", "one group")
            seen[column] = group.name
