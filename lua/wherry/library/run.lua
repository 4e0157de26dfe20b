-- run.lua: w.run, w.check, w.verify: what the commands of these names do, with a plan that a script made, or a path.
local about = require "wherry.report.about"
local console = require "wherry.cli.console"
local document = require "wherry.report.document"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local files = require "wherry.report.files"
local json = require "wherry.json"
local key_check = require "wherry.plan.key_check"
local match = require "wherry.match"
local options_of = require "wherry.engine.options"
local plan_of = require "wherry.plan"
local report = require "wherry.report"
local shallow = require "wherry.shallow"
local target = require "wherry.target"
local url = require "wherry.url"
local vocabulary = require "wherry.plan.vocabulary"

local run = {}

local types = vocabulary.types

local function whole(most)
    return function(value, place)
        return math.type(value) == "integer" and value >= 1 and value <= most and value
            or key_check.fail(place, ("a whole number from 1 to %d"):format(most), value)
    end
end

local function check_target(value, place)
    local text = key_check.text "a URL or a connection string"(value, place)
    if target.kind(text) == "dump" then
        failure.raise("usage", ("%s: %s is a dump, which the command line makes"):format(place, text),
            "wherry run SCRIPT out.sql")
    end
    return text
end

local function list(value)
    return type(value) == "string" and { value } or value
end

-- One word or several, which become a list.
local function words(check)
    return function(value, place)
        return list(check(list(value), place))
    end
end

local function seconds(value, place)
    return type(value) == "number" and value >= 0 and value < 1e9 and value
        or key_check.fail(place, "a number of seconds", value)
end

-- Options by the names of the command line's, with _ for -.
local COMMON = {
    target = check_target, schema = types.mode.check, target_schema = types.name.check, only = words(types.globs.check),
    skip = words(types.globs.check), triggers = types.triggers.check, indexes = types.indexes.check,
    on_bad = words(types.on_bad.check), max_bad = types.limit.check, idiomatic = types.boolean.check,
    nocase = types.nocase.check, no_check = types.boolean.check, journal = types.name.check,
    log = function(value, place)
        return type(value) == "function" and value or key_check.fail(place, "a function of level and text", value)
    end,
}
local OF_RUN = shallow.copy(COMMON, {
    source_mode = key_check.choice("auto", "frozen", "copy"), verify = key_check.choice("digest", "count", "none"),
    rejects = key_check.text "the path of a file", report = key_check.text "the path of a folder",
    retry = seconds, restart = types.boolean.check,
    resume = function(value, place)
        if type(value) == "boolean" then
            return value or nil
        end
        return math.type(value) == "integer" and tostring(value)
            or key_check.fail(place, "true or a run's number", value)
    end,
    accept_changes = types.boolean.check, jobs = whole(options_of.MOST_JOBS),
    batch_size = whole(options_of.MOST_STEP_ROWS), no_analyze = types.boolean.check,
})

local OF_VERIFY = { run = whole(math.maxinteger), against = key_check.choice("source", "journal"),
    detailed = types.boolean.check, jobs = whole(options_of.MOST_JOBS), sample = function(value, place)
        return type(value) == "number" and value > 0 and value <= 100 and value
            or key_check.fail(place, "a number of percent", value)
    end }
for _, name in ipairs { "target", "target_schema", "only", "journal", "log" } do
    OF_VERIFY[name] = COMMON[name]
end

--- The names of the options, in order.
run.options = { run = shallow.keys(OF_RUN), check = shallow.keys(COMMON), verify = shallow.keys(OF_VERIFY) }

-- The options of a call, checked; mistakes are those of its caller.
local function read(given, known, name)
    local place = ("w.%s: "):format(name)
    if given ~= nil and (type(given) ~= "table" or getmetatable(given)) then
        failure.raise("usage", place .. "options are a table, not " .. ends.describe(given))
    end
    local read_options = {}
    for _, key in ipairs(shallow.keys(given or {})) do
        local check = known[key]
        if not check then
            failure.raise("usage", ("%sthere is no option %s"):format(place, ends.describe(key)),
                match.suggestion(tostring(key), shallow.keys(known))
                or "the options: " .. table.concat(shallow.keys(known), ", "))
        end
        local ok, value = pcall(check, given[key], place .. key)
        if not ok then
            failure.raise("usage", value.message, value.hint)
        end
        read_options[key] = value
    end
    return read_options
end

-- The file of the function that has called w.run, and its line; a plan without a script stands in it.
local function caller()
    local info = debug.getinfo(4, "Sl")
    local path = info and info.source:match "^@(.*)$"
    return path, path and ("%s:%d"):format(path, info.currentline) or "Lua"
end

local function hash_of(path)
    local file = path and io.open(path, "rb")
    if not file then
        return nil
    end
    local text = file:read "a"
    file:close()
    return require "wherry.core".sys.hash(text)
end

-- What the engine is told: with the plan, or the path of a file or a script.
local function begin(what, read_options, name)
    local path, place = caller()
    local made = shallow.copy(read_options, { command = ("w.%s at %s"):format(name, url.mask(place)),
        check = not read_options.no_check, step_rows = read_options.batch_size })
    if read_options.no_analyze then
        made.analyze = false
    end
    if plan_of.is(what) then
        made.plan, made.script_hash = what, hash_of(what.script or path) -- the shell has plans of scripts
    elseif type(what) == "string" and what ~= "" then
        if url.form(what) == "postgresql" then
            failure.raise("usage", ("w.%s takes a plan, or the path of a script or a SQLite file"):format(name),
                "the way back is the command line's: wherry run URL out.db")
        end
        made.source = url.sqlite_path(what)
    else
        failure.raise("usage", ("w.%s takes a plan, or the path of a script or a SQLite file, not %s"):format(name,
            ends.describe(what)), "w." .. name .. "(w.plan { from = w.sqlite \"app.db\", ... })")
    end
    return made
end

-- What a call gives: the result, which prints as the command's summary; result:json() is the document of --json.
local function answer(result, text, to_document)
    local methods = { json = function(self)
        return json.encode(document.mask(to_document(self), {}))
    end }
    return setmetatable(result, { __name = "wherry.result", __index = methods, __tostring = function(self)
        local said = self.error and report.error_block(self.error) .. "\n" or ""
        return url.mask(said .. text(self, console.new {})):gsub("\n$", "")
    end })
end

---Runs a plan, as `wherry run` does. Raises for options that are wrong; all else is told by the result.
---@param what wherry.Plan|string a plan, or the path of a script or a SQLite file
---@param given table|nil options by the command line's names
---@return wherry.Result
function run.run(what, given)
    local read_options = read(given, OF_RUN, "run")
    options_of.check_resuming(read_options)
    local made = options_of.run(begin(what, read_options, "run"))
    if made.report then
        files.prepare(made.report)
    end
    local result = require "wherry.core".sys.shared(require "wherry.engine".run, made)
    if made.report then
        files.tell(made.report, about.text(document.of(result), result, result.facts), made.log, result)
    end
    return answer(result, function(self, plain) return report.summary(self, plain, {}) end, document.of)
end

---A dry run of a plan, as `wherry check` does it.
---@param what wherry.Plan|string
---@param given table|nil
---@return wherry.CheckResult
function run.check(what, given)
    local made = options_of.check(begin(what, read(given, COMMON, "check"), "check"))
    local result = require "wherry.core".sys.shared(require "wherry.check".run, made)
    local source = url.mask(made.source or what.from.path or what.from.pattern or "several sources")
    return answer(result, function(self, plain)
        return require "wherry.check.text".full(self, plain, source)
    end, require "wherry.check.answer".document)
end

---Compares both sides, as `wherry verify` does it.
---@param what wherry.Plan|string
---@param given table|nil
---@return wherry.Result
function run.verify(what, given)
    local read_options = read(given, OF_VERIFY, "verify")
    local made = options_of.check(shallow.copy({ against = "source", only = {} }, begin(what, read_options, "verify")))
    local result = require "wherry.core".sys.shared(require "wherry.verification".run, made)
    return answer(result, function(self, plain) return report.summary(self, plain, {}) end, document.of)
end

return run
