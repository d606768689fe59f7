"""PYMERP's database in small: the migrations that ran, and a few tables with rows."""

from __future__ import annotations

MIGRATIONS = (
    (1, "create companies"),
    (2, "create users and roles"),
    (3, "create products"),
    (4, "create customers"),
    (5, "create suppliers"),
    (6, "create sales"),
    (7, "create purchases"),
    (8, "create inventory movements"),
    (10, "add company rut index"),
    (11, "create invoices"),
    (12, "create price lists"),
    (14, "add audit columns"),
    (15, "create refresh tokens"),
    (16, "create service catalog"),
    (18, "create storage objects"),
    (20, "add tenant id to sales"),
    (21, "create finance accounts"),
    (23, "create payment terms"),
    (25, "add sales status"),
    (27, "create document files"),
    (28, "create mail templates"),
    (30, "backfill tenant id"),
    (33, "add product images"),
    (35, "create rate limits"),
    (38, "create reports"),
    (40, "add indexes for reports"),
    (42, "create webhooks"),
    (44, "add health probe table"),
    (45, "widen storage keys"),
    (46, "add invoice folio sequence"),
)
"""Version and description: up to 46, with the gaps that removed migrations leave."""

TABLES = """
CREATE TABLE companies (id bigint PRIMARY KEY, name text NOT NULL, rut text UNIQUE NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE products (id bigint PRIMARY KEY, company_id bigint NOT NULL REFERENCES companies, sku text NOT NULL,
                       price numeric(12, 2) NOT NULL);
CREATE TABLE sales (id bigint PRIMARY KEY, company_id bigint NOT NULL REFERENCES companies, total numeric(14, 2) NOT NULL,
                    note text, sold_at timestamptz NOT NULL);
INSERT INTO companies VALUES (1, 'Ferretería Ñuñoa', '76.111.111-6', true), (2, 'Panadería Sur', '76.222.222-1', true),
                             (3, 'Librería Andes', '76.333.333-7', false);
INSERT INTO products SELECT n, 1 + n % 3, 'SKU-' || n, n * 990.50 FROM generate_series(1, 40) AS n;
INSERT INTO sales SELECT n, 1 + n % 3, n * 11900.25, CASE WHEN n % 4 = 0 THEN NULL WHEN n % 4 = 1 THEN '' ELSE 'venta ' || n END,
                         timestamptz '2026-01-01 09:00-03' + n * interval '6 hours' FROM generate_series(1, 120) AS n;
"""

HISTORY = """
CREATE TABLE flyway_schema_history (
    installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL,
    script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
    execution_time int NOT NULL, success boolean NOT NULL);
"""

BROKEN_MIGRATION = """
INSERT INTO flyway_schema_history
SELECT max(installed_rank) + 1, '47', 'add credit notes', 'SQL', 'V47__add_credit_notes.sql', 470047, 'pymerp', now(), 12, false
FROM flyway_schema_history HAVING NOT bool_or(version = '47');
"""
REPAIR = "DELETE FROM flyway_schema_history WHERE NOT success;"

# A restored cluster is this server again; with an older backup it lacks the last migration.
BEHIND = """
CREATE TABLE IF NOT EXISTS lab_set_aside AS SELECT * FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1;
DELETE FROM flyway_schema_history WHERE installed_rank IN (SELECT installed_rank FROM lab_set_aside);
"""
LEVEL = """
CREATE TABLE IF NOT EXISTS lab_set_aside AS SELECT * FROM flyway_schema_history WHERE false;
INSERT INTO flyway_schema_history SELECT * FROM lab_set_aside;
DROP TABLE lab_set_aside;
"""


def schema_sql() -> str:
    rows = ",\n".join(_row(rank, version, text) for rank, (version, text) in enumerate(MIGRATIONS, start=1))
    return f"BEGIN;\n{TABLES}\n{HISTORY}\nINSERT INTO flyway_schema_history VALUES\n{rows};\nCOMMIT;\n"


def _row(rank: int, version: int, text: str) -> str:
    script = f"V{version}__{text.replace(' ', '_')}.sql"
    checksum = version * 7919 % 2**31
    day = f"timestamp '2025-06-02 10:00' + interval '{rank * 5} days'"
    return f"({rank}, '{version}', '{text}', 'SQL', '{script}', {checksum}, 'pymerp', {day}, {20 + version}, true)"
