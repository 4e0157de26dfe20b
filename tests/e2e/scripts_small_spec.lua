-- The small scripts: each of them runs as it stands, on its sample, and does what it says.
local harness = require "tests.support.harness"

local FOLDER = "scripts/small"

-- A copy of the scripts beside their sample.
local function place()
    local folder = harness.path "small"
    harness.process.shell(("cp -r %s %s"):format(FOLDER, folder))
    harness.sqlite(folder .. "/sample.db", harness.process.read(FOLDER .. "/sample.sql"))
    return folder
end

-- Checks and runs a plan; the check has to foresee what the run says.
local function run(name, prepare)
    local folder, database = place(), harness.database()
    if prepare then
        prepare(folder, database)
    end
    local script, url = folder .. "/" .. name, harness.url(database)
    local check = harness.wherry({ "check", script, url }, { changing = true })
    assert.equal(0, check.code, check.said)
    local document = harness.run(0, { script, url }, { changing = true }).json
    return database, document
end

-- Runs a program by stock Lua.
local function program(folder, words)
    local lua = {}
    for _, word in ipairs(words) do
        lua[#lua + 1] = harness.process.quote(word)
    end
    return harness.process.shell(("cd %s && LUA_PATH=%s LUA_CPATH=%s lua5.4 %s"):format(folder,
        harness.process.quote(harness.process.shell "pwd" .. "/lua/?.lua;" .. harness.process.shell "pwd"
            .. "/lua/?/init.lua;;"), harness.process.quote(package.cpath), table.concat(lua, " ")))
end

-- The accounts of a source table.
local function source(document, name)
    for _, file in ipairs(document.sources) do
        for _, one in ipairs(file.tables) do
            if one.table == name then
                return one
            end
        end
    end
end

local does = {}

does["rename.lua"] = function()
    local database, document = run "rename.lua"
    assert.equal("1|Ann Ash|ann@example.org|DE|\\N", harness.sql(database, "SELECT * FROM client WHERE id = 1"))
    assert.equal("5", harness.sql(database, "SELECT count(*) FROM client"))
    assert.equal(1, source(document, "customers").excluded)
    assert.equal("\\N", harness.sql(database, "SELECT to_regclass('tmp_import')"))
    local told = {}
    for _, object in ipairs(document.objects) do
        told[#told + 1] = tostring(object.note)
    end
    told = table.concat(told, "\n")
    assert.matches("nobody has read them since 2019", told, 1, true)
    assert.matches("left over from an import", told, 1, true)
end

does["fold.lua"] = function()
    local database = run "fold.lua"
    assert.equal('{"raw": {"id": 10, "lines": [{"n": 2, "sku": "a"}]}, "tags": "gift,express", "amount": '
        .. '{"unit": "EUR", "value": 19.9}}|1990', harness.sql(database,
        "SELECT document, cents FROM orders WHERE id = 10"))
    assert.equal("9007199254740993|10", harness.sql(database,
        "SELECT document #>> '{raw,id}', cents FROM orders WHERE id = 13"))
    assert.equal("null", harness.sql(database, "SELECT document -> 'raw' FROM orders WHERE id = 12"))
    assert.equal("1", harness.sql(database, "SELECT count(DISTINCT imported_at) FROM orders"))
end

does["times.lua"] = function()
    local database = run "times.lua"
    assert.equal("2024-02-29 12:00:00.123+00|2024-03-01 08:30:00+00", harness.sql(database,
        "SELECT placed_at, shipped_at FROM orders WHERE id = 10"))
    assert.equal("2024-02-29 00:00:00+00", harness.sql(database, "SELECT deleted_at FROM customers WHERE id = 4"))
end

does["clean.lua"] = function()
    local database, document = run "clean.lua"
    assert.equal("1|Ann Ash|ann@example.org|DE\n2|Bo Berg|bo@example.org|SE\n3|Ann Ash|ann@example.org|DE\n"
        .. "4|Cem Can|\\N|TR\n5|Dora|dora@example.org|DE", harness.sql(database,
        "SELECT id, name, mail, country FROM customers ORDER BY id"))
    assert.same({ shouting = 1 }, source(document, "customers").filtered)
end

does["lookup.lua"] = function()
    local database = run "lookup.lua"
    assert.equal("1|49\n2|46\n3|49\n4|90\n5|\\N\n6|46", harness.sql(database,
        "SELECT id, country_id FROM customers ORDER BY id"))
end

does["merge.lua"] = function()
    local database, document = run "merge.lua"
    assert.equal("1,2,4,5,6", harness.sql(database, "SELECT string_agg(id::text, ',' ORDER BY id) FROM customers"))
    assert.equal("10|1\n11|1\n12|2\n13|5", harness.sql(database, "SELECT id, customer_id FROM orders ORDER BY id"))
    assert.equal("1|1\n2|2\n3|\\N", harness.sql(database, "SELECT id, customer_ref FROM notes ORDER BY id"))
    assert.equal(1, source(document, "customers").merged)
end

does["tenants.lua"] = function()
    local database, document = run("tenants.lua", function(folder, name)
        harness.sql(name, harness.process.read(folder .. "/tenants.sql"))
        harness.process.shell(("cd %s && mkdir tenants && cp sample.db tenants/acme.db && mv sample.db tenants/beta.db")
            :format(folder))
    end)
    assert.equal("acme|6\nbeta|6", harness.sql(database,
        "SELECT tenant, count(*) FROM customers GROUP BY 1 ORDER BY 1"))
    assert.equal(2, #document.sources)
    assert.equal(6, document.sources[2].tables[1].passed)
end

does["copy_rows.lua"] = function()
    local folder, database = place(), harness.database()
    local words = { "copy_rows.lua", "sample.db", harness.url(database) }
    assert.equal("3 tags", program(folder, words))
    assert.equal("10|gift\n10|express\n12|gift", harness.sql(database, "SELECT * FROM order_tags ORDER BY ctid"))
end

does["run_plan.lua"] = function()
    local folder, database = place(), harness.database()
    local words = { "run_plan.lua", "sample.db", "SE", harness.url(database) }
    assert.matches("verified: every value of every row is the same", program(folder, words))
    assert.equal("2,6", harness.sql(database, "SELECT string_agg(id::text, ',' ORDER BY id) FROM customers"))
    local again, problem = pcall(program, folder, words)
    assert.is_false(again) -- the table holds rows now
    assert.matches("Nothing was written", tostring(problem))
end

describe("the small scripts", function()
    after_each(harness.cleanup)
    local listed = harness.process.read(FOLDER .. "/README.md")

    for path in harness.process.shell("ls " .. FOLDER .. "/*.lua"):gmatch "[^\n]+" do
        local name = path:match "[^/]+$"
        it("do what they say: " .. name, function()
            assert.is_function(does[name], "nothing runs it")
            assert.matches("\n| `" .. name .. "` |", listed, 1, true)
            does[name]()
        end)
    end
end)
