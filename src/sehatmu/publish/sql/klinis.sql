-- Visits and diagnoses by place and month, how long reports take, results out of range, and what leads nowhere.

CREATE VIEW klinis.visits_by_facility AS
SELECT visit.facility_id, place.nama AS facility_nama, place.provinsi_nama, visit.class_code,
    CAST(date_trunc('month', timezone('Asia/Jakarta', visit.started_at)) AS DATE) AS month,
    count(*) AS visit_count, count(DISTINCT visit.patient_id) AS patient_count
FROM klinis.encounter AS visit
LEFT JOIN msi.facility AS place ON place.master_id = visit.facility_id
WHERE NOT visit.is_void
GROUP BY ALL ORDER BY ALL;

CREATE VIEW klinis.diagnoses_by_region AS
SELECT counted.*, rank() OVER (PARTITION BY provinsi_nama, month ORDER BY diagnosis_count DESC, code, code_system) AS rank
FROM (
    SELECT place.provinsi_nama,
        CAST(date_trunc('month', timezone('Asia/Jakarta', coalesce(told.recorded_at, visit.started_at))) AS DATE) AS month,
        told.code_system, told.code, count(*) AS diagnosis_count, count(DISTINCT told.patient_id) AS patient_count
    FROM klinis.condition AS told
    LEFT JOIN klinis.encounter AS visit ON visit.encounter_id = told.encounter_id
    LEFT JOIN msi.facility AS place ON place.master_id = told.facility_id
    WHERE NOT told.is_void AND NOT coalesce(visit.is_void, false)
    GROUP BY ALL
) AS counted
ORDER BY provinsi_nama, month, rank;

CREATE VIEW klinis.turnaround AS
SELECT report.facility_id, place.nama AS facility_nama, report.category_code, count(*) AS report_count,
    median(date_diff('minute', request.authored_at, report.issued_at) / 60.0) AS median_hours,
    quantile_cont(date_diff('minute', request.authored_at, report.issued_at) / 60.0, 0.9) AS ninety_hours
FROM klinis.diagnostic_report AS report
JOIN klinis.service_request AS request ON request.service_request_id = report.service_request_id
LEFT JOIN msi.facility AS place ON place.master_id = report.facility_id
WHERE NOT report.is_void AND NOT request.is_void AND report.issued_at >= request.authored_at
GROUP BY ALL ORDER BY ALL;

CREATE VIEW klinis.out_of_range AS
SELECT seen.code_system, seen.code, count(*) AS observation_count,
    count(*) FILTER (seen.value_number < seen.range_low) AS low_count,
    count(*) FILTER (seen.value_number > seen.range_high) AS high_count
FROM klinis.observation AS seen
WHERE NOT seen.is_void AND seen.value_number IS NOT NULL AND (seen.range_low IS NOT NULL OR seen.range_high IS NOT NULL)
GROUP BY ALL ORDER BY ALL;

CREATE VIEW klinis.visits_without_diagnosis AS
SELECT visit.facility_id, place.nama AS facility_nama, count(*) AS visit_count,
    count(*) FILTER (told.encounter_id IS NULL) AS without_count
FROM klinis.encounter AS visit
LEFT JOIN (SELECT DISTINCT encounter_id FROM klinis.condition WHERE NOT is_void) AS told
    ON told.encounter_id = visit.encounter_id
LEFT JOIN msi.facility AS place ON place.master_id = visit.facility_id
WHERE NOT visit.is_void AND visit.status = 'finished'
GROUP BY ALL ORDER BY ALL;

CREATE VIEW klinis.unresolved_by_facility AS
SELECT lost.facility_id, place.nama AS facility_nama, lost.resource_type, lost.element, lost.why,
    count(*) AS reference_count, min(lost.delivery_date) AS since_date
FROM klinis.unresolved_reference AS lost
LEFT JOIN msi.facility AS place ON place.master_id = lost.facility_id
GROUP BY ALL ORDER BY reference_count DESC, lost.facility_id, lost.resource_type, lost.element, lost.why;
