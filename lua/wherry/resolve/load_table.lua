-- load_table.lua: a table of the resolved plan: how it is read, into what it is copied, what is counted.
local fold = require "wherry.resolve.fold"
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local load_table = {}

---@class wherry.LoadColumn
---@field source string what messages call it: a column, or what a computed column is filled with
---@field sql? string of a computed column: its expression in the reading SELECT
---@field expression? string of a computed column: how it is shown
---@field fold? wherry.Fold how its value is made of several cells
---@field lookup? { name: string, missing: "bad"|"null"|"keep" } the value that is looked up for it goes into the column
---@field remap? wherry.Remap what replaces keys in it
---@field target string
---@field cell integer 1-based place of its value in a row that is read
---@field type wherry.Type
---@field not_null boolean
---@field codec boolean whether the core has a binary codec for the type
---@field evidence? string what speaks for its stored form, where a census told it
---@field on_null? wherry.OnNull what stands for NULL; nil: NULL does
---@field on_bad? string|string[] what happens to a value that does not fit; nil: the run stops
---@field declared string the source column's declared type; with affinity and collation for the way back
---@field affinity? string nil: the column is computed
---@field collation? string

---@class wherry.LoadSequence
---@field column string target column
---@field sequence? string quoted; nil for an identity, which is looked up
---@field source_seq? string what sqlite_sequence holds, as text: JSON's numbers would round a large one

---@class wherry.LoadTable : wherry.Conflict
---@field source string what messages call the source table: its name, of one of several sources "source.name"
---@field from string name of its source
---@field own? string its name there, where `source` is another one
---@field target { schema: string, name: string }
---@field target_sql string
---@field rows_sql? string the same in a FROM, for the rows of this table alone
---@field where? string
---@field count_sql string
---@field excluded_sql? string
---@field columns wherry.LoadColumn[]
---@field read wherry.Read
---@field copy_sql string
---@field binary boolean
---@field sequences wherry.LoadSequence[]
---@field after? integer[] places of tables that have to be loaded before
---@field rejects? boolean a row that the server refuses is rejected
---@field misfits? "reject" rows that a key which is built behind the load does not allow are rejected
---@field row_keys? string[][] keys by which rows of the target are told apart, best first
---@field whole? boolean rows are rejected when they come or not at all: what is emitted goes with them

local function copy_sql(into, columns, binary)
    return ("COPY %s (%s) FROM STDIN%s"):format(into, names.list_pg(columns), binary and " (FORMAT binary)" or "")
end

---Whether a column's values have a form in the source in which they could come back: what is computed or looked up has
---none.
---@param column wherry.LoadColumn
---@return boolean
function load_table.comes_back(column)
    local made = column.fold
    return not column.lookup and (not column.expression or made ~= nil and made.whole == true and not made.computed)
end

local function columns_by_name(t)
    local by_name = {}
    for _, column in ipairs(t.columns) do
        by_name[column.name] = column
    end
    return by_name
end

-- The cells that documents are made of, which no column of its own may fill.
local function members_of(columns, stored)
    local list = {}
    for _, column in ipairs(columns) do
        local made = stored[column.source].fold
        for _, part in ipairs(made and made.parts or {}) do
            list[#list + 1] = part.sql and part or nil
        end
    end
    return list
end

---Builds a table of the resolved plan.
---@param t wherry.Table of the source
---@param target { schema: string, name: string, kind: string? }
---@param columns { source: string, target: string, type: wherry.Type, not_null: boolean }[] at least one
---@param where string|nil
---@param has_codec fun(type: wherry.Type): boolean
---@param outcome wherry.Outcome
---@return wherry.LoadTable
function load_table.new(t, target, columns, where, has_codec, outcome)
    local sources, targets, list, without, stored = {}, {}, {}, {}, columns_by_name(t)
    for i, column in ipairs(columns) do
        sources[i] = column.source
    end
    local spec, places = read.spec(t, sources, where, members_of(columns, stored))
    for i, column in ipairs(columns) do
        local codec, origin = has_codec(column.type), stored[column.source]
        targets[i] = column.target
        list[i] = { source = column.source, target = column.target, cell = i, type = column.type,
            not_null = column.not_null == true, codec = codec, declared = origin.declared,
            affinity = not origin.sql and origin.affinity or nil, collation = origin.collation, sql = origin.sql,
            expression = origin.shown, fold = origin.fold and fold.placed(origin.fold, function(part)
                return places[part.sql]
            end), lookup = origin.lookup }
        if not codec then
            without[#without + 1] = ("%s (%s)"):format(column.target, column.type.display)
        end
    end
    local binary, target_sql = #without == 0, names.qualified(target.schema, target.name)
    if not binary then
        outcome:receipt("table", t.name, "exact", "text COPY: no binary codec for " .. table.concat(without, ", "),
            { table = t.name, target = target_sql })
    end
    return {
        source = t.name,
        from = "main",
        target = { schema = target.schema, name = target.name },
        target_sql = target_sql,
        rows_sql = names.own_rows(target),
        where = where,
        count_sql = read.count_sql(t),
        excluded_sql = where and read.excluded_sql(t, where) or nil,
        columns = list,
        read = spec,
        copy_sql = copy_sql(target_sql, targets, binary),
        binary = binary,
        sequences = {},
    }
end

---Brings the rows into a table that may hold rows.
---@param entry wherry.LoadTable
---@param conflict wherry.Conflict
function load_table.add_conflict(entry, conflict)
    for key, value in pairs(conflict) do
        entry[key] = value
    end
    if conflict.stage then
        local targets = {}
        for i, column in ipairs(entry.columns) do
            targets[i] = column.target
        end
        entry.copy_sql = copy_sql(conflict.stage, targets, entry.binary)
    end
end

---Notes that a target column draws from a sequence, which is set after the load.
---@param entry wherry.LoadTable
---@param t wherry.Table of the source
---@param source wherry.Model
---@param column string target column
---@param sequence string|nil quoted; nil: looked up
function load_table.add_sequence(entry, t, source, column, sequence)
    local source_seq
    for _, pair in ipairs(entry.columns) do
        if pair.target == column and pair.source == t.rowid_alias then
            source_seq = math.tointeger(source.sequences[t.name])
        end
    end
    source_seq = source_seq and ("%d"):format(source_seq)
    entry.sequences[#entry.sequences + 1] = { column = column, sequence = sequence, source_seq = source_seq }
end

---The condition of the plan's entry, or nil; one that SQLite does not take as a condition is a finding.
---@param t wherry.Table of the source
---@param entry table the plan's keys for the table
---@param source_query fun(sql: string): table[]
---@param outcome wherry.Outcome
---@return string|nil
function load_table.where(t, entry, source_query, outcome)
    local problem = entry.where and read.where_problem(t, entry.where, source_query)
    if problem then
        outcome:finding { code = "bad_where", table = t.name, key = entry.where,
            reason = ("its `where` (%s) is no condition over the source table: %s"):format(entry.where, problem),
            hint = "write an SQL condition of SQLite, without the word WHERE" }
        return nil
    end
    return entry.where
end

return load_table
