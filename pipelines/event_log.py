"""Dagster's own record of runs in SQLite files, as a night writes it: some 1,500 events, each stored at once.

Dagster opens a file anew for every statement, compiles the statement anew, and waits for the disk: that is most of what
an event costs. Here a connection lasts as long as the instance, and a power cut may take the last events with it (not
the file). What is written is the same, in the same files, but for one kind of event: that an output was handled, which
nothing but the list of a run's events reads, and which the materialization after it says again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._config import UserConfigSchema
from dagster._core.instance.ref import InstanceRef, _event_logs_directory
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData


class NightStorage(DagsterSqliteStorage):
    """Runs, events and schedules in SQLite files; events by `NightEventLog`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = NightEventLog(_event_logs_directory(base_dir))

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return DagsterSqliteStorage.config_type()

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "NightStorage":
        return cls.from_local(inst_data=inst_data, **config_value)


class NightEventLog(SqliteEventLogStorage):
    """The event log with one lasting connection to each of its files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, db.Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def store_event(self, event: dg.EventLogEntry) -> None:
        if not event.is_dagster_event or event.dagster_event_type is not dg.DagsterEventType.HANDLED_OUTPUT:
            super().store_event(event)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:  # one statement at a time, so that one connection is enough
            if shard not in self._engines:
                self._engines[shard] = _open_engine(self.conn_string_for_shard(shard))
                self._initdb(self._engines[shard])
            with self._engines[shard].begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: db.Connection, column_name: str) -> bool:
        column = f"{column_name} of asset_keys"
        if column not in self._tables and super()._has_asset_key_col_on_connection(conn, column_name):
            self._tables.add(column)
        return column in self._tables

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _open_engine(database: str) -> db.Engine:
    engine = db.create_engine(database, pool_size=1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    db.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))
    return engine


def with_lasting_connections(instance: InstanceRef) -> InstanceRef:
    """The same instance, its events written by `NightEventLog`, where it keeps them in SQLite files as by default."""
    told = instance.storage_data
    if told is None or told.class_name != DagsterSqliteStorage.__name__:
        return instance
    return instance._replace(storage_data=ConfigurableClassData(__name__, NightStorage.__name__, told.config_yaml))
