-- wherry run: views give the same rows in PostgreSQL as in SQLite, under the same names; those that cannot are named.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

local TABLES = [[
    CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, email TEXT UNIQUE,
        active BOOLEAN NOT NULL DEFAULT 1, score REAL, boss INTEGER REFERENCES customer(id));
    CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(id), total REAL,
        status TEXT, created TEXT);
    CREATE TABLE item(order_id INTEGER NOT NULL REFERENCES orders(id), line INTEGER NOT NULL, sku TEXT, qty INTEGER,
        price REAL, PRIMARY KEY (order_id, line));
    CREATE TABLE tag(name TEXT PRIMARY KEY COLLATE RTRIM, weight NUMERIC, raw BLOB);
    CREATE TABLE empty(a INTEGER, b TEXT);
    INSERT INTO customer VALUES (1, 'Ann', 'a@x', 1, 1.5, NULL), (2, 'bob', NULL, 0, NULL, 1),
        (3, 'ANN', 'c@x', 1, 2.0, 1), (4, 'Zoë', 'z@x', 1, -0.5, 2), (5, 'bob ', 'B@x', 0, 1e10, 4);
    INSERT INTO orders VALUES (1, 1, 10.5, 'new', '2024-01-01 10:00:00'), (2, 1, NULL, 'done', '2024-01-02'),
        (3, 2, 7.0, NULL, NULL), (4, 3, 1000.25, 'New', '2024-02-29 23:59:59'), (5, 3, 7.0, 'done', '2023-12-31'),
        (6, 5, -1.5, '', '2024-01-02');
    INSERT INTO item VALUES (1, 1, 's1', 2, 1.5), (1, 2, 's2', 1, 7.5), (2, 1, 's1', NULL, 3.0),
        (4, 1, 'S1', 10, 100.0), (4, 2, NULL, 1, 0.25), (5, 1, 's3', 0, 7.0);
    INSERT INTO tag VALUES ('a', 1, x'00ff'), ('b  ', 2, NULL), ('c', NULL, x'61');
]]

-- Views whose rows must be the same. Grouped by what they show.
local CARRIED = {
    -- columns and names
    whole = "SELECT * FROM customer",
    some = "SELECT c.*, o.total FROM customer c, orders o WHERE o.customer_id = c.id",
    named = [[SELECT id AS "Id", id + 1, name AS "two words", "email", [score] FROM customer]],
    twice = "SELECT a.id, b.id, a.name, b.name, 1 AS id FROM customer a JOIN customer b ON a.boss = b.id",
    rowids = "SELECT rowid, _rowid_ AS r, oid FROM customer",
    quoted = [[SELECT "no such column" AS text, id FROM orders]],
    -- values
    flags = [[SELECT id, total > 5 AS big, status IS NULL AS open, active, NOT active AS idle FROM orders, customer
        USING (id)]],
    constants = "SELECT 1 AS one, 'x' AS x, NULL AS no_value, 2.5 AS real, x'0102' AS bytes FROM orders",
    cases = [[SELECT id, CASE WHEN total > 100 THEN 'high' WHEN total > 5 THEN 'low' ELSE 'none' END AS level,
        coalesce(status, 'unknown') AS status, ifnull(total, 0.0) AS total FROM orders]],
    aliases = "SELECT id, total * 2 AS double FROM orders WHERE double > 10",
    folded = "SELECT id FROM customer WHERE name = 'ann'",
    trimmed = "SELECT name, weight FROM tag WHERE name = 'b'",
    -- joins
    inner_join = "SELECT o.id, c.name FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.active",
    left_join = [[SELECT c.id, o.id AS order_id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND
        o.total > 8]],
    right_join = "SELECT o.id, c.id AS customer FROM orders o RIGHT JOIN customer c ON o.customer_id = c.id",
    full_join = "SELECT * FROM (SELECT id, total FROM orders) FULL JOIN (SELECT id, name FROM customer) USING (id)",
    natural_join = "SELECT * FROM (SELECT id AS order_id, status FROM orders) NATURAL JOIN item",
    natural_left = "SELECT * FROM (SELECT id, status FROM orders) NATURAL LEFT JOIN (SELECT id, name FROM customer)",
    using_chain = [[SELECT id, a.x, b.y FROM (SELECT id, total AS x FROM orders) a JOIN (SELECT id, name AS y FROM
        customer) b
        USING (id) LEFT JOIN (SELECT order_id AS id, sku FROM item) c USING (id)]],
    nested_join = [[SELECT c.id, o.id AS o, i.line FROM customer c LEFT JOIN (orders o JOIN item i ON i.order_id = o.id)
        ON o.customer_id = c.id]],
    comma_left = [[SELECT c.id, o.id AS o, i.sku FROM customer c, orders o LEFT JOIN item i ON i.order_id = o.id AND
        c.id > 1 WHERE o.customer_id = c.id]],
    self_join = "SELECT customer.id, boss.name FROM customer LEFT JOIN customer AS boss ON boss.id = customer.boss",
    -- aggregates
    counts = "SELECT count(*) AS n, count(total) AS totals, count(DISTINCT status) AS statuses FROM orders",
    no_rows = "SELECT count(*) AS n, sum(a) AS s, total(a) AS t, max(b) AS m, avg(a) AS v FROM empty",
    grouped = "SELECT status, count(*) AS n, max(created) AS last FROM orders GROUP BY status",
    by_key = [[SELECT c.id, c.name, c.email, count(o.id) AS n FROM customer c LEFT JOIN orders o ON o.customer_id =
        c.id GROUP BY c.id]],
    by_join = [[SELECT o.id, c.name, o.status, count(*) AS lines FROM item i JOIN orders o ON o.id = i.order_id
        LEFT JOIN customer c ON c.id = o.customer_id GROUP BY i.order_id]],
    by_alias = "SELECT substr(created, 1, 7) AS month, count(*) AS n FROM orders GROUP BY month HAVING n > 0",
    by_position = "SELECT status, qty, count(*) FROM orders JOIN item ON order_id = id GROUP BY 1, 2",
    by_expression = "SELECT total > 8, (total > 8) + 1 AS x, min(id) FROM orders GROUP BY total > 8",
    having = "SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) > 1 AND max(total) IS NOT NULL",
    by_constant = "SELECT 'all' AS which, count(*) AS n FROM orders GROUP BY 'x'",
    -- subqueries
    scalar = "SELECT id, (SELECT name FROM customer WHERE customer.id = orders.customer_id) AS name FROM orders",
    first = "SELECT id, (SELECT sku FROM item WHERE order_id = orders.id ORDER BY line DESC) AS last FROM orders",
    counted = "SELECT id, (SELECT count(*) FROM item i WHERE i.order_id = o.id AND i.qty > 0) AS n FROM orders o",
    exists_view = [[SELECT id FROM customer c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id AND total
        > 8)]],
    not_exists = "SELECT id FROM customer c WHERE NOT EXISTS (SELECT * FROM orders o WHERE o.customer_id = c.id)",
    in_query = "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customer WHERE active)",
    not_in = "SELECT id FROM orders WHERE id NOT IN (SELECT order_id FROM item)",
    not_in_null = "SELECT id FROM customer WHERE id NOT IN (SELECT boss FROM customer)",
    in_folded = "SELECT id FROM customer WHERE name IN (SELECT 'BOB')",
    in_single = "SELECT id FROM orders WHERE customer_id IN ((SELECT id FROM customer ORDER BY id))",
    not_in_single = "SELECT id FROM orders WHERE id NOT IN ((SELECT id FROM customer WHERE id = 77))",
    from_query = [[SELECT x.n, x.id FROM (SELECT id, (SELECT count(*) FROM item WHERE order_id = id) AS n FROM
        orders) x WHERE x.n > 0]],
    deep = [[SELECT id FROM customer c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id AND EXISTS
        (SELECT 1 FROM item i WHERE i.order_id = o.id AND c.active)) > 0]],
    shadow = "SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM item orders WHERE orders.line = 2 AND order_id = id)",
    -- compounds
    union_all = "SELECT id, 'o' AS kind FROM orders UNION ALL SELECT id, 'c' FROM customer",
    union_some = "SELECT status FROM orders UNION SELECT sku FROM item",
    intersect_view = "SELECT id FROM orders INTERSECT SELECT boss FROM customer",
    except_view = "SELECT id FROM customer EXCEPT SELECT customer_id FROM orders",
    left_to_right = "SELECT 1 AS n UNION SELECT 2 INTERSECT SELECT 2",
    back_again = "SELECT id AS n FROM orders EXCEPT SELECT 2 UNION ALL SELECT 2 UNION ALL SELECT 2 EXCEPT SELECT 9",
    with_null = "SELECT NULL AS n, id FROM orders UNION ALL SELECT id, NULL FROM customer",
    rows = "VALUES (1, 'a', NULL), (2, NULL, 2.5), (NULL, 'c', 3.0)",
    -- common tables
    common = [[WITH big AS (SELECT id, total FROM orders WHERE total > 8) SELECT big.id, total FROM big JOIN orders
        USING (id, total)]],
    later = "WITH a AS (SELECT n + 1 AS n FROM b), b AS (SELECT 1 AS n) SELECT n FROM a",
    hidden = "WITH customer AS (SELECT 7 AS id) SELECT id FROM customer",
    inside = "SELECT * FROM (WITH x AS (SELECT id FROM orders) SELECT id AS y FROM x) WHERE y > 2",
    tree = [[WITH RECURSIVE chain(id, depth, path) AS (SELECT id, 0, name FROM customer WHERE boss IS NULL
        UNION ALL SELECT c.id, depth + 1, path || '/' || c.name FROM customer c JOIN chain ON c.boss = chain.id)
        SELECT * FROM chain]],
    numbers = "WITH n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 20) SELECT x, x * x AS square FROM n",
    limited = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 7) SELECT x FROM n",
    once = "WITH RECURSIVE m(x) AS (SELECT 1 UNION SELECT (x + 1) % 5 FROM m) SELECT x FROM m",
    -- distinct, order and limits
    different = "SELECT DISTINCT status, total > 5 FROM orders",
    best = "SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 3",
    worst = "SELECT id FROM orders ORDER BY total, id LIMIT 2 OFFSET 1",
    no_limit = "SELECT id FROM orders ORDER BY id LIMIT -1 OFFSET 2",
    by_name = "SELECT id, name FROM customer ORDER BY name, id LIMIT 3",
    by_bytes = "SELECT id, name FROM customer ORDER BY name COLLATE BINARY LIMIT 2",
    union_order = "SELECT id AS n FROM orders UNION SELECT boss FROM customer ORDER BY n DESC LIMIT 3",
    first_page = "SELECT DISTINCT total FROM orders ORDER BY total DESC LIMIT 2",
    ordered_alias = "SELECT id, -id AS back FROM orders ORDER BY back LIMIT 2",
    -- windows
    ranks = "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY id DESC) AS r FROM orders",
    running = "SELECT id, count(*) OVER w AS n, sum(id) OVER w AS s FROM orders WINDOW w AS (ORDER BY id)",
    framed = "SELECT id, max(total) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS m FROM orders",
    filtered = "SELECT count(*) FILTER (WHERE total > 8) AS n, sum(id) FILTER (WHERE status = 'done') AS s FROM orders",
    lagged = [[SELECT id, lag(total, 1, 0.0) OVER (ORDER BY id) AS before, first_value(status) OVER (ORDER BY id) AS
        f FROM orders]],
    -- views over views
    over_view = "SELECT kind, count(*) AS n FROM union_all GROUP BY kind",
    over_names = [[SELECT "id:1" AS boss, "name:1" FROM twice]],
    over_later = "SELECT * FROM zz_last WHERE id > 1",
    zz_last = "SELECT id, name FROM customer WHERE active",
}

-- What is not the same in the rows, as the receipt says it.
local CHANGED = {
    spelling = { [[SELECT name, count(*) AS n FROM customer GROUP BY name]],
        "shows one spelling of customer.name a group" },
    any_row = { "SELECT id FROM orders LIMIT 2", "LIMIT without ORDER BY" },
    any_value = { "SELECT c.id, (SELECT id FROM orders WHERE customer_id = c.id) AS o FROM customer c",
        "where a subquery gives several rows, either may be taken" },
    several_kinds = { "SELECT total AS x FROM orders UNION ALL SELECT id FROM customer",
        "whole numbers of the column x come as reals" },
}

-- What is not carried, and the word of its receipt.
local REFUSED = {
    bare = { [[SELECT status, total, count(*) FROM orders GROUP BY status]],
        "SQLite takes orders.total from any row of the group" },
    bare_max = { "SELECT id, max(total) FROM orders", "SQLite takes orders.id from any row of the group" },
    bare_not_key = { "SELECT o.status, c.name FROM orders o JOIN customer c ON c.id = o.customer_id GROUP BY o.status",
        "SQLite takes c.name from any row" },
    bare_left = { [[SELECT c.id, o.status, count(*) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id GROUP
        BY c.id]],
        "SQLite takes o.status" },
    classes = { [[SELECT status AS x FROM orders UNION ALL SELECT id FROM orders]],
        "the column x holds values of several kinds" },
    missing = { "SELECT * FROM never_made", "it uses never_made, which is not carried" },
    catalog = { "SELECT name FROM sqlite_master", "it reads sqlite_master, SQLite's own catalog" },
    words = { "SELECT * FROM notes_fts", "it uses notes_fts, a virtual table" },
    shadow_table = { "SELECT * FROM notes_fts_data", "which belongs to the virtual table notes_fts" },
    hidden_rowid = { "SELECT rowid, a FROM empty", "it uses the rowid of empty, which is not carried" },
    over_refused = { "SELECT * FROM classes", "it uses the view classes, which is not carried" },
    round_one = { "SELECT * FROM round_two", "round_" },
    round_two = { "SELECT * FROM round_one", "round_" },
    union_folded = { "SELECT name FROM customer UNION SELECT sku FROM item", "UNION goes by the collation NOCASE" },
    changing = { "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x * 0.5 FROM n WHERE x > 0.1) SELECT * FROM n",
        "the recursive column x changes its kind" },
    no_column = { "SELECT never FROM orders", "no such column: never" },
}

local function sorted_names(list)
    local names = {}
    for name in pairs(list) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

describe("views", function()
    after_each(h.cleanup)

    local function receipt(result, name)
        for _, object in ipairs(result.json.objects) do
            if object.kind == "view" and object.name == name then
                return object
            end
        end
    end

    local function columns(database, view)
        return h.sql(database, ([[SELECT string_agg(attname, '|' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = '"%s"'::regclass AND attnum > 0]]):format(view))
    end

    local function run(views, more)
        local sql = { TABLES, more }
        for _, name in ipairs(sorted_names(views)) do
            local query = type(views[name]) == "table" and views[name][1] or views[name]
            sql[#sql + 1] = ('CREATE VIEW "%s" AS %s;'):format(name, query)
        end
        local file, database = h.source(table.concat(sql, "\n")), h.database()
        return file, database, h.run(0, { file, h.url(database) })
    end

    it("give the same rows under the same names", function()
        local file, database, result = run(CARRIED)
        local problems = {}
        for _, name in ipairs(sorted_names(CARRIED)) do
            local object = receipt(result, name)
            if not object or object.outcome == "not_carried" then
                problems[#problems + 1] = ("%s: %s"):format(name, object and object.note or "no receipt")
            else
                local ok, message = pcall(compare.table, database, file, '"' .. name .. '"', name)
                local asked = "SELECT group_concat(name, '|') FROM pragma_table_info('%s')"
                local names = h.sqlite(file, asked:format(name))
                if not ok then
                    problems[#problems + 1] = ("%s: %s"):format(name, tostring(message))
                elseif columns(database, name) ~= names then
                    problems[#problems + 1] = ("%s: %s, not %s"):format(name, columns(database, name), names)
                end
            end
        end
        assert.equal("", table.concat(problems, "\n"))
    end)

    it("say what is not the same", function()
        local _, database, result = run(CHANGED)
        for _, name in ipairs(sorted_names(CHANGED)) do
            local object = receipt(result, name)
            assert.equal("changed", object.outcome, name .. result.said)
            assert.is_truthy(object.note:find(CHANGED[name][2], 1, true), object.note)
            h.sql(database, ('SELECT * FROM "%s"'):format(name))
        end
    end)

    it("are refused with the reason", function()
        local _, database, result = run(REFUSED, "CREATE VIRTUAL TABLE notes_fts USING fts5(status, content='orders');")
        for _, name in ipairs(sorted_names(REFUSED)) do
            local object = receipt(result, name)
            assert.equal("not_carried", object and object.outcome, name .. result.said)
            assert.is_truthy(object.note:find(REFUSED[name][2], 1, true), name .. ": " .. object.note)
        end
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_views WHERE schemaname = 'public'"))
    end)
end)
