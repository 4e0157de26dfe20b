-- Rows that are one row in the target: customers whose mail addresses are the same, however they are written. The first
-- one stays; orders of the others become its own, by their foreign key, and notes by what the script says. Rows without
-- an address are equal to nothing and stay apart.
local w = require "wherry"

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers", "orders", "notes" },
    tables = {
        customers = {
            merge = { by = { w.sql "lower(trim(mail))" }, keep = "first" },
            references = { "notes.customer_ref" },
        },
    },
}
