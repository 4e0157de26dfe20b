-- SQLite has no type for times: what its numbers and texts mean is declared, by globs over target columns or for one of
-- them. It holds for a whole column; a value of another form stops the run, or goes where on_bad says.
local w = require "wherry"

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers", "orders" },
    zone = "UTC", -- of texts without an offset, where nothing else is said
    columns = { ["*_at"] = { stored = "iso", type = "timestamptz" } },
    tables = {
        orders = {
            columns = {
                placed_at = { stored = "unix_ms" },
                shipped_at = { zone = "+02:00" },
            },
        },
    },
}
