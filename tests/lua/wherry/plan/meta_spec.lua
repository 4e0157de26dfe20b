-- The annotations of a plan's keys, and of the options of w.run and w.check, beside the tables that check them.
local argparse = require "argparse"
local lookup = require "wherry.plan.lookup"
local merge = require "wherry.plan.merge"
local process = require "tests.support.process"
local run = require "wherry.library.run"
local shallow = require "wherry.shallow"
local sources = require "wherry.plan.sources"
local vocabulary = require "wherry.plan.vocabulary"

local META = process.read "lua/wherry/plan/meta.lua"

-- The fields of a class and of what it is made from; true: it has to be there.
local function fields_of(class)
    local parent, block = META:match("%-%-%-@class " .. class:gsub("%.", "%%.") .. "([^\n]*)\n(.-)\n\n")
    assert.is_truthy(block, class)
    parent = parent:match "^ : (%S+)"
    local found = parent and fields_of(parent) or {}
    for name, optional in block:gmatch "%-%-%-@field ([%w_]+)(%??) " do
        found[name] = optional == ""
    end
    return found
end

local function keys_of(list)
    local found = {}
    for _, entry in ipairs(list) do
        found[entry.key] = entry.required or false
    end
    return found
end

local function set_of(list)
    local found = {}
    for _, name in ipairs(list) do
        found[name] = false
    end
    return found
end

describe("the annotations", function()
    for class, keys in pairs { PlanFields = vocabulary.plan, TableFields = vocabulary.table,
        ColumnFields = vocabulary.column, DeclarationFields = vocabulary.declaration,
        SourceFields = sources.file_keys, GlobFields = sources.glob_keys, LookupFields = lookup.keys,
        MergeFields = merge.keys } do
        it("name the keys that the vocabulary checks: " .. class, function()
            assert.same(keys_of(keys), fields_of("wherry." .. class))
        end)
    end

    it("name the options of w.run and w.check", function()
        assert.same(set_of(run.options.run), fields_of "wherry.RunFields")
        assert.same(set_of(run.options.check), fields_of "wherry.CheckFields")
    end)
end)

-- The options that a command defines, by their first names.
local function flags_of(command)
    local parser = argparse()
    command.define(parser)
    local found = {}
    for _, option in ipairs(parser._options) do
        local name = option._aliases[1]:gsub("^%-+", ""):gsub("%-", "_")
        found[name] = true
    end
    return found
end

describe("w.run and w.check", function()
    -- What is another way to say something, or another command.
    local OTHER = { h = true, source = true, dry_run = true, validate = true, skip_validation = true,
        verify_only = true, detailed = true }

    for _, name in ipairs { "run", "check" } do
        it("take the options of wherry " .. name, function()
            local flags = flags_of(require("wherry.cli." .. name))
            for _, option in ipairs(run.options[name]) do
                assert.is_true(flags[option] or option == "log", option)
                flags[option] = nil
            end
            for _, other in ipairs(shallow.keys(OTHER)) do
                flags[other] = nil
            end
            assert.same({}, flags)
        end)
    end
end)
