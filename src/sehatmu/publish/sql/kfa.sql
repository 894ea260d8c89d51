-- Drugs and devices: what there is of a substance, generics, registrations that end, price spread, local content, items
-- of the catalogue without a product, numbers that gave way. The unbranded variant of a template, named (Umum), is no
-- product of anybody, and counts nowhere here.

CREATE MACRO kfa.products_on(day) AS TABLE
SELECT * FROM history.product_on(day);

COMMENT ON MACRO TABLE kfa.products_on IS
'Products as they were published on a day, in the columns of kfa.product: SELECT * FROM kfa.products_on(''2026-11-23'')';

CREATE VIEW kfa.product_by_substance AS
WITH holds AS (
    SELECT template_id, string_agg(substance.name, ' + ' ORDER BY position) AS substances
    FROM kfa.active_ingredient JOIN kfa.substance ON substance.master_id = substance_id
    GROUP BY ALL
)
SELECT template.master_id AS template_id, template.name AS template_name, substances, strength,
    template.dosage_form_name,
    count(product.master_id) AS product_count,
    count(*) FILTER (product.active) AS active_count,
    count(*) FILTER (product.generik) AS generic_count,
    count(DISTINCT product.manufacturer) AS maker_count
FROM kfa.template AS template
LEFT JOIN holds ON holds.template_id = template.master_id
LEFT JOIN kfa.product AS product ON product.template_id = template.master_id AND product.nie IS NOT NULL
GROUP BY ALL ORDER BY substances, strength, template_id;

CREATE VIEW kfa.generic_alternative AS
SELECT branded.master_id, branded.name, branded.template_id, generic.master_id AS generic_id,
    generic.name AS generic_name, generic.manufacturer, generic.fix_price
FROM kfa.product AS branded
JOIN kfa.product AS generic USING (template_id)
WHERE branded.generik IS FALSE AND generic.generik AND generic.nie IS NOT NULL
ORDER BY branded.master_id, generic.fix_price, generic.master_id;

CREATE VIEW kfa.expiring AS
WITH latest AS (SELECT max(build_date) AS day FROM meta.build),
registered AS (
    SELECT master_id, name, nie, nie_expiry_date, registrar FROM kfa.product
    UNION ALL
    SELECT master_id, name, nie, nie_expiry_date, registrar FROM kfa.device
)
SELECT master_id, name, nie, nie_expiry_date, date_diff('day', latest.day, nie_expiry_date) AS days_left, registrar
FROM registered, latest
WHERE nie_expiry_date BETWEEN latest.day AND latest.day + INTERVAL 1 YEAR
ORDER BY nie_expiry_date, master_id;

CREATE VIEW kfa.price_spread AS
SELECT product.template_id, template.name AS template_name, price.wilayah_harga,
    count(*) AS item_count,
    min(price.unit_price) AS lowest,
    median(price.unit_price) AS median,
    max(price.unit_price) AS highest,
    max(price.unit_price) / min(price.unit_price) AS spread
FROM kfa.price AS price
JOIN kfa.product AS product USING (master_id)
JOIN kfa.template AS template ON template.master_id = product.template_id
WHERE price.until_date IS NULL AND price.unit_price > 0
GROUP BY ALL ORDER BY template_id, wilayah_harga;

CREATE VIEW kfa.unmatched_by_reason AS
SELECT komoditas, reason, count(*) AS item_count, count(template_id) AS known_template_count
FROM kfa.unmatched_item
GROUP BY ALL ORDER BY ALL;

CREATE VIEW kfa.tkdn_share AS
WITH offered AS (
    SELECT farmalkes_type, produksi_buatan, kode_lkpp, score_tkdn, score_tkdn_bmp FROM kfa.product
    UNION ALL
    SELECT farmalkes_type, produksi_buatan, kode_lkpp, score_tkdn, score_tkdn_bmp FROM kfa.device
)
SELECT farmalkes_type, produksi_buatan,
    count(*) AS offered_count,
    count(score_tkdn) AS with_tkdn_count,
    count(*) FILTER (score_tkdn_bmp >= 40) AS tkdn_40_count,
    count(*) FILTER (score_tkdn_bmp >= 40) / count(*) AS tkdn_40_share,
    avg(score_tkdn) AS mean_tkdn
FROM offered
WHERE kode_lkpp IS NOT NULL
GROUP BY ALL ORDER BY ALL;

CREATE VIEW kfa.replacement AS
SELECT retired_id AS kfa_code, current_id AS replacement_kfa_code, build_date
FROM xref.redirect
WHERE index = 'kfa';
