-- Looking a practitioner up by NIK: only where NIKs are in clear.

CREATE MACRO mni.find_practitioner(asked_nik) AS TABLE
SELECT coalesce(p.nik_confirmed = asked_nik, false) AS is_confirmed, p.*
FROM mni.practitioner AS p
WHERE p.master_id IN (
    SELECT master_id FROM mni.practitioner_identifier WHERE namespace = 'nik' AND personal_code = asked_nik)
ORDER BY is_confirmed DESC, p.master_id;

COMMENT ON MACRO TABLE mni.find_practitioner IS
'Practitioners of whom any record tells the NIK, those for whom it is confirmed first: SELECT * FROM mni.find_practitioner(''3273010101900001'')';
