-- Looking a practitioner up by the hash of a NIK, made with the key of the home.

CREATE MACRO mni.find_practitioner_by_hash(asked_hash) AS TABLE
SELECT coalesce(p.nik_confirmed = asked_hash, false) AS is_confirmed, p.*
FROM mni.practitioner AS p
WHERE p.nik = asked_hash
ORDER BY is_confirmed DESC, p.master_id;

COMMENT ON MACRO TABLE mni.find_practitioner_by_hash IS
'Practitioners by the HMAC-SHA256 of their best NIK (64 hex digits), those for whom it is confirmed first: SELECT * FROM mni.find_practitioner_by_hash(''...'')';
