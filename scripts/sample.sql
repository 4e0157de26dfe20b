-- The demo's sample database: a research group's chat, reading list and audit trail in one file, shaped like the
-- schemas of four real projects. Some 100,000 rows, the same on every machine: nothing here is random.
-- Its times are written in four ways: ISO text with T and Z, 'YYYY-MM-DD HH:MM:SS', seconds since 1970 as REAL and
-- milliseconds since 1970 as INTEGER.
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;

-- --- accounts: users and organizations refer to each other ---

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    tier TEXT DEFAULT 'free',
    owner_id TEXT REFERENCES users(id),
    settings TEXT DEFAULT '{}',
    created_at TEXT NOT NULL
);
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT DEFAULT '',
    org_id TEXT REFERENCES organizations(id),
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    is_active BOOLEAN NOT NULL DEFAULT 1,
    email_verified BOOLEAN NOT NULL DEFAULT 'false',
    created_at TEXT NOT NULL,
    last_login_at TEXT
);
CREATE INDEX ix_users_org ON users(org_id);
CREATE INDEX ix_users_active ON users(last_login_at DESC) WHERE is_active = 1;
CREATE VIEW active_users AS SELECT id, name, email FROM users WHERE is_active = 1;

-- --- audit trail with full-text search over it ---

CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    timestamp TEXT NOT NULL,
    category TEXT NOT NULL,
    action TEXT NOT NULL,
    actor_id TEXT NOT NULL REFERENCES users(id),
    resource_type TEXT,
    resource_id TEXT,
    outcome TEXT NOT NULL,
    ip_address TEXT,
    details TEXT DEFAULT '{}',
    reason TEXT,
    event_hash TEXT NOT NULL
);
CREATE INDEX ix_audit_time ON audit_events(timestamp DESC, category);
CREATE VIRTUAL TABLE audit_fts USING fts5(id, action, actor_id, resource_type, resource_id, details, reason,
    content='audit_events', content_rowid='rowid');
CREATE TABLE genesis_events (
    event_id TEXT PRIMARY KEY,
    event_type TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    parent_event_id TEXT REFERENCES genesis_events(event_id),
    content_hash TEXT NOT NULL,
    data TEXT
);

-- --- reading list ---

CREATE TABLE collections (
    id CHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    visibility VARCHAR(20) NOT NULL DEFAULT 'private',
    parent_id CHAR(36),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY(parent_id) REFERENCES collections(id) ON DELETE CASCADE
);
CREATE TABLE resources (
    id CHAR(36) PRIMARY KEY NOT NULL,
    title VARCHAR NOT NULL,
    description TEXT,
    language VARCHAR(16),
    subject JSON NOT NULL DEFAULT '[]',
    authors JSON,
    doi VARCHAR(255),
    publication_year INTEGER,
    quality_score FLOAT NOT NULL,
    price DECIMAL(10, 2),
    requires_manual_review BOOLEAN NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT '1',
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX ux_resources_doi ON resources(doi) WHERE doi IS NOT NULL;
CREATE INDEX ix_resources_year ON resources(publication_year DESC, quality_score);
CREATE TABLE collection_resources (
    collection_id CHAR(36) NOT NULL,
    resource_id CHAR(36) NOT NULL,
    added_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (collection_id, resource_id),
    FOREIGN KEY(collection_id) REFERENCES collections(id) ON DELETE CASCADE,
    FOREIGN KEY(resource_id) REFERENCES resources(id) ON DELETE CASCADE
);
CREATE TABLE embeddings (
    id TEXT PRIMARY KEY,
    resource_id CHAR(36) NOT NULL UNIQUE REFERENCES resources(id) ON DELETE CASCADE,
    embedding BLOB NOT NULL,
    provider TEXT,
    computed_at REAL NOT NULL
);

-- --- chat ---

CREATE TABLE bots (
    id INTEGER PRIMARY KEY NOT NULL,
    name VARCHAR(100) NOT NULL,
    username VARCHAR(100),
    is_enabled BOOLEAN NOT NULL,
    speed_profile JSON,
    persona_hint TEXT,
    created_at DATETIME NOT NULL
);
CREATE TABLE chats (
    id INTEGER PRIMARY KEY NOT NULL,
    chat_id VARCHAR(64) NOT NULL UNIQUE,
    title VARCHAR(200),
    topics JSON,
    created_at DATETIME NOT NULL
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id INTEGER,
    chat_db_id INTEGER,
    telegram_message_id BIGINT,
    text TEXT,
    reply_to_id INTEGER REFERENCES messages(id) ON DELETE SET NULL,
    created_at DATETIME NOT NULL,
    msg_metadata TEXT,
    FOREIGN KEY(bot_id) REFERENCES bots(id) ON DELETE SET NULL,
    FOREIGN KEY(chat_db_id) REFERENCES chats(id) ON DELETE SET NULL
);
CREATE INDEX ix_messages_chat ON messages(chat_db_id, created_at DESC);
CREATE TABLE settings (
    key VARCHAR(64) PRIMARY KEY NOT NULL,
    value JSON NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;

-- --- signals ---

CREATE TABLE topics (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, taxonomy_path TEXT, created_at TEXT);
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    title TEXT,
    text TEXT,
    url TEXT,
    published_at TEXT,
    raw_json TEXT,
    fetched_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX ux_artifacts_source ON artifacts(source, source_id);
CREATE INDEX ix_artifacts_title ON artifacts(lower(title));
CREATE TABLE artifact_topics (
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id) ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics(id),
    confidence REAL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (artifact_id, topic_id)
);
CREATE TABLE performance_metrics (
    id INTEGER PRIMARY KEY,
    metric_name TEXT NOT NULL,
    metric_value REAL NOT NULL,
    recorded_at REAL NOT NULL
) STRICT;
CREATE TABLE calibration_buckets (
    agent_name TEXT NOT NULL,
    domain TEXT NOT NULL,
    bucket_key TEXT NOT NULL,
    predictions INTEGER NOT NULL DEFAULT 0,
    correct INTEGER NOT NULL DEFAULT 0,
    brier_sum REAL NOT NULL DEFAULT 0.0,
    PRIMARY KEY (agent_name, domain, bucket_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY NOT NULL);

-- --- what the values are made of ---

CREATE TEMP TABLE word (n INTEGER PRIMARY KEY, latin TEXT, open TEXT);
INSERT INTO word VALUES
    (0, 'sparse', 'Öğrenme'), (1, 'retrieval', '検索'), (2, 'causal', 'Ursächlichkeit'), (3, 'graph', 'графы'),
    (4, 'attention', 'dikkat'), (5, 'evaluation', 'évaluation'), (6, 'protein', '蛋白质'), (7, 'market', 'piyasa'),
    (8, 'liquidity', 'likidite'), (9, 'robust', 'güçlü'), (10, 'alignment', 'ευθυγράμμιση'), (11, 'memory', 'память'),
    (12, 'inference', 'inférence'), (13, 'transfer', 'aktarım'), (14, 'benchmark', 'naïve Bayes'),
    (15, 'signal', '🚀 signal');
CREATE TEMP TABLE person (n INTEGER PRIMARY KEY, given TEXT, family TEXT);
INSERT INTO person VALUES
    (0, 'Zoë', 'Ångström'), (1, 'İpek', 'Yıldız'), (2, 'José', 'Muñoz'), (3, '美咲', '田中'), (4, 'Amara', 'Okafor'),
    (5, 'Liam', 'O''Connor'), (6, 'Анна', 'Иванова'), (7, 'Søren', 'Kjær'), (8, 'Grace', 'Hopper'),
    (9, 'Noor', 'al-Hassan'),
    (10, 'Chloé', 'Lefèvre'), (11, 'Jan', 'Nowák');
-- float32 values, as the blobs of embeddings hold them
CREATE TEMP TABLE float32 (n INTEGER PRIMARY KEY, bytes BLOB);
INSERT INTO float32 VALUES
    (0, x'0000FCBE'), (1, x'0000F4BE'), (2, x'0000ECBE'), (3, x'0000E4BE'), (4, x'0000DCBE'), (5, x'0000D4BE'),
    (6, x'0000CCBE'), (7, x'0000C4BE'), (8, x'0000BCBE'), (9, x'0000B4BE'), (10, x'0000ACBE'), (11, x'0000A4BE'),
    (12, x'00009CBE'), (13, x'000094BE'), (14, x'00008CBE'), (15, x'000084BE'), (16, x'000078BE'), (17, x'000068BE'),
    (18, x'000058BE'), (19, x'000048BE'), (20, x'000038BE'), (21, x'000028BE'), (22, x'000018BE'), (23, x'000008BE'),
    (24, x'0000F0BD'), (25, x'0000D0BD'), (26, x'0000B0BD'), (27, x'000090BD'), (28, x'000060BD'), (29, x'000020BD'),
    (30, x'0000C0BC'), (31, x'000000BC'), (32, x'0000003C'), (33, x'0000C03C'), (34, x'0000203D'), (35, x'0000603D'),
    (36, x'0000903D'), (37, x'0000B03D'), (38, x'0000D03D'), (39, x'0000F03D'), (40, x'0000083E'), (41, x'0000183E'),
    (42, x'0000283E'), (43, x'0000383E'), (44, x'0000483E'), (45, x'0000583E'), (46, x'0000683E'), (47, x'0000783E'),
    (48, x'0000843E'), (49, x'00008C3E'), (50, x'0000943E'), (51, x'00009C3E'), (52, x'0000A43E'), (53, x'0000AC3E'),
    (54, x'0000B43E'), (55, x'0000BC3E'), (56, x'0000C43E'), (57, x'0000CC3E'), (58, x'0000D43E'), (59, x'0000DC3E'),
    (60, x'0000E43E'), (61, x'0000EC3E'), (62, x'0000F43E'), (63, x'0000FC3E');
-- n counts from 1; h is a 32-bit number that looks random
CREATE TEMP TABLE number (n INTEGER PRIMARY KEY, h INTEGER NOT NULL);
WITH RECURSIVE counted(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < 25000)
INSERT INTO number SELECT n, (n * 2654435761 + (n % 97) * 40503) % 4294967296 FROM counted;

-- --- the rows ---

INSERT INTO organizations
SELECT printf('org_%04d', n), family || CASE n % 3 WHEN 0 THEN ' Labs' WHEN 1 THEN ' Research' ELSE ' & Söhne' END,
    printf('org-%04d', n), CASE n % 4 WHEN 0 THEN 'enterprise' WHEN 1 THEN 'pro' ELSE 'free' END, NULL,
    json_object('theme', CASE n % 2 WHEN 0 THEN 'dark' ELSE 'light' END, 'seats', n * 5,
        'beta', json(CASE n % 5 WHEN 0 THEN 'true' ELSE 'false' END)),
    strftime('%Y-%m-%dT%H:%M:%SZ', 1672531200 + n * 86400, 'unixepoch')
FROM number JOIN person USING (n) WHERE n <= 11
UNION ALL
SELECT printf('org_%04d', n), 'Company ' || n, printf('org-%04d', n), 'free', NULL, '{}',
    strftime('%Y-%m-%dT%H:%M:%SZ', 1672531200 + n * 86400, 'unixepoch')
FROM number WHERE n BETWEEN 12 AND 120;

INSERT INTO users
SELECT printf('usr_%08x', number.h), printf('user%05d@example.org', number.n), given || ' ' || family,
    printf('org_%04d', 1 + number.n % 120),
    CASE WHEN number.n <= 120 THEN 'owner' WHEN h % 9 = 0 THEN 'admin' ELSE 'member' END,
    h % 8 <> 0, h % 3 <> 0,
    strftime('%Y-%m-%dT%H:%M:%SZ', 1675209600 + number.n * 5400, 'unixepoch'),
    CASE WHEN h % 5 <> 0 THEN strftime('%Y-%m-%dT%H:%M:%SZ', 1704067200 + h % 30000000, 'unixepoch') END
FROM number JOIN person ON person.n = number.h % 12 WHERE number.n <= 3000;
UPDATE organizations SET owner_id = (SELECT id FROM users WHERE org_id = organizations.id AND role = 'owner');

INSERT INTO audit_events
SELECT printf('evt_%08x%05d', h, number.n),
    strftime('%Y-%m-%dT%H:%M:%fZ', 1704067200 + number.n * 613 + (h % 1000) / 1000.0, 'unixepoch'),
    CASE h % 4 WHEN 0 THEN 'auth' WHEN 1 THEN 'data' WHEN 2 THEN 'billing' ELSE 'admin' END,
    CASE h % 5 WHEN 0 THEN 'login' WHEN 1 THEN 'export' WHEN 2 THEN 'invite' WHEN 3 THEN 'delete' ELSE 'update' END,
    (SELECT printf('usr_%08x', actor.h) FROM number AS actor WHERE actor.n = 1 + number.h % 3000),
    CASE h % 3 WHEN 0 THEN 'document' WHEN 1 THEN 'workspace' END,
    CASE WHEN h % 3 < 2 THEN printf('res-%06d', h % 900000) END,
    CASE WHEN h % 11 = 0 THEN 'denied' ELSE 'success' END,
    printf('10.%d.%d.%d', h % 256, h / 256 % 256, h / 65536 % 256),
    json_object('request', printf('%08x', h), 'ms', h % 4000, 'tags', json_array(latin, open)),
    CASE WHEN h % 11 = 0 THEN 'missing right on "' || latin || '"' END,
    printf('%08x%08x', h, (h * 7919 + number.n) % 4294967296)
FROM number JOIN word ON word.n = h % 16 WHERE number.n <= 20000;
CREATE TRIGGER audit_ai AFTER INSERT ON audit_events BEGIN
    INSERT INTO audit_fts(rowid, id, action, actor_id, resource_type, resource_id, details, reason)
    VALUES (new.rowid, new.id, new.action, new.actor_id, new.resource_type, new.resource_id, new.details, new.reason);
END;
INSERT INTO audit_fts(audit_fts) VALUES ('rebuild');

INSERT INTO genesis_events
SELECT printf('gen_%06d', n), CASE h % 3 WHEN 0 THEN 'mutation' WHEN 1 THEN 'crossover' ELSE 'birth' END,
    strftime('%Y-%m-%dT%H:%M:%SZ', 1706745600 + n * 97, 'unixepoch'),
    CASE WHEN n > 7 THEN printf('gen_%06d', n / 3 + 1) END,
    printf('%08x', h), json_object('fitness', round((h % 10000) / 10000.0, 4), 'generation', n / 50)
FROM number WHERE n <= 5000;

INSERT INTO collections
SELECT printf('c0110000-0000-4000-8000-%012x', number.n), latin || ' / ' || open,
    CASE WHEN h % 4 <> 0 THEN 'Reading list no. ' || number.n END,
    CASE h % 3 WHEN 0 THEN 'public' ELSE 'private' END,
    CASE WHEN number.n > 20 THEN printf('c0110000-0000-4000-8000-%012x', number.n / 7 + 1) END,
    datetime(1688169600 + number.n * 7200, 'unixepoch')
FROM number JOIN word ON word.n = number.n % 16 WHERE number.n <= 500;

INSERT INTO resources
SELECT printf('%08x-0000-4000-9000-%012x', h, number.n),
    CASE WHEN number.n % 6 = 0 THEN open || ': ' || latin
        ELSE upper(substr(latin, 1, 1)) || substr(latin, 2) || ' under budget, part ' || number.n % 40 END,
    CASE WHEN h % 7 <> 0 THEN
        'We study ' || latin || ' (' || open || ').' || char(10) || 'Code: https://example.org/r/' || number.n END,
    CASE h % 4 WHEN 0 THEN 'tr' WHEN 1 THEN 'ja' ELSE 'en' END, json_array(latin, 'survey'),
    CASE WHEN h % 9 <> 0 THEN json_array(json_object('given', given, 'family', family)) END,
    CASE WHEN h % 2 = 0 THEN printf('10.5555/%08x.%d', h, number.n) END, 1990 + h % 35, (h % 1000) / 1000.0,
    CASE WHEN h % 5 = 0 THEN (h % 100000) / 100.0 END, h % 13 = 0, 1 + h % 4,
    datetime(1690848000 + number.n * 3600, 'unixepoch'),
    datetime(1690848000 + number.n * 3600 + h % 86400, 'unixepoch')
FROM number JOIN word ON word.n = h % 16 JOIN person ON person.n = h / 16 % 12 WHERE number.n <= 6000;

INSERT INTO collection_resources
SELECT printf('c0110000-0000-4000-8000-%012x', 1 + (n * 11 + shelf * 37) % 500),
    printf('%08x-0000-4000-9000-%012x', h, n),
    datetime(1693526400 + n * 600 + shelf, 'unixepoch')
FROM number JOIN (SELECT 0 AS shelf UNION ALL SELECT 1) WHERE n <= 5000;

INSERT INTO embeddings
SELECT printf('emb_%05d', number.n), printf('%08x-0000-4000-9000-%012x', number.h, number.n),
    (SELECT CAST(group_concat(bytes, '') AS BLOB) FROM (SELECT bytes FROM number AS place
        JOIN float32 ON float32.n = (number.h / 64 + place.n * (1 + number.n % 61)) % 64 WHERE place.n <= 96)),
    CASE number.n % 2 WHEN 0 THEN 'minilm' ELSE 'bge-small' END, 1700000000 + number.n * 1.25
FROM number WHERE number.n <= 2000;

INSERT INTO bots
SELECT n, given || ' bot', printf('bot_%02d', n), n % 4 <> 0,
    json_object('typing_ms', json_array(200 * n, 900 * n), 'burst', n % 3),
    CASE WHEN n % 3 <> 0 THEN 'speaks like ' || family END, datetime(1698796800 + n * 86400, 'unixepoch')
FROM person WHERE n > 0;
INSERT INTO chats
SELECT n, printf('-100%010d', h), 'Room ' || n || CASE n % 2 WHEN 0 THEN ' 📈' ELSE '' END, json_array('fx', latin),
    datetime(1698796800 + n * 3600, 'unixepoch')
FROM number JOIN word USING (n) WHERE n <= 12;
INSERT INTO messages(bot_id, chat_db_id, telegram_message_id, text, reply_to_id, created_at, msg_metadata)
SELECT CASE WHEN h % 10 <> 0 THEN 1 + h % 11 END, 1 + h / 16 % 12, 5000000000 + number.n * 3,
    CASE h % 5 WHEN 0 THEN 'What about ' || latin || '?' WHEN 1 THEN open || ' 👍'
        WHEN 2 THEN 'I disagree: "' || latin || '" is priced in.'
        WHEN 3 THEN 'tab' || char(9) || 'and back\slash' ELSE latin || ' ' || open || ' ' || number.n END,
    CASE WHEN h % 4 = 0 AND number.n > 100 THEN number.n - 1 - h % 99 END,
    datetime(1704067200 + number.n * 41, 'unixepoch'),
    CASE WHEN h % 3 = 0 THEN json_object('lang', CASE h % 2 WHEN 0 THEN 'tr' ELSE 'en' END,
        'edited', json(CASE h % 6 WHEN 0 THEN 'true' ELSE 'false' END)) END
FROM number JOIN word ON word.n = h / 7 % 16;
-- Deleted rows: the counter of AUTOINCREMENT is ahead of the largest id.
DELETE FROM messages WHERE id > 24990;
INSERT INTO settings
SELECT latin || '.limit',
    CASE n % 4 WHEN 0 THEN json_object('max', n * 10) WHEN 1 THEN '"' || latin || '"' WHEN 2 THEN 'null'
        ELSE json_array(n, n + 1) END,
    datetime(1701388800 + n * 60, 'unixepoch')
FROM word;

INSERT INTO topics(name, taxonomy_path, created_at)
SELECT latin, '/research/' || latin, strftime('%Y-%m-%dT%H:%M:%SZ', 1672531200 + n * 3600, 'unixepoch') FROM word;
INSERT INTO artifacts(type, source, source_id, title, text, url, published_at, raw_json, fetched_ms)
SELECT CASE h % 3 WHEN 0 THEN 'preprint' WHEN 1 THEN 'repository' ELSE 'post' END,
    CASE h % 3 WHEN 0 THEN 'arxiv' WHEN 1 THEN 'github' ELSE 'x' END,
    printf('%d.%05d', 2300 + number.n % 100, number.n),
    upper(substr(latin, 1, 1)) || substr(latin, 2) || ' and ' || open,
    'On ' || latin || ' by ' || given || ' ' || family || '.',
    'https://example.org/a/' || number.n || '?q=' || latin || '&v=1',
    CASE WHEN h % 20 <> 0 THEN strftime('%Y-%m-%dT%H:%M:%SZ', 1700000000 + number.n * 1800, 'unixepoch') END,
    json_object('stars', h % 5000, 'score', round((h % 977) / 977.0, 3), 'author', json_object('name', given)),
    1700000000000 + number.n * 1800123
FROM number JOIN word ON word.n = h % 16 JOIN person ON person.n = h / 16 % 12 WHERE number.n <= 8000;
INSERT INTO artifact_topics
SELECT number.n, 1 + (number.h + pick * 5) % 16, round((h / 3 % 1001) / 1000.0, 3)
FROM number JOIN (SELECT 0 AS pick UNION ALL SELECT 1) WHERE number.n <= 8000;
INSERT INTO performance_metrics
SELECT n, CASE h % 3 WHEN 0 THEN 'latency_p95' WHEN 1 THEN 'recall@10' ELSE 'queue_depth' END, (h % 1000003) / 997.0,
    1704067200 + n * 17 + (h % 1000) / 1000.0
FROM number WHERE n <= 10000;
INSERT INTO calibration_buckets
SELECT given, latin, printf('%d0-%d0', bucket.n % 10, bucket.n % 10 + 1), bucket.h % 400, bucket.h % 200,
    (bucket.h % 5000) / 10000.0
FROM person CROSS JOIN word CROSS JOIN number AS bucket WHERE bucket.n <= 10;
INSERT INTO alembic_version VALUES ('7c1f0a9be3d2');
COMMIT;
