-- digest/expectation.lua: what a target table should hold: the rows that the run has sent, those that were there
-- before, and what after_load has made of both. Sums of hashes are added and taken away as the rows were.
local core = require "wherry.core"
local spec = require "wherry.digest.spec"

local expectation = {}

---@class wherry.Expected
---@field rows integer
---@field sum string
---@field changed boolean after_load changed the table: what it made of it is taken as it was then

---@class wherry.DigestBasis what is known of the rows of one table
---@field sent wherry.DigestTotal|nil the rows of the source's side; nil: not known
---@field before wherry.DigestTotal|nil
---@field loaded wherry.DigestTotal|nil before after_load
---@field after_load wherry.DigestTotal|nil nil: after_load did not change the table, or is not done

local ZERO = { rows = 0, sum = "0" }

local function plus(a, b)
    return { rows = a.rows + b.rows, sum = core.digest.plus(a.sum, b.sum) }
end

local function minus(a, b)
    return { rows = a.rows - b.rows, sum = core.digest.minus(a.sum, b.sum) }
end

---What the sums of a table should be; nil: they can't tell, its rows have to be compared.
---@param target wherry.DigestTarget
---@param basis wherry.DigestBasis
---@return wherry.Expected|nil
---@return string|nil why not
function expectation.of(target, basis)
    if not spec.has_digest(target) then
        return nil, target.text and "rows of it travel as text" or "none of its columns can be hashed"
    elseif target.conflict then
        return nil, "rows of it meet those that the table held"
    elseif not basis.sent then
        return nil, "the run was begun without digests"
    end
    local expected = plus(basis.sent, basis.before or ZERO)
    if basis.after_load then
        expected = plus(expected, minus(basis.after_load, basis.loaded or expected))
    end
    expected.changed = basis.after_load ~= nil
    return expected
end

---@param expected wherry.DigestTotal
---@param found wherry.DigestTotal
---@return boolean
function expectation.met(expected, found)
    return expected.rows == found.rows and expected.sum == found.sum
end

---The rows of a digest, as a total; of a table that got no row there is none.
---@param digest table|nil core.digest
---@return wherry.DigestTotal
function expectation.total(digest)
    if not digest then
        return { rows = 0, sum = "0" }
    end
    local rows, sum = digest:total()
    return { rows = rows, sum = sum }
end

return expectation
