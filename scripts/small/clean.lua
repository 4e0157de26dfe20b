-- Rows that a function repairs or leaves out: old is the row as SQLite has it, new the row as it will be converted.
-- They are looked at, not copied, so a function costs about a microsecond a row. Rows that it drops are counted by
-- their reason; where it fails, the message names the line, the row and its values.
local w = require "wherry"

local countries = { Germany = "DE" }

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers" },
    tables = {
        customers = {
            columns = {
                mail = { from = "mail", map = function(mail) return w.lower(w.trim(mail)) end },
            },
            row = function(old, new)
                if not old.name:find "%l" then
                    return w.drop "shouting"
                end
                new.name = w.trim(old.name)
                new.country = countries[old.country] or old.country
            end,
        },
    },
}
