-- Receipts of the way back: every object of the PostgreSQL schema has one.

local back_receipts = {}

---@param work wherry.BackTranslation
---@param fields wherry.Receipt
function back_receipts.add(work, fields)
    table.insert(work.created.receipts, fields)
end

---What was left out, with the reason.
---@param work wherry.BackTranslation
---@param kind string
---@param name string
---@param table_name string?
---@param reason string
function back_receipts.not_carried(work, kind, name, table_name, reason)
    back_receipts.add(work, { kind = kind, name = name, table = table_name, outcome = "not_carried", note = reason })
end

---A text as one line, for notes that quote the source.
---@param text string
---@return string
function back_receipts.one_line(text)
    return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

---Notes as one text, or nil.
---@param list string[]
---@param first string? goes before them
---@return string?
function back_receipts.notes(list, first)
    local parts = { first }
    for _, note in ipairs(list) do
        parts[#parts + 1] = note
    end
    return #parts > 0 and table.concat(parts, "; ") or nil
end

---What is said about tables and other objects that SQLite has no place for.
---@param work wherry.BackTranslation
---@param t wherry.Table
function back_receipts.of_table(work, t)
    local function each(kind, list, reason)
        for _, one in ipairs(list or {}) do
            back_receipts.not_carried(work, kind, type(one) == "table" and one.name or one, t.name,
                type(one) == "table" and one.sql and ("%s: %s"):format(reason, back_receipts.one_line(one.sql))
                or reason)
        end
    end
    each("exclusion constraint", t.exclusions, "SQLite has none")
    each("policy", t.policies, "SQLite has no row-level security")
    each("rule", t.rules, "SQLite has no rules")
end

---What the schema holds beside tables.
---@param work wherry.BackTranslation
---@param m wherry.Model
function back_receipts.of_schema(work, m)
    for _, view in ipairs(m.views) do
        back_receipts.not_carried(work, view.kind == "m" and "materialized view" or "view", view.name, nil,
            "its query is not translated: " .. back_receipts.one_line(view.sql or ""))
    end
    for _, trigger in ipairs(m.triggers) do
        back_receipts.not_carried(work, "trigger", trigger.name, trigger.table,
            "its function is not translated: " .. back_receipts.one_line(trigger.sql or ""))
    end
    for _, routine in ipairs(m.functions or {}) do
        local kind = ({ p = "procedure", a = "aggregate" })[routine.kind] or "function"
        local name = ("%s(%s)"):format(routine.name, routine.arguments)
        if routine.runtime then
            back_receipts.add(work, { kind = kind, name = name, outcome = "exact",
                note = "stands for what SQLite does itself" })
        else
            back_receipts.not_carried(work, kind, name, nil, "SQLite has no stored functions")
        end
    end
    for _, name in ipairs(m.free_sequences or {}) do
        back_receipts.not_carried(work, "sequence", name, nil, "SQLite has no sequences")
    end
end

return back_receipts
