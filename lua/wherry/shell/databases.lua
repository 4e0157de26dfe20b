-- databases.lua: src and dst of the shell: found by what the command line, the script and the environment say, opened
-- when they are first used. Only dst is ever written, and only where that was asked for.
local choices = require "wherry.cli.choices"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local plan_of = require "wherry.plan"
local sources = require "wherry.plan.sources"
local target = require "wherry.target"
local url = require "wherry.url"

local databases = {}
databases.__index = databases

---@class wherry.ShellDatabases
---@field plan wherry.Plan|nil of the script
---@field known table<string, { kind: "sqlite"|"pg", label: string, open: fun(): wherry.Handle }> by src, dst; by
---src.NAME where a script has several sources
---@field names string[] of those, in order
---@field opened table<string, wherry.Handle>

local function sqlite_end(path, write)
    return { kind = "sqlite", label = path, write = write, open = function()
        return require "wherry.library.sqlite".open(ends.sqlite((path:gsub("%$", "$$"))), { write = write })
    end }
end

local function pg_end(chosen, write)
    return { kind = "pg", label = chosen.url_masked, write = write, open = function()
        return require "wherry.library.pg".connect(chosen.conninfo, { write = write })
    end }
end

local function add(self, name, one)
    if one then
        self.known[name] = one
        self.names[#self.names + 1] = name
    end
end

local function add_source(self, options, core)
    local source = options.source
    if not source then
        return
    elseif choices.is_pg(source, core) then
        add(self, "src", pg_end(target.choose { given = source, log = options.log }, false))
        return
    end
    local path = choices.path(source)
    if not path:find "%.lua$" then
        add(self, "src", sqlite_end(path, false))
        return
    end
    self.plan = plan_of.load(path)
    if not sources.is_several(self.plan.from) then
        add(self, "src", sqlite_end(plan_of.source_path(self.plan, options.getenv), false))
        return
    end
    for _, file in ipairs(require "wherry.engine.source_files".of(self.plan, options.getenv)) do
        add(self, "src." .. file.name, sqlite_end(file.path, false))
    end
end

-- The target as run would choose it, but that the private server is only looked into: what it holds of the source.
local function target_end(self, options)
    local given, log = options.target, options.log
    if given and url.form(given) == "sqlite" then
        return sqlite_end(url.sqlite_path(given), options.write)
    elseif given then
        target.kind(given)
    end
    local source = self.known.src
    local request = { given = given, script = self.plan and self.plan.to, getenv = options.getenv,
        log = function(level, text)
            if level == "warning" then
                log(level, text)
            end
        end }
    local is_private = self.plan and self.plan.to and self.plan.to.kind == "private" and not given
    if is_private or source and source.kind == "sqlite" and not target.is_named(request) then
        request.file, request.source, request.look, request.resume = source.label, source.label, true, true
    elseif not target.is_named(request) or source and source.kind == "pg" and not given then
        return nil
    end
    return pg_end(target.choose(request), options.write)
end

---Finds both, and opens none.
---@param options { source: string?, target: string?, write: boolean, getenv: function, log: function, hide: function }
---@param core table wherry.core
---@return wherry.ShellDatabases
function databases.find(options, core)
    local self = setmetatable({ known = {}, names = {}, opened = {}, missing = {} }, databases)
    add_source(self, options, core)
    local ok, found = pcall(target_end, self, options)
    if ok then
        add(self, "dst", found)
    elseif options.target or not failure.is(found) then
        error(found, 0)
    else
        self.missing.dst = found -- told when dst is asked for: without it there is much to do
    end
    return self
end

---The handle of src or dst; raises where there is none, or it can't be opened.
---@param name string "src", "dst", "src.NAME"
---@return wherry.Handle
function databases:open(name)
    local known, handle = self.known[name], self.opened[name]
    if not known then
        error(self.missing[name] or failure.new("usage", ("there is no %s"):format(name), self.names[1]
            and "there is " .. table.concat(self.names, ", ") or "wherry shell SRC DST names both"), 0)
    end
    local usable = handle and handle.connection and (known.kind == "sqlite" or handle.connection:alive())
    if not usable then
        self.opened[name] = nil
        handle = known.open()
        self.opened[name] = handle
    end
    return handle
end

---What the word src or dst stands for: a handle, or handles by name where there are several sources.
---@param name "src"|"dst"
---@return wherry.Handle|table<string, wherry.Handle>
function databases:value(name)
    if self.known[name] or name == "dst" or not (self.names[1] or ""):find "^src%." then
        return self:open(name)
    end
    return setmetatable({}, { __index = function(_, one) return self:open("src." .. tostring(one)) end })
end

---Ends what must not last while nobody types: a file that is read is held as it was at one moment, and where its
---journal mode is not WAL, nobody else can write to it meanwhile.
function databases:rest()
    for name, handle in pairs(self.opened) do
        if self.known[name].kind == "sqlite" and not self.known[name].write then
            handle:close()
            self.opened[name] = nil
        end
    end
end

function databases:close()
    for _, handle in pairs(self.opened) do
        handle:close()
    end
    self.opened = {}
end

return databases
