-- What a run has left in a table is what run --resume and wherry verify find there, also where the source's rows do not
-- say all: rows that were there before, that met those of the source, that steps of the script made.
local h = require "tests.support.harness"

describe("what a run has left", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO topic VALUES (1, 'red'), (2, 'blue'), (3, 'green');]]

    -- A run of a script with these keys, over a target with these rows.
    local function loaded(before, keys, args)
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, "CREATE TABLE topic(id int PRIMARY KEY, name text NOT NULL);" .. before)
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, keys))
        local url = h.url(database)
        h.run(0, { script, url, table.unpack(args or {}) })
        return script, url, database
    end

    -- Both bases of verify, and a run that is asked for again, say the same.
    local function all(code, state, script, url)
        local lines = {}
        for i, args in ipairs { { "verify", script, url }, { "verify", script, url, "--against=journal" },
            { "run", script, url, "--resume" } } do
            args[#args + 1] = "--json"
            local result = h.wherry(args)
            assert.equal(code, result.code, result.said)
            lines[i] = result.json.comparison.tables[1]
            assert.equal(state, lines[i].state, table.concat(args, " ") .. result.said)
        end
        return lines
    end

    it("does not lose a difference among rows that were kept, or could be extra", function()
        local script, url, database = loaded("INSERT INTO topic VALUES (2, 'blue'), (3, 'green')",
            'on_conflict = "keep"')
        all(0, "same", script, url)
        h.sql(database, "UPDATE topic SET name = 'another' WHERE id = 3")
        for _, line in ipairs(all(1, "differs", script, url)) do
            assert.matches("it is not as the run left it", line.note)
        end
        h.sql(database, "UPDATE topic SET name = 'green' WHERE id = 3")
        all(0, "same", script, url)
        h.sql(database, "INSERT INTO topic VALUES (4, 'more')")
        all(1, "differs", script, url)
    end)

    it("tells of a row that before_load made and that is another by now", function()
        local script, url, database = loaded("", [[before_load = "INSERT INTO topic VALUES (9, 'made')"]])
        all(0, "same", script, url)
        h.sql(database, "UPDATE topic SET name = 'other' WHERE id = 9")
        for _, line in ipairs(all(1, "differs", script, url)) do
            assert.matches("all rows of the source are there: others have changed", line.note)
        end
    end)

    it("is what after_load made of rows that met others", function()
        local script, url, database = loaded("INSERT INTO topic VALUES (2, 'was'), (8, 'before')",
            [[on_conflict = "update", after_load = "UPDATE topic SET name = name || '!'"]])
        for _, against in ipairs { "source", "journal" } do
            local result = h.wherry { "verify", script, url, "--against", against, "--json" }
            assert.same({ 0, "changed_by_after_load" }, { result.code, result.json.comparison.tables[1].state },
                result.said)
        end
        h.sql(database, "UPDATE topic SET name = 'red' WHERE id = 1")
        all(1, "differs", script, url)
    end)

    it("is only counted where the run kept no sum of what after_load changed", function()
        for _, how in ipairs { "count", "none" } do
            local script, url = loaded("", [[before_load = "INSERT INTO topic VALUES (9, 'made')",
                after_load = "UPDATE topic SET name = name || '!'"]], { "--verify=" .. how })
            local result = h.wherry { "verify", script, url, "--json" }
            local line = result.json.comparison.tables[1]
            assert.same({ 0, "counted", "not_compared", "after_load changed it, and the run kept no sum of that" },
                { result.code, result.json.status, line.state, line.note }, result.said)
        end
    end)

    it("is taken from the journal where that has no sums of what was sent, but of what after_load left", function()
        local script, url, database = loaded("", [[after_load = "UPDATE topic SET name = name || '!'"]])
        h.sql(database, [[DELETE FROM wherry.slice_digest; DELETE FROM wherry.target_digest WHERE moment = 'before']])
        local function verified()
            local result = h.wherry { "verify", script, url, "--against=journal", "--json" }
            return { result.code, result.json.comparison.tables[1].state }
        end
        assert.same({ 0, "changed_by_after_load" }, verified())
        h.sql(database, "UPDATE topic SET name = 'red' WHERE id = 1")
        assert.same({ 1, "differs" }, verified())
    end)

    it("knows rows that before_load made where the run kept no sum of them", function()
        local script, url = loaded("", [[before_load = "INSERT INTO topic VALUES (9, 'made')"]], { "--verify=none" })
        local result = h.wherry { "verify", script, url, "--json" }
        assert.same({ 0, "same" }, { result.code, result.json.comparison.tables[1].state }, result.said)
    end)

    it("goes on with rejected rows that are loaded later", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, [[CREATE TABLE topic(id int PRIMARY KEY, name text NOT NULL CHECK (name <> 'bad'));
            INSERT INTO topic VALUES (1, 'was')]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_conflict = "update", on_bad = "reject", tables = { topic = {
                columns = { name = { from = "name", map = function(v) return v == "blue" and "bad" or v end } } } } }
            ]]):format(file))
        local url = h.url(database)
        h.run(1, { script, url })
        local text = h.process.read(script):gsub('"bad"', '"good"')
        h.process.write(script, text)
        local result = h.wherry { "rejects", "retry", script, url, "--json" }
        assert.equal(0, result.code, result.said)
        for _, against in ipairs { "source", "journal" } do
            result = h.wherry { "verify", script, url, "--against", against, "--json" }
            assert.same({ 0, "same" }, { result.code, result.json.comparison.tables[1].state }, result.said)
        end
    end)
end)
