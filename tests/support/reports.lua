-- reports.lua: documents of runs that are hard to come by, and their reports: all is well, something differs, it has
-- failed, it was refused, many tables, none, names that try to be markup.
local about = require "wherry.report.about"
local document = require "wherry.report.document"
local json = require "wherry.json"
local make = require "tests.support.result"

local reports = {}

--- Tries to be markup, a control sequence, another direction; is no valid UTF-8.
reports.HOSTILE = '<script>document.title="pwned"</script><img src=x onerror=alert(1)></style>'
    .. '\u{202e}\27]0;x\7 "\'&amp; \xff'

-- Rows read in each of `count` bins.
local function bins(count, seconds)
    local list = {}
    for index = 1, count do
        list[index] = { t = seconds * index / count, rows = 1000 * (1 + index % 7) }
    end
    return list
end

local function facts(changes)
    local list = { command = "wherry run app.db postgresql://app:****@db.example/app --jobs=4", operator = "maria",
        host = "build-7", version = "0.1.0", started = 1764500000, finished = 1764500127.4, source = "app.db",
        target = "postgresql://app:****@db.example/app", journal = "wherry", jobs = 4,
        pace = { seconds = 121.5, bins = bins(100, 121.5), pauses = { { t = 60, seconds = 3600 } } } }
    for name, value in pairs(changes or {}) do
        list[name] = value
    end
    return list
end

local NAMES = { "users", "organizations", "audit_events", "collection_resources", "alembic_version" }
local ROWS = { 3000, 120, 24990000, 45000, 1 }

local function ledger(result)
    result.sources = { { name = "main", path = "/srv/app/var/app.db", fingerprint = "9f2c44e1a0b7d3c8", tables = {} } }
    result.targets = {}
    for index, name in ipairs(NAMES) do
        local rows = ROWS[index]
        result.sources[1].tables[index] = { table = name, total = rows, excluded = 0, filtered = {}, rejected = 0,
            merged = 0, passed = rows }
        result.targets[index] = { table = "public." .. name, passed = rows, emitted = 0, inserted = rows, updated = 0,
            skipped = 0, rejected = 0, seconds = rows / 210000 + 0.004 }
    end
    return result
end

-- Both sides compared, all the same.
local function comparison()
    local one = { basis = "run", state = "verified", seconds = 31.2, tables = {}, left_out = {
        { table = "public.audit_events", column = "seen", why = "its default is now()" } } }
    for index, name in ipairs(NAMES) do
        one.tables[index] = { table = "public." .. name, source = { name }, rows_source = ROWS[index],
            rows_target = ROWS[index], state = "same" }
    end
    one.witness = { state = "same", tables = 5, columns = 12, differences = {},
        list = { { table = "public.users", column = "created_at", what = "sum", of = "seconds since 1970",
            sqlite = "5152233334455", pg = "5152233334455", same = true } },
        left_out = { { table = "public.users", column = "profile", why = "jsonb has no order" } } }
    one.audit = { { kind = "sequence", table = "public.users", name = "users_id_seq", passed = true,
        detail = "next 3001, highest 3000" }, { kind = "column", table = "public.users", name = "users.note",
        passed = true, note = true, detail = "is text in the target" } }
    return one
end

local function spoil(one)
    one.state = "differs"
    local users = one.tables[1]
    users.state, users.missing, users.extra, users.different, users.more, users.buckets = "differs", 1, 2, 9, 9, 7
    users.differences = {
        { kind = "different", key = "id=42", columns = {
            { column = "email", source = { class = "text", text = "o'Brien@example.org" },
                target = { class = "text", text = "O'Brien@example.org" } },
            { column = "deleted_at", source = { class = "null" }, target = { class = "text", text = "" } } } },
        { kind = "missing", key = "id=77" }, { kind = "extra", key = "id=1201" } }
    one.tables[2].state, one.tables[2].note = "changed_by_after_load", "3 rows more"
    one.tables[4].state, one.tables[4].note = "not_compared", "it has no codec"
    one.witness.state, one.witness.list[1].same, one.witness.list[1].pg = "differs", false, "5152233330855"
    one.audit[1].passed, one.audit[1].hint = false, "SELECT setval('users_id_seq', 3000)"
    return one
end

local TARGET = { url = "postgresql://app:****@db.example:5432/app?sslmode=require", origin = "given", database = "app",
    host = "db.example", schema = "public", server_version = "15.18 (Debian 15.18-0+deb12u1)" }

local kinds = {}

function kinds.verified()
    local result = ledger(make { status = "verified", target = TARGET, comparison = comparison(),
        verification = { state = "passed" }, checks = { { kind = "equal", name = "sum of paid", passed = true,
        detail = "1203.55", differences = {}, seconds = 0.02 } } })
    return result, facts()
end

function kinds.differs()
    local result = ledger(make { status = "differs", exit = 1, target = TARGET, comparison = spoil(comparison()),
        verification = { state = "failed" }, checks = { { kind = "query", name = "recent notes", passed = false,
            detail = "row 3 differs", differences = { "row 3: title 'a' is 'b'" }, seconds = 0.3, hint = "look at it",
            timing = { sqlite = { median = 1.2, p95 = 2, runs = 20 }, pg = { median = 3.2, p95 = 9, runs = 20 } } } },
        findings = { { code = "contents", table = "users", key = "id=42", column = "email",
            value = "o'Brien@example.org", reason = "12 rows differ in public.users",
            hint = "name them all:\n--detailed" } },
        rejects = { { table = "collection_resources", column = "score", sqlstate = "22003",
            reason = "the value is out of range for integer", hint = "declare bigint", count = 37,
            examples = { { key = "id=7", value = json.value(99999999999) }, { key = "id=9",
                value = json.value "not a number" } } } } })
    local rejecting, filtering = result.sources[1].tables[4], result.sources[1].tables[3]
    rejecting.rejected, rejecting.passed = 37, rejecting.passed - 37
    filtering.filtered, filtering.passed = { spam = 12, ["older than 2019"] = 388 }, filtering.passed - 400
    result.targets[4].passed, result.targets[4].inserted = rejecting.passed, rejecting.passed
    result.targets[3].passed, result.targets[3].inserted = filtering.passed, filtering.passed
    return result, facts()
end

function kinds.failed()
    local result = ledger(make { status = "failed", exit = 5, target = TARGET, error = { kind = "value",
        message = 'value does not fit "email": invalid input\nfor type citext', hint = "mend the script",
        table = "users", column = "email", key = "id=77", sqlstate = "22P02", value = "\27[31mred<b>" },
        hints = { "wherry run app.db --resume    # goes on where it stopped" },
        committed = { rows = 120, tables = 1 } })
    result.targets[3].passed, result.targets[3].inserted, result.sources[1].tables[3].passed = 0, 0, 0
    return result, facts { accepted = { "the script has changed" } }
end

function kinds.refused()
    local result = make { status = "refused", exit = 4, sources = {}, targets = {}, objects = {}, error = {
        kind = "environment", message = "no connection to PostgreSQL", hint = "is it running?" } }
    result.run, result.target = nil, nil
    return result, { command = "wherry run app.db", operator = "maria", host = "build-7", started = 1764500000,
        finished = 1764500001 }
end

function kinds.many()
    local result = make { objects = {}, targets = {}, sources = { { name = "main", path = "/x/big.db",
        fingerprint = "00", tables = {} } } }
    for index = 1, 600 do
        local name = ("table_with_a_rather_long_name_%03d"):format(index)
        result.sources[1].tables[index] = { table = name, total = index * 37, excluded = 0, filtered = {},
            rejected = 0, merged = 0, passed = index * 37 }
        result.targets[index] = { table = "public." .. name, passed = index * 37, emitted = 0, inserted = index * 37,
            updated = 0, skipped = 0, rejected = 0, seconds = index / 100 }
        result.objects[index] = { kind = "table", name = name, outcome = "exact" }
    end
    return result, facts()
end

function kinds.none()
    return make { objects = {}, targets = {}, sources = { { name = "main", path = "/x/empty.db", fingerprint = "00",
        tables = {} } } }, facts { pace = { seconds = 0, bins = {}, pauses = {} } }
end

function kinds.hostile()
    local h = reports.HOSTILE
    return make { status = "differs", exit = 1, run = 9,
        sources = { { name = "main", path = "/x/" .. h, fingerprint = "00", tables = { { table = h, total = 3,
            excluded = 0, filtered = { [h] = 1 }, rejected = 0, merged = 0, passed = 2 } } } },
        targets = { { table = "public." .. h, passed = 2, emitted = 0, inserted = 2, updated = 0, skipped = 0,
            rejected = 0, seconds = 0.1 } },
        objects = { { kind = "table", name = h, outcome = "not_carried", note = h },
            { kind = "column", name = h, outcome = "changed", note = h },
            { kind = "view", name = h, outcome = "exact" } },
        findings = { { code = h, table = h, key = h, column = h, value = h, reason = h, hint = h } },
        rejects = { { table = h, column = h, reason = h, hint = h, count = 1,
            examples = { { key = h, value = json.value(h) } } } },
        comparison = { basis = "run", state = "differs", note = h, tables = { { table = h, source = { h },
            state = "differs", note = h, rows_source = 3, rows_target = 2, different = 1, differences = { { key = h,
            kind = "different", columns = { { column = h, source = { class = "text", text = h },
            target = { class = "text", text = h } } } } } } } } }, facts { command = h, operator = h, host = h }
end

--- The names of the kinds.
reports.kinds = { "verified", "differs", "failed", "refused", "many", "none", "hostile" }

---A document with its part `report`, as text.
---@param kind string
---@return string json
function reports.text(kind)
    local result, about_it = kinds[kind]()
    return about.text(document.of(result), result, about_it)
end

return reports
