-- What the journal holds of rejected rows: counts, groups of the same reason, documents.
local cjson = require "cjson"
local journal_of = require "wherry.journal"
local json = require "wherry.json"
local record = require "wherry.rejects.record"
local Target = require "tests.support.target"

describe("the rejects of the journal", function()
    local target, session, journal, run
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        run = Target.begin(journal, Target.resolved { { source = "t" }, { source = "u" } })
    end)

    local function reject(fields)
        session:query([[INSERT INTO wherry.reject (run, slice, source, source_table, target, key_text, column_name,
                value, sqlstate, reason, row, state)
            SELECT $1, min(id), 'main', $2, 'public.' || $2, $3, $4, $5, $6, $7,
                '{"id":{"class":"integer","text":"1"}}', $8 FROM wherry.slice]], { run, fields.table or "t", fields.key,
            fields.column, fields.value, fields.sqlstate, fields.reason, fields.state or "open", n = 8 })
    end

    it("are counted by table while they are open", function()
        reject { reason = "a" }
        reject { reason = "b", state = "loaded" }
        reject { reason = "c", table = "u" }
        reject { reason = "d", table = "u" }
        assert.same({ t = 1, u = 2 }, record.open(journal, run))
        assert.same({}, record.open(journal, run + 1))
    end)

    it("form groups that differ in the value alone, with their first examples", function()
        for i = 1, 5 do
            reject { key = "id=" .. i, column = "v", value = ('{"class":"text","text":"x%d"}'):format(i),
                sqlstate = "22P02", reason = ('invalid input syntax for type integer: "x%d"'):format(i) }
        end
        for i = 1, 2 do
            reject { key = "id=" .. 10 + i, column = "w", reason = ("the text has U+0000 at byte %d"):format(i * 7) }
        end
        for _, name in ipairs { "a_check", "b_check" } do
            reject { sqlstate = "23514", reason = ('violates check constraint "%s"'):format(name) }
        end
        local groups = record.groups(journal, run)
        assert.equal(4, #groups)
        assert.same({ "t", "v", "22P02", 5, 'invalid input syntax for type integer: "x1"' },
            { groups[1].table, groups[1].column, groups[1].sqlstate, groups[1].count, groups[1].reason })
        assert.same({ { key = "id=1", value = { class = "text", text = "x1" } },
            { key = "id=2", value = { class = "text", text = "x2" } },
            { key = "id=3", value = { class = "text", text = "x3" } } }, groups[1].examples)
        assert.same({ "w", 2 }, { groups[2].column, groups[2].count })
        assert.same({ 1, 1 }, { groups[3].count, groups[4].count })
        assert.is_nil(groups[3].examples[1].value)
    end)

    it("cut long values in examples, and no others", function()
        reject { reason = "r", value = json.encode { class = "text", text = ("ä"):rep(5000) } }
        reject { reason = "r", value = '{"class":"blob","hex":"' .. ("00ff"):rep(1000) .. '"}' }
        local examples = record.groups(journal, run)[1].examples
        assert.same({ class = "text", text = ("ä"):rep(500), bytes = 10000 }, examples[1].value)
        assert.same({ class = "blob", hex = ("00ff"):rep(125), bytes = 2000 }, examples[2].value)
    end)

    it("are never thousands of groups", function()
        session:query([[INSERT INTO wherry.reject (run, slice, source, source_table, target, reason, row)
            SELECT $1, (SELECT min(id) FROM wherry.slice), 'main', 't', 'public.t', repeat('x', i), '{}'
            FROM generate_series(1, 150) AS i]], { run })
        assert.equal(100, #record.groups(journal, run))
    end)

    it("are documents with their row as it was written", function()
        reject { key = "id=1", value = '{"class":"real","text":"0.1"}', reason = "r" }
        local seen = {}
        record.each(journal, run, {}, function(row) seen[#seen + 1] = record.document(run, row) end)
        local text = json.encode(seen[1])
        assert.matches('"row":{"id":{"class":"integer","text":"1"}}', text, 1, true)
        local read = cjson.decode(text)
        assert.same({ class = "real", text = "0.1" }, read.value)
        assert.same({ run, "t", "id=1", cjson.null, cjson.null },
            { read.run, read.table, read.key, read.column, read.sqlstate })
    end)

    it("are all met, a page at a time", function()
        session:query([[INSERT INTO wherry.reject (run, slice, source, source_table, target, reason, row)
            SELECT $1, (SELECT min(id) FROM wherry.slice), 'main', CASE WHEN i % 2 = 0 THEN 't' ELSE 'u' END, 'x',
            i::text, '{}' FROM generate_series(1, 450) AS i]], { run })
        local function met(filter)
            local count, last = 0, 0
            record.each(journal, run, filter, function(row)
                count = count + 1
                assert.is_true(tonumber(row.reason) > last)
                last = tonumber(row.reason)
            end)
            return count
        end
        assert.same({ 450, 225, 30, 400 }, { met {}, met { table = "t" }, met { limit = 30 }, met { limit = 400 } })
    end)
end)
