-- rows.lua: how the rows of a plan go, as lines of a preview: one for each table, and those of its columns.
local declared = require "wherry.plan.declared"
local on_bad = require "wherry.plan.on_bad"
local on_null = require "wherry.resolve.on_null"
local value_of = require "wherry.plan.value"

local rows = {}

local WIDTH = 100 -- a longer document has a line for each member, so that a diff shows the one that changed

local CONFLICTS = { keep = "rows that are there are kept", update = "rows that are there are updated",
    replace = "rows that are there are removed before" }

local function conflict(tbl)
    local text, key = CONFLICTS[tbl.on_conflict], tbl.key_target
    return text and (", %s%s"):format(text, key and " (by " .. table.concat(key, ", ") .. ")" or "") or ""
end

local function merge(tbl)
    return tbl.merge and tbl.merge.by and (", rows that are equal in %s are one (the %s stays)"):format(
        value_of.one_line(tbl.merge.by), tbl.merge.keep) or ""
end

local function called(tbl)
    local hooks, targets = tbl.hooks or {}, {}
    for i, emitted in ipairs(hooks.emits or {}) do
        targets[i] = emitted.name
    end
    return hooks.row and ", each through row" .. (targets[1] and ", which emits to " .. table.concat(targets, ", ")
        or "") or ""
end

local function table_line(tbl)
    return ("%s -> %s: %d columns%s%s%s%s%s%s"):format(tbl.source, tbl.target_sql, #tbl.columns,
        tbl.binary and "" or ", text COPY", tbl.where and " where " .. value_of.one_line(tbl.where) or "", merge(tbl),
        called(tbl), conflict(tbl), tbl.rejects and ", rows that the server refuses are rejected" or "")
end

-- The end of a JSON string that begins at a place.
local function string_end(text, at)
    at = at + 1
    while true do
        local stop = text:find('["\\]', at)
        if not stop or text:sub(stop, stop) == '"' then
            return stop or #text
        end
        at = stop + 2
    end
end

-- A document with a line for each member. Names and expressions stand in it as JSON strings, which are left alone.
local function unfolded(text)
    local lines, line, depth, at = {}, "", 0, 1
    local function finish(more)
        if line:find "%S" then
            lines[#lines + 1] = (" "):rep(depth * 4) .. line:match "^ ?(.-) *$"
        end
        line, depth = "", depth + more
    end
    while at <= #text do
        local part = text:sub(at, text:sub(at, at) == '"' and string_end(text, at) or at)
        if part == "}" and text:sub(at - 1, at - 1) ~= "{" then
            finish(-1)
        end
        line = line .. part
        if part == "{" and text:sub(at + 1, at + 1) ~= "}" then
            finish(1)
        elseif part == "," and depth > 0 then
            finish(0)
        end
        at = at + #part
    end
    finish(0)
    return lines
end

local function add_column(lines, column, form, bad, null, mapped)
    local before = ("    %s %s <- "):format(column.target, column.type.display)
    local behind = ("%s%s%s%s%s"):format(mapped and ", through map" or "", form and ", " .. form or "",
        bad and ", on_bad " .. bad or "", null and ", " .. null or "",
        column.evidence and "; " .. column.evidence or "")
    local shown = column.expression or column.source
    if not column.fold or column.fold.whole or #before + #shown <= WIDTH then
        lines[#lines + 1] = before .. shown .. behind
        return
    end
    local document = unfolded(shown)
    for i, line in ipairs(document) do
        lines[#lines + 1] = (i == 1 and before or "    ") .. line .. (document[i + 1] and "" or behind)
    end
end

-- What all columns of some tables say of bad values, where these are several that say the same.
local function shared(tables)
    local text, count = nil, 0
    for _, tbl in ipairs(tables) do
        for _, column in ipairs(tbl.columns) do
            local own = on_bad.text(column.on_bad)
            if not own or text and own ~= text then
                return nil
            end
            text, count = own, count + 1
        end
    end
    return count > 1 and text or nil
end

---The lines of the tables, and of the columns that have another name or a table that is there.
---@param resolved wherry.Resolved
---@return string[]
function rows.lines(resolved)
    local lines, all = {}, shared(resolved.tables)
    lines[1] = all and ("on_bad of all columns: %s"):format(all)
    for _, tbl in ipairs(resolved.tables) do
        local of_table = not all and shared { tbl }
        lines[#lines + 1] = table_line(tbl) .. (of_table and ", on_bad of all its columns: " .. of_table or "")
        local mapped = {}
        for _, name in ipairs(tbl.hooks and tbl.hooks.maps or {}) do
            mapped[name] = true
        end
        for _, column in ipairs(tbl.columns) do
            local form, bad, null = declared.text(column.type), on_bad.text(column.on_bad), on_null.text(column)
            bad = not (all or of_table) and bad or nil
            if resolved.mode == "existing" or column.source ~= column.target or bad or form or null
                or mapped[column.target] then
                add_column(lines, column, form, bad, null, mapped[column.target])
            end
        end
    end
    return lines
end

return rows
