-- Names of PostgreSQL's types as format_type prints them: "timestamp(3) without time zone", "numeric(10,2)[]".

local pg_type_name = {}

---@class wherry.PgTypeName
---@field name string without modifiers: "character varying", "timestamp with time zone", "mood"
---@field schema string? where it is printed
---@field arguments (integer|string)[] the modifiers; only types of extensions have words there
---@field dimensions integer of an array
---@field quoted boolean?

-- Words that follow the first one of a built-in type's name; modifiers may stand between.
local MORE = {
    character = { { "VARYING" } }, double = { { "PRECISION" } }, bit = { { "VARYING" } },
    timestamp = { { "WITHOUT", "TIME", "ZONE" }, { "WITH", "TIME", "ZONE" } },
    time = { { "WITHOUT", "TIME", "ZONE" }, { "WITH", "TIME", "ZONE" } },
}

-- interval's fields restrict nothing that matters here; they are read and left out.
local FIELDS = { YEAR = true, MONTH = true, DAY = true, HOUR = true, MINUTE = true, SECOND = true, TO = true }

local function modifiers(cursor, read)
    if not cursor:accept("(") then
        return
    end
    repeat
        local negative = cursor:accept("-")
        local token = cursor:next()
        local value = token and (token.kind == "number" and math.tointeger(tonumber(token.text))
            or (token.kind == "word" and token.value))
        if not value then
            cursor:fail("a type modifier")
        end
        read.arguments[#read.arguments + 1] = negative and -value or value
    until not cursor:accept(",")
    cursor:expect(")")
end

local function more_words(cursor, read)
    for _, words in ipairs(MORE[read.name] or {}) do
        if cursor:looking_at(table.unpack(words)) then
            for _, word in ipairs(words) do
                cursor:expect(word)
                read.name = read.name .. " " .. word:lower()
            end
            return
        end
    end
end

---Reads a type's name at the cursor.
---@param cursor wherry.PgCursor
---@return wherry.PgTypeName
function pg_type_name.read(cursor)
    local first = cursor:peek()
    local read = { name = cursor:name(), arguments = {}, dimensions = 0, quoted = first.kind == "quoted" or nil }
    while cursor:accept(".") do
        read.schema, read.quoted = read.name, cursor:peek() and cursor:peek().kind == "quoted" or nil
        read.name = cursor:name()
    end
    if not read.quoted and not read.schema then
        more_words(cursor, read)
        modifiers(cursor, read)
        if #read.arguments > 0 then
            more_words(cursor, read)
        end
        if read.name == "interval" then
            while cursor:peek() and FIELDS[cursor:peek().upper] do
                cursor:next()
            end
            modifiers(cursor, read)
        end
    else
        modifiers(cursor, read)
    end
    while cursor:looking_at("[", "]") do
        cursor:next()
        cursor:next()
        read.dimensions = read.dimensions + 1
    end
    return read
end

return pg_type_name
