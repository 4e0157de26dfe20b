-- A plan that the program makes itself, checked and run without the command line: one database for each country.
-- lua5.4 run_plan.lua sample.db DE postgresql://localhost/shop_de
local w = require "wherry"

local file, country, url = ...
local plan = w.plan {
    from = w.sqlite(file),
    only = { "customers" },
    tables = { customers = { where = ("country = '%s'"):format(country:gsub("'", "''")) } },
}
local dry = w.check(plan, { target = url })
if dry.exit ~= 0 then
    io.stderr:write(tostring(dry), "\n")
    os.exit(dry.exit)
end
local outcome = w.run(plan, { target = url, log = function(_, text) io.stderr:write(text, "\n") end })
print(outcome)
os.exit(outcome.exit)
