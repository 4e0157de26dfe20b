-- The reference of keys: every key has an example, which the checks of the vocabulary take.
local reference = require "wherry.plan.reference"
local vocabulary = require "wherry.plan.vocabulary"
local w = require "wherry"

-- A table of keys from the text of one, as a script would hold it.
local function table_of(text)
    return assert(load("local w = ...; return { " .. text .. " }", "=example", "t"))(w)
end

-- A plan in which a list's keys have their place.
local PLACES = {
    plan = function(keys) return keys end,
    table = function(keys) return { tables = { t = keys } } end,
    column = function(keys) return { tables = { t = { columns = { c = keys } } } } end,
    file = function(keys)
        keys[1] = "one.db"
        return { from = { one = w.sqlite(keys), other = w.sqlite "other.db" } }
    end,
    glob = function(keys)
        keys[1] = "tenants/*.db"
        return { from = w.sqlite.glob(keys) }
    end,
    merge = function(keys) return { tables = { t = { merge = keys } } } end,
    lookup = function(keys) return { lookups = { l = keys } } end,
}

describe("the reference of keys", function()
    for name, list in pairs(reference.lists) do
        it("has an example for each key of " .. name, function()
            local known = {}
            for _, entry in ipairs(list.keys) do
                local example = assert(list.examples[entry.key], "no example of " .. entry.key)
                local text = (list.context and list.context[entry.key] or "") .. entry.key .. " = " .. example
                local keys = table_of(text)
                assert.is_not_nil(keys[entry.key], text)
                for _, other in ipairs(list.keys) do
                    if other.required and keys[other.key] == nil then
                        keys[other.key] = table_of("v = " .. list.examples[other.key]).v
                    end
                end
                local plan = PLACES[name](keys)
                plan.from = plan.from or w.sqlite "app.db"
                assert.has_no_error(function() w.plan(plan) end, entry.key)
                known[entry.key] = true
            end
            for key in pairs(list.examples) do
                assert.is_true(known[key] == true, "an example of a key that is not there: " .. key)
            end
        end)

        it("fits the width of the help: " .. name, function()
            for line in reference.text(name):gmatch "[^\n]+" do
                assert.is_true(#line <= 120, line)
            end
        end)
    end

    it("shows type, default, purpose and example", function()
        local text = reference.text "plan"
        assert.matches('    schema         "existing" or "create"; without it: "existing" when', text, 1, true)
        assert.matches('from = w.sqlite "var/app.db"', text, 1, true)
        assert.matches("    from           w.sqlite \"PATH\"[^\n]*; required\n", text)
    end)

    it("stands where a text asks for it", function()
        local text = reference.expand "one\n{keys merge}\ntwo {keys merge}"
        assert.equal("one\n" .. reference.text "merge" .. "\ntwo {keys merge}", text)
        assert.equal(vocabulary.plan, reference.lists.plan.keys)
    end)
end)
