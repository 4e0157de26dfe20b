-- What the rows of a table say of it, once they are compared one by one.
local core = require "wherry.core"
local drill = require "wherry.drill"
local row_comparison = require "wherry.engine.row_comparison"
local server = require "wherry.digest.server"

describe("row_comparison.run", function()
    local asked, table_of, digest_of = nil, drill.table, server.digest
    after_each(function() drill.table, server.digest = table_of, digest_of end)

    -- Compares tables of which drill finds this.
    local function compare(found, opens, source_is_held)
        asked = {}
        drill.table = function(context, target, options)
            asked[#asked + 1] = { context = context, target = target, buckets = options.buckets }
            local answer = { missing = 0, extra = 0, different = 0, differences = {}, more = 0, rows_source = 7,
                rows_target = 8 }
            for name, value in pairs(found) do
                answer[name] = value
            end
            return answer
        end
        server.digest = function() return source_is_held or core.digest.new():add_bucket(5, 1, "9") end
        local closed = false
        row_comparison.run({ session = { beside = function()
            return { close = function() closed = true end }
        end }, digests = { list = {} }, options = {} }, opens)
        assert.is_true(closed)
        return opens[1].line
    end

    local function open(fields)
        local made = { target = { target_sql = "public.t", columns = { {} } }, line = { state = "differs" },
            before = 0, skipped = 0 }
        for name, value in pairs(fields or {}) do
            made[name] = value
        end
        return made
    end

    it("tells what differs", function()
        local line = compare({ missing = 1, extra = 2, different = 3, differences = { { kind = "missing" } },
            more = 5 }, { open() })
        assert.same({ state = "differs", missing = 1, extra = 2, different = 3, more = 5,
            differences = { { kind = "missing" } }, rows_source = 7, rows_target = 8 }, line)
        assert.is_nil(asked[1].buckets)
    end)

    it("reads the buckets alone that differ, where the sent rows are all that should be there", function()
        local line = compare({ different = 1 }, { open { sent = core.digest.new():add_bucket(5, 1, "8") } })
        assert.same({ ["public.t"] = { 5 } }, asked[1].buckets)
        assert.same({ 1, nil }, { line.buckets, line.rows_source })
    end)

    it("knows rows that were there before", function()
        local line = compare({ extra = 2 }, { open { before = 2, line = { state = "not_compared" } } })
        assert.same({ "same", "2 rows were there before" }, { line.state, line.note })
        assert.is_nil(compare({}, { open { line = { state = "not_compared", note = "why" } } }).note)
        assert.equal("differs", compare({ extra = 3 }, { open { before = 2 } }).state)
        line = compare({ extra = 2 }, { open { before = 2 } })
        assert.same({ "differs", "2 rows were there before; all rows of the source are there: others have changed" },
            { line.state, line.note })
        line = compare({ extra = 2 }, { open { before = 2, fires = true } })
        assert.same({ "not_compared", "2 rows were there before; all rows of the source are there, others have "
            .. "changed: its triggers fire" }, { line.state, line.note })
    end)

    it("knows rows that were kept, and that others are brought up to date", function()
        local function conflict(how, found)
            return compare(found, { open { target = { target_sql = "public.t", columns = { {} }, conflict = how },
                before = 3, skipped = 2, line = { state = "not_compared" } } })
        end
        local line = conflict("keep", { different = 2, extra = 1 })
        assert.same({ "same", "3 rows were there before; 2 rows kept as they were" }, { line.state, line.note })
        assert.equal("differs", conflict("keep", { different = 3 }).state)
        assert.equal("differs", conflict("keep", { missing = 1 }).state)
        assert.equal("same", conflict("update", { extra = 3 }).state)
        assert.equal("differs", conflict("update", { different = 1 }).state)
    end)

    it("does not judge what triggers make of rows, but that all are there", function()
        local line = compare({ different = 2 }, { open { fires = true } })
        assert.same({ "not_compared", 2, "2 rows are others than were sent: its triggers fire" }, { line.state,
            line.different, line.note })
        assert.equal("differs", compare({ different = 2, missing = 1 }, { open { fires = true } }).state)
        assert.equal("same", compare({}, { open { fires = true } }).state)
    end)

    it("leaves tables as they are that have no column to compare, and differing ones behind the twentieth", function()
        local line = compare({}, { open { target = { columns = {} }, line = { state = "not_compared", note = "n" } } })
        assert.same({ { state = "not_compared", note = "n" }, 0 }, { line, #asked })
        local many = {}
        for i = 1, 25 do
            many[i] = open { sent = core.digest.new() }
        end
        many[26] = open { line = { state = "not_compared" } }
        compare({ different = 1 }, many)
        assert.same({ 21, "differs", "differs" }, { #asked, many[25].line.state, many[26].line.state })
        assert.equal(1, many[25].line.buckets)
        assert.is_nil(many[20].line.note)
        assert.matches("rows were not looked at: wherry verify", many[21].line.note, 1, true)
    end)
end)
