-- Who may practise where, whose licence ends, who is at too many places, and which staff is missing. Macros answer for any
-- day; views of the same name for the day of the last build.

CREATE MACRO mni.practitioners_on(day) AS TABLE
SELECT * FROM history.practitioner_on(day);

COMMENT ON MACRO TABLE mni.practitioners_on IS
'Practitioners as they were published on a day, in the columns of mni.practitioner: SELECT * FROM mni.practitioners_on(''2026-11-23'')';

CREATE MACRO mni.day_of(day) AS coalesce(CAST(day AS DATE), (SELECT max(build_date) FROM meta.build));

COMMENT ON MACRO mni.day_of IS 'The day asked for; the day of the last build for NULL';

CREATE MACRO mni.licences_on(day) AS TABLE
SELECT * REPLACE (CASE
    WHEN status IN ('revoked', 'suspended', 'inactive') THEN status
    WHEN issued_date > mni.day_of(day) THEN 'not_yet'
    WHEN expires_date < mni.day_of(day) THEN 'expired'
    WHEN expires_date IS NOT NULL OR issued_date IS NOT NULL THEN 'valid'
    ELSE status END AS status)
FROM mni.licence;

COMMENT ON MACRO TABLE mni.licences_on IS
'mni.licence with the status of a day, which may be to come, as far as today''s dates tell it: SELECT * FROM mni.licences_on(''2027-01-01'')';

CREATE MACRO mni.find_by_number(asked) AS TABLE
SELECT held.kind, held.number, held.status, held.expires_date, holder.*
FROM mni.licence AS held
JOIN mni.practitioner AS holder USING (master_id)
WHERE regexp_replace(held.number, '[^A-Z0-9]', '', 'g') = regexp_replace(upper(asked), '[^A-Z0-9]', '', 'g')
ORDER BY held.kind, holder.master_id;

COMMENT ON MACRO TABLE mni.find_by_number IS
'Who holds an STR or SIP, however the number is punctuated: SELECT * FROM mni.find_by_number(''503/00012/SIPP/DPMPTSP/2024'')';

CREATE MACRO mni.professions_on(day) AS TABLE
SELECT * FROM mni.profession
WHERE (valid_from IS NULL OR valid_from <= mni.day_of(day)) AND (valid_to IS NULL OR valid_to >= mni.day_of(day));

COMMENT ON MACRO TABLE mni.professions_on IS
'Professions of the codebook that hold on a day: SELECT * FROM mni.professions_on(''2026-11-23'')';

CREATE MACRO mni.sip_holders_on(day) AS TABLE
SELECT held.master_id, holder.nama, held.profession_code, known.name AS profession_name, known.group_name,
    held.number, held.issued_date, held.expires_date, held.facility_id, held.facility_key,
    place.nama AS facility_name, place.provinsi_kode, place.provinsi_nama, place.kabkota_kode, place.kabkota_nama
FROM mni.licences_on(day) AS held
JOIN mni.practitioner AS holder USING (master_id)
LEFT JOIN msi.facility AS place ON place.master_id = held.facility_id
LEFT JOIN mni.professions_on(day) AS known ON known.profession_code = held.profession_code
WHERE held.kind = 'SIP' AND held.status = 'valid';

COMMENT ON MACRO TABLE mni.sip_holders_on IS
'Practitioners with a licence to practise (SIP) that holds on a day, with its place: SELECT * FROM mni.sip_holders_on(''2026-11-23'') WHERE kabkota_kode = ''3275'' AND profession_code = ''apoteker''';

CREATE MACRO mni.sip_by_region_on(day) AS TABLE
SELECT provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama, profession_code, profession_name, group_name,
    count(DISTINCT master_id) AS practitioner_count, count(*) AS sip_count
FROM mni.sip_holders_on(day)
GROUP BY ALL ORDER BY ALL;

COMMENT ON MACRO TABLE mni.sip_by_region_on IS
'mni.sip_by_region as of a day: SELECT * FROM mni.sip_by_region_on(''2026-11-23'')';

CREATE VIEW mni.sip_by_region AS SELECT * FROM mni.sip_by_region_on(NULL);

CREATE MACRO mni.sip_ending_within(day, days) AS TABLE
WITH holding AS (SELECT * FROM mni.sip_holders_on(day)),
lasting AS (
    SELECT *, max(expires_date) OVER (PARTITION BY master_id, coalesce(facility_key, number)) AS last_date FROM holding
)
SELECT expires_date, expires_date - mni.day_of(day) AS days_left, number, master_id, nama, profession_code,
    profession_name, facility_id, facility_name, provinsi_kode, provinsi_nama, kabkota_kode, kabkota_nama
FROM lasting
WHERE expires_date = last_date AND expires_date - mni.day_of(day) <= days
ORDER BY expires_date, number, master_id;

COMMENT ON MACRO TABLE mni.sip_ending_within IS
'Licences to practise that hold on a day and end within so many days, where none for the same place lasts longer: SELECT * FROM mni.sip_ending_within(''2026-11-23'', 30)';

CREATE VIEW mni.sip_ending AS SELECT * FROM mni.sip_ending_within(NULL, 90);

CREATE VIEW mni.over_allowed_places AS
WITH beyond AS (SELECT DISTINCT master_id, detail FROM mni.finding WHERE finding = 'places:more-than-allowed')
SELECT beyond.master_id, held.nama, holder.profession_code, holder.profession_name,
    count(DISTINCT coalesce(held.facility_key, held.number)) AS place_count, beyond.detail,
    string_agg(DISTINCT coalesce(held.facility_name, held.facility_key), ', '
        ORDER BY coalesce(held.facility_name, held.facility_key)) AS facilities,
    string_agg(DISTINCT held.number, ', ' ORDER BY held.number) AS sip_numbers
FROM beyond
JOIN mni.practitioner AS holder USING (master_id)
JOIN mni.sip_holders_on(NULL) AS held USING (master_id)
GROUP BY ALL ORDER BY place_count DESC, beyond.master_id;

CREATE VIEW mni.licence_findings AS
WITH place AS (
    SELECT role.master_id, min(role.facility_id) AS facility_id
    FROM mni.practitioner_role AS role WHERE role.facility_id IS NOT NULL GROUP BY ALL
)
SELECT where_at.provinsi_kode, where_at.provinsi_nama, where_at.kabkota_kode, where_at.kabkota_nama, found.finding,
    count(DISTINCT found.master_id) AS practitioner_count, count(*) AS finding_count
FROM mni.finding AS found
LEFT JOIN place USING (master_id)
LEFT JOIN msi.facility AS where_at ON where_at.master_id = place.facility_id
WHERE regexp_matches(found.finding, '^(str|sip|no_str|no_sip|job|places|licence):')
GROUP BY ALL ORDER BY ALL;

CREATE MACRO mni.gap_on(day) AS TABLE
WITH role AS (
    SELECT facility_id, master_id, profession_code, profession_group FROM mni.practitioner_role
    WHERE facility_id IS NOT NULL
),
present AS (
    SELECT facility_id, 'profession' AS asked, profession_code AS code, count(DISTINCT master_id) AS staff
    FROM role GROUP BY ALL
    UNION ALL
    SELECT facility_id, 'group', profession_group, count(DISTINCT master_id) FROM role GROUP BY ALL
)
SELECT f.master_id AS facility_id, f.nama AS facility_name, f.jenis_sarana_nama, f.provinsi_kode, f.provinsi_nama,
    f.kabkota_kode, f.kabkota_nama, s.requirement_code, s.profession_code, s.group_code,
    s.staff_count AS required_count, coalesce(present.staff, 0) AS present_count,
    greatest(s.staff_count - coalesce(present.staff, 0), 0) AS missing_count,
    f.master_id IN (SELECT told.facility_id FROM mni.practitioner_role AS told) AS is_told,
    s.status AS requirement_status, s.source AS requirement_source
FROM msi.facility AS f
JOIN mni.required_staff AS s
    ON s.jenis_sarana_kode = f.jenis_sarana_kode
    AND (s.subjenis_kode IS NULL OR s.subjenis_kode = coalesce(f.subjenis_kode, '-'))
    AND (s.kelas_sarana_kode IS NULL OR s.kelas_sarana_kode = f.kelas_sarana_kode)
    AND (s.rawat_inap IS NULL OR s.rawat_inap = coalesce(f.rawat_inap, false))
    AND (s.valid_from IS NULL OR s.valid_from <= mni.day_of(day))
    AND (s.valid_to IS NULL OR s.valid_to >= mni.day_of(day))
LEFT JOIN present
    ON present.facility_id = f.master_id
    AND present.asked = CASE WHEN s.profession_code IS NULL THEN 'group' ELSE 'profession' END
    AND present.code = coalesce(s.profession_code, s.group_code)
WHERE f.status_aktif IS NOT FALSE
ORDER BY f.master_id, s.requirement_code;

COMMENT ON MACRO TABLE mni.gap_on IS
'mni.gap with the requirements that hold on a day, against the roles of the last build: SELECT * FROM mni.gap_on(''2026-11-23'') WHERE missing_count > 0';

CREATE VIEW mni.gap AS SELECT * FROM mni.gap_on(NULL);

CREATE VIEW mni.sip_by_facility AS
WITH job AS (
    SELECT DISTINCT facility_id, master_id FROM mni.practitioner_role WHERE facility_id IS NOT NULL
),
covered AS (SELECT DISTINCT facility_id, master_id FROM mni.licence WHERE kind = 'SIP' AND status = 'valid')
SELECT job.facility_id, place.nama AS facility_name, place.provinsi_kode, place.provinsi_nama, place.kabkota_kode,
    place.kabkota_nama,
    count(*) AS practitioner_count,
    count(covered.master_id) AS with_sip_count,
    count(*) - count(covered.master_id) AS without_sip_count,
    count(covered.master_id) / count(*) AS with_sip_share
FROM job
LEFT JOIN covered USING (facility_id, master_id)
LEFT JOIN msi.facility AS place ON place.master_id = job.facility_id
GROUP BY ALL ORDER BY ALL;
