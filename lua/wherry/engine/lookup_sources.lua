-- lookup_sources.lua: fills a lookup that the plan defines: by a SELECT of SQLite or PostgreSQL, or from a file.
local core = require "wherry.core"
local csv = require "wherry.csv"
local ends_of = require "wherry.plan.ends"
local failure = require "wherry.failure"
local match = require "wherry.match"
local source_set = require "wherry.engine.source_set"

local lookup_sources = {}

local function add(map, key, value)
    if key ~= nil and not map:add(key, value) then
        failure.raise("plan", ("the key %s stands in it twice"):format(ends_of.describe(key)),
            "give each key once: group by it, or choose a row by min() or max()")
    end
end

-- The snapshot of the source that is asked: of the only one, or of that with this name.
local function snapshot_of(source, name)
    local list, names = source_set.snapshots(source), {}
    if not name and not list[2] then
        return list[1].snapshot
    end
    for i, one in ipairs(list) do
        if one.name == name then
            return one.snapshot
        end
        names[i] = one.name
    end
    local known = "the sources are " .. table.concat(names, ", ")
    if not name then
        failure.raise("plan", "there are several sources, and it does not say which one is asked",
            ("from = %q; %s"):format(names[1], known))
    end
    failure.raise("plan", ("there is no source %q"):format(name), match.suggestion(name, names) or known)
end

local function from_source(map, entry, given)
    if not entry.from or type(entry.from) == "string" then
        map:fill { snapshot = snapshot_of(given.source, entry.from), sql = entry.sqlite }
        return
    end
    local path = ends_of.path(entry.from, given.getenv or os.getenv, given.plan.folder)
    local other = core.snapshot.open(path, { live = true })
    local ok, fault = pcall(map.fill, map, { snapshot = other, sql = entry.sqlite })
    other:close()
    if not ok then
        error(fault, 0)
    end
end

local function add_rows(map, handle, sql)
    local cursor <close> = handle:cursor(sql)
    local columns = #cursor:columns()
    if columns ~= 2 then
        failure.raise("plan", ("the SELECT gives %d column%s; a key and its value are expected"):format(columns,
            columns == 1 and "" or "s"))
    end
    local row = cursor:list()
    while row do
        add(map, row[1], row[2])
        row = cursor:list()
    end
end

local function from_pg(map, entry, given)
    local pg = require "wherry.library.pg"
    local handle <close> = entry.from and pg.open(entry.from, { write = false })
        or pg.connect(given.session.conninfo, { write = false })
    add_rows(map, handle, entry.pg)
end

local function read_json(map, text, given)
    local any = source_set.snapshots(given.source)[1].snapshot
    local ok, rows = pcall(any.query, any,
        "SELECT key, value, type, json_type(?1) AS whole FROM json_each(?1)", text)
    if not ok then
        failure.raise("plan", "the file is not JSON", nil)
    elseif rows[1] and rows[1].whole ~= "object" then
        failure.raise("plan", "the file holds no object", "write { \"key\": value, ... }")
    end
    for _, row in ipairs(rows) do
        if row.type == "object" or row.type == "array" then
            failure.raise("plan", ("the value of %s is an %s: a number, a text, true, false or null is expected")
                :format(ends_of.describe(row.key), row.type))
        end
        add(map, row.key, row.value)
    end
end

local function read_csv(map, text)
    for number, record in csv.records(text) do
        if #record ~= 2 then
            failure.raise("plan", ("line %d has %d columns; a key and its value are expected"):format(number, #record))
        elseif number > 1 then
            add(map, record[1], record[2])
        end
    end
end

local function from_file(map, entry, given)
    local path = ends_of.path(ends_of.sqlite(entry.file), given.getenv or os.getenv, given.plan.folder)
    local file, why = io.open(path, "rb")
    if not file then
        failure.raise("environment", ("it can't be read: %s"):format(why), "check the path, which counts from the "
            .. "script's folder")
    end
    local text = file:read "a"
    file:close()
    if path:find "%.json$" then
        read_json(map, text, given)
    else
        read_csv(map, text)
    end
end

local FROM = { sqlite = from_source, pg = from_pg, file = from_file }

---A lookup as the plan defines it. Keys in a file are texts: a number is found by its digits.
---@param one wherry.Lookup
---@param given wherry.LookupEnds
---@return userdata
function lookup_sources.fill(one, given)
    local entry = given.plan.lookups[one.name]
    local map = core.lookup.new { affinity = one.kind == "file" and "text" or "blob" }
    if lookup_sources.is_there(one, given) then
        lookup_sources.placed(one, FROM[one.kind], map, entry, given)
    end
    return map
end

---Whether there is something to read: without a target, which a plan may be resolved for, there is not.
---@param one wherry.Lookup
---@param given wherry.LookupEnds
---@return boolean
function lookup_sources.is_there(one, given)
    return one.kind ~= "pg" or given.session ~= nil or given.plan.lookups[one.name].from ~= nil
end

---Whether the script still defines a lookup as a plan has it.
---@param one wherry.Lookup
---@param plan wherry.Plan
---@return boolean
function lookup_sources.is_same(one, plan)
    local entry = (plan.lookups or {})[one.name]
    return entry ~= nil and entry[one.kind] == one.text
end

---Calls a function; what it raises names the lookup.
---@param one { name: string }
---@param work function
---@param ... any
---@return any
function lookup_sources.placed(one, work, ...)
    local ok, given = pcall(work, ...)
    if not ok then
        if failure.is(given) then
            given.message = ("the lookup %s: %s"):format(one.name, given.message)
            -- A SELECT that names what is not there, or is none, is a mistake of the script; a missing right is not.
            if (given.sqlstate or ""):find "^42" and given.sqlstate ~= "42501" then
                given.kind, given.hint = "plan", given.hint or "mend the lookup's SELECT"
            end
        end
        error(given, 0)
    end
    return given
end

return lookup_sources
