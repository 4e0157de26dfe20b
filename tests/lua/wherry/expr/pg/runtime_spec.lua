-- The registry of runtime functions: order, schema, what undoes each, and the house rules of the files.
local runtime = require "wherry.expr.pg.runtime"

local FOLDER = "lua/wherry/expr/pg/runtime/"

local function all_names()
    local set, list = {}, {}
    local pipe <close> = assert(io.popen("ls " .. FOLDER))
    for line in pipe:lines() do
        local name = line:match "^(.*)%.sql$"
        if name then
            set[name], list[#list + 1] = true, name
        end
    end
    return set, list
end

local function names_of(statements)
    local list = {}
    for i, statement in ipairs(statements) do
        list[i] = statement.name
    end
    return list
end

describe("the runtime functions", function()
    it("come after those which they need", function()
        local found = names_of(runtime.statements({ sqlite_float_text = true }, "public"))
        assert.same({ "sqlite_exact_number", "sqlite_long_double", "sqlite_float_text" }, found)
    end)

    it("come in the same order and once, whoever asks", function()
        local found = names_of(runtime.statements({ sqlite_long_double = 1, sqlite_float_text = 1 }, "public"))
        assert.same({ "sqlite_exact_number", "sqlite_long_double", "sqlite_float_text" }, found)
        assert.same({}, runtime.statements({}, "public"))
    end)

    it("are made in the schema that is named, whatever its name", function()
        local found = runtime.statements({ sqlite_datetime = true }, 'My "100%" schema')
        for _, statement in ipairs(found) do
            assert.is_nil(statement.sql:find("@schema@", 1, true))
            assert.is_truthy(statement.sql:find('"My ""100%"" schema".' .. statement.name .. "(", 1, true))
        end
    end)

    it("are undone by name and arguments, each overload for itself", function()
        local found = runtime.statements({ sqlite_date = true }, "app")
        assert.equal("DROP FUNCTION app.sqlite_date(value text, VARIADIC modifiers text[])", found[#found - 1].drop)
        assert.equal("DROP FUNCTION app.sqlite_date(value double precision, VARIADIC modifiers text[])",
            found[#found].drop)
    end)

    it("say how they may be used", function()
        assert.equal("immutable", runtime.volatility "sqlite_datetime")
        assert.equal("stable", runtime.volatility "sqlite_current_datetime")
        assert.is_true(runtime.has "sqlite_datetime")
        assert.is_false(runtime.has "sqlite_nothing")
    end)

    it("have files of one form", function()
        local set, list = all_names()
        local problems = {}
        for _, name in ipairs(list) do
            local file <close> = assert(io.open(FOLDER .. name .. ".sql"))
            local text = file:read "a"
            local volatility = runtime.volatility(name)
            local _, created = text:gsub("CREATE %u+ @schema@%." .. name .. "%(", "")
            local _, said = text:gsub("%f[%w]" .. volatility:upper() .. "%f[%W]", "")
            -- A block that catches errors is a subtransaction, which a parallel plan cannot have.
            local parallel = text:find("EXCEPTION WHEN", 1, true) and "PARALLEL UNSAFE" or "PARALLEL SAFE"
            local _, safe = text:gsub(parallel, "")
            local aggregate = text:find("CREATE AGGREGATE", 1, true)
            if created == 0 or not aggregate and (said ~= created or safe ~= created) then
                problems[#problems + 1] = ("%s: not every function is %s and %s"):format(name, volatility, parallel)
            end
            local needs = text:match "^[^\n]*needs: ([^\n]*)" or ""
            for used in text:gmatch "@schema@%.([%w_]+)" do
                if used ~= name and not needs:find("%f[%w_]" .. used .. "%f[^%w_]") then
                    problems[#problems + 1] = name .. " uses " .. used .. " without naming it"
                end
            end
            for need in needs:gmatch "[%w_]+" do
                if not set[need] or not text:find("@schema@." .. need, 1, true) then
                    problems[#problems + 1] = name .. " names " .. need .. " without need"
                end
            end
        end
        assert.same({}, problems)
        assert.is_true(#runtime.statements(set, "public") >= #list)
    end)
end)
