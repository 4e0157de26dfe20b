-- merge over random tables that refer to each other and to themselves: what a run makes of them is what a few lines of
-- Lua make of them, which look at each row again until nothing changes.
local h = require "tests.support.harness"
local values = require "tests.support.values"

describe("merge over random tables", function()
    after_each(h.cleanup)

    local ROWS, TABLES = 24, 4

    -- A table: { name, refs = { table numbers }, text = key is a text, by = { "r1", "name" }, keep, rows }
    local function random_tables(random)
        local list = {}
        for t = 1, TABLES do
            local tbl = { name = "t" .. t, refs = {}, by = {}, text = random(3) == 1, nocase = random(2) == 1,
                keep = random(2) == 1 and "first" or "last", merged = random(4) > 1, rows = {} }
            for r = 1, random(3) - 1 do
                tbl.refs[r] = random(TABLES)
                tbl.by[#tbl.by + 1] = random(2) == 1 and r or nil
            end
            if random(3) > 1 or not tbl.by[1] then
                tbl.by[#tbl.by + 1] = "name"
            end
            list[t] = tbl
        end
        for _, tbl in ipairs(list) do
            for n = 1, ROWS do
                local row = { id = tbl.text and ("k%02d"):format(n) or n, name = random(8) > 1
                    and ({ "a", "A", "b", "c " })[random(4)] or nil }
                for r, to in ipairs(tbl.refs) do
                    local parent = random(ROWS // 2)
                    row[r] = random(8) > 1 and (list[to].text and ("k%02d"):format(parent) or parent) or nil
                end
                tbl.rows[n] = row
            end
        end
        return list
    end

    local function literal(value)
        return value == nil and "NULL" or type(value) == "number" and tostring(value) or ("'%s'"):format(value)
    end

    local function schema(list)
        local out = {}
        for _, tbl in ipairs(list) do
            local columns = { tbl.text and "id TEXT PRIMARY KEY" or "id INTEGER PRIMARY KEY" }
            for r, to in ipairs(tbl.refs) do
                columns[#columns + 1] = ("r%d %s REFERENCES t%d(id)"):format(r,
                    list[to].text and "TEXT" or "INTEGER", to)
            end
            columns[#columns + 1] = "name TEXT" .. (tbl.nocase and " COLLATE NOCASE" or "")
            out[#out + 1] = ("CREATE TABLE %s(%s)%s;"):format(tbl.name, table.concat(columns, ", "),
                tbl.text and " WITHOUT ROWID" or "")
            for _, row in ipairs(tbl.rows) do
                local cells = { literal(row.id) }
                for r = 1, #tbl.refs do
                    cells[#cells + 1] = literal(row[r])
                end
                cells[#cells + 1] = literal(row.name)
                out[#out + 1] = ("INSERT INTO %s VALUES (%s);"):format(tbl.name, table.concat(cells, ", "))
            end
        end
        return table.concat(out, "\n")
    end

    local function plan(list, file)
        local entries = {}
        for _, tbl in ipairs(list) do
            local by = {}
            for i, term in ipairs(tbl.by) do
                by[i] = ("%q"):format(type(term) == "number" and "r" .. term or term)
            end
            entries[#entries + 1] = tbl.merged and ("%s = { merge = { by = { %s }, keep = %q } }"):format(tbl.name,
                table.concat(by, ", "), tbl.keep) or nil
        end
        return h.script(("local w = require 'wherry'\nreturn w.plan { from = w.sqlite %q, tables = { %s } }"):format(
            file, table.concat(entries, ", ")))
    end

    local function cell(tbl, row, kept, term)
        if type(term) == "number" then
            return row[term] ~= nil and kept[tbl.refs[term]][row[term]] or nil
        end
        return row.name and tbl.nocase and row.name:lower() or row.name
    end

    -- The rows that stand for others, by table and key: in passes over all, until one changes nothing.
    local function expected(list)
        local kept = {}
        for t, tbl in ipairs(list) do
            kept[t] = {}
            for _, row in ipairs(tbl.rows) do
                kept[t][row.id] = row.id
            end
        end
        repeat
            local changed = false
            for t, tbl in ipairs(list) do
                local groups = {}
                for _, row in ipairs(tbl.merged and tbl.rows or {}) do
                    local parts = {}
                    for i, term in ipairs(tbl.by) do
                        parts[i] = cell(tbl, row, kept, term)
                    end
                    if #parts == #tbl.by then
                        local key = table.concat(parts, "\0")
                        groups[key] = groups[key] or {}
                        table.insert(groups[key], row.id)
                    end
                end
                for _, ids in pairs(groups) do
                    for _, id in ipairs(ids) do
                        local to = tbl.keep == "first" and ids[1] or ids[#ids]
                        changed = changed or kept[t][id] ~= to
                        kept[t][id] = to
                    end
                end
            end
        until not changed
        return kept
    end

    local function lines(list, kept, t)
        local tbl, out = list[t], {}
        for _, row in ipairs(tbl.rows) do
            if kept[t][row.id] == row.id then
                local cells = { tostring(row.id) }
                for r, to in ipairs(tbl.refs) do
                    cells[#cells + 1] = row[r] and tostring(kept[to][row[r]]) or "\\N"
                end
                cells[#cells + 1] = row.name or "\\N"
                out[#out + 1] = table.concat(cells, "|")
            end
        end
        return table.concat(out, "\n")
    end

    it("gives what is expected", function()
        local merged = 0
        for seed = 1, 8 do
            local list = random_tables(values.random(seed))
            local kept, database = expected(list), h.database()
            local result = h.run(0, { plan(list, h.source(schema(list))), h.url(database) })
            for t, tbl in ipairs(list) do
                local columns = { "id" }
                for r = 1, #tbl.refs do
                    columns[#columns + 1] = "r" .. r
                end
                columns[#columns + 1] = "name"
                assert.equal(lines(list, kept, t), h.sql(database, ("SELECT %s FROM %s ORDER BY id"):format(
                    table.concat(columns, ", "), tbl.name)), ("seed %d, %s"):format(seed, tbl.name))
            end
            for _, tbl in ipairs(result.json.sources[1].tables) do
                merged = merged + tbl.merged
            end
        end
        assert.is_true(merged > 150, "too few rows were merged to mean much: " .. merged)
    end)
end)
