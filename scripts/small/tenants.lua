-- One file for each tenant into the same tables (tenants.sql makes them): all files that the pattern finds are held at
-- one moment, and every row gets its file's name, which the table's key begins with. The ledger is kept for each file;
-- one that can't be read is told, and the others are loaded.
local w = require "wherry"

return w.plan {
    from = w.sqlite.glob { "tenants/*.db", tag = "tenant" },
    schema = "existing",
    collision = "append",
    only = { "customers" },
    tables = {
        customers = { skip = { legacy_flags = "nobody has read them since 2019" } },
    },
}
