-- digest/server.lua: what the server makes of the rows that it holds: their number and the sum of their hashes, by the
-- function that is rebuilt in core/record_hash.c. Servers that hash otherwise are found out first.
local core = require "wherry.core"
local names = require "wherry.names"
local spec = require "wherry.digest.spec"

local server = {}

local OLDEST = 140000 -- the first with hash_record_extended
local LONGEST = 40 -- of the texts of the self-test: all ways through the hash function

---@class wherry.DigestTotal
---@field rows integer
---@field sum string digits, below 2^64

--- Lets the statements of a transaction use what workers the server allows; compiling them takes longer than it saves.
---@param query fun(sql: string, parameters: table?): table[]
function server.prepare(query)
    for _, sql in ipairs { "SET LOCAL parallel_setup_cost TO 0", "SET LOCAL parallel_tuple_cost TO 0",
        "SET LOCAL jit TO off", "SET LOCAL statement_timeout TO 0" } do
        query(sql)
    end
end

-- Records of which the hash is known here, too: { SQL of the row, its bytes }.
local function known_records()
    local list = { { "ROW(NULL::int4, -7::int8, ''::text, '\\x00ff'::bytea)", (">i4 I4i4 I4i4i8 I4s4 I4s4"):pack(4, 23,
        -1, 20, 8, -7, 25, "", 17, "\0\255") } }
    for length = 0, LONGEST do
        local text = ("wherry "):rep(6):sub(1, length)
        list[#list + 1] = { ("ROW(%s::text)"):format(names.literal_pg(text)), (">i4 I4s4"):pack(1, 25, text) }
    end
    return list
end

local function self_test(query)
    local records, cells = known_records(), {}
    for i, record in ipairs(records) do
        cells[i] = ("pg_catalog.hash_record_extended(ROW(pg_catalog.record_send(%s)), 0) AS h%d"):format(record[1], i)
    end
    local row = query("SELECT " .. table.concat(cells, ", "))[1]
    for i, record in ipairs(records) do
        if row["h" .. i] ~= ("%d"):format(core.record_hash(record[2])) then
            return "its hashes are others than those that are computed here"
        end
    end
    return nil
end

--- Whether the server can sum its rows up itself, or they have to be read.
---@param query fun(sql: string, parameters: table?): table[]
---@return boolean
---@return string|nil why not
function server.can_sum(query)
    local version = tonumber(query("SELECT current_setting('server_version_num') AS n")[1].n)
    local why = version < OLDEST and "it is older than PostgreSQL 14" or self_test(query)
    return why == nil, why
end

-- Rows of all buckets, or of these.
local function condition(target, buckets)
    return buckets and (" WHERE (%s & 1023) = ANY ('{%s}'::bigint[])"):format(target.key_sql,
        table.concat(buckets, ",")) or ""
end

--- Rows and sum of one table.
---@param query fun(sql: string, parameters: table?): table[]
---@param target wherry.DigestTarget that has a digest
---@return wherry.DigestTotal
function server.total(query, target)
    local row = query(("SELECT count(*) AS n, coalesce(sum(%s), 0) AS sum FROM %s AS t"):format(target.row_sql,
        target.rows_sql))[1]
    return { rows = math.tointeger(tonumber(row.n)), sum = core.digest.sum(row.sum) }
end

--- The buckets of one table.
---@param query fun(sql: string, parameters: table?): table[]
---@param target wherry.DigestTarget that has a digest
---@param buckets integer[]|nil these alone
---@return table digest core.digest
function server.digest(query, target, buckets)
    local digest = core.digest.new()
    for _, row in ipairs(query(("SELECT %s & 1023 AS bucket, count(*) AS n, sum(%s) AS sum FROM %s AS t%s GROUP BY 1")
        :format(target.key_sql, target.row_sql, target.rows_sql, condition(target, buckets)))) do
        digest:add_bucket(math.tointeger(tonumber(row.bucket)), math.tointeger(tonumber(row.n)), row.sum)
    end
    return digest
end

--- Rows and sums of several tables, those that hold no row without a look at more than that.
---@param query fun(sql: string, parameters: table?): table[]
---@param list wherry.DigestTarget[]
---@param tell fun(index: integer)|nil called before each
---@return table<string, wherry.DigestTotal> totals by target_sql
function server.totals(query, list, tell)
    local totals = {}
    for index, target in ipairs(list) do
        if spec.has_digest(target) then
            if tell then
                tell(index)
            end
            totals[target.target_sql] = server.total(query, target)
        end
    end
    return totals
end

--- The columns of a digest in words: the same for two digests that can be compared.
---@param target wherry.DigestTarget
---@return string
function server.columns(target)
    local list = {}
    for i, column in ipairs(target.columns) do
        list[i] = ("%s %d"):format(names.quote_pg(column.name), column.oid)
    end
    return table.concat(list, ", ")
end

return server
