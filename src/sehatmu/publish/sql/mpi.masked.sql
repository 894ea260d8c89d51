-- Looking a person up by the hash of a NIK, as `sehatmu query --nik` makes it with the key of the home.

CREATE MACRO mpi.find_patient_by_hash(asked_hash) AS TABLE
SELECT coalesce(p.nik_confirmed = asked_hash, false) AS is_confirmed, p.*
FROM mpi.patient AS p
WHERE p.nik = asked_hash OR p.master_id IN (SELECT master_id FROM mpi.verification WHERE nik = asked_hash)
ORDER BY is_confirmed DESC, p.master_id;

COMMENT ON MACRO TABLE mpi.find_patient_by_hash IS
'Patients by the HMAC-SHA256 of a NIK (64 hex digits), those for whom it is confirmed first; `sehatmu query --nik` hashes and asks: SELECT * FROM mpi.find_patient_by_hash(''...'')';
