-- The equations of promise 1, one by one: each that does not hold is a finding of its own.
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local Target = require "tests.support.target"

local function table_of(name)
    return { source = name, target = { schema = "public", name = name }, target_sql = '"public"."' .. name .. '"',
        read = { table = name }, count_sql = "count " .. name }
end

-- Counts of a table of ten rows of which two are excluded, changed by `changes`.
local function counts(changes)
    local result = { read = 8, filtered = 0, filtered_by = {}, merged = 0, passed = 8, emitted = 0,
        inserted = 8, updated = 0, skipped = 0, rejected = 0, seconds = 0.5 }
    for name, value in pairs(changes or {}) do
        result[name] = value
    end
    return result
end

-- Closes the ledger of the table t; the target holds `after` rows.
local function close(target, after, compare, rejects, keys)
    local asked, tbl = 0, table_of "t"
    for name, value in pairs(keys or {}) do
        tbl[name] = value
    end
    local session = { query = function(_, sql)
        asked = asked + 1
        assert.equal('SELECT count(*) AS n FROM "public"."t"', sql)
        return { { n = tostring(after) } }
    end }
    local sources, targets, findings = ledger.close(session, { tables = { tbl } },
        { t = { total = 10, excluded = 2 } }, { t = target }, { t = rejects }, compare ~= false)
    return findings, sources[1], targets[1], asked
end

describe("the ledger", function()
    it("closes when every row is accounted for", function()
        local findings, source, target = close(counts(), 8)
        assert.same({}, findings)
        assert.same({ table = "t", total = 10, excluded = 2, filtered = {}, rejected = 0, merged = 0, passed = 8 },
            source)
        assert.same({ table = "public.t", passed = 8, emitted = 0, inserted = 8, updated = 0, skipped = 0, rejected = 0,
            seconds = 0.5 }, target)
        findings, source = close(counts { filtered = 2, filtered_by = { spam = 2 }, merged = 1, passed = 5,
            inserted = 5 }, 5)
        assert.same({}, findings)
        assert.same({ { spam = 2 }, 1, 5 }, { source.filtered, source.merged, source.passed })
        findings, source, target = close(counts { rejected = 1, passed = 7, inserted = 7 }, 7, true, 1)
        assert.same({}, findings)
        assert.same({ 1, 7, 0, 7 }, { source.rejected, source.passed, target.rejected, target.passed })
    end)

    it("counts from what the target held, and lets rows be skipped where the plan says so", function()
        local merged = { before = "5", merge_sql = "INSERT" }
        local given = counts { inserted = 4, updated = 2, skipped = 2 }
        assert.same({}, (close(given, 9, true, nil, merged)))
        assert.matches("held 5 rows and holds 8, and the run inserted 4", close(given, 8, true, nil, merged)[1].reason)
        assert.equal(1, #close(given, 9, true, nil, { before = "5" }))
    end)

    it("notices rows that were read and went nowhere, and rows that came from nowhere", function()
        for _, passed in ipairs { 7, 9 } do
            local findings = close(counts { passed = passed, inserted = passed }, passed)
            assert.equal(1, #findings)
            assert.equal("ledger", findings[1].code)
            assert.equal("t", findings[1].table)
            assert.matches("10 rows are in the source", findings[1].reason)
            assert.matches(passed .. " passed", findings[1].reason)
        end
    end)

    it("notices rejects that the journal does not hold", function()
        local findings = close(counts { rejected = 2, passed = 6, inserted = 6 }, 6, true, 1)
        assert.equal(1, #findings)
        assert.equal("2 rows were rejected, and the journal holds 1 of them", findings[1].reason)
        assert.equal(1, #(close(counts(), 8, true, 1)))
    end)

    it("notices filtered rows whose reasons the journal does not hold", function()
        local findings = close(counts { filtered = 2, filtered_by = { spam = 1 }, passed = 6, inserted = 6 }, 6)
        assert.equal(1, #findings)
        assert.equal("2 rows were filtered, and the journal has the reasons of 1", findings[1].reason)
    end)

    it("notices rows that the server did not keep", function()
        local findings = close(counts { inserted = 6, skipped = 2 }, 6)
        assert.equal(1, #findings)
        assert.matches("8 rows were sent to .*, and the server kept 6", findings[1].reason)
    end)

    it("notices rows of others in the target, and rows that are gone", function()
        for _, after in ipairs { 7, 9 } do
            local findings = close(counts(), after)
            assert.equal(1, #findings)
            assert.matches(("holds %d rows, and the run inserted 8"):format(after), findings[1].reason)
        end
    end)

    it("takes a table without a committed step for one of which nothing arrived", function()
        local findings, source, target = close(nil, 0)
        assert.equal(1, #findings)
        assert.matches("0 passed", findings[1].reason)
        assert.same({ 0, 0 }, { source.passed, target.inserted })
    end)

    it("asks the target only where that is wanted", function()
        local findings, _, _, asked = close(counts(), 99, false)
        assert.same({}, findings)
        assert.equal(0, asked)
    end)

    it("accounts for every row although the target is not asked", function()
        for reason, changes in pairs {
            ["7 passed"] = { passed = 7, inserted = 7 }, ["the server kept 6"] = { inserted = 6, skipped = 2 },
        } do
            local findings = close(counts(changes), 99, false)
            assert.equal(1, #findings)
            assert.matches(reason, findings[1].reason)
        end
    end)

    it("counts the source by the plan's own statements", function()
        local excluding = table_of "e"
        excluding.excluded_sql = "excluded e"
        local source = { query = function(_, sql)
            return { { n = ({ ["count t"] = 10, ["count e"] = "5", ["excluded e"] = 2 })[sql] } }
        end }
        assert.same({ t = { total = 10, excluded = 0 }, e = { total = 5, excluded = 2 } },
            ledger.source(source, { tables = { table_of "t", excluding } }))
    end)

    it("names the table whose count failed", function()
        local source = { query = function() failure.raise("source", "damaged") end }
        assert.equal("t", Target.fault(ledger.source, source, { tables = { table_of "t" } }).table)
    end)

    it("knows of the first tables what they hold, although others are not counted yet", function()
        local excluding = table_of "e"
        excluding.excluded_sql = "excluded e"
        local resolved = { tables = { table_of "t", excluding, table_of "u" } }
        assert.same({ { table = "t", sql = "count t" }, { table = "e", sql = "count e" },
            { table = "e", sql = "excluded e" }, { table = "u", sql = "count u" } }, ledger.statements(resolved))
        local t, e, u = { total = 10, excluded = 0 }, { total = 5, excluded = 2 }, { total = 7, excluded = 0 }
        assert.same({}, ledger.counts(resolved, {}))
        assert.same({ t = t }, ledger.counts(resolved, { 10 }))
        assert.same({ t = t }, ledger.counts(resolved, { 10, 5 }))
        assert.same({ t = t, e = e }, ledger.counts(resolved, { 10, 5, 2 }))
        assert.same({ t = t, e = e, u = u }, ledger.counts(resolved, { 10, 5, 2, 7 }))
    end)
end)
