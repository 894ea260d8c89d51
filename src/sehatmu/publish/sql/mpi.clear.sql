-- Looking a person up by clear values: only where they are.

CREATE MACRO mpi.find_patient(asked_nik) AS TABLE
(SELECT coalesce(p.nik_confirmed = asked_nik, false) AS is_confirmed, p.*
FROM mpi.patient AS p
WHERE p.master_id IN (SELECT master_id FROM mpi.patient_identifier WHERE namespace = 'nik' AND code = asked_nik)
ORDER BY is_confirmed DESC, p.master_id),
(asked_name, asked_birth_date, asked_sex) AS TABLE
(SELECT round(greatest(
        jaro_winkler_similarity(upper(p.nama), upper(asked_name)),
        jaro_winkler_similarity(
            array_to_string(list_sort(regexp_split_to_array(upper(p.nama), '\s+')), ' '),
            array_to_string(list_sort(regexp_split_to_array(upper(asked_name), '\s+')), ' '))
    ), 4) AS name_score, p.*
FROM mpi.patient AS p
WHERE p.birth_date = CAST(asked_birth_date AS DATE) AND (p.sex = asked_sex OR p.sex IS NULL)
    AND (name_score >= 0.8 OR contains(upper(p.nama), upper(asked_name)))
ORDER BY name_score DESC, p.master_id);

COMMENT ON MACRO TABLE mpi.find_patient IS
'Patients by NIK (those for whom it is confirmed first), or by name, birth date and sex (M or F), the nearest names first: SELECT * FROM mpi.find_patient(''3273010101900001''); SELECT * FROM mpi.find_patient(''Contoh Warga'', ''1990-01-31'', ''F'')';
