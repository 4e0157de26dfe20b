-- Comments in CREATE TABLE: which column or table each is about. A comment behind a definition on its line is about its
-- column, also behind the comma; so is one on lines of its own directly above. One behind the opening parenthesis,
-- around the list of columns, or set off from the first column by an empty line is about the table.
local lex = require "wherry.expr.lex"

local ddl_comments = {}

---@class wherry.ddl.Span
---@field first wherry.Token
---@field last wherry.Token
---@field column wherry.ddl.Column? nil for a constraint of the table

local function newlines(sql, first, last)
    local _, count = sql:sub(first, last):gsub("\n", "")
    return count
end

-- One line without its frame: rulers of two or more signs, the stars of a block.
local function undecorated(line, block)
    line = line:gsub("^%s+", ""):gsub("%s+$", "")
    if block then
        line = line:gsub("^%*+$", ""):gsub("^%*+%s+", "")
    end
    line = line:gsub("^[-=*#~_+/]+$", function(ruler) return #ruler > 1 and "" or nil end)
    line = line:gsub("^([-=*#~_+/]+)%s+", function(ruler) return #ruler > 1 and "" or nil end)
    return (line:gsub("%s+([-=*#~_+/]+)$", function(ruler) return #ruler > 1 and "" or nil end))
end

-- Whether a line is a definition that was put out of use: a name and a type, or a constraint, and the comma.
local function is_definition(line)
    return line:find("^[%w_\"'`%[%]]+%s+%u%u%u.*,$") ~= nil or line:find("^%u+%s*%(.*%),$") ~= nil
end

-- The words of a comment, one line of it a line; "" when it only decorates or is no comment on anything.
local function words(comment)
    local text = comment.text
    if comment.block then
        text = text:gsub("^[*!]+<?%f[%s]", ""):gsub("%s%*+$", "")
    else
        text = text:gsub("^%-+%f[%s\0]", ""):gsub("^[!<]+%f[%s]", "")
    end
    local lines = {}
    for line in (text .. "\n"):gmatch("([^\n]*)\n") do
        line = undecorated(line, comment.block)
        if line ~= "" then
            lines[#lines + 1] = line
        end
    end
    if #lines == 1 and is_definition(lines[1]) then
        return ""
    end
    return table.concat(lines, "\n")
end

-- Adds a comment to what is known of a column or table. Texts that are no UTF-8 cannot be kept.
local function add(about, comment)
    local text = words(comment)
    if about and text ~= "" and utf8.len(text) then
        about.comment = about.comment and about.comment .. "\n" .. text or text
    end
end

-- How far from the beginning of its line a place is.
local function indent(sql, position)
    local start = position
    while start > 1 and sql:byte(start - 1) ~= 10 do
        start = start - 1
    end
    return position - start
end

-- The comments between two places, in their order.
local function between(comments, first, last)
    local found = {}
    for _, comment in ipairs(comments) do
        if comment.first > first and comment.last < last then
            found[#found + 1] = comment
        end
    end
    return found
end

-- Takes from the beginning of a list what stands on the line that ends at `last`, and what continues it on lines of its
-- own at the same indent. Behind the comma only what no definition follows on its line belongs there.
local function take_trailing(sql, gap, last, following, is_end)
    local taken, column, previous = {}, nil, last
    while gap[1] do
        local comment = gap[1]
        local lines = newlines(sql, previous + 1, comment.first - 1)
        local leads = sql:sub(last + 1, comment.first - 1):find(",", 1, true) and not is_end
            and newlines(sql, comment.last + 1, following - 1) == 0
        local continues = column and lines == 1 and indent(sql, comment.first) == column
            and indent(sql, following) ~= column
        if lines > 0 and not continues or leads then
            break
        end
        column, previous = column or indent(sql, comment.first), comment.last
        taken[#taken + 1] = table.remove(gap, 1)
    end
    return taken
end

-- Takes from the end of a list what stands directly above `following`, without an empty line between.
local function take_leading(sql, gap, following)
    local taken = {}
    while gap[1] and newlines(sql, gap[#gap].last + 1, following - 1) <= 1 do
        following = gap[#gap].first
        table.insert(taken, 1, table.remove(gap))
    end
    return taken
end

-- The comments inside a definition, but not inside its parentheses.
local function add_inner(sql, comments, span, about)
    local inner = between(comments, span.first.last, span.last.first)
    if not inner[1] then
        return
    end
    local depth, nested = 0, {}
    for _, token in ipairs(assert(lex.tokens(sql:sub(span.first.first, span.last.last)))) do
        if token.kind == "operator" and token.text == "(" then
            depth = depth + 1
            nested[depth] = token.first
        elseif token.kind == "operator" and token.text == ")" then
            if depth == 1 then
                local from, to = nested[1] + span.first.first - 1, token.last + span.first.first - 1
                for i = #inner, 1, -1 do
                    if inner[i].first > from and inner[i].last < to then
                        table.remove(inner, i)
                    end
                end
            end
            depth = depth - 1
        end
    end
    for _, comment in ipairs(inner) do
        add(about, comment)
    end
end

---Sets `comment` of a table and its columns.
---@param sql string
---@param found wherry.ddl.Table
---@param spans wherry.ddl.Span[] definitions in their order
---@param opening wherry.Token the parenthesis before the first
---@param closing wherry.Token the parenthesis behind the last
function ddl_comments.attach(sql, found, spans, opening, closing)
    local comments = assert(lex.comments(sql))
    if not comments[1] then
        return
    end
    for _, comment in ipairs(between(comments, 0, opening.first)) do
        add(found, comment)
    end
    local last, about = opening.last, found
    for i = 1, #spans + 1 do
        local span = spans[i]
        local following = span and span.first.first or closing.first
        local gap = between(comments, last, following)
        local trailing = take_trailing(sql, gap, last, following, not span)
        if i == 1 and newlines(sql, last + 1, following - 1) == 0 then
            -- "( /* about a */ a INTEGER": the comment is about the column.
            gap, trailing = trailing, {}
        end
        for _, comment in ipairs(trailing) do
            add(about, comment)
        end
        local leading = span and take_leading(sql, gap, following) or {}
        if i == 1 then
            for _, comment in ipairs(gap) do
                add(found, comment)
            end
        end
        for _, comment in ipairs(leading) do
            add(span.column, comment)
        end
        if span then
            add_inner(sql, comments, span, span.column)
            last, about = span.last.last, span.column
        end
    end
    for _, comment in ipairs(between(comments, closing.last, #sql + 1)) do
        add(found, comment)
    end
end

return ddl_comments
