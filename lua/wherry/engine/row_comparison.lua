-- row_comparison.lua: tables of a run whose sums do not tell, compared row by row: the source is read again for them.
local drill = require "wherry.drill"
local progress = require "wherry.progress"
local server = require "wherry.digest.server"

local row_comparison = {}

local TABLES = 20 -- that differ and are read again

---@class wherry.OpenTable a table that is to be compared row by row
---@field target wherry.DigestTarget
---@field line wherry.ComparedTable gets what is found
---@field sent table|nil core.digest of the rows that were sent, where these are all that should be there
---@field before integer rows that were there before
---@field fires boolean|nil triggers of the table fire for rows that are loaded, as the plan says
---@field skipped integer rows that the target did not take because it held them already

local function counted(number, one, many)
    return ("%s row%s %s"):format(progress.grouped(number), number == 1 and "" or "s", number == 1 and one or many)
end

-- Rows that the target held may be there still; those that a merge meets are as the plan says.
local function is_good(open, found)
    local conflict = open.target.conflict
    if found.missing > 0 or found.extra > open.before then
        return false
    elseif conflict == "keep" then
        return found.different <= open.skipped
    end
    return found.different == 0
end

-- What triggers make of rows nobody knows here; that all rows are there is seen all the same.
local function is_by_triggers(open, found)
    return open.fires and found.missing == 0 and found.extra <= open.before
end

local function note_of(open, found)
    local words = {}
    if open.before > 0 then
        words[#words + 1] = counted(open.before, "was there before", "were there before")
    end
    if open.target.conflict == "keep" and found.different > 0 then
        words[#words + 1] = counted(found.different, "kept as it was", "kept as they were")
    end
    return words[1] and table.concat(words, "; ") or nil
end

-- The buckets in which both sides differ; nil: all are looked at.
local function differing(open, query)
    if not open.sent then
        return nil
    end
    local buckets = open.sent:compare(server.digest(query, open.target))
    open.line.buckets = #buckets
    return buckets
end

local function fill(open, found)
    local line = open.line
    line.note = note_of(open, found)
    if not open.sent then
        line.rows_source, line.rows_target = found.rows_source, found.rows_target
    end
    if is_good(open, found) then
        line.state = "same"
        return
    elseif is_by_triggers(open, found) then
        line.state, line.different = "not_compared", found.different
        line.note = counted(found.different, "is another one", "are others") .. " than was sent: its triggers fire"
        return
    end
    line.state = "differs"
    for _, name in ipairs { "missing", "extra", "different", "differences", "more" } do
        line[name] = found[name]
    end
end

-- What both sides are read by.
local function context_of(state, session)
    return { resolved = state.resolved, list = state.digests.list, plan = state.plan, script_hash = state.script_hash,
        source = state.source, session = session, journal = state.journal, run = state.run,
        can_sum = state.digests.cannot == nil, counts = state.source_counts, threads = state.jobs, log = state.log,
        progress = state.options.progress }
end

---Compares tables row by row. What is found goes into their lines.
---@param state table the engine's
---@param list wherry.OpenTable[]
function row_comparison.run(state, list)
    local session <close> = setmetatable({ session = state.session:beside() }, { __close = function(self)
        self.session:close()
    end })
    local context, read = context_of(state, session.session), 0
    for _, open in ipairs(list) do
        local is_known = open.line.state == "differs"
        local buckets = is_known and differing(open, function(sql) return state.session:query(sql) end) or nil
        if open.target.columns[1] and not (is_known and read >= TABLES) then
            read = read + (is_known and 1 or 0)
            fill(open, drill.table(context, open.target, {
                buckets = buckets and { [open.target.target_sql] = buckets } }))
        end
    end
end

return row_comparison
