-- verify/init.lua: runs the verify function of a plan over both databases, which it can only read. Differences are
-- values: a list with one entry for each check.
local check = require "wherry.verify.check"
local core = require "wherry.core"
local failure = require "wherry.failure"
local interruptible = require "wherry.interruptible"
local match = require "wherry.match"
local shallow = require "wherry.shallow"

local verify = {}

---@class wherry.VerifyContext
---@field source wherry.Handle|table<string, wherry.Handle> of the only source, or by the sources' names
---@field target wherry.Handle
---@field resolved wherry.Resolved
---@field counts table<string, table> what the journal has of the tables' rows, as journal:counts gives it
---@field zone integer seconds east of UTC, of the source's times without offset
---@field log fun(level: string, text: string)
---@field list wherry.CheckLine[]
---@field over boolean|nil
---@field fault fun(raised: any): wherry.Failure what was raised, with the script's line; for xpcall
local Context = {}
Context.__index = Context

-- Whether it is a handle, and not several under their names: one of them may be called like a method.
local function is_handle(source)
    return type(source.cursor) == "function"
end

---The handle of a source by its name; of the only one without.
---@param name string|nil
---@return wherry.Handle
function Context:source_handle(name)
    if is_handle(self.source) then
        if name ~= nil and name ~= "main" then
            failure.raise("usage", ("there is one source, and none is named %q"):format(tostring(name)))
        end
        return self.source
    end
    local names = shallow.keys(self.source)
    if name == nil then
        failure.raise("usage", "there are several sources: from says which one is meant",
            "from = one of " .. table.concat(names, ", "))
    end
    return rawget(self.source, name) or failure.raise("usage", ("there is no source %q"):format(tostring(name)),
        match.suggestion(tostring(name), names) or "the sources: " .. table.concat(names, ", "))
end

---The handle of the source from which a table of the plan comes.
---@param tbl wherry.LoadTable
---@return wherry.Handle
function Context:source_of(tbl)
    return self:source_handle(tbl.from)
end

-- The innermost line of the script on the stack.
local function line_of(source)
    for level = 3, 200 do
        local info = debug.getinfo(level, "Sl")
        if not info then
            return nil
        elseif info.source == source and info.currentline > 0 then
            return ("%s:%d"):format(source:sub(1, 1) == "@" and source:sub(2) or info.short_src, info.currentline)
        end
    end
end

-- What was raised as a failure with its line. A text has it in front, where it is the script's own.
local function fault_handler(source)
    return function(raised)
        if check.ends(raised) then
            return raised
        end
        local line = line_of(source)
        if failure.is(raised) then
            return failure.new(raised.kind, raised.message, raised.hint, { line = line })
        end
        local text = type(raised) == "string" and raised or ("an error object: %s"):format(tostring(raised))
        return failure.new("script", text, nil, { line = not text:find "^[^\n]-:%d+: " and line or nil })
    end
end

-- Sources by name: one that is not there is told by itself.
local function named(source)
    if is_handle(source) then
        return source
    end
    return setmetatable(shallow.copy(source), { __index = function(_, name)
        local names = shallow.keys(source)
        failure.raise("usage", ("there is no source %q"):format(tostring(name)),
            match.suggestion(tostring(name), names) or "the sources: " .. table.concat(names, ", "))
    end })
end

local function add(context, detail, hint)
    table.insert(context.list, { kind = "verify", name = "verify", passed = false, detail = detail, hint = hint,
        differences = {}, seconds = 0 })
end

---Runs the function. Raises when a signal asked to stop, or a database does not answer any more.
---@param work fun(check: table, src: any, dst: wherry.Handle)
---@param given { source: any, target: wherry.Handle, resolved: wherry.Resolved, counts: table?, zone: integer?, log:
---function? }
---@return wherry.CheckLine[]
function verify.run(work, given)
    local context = setmetatable(shallow.copy(given), Context)
    context.list, context.counts, context.zone = {}, given.counts or {}, given.zone or 0
    context.log = given.log or function() end
    context.fault = fault_handler(debug.getinfo(work, "S").source)
    local results = table.pack(interruptible(work, context.fault, check.new(context), named(given.source),
        given.target))
    context.over = true
    if core.sys.stopped() then
        failure.raise("interrupted", "interrupted by a signal")
    elseif not results[1] and check.ends(results[2]) then
        error(results[2], 0)
    elseif not results[1] then
        local fault = results[2]
        add(context, ("%s%s; what stands behind it was not checked"):format(fault.line and fault.line .. ": " or "",
            fault.message), fault.hint)
    elseif results[2] == false then
        add(context, results[3] ~= nil and tostring(results[3]) or "the function gives false")
    end
    return context.list
end

---What a check of the plan does not do of it, for its list.
---@param resolved wherry.Resolved
---@return wherry.Unseen[]
function verify.unseen(resolved)
    return resolved.verify and { { table = "the plan", kind = "function", name = "verify",
        reason = "it is run when rows are loaded, which a check does not do" } } or {}
end

---Whether a check has failed.
---@param list wherry.CheckLine[]|nil
---@return boolean
function verify.failed(list)
    for _, one in ipairs(list or {}) do
        if not one.passed then
            return true
        end
    end
    return false
end

return verify
