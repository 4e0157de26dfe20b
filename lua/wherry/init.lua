-- init.lua: the public names: local w = require "wherry".
local ends = require "wherry.ends"
local plan = require "wherry.plan"
local vocabulary = require "wherry.vocabulary"

local wherry = {
    version = require "wherry.version",
    plan = plan.new,
    sqlite = ends.sqlite,
    skip = vocabulary.skip,
}

-- w.pg(url), and w.pg.private() for the server that wherry keeps itself
wherry.pg = setmetatable({ private = ends.private }, {
    __call = function(_, url)
        return ends.pg(url)
    end,
})

return wherry
