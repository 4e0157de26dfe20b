-- What a census says of how a column is stored: units by magnitude, texts, orders of UUIDs; and when it says nothing.
local core = require "wherry.core"
local stored_form = require "wherry.plan.stored_form"

-- A census as core.snapshot gives it, of values of a real column without a type.
local process = require "tests.support.process"
local sqlite_query = require "tests.support.sqlite_query"

local function census(values)
    local path = sqlite_query.database(process.directory "stored", ("CREATE TABLE t(v); INSERT INTO t %s;"):format(
        values:find "^WITH" and values or "VALUES (" .. values:gsub("; ", "), (") .. ")"))
    local source <close> = core.snapshot.open(path)
    return source:census({ { table = "t", select = "SELECT v FROM t", wanted = { "stored" } } })[1][1]
end

local function times(values)
    return stored_form.of_times("made_at", census(values))
end

local function uuids(values)
    return stored_form.of_uuids("id", census(values))
end

describe("stored_form of times", function()
    it("takes one unit's magnitudes, with the evidence", function()
        local made = times "1600000000000; 1700000000000.5; -1700000000000; NULL"
        assert.equal("unix_ms", made.stored)
        assert.equal("2 integers and 1 real from -1.7e12 to 1.7e12 (1916-02-18 to 2023-11-14)", made.evidence)
        for word, values in pairs {
            unix = "1262304000; 100000000; 9999999999", unix_us = "1600000000000000; 100000000000000",
            unix_ns = "1600000000000000000; 1700000000000000001", julian = "2460310.500011574; 1721059.5; 2460000",
        } do
            made = times(values)
            assert.equal(word, made.stored, values)
            assert.is_nil(made.problem)
        end
        assert.matches("^2 integers and 1 real %(1 as text%) from 1.5e9 to 1.7e9",
            times("1500000000; '1600000000'; 1700000000.25").evidence)
    end)

    it("says nothing of ISO texts, NULLs and no rows", function()
        for _, values in ipairs { "'2024-02-29'; '2024-02-29T12:00:00Z'; 'now'", "NULL; NULL", "x'00'", "'n/a'" } do
            assert.same({}, times(values))
        end
    end)

    it("knows Go's texts where none is ISO", function()
        local made = times "'2026-07-26 11:47:47.112233 +0330 +0330 m=+8463.7'; '2026-07-26 11:47:47 +0000 UTC'; ''"
        assert.equal("go", made.stored)
        assert.equal('2 texts of Go\'s Time.String(), first "2026-07-26 11:47:47.112233 +0330 +0330 m=+8463.7"',
            made.evidence)
        assert.is_nil(times("'2026-07-26 11:47:47 +0000 UTC'; ''; 'x'").stored)
    end)

    it("asks about mixed columns, with counts, ranges and examples", function()
        local found = times "1600000000000; 1700000000000; '2024-01-01'; 'n/a'; ''; 1700000000; 0; x'00'"
        assert.is_nil(found.stored)
        assert.equal("its values are stored in several ways: 2 integers from 1.6e12 to 1.7e12 (unix_ms: 2020-09-13 to "
            .. '2023-11-14); 2 texts in another form, first "n/a"; 1 blob; 1 integer: 0; 1 integer: 1.7e9 (unix: '
            .. '2023-11-14); 1 text in ISO, first "2024-01-01"', found.problem)
        assert.equal('columns = { made_at = { stored = "unix_ms" } } declares it; all its numbers are then read in '
            .. "this unit, values of another form are refused, or treated as on_bad says", found.hint)
        assert.matches("declares it; values of another form", times("1600000000; ''").hint, 1, true)
        for _, values in ipairs { "1600000000; 1600000000000", "1600000000; 0", "1600000000; ''",
            "'2024-01-01'; '2026-07-26 11:47:47 +0000 UTC'", "2460310.5; 2460310.5; 1.5", "1600000000; x'00'" } do
            assert.matches("in several ways", times(values).problem, 1, true)
        end
        assert.matches('stored = "iso"', times("'2024-01-01'; '2024-01-02'; 1700000000").hint, 1, true)
    end)

    it("asks where magnitudes do not tell the unit", function()
        local function problem(values)
            local found = times(values)
            assert.is_nil(found.stored, values)
            return found.problem, found.hint
        end
        assert.equal("its numbers do not tell their unit: 2 integers from 0 to 5", (problem "0; 5"))
        local apple, hint = problem "694224000.5; 725760000"
        assert.matches("unix (1992-01-01 to 1992-12-31), core_data (2023-01-01 to 2024-01-01)", apple, 1, true)
        assert.matches('stored = "unix" } } declares it, or another of these forms', hint, 1, true)
        assert.matches("ticks (2020-01-01)", problem "637134336000000000", 1, true)
        assert.matches("unix_ns", problem "637134336000000000; 1700000000000000000", 1, true)
        assert.matches("webkit (2023-01-01)", problem "13317004800000000", 1, true)
        for _, values in ipairs { "19700; 19800", "2460310; 2460311", "1e300", "9e999", "50000000000",
            "20000000000000" } do
            problem(values)
        end
        assert.matches("numeric type", select(2, problem "9e999"), 1, true)
    end)
end)

describe("stored_form of UUIDs", function()
    -- Versions as they are and in .NET's order: bytes 6 and 7.
    local function blobs(...)
        local list = {}
        for i, pair in ipairs { ... } do
            list[i] = ("x'%08x1122%s8899aabbccddeeff'"):format(i, pair)
        end
        return table.concat(list, "; ")
    end

    it("takes the order in which all have a version", function()
        local made = uuids(blobs("4fa1", "40b2", "4e33"))
        assert.equal("uuid", made.stored)
        assert.equal("3 blobs of 16 bytes: as they are, 3 have a version and the variant of RFC 9562, in .NET's order "
            .. "1", made.evidence)
        assert.equal("uuid_net", uuids(blobs("a14f", "b240", "334e")).stored)
        assert.equal("uuid", uuids(blobs("4f41", "4042", "4e33", "4175")).stored)
        assert.equal("uuid_net", uuids(blobs("414f", "4240", "334e", "7541") .. "; NULL; zeroblob(16)").stored)
    end)

    it("takes the order of nearly all of many", function()
        local list = {}
        for i = 1, 40 do
            list[i] = i % 2 == 0 and "4f41" or "4f91"
        end
        list[7] = "0000"
        assert.equal("uuid", uuids(blobs(table.unpack(list))).stored)
    end)

    it("asks where both orders could be, or none", function()
        for _, values in ipairs { blobs("4f41"), blobs("4f41", "4f42"), blobs("00ff", "00ff"),
            blobs("4f41", "7f71", "4f42", "4444", "5111"), blobs("413f", "413f", "a14f", "b240") } do
            local found = uuids(values)
            assert.is_nil(found.stored)
            assert.matches("the order of its bytes does not show", found.problem, 1, true)
            assert.equal('columns = { id = { stored = "uuid" } } declares it, and stored = "uuid_net" the order of '
                .. ".NET", found.hint)
        end
    end)

    it("says nothing where there is nothing to tell, and asks about texts beside .NET's order", function()
        assert.same({}, uuids "'00112233-4455-6677-8899-aabbccddeeff'; zeroblob(16); NULL; 5; x'00'")
        local text = "; '00112233-4455-6677-8899-aabbccddeeff'"
        assert.equal("uuid", uuids(blobs("4fa1", "40b2") .. text).stored)
        assert.matches("in several ways", uuids(blobs("a14f", "b240") .. text).problem, 1, true)
    end)
end)
