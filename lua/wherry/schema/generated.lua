-- Generated columns: STORED in PostgreSQL, which has no VIRTUAL before version 18. Where the expression cannot be
-- carried exactly, the column is a plain one with the values that the source has.
local model = require "wherry.schema.model"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local questions = require "wherry.schema.questions"
local scope = require "wherry.expr.pg.scope"
local translation = require "wherry.schema.translation"

local generated = {}

-- The storage classes that a kind of column holds as what they are. A kind that is not here takes what the values are
-- converted to, which the printer knows.
local CLASSES = {
    integer = { integer = true }, boolean = { integer = true }, real = { real = true }, text = { text = true },
    blob = { blob = true }, number = { integer = true, real = true },
}

-- What in the column's values speaks against computing them; nil when nothing does.
local function odd_values(created, stats)
    if created.kind == "mixed" then
        return "its values are of several classes"
    elseif created.declared then
        return "the plan declares its type"
    end
    for _, class in ipairs(CLASSES[created.kind] and stats and { "integer", "real", "text", "blob" } or {}) do
        local count = stats[class] or 0
        if count > 0 and not CLASSES[created.kind][class] then
            return ("%d of its values are of class %s"):format(count, class)
        end
    end
    return nil
end

local WRITES = { CASCADE = { update = true }, ["SET NULL"] = { update = true, delete = true },
    ["SET DEFAULT"] = { update = true, delete = true } }

-- Whether a foreign key writes the column when its parent changes, which PostgreSQL does not allow.
local function is_written_by_key(t, name)
    for _, key in ipairs(t.foreign_keys) do
        local written = (WRITES[key.on_update] or {}).update or (WRITES[key.on_delete] or {}).delete
        for _, column in ipairs(written and key.columns or {}) do
            if column == name then
                return true
            end
        end
    end
    return false
end

-- PostgreSQL refuses references to other generated columns: their expressions stand in their place, as values of the
-- column's type.
local function inlined(column, printed, collate_sql)
    local cast = "::" .. column.type.display
    local sql = printed.sql:sub(-#cast) == cast and "(" .. printed.sql .. ")" or "(" .. printed.sql .. ")" .. cast
    if collate_sql then
        sql = sql .. " COLLATE " .. collate_sql
    end
    column.sql, column.atomic, column.not_null = "(" .. sql .. ")", true, false
    return column
end

---@class wherry.GeneratedWork
---@field work wherry.Translation
---@field entry wherry.Translated
---@field stats table<string, wherry.Stats>
---@field printed table<wherry.CreatedColumn, wherry.Printed|false> by column; false: a plain column
---@field reasons table<wherry.CreatedColumn, string>
---@field beyond table<wherry.Column, integer|false>? rows beyond a range of PostgreSQL's
---@field refusal string? why all of them are plain columns
local Generated = {}
Generated.__index = Generated

-- The table's columns, other generated ones inlined; `used` gathers what they are made of.
function Generated:scope(used)
    local plain, by_name = scope.of_table(self.entry), {}
    for _, created in ipairs(self.entry.target.columns) do
        by_name[created.name] = created
    end
    local resolver = self
    return {
        column = function(_, prefix, name, quoted)
            local column, reason = plain:column(prefix, name, quoted)
            local created = column and by_name[column.name]
            local printed = created and resolver:resolve(created)
            if printed then
                used[#used + 1] = printed
                return inlined(column, printed, created.collate_sql)
            end
            return column, reason
        end,
    }
end

-- How many rows PostgreSQL could not compute; all columns of the table are asked about at once.
function Generated:beyond_range(source)
    if not self.beyond then
        local texts, columns = {}, {}
        for _, column in ipairs(self.entry.source.columns) do
            if column.generated and column.expression and parse.expression(column.expression) then
                texts[#texts + 1], columns[#columns + 1] = column.expression, column
            end
        end
        self.beyond = {}
        for i, count in ipairs(questions.beyond_range(self.work, self.entry, texts)) do
            self.beyond[columns[i]] = count
        end
    end
    return self.beyond[source]
end

function Generated:print(created, source)
    local odd = self.refusal or odd_values(created, self.stats[source.name])
    if odd then
        return nil, odd
    elseif is_written_by_key(self.entry.source, source.name) then
        return nil, "a foreign key writes it"
    elseif not source.expression then
        return nil, "its expression is not known"
    end
    local node, message = parse.expression(source.expression)
    if not node then
        return nil, message
    end
    local used = {}
    local printed, reason = pg.assign(node, { scope = self:scope(used), use = "generated", schema = self.work.schema },
        created)
    if not printed then
        return nil, reason
    end
    for _, part in ipairs(used) do
        for _, note in ipairs(part.notes) do
            table.insert(printed.notes, note)
        end
        printed.outcome = part.outcome == "changed" and "changed" or printed.outcome
    end
    -- An error where SQLite goes on makes no value wrong, every other change can.
    if printed.outcome == "changed" and not translation.only_errors(printed) then
        return nil, table.concat(printed.notes, "; ")
    elseif printed.outcome == "changed" and self:beyond_range(source) ~= 0 then
        return nil, "rows of the source are beyond the range: " .. table.concat(printed.notes, "; ")
    end
    return printed
end

-- The printed expression of a column, or false. A column that is being resolved is none of its own parts.
function Generated:resolve(created)
    local source = model.column(self.entry.source, created.source)
    if not source.generated then
        return false
    elseif self.printed[created] == nil then
        self.printed[created] = false
        local printed, reason = self:print(created, source)
        self.printed[created], self.reasons[created] = printed or false, reason
    end
    return self.printed[created]
end

function Generated:column(created, source)
    local printed, notes = self:resolve(created), translation.notes()
    if printed then
        created.generated_sql = printed.sql
        notes:add(source.generated == "virtual" and "VIRTUAL in the source, STORED in PostgreSQL" or nil)
        notes:add_printed(printed)
        translation.use(self.work, printed)
    else
        notes:add(("a plain column with its values, the expression is not carried: %s: %s"):format(
            self.reasons[created], translation.one_line(source.expression or "")), true)
    end
    translation.receipt(self.work, {
        kind = "generated column", name = ("%s.%s"):format(self.entry.source.name, source.name),
        table = self.entry.source.name, column = source.name, outcome = notes.outcome, note = notes:text(),
    })
end

local CLASS = { integer = "integer", boolean = "integer", real = "real", text = "text", blob = "blob" }

---What a generated column without a declared type and without values is taken to hold: what its expression gives.
---@param work wherry.Translation
---@param entry wherry.Translated with the columns that are not generated
---@param column wherry.Column
---@param stats wherry.Stats?
---@return wherry.Stats?
function generated.assumed(work, entry, column, stats)
    local counted = column.given and column.given.type
        or stats and (stats.joined or stats.integer + stats.real + stats.text + stats.blob > 0)
    local node = not counted and column.declared == "" and parse.expression(column.expression or "")
    local printed = node and pg.value(node, { scope = scope.of_table(entry), use = "generated", schema = work.schema })
    local class = printed and CLASS[printed.kind]
    if not class then
        return stats
    end
    local assumed = { integer = 0, real = 0, text = 0, blob = 0, null = 0, assumed = true }
    assumed[class] = 1
    return assumed
end

-- A script may leave out all columns that are not generated; rows are loaded by columns that are.
local function has_plain_column(entry)
    for _, column in ipairs(entry.source.columns) do
        if not column.generated then
            return true
        end
    end
    return false
end

---Translates the generated columns of a table.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param stats table<string, wherry.Stats> what the census found, by source column
function generated.translate(work, entry, stats)
    local resolver = setmetatable({ work = work, entry = entry, stats = stats, printed = {}, reasons = {} }, Generated)
    if not has_plain_column(entry) then
        resolver.refusal = "no column of the table is left to fill"
    end
    for _, created in ipairs(entry.target.columns) do
        local source = model.column(entry.source, created.source)
        if source.generated then
            resolver:column(created, source)
        end
    end
end

return generated
