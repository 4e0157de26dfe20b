-- Tables and columns under other names, rows and columns that stay behind. Nothing is left out without a word: what has
-- no place in the target needs a reason, which the receipt of the run repeats; rows outside of `where` are counted.
local w = require "wherry"

return w.plan {
    from = w.sqlite "sample.db",
    only = { "customers", "tmp_import" },
    tables = {
        customers = {
            into = "client",
            columns = { full_name = "name", email = "mail" },
            skip = { legacy_flags = "nobody has read them since 2019" },
            where = "deleted_at is null",
        },
        tmp_import = w.skip "left over from an import",
    },
}
