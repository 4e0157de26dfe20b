-- SQL by hand that SQLite takes, about the tables of sql_grammar: what is easily read wrong.

local corpus = {}

corpus.expressions = {
    -- precedence
    "1 || 2 * 3", "1 + 2 || 3", "-1 || 2", "- 5 COLLATE nocase", "~1 + 2", "~ - + ~ 1", "1 - -1", "1 - - - 1",
    "2 * -3 - 4", "NOT 1 = 2", "NOT NOT NOT a", "1 = NOT 0", "1 + NOT 0 + 1", "- NOT 1 = 2", "NOT a IS NULL",
    "NOT a IN (1)", "NOT -a < 0", "1 = 2 = 0", "1 < 2 < 3", "1 IS 1 IS 1", "1 & 2 | 3 << 1 >> 1", "5 % 3 * 2 / 1",
    "1 OR 0 AND 0", "0 AND 1 OR 1", "NOT 0 OR 1", "a IS NOT NULL = 1", "a NOT NULL IS NULL", "a ISNULL ISNULL",
    "1 == 1 <> 1 != 1", "3 > 2 = 1 > 0", "a || b COLLATE nocase = 'X'", "a COLLATE nocase COLLATE binary = 'Q'",
    "'1' -> '$' ->> '$' || 1", "'{\"a\":[1,2]}' -> '$.a' ->> 1 + 1", "'[1]' ->> 0 = 1",
    -- NULL tests and IS
    "NULL IS NULL", "a IS NOT NULL", "a IS NOT DISTINCT FROM NULL", "a IS DISTINCT FROM 1", "a IS NOT 1 + 1",
    "a IS NOT NOT 1", "a IS (NULL)", "a IS NULL + 1", "a IS NULL COLLATE nocase", "a IS TRUE", "a IS NOT FALSE",
    "a IS (TRUE)", "TRUE + 1", "(1, NULL) IS (1, NULL)", "(1, 2) IS NOT (1, 3)", "1 NOTNULL NOTNULL",
    -- LIKE and ESCAPE
    "'a' LIKE 'b' LIKE 'c'", "'a%' LIKE 'a\\%' ESCAPE '\\'", "'a' LIKE 'A' || '' ESCAPE '\\' = 1",
    "'a' NOT LIKE 'b' ESCAPE 'c'", "'a' LIKE 'a' ESCAPE 'x' < 2", "s LIKE NOT s LIKE 'x' ESCAPE 'y'",
    "s NOT GLOB 'a*' AND 1", "like('a', 'A')", "glob('a*', s)", "s LIKE n COLLATE binary", "NOT s LIKE 'a' OR 1",
    -- BETWEEN and IN
    "2 BETWEEN 1 AND 3 AND 0", "2 NOT BETWEEN 1 AND 3 OR 1", "1 BETWEEN 0 = 0 AND 1",
    "1 BETWEEN 0 AND 2 BETWEEN 1 AND 1", "1 BETWEEN 0 BETWEEN 0 AND 0 AND 1", "1 = 1 BETWEEN 0 AND 1",
    "1 BETWEEN NOT 1 AND NOT 0", "1 BETWEEN 0 AND 1 < 2", "1 IN ()", "NULL IN ()", "1 NOT IN ()", "a IN (1, 'q')",
    "1 + 1 IN (2)", "1 < 2 IN (1)", "a IN (SELECT k FROM u)", "a IN ((SELECT k FROM u))",
    "a IN ((SELECT k FROM u), 'q')", "(1, 2) IN (VALUES (1, 2))", "(i, a) IN (SELECT k, w FROM u)", "1 IN (1) IN (1)",
    "a NOT IN (SELECT k FROM u) AND 1", "i IN (WITH q AS (SELECT 2) SELECT * FROM q)", "1 IN (1) = 1", "- 1 IN (-1)",
    "3 IN (1, 2, 3)",
    -- literals
    "9223372036854775807 + 1", "9223372036854775808", "-9223372036854775808", "- 9223372036854775808",
    "-(9223372036854775808)", "- -9223372036854775808", "-9223372036854775809", "18446744073709551616",
    "0x7fffffffffffffff", "0xFFFFFFFFFFFFFFFF", "-0x1", "0x0000000000000000001", ".5", "5.", "5.e1", "1e400",
    "-1e-400", "00012", "x''", "X'00fF'", "''''", "''", "'a''b'", "'--'", "'/*'", "'x' = \"a\"", "`a`", "[a]", "\"a\"",
    "current_date IS NOT NULL", "CURRENT_TIMESTAMP > ''",
    -- names
    "t.a", "main.t.a", "\"t\".\"a\"", "[t].[a]", "'t'.'a'", "t . a", "\"two words\"", "t.\"two words\"", "key", "t.key",
    "rowid", "t._rowid_",
    -- calls, CASE, CAST, subqueries
    "abs(-1)", "\"abs\"(1)", "[max](1, 2)", "max(1, 2)", "coalesce(NULL, NULL, 1)", "replace('aXa', 'X', 'b')",
    "iif(1, 2, 3)", "CASE 1 WHEN 1 THEN 2 END", "CASE WHEN a THEN 1 ELSE CASE WHEN 1 THEN 2 END END",
    "CASE a = 1 WHEN 1 THEN 'one' ELSE -1 END || 'x'", "CASE WHEN 1 THEN 2 END + 1", "CAST('12abc' AS INTEGER)",
    "CAST(a AS)", "CAST(a AS \"x\" 'y')", "CAST(a AS DECIMAL(10, +2))", "CAST(1 AS TEXT) || 2", "EXISTS (SELECT 1)",
    "NOT EXISTS (SELECT 1) = 1", "(NOT EXISTS (SELECT 1)) = 1", "(SELECT 1) + (SELECT 2)", "((((1))))",
    "(SELECT max(k) FROM u WHERE k < t.i)", "(WITH q(x) AS (VALUES (1)) SELECT x FROM q)", "(VALUES (1), (2))",
    "(SELECT 1 UNION SELECT 2 ORDER BY 1 DESC LIMIT 1)", "(SELECT count(*) FROM u)", "((1, 2)) = (1, 2)",
    "(1, 2) < (SELECT 1, 3)", "/* a */ 1 -- b\n + 2", "1+2-3", "1--1\n", "1/**/+/**/2",
}

corpus.statements = {
    "SELECT 1 desc, 2 offset, 3 'x', 4 \"y\", 5 [z], 6 end, 7 AS left, 8 AS 'natural'", "SELECT *, t.*, 't'.* FROM t",
    "SELECT a from t left join u on a = k", "SELECT a FROM t cross join u",
    "SELECT a FROM t, u, u AS v WHERE t.a = v.k", "SELECT 1 FROM t NATURAL LEFT OUTER JOIN (SELECT 1 AS i)",
    "SELECT 1 FROM t LEFT JOIN (u JOIN u AS v ON 1) ON 2", "SELECT 1 FROM t JOIN (SELECT 1 AS i) USING (i)",
    "SELECT 1 FROM (t)", "SELECT 1 FROM ((SELECT 1))",
    "SELECT 1 FROM t FULL OUTER JOIN u ON t.i = u.k RIGHT JOIN u AS v ON v.k = u.k", "SELECT 1 FROM t, u ON t.i = u.k",
    "SELECT 1 FROM json_each('[1]') j, json_each(j.value) AS k", "SELECT 1 FROM t AS x NOT INDEXED WHERE x.a",
    "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 0 ORDER BY 2 DESC, a COLLATE nocase ASC NULLS LAST",
    "SELECT count(DISTINCT a), group_concat(s, ','), sum(i) FILTER (WHERE i > 0), total(ALL r) FROM t",
    "SELECT sum(i) OVER w, rank() OVER (w ORDER BY a), lag(i, 1, 0) OVER (PARTITION BY a ORDER BY i) FROM t "
    .. "WINDOW w AS (PARTITION BY s)",
    "SELECT sum(i) OVER (ORDER BY i RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM t",
    "SELECT sum(i) OVER (ROWS 1 + 1 PRECEDING), sum(i) OVER (GROUPS UNBOUNDED PRECEDING) FROM t WINDOW w AS ()",
    "SELECT count(*) filter FROM t", "SELECT count(*) over, 1 FROM t", "SELECT a window FROM t",
    "SELECT 1 FROM t window", "VALUES (1, 2), (3, 4)",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT VALUES (3) INTERSECT SELECT 4 ORDER BY 1 LIMIT 1 OFFSET 2",
    "SELECT 1 LIMIT 2, 3", "SELECT 1 LIMIT -1", "SELECT ALL 1", "SELECT DISTINCT (1), 2", "SELECT 1 WHERE 0",
    "SELECT 1;", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5) SELECT x FROM c",
    "WITH a AS MATERIALIZED (SELECT 1 AS x), b(y) AS NOT MATERIALIZED (SELECT x FROM a) SELECT * FROM a, b",
    "SELECT * FROM (SELECT 1 UNION SELECT 2) AS x, (VALUES (1)) y",
    "SELECT a FROM t ORDER BY a IS NULL, a DESC NULLS FIRST",
    "INSERT INTO u VALUES (1, 2, 3, 4) ON CONFLICT (k) DO NOTHING",
    "INSERT INTO u(k, w) SELECT i, a FROM t WHERE true ON CONFLICT (k) DO UPDATE SET w = excluded.w, "
    .. "(z, left) = (1, 2) WHERE u.k > 1 ON CONFLICT (z) DO UPDATE SET z = NULL RETURNING k, w + 1 AS x",
    "INSERT OR IGNORE INTO main.u AS x DEFAULT VALUES RETURNING *", "REPLACE INTO u(\"k\") VALUES (1)",
    "INSERT INTO u SELECT 1, 2, 3, 4", "INSERT INTO u WITH q AS (SELECT 1) SELECT 1, 2, 3, 4 FROM q",
    "UPDATE u SET w = 1, left = 2 WHERE k IN (SELECT i FROM t) RETURNING *",
    "UPDATE OR REPLACE main.u AS x SET w = x.k", "UPDATE u SET (w, z) = (SELECT a, s FROM t WHERE i = u.k)",
    "UPDATE u SET w = t.a FROM t LEFT JOIN t AS v ON 1 WHERE t.i = k",
    "UPDATE u SET w = 1 WHERE k = 2 ORDER BY k LIMIT 1", "DELETE FROM u AS x WHERE x.k = 1 RETURNING k",
    "WITH q AS (SELECT 1 AS x) DELETE FROM u WHERE k IN (SELECT x FROM q)",
    "DELETE FROM u WHERE k > 1 ORDER BY k LIMIT 2 OFFSET 1",
}

corpus.creates = {
    "CREATE VIEW v AS SELECT 1",
    "CREATE TEMP VIEW IF NOT EXISTS v(a, \"b c\") AS SELECT a, i FROM t UNION VALUES (1, 2)", "CREATE INDEX x ON t(a)",
    "CREATE UNIQUE INDEX IF NOT EXISTS main.x ON t(s COLLATE nocase DESC, lower(n), 'a') WHERE a > 1",
    "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER IF NOT EXISTS x BEFORE UPDATE OF a, \"i\" ON t FOR EACH ROW WHEN new.a IS NOT old.a BEGIN "
    .. "SELECT RAISE(ABORT, 'no') WHERE new.a; UPDATE OR IGNORE u SET w = CASE WHEN 1 THEN 2 END WHERE k = old.i; "
    .. "INSERT INTO u(k) VALUES (new.i) ON CONFLICT DO NOTHING; DELETE FROM u WHERE k = old.i; END",
    "CREATE TRIGGER x DELETE ON t WHEN (SELECT count(*) FROM t) > 1 BEGIN SELECT RAISE(IGNORE), "
    .. "RAISE(FAIL, \"x\"); END",
}

return corpus
