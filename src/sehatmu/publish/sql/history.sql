-- Where a value comes from, and what was published on a day. Origins are kept per master, record and rule; the view
-- tells them per column. A statement that names {golden} is made for every golden table, {schema} being its index.

CREATE VIEW history.provenance AS
WITH origin AS (
    SELECT index, master_id, record_key, rule, unnest(string_split(column_groups, ', ')) AS column_group
    FROM history.origin
)
SELECT index, master_id, g.column_name, r.source, r.source_key, origin.rule
FROM origin
JOIN xref.record_link AS r USING (index, master_id, record_key)
JOIN (VALUES {column_groups}) AS g(index, column_name, column_group) USING (index, column_group);

CREATE VIEW history.link AS
SELECT index, record_key, master_id, build_date FROM history.earlier_link
UNION ALL
SELECT index, record_key, master_id, build_date FROM xref.record_link;

CREATE MACRO history.links_on(day) AS TABLE
SELECT index, record_key, master_id, build_date AS since_date
FROM history.link
WHERE build_date <= CAST(day AS DATE)
QUALIFY row_number() OVER (PARTITION BY index, record_key ORDER BY build_date DESC) = 1 AND master_id IS NOT NULL;

COMMENT ON MACRO TABLE history.links_on IS
'Which record belonged to which master on a day: SELECT * FROM history.links_on(''2026-11-23'')';

CREATE MACRO history.master_on(asked, day) AS TABLE
WITH RECURSIVE turn AS (
    SELECT index, master_id, build_date, CASE WHEN event IN ('merge', 'redirect') THEN other_id END AS next_id,
        CASE event WHEN 'retire' THEN 'retired' WHEN 'merge' THEN 'redirected' WHEN 'redirect' THEN 'redirected'
            ELSE 'active' END AS status
    FROM history.event
    WHERE event <> 'split' AND build_date <= CAST(day AS DATE)
    QUALIFY row_number() OVER (PARTITION BY index, master_id ORDER BY build_date DESC) = 1
),
way AS (
    SELECT index, master_id, status, build_date AS since_date, master_id AS current_id, status AS current_status, next_id
    FROM turn WHERE master_id = asked
    UNION ALL
    SELECT way.index, way.master_id, way.status, way.since_date, turn.master_id, turn.status, turn.next_id
    FROM way JOIN turn ON turn.index = way.index AND turn.master_id = way.next_id
)
SELECT * EXCLUDE (next_id) FROM way WHERE next_id IS NULL;

COMMENT ON MACRO TABLE history.master_on IS
'What an id was on a day (active, retired, redirected), since when, and which id stood for it then: SELECT * FROM history.master_on(''2000000042'', ''2026-11-23'')';

CREATE MACRO history.{golden}_on(day) AS TABLE
SELECT * FROM {schema}.{golden} WHERE build_date <= CAST(day AS DATE)
UNION ALL BY NAME
SELECT * EXCLUDE (until_date) FROM history.{golden}
WHERE build_date <= CAST(day AS DATE) AND CAST(day AS DATE) < until_date;

COMMENT ON MACRO TABLE history.{golden}_on IS
'{schema}.{golden} as it was published on a day: SELECT * FROM history.{golden}_on(''2026-11-23'')';

CREATE MACRO history.{golden}_was(asked, day) AS TABLE
SELECT * FROM history.{golden}_on(day)
WHERE master_id IN (SELECT current_id FROM history.master_on(asked, day) WHERE index = '{schema}');

COMMENT ON MACRO TABLE history.{golden}_was IS
'Who an id was on a day, though it may have given way to another before: SELECT * FROM history.{golden}_was(''2000000042'', ''2026-11-23'')';
