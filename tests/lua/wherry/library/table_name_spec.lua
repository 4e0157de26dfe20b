-- Tables as scripts name them.
local table_name = require "wherry.library.table_name"
local fault_of = require "tests.support.refusal"

local function parsed(text)
    local schema, name = table_name.parse(text)
    return { schema or false, name }
end

describe("the name of a table", function()
    it("is plain, with a schema, or quoted as in SQL", function()
        assert.same({ false, "events" }, parsed "events")
        assert.same({ false, "Events of 2026" }, parsed "Events of 2026")
        assert.same({ "app", "events" }, parsed "app.events")
        assert.same({ "app", "my.events" }, parsed 'app."my.events"')
        assert.same({ "a.b", 'c"d' }, parsed '"a.b"."c""d"')
        assert.same({ false, '"' }, parsed '""""')
    end)

    it("has two parts at most, none of them empty", function()
        for _, wrong in ipairs { ".", "a.", ".a", "a.b.c", '"a', '"a"b', '""', '"".a', 'a."b', 'a.""' } do
            assert.equal(("%q is no name of a table"):format(wrong), fault_of(table_name.parse, wrong).message)
        end
    end)

    it("is found exactly, else without regard to case, else suggested", function()
        local list = { { name = "events", n = 1 }, { name = "Events", n = 2 }, { name = "Other", n = 3 },
            { name = "events", n = 4 } }
        assert.equal(1, table_name.choose("events", nil, "events", list).n)
        assert.equal(2, table_name.choose("Events", nil, "Events", list).n)
        assert.equal(3, table_name.choose("OTHER", nil, "OTHER", list).n)
        assert.equal("write it as it is: Events or events",
            fault_of(table_name.choose, "EVENTS", nil, "EVENTS", list).hint)
        local fault = fault_of(table_name.choose, "app.othr", "app", "othr", list)
        assert.same({ "usage", 'there is no table "othr" in the schema "app"', 'did you mean "Other"?', "app.othr" },
            { fault.kind, fault.message, fault.hint, fault.table })
        assert.equal("name its schema, too", fault_of(table_name.choose, "x", nil, "x", {}).hint)
    end)
end)
