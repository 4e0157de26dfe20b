-- Columns that a script computes: what arrives, what counts as mentioned, what is told, and what is refused.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("a computed column", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO tag VALUES (1, 'red'), (2, 'blue');
        CREATE TABLE item(id INTEGER PRIMARY KEY, title TEXT, text TEXT, created_at TEXT, tag INT, price REAL);
        INSERT INTO item VALUES (1, 'One', NULL, NULL, 1, 0.1), (2, 'Two', 'body', '2020-01-02 03:04:05', 2, 1e300),
            (3, NULL, 'x', NULL, NULL, NULL);]]

    local function script_of(file, database, columns, more)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, %s tables = { tag = w.skip "not here",
                item = { columns = { %s }, %s } } }]]):format(file, h.url(database), more and more.plan or "", columns,
            more and more.table or ""))
    end

    local EXISTING = [[CREATE TABLE item(id int PRIMARY KEY, content text NOT NULL, created_at timestamptz NOT NULL,
        tag text, shouted text, price float8)]]
    local COLUMNS = [[content = w.sql "coalesce(text, substr(title, 1, 2)) -- the first",
        created_at = w.sql "coalesce(created_at, :started)", tag = w.sql "(SELECT name FROM tag WHERE id = item.tag)",
        shouted = { from = w.sql "upper(title)" }]]

    local function moment_of(database)
        return h.sql(database, "SELECT plan::json->>'started' FROM wherry.run ORDER BY id DESC LIMIT 1")
    end

    it("arrives in tables that are there, and the columns that it reads are mentioned", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, EXISTING)
        local script = script_of(file, database, COLUMNS)
        local planned = h.wherry { "plan", script }
        assert.equal(0, planned.code, planned.said)
        assert.matches("content text <- coalesce(text, substr(title, 1, 2)) -- the first", planned.stdout, 1, true)
        local result = h.run(0, { script })
        assert.equal("1|On|red|ONE|0.1\n2|body|blue|TWO|1e+300\n3|x|\\N|\\N|\\N",
            h.sql(database, "SELECT id, content, tag, shouted, price FROM item ORDER BY id"))
        assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%d%d%d%dZ$", moment_of(database))
        assert.equal("1,3|2020-01-02 03:04:05+00", h.sql(database, ([[SELECT string_agg(id::text, ',' ORDER BY id)
            FILTER (WHERE created_at = '%s'), max(created_at) FILTER (WHERE id = 2) FROM item]]):format(
            moment_of(database))))
        assert.equal("exact", ledger.objects(result.json, "item.content")[1].outcome)
    end)

    it("arrives in tables that are created, with the type that it declares", function()
        local file, database = h.source(SOURCE), h.database()
        h.run(0, { script_of(file, database, [[title = { from = w.sql "coalesce(title, 'none')", type = "varchar(9)" },
            born = { from = w.sql "coalesce(created_at, :started)", type = "timestamptz" },
            cents = { from = w.sql "price * 0 + 7", type = "integer", on_bad = "round" }]],
            { plan = 'schema = "create",', table = 'skip = { text = "no" }' }) })
        assert.equal("1|One|2\\N|7\n2|Two|2|7\n3|none|2\\N|\\N", (h.sql(database, [[SELECT id, title,
            CASE WHEN born > '2021-01-01' THEN '2\N' ELSE '2' END, cents FROM item ORDER BY id]])))
        assert.equal("id,created_at,tag,price,born,cents,title", h.sql(database, [[SELECT string_agg(column_name::text,
            ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'item']]))
        local missing = h.run(4, { script_of(file, h.database(), [[n = w.sql "1"]], { plan = 'schema = "create",' }) })
        assert.equal("computed_type", ledger.finding(missing.json, "item").code, missing.said)
        local misfit = h.run(4, { script_of(file, h.database(), [[n = { from = w.sql "title", type = "integer" }]],
            { plan = 'schema = "create",' }) })
        assert.equal("declared_values", ledger.finding(misfit.json, "item").code, misfit.said)
        assert.equal("n", ledger.finding(misfit.json, "item").column)
    end)

    it("leaves what nothing reads to be told as ever", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, EXISTING)
        local result = h.run(4, { script_of(file, database, [[content = w.sql "'x'", created_at = w.sql ":started",
            shouted = "title"]]) })
        local told = {}
        for i, finding in ipairs(result.json.findings) do
            told[i] = finding.code .. " " .. finding.column
        end
        assert.same({ "duplicate_target_column created_at", "no_target_column text" }, told)
    end)

    it("is refused where it is no expression over a row, in SQLite's words", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, EXISTING)
        for expression, words in pairs {
            ["max(title)"] = "misuse of aggregate", ["row_number() over ()"] = "misuse of window function",
            ["no_such"] = "no such column: no_such", ['"no_such"'] = "no such column: no_such",
            ["no_such(1)"] = "no such function", ["title;"] = 'near ";"', ["title; drop table item"] = 'near ";"',
            ["title, text"] = 'near ","', ["title) , (text"] = 'near ")"', ["title FROM item"] = 'near "FROM"',
            ["title AS t"] = 'near "AS"', ["*"] = 'near "*"', ["title /* on"] = "incomplete",
            ["title -- \0"] = "U+0000",
            ["(delete from item returning id)"] = 'near "delete"', ["(select id, title from item)"] = "2 columns",
            [":now"] = "the parameter :now has no value", ["?1"] = "the parameter ?1", ["@x"] = "the parameter @x",
            [":started2"] = "the parameter :started2", ["$a(b)"] = "the parameter $a", ["load_extension('x')"] =
            "not authorized", ["(select name from pragma_table_info('item'))"] = "",
            ["tag.name"] = "no such column: tag.name", ["coalesce(title"] = "", ["(select max(item.id))"] = "aggregate",
        } do
            local result = h.run(4, { script_of(file, database, ("content = w.sql %q, shouted = w.sql 'title||text', "
                .. "created_at = w.sql 'coalesce(created_at, :started)'"):format(expression)) })
            local finding = ledger.finding(result.json, "item") or result.json.error
            assert.is_truthy(finding, expression .. result.said)
            assert.matches(words, finding.reason or finding.message, 1, true)
            if finding.code then
                assert.same({ "bad_expression", "content", expression, 1 }, { finding.code, finding.column, finding.key,
                    #result.json.findings })
            end
        end
        assert.equal("0", h.sql(database, "SELECT count(*) FROM item"))
        assert.equal("3", h.sqlite(file, "SELECT count(*) FROM item"))
    end)

    it("may be a constant of each class, which arrives to the bit", function()
        local file, database = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
            h.database()
        h.sql(database, "CREATE TABLE t(id int, n text, b boolean, i bigint, f float8, tiny float8, huge float8, "
            .. "s text, j jsonb)")
        h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { t = { columns = { n = w.constant(nil),
                b = w.constant(true), i = w.constant(math.mininteger), f = w.constant(1 / 3),
                tiny = { from = w.constant(5e-324) }, huge = w.constant(-math.huge), s = w.constant "it's :started ö",
                j = w.constant "[1]" } } } }]]):format(file, h.url(database))) })
        local row = "\\N|t|-9223372036854775808|0.3333333333333333|5e-324|-Infinity|it's :started ö|[1]"
        assert.equal(("1|%s\n2|%s"):format(row, row), h.sql(database, "SELECT * FROM t ORDER BY id"))
    end)

    local DOCUMENTS = [[CREATE TABLE doc(id INTEGER PRIMARY KEY, type TEXT, raw TEXT, big INT, share REAL);
        INSERT INTO doc VALUES (1, 'a "q" ' || char(10) || 'ö', '{"b": [1, 2.50]}', 9223372036854775807, 0.1),
            (2, NULL, NULL, NULL, NULL), (3, '', ' [] ', -1, 1e300), (4, 'x', '7', 0, 3.0);]]
    local FOLD = [[meta = w.fold { type = "type", raw = w.json "raw", ["a key"] = "big",
        sum = w.sql "big + :started * 0",
        own = { share = "share", no = w.constant(nil), yes = w.constant(true), half = w.constant(0.5),
            ["ö\""] = w.constant "ö\n", none = {} } }]]
    local SKIP = [[skip = { type = "in meta", raw = "in meta", big = "in meta", share = "in meta" }]]

    local function document_script(file, database, columns, more)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, %s tables = { doc = { columns = { %s }, %s } } }]])
            :format(file, h.url(database), more and more.plan or "", columns, more and more.table or ""))
    end

    local WANTED = {
        [[1|{"a key": 9223372036854775807, "own": {"half": 0.5, "no": null, "none": {}, "share": 0.1, "yes": true, ]]
            .. [["ö\"": "ö\n"}, "raw": {"b": [1, 2.50]}, "sum": 9223372036854775807, "type": "a \"q\" \nö"}]],
        [[2|{"a key": null, "own": {"half": 0.5, "no": null, "none": {}, "share": null, "yes": true, "ö\"": "ö\n"}, ]]
            .. [["raw": null, "sum": null, "type": null}]],
        [[3|{"a key": -1, "own": {"half": 0.5, "no": null, "none": {}, "share": 1e+300, "yes": true, "ö\"": "ö\n"}, ]]
            .. [["raw":  [] , "sum": -1, "type": ""}]],
        [[4|{"a key": 0, "own": {"half": 0.5, "no": null, "none": {}, "share": 3.0, "yes": true, "ö\"": "ö\n"}, ]]
            .. [["raw": 7, "sum": 0, "type": "x"}]],
    }

    it("may be a document of several columns, in a table that is there", function()
        local wanted = table.concat(WANTED, "\n")
        for _, types in ipairs { "meta json, one jsonb", "meta text, one json", "meta json, one json, q tsquery" } do
            local file, database = h.source(DOCUMENTS), h.database()
            h.sql(database, "CREATE TABLE doc(id int, " .. types .. ")")
            local script = document_script(file, database, FOLD .. [[, one = w.json "raw"]]
                .. (types:find "tsquery" and [[, q = w.constant "'a'"]] or ""))
            assert.equal(0, h.wherry({ "check", script }).code)
            h.run(0, { script })
            assert.equal(wanted, h.sql(database, "SELECT id, meta FROM doc ORDER BY id"))
            assert.equal('{"b": [1, 2.50]},,[],7', h.sql(database,
                "SELECT string_agg(coalesce(trim(one::text), ''), ',' ORDER BY id) FROM doc"))
        end
        local file, database = h.source(DOCUMENTS), h.database()
        h.sql(database, "CREATE TABLE doc(id int, meta jsonb)")
        local planned = h.wherry { "plan", document_script(file, database, FOLD) }
        assert.matches("--     meta jsonb <- w.fold {\n" .. '--         ["a key"] = "big",\n'
            .. "--         own = {\n--             half = w.constant(0.5),\n", planned.stdout, 1, true)
    end)

    it("may be a document in a table that is created, jsonb unless it says otherwise", function()
        local file, database = h.source(DOCUMENTS), h.database()
        h.run(0, { document_script(file, database, FOLD .. [[, plain = { from =
            w.fold { n = "big" }, type = "text" }, one = w.json "raw"]], { plan = 'schema = "create",',
            table = SKIP }) })
        assert.equal("id bigint,meta jsonb,one jsonb,plain text", h.sql(database, [[SELECT string_agg(column_name || ' '
            || data_type, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'doc']]))
        assert.equal('9223372036854775807|0.1|{"n": 9223372036854775807}', h.sql(database, [[SELECT meta->'a key',
            meta#>'{own,share}', plain FROM doc WHERE id = 1]]))
        assert.equal("t", h.sql(database, "SELECT one IS NULL FROM doc WHERE id = 2"))
    end)

    it("names the member that does not fit into a document, and what it holds", function()
        local file, database = h.source(DOCUMENTS .. [[INSERT INTO doc VALUES (5, x'00ff', NULL, 1, 1),
            (6, 'a', '{bad', 1, 1), (7, 'a', '1', 1, 9e999), (8, CAST(x'61ff' AS TEXT), '1', 1, 1),
            (9, 'a' || char(0), '1', 1, 1), (10, 'a', x'5b5d', 1, 1), (11, 'a', '"\u0000"', 1, 1), (1, 'a', '1', 1, 1)
            ON CONFLICT DO NOTHING]]), h.database()
        h.sql(database, "CREATE TABLE doc(id int CHECK (id <> 3), meta jsonb)")
        local checked = h.wherry { "check", document_script(file, database, FOLD) }
        assert.matches("own.share: JSON has no infinite numbers", checked.stdout, 1, true)
        local refused = h.run(5, { document_script(file, database, FOLD) })
        assert.matches("type: a blob is not a value of JSON", refused.json.error.message, 1, true)
        assert.equal("doc", refused.json.error.table)
        h.run(1, { document_script(file, database, FOLD, { plan = 'on_bad = "reject",' }), "--restart" })
        assert.equal("1,2,4", h.sql(database, "SELECT string_agg(id::text, ',' ORDER BY id) FROM doc"))
        local reasons = h.sql(database, [[SELECT key_text, reason, value::json->>'class', value::json->>'text'
            FROM wherry.reject WHERE state = 'open' ORDER BY id]])
        for _, words in ipairs { "id=5|[^\n]*type: a blob is not a value of JSON|blob|",
            "id=6|[^\n]*raw: the text is not JSON: [^\n]*|text|{bad",
            "id=7|[^\n]*own.share: JSON has no inf[^\n]*|real|",
            "id=8|[^\n]*type: the text is not valid UTF%-8 at byte 1|text|",
            "id=9|[^\n]*type: the text has the character U%+0000",
            "id=10|[^\n]*raw: a blob is not a value of JSON|blob",
            "id=11|[^\n]*not JSON that the type takes[^\n]*|text|{\"a key\"", "id=3|[^\n]*violates check" } do
            assert.matches(words, reasons)
        end
        assert.equal("8", h.sql(database, "SELECT count(*) FROM wherry.reject WHERE state = 'open'"))
        local nulls = h.database()
        h.sql(nulls, "CREATE TABLE doc(id int, meta jsonb)")
        h.run(1, { document_script(file, nulls, FOLD, { plan = 'on_bad = { "replace", "null" },' }) })
        assert.equal("5,6,7,8,9,10,11", h.sql(nulls, "SELECT string_agg(id::text, ',' ORDER BY id) FROM doc "
            .. "WHERE meta IS NULL"))
    end)

    it("is refused where a document takes what is not there", function()
        local file, database = h.source(DOCUMENTS), h.database()
        h.sql(database, "CREATE TABLE doc(id int, meta jsonb)")
        local result = h.run(4, { document_script(file, database, [[meta = w.fold { a = "typ", b = { c =
            w.sql "max(id)" }, d = w.json "big", e = "raw", f = "share", g = "type" }]]) })
        local told = {}
        for i, finding in ipairs(result.json.findings) do
            told[i] = finding.code .. " " .. finding.column .. ": " .. (finding.hint or "")
        end
        assert.same({ "bad_expression meta: write one expression of SQLite without aggregates; a subquery stands in "
            .. "parentheses", 'unknown_column typ: did you mean "type"?' }, told)
    end)

    it("does not take a parameter out of a text, a name or a comment", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, EXISTING)
        h.run(0, { script_of(file, database, [[content = w.sql "':started' || /* ?1 */ 'it''s :x' -- :y",
            created_at = w.sql ":started", shouted = w.sql "coalesce(created_at, title) || text"]]) })
        assert.equal(":startedit's :x", h.sql(database, "SELECT DISTINCT content FROM item"))
    end)

    it("is named with its expression where a value of it is rejected", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, "CREATE TABLE item(id int, n int)")
        local script = script_of(file, database, [[n = w.sql "iif(id = 2, 'no ' || title, length(text))"]],
            { table = [[skip = { title = "s", text = "s", created_at = "s", tag = "s", price = "s" },
                on_bad = "reject"]] })
        local result = h.run(1, { script })
        assert.equal("1|\\N\n3|1", h.sql(database, "SELECT * FROM item ORDER BY 1"))
        assert.equal("n = iif(id = 2, 'no ' || title, length(text))|22P02", h.sql(database,
            "SELECT column_name, sqlstate FROM wherry.reject"))
        assert.matches("n = iif(id = 2, 'no ' || title, length(text))", result.said, 1, true)
        -- it is mended in the script, and retried by the run's :started
        local mended = script_of(file, database, [[n = w.sql "substr(:started, 21, 6) + 0"]],
            { table = [[skip = { title = "s",
            text = "s", created_at = "s", tag = "s", price = "s" }, on_bad = "reject"]] })
        local retried = h.wherry { "rejects", "retry", mended, h.url(database) }
        assert.equal(0, retried.code, retried.said)
        assert.equal(tonumber(moment_of(database):sub(21, 26)), tonumber(h.sql(database,
            "SELECT n FROM item WHERE id = 2")))
    end)

    it("has the same :started after a run that went on", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000)
            INSERT INTO t SELECT n FROM c]], h.database()
        h.sql(database, [[CREATE TABLE t(id int, at text, doc json);
            CREATE FUNCTION stop_it() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF NEW.id = 2500 THEN RAISE 'stop'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER stop_it BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stop_it()]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, triggers = "fire",
                tables = { t = { columns = { at = w.sql ":started",
                    doc = w.fold { id = "id", at = w.sql ":started" } } } } }]]):format(file, h.url(database)))
        h.run(5, { script, "--batch-size=1000" })
        assert.equal("2000", h.sql(database, "SELECT count(*) FROM t"))
        h.sql(database, [[CREATE OR REPLACE FUNCTION stop_it() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN NEW; END $$]])
        h.run(0, { script, "--batch-size=1000", "--resume" })
        assert.equal("4000|1|4000|" .. moment_of(database), h.sql(database, "SELECT count(*), count(DISTINCT at), "
            .. "count(*) FILTER (WHERE doc->>'at' = at AND doc->>'id' = id::text), max(at) FROM t"))
    end)

    it("comes back under its own name, with a receipt", function()
        local file, database = h.source(SOURCE), h.database()
        h.run(0, { script_of(file, database, [[n = { from = w.sql "id * 10", type = "integer" }]],
            { plan = 'schema = "create",' }) })
        local out = h.path "back.db"
        local back = h.run(0, { h.url(database), out })
        assert.equal("10,20,30", h.sqlite(out, "SELECT group_concat(n) FROM item"))
        local told
        for _, object in ipairs(back.json.objects) do
            told = told or object.name:find "item.n" and object.note
        end
        assert.matches("computed when it was loaded (id * 10)", told or "", 1, true)
    end)
end)
