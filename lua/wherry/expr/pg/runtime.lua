-- The functions with SQLite's semantics that translated expressions call: runtime/NAME.sql, one function a file.
local names = require "wherry.names"

local runtime = {}

-- Whole files by name: they are read once a process.
local cache = {}

local function home()
    local found = assert(package.searchpath("wherry.expr.pg.runtime", package.path))
    return (found:gsub("%.lua$", "/"))
end

local function read(name)
    local path = home() .. name .. ".sql"
    local file <close> = assert(io.open(path, "r"))
    return file:read "a"
end

-- The first line: "-- volatility: immutable; needs: a, b".
local function header(name, text)
    local volatility, rest = text:match "^%-%- volatility: (%l+)([^\n]*)\n%-%- [^\n]+\n"
    assert(volatility == "immutable" or volatility == "stable" or volatility == "volatile",
        name .. ".sql does not begin with its volatility and what it does")
    local needs = {}
    for need in (rest:match "^; needs: (.+)$" or ""):gmatch "[%w_]+" do
        needs[#needs + 1] = need
    end
    table.sort(needs)
    return volatility, needs
end

-- The arguments of a CREATE statement without their defaults, as DROP takes them.
local function drop_of(statement)
    local kind, name, arguments = statement:match "^CREATE (%u+) @schema@%.([%w_]+)%s*(%b())"
    assert(kind == "FUNCTION" or kind == "AGGREGATE", "not a function: " .. statement:sub(1, 60))
    local list = {}
    for argument in arguments:sub(2, -2):gmatch "[^,]+" do
        list[#list + 1] = (argument:gsub("%s+DEFAULT%s.*$", ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
    end
    return ("DROP %s @schema@.%s(%s)"):format(kind, name, table.concat(list, ", "))
end

-- The statements of a file: each begins with CREATE at the start of a line.
local function statements_of(text)
    local list = {}
    local body = text:gsub("^%-%-[^\n]*\n%-%-[^\n]*\n", "")
    local first = body:find("%f[%w]CREATE ")
    while first do
        local next_one = body:find("\nCREATE ", first, true)
        local sql = body:sub(first, (next_one or #body + 1) - 1):gsub("%s+$", ""):gsub(";$", "")
        list[#list + 1] = { sql = sql, drop = drop_of(sql) }
        first = next_one and next_one + 1
    end
    return list
end

local function load(name)
    if not cache[name] then
        local text = read(name)
        local volatility, needs = header(name, text)
        cache[name] = { volatility = volatility, needs = needs, statements = statements_of(text) }
    end
    return cache[name]
end

---How a function may be used: "immutable", "stable" or "volatile".
---@param name string
---@return string
function runtime.volatility(name)
    return load(name).volatility
end

---Whether there is a runtime function of this name.
---@param name string
---@return boolean
function runtime.has(name)
    local file <close> = io.open(home() .. name .. ".sql", "r")
    return file ~= nil
end

---@class wherry.RuntimeStatement
---@field name string of the function; overloads have one statement each
---@field sql string CREATE FUNCTION or CREATE AGGREGATE, without semicolon
---@field drop string what undoes it

---The statements that create a set of functions and all those which they need, needed ones first, then by name.
---@param set table<string, any> names are the keys
---@param schema string the schema that gets them
---@return wherry.RuntimeStatement[]
function runtime.statements(set, schema)
    local wanted = {}
    for name in pairs(set) do
        wanted[#wanted + 1] = name
    end
    table.sort(wanted)
    -- A function as the replacement: the schema's name may hold a %.
    local quoted = function()
        return names.quote_pg(schema)
    end
    local list, done = {}, {}
    local function add(name)
        if done[name] then
            return
        end
        done[name] = true
        local found = load(name)
        for _, need in ipairs(found.needs) do
            add(need)
        end
        for _, statement in ipairs(found.statements) do
            list[#list + 1] = {
                name = name,
                sql = statement.sql:gsub("@schema@", quoted),
                drop = statement.drop:gsub("@schema@", quoted),
            }
        end
    end
    for _, name in ipairs(wanted) do
        add(name)
    end
    return list
end

return runtime
