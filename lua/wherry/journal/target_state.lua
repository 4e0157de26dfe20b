-- target_state.lua: how the tables of a run stood in the target when it had begun, as the journal keeps it, and what is
-- different now. What the run itself has put aside or in place since is no difference.
local json = require "wherry.json"
local names = require "wherry.names"
local packing = require "wherry.journal.packing"

local target_state = {}

-- Names and definitions of what a table consists of, by table. Indexes that belong to a constraint go by that one.
local PICTURE = [[SELECT coalesce(json_object_agg(t.name, json_build_object(
        'column', (SELECT coalesce(json_object_agg(a.attname, json_build_array(format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
                || CASE a.attidentity WHEN '' THEN '' ELSE ' GENERATED AS IDENTITY' END
                || CASE a.attgenerated WHEN '' THEN coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
                    ELSE ' GENERATED AS ' || pg_get_expr(d.adbin, d.adrelid) END)), '{}')
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'constraint', (SELECT coalesce(json_object_agg(conname, pg_get_constraintdef(oid)), '{}')
            FROM pg_constraint k WHERE conrelid = c.oid AND contype <> 'n' AND NOT EXISTS (SELECT FROM pg_constraint p
                WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)), -- a foreign key has one for each partition
        'index', (SELECT coalesce(json_object_agg(x.relname, pg_get_indexdef(x.oid)), '{}')
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.conrelid = c.oid)),
        'trigger', (SELECT coalesce(json_object_agg(tgname, pg_get_triggerdef(oid) || CASE tgenabled
                WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' ELSE ' (enabled ' || tgenabled::text || ')' END), '{}')
            FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal),
        'row-level security', json_build_object('', CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END))), '{}')
    FROM unnest($1::text[]) AS t(name) JOIN pg_class c ON c.oid = to_regclass(t.name)]]

local SECTIONS = { "column", "constraint", "index", "trigger", "row-level security" }

local function target_names(resolved)
    local list = {}
    for index, tbl in ipairs(resolved.tables) do
        list[index] = tbl.target_sql
    end
    return names.array_pg(list)
end

--- The statement of a step that keeps how the tables stand, behind all that the step does to them. What was chosen is
--- there by then, as an object without them: JSON that the server can't take apart where it holds bytes that
--- are not UTF-8 (journal/packing.lua).
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@return table
function target_state.keep(journal, run, resolved)
    return { journal:sql("UPDATE %s.run SET choices = left(choices, -1) || CASE choices WHEN '{}' THEN '' ELSE ',' END"
        .. " || '\"target\":' || (" .. PICTURE .. ")::text || '}' WHERE id = $2"), target_names(resolved), run }
end

-- A run that an earlier version began: what its plan says of the columns it fills.
local function picture_of_plan(resolved)
    local picture = {}
    for _, tbl in ipairs(resolved.tables) do
        local columns = {}
        for _, column in ipairs(tbl.columns) do
            columns[column.target] = { column.type.display }
        end
        picture[tbl.target_sql] = { column = columns }
    end
    return picture
end

-- What the run has put in place since, or failed to, and what is off while rejects are loaded.
local function settled_objects(journal, run)
    local settled = { keyed = {} }
    for _, row in ipairs(journal:query([[SELECT kind, name, target FROM %s.object WHERE run = $1 AND state <> 'receipt'
        AND (state IN ('added', 'done', 'failed') OR kind = 'trigger for retry')]], { run })) do
        settled[(row.target or "") .. "\0" .. row.name] = true
        settled.keyed[row.target or ""] = settled.keyed[row.target or ""] or row.kind == "primary key"
    end
    return settled
end

local function column_words(where, name, before, now)
    local quoted = names.quote_pg(name)
    if not now then
        return ("%s has no column %s any more"):format(where, quoted)
    elseif not before then
        return ("%s has a new column %s, %s%s"):format(where, quoted, now[1], now[2])
    elseif before[1] ~= now[1] then
        return ("%s has another type for the column %s: %s, it was %s"):format(where, quoted, now[1], before[1])
    end
    return ("the column %s of %s is %s%s, it was %s%s"):format(quoted, where, now[1], now[2], before[1], before[2])
end

local function words(section, where, name, before, now)
    if section == "column" then
        return column_words(where, name, before, now)
    elseif section == "row-level security" then
        return ("row-level security of %s is %s, it was %s"):format(where, now, before)
    elseif not now then
        return ("%s has no %s %s any more (%s)"):format(where, section, names.quote_pg(name), before)
    elseif not before then
        return ("%s has a new %s %s (%s)"):format(where, section, names.quote_pg(name), now)
    end
    return ("the %s %s of %s is another one: %s, it was %s"):format(section, names.quote_pg(name), where, now, before)
end

-- keyed: the run has given the table its primary key, which makes columns NOT NULL.
local function same(before, now, keyed)
    if type(before) ~= "table" or type(now) ~= "table" then
        return before == now
    end
    return before[1] == now[1] and (before[2] == nil or before[2] == now[2]
        or keyed and now[2] == " NOT NULL" .. before[2])
end

local function sorted_names(before, now)
    local list = {}
    for name in pairs(before) do
        list[#list + 1] = name
    end
    for name in pairs(now) do
        list[#list + 1] = before[name] == nil and name or nil
    end
    table.sort(list)
    return list
end

-- `partial`: of the columns only those are known that the plan fills.
local function compare_table(where, before, now, settled, partial, list)
    for _, section in ipairs(SECTIONS) do
        local old, new = before[section] or {}, now[section]
        if before[section] then
            for _, name in ipairs(sorted_names(old, partial and {} or new)) do
                local ours = settled[where .. "\0" .. name] or settled["\0" .. name]
                if not ours and not same(old[name], new[name], settled.keyed[where]) then
                    list[#list + 1] = words(section, where, name, old[name], new[name])
                end
            end
        end
    end
end

--- What is different in the target since the run began, in words.
---@param journal wherry.Journal
---@param run wherry.Run
---@return string[]
function target_state.differences(journal, run)
    local partial = run.choices.target == nil
    local before = partial and picture_of_plan(run.plan) or run.choices.target
    local now = packing.decode(journal.session:query("SELECT (" .. PICTURE .. ")::text AS picture",
        { target_names(run.plan) })[1].picture)
    local list, settled = {}, settled_objects(journal, run.id)
    for _, tbl in ipairs(run.plan.tables) do
        local where = tbl.target_sql
        if not now[where] then
            list[#list + 1] = json.utf8(where) .. " is gone"
        else
            compare_table(where, before[where] or {}, now[where], settled, partial, list)
        end
    end
    return list
end

return target_state
