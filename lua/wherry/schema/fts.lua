-- Virtual tables: what each module stores, in which shadow tables, and whether rows are lost without it.
local ddl = require "wherry.schema.ddl"
local lex = require "wherry.expr.lex"
local model = require "wherry.schema.model"

local fts = {}

local FTS5_OPTIONS = {
    content = true, content_rowid = true, contentless_delete = true, contentless_unindexed = true, columnsize = true,
    detail = true, prefix = true, tokenize = true, tokendata = true, locale = true,
}
local FTS4_OPTIONS = {
    content = true, languageid = true, notindexed = true, compress = true, uncompress = true, order = true,
    prefix = true, matchinfo = true, tokenize = true,
}

-- A value without its quotes, whichever of the four forms they have.
local function dequote(text)
    local first, last = text:sub(1, 1), text:sub(-1)
    if #text >= 2 and (first == "[" and last == "]" or first == last and first:find("[\"'`]")) then
        local inner = text:sub(2, -2)
        return first == "[" and inner or (inner:gsub(first .. first, first))
    end
    return text
end

-- The name=value arguments with a known name; everything else is a column.
local function options_of(arguments, known)
    local options = {}
    for _, argument in ipairs(arguments) do
        local key, value = argument:match("^%s*([%a_][%w_]*)%s*=%s*(.-)%s*$")
        if key and known[key:lower()] then
            options[key:lower()] = dequote(value)
        end
    end
    return options
end

-- How a full-text table keeps its text decides whether rows are lost without it.
local function text_ownership(virtual, label, options)
    if options.content == nil then
        virtual.owns_rows = true
        virtual.reason = label .. " keeps its own text"
    elseif options.content == "" then
        virtual.owns_rows = true
        virtual.reason = label .. " is contentless: its index is all there is"
    else
        virtual.owns_rows = false
        virtual.content = options.content
        virtual.reason = ("%s indexes the text of %s, which is carried by itself"):format(label, options.content)
    end
end

local function fts5(virtual)
    local options = options_of(virtual.arguments, FTS5_OPTIONS)
    text_ownership(virtual, "FTS5", options)
    local shadows = { "data", "idx", "config" }
    if options.content == nil or (options.contentless_unindexed and options.contentless_unindexed ~= "0") then
        shadows[#shadows + 1] = "content"
    end
    if options.columnsize ~= "0" then
        shadows[#shadows + 1] = "docsize"
    end
    return shadows
end

local function fts4(virtual)
    local options = options_of(virtual.arguments, FTS4_OPTIONS)
    text_ownership(virtual, "FTS4", options)
    local shadows = { "segments", "segdir", "stat" }
    if options.content == nil then
        shadows[#shadows + 1] = "content"
    end
    if (options.matchinfo or ""):lower() ~= "fts3" then
        shadows[#shadows + 1] = "docsize"
    end
    return shadows
end

local function fts3(virtual)
    text_ownership(virtual, "FTS3", {})
    return { "segments", "segdir", "content" }
end

local function rtree(virtual)
    virtual.carried_as_table = true
    virtual.reason = "an R-Tree, carried as a plain table"
    return { "node", "rowid", "parent" }
end

local function geopoly(virtual)
    virtual.owns_rows = true
    virtual.reason = "Geopoly keeps its own polygons"
    return { "node", "rowid", "parent" }
end

local function vec0(virtual)
    virtual.owns_rows = true
    virtual.reason = "sqlite-vec keeps its own vectors"
    local shadows = { "chunks", "rowids", "info", "auxiliary" }
    for i = 0, 15 do
        shadows[#shadows + 1] = ("vector_chunks%02d"):format(i)
        shadows[#shadows + 1] = ("metadatachunks%02d"):format(i)
        shadows[#shadows + 1] = ("metadatatext%02d"):format(i)
    end
    return shadows
end

local function spellfix1(virtual)
    virtual.owns_rows = true
    virtual.reason = "Spellfix1 keeps its own vocabulary"
    return { "vocab" }
end

-- A window on other data: nothing is lost without it.
local function window(virtual)
    virtual.owns_rows = false
    virtual.reason = virtual.module .. " shows other data and holds no rows of its own"
    return {}
end

local MODULES = {
    fts5 = fts5, fts4 = fts4, fts3 = fts3, rtree = rtree, rtree_i32 = rtree, geopoly = geopoly, vec0 = vec0,
    spellfix1 = spellfix1, fts5vocab = window, fts4aux = window, fts3tokenize = window, dbstat = window,
    sqlite_dbpage = window, sqlite_stmt = window, generate_series = window, bytecode = window, tables_used = window,
}

-- The shadow tables that exist, as the catalog spells them.
local function existing_shadows(name, suffixes, existing)
    local shadows = {}
    for _, suffix in ipairs(suffixes) do
        local spelled = existing[model.fold(name .. "_" .. suffix)]
        if spelled then
            shadows[#shadows + 1] = spelled
        end
    end
    table.sort(shadows)
    return shadows
end

---True for the text of a CREATE VIRTUAL TABLE statement.
---@param sql string?
---@return boolean
function fts.is_virtual(sql)
    return sql ~= nil and sql:upper():find("^%s*CREATE%s+VIRTUAL%s") ~= nil
end

---Describes a virtual table by its statement alone: its module may be missing here.
---@param name string
---@param sql string
---@param existing table<string, string> spelling of all ordinary tables by folded name
---@return wherry.Virtual
function fts.recognise(name, sql, existing)
    local found, message = ddl.virtual(sql)
    local virtual = {
        name = name, module = found and found.module or "", arguments = found and found.arguments or {},
        owns_rows = false, carried_as_table = false, shadows = {}, sql = sql,
    }
    local describe = MODULES[virtual.module]
    if describe then
        virtual.shadows = existing_shadows(name, describe(virtual), existing)
    else
        virtual.owns_rows = true
        virtual.reason = found and ("its module %s is missing"):format(virtual.module)
            or ("its statement was not understood: %s"):format(message)
    end
    return virtual
end

---The plain table that an R-Tree is carried as.
---@param virtual wherry.Virtual of module rtree or rtree_i32
---@return wherry.Table
function fts.rtree_table(virtual)
    local whole = virtual.module == "rtree_i32"
    local t = model.new_table { name = virtual.name, module = virtual.module, sql = virtual.sql }
    for i, argument in ipairs(virtual.arguments) do
        -- The module takes the first word of an argument for the name and drops what follows.
        local auxiliary, rest = argument:match("^%s*(%+?)%s*(.-)%s*$")
        local tokens = lex.tokens(rest)
        local c = { name = tokens and tokens[1] and tokens[1].value or rest, not_null = false }
        if i == 1 then
            c.declared, c.affinity, c.not_null = "INTEGER", "integer", true
        elseif auxiliary == "+" then
            c.declared, c.affinity = "", "blob"
        else
            c.declared, c.affinity = whole and "INTEGER" or "REAL", whole and "integer" or "real"
        end
        t.columns[i] = c
    end
    if t.columns[1] then
        t.primary_key = { columns = { t.columns[1].name }, desc = { false }, collations = { "BINARY" } }
        t.rowid_alias = t.columns[1].name
        t.rowid_name = "rowid"
    end
    return t
end

return fts
