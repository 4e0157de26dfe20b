-- verification/sample.lua: which of the 1,024 buckets a sample looks at, and what both sides have in them.
local core = require "wherry.core"

local sample = {}

sample.BUCKETS = 1024

---Some of the buckets, each as likely as any other.
---@param percent number
---@return integer[] in order
function sample.choose(percent)
    local all, chosen = {}, {}
    for bucket = 0, sample.BUCKETS - 1 do
        all[bucket + 1] = bucket
    end
    for i = 1, math.max(1, math.floor(sample.BUCKETS * percent / 100 + 0.5)) do
        local place = math.random(i, sample.BUCKETS)
        all[i], all[place] = all[place], all[i]
        chosen[i] = all[i]
    end
    table.sort(chosen)
    return chosen
end

-- The rows of these buckets in a digest, as a digest.
local function some_of(digest, buckets)
    local some = core.digest.new()
    for _, bucket in ipairs(digest and buckets or {}) do
        some:add_bucket(bucket, digest:bucket(bucket))
    end
    return some
end

---Compares the rows of these buckets of one table.
---@param digest table|nil core.digest of the source's rows; nil: it has none
---@param held table core.digest of the target's
---@param buckets integer[]
---@return table line of a comparison: rows_source, rows_target, state
---@return integer[] differing buckets
function sample.compare(digest, held, buckets)
    local here, there = some_of(digest, buckets), some_of(held, buckets)
    local differing = here:compare(there)
    return { rows_source = (here:total()), rows_target = (there:total()), buckets = #differing,
        state = differing[1] and "differs" or "same" }, differing
end

return sample
