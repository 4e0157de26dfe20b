-- What rows cost that are refused, by a codec or by the server: called by tests/bench/rejects.
local cjson = require "cjson"
local process = require "tests.support.process"
local bench_server = require "tests.bench.server"
local statistics = require "tests.bench.statistics"

local rows, turns = tonumber(arg[1] or 1000000), tonumber(arg[2] or 3)
if not rows or not turns or rows < 100 or turns < 1 then
    io.stderr:write "usage: tests/bench/rejects [ROWS [TURNS]], at least 100 and 1\n"
    os.exit(2)
end

local COLUMNS = "id bigint PRIMARY KEY, k text, n bigint, at timestamptz, doc jsonb"

-- `spoil` is what becomes of every hundredth row of the source, `target` what the server is told beside the columns,
-- `option` what wherry is told.
local KINDS = {
    { name = "a value that no codec takes", spoil = "n = 'x'" },
    { name = "CHECK", spoil = "n = -n", target = "ALTER TABLE t ADD CHECK (n > 0)" },
    { name = "NOT NULL", spoil = "n = NULL", target = "ALTER TABLE t ALTER n SET NOT NULL" },
    { name = "UNIQUE, kept", spoil = "k = 'key ' || (id - 1)", target = "ALTER TABLE t ADD UNIQUE (k)",
        option = "--indexes=keep" },
    { name = "UNIQUE, rebuilt", spoil = "k = 'key ' || (id - 1)", target = "ALTER TABLE t ADD UNIQUE (k)" },
    { name = "a trigger that raises", spoil = "n = -n", option = "--triggers=fire", target = [[
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.n < 0 THEN
                RAISE EXCEPTION 'n of % is negative', NEW.id;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse()]] },
}

local place = os.getenv "TMPDIR"
local wherry = os.getenv "WHERRY"

local function sqlite(file, sql)
    process.shell(("sqlite3 -bail %s %s"):format(file, process.quote("PRAGMA journal_mode=off; " .. sql)))
end

local function make_sources()
    sqlite(place .. "/clean.db", ([[
        CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT, n INTEGER, at TEXT, doc TEXT);
        WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < %d)
        INSERT INTO t SELECT i, 'key ' || i, i, strftime('%%Y-%%m-%%dT%%H:%%M:%%S', 1704067200 + i, 'unixepoch') ||
            printf('.%%03dZ', i %% 1000), '{"a":' || i || '}' FROM series;]]):format(rows))
    for i, kind in ipairs(KINDS) do
        kind.files = { none = place .. "/clean.db", bad = ("%s/%d.db"):format(place, i) }
        process.shell(("cp %s %s"):format(kind.files.none, kind.files.bad))
        sqlite(kind.files.bad, ("UPDATE t SET %s WHERE id %% 100 = 0"):format(kind.spoil))
    end
end

---One run into a fresh table: its seconds; fails unless exactly the bad rows were rejected.
local function measure(server, kind, which)
    server:create "bench"
    server:ask("bench", ("CREATE TABLE t (%s); %s"):format(COLUMNS, kind.target or ""))
    local argv = { wherry, "run", kind.files[which], server:url "bench", "--on-bad=reject", "--json" }
    argv[#argv + 1] = kind.option
    server:ask("postgres", "CHECKPOINT")
    local result = process.run(argv, { directory = place, timeout = 3600,
        env = { PATH = os.getenv "PATH", TMPDIR = place, XDG_STATE_HOME = os.getenv "XDG_STATE_HOME" } })
    local refused = which == "bad" and rows // 100 or 0
    local read, document = pcall(cjson.decode, result.stdout)
    local source = read and document.sources and document.sources[1]
    local rejected = source and source.tables[1] and source.tables[1].rejected
    local held = server:ask("bench", "SELECT count(*) FROM t")
    if result.code ~= (refused > 0 and 1 or 0) or tonumber(held) ~= rows - refused or rejected ~= refused then
        error(("%s, %s: exit code %d, %s rows in the target: %s%s"):format(kind.name, which, result.code, held,
            result.stderr, result.stdout))
    end
    return result.seconds
end

io.stdout:setvbuf "line"
make_sources()
local server = bench_server.start()
print(server:describe())
for turn = 1, turns do
    for _, kind in ipairs(KINDS) do
        for _, which in ipairs { "none", "bad" } do
            kind[which] = kind[which] or {}
            kind[which][turn] = measure(server, kind, which)
        end
    end
end
server:drop "bench"

local lines = {}
for i, kind in ipairs(KINDS) do
    local none, bad = statistics.median(kind.none), statistics.median(kind.bad)
    lines[i] = { kind.name, ("%.2f"):format(none), ("%.2f"):format(bad), ("%.2f"):format(bad / none) }
end
print(("%d rows, %d of them bad; seconds of the whole command, medians of %d"):format(rows, rows // 100, turns))
print(statistics.columns({ "refused by", "none bad", "1 % bad", "ratio" }, lines))
