-- witness/text.lua: the pairs as a text from which an auditor runs them in sqlite3 and psql.
local HEAD = [[
-- What each database says of the rows, in its own plain SQL: the two results of a pair have to be the same.
-- "read" is the number of values that plain SQL can compute with; a sum that may be beyond 64 bits is one of whole
-- thousand millions (/ 10^9) and one of rests (%% 10^9). Times are whole seconds since 1970 in UTC, texts count in
-- characters, bytea in bytes. sqlite3 shows 15 digits of a real and psql all: compare these as numbers.
-- %d pair%s. In sqlite3: .mode line. In psql: \x on.
]]

-- A name in a comment: nothing in it ends the line.
local function bare(name)
    return (name:gsub("%c", " "))
end

local function add(lines, text, ...)
    lines[#lines + 1] = text:format(...)
end

---The pairs as SQL with comments.
---@param pairs_of wherry.WitnessPairs
---@return string
return function(pairs_of)
    local lines = { HEAD:format(#pairs_of.tables, #pairs_of.tables == 1 and "" or "s") }
    for place, pair in ipairs(pairs_of.tables) do
        local several = pair.loads[2] and ": the results of these are added up (of min and max, the least and the "
            .. "greatest)" or ""
        add(lines, "-- --- pair %d: %s ---", place, bare(pair.table))
        for _, load in ipairs(pair.loads) do
            add(lines, "-- sqlite3, %s%s\n%s;\n", bare(load.source), several, load.sql)
        end
        add(lines, "-- psql, %s\n%s;\n", bare(pair.table), pair.pg)
    end
    for _, one in ipairs(pairs_of.left_out) do
        add(lines, "-- left out: %s%s: %s", bare(one.table), one.column and "." .. bare(one.column) or "",
            bare(one.why))
    end
    return table.concat(lines, "\n") .. "\n"
end
