-- wherry shell, from a pipe and on a terminal: Lua and SQL over both databases, errors, Ctrl-C, what it may not do.
local harness = require "tests.support.harness"
local on_terminal = require "tests.support.shell_case"

local SOURCE = [[
    CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT, data BLOB);
    INSERT INTO events VALUES (1, 'one', x'00ff'), (2, NULL, NULL), (3, 'drei', 'text');
    CREATE VIEW late AS SELECT id FROM events WHERE id > 1;
    CREATE TABLE log (at TEXT);
    CREATE TRIGGER written AFTER INSERT ON events BEGIN INSERT INTO log VALUES (1); END;
]]
local ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"

describe("wherry shell", function()
    after_each(harness.cleanup)

    local function piped(args, text, options)
        options = options or {}
        options.stdin = text
        return harness.wherry({ "shell", table.unpack(args) }, options)
    end

    it("runs lines of a pipe: Lua, SQL over several lines, commands", function()
        local source = harness.source(SOURCE)
        local result = piped({ source }, table.concat({
            "SELECT *", "  FROM events; select 2 AS a, 2 AS a;", ".tables", ".schema EVENTS",
            "total = 0", "for row in src:rows 'SELECT id FROM events' do", "  total = total + row.id", "end", "total",
            "src:rows('SELECT id FROM events')", "1, 'x', { a = w.lower 'ABC' }", "print('a', 1)", "-- a comment", "",
            "SELECT count(*) AS n FROM events",
        }, "\n"))
        assert.equal(table.concat({
            "id | title | data", "---+-------+--------", " 1 | one   | x'00ff'", " 2 | NULL  | NULL",
            " 3 | drei  | text", "(3 rows)", "a | a", "--+--", "2 | 2", "(1 row)",
            "table  | kind", "-------+------", "events | table", "late   | view", "log    | table",
            "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT, data BLOB);",
            "CREATE TRIGGER written AFTER INSERT ON events BEGIN INSERT INTO log VALUES (1); END;",
            "6", "id", "--", " 1", " 2", " 3", "(3 rows)", '1\tx\t{ a = "abc" }', "a\t1", "n", "-", "3", "(1 row)", "",
        }, "\n"), result.stdout)
        assert.same({ 0, "" }, { result.code, result.stderr })
    end)

    it("ends at the first error of a pipe, with an exit code that tells", function()
        local source = harness.source(SOURCE)
        for text, code in pairs { ["SELEC 1"] = 4, ["error 'boom'"] = 4, ["SELECT 1 FROM nowhere;"] = 4, ["x ="] = 4,
            ["w.sqlite('nowhere.db'):open()"] = 3, [".tabels"] = 4, ["SELECT 'open"] = 4 } do
            local result = piped({ source }, text .. "\n;print('after')\n")
            assert.equal(code, result.code, text .. result.said)
            assert.not_matches("after\n", result.stdout)
            assert.is_true(#result.stderr > 0)
        end
        assert.matches('did you mean "tables"', piped({ source }, ".tabels").stderr)
        assert.equal(3, piped({ "nowhere.db" }, "SELECT 1;").code)
        assert.equal(0, piped({ "nowhere.db" }, "1 + 1").code)
        assert.equal(2, piped({ source, "out.sql" }, "1").code)
        assert.equal(2, piped({ source, "--json" }, "1").code)
    end)

    it("reads both databases, and writes none", function()
        local source, database = harness.source(SOURCE), harness.database()
        local url = harness.url(database)
        harness.sql(database, "CREATE TABLE t (id int PRIMARY KEY, v bytea NOT NULL DEFAULT 'a', b text); "
            .. "INSERT INTO t VALUES (7, '\\x00ff', 'b'); CREATE INDEX i ON t (b)")
        local result = piped({ source, url }, table.concat({
            ".dst SELECT * FROM t;", ".dst", ".tables", ".schema t", "SELECT 1 AS x, 2 AS x;",
            "dst:value 'SELECT max(id) FROM t' + src:value 'SELECT count(*) FROM events'", ".src", "SELECT 5 AS five;",
        }, "\n"))
        assert.equal(table.concat({
            "id | v       | b", "---+---------+--", " 7 | x'00ff' | b", "(1 row)",
            "SQL goes to dst: " .. url:gsub("%%2F", "/"),
            "schema | table | kind", "-------+-------+------", "public | t     | table",
            "CREATE TABLE public.t (", "    id integer NOT NULL,", "    v bytea DEFAULT '\\x61'::bytea NOT NULL,",
            "    b text,", "    CONSTRAINT t_pkey PRIMARY KEY (id)", ");",
            "CREATE INDEX i ON public.t USING btree (b);", "x | x", "--+--", "1 | 2", "(1 row)", "10",
            "SQL goes to src: " .. source, "five", "----", "   5", "(1 row)", "",
        }, "\n"), result.stdout)
        local refused = piped({ source, url }, ".dst DELETE FROM t;")
        assert.equal(4, refused.code)
        assert.matches("--write", refused.stderr, 1, true)
        assert.equal(4, piped({ source, url, "--write" }, "DELETE FROM events;").code)
        local written = piped({ source, url, "--write" }, ".dst DELETE FROM t;\n.dst INSERT INTO t (id) VALUES (8), (9)"
            .. " RETURNING id;\nfor i = 1, 3 do dst:exec('INSERT INTO t (id) VALUES ($1)', i) end")
        assert.equal("(1 row) changed\nid\n--\n 8\n 9\n(2 rows)\n", written.stdout)
        assert.equal("5", harness.sql(database, "SELECT count(*) FROM t"))
    end)

    it("takes the ends of a script, and its plan", function()
        local source, database = harness.source(SOURCE), harness.database()
        local script = harness.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg "$SOMEWHERE", only = { "ev*" } }]]):format(source))
        local result = piped({ script }, "plan.only\nsrc:value 'SELECT 1', dst:value 'SELECT 2'",
            { env = { SOMEWHERE = harness.url(database) } })
        assert.equal('{ "ev*" }\n1\t2\n', result.stdout)
    end)

    it("takes several sources of a script by their names", function()
        local one = harness.source("CREATE TABLE t (a); INSERT INTO t VALUES (1)", "one.db")
        local two = harness.source("CREATE TABLE t (a); INSERT INTO t VALUES (2)", "two.db")
        local script = harness.script(([[local w = require "wherry"
            return w.plan { from = { one = w.sqlite %q, two = w.sqlite %q } }]]):format(one, two))
        local result = piped({ script }, "src.one:value 'SELECT a FROM t' + src.two:value 'SELECT a FROM t'\n"
            .. "SELECT a FROM t;\n.use src.two\nSELECT a FROM t;")
        assert.equal("3\na\n-\n1\n(1 row)\nSQL goes to src.two: " .. two .. "\na\n-\n2\n(1 row)\n", result.stdout)
        assert.matches("there is no src.three", piped({ script }, "src.three").stderr, 1, true)
    end)

    it("shows no password", function()
        local role, password = harness.role()
        local database = harness.database { owner = role }
        local url = harness.url(database, role, password)
        local source = harness.source(SOURCE)
        local result = piped({ source, url }, ".dst\ndst:value 'SELECT 1'\nplan\nw.pg " .. ("%q"):format(url)
            .. "\nprint(" .. ("%q"):format(url) .. ")\nerror(" .. ("%q"):format(url) .. ")")
        assert.equal(4, result.code)
        assert.matches("SQL goes to dst", result.stdout)
        local wrong = harness.url(database, role, password .. "x")
        assert.equal(3, piped({ source, wrong }, ".dst SELECT 1").code)
        local typed = on_terminal.run({ source, url }, on_terminal.typed("w.pg " .. ("%q"):format(url)), nil)
        assert.matches("****", typed.stdout, 1, true)
    end)
end)

describe("wherry shell on a terminal", function()
    after_each(harness.cleanup)
    local run, typed = on_terminal.run, on_terminal.typed

    it("goes on after errors, and leaves by Ctrl-D and .quit", function()
        local source = harness.source(SOURCE)
        local result = run({ source }, typed("error 'boom'", "SELECT nowhere;", "1 +", "41"))
        assert.equal(0, result.code, result.said)
        for _, text in ipairs { "shell:1: boom", "no such column: nowhere", "42" } do
            assert.matches(text, result.stdout, 1, true)
        end
        assert.equal(0, run({ source }, { "wait > ", "send .quit\\r" }).code)
    end)

    it("ends a loop or a statement by Ctrl-C, and not itself", function()
        local source, database = harness.source(SOURCE), harness.database()
        local function interrupted(text)
            return { "wait > ", ("send print('be' .. 'gun') %s\\r"):format(text), "wait begun", "send \\x03",
                "wait interrupted" }
        end
        local result = run({ source, harness.url(database) }, typed("x = 20 + 3", interrupted "while true do end",
            interrupted(("src:value %q"):format(ENDLESS)), interrupted "dst:value 'SELECT pg_sleep(100)'",
            interrupted "for r in dst:rows 'SELECT generate_series(1, 1000000000000) AS i' do x = 23 end",
            { "wait > ", "send select a\\x03", "wait ^C" }, "dst:value 'SELECT 19' + x"))
        assert.equal(0, result.code, result.said)
        assert.matches("\n42\r", result.stdout)
        assert.is_true(result.seconds < 60)
    end)

    it("keeps the lines for the next time, for nobody else", function()
        local source = harness.source(SOURCE)
        run({ source }, typed("6 * 7", "w.pg 'postgresql://me:hidden@h/db'"))
        local file = harness.process.shell(("find %s -name shell_history"):format(harness.path "home"))
        assert.equal("600", harness.process.shell("stat -c %a " .. file))
        assert.not_matches("hidden", harness.process.read(file))
        local again = run({ source }, typed { "wait > ", "send \\x1b[A\\r", "wait \\n42" })
        assert.equal(0, again.code, again.said)
    end)

    it("cuts tables to the terminal's width", function()
        local source = harness.source(SOURCE)
        local result = run({ source }, typed("SELECT id, hex(zeroblob(100)) AS h FROM events;"), { columns = 40 })
        assert.matches(" 1 | " .. ("0"):rep(34) .. "…\r\n", result.stdout, 1, true)
    end)

    it("holds no file while nobody types", function()
        local source = harness.source(SOURCE)
        local result = run({ source }, typed("src:value 'SELECT count(*) FROM log'",
            ("os.execute 'sqlite3 %s \"INSERT INTO log VALUES (1)\"'"):format(source):gsub("\n", ""),
            "src:value 'SELECT count(*) + 40 FROM log'"), { changing = true })
        assert.matches("\n41\r", result.stdout)
    end)
end)
