-- init.lua: the public names: local w = require "wherry".
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local hooks = require "wherry.plan.hooks"
local match = require "wherry.match"
local plan = require "wherry.plan"
local shallow = require "wherry.shallow"
local sources = require "wherry.plan.sources"
local tools = require "wherry.tools"
local value = require "wherry.plan.value"
local vocabulary = require "wherry.plan.vocabulary"

local wherry = {
    version = require "wherry.version",
    plan = plan.new,
    skip = vocabulary.skip,
    sql = value.sql,
    constant = value.constant,
    fold = value.fold,
    hook = value.hook,
    drop = hooks.drop,
}

---A blob: bytes that are no text.
function wherry.blob(bytes)
    return require "wherry.core".blob(bytes)
end

---What `wherry run` does, with a plan of the caller's.
function wherry.run(plan_or_path, options)
    return require "wherry.library.run".run(plan_or_path, options)
end

---What `wherry check` does, with a plan of the caller's.
function wherry.check(plan_or_path, options)
    return require "wherry.library.run".check(plan_or_path, options)
end

---What `wherry verify` does, with a plan of the caller's.
function wherry.verify(plan_or_path, options)
    return require "wherry.library.run".verify(plan_or_path, options)
end

---Whether a column of a row that `row` sees holds bytes that are no text.
function wherry.is_blob(row, column)
    return require "wherry.core".stage.is_blob(row, column)
end

-- w.sqlite(path), and w.sqlite.glob(pattern) for several files
wherry.sqlite = setmetatable({ glob = sources.glob }, {
    __call = function(_, path)
        return ends.sqlite(path)
    end,
})

-- w.pg(url), and w.pg.private() for the server that wherry keeps itself
wherry.pg = setmetatable({ private = ends.private }, {
    __call = function(_, url)
        return ends.pg(url)
    end,
})

-- Functions that the design names and a later version brings.
local later = { tsvector = true, fixup = true }

local function names()
    local list, own = tools.names(), shallow.keys(wherry)
    return table.move(own, 1, #own, #list + 1, list)
end

-- A name that is not there is told by itself, not as "attempt to call a nil value".
return setmetatable(wherry, {
    __index = function(self, name)
        local tool = tools.find(name)
        if tool ~= nil then
            rawset(self, name, tool)
            return tool
        end
        if later[name] then
            failure.raise("plan", ("w.%s is not there yet"):format(name), "what is there: wherry help scripts")
        end
        failure.raise("plan", ("there is no w.%s"):format(tostring(name)),
            match.suggestion(tostring(name), names()) or "what is there: wherry help scripts")
    end,
})
