-- Values that stand elsewhere: a lookup is read once before the load, here from a file beside the script, or from a
-- SELECT of either database. What it does not have is a value that does not fit (on_bad), unless missing says that it
-- becomes NULL or stays as it is; how often is told.
local w = require "wherry"

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers" },
    lookups = { country_ids = { file = "countries.csv" } },
    tables = {
        customers = {
            columns = {
                country_id = { from = "country", lookup = "country_ids", type = "integer", missing = "null" },
            },
        },
    },
}
