-- Facilities as of a date, counts by region, kind, class and owner, and every value with its origin. The macros
-- answer for any date since the first build ("what was published then"); views of the same name answer for now.

CREATE MACRO msi.facilities_on(day) AS TABLE
SELECT * FROM history.facility_on(day);

COMMENT ON MACRO TABLE msi.facilities_on IS
'Facilities as they were published on a day, in the columns of msi.facility: SELECT * FROM msi.facilities_on(''2026-11-23'')';

CREATE MACRO msi.by_region_on(day) AS TABLE
SELECT provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama, jenis_sarana_kode, jenis_sarana_nama,
    count(*) AS facility_count, sum(total_tt)::BIGINT AS bed_count
FROM msi.facilities_on(day)
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE msi.by_region_on IS 'msi.by_region as of a day: SELECT * FROM msi.by_region_on(''2026-11-23'')';

CREATE VIEW msi.by_region AS SELECT * FROM msi.by_region_on('9999-12-31');

CREATE MACRO msi.by_kind_on(day) AS TABLE
SELECT jenis_sarana_kode, jenis_sarana_nama, subjenis_kode, subjenis_nama, provinsi_kode, provinsi_nama,
    count(*) AS facility_count
FROM msi.facilities_on(day)
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE msi.by_kind_on IS 'msi.by_kind as of a day: SELECT * FROM msi.by_kind_on(''2026-11-23'')';

CREATE VIEW msi.by_kind AS SELECT * FROM msi.by_kind_on('9999-12-31');

CREATE MACRO msi.by_class_on(day) AS TABLE
SELECT kelas_sarana_kode, kelas_sarana_nama, provinsi_kode, provinsi_nama,
    count(*) AS facility_count, sum(total_tt)::BIGINT AS bed_count
FROM msi.facilities_on(day)
WHERE jenis_sarana_kode = '104'
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE msi.by_class_on IS 'msi.by_class as of a day: SELECT * FROM msi.by_class_on(''2026-11-23'')';

CREATE VIEW msi.by_class AS SELECT * FROM msi.by_class_on('9999-12-31');

CREATE MACRO msi.by_owner_on(day) AS TABLE
SELECT pemilik_kode, pemilik_nama, jenis_sarana_kode, jenis_sarana_nama, provinsi_kode, provinsi_nama,
    count(*) AS facility_count
FROM msi.facilities_on(day)
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE msi.by_owner_on IS 'msi.by_owner as of a day: SELECT * FROM msi.by_owner_on(''2026-11-23'')';

CREATE VIEW msi.by_owner AS SELECT * FROM msi.by_owner_on('9999-12-31');

CREATE VIEW msi.facility_value AS
WITH cell AS (
    UNPIVOT (SELECT master_id AS id, CAST(COLUMNS(* EXCLUDE (master_id)) AS VARCHAR) FROM msi.facility)
    ON COLUMNS(* EXCLUDE (id)) INTO NAME column_name VALUE value
)
SELECT cell.id AS master_id, cell.column_name, cell.value, origin.source, origin.source_key, origin.rule
FROM cell
JOIN history.provenance AS origin
    ON origin.index = 'msi' AND origin.master_id = cell.id AND origin.column_name = cell.column_name;
