-- changes.lua: what has changed since a run began: its source, its script, what was chosen, the tables of the target;
-- each told in words.
local core = require "wherry.core"
local json = require "wherry.json"
local lookups = require "wherry.engine.lookups"
local moment = require "wherry.moment"
local names = require "wherry.names"
local source_set = require "wherry.engine.source_set"
local target_state = require "wherry.journal.target_state"

local changes = {}

---@class wherry.Change
---@field what "source"|"script"|"choice"|"target"
---@field text string
---@field resolves? boolean the plan depends on it, and has to be made anew
---@field added? boolean a source that the run went without

--- What the user chose that the resolved plan depends on: a resumed run must have been asked for the same.
---@param options wherry.RunOptions
---@return table<string, string>
function changes.choices(options)
    return {
        schema = options.schema or "", target_schema = options.target_schema or "", triggers = options.triggers or "",
        only = table.concat(options.only or {}, ","), skip = table.concat(options.skip or {}, ","),
        indexes = options.indexes or "", idiomatic = options.idiomatic and "yes" or "", nocase = options.nocase or "",
        on_bad = table.concat(options.on_bad or {}, ","), no_analyze = options.analyze == false and "yes" or "",
    }
end

-- A moment in whole seconds of UTC, from nanoseconds.
local function told(nanoseconds)
    return moment.text(math.tointeger(tonumber(nanoseconds)) // 1000000000)
end

--- The signs by which it can be told in which way a source has changed.
---@param source table core.snapshot
---@param path string
---@return table<string, any> as the journal can keep it: numbers of 19 digits are texts
function changes.source_signs(source, path)
    local file, wal = core.sys.stat(path) or {}, core.sys.stat(path .. "-wal") or {}
    local schema = {}
    for _, row in ipairs(source:query [[SELECT type, name, coalesce(sql, '') AS sql FROM sqlite_schema
        WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY type, name]]) do
        schema[row.type .. " " .. json.utf8(row.name)] = names.hash(row.sql)
    end
    return { size = file.size, written = file.mtime_ns and tostring(file.mtime_ns), wal = wal.size or 0,
        pages = source:query("PRAGMA page_count")[1].page_count, schema = schema }
end

--- The signs of what is read: of the only source, or of each by its name.
---@param source wherry.SourceSet|table
---@return table signs
---@return integer size how many bytes are read in all
function changes.signs(source)
    local list = source_set.snapshots(source)
    if list[1].name == source_set.ONLY then
        local signs = changes.source_signs(source, source:info().path)
        return signs, signs.size or 0
    end
    local signs, size = {}, 0
    for _, one in ipairs(list) do
        signs[one.name] = changes.source_signs(one.snapshot, one.snapshot:info().path)
        size = size + (signs[one.name].size or 0)
    end
    return signs, size
end

--- The signs as the choices of a run keep them.
---@param signs table
---@param several boolean
---@return table
function changes.kept(signs, several)
    return { [several and "sources" or "source"] = signs }
end

-- What was made, removed or defined otherwise in the source's schema.
local function schema_words(before, now, list)
    local sorted = {}
    for name in pairs(before) do
        sorted[#sorted + 1] = name
    end
    for name in pairs(now) do
        sorted[#sorted + 1] = not before[name] and name or nil
    end
    table.sort(sorted)
    for _, name in ipairs(sorted) do
        if not now[name] then
            list[#list + 1] = ("it has no %s any more"):format(name)
        elseif not before[name] then
            list[#list + 1] = ("it has a new %s"):format(name)
        elseif before[name] ~= now[name] then
            list[#list + 1] = ("its %s is defined otherwise"):format(name)
        end
    end
end

local function source_words(before, now)
    local list = {}
    if before.size ~= now.size then
        list[#list + 1] = ("it has %d bytes now, and had %d"):format(now.size, before.size)
    end
    if before.pages ~= now.pages then
        list[#list + 1] = ("it has %d pages now, and had %d"):format(now.pages, before.pages)
    end
    if before.wal ~= now.wal then
        list[#list + 1] = ("its -wal has %d bytes now, and had %d"):format(now.wal, before.wal)
    end
    schema_words(before.schema, now.schema, list)
    if before.written ~= now.written then
        list[#list + 1] = ("it was written at %s, and then at %s"):format(told(before.written), told(now.written))
    end
    return list
end

local function is_schema_the_same(before, now)
    local list = {}
    schema_words(before, now, list)
    return not list[1]
end

local function file_change(run, path, before, now)
    local list = before and source_words(before, now) or {}
    return { what = "source", resolves = not before or not is_schema_the_same(before.schema, now.schema),
        text = ("the source has changed since run %d began: %s%s"):format(run.id, path,
            list[1] and (" (%s)"):format(table.concat(list, "; ")) or "") }
end

local function source_change(request, run)
    if run.copy or run.fingerprint == request.fingerprint then
        return nil
    end
    return file_change(run, request.path, run.choices.source, request.signs)
end

-- Of several sources: which have changed, came or went.
local function file_changes(request, run, list)
    local before, now, choices = {}, {}, run.choices.sources or {}
    for _, file in ipairs(run.files) do
        before[file.name] = file
    end
    for _, file in ipairs(request.files) do
        now[file.name] = file
        local own = before[file.name]
        if not own then
            list[#list + 1] = { what = "source", resolves = true, added = true,
                text = ("run %d was begun without the source %s: %s"):format(run.id, file.name, file.path) }
        elseif own.path ~= json.utf8(file.path) then
            list[#list + 1] = { what = "source", resolves = true, text = ("the source %s was %s when run %d began, and "
                .. "is %s"):format(file.name, own.path, run.id, file.path) }
        elseif not own.copy and own.fingerprint ~= file.fingerprint then
            list[#list + 1] = file_change(run, file.path, choices[file.name], request.signs[file.name])
        end
    end
    for _, file in ipairs(run.files) do
        list[#list + 1] = not now[file.name] and { what = "source", resolves = true,
            text = ("run %d was begun with the source %s: %s"):format(run.id, file.name, file.path) } or nil
    end
end

local function script_change(request, run)
    local before, now = run.script_hash, request.script_hash
    if before == now then
        return nil
    end
    local text
    if not before then
        text = ("run %d was begun without a script"):format(run.id)
    elseif not now then
        text = ("run %d was begun by a script"):format(run.id)
    else
        text = ("the script has changed since run %d began (its hash is %s, and was %s)"):format(run.id, now:sub(1, 8),
            before:sub(1, 8))
    end
    return { what = "script", resolves = true, text = text }
end

local function choice_changes(request, run, list)
    local sorted, given = {}, changes.choices(request.options)
    for name in pairs(given) do
        sorted[#sorted + 1] = name
    end
    table.sort(sorted)
    for _, name in ipairs(sorted) do
        local value, before = given[name], run.choices[name] or ""
        if value ~= "" and value ~= before then
            list[#list + 1] = { what = "choice", resolves = true,
                text = ("run %d was begun with another --%s (%s)"):format(run.id, (name:gsub("_", "-")),
                    before == "" and "none" or before) }
        end
    end
end

--- What has changed since the run began; empty: it can be gone on with as it is. Script and target matter as long as
--- something is to be loaded; of a run that is done only the source does.
---@param request wherry.Request
---@param run wherry.Run
---@return wherry.Change[]
function changes.since(request, run)
    local list = {}
    if run.files and request.files then
        file_changes(request, run, list)
    else
        list[1] = source_change(request, run)
    end
    if run.state == "done" then
        return list
    end
    local loads = request.journal:has_todo(run.id)
    list[#list + 1] = loads and script_change(request, run) or nil
    choice_changes(request, run, list)
    for _, text in ipairs(loads and target_state.differences(request.journal, run) or {}) do
        list[#list + 1] = { what = "target", resolves = true,
            text = ("the target has changed since the run began: %s"):format(text) }
    end
    for _, text in ipairs(loads and request.source and lookups.differences(run.plan.lookups, { plan = request.plan,
        source = request.source, session = request.journal.session }) or {}) do
        list[#list + 1] = { what = "lookup", resolves = true, text = text }
    end
    return list
end

return changes
