-- What the small scripts run on: sqlite3 sample.db < sample.sql
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    mail TEXT,
    country TEXT,
    legacy_flags INTEGER,
    deleted_at TEXT
);
INSERT INTO customers VALUES
    (1, 'Ann Ash', 'ann@example.org', 'DE', 7, NULL),
    (2, 'Bo Berg', 'bo@example.org', 'SE', 0, NULL),
    (3, 'Ann Ash', 'Ann@Example.org', 'DE', 3, NULL),
    (4, 'Cem Can', NULL, 'TR', 0, '2024-02-29'),
    (5, ' Dora  ', 'dora@example.org ', 'Germany', 0, NULL),
    (6, 'BUY NOW', 'x', 'SE', 0, NULL);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    placed_at INTEGER NOT NULL,   -- milliseconds since 1970
    shipped_at TEXT,              -- the warehouse's clock, two hours before UTC
    amount REAL NOT NULL,
    tags TEXT,
    raw TEXT                      -- JSON of the shop's API
);
INSERT INTO orders VALUES
    (10, 1, 1709208000123, '2024-03-01 10:30:00', 19.9, 'gift,express', '{"id": 10, "lines": [{"sku": "a", "n": 2}]}'),
    (11, 3, 1709294400000, NULL, 5, '', '{"id": 11, "lines": []}'),
    (12, 2, 1709380800500, '2024-03-03 00:15:00', 100.25, 'gift', NULL),
    (13, 5, 1709467200000, '2024-03-04 12:00:00', 0.1, NULL, '{"id": 9007199254740993}');

-- It refers to customers without saying so.
CREATE TABLE notes (id INTEGER PRIMARY KEY, customer_ref INTEGER, body TEXT);
INSERT INTO notes VALUES (1, 3, 'calls twice'), (2, 2, 'calls back'), (3, NULL, 'for nobody');

CREATE TABLE tmp_import (line TEXT);
INSERT INTO tmp_import VALUES ('left over');
