-- Patients as of a date, counts by region, how well NIKs are confirmed, doubles, children without NIK, deaths; and what
-- each facility gets back. Only columns that the default file shows are counted by.

CREATE MACRO mpi.patients_on(day) AS TABLE
SELECT * FROM history.patient_on(day);

COMMENT ON MACRO TABLE mpi.patients_on IS
'Patients as they were published on a day, in the columns of mpi.patient: SELECT * FROM mpi.patients_on(''2026-11-23'')';

CREATE MACRO mpi.by_region_on(day) AS TABLE
WITH latest AS (SELECT max(build_date) AS build_date FROM meta.build),
patient AS (
    SELECT *, year(least(CAST(day AS DATE), latest.build_date)) - birth_year AS age
    FROM mpi.patients_on(day), latest
)
SELECT provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama, sex,
    CASE WHEN age IS NULL THEN NULL WHEN age < 5 THEN '00-04' WHEN age < 15 THEN '05-14' WHEN age < 25 THEN '15-24'
        WHEN age < 45 THEN '25-44' WHEN age < 60 THEN '45-59' ELSE '60+' END AS age_group,
    count(*) AS patient_count,
    count(nik_confirmed) AS confirmed_count
FROM patient
WHERE is_deceased IS NOT TRUE
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE mpi.by_region_on IS 'mpi.by_region as of a day: SELECT * FROM mpi.by_region_on(''2026-11-23'')';

CREATE VIEW mpi.by_region AS SELECT * FROM mpi.by_region_on('9999-12-31');

CREATE VIEW mpi.nik_by_facility AS
WITH facility AS (
    SELECT namespace AS sumber_kode, code AS kode_faskes, min(master_id) AS facility_id
    FROM msi.facility_identifier GROUP BY ALL
)
SELECT answer.sumber_kode, answer.kode_faskes, facility.facility_id, known.nama AS facility_name,
    known.provinsi_nama, known.kabkota_nama,
    count(*) AS registration_count,
    count(answer.nik) AS with_nik_count,
    count(*) FILTER (answer.nik_verdict = 'match') AS known_nik_count,
    count(*) FILTER (answer.is_confirmed) AS confirmed_count,
    count(*) FILTER (answer.is_confirmed) / count(*) AS confirmed_share
FROM mpi.verification AS answer
LEFT JOIN facility USING (sumber_kode, kode_faskes)
LEFT JOIN msi.facility AS known ON known.master_id = facility.facility_id
GROUP BY ALL ORDER BY ALL;

CREATE VIEW mpi.duplicates_by_facility AS
WITH place AS (
    SELECT master_id, count(DISTINCT (sumber_kode, kode_faskes)) AS facilities FROM mpi.verification GROUP BY ALL
)
SELECT sumber_kode, kode_faskes,
    count(*) AS registration_count,
    count(DISTINCT master_id) AS patient_count,
    count(*) - count(DISTINCT master_id) AS duplicate_count,
    count(DISTINCT master_id) FILTER (place.facilities > 1) AS shared_count
FROM mpi.verification JOIN place USING (master_id)
GROUP BY ALL ORDER BY ALL;

CREATE VIEW mpi.children_without_nik AS
SELECT provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama, birth_year,
    count(*) AS child_count,
    count(relation.related_id) AS known_mother_count
FROM mpi.patient AS child
LEFT JOIN (SELECT master_id, min(related_id) AS related_id FROM mpi.patient_relation GROUP BY ALL) AS relation
    USING (master_id)
WHERE child.nik IS NULL AND child.mother_nik IS NOT NULL
GROUP BY ALL ORDER BY ALL;

CREATE VIEW mpi.deaths_by_region AS
WITH late AS (
    SELECT master_id, count(*) AS late_count FROM mpi.finding WHERE finding = 'registration:after-death' GROUP BY ALL
)
SELECT provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama, sex,
    count(*) AS deceased_count,
    count(late.master_id) AS changed_after_death_count,
    coalesce(sum(late.late_count), 0)::BIGINT AS late_registration_count
FROM mpi.patient LEFT JOIN late USING (master_id)
WHERE is_deceased
GROUP BY ALL ORDER BY ALL;

CREATE VIEW mpi.facility_reply AS
WITH differs AS (
    SELECT record_key, string_agg(column_name, ', ' ORDER BY column_name) AS conflicts
    FROM mpi.conflict WHERE NOT is_chosen GROUP BY ALL
)
SELECT sumber_kode, kode_faskes, no_rm, record_key, master_id, id_origin, is_confirmed,
    nik_verdict, name_verdict, birth_date_verdict, sex_verdict, region_verdict, conflicts
FROM mpi.verification JOIN mpi.patient USING (master_id) LEFT JOIN differs USING (record_key);
