-- Where a value comes from: origins are kept per master and field group; this view tells them per column.

CREATE VIEW history.provenance AS
SELECT o.index, o.master_id, g.column_name, o.source, o.source_key, o.rule
FROM history.origin AS o
JOIN (VALUES {column_groups}) AS g(index, column_name, column_group) USING (index, column_group);
