-- plan/init.lua: the plan as a value: made by a script or for a single file, checked, and changed by functions from
-- plan to plan. Nothing is opened here; names are matched against the two databases by wherry.resolve.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local merge = require "wherry.plan.merge"
local shallow = require "wherry.shallow"
local vocabulary = require "wherry.plan.vocabulary"

local plan = {}

---@class wherry.Plan
---@field from wherry.Sqlite|wherry.SqliteGlob|table<string, wherry.Sqlite>
---@field collision "error"|"append" of tables of several sources
---@field to? wherry.Pg
---@field schema? "existing"|"create"
---@field target_schema string
---@field idiomatic boolean
---@field nocase "fold"|"citext"|"icu"
---@field columns table<string, wherry.Declaration> by globs of target columns
---@field zone string
---@field order string[]
---@field on_bad string|string[]
---@field max_bad? string
---@field on_conflict? string
---@field triggers? "fire"|"off"
---@field indexes "auto"|"rebuild"|"keep"
---@field analyze boolean
---@field only string[] globs
---@field skip string[] globs
---@field verify? fun(check: table, src: any, dst: wherry.Handle)
---@field tables table<string, wherry.Table|wherry.Skip> by source name
---@field script? string the script's path
---@field folder? string the folder that relative paths count from

local metatable = { __name = "wherry.plan" }

---Checks a plan's keys and fills in the defaults.
---@param fields table
---@return wherry.Plan
function plan.new(fields)
    local checked = vocabulary.check(vocabulary.plan, fields, "")
    if ends.is_sqlite(checked.from) then
        merge.check_references(checked.tables)
    end
    return setmetatable(checked, metatable)
end

---@param value any
---@return boolean
function plan.is(value)
    return getmetatable(value) == metatable
end

---The plan of `run FILE`: everything, names as they are.
---@param path string
---@return wherry.Plan
function plan.from_file(path)
    return plan.new { from = ends.here(path) }
end

-- The line of the script that is being executed: of the innermost function that was read from it. `return w.plan {..}`
-- is a tail call, which leaves no such function on the stack; then it is the last line that was begun.
local function script_line(source, last)
    for level = 3, 200 do
        local info = debug.getinfo(level, "Sl")
        if not info then
            return last
        end
        if info.source == source and info.currentline > 0 then
            return info.currentline
        end
    end
    return last
end

-- What a failed script raises: an error object whose message begins with file:line. Errors of the environment keep
-- their kind, since they have another exit code.
local function script_error(value, path, last)
    local line = script_line("@" .. path, last)
    local place = line and ("%s:%d: "):format(path, line) or path .. ": "
    if type(value) == "table" and value.kind and value.message then
        local kind = value.kind == "usage" and "plan" or value.kind
        return failure.new(kind, place .. value.message, value.hint)
    end
    if type(value) == "string" and value:find "module '.-' not found:\n" then
        -- behind it stand the twenty places that Lua has looked into
        return failure.new("plan", (value:match "^[^\n]*":gsub(":$", "")),
            "check the name; modules of your own are found through LUA_PATH")
    end
    local text = type(value) == "string" and value or ("error object: %s"):format(ends.describe(value))
    if text:find "^[^\n]-:%d+: " then
        place = ""
    end
    return failure.new("plan", place .. text)
end

-- Runs a chunk and keeps track of its lines, for errors.
local function run_script(chunk, path)
    local source, last = "@" .. path, nil
    local hook, mask, count = debug.gethook()
    debug.sethook(function(_, line)
        if debug.getinfo(2, "S").source == source then
            last = line
        end
    end, "l")
    local done, value = xpcall(chunk, function(problem)
        debug.sethook(hook, mask, count)
        return script_error(problem, path, last)
    end)
    debug.sethook(hook, mask, count)
    if not done then
        error(value, 0)
    end
    return value
end

-- print of a script: stdout carries the command's result, one document with --json.
local function print_aside(...)
    local words = table.pack(...)
    for i = 1, words.n do
        words[i] = tostring(words[i])
    end
    io.stderr:write(table.concat(words, "\t"), "\n")
end

---Runs a script and returns its plan. Scripts are trusted code with all of Lua; only text is loaded, because crafted
---bytecode breaks the interpreter. Raises kind "plan" with file and line, "environment" when the file can't be read.
---@param path string
---@param environment? table the script's globals; without it, a fresh table before the usual ones
---@return wherry.Plan
function plan.load(path, environment)
    local file, why = io.open(path, "rb")
    local text = file and file:read "a"
    if file then
        file:close()
    end
    if not text then
        failure.raise("environment", ("cannot read the script %s"):format(why or path .. ": it is no file"))
    end
    local globals = environment or setmetatable({ print = print_aside }, { __index = _G })
    -- a first line for the kernel (#!) is no Lua
    local chunk, syntax = load(text:gsub("^#[^\n]*", ""), "@" .. path, "t", globals)
    if not chunk then
        failure.raise("plan", tostring(syntax))
    end
    local value = run_script(chunk, path)
    if not plan.is(value) then
        failure.raise("plan", ("%s: the script returns %s, not a plan"):format(path, ends.describe(value)),
            "end it with: return w.plan { from = w.sqlite \"app.db\", ... }")
    end
    return plan.with(value, { script = path, folder = path:match "^(.*)/[^/]*$" or "." })
end

---A plan with some fields changed; the given plan stays as it is.
---@param given wherry.Plan
---@param changes table
---@return wherry.Plan
function plan.with(given, changes)
    return setmetatable(shallow.copy(given, changes), metatable)
end

local function joined(first, second)
    local list = table.move(first, 1, #first, 1, {})
    return table.move(second, 1, #second, #list + 1, list)
end

---Carries only the tables that a glob matches. A plan that has globs of its own is narrowed to these instead.
---@param given wherry.Plan
---@param globs string[]
---@return wherry.Plan
function plan.only(given, globs)
    return plan.with(given, { only = vocabulary.types.globs.check(globs, "--only") })
end

---Leaves out, in addition, the tables that a glob matches.
---@param given wherry.Plan
---@param globs string[]
---@return wherry.Plan
function plan.skip(given, globs)
    return plan.with(given, { skip = joined(given.skip, vocabulary.types.globs.check(globs, "--skip")) })
end

---Decides for all tables what happens to triggers, the tables' own decisions included.
---@param given wherry.Plan
---@param decision "fire"|"off"
---@return wherry.Plan
function plan.triggers(given, decision)
    vocabulary.types.triggers.check(decision, "--triggers")
    local tables = {}
    for name, entry in pairs(given.tables) do
        if vocabulary.is_skip(entry) then
            tables[name] = entry
        else
            tables[name] = shallow.copy(entry, { triggers = decision })
        end
    end
    return plan.with(given, { triggers = decision, tables = tables })
end

---@param given wherry.Plan
---@param mode "existing"|"create"
---@return wherry.Plan
function plan.schema(given, mode)
    return plan.with(given, { schema = vocabulary.types.mode.check(mode, "--schema") })
end

---@param given wherry.Plan
---@param name string
---@return wherry.Plan
function plan.target_schema(given, name)
    return plan.with(given, { target_schema = vocabulary.types.name.check(name, "--target-schema") })
end

---What happens to keys and indexes of tables that are there and empty.
---@param given wherry.Plan
---@param how "auto"|"rebuild"|"keep"
---@return wherry.Plan
function plan.indexes(given, how)
    return plan.with(given, { indexes = vocabulary.types.indexes.check(how, "--indexes") })
end

---Whether statistics of the loaded tables are taken.
---@param given wherry.Plan
---@param value boolean
---@return wherry.Plan
function plan.analyze(given, value)
    return plan.with(given, { analyze = vocabulary.types.boolean.check(value, "--no-analyze") })
end

---Prefers PostgreSQL's own types for created tables.
---@param given wherry.Plan
---@param value boolean
---@return wherry.Plan
function plan.idiomatic(given, value)
    return plan.with(given, { idiomatic = vocabulary.types.boolean.check(value, "--idiomatic") })
end

---How COLLATE NOCASE is kept in created tables.
---@param given wherry.Plan
---@param how "fold"|"citext"|"icu"
---@return wherry.Plan
function plan.nocase(given, how)
    return plan.with(given, { nocase = vocabulary.types.nocase.check(how, "--nocase") })
end

---What happens to values and rows that do not fit; what tables and columns say themselves goes before it.
---@param given wherry.Plan
---@param words string|string[]
---@return wherry.Plan
function plan.on_bad(given, words)
    return plan.with(given, { on_bad = vocabulary.types.on_bad.check(words, "--on-bad") })
end

---How many rows may be rejected.
---@param given wherry.Plan
---@param limit string
---@return wherry.Plan
function plan.max_bad(given, limit)
    return plan.with(given, { max_bad = vocabulary.types.limit.check(limit, "--max-bad") })
end

---All flags of a command at once; what is nil changes nothing.
---@param given wherry.Plan
---@param options table by the flags' names, as below
---@return wherry.Plan
function plan.apply(given, options)
    for _, flag in ipairs { "only", "skip", "triggers", "indexes", "schema", "target_schema", "idiomatic", "nocase",
        "on_bad", "max_bad", "analyze" } do
        local value = options[flag]
        if value ~= nil and not (type(value) == "table" and #value == 0) then
            given = plan[flag](given, value)
        end
    end
    return given
end

---The path of the only source file; raises kind "environment" when it names a variable that is not set.
---@param given wherry.Plan
---@param getenv? fun(name: string): string|nil
---@return string
function plan.source_path(given, getenv)
    return ends.path(given.from, getenv or os.getenv, given.folder)
end

---The plan's target: { kind = "pg", url = } with variables expanded, { kind = "private" }, or nil when it has none.
---@param given wherry.Plan
---@param getenv? fun(name: string): string|nil
---@return { kind: "pg"|"private", url?: string }|nil
function plan.target(given, getenv)
    if not given.to then
        return nil
    elseif given.to.kind == "private" then
        return { kind = "private" }
    end
    return { kind = "pg", url = ends.expand(given.to.url, getenv or os.getenv) }
end

return plan
