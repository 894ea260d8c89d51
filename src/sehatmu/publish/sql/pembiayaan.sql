-- What a service costs where, for whom, on which day; how prices spread; what is odd; the charge list of a facility.

CREATE MACRO pembiayaan.tariff_on(day, asked_item, asked_place, asked_payer) AS TABLE
SELECT price.*
FROM pembiayaan.tariff AS price
WHERE CAST(day AS DATE) >= price.valid_from AND (price.valid_to IS NULL OR CAST(day AS DATE) <= price.valid_to)
    AND (asked_item IS NULL OR price.item_code = asked_item OR price.kode_lokal = asked_item)
    AND (asked_place IS NULL OR price.facility_id = asked_place OR price.kode_faskes = asked_place)
    AND (asked_payer IS NULL OR price.payer_code = asked_payer)
QUALIFY row_number() OVER (
    PARTITION BY price.sumber_kode, price.kode_faskes, price.kode_lokal, coalesce(price.payer_code, price.penjamin),
        coalesce(price.care_class_code, price.kelas_perawatan)
    ORDER BY price.valid_from DESC, price.record_key) = 1
ORDER BY price.item_code, price.record_key;

COMMENT ON MACRO TABLE pembiayaan.tariff_on IS
'What an item costs at a facility for a payer on a day; where periods overlap, the price that began last. NULL asks for all: SELECT * FROM pembiayaan.tariff_on(''2026-11-23'', ''15067'', ''3273010'', ''BPJS-K'')';

CREATE MACRO pembiayaan.package_on(day, asked_package) AS TABLE
SELECT package.*
FROM pembiayaan.package AS package
WHERE (package.valid_from IS NULL OR CAST(day AS DATE) >= package.valid_from)
    AND (package.valid_to IS NULL OR CAST(day AS DATE) <= package.valid_to)
    AND (asked_package IS NULL OR package.package_code = asked_package)
ORDER BY package.record_key;

COMMENT ON MACRO TABLE pembiayaan.package_on IS
'Prices of a package on a day, by class of hospital, region and class that the patient is entitled to: SELECT * FROM pembiayaan.package_on(''2026-11-23'', ''A-4-10-I'')';

CREATE VIEW pembiayaan.price_spread AS
SELECT price.item_code, service.nama, price.payer_code, price.care_class_code, price.province_code,
    count(DISTINCT price.sumber_kode || '|' || price.kode_faskes) AS facility_count, min(price.amount) AS least_amount,
    CAST(median(price.amount) AS BIGINT) AS median_amount, max(price.amount) AS most_amount
FROM pembiayaan.tariff AS price
JOIN layanan.service AS service ON service.master_id = price.item_code
WHERE price.item_system = 'kptl' AND NOT price.is_flagged
GROUP BY ALL ORDER BY ALL;

CREATE VIEW pembiayaan.finding_by_region AS
SELECT price.province_code, found.finding, count(*) AS price_count,
    count(DISTINCT price.sumber_kode || '|' || price.kode_faskes) AS facility_count,
    CAST(sum(price.amount) AS BIGINT) AS amount
FROM pembiayaan.finding AS found
JOIN pembiayaan.tariff AS price USING (record_key)
GROUP BY ALL ORDER BY ALL;

CREATE VIEW pembiayaan.charge_definition AS
SELECT 'urn:sehatmu:charge:' || price.record_key AS url, price.record_key AS identifier,
    coalesce(price.item_name, price.item_code) AS title,
    CASE WHEN price.valid_to < (SELECT max(build_date) FROM meta.build) THEN 'retired'
        WHEN price.is_flagged THEN 'draft' ELSE 'active' END AS status,
    price.valid_from AS date, price.valid_from AS effective_start, price.valid_to AS effective_end,
    CASE price.item_system WHEN 'kptl' THEN 'http://terminology.kemkes.go.id/CodeSystem/kptl'
        WHEN 'kfa' THEN 'http://sys-ids.kemkes.go.id/kfa' ELSE 'urn:sehatmu:' || price.item_system END AS code_system,
    price.item_code AS code, coalesce(service.nama, price.item_name, price.item_code) AS code_display,
    price.kode_lokal AS local_code, price.sumber_kode, price.kode_faskes, price.facility_id, price.payer_code,
    price.care_class_code, price.group_code, 'base' AS price_type, 'IDR' AS price_currency,
    price.amount AS price_amount
FROM pembiayaan.tariff AS price
LEFT JOIN layanan.service AS service ON service.master_id = price.item_code AND price.item_system = 'kptl';
