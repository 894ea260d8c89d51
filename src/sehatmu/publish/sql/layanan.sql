-- How far facilities' own lists are mapped, who offers what, and what to decide first.

CREATE VIEW layanan.mapping_by_region AS
SELECT place.provinsi_kode, place.provinsi_nama, item.state, count(*) AS item_count,
    count(DISTINCT item.sumber_kode || '|' || item.kode_faskes) AS facility_count
FROM layanan.local_service AS item
LEFT JOIN msi.facility AS place ON place.master_id = item.facility_id
GROUP BY ALL ORDER BY ALL;

CREATE VIEW layanan.offered_by_region AS
SELECT offer.kode_kptl, service.nama, place.provinsi_kode, place.provinsi_nama, place.kabkota_kode, place.kabkota_nama,
    count(*) AS facility_count
FROM layanan.offered_by AS offer
JOIN layanan.service AS service ON service.master_id = offer.kode_kptl
LEFT JOIN msi.facility AS place ON place.master_id = offer.facility_id
GROUP BY ALL ORDER BY ALL;

CREATE VIEW layanan.unmapped_text AS
SELECT item.text, item.group_code, item.state, item.candidate, service.nama AS candidate_name, count(*) AS item_count,
    count(DISTINCT item.sumber_kode || '|' || item.kode_faskes) AS facility_count
FROM layanan.local_service AS item
LEFT JOIN layanan.service AS service ON service.master_id = item.candidate
WHERE item.state IN ('possible', 'unmapped')
GROUP BY ALL ORDER BY facility_count DESC, item.text, item.group_code, item.state, item.candidate;

CREATE MACRO layanan.find_service(asked) AS TABLE
SELECT service.*, string_agg(DISTINCT word.text, ', ' ORDER BY word.text) AS synonyms
FROM layanan.service AS service
LEFT JOIN layanan.synonym AS word USING (kode_kptl)
WHERE service.kode_kptl = asked OR contains(upper(service.nama), upper(asked)) OR service.kode_kptl IN (
    SELECT told.kode_kptl FROM layanan.synonym AS told WHERE contains(told.text, upper(asked)))
GROUP BY ALL ORDER BY service.kode_kptl;

COMMENT ON MACRO TABLE layanan.find_service IS
'Services by code, by a part of their name, or by what facilities call them: SELECT * FROM layanan.find_service(''usg abd'')';
