-- Whether what a run has loaded is what the files of binary COPY hold: by hashes over the wire form of each row, and,
-- in a table that differs, over the text of each column.
local process = require "tests.support.process"

local contents = {}

local EXPECTED = "7 primary keys, 7 foreign keys, 7 indexes"

-- The rows of a table by the types of the bench's own tables, whatever types they have.
local function rows_of(t, own_tables)
    if not own_tables then
        return t.name
    end
    local columns = {}
    for i, c in ipairs(t.columns) do
        columns[i] = ("%s::text::%s AS %s"):format(c.name, c.type, c.name)
    end
    return ("(SELECT %s FROM %s)"):format(table.concat(columns, ", "), t.name)
end

local function table_hash(bench, database, t, own_tables)
    return bench.server:ask(database, ([[SET TimeZone = 'UTC';
        SELECT count(*), sum(hash_record_extended(row(record_send(t)), 0)::numeric) FROM %s t]]):format(
        rows_of(t, own_tables)))
end

local function column_hashes(bench, database, t, own_tables)
    local sums = {}
    for i, c in ipairs(t.columns) do
        sums[i] = ("sum(hashtextextended(coalesce(%s::text, '(null)'), %s)::numeric)"):format(c.name,
            t.columns[1].name)
    end
    local hashes = {}
    local line = bench.server:ask(database, ("SET TimeZone = 'UTC'; SELECT count(*), %s FROM %s t"):format(
        table.concat(sums, ", "), rows_of(t, own_tables)))
    for hash in (line .. "|"):gmatch "([^|]*)|" do
        hashes[#hashes + 1] = hash
    end
    return hashes
end

local function differences(bench, t, own_tables)
    local expected, got = column_hashes(bench, "reference", t), column_hashes(bench, "bench", t, own_tables)
    if expected[1] ~= got[1] then
        return { ("%s (%s of %s rows)"):format(t.name, got[1], expected[1]) }
    end
    local found = {}
    for i, c in ipairs(t.columns) do
        if expected[i + 1] ~= got[i + 1] then
            found[#found + 1] = t.name .. "." .. c.name
        end
    end
    return found
end

local function in_words(different, bench)
    if #different == 0 then
        return "equal"
    end
    local count = 0
    for _, t in ipairs(bench.source.tables) do
        count = count + #t.columns
    end
    return ("differs in %d of %d columns: %s"):format(#different, count,
        table.concat(different, ", ", 1, math.min(3, #different)) .. (#different > 3 and ", ..." or ""))
end

---The database that everything is compared with: the files, without keys.
---@param bench Bench
function contents.make_reference(bench)
    bench.server:create("reference", "bare")
    bench.reference = {}
    for _, t in ipairs(bench.source.tables) do
        bench.server:ask("reference", ("COPY %s FROM '%s' (FORMAT binary)"):format(t.name, bench.source.copy(t.name)))
        bench.reference[t.name] = table_hash(bench, "reference", t)
    end
end

---@param bench Bench
---@param run BenchRun
---@return string
function contents.check(bench, run)
    local different = {}
    for _, t in ipairs(bench.source.tables) do
        local read, hash = pcall(table_hash, bench, "bench", t, run.own_tables)
        if not read then
            different[#different + 1] = t.name .. " (can't be read as it should be)"
        elseif hash ~= bench.reference[t.name] then
            local found = differences(bench, t, run.own_tables)
            table.move(found, 1, #found, #different + 1, different)
        end
    end
    local keys = bench.server:ask("bench", [[SELECT format('%s primary keys, %s foreign keys, %s indexes',
        (SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace),
        (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
            AND convalidated),
        (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary AND i.indisvalid))]])
    return in_words(different, bench) .. (keys ~= EXPECTED and "; " .. keys or "")
end

---The same for the file of a way back: bytewise, with the storage class.
---@param bench Bench
---@param file string
---@return string
function contents.check_back(bench, file)
    local different = {}
    local said = process.shell(("%s compare %s %s"):format(bench.helper, bench.source.file, file))
    for line in said:gmatch "[^\n]+" do
        different[#different + 1] = line
    end
    return in_words(different, bench)
end

return contents
