-- Several columns as one JSON document, and columns that are computed. The SELECT that reads the rows computes both, so
-- they cost next to nothing; `raw` is JSON already and goes in as it is, with its 64-bit integers.
local w = require "wherry"

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers", "orders" },
    tables = {
        orders = {
            columns = {
                document = w.fold {
                    tags = "tags",
                    raw = w.json "raw",
                    amount = { value = "amount", unit = w.constant "EUR" },
                },
                cents = { from = w.sql "cast(round(amount * 100) as integer)", type = "bigint" },
                imported_at = { from = w.sql ":started", type = "timestamptz" }, -- one moment, which --resume keeps
            },
            skip = { tags = "in document", raw = "in document", amount = "in document" },
        },
    },
}
