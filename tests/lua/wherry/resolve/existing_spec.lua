-- Resolving against tables that exist.
local models = require "tests.support.models"
local resolve = require "wherry.resolve"
local w = require "wherry"

local function run(fields, source, target, given)
    fields.from = w.sqlite "a.db"
    local resolved = resolve.resolve(w.plan(fields), source, target, models.options(given or {}))
    local order = {}
    for i, t in ipairs(resolved.tables) do
        order[i] = t.source .. ">" .. t.target_sql
    end
    return order, models.codes(resolved.findings), resolved
end

local function both(list)
    return models.source(list), models.target(list)
end

describe("resolving against existing tables", function()
    it("loads by name, parents of either side first", function()
        local source = models.source {
            { name = "c", foreign_keys = { models.key("c_b", "id", "b") } }, { name = "b" }, { name = "a" },
        }
        local target = models.target { { name = "a" }, { name = "c" },
            { name = "B", foreign_keys = { models.key("b_a", "id", "a") } } }
        local order, codes, resolved = run({}, source, target)
        assert.same({}, codes)
        assert.same({ "a>public.a", 'b>public."B"', "c>public.c" }, order)
        assert.equal("existing", resolved.mode)
        assert.same({}, resolved.create)
        assert.equal("b_a", resolved.objects[1].name)
    end)

    it("puts the plan's order before foreign keys, and says so where a key has to stay", function()
        local function tables(owned)
            local keys = { models.key("k", "id", "p") }
            return models.source { { name = "p" }, { name = "c", foreign_keys = keys } },
                models.target { { name = "p" }, { name = "c", owned = owned, foreign_keys = keys } }
        end
        local order, codes = run({ order = { "c", "p" } }, tables(true))
        assert.same({ "c>public.c", "p>public.p" }, order)
        assert.same({}, codes)
        assert.same({ "missing_right c" }, select(2, run({ order = { "c", "p" } }, tables(false))))
        assert.same({}, select(2, run({}, tables(false))))
    end)

    it("needs the owner for cycles and self references only", function()
        local keys = { a = { models.key("ab", "id", "b") }, b = { models.key("ba", "id", "a") },
            s = { models.key("ss", "id", "s") }, c = { models.key("cs", "id", "s") } }
        local list = {}
        for i, name in ipairs { "a", "b", "s", "c" } do
            list[i] = { name = name, owned = false, foreign_keys = keys[name] }
        end
        local _, codes = run({}, models.source { { name = "a" }, { name = "b" }, { name = "s" }, { name = "c" } },
            models.target(list))
        assert.equal(2, #codes)
        assert.equal("missing_right s", codes[2])
    end)

    it("finds a table with rows that has no target, gives a receipt to an empty one", function()
        local source = models.source { { name = "lost" }, { name = "hollow" }, { name = "t" } }
        local _, codes, resolved = run({}, source, models.target { { name = "t" } },
            { source_rows = { lost = { { n = 1 } } } })
        assert.same({ "no_target_table lost" }, codes)
        assert.same({ "table hollow: not_carried, the target has no such table, and it has no rows" },
            models.receipts(resolved.objects))
    end)

    it("follows into, and finds a name that is not there", function()
        local source = models.source { { name = "artifacts" } }
        local target = models.target { { name = "artifact" } }
        local order = run({ tables = { artifacts = { into = "artifact" } } }, source, target)
        assert.same({ "artifacts>public.artifact" }, order)
        local _, codes, resolved = run({ tables = { artifacts = { into = "artefact" } } }, source, target)
        assert.same({ "unknown_target_table artifacts" }, codes)
        assert.equal('did you mean "artifact"?', resolved.findings[1].hint)
    end)

    it("finds declarations for columns that no carried table fills", function()
        local list = { { name = "t", columns = { "id", "made_at" } } }
        local function codes(more)
            more.columns = { ["*_at"] = { zone = "+01:00" }, other = { stored = "unix" } }
            return (select(2, run(more, models.source { list[1], { name = "left", columns = { "other", "id" } } },
                models.target { list[1], { name = "left", columns = { "id", "other" } } })))
        end
        assert.same({ "stored_type t.made_at" }, codes { tables = { left = w.skip "old" } })
        assert.same({ "unknown_column -.other", "stored_type t.made_at" },
            codes { tables = { left = { skip = { other = "old" } } } })
    end)

    it("finds two tables that would fill one", function()
        local _, codes = run({ tables = { b = { into = "a" } } }, models.source { { name = "a" }, { name = "b" } },
            models.target { { name = "a" } })
        assert.same({ "duplicate_target b" }, codes)
    end)

    it("finds a view in place of a table", function()
        local source, target = models.source { { name = "t" }, { name = "v" } }, models.target { { name = "t" } }
        target.views = { { name = "v", kind = "v" } }
        local _, codes = run({}, source, target)
        assert.same({ "target_not_a_table v" }, codes)
    end)

    it("compares bookkeeping tables and never loads them", function()
        local source, target = both { { name = "t" }, { name = "alembic_version", columns = { "version_num" } } }
        local order, codes = run({}, source, target, { source_rows = { alembic_version = { { c1 = "a" } } },
            target_rows = { alembic_version = { { c1 = "a" } } } })
        assert.same({ "t>public.t" }, order)
        assert.same({}, codes)
        local rows = { source_rows = { alembic_version = { { c1 = "a" } } } }
        assert.same({ "migration_head_differs alembic_version" }, select(2, run({}, source, target, rows)))
        assert.same({}, select(2, run({ skip = { "alembic_version" } }, source, target, rows)))
        source = models.source { { name = "alembic_version", columns = { "version_num" } } }
        assert.same({ "bookkeeping_table alembic_version" },
            select(2, run({ tables = { alembic_version = { into = "t" } } }, source, models.target { { name = "t" } })))
    end)

    it("goes by the table's decision about triggers, else by the plan's", function()
        local trigger = { { name = "mark", enabled = "O" } }
        local source, target = models.source { { name = "a" }, { name = "b" } },
            models.target { { name = "a", insert_triggers = trigger }, { name = "b", insert_triggers = trigger } }
        local _, codes, resolved = run({ triggers = "off", tables = { a = { triggers = "fire" } } }, source, target)
        assert.same({}, codes)
        assert.same({ "trigger mark: exact, off during the load",
            "trigger mark: exact, fires for each row that is loaded" }, models.receipts(resolved.objects))
    end)

    it("notes sequences and identities of loaded tables", function()
        local source = models.source({ { name = "t", columns = { "id", "n" }, rowid_alias = "id" } },
            { sequences = { t = 99 } })
        local target = models.target { { name = "t", columns = { { "id", identity = "a" }, { "n", has_default = true,
            sequence = { schema = "public", name = "n_seq", can_update = true } } } } }
        local _, _, resolved = run({}, source, target)
        assert.same({ { column = "id", source_seq = "99" }, { column = "n", sequence = "public.n_seq" } },
            resolved.tables[1].sequences)
    end)

    it("finds a table none of whose columns is carried", function()
        local source, target = both { { name = "t", columns = { "a" } } }
        local _, codes = run({ tables = { t = { skip = { a = "unused" } } } }, source, target)
        assert.same({ "no_columns t" }, codes)
    end)

    it("gives receipts to virtual tables that are not carried", function()
        local virtual = { name = "f", module = "fts5", owns_rows = false, carried_as_table = false, shadows = {},
            reason = "an index over t" }
        local source = models.source({ { name = "t" } }, { virtuals = { virtual } })
        local _, codes, resolved = run({}, source, models.target { { name = "t" } })
        assert.same({}, codes)
        assert.same({ "virtual table f: not_carried, an index over t" }, models.receipts(resolved.objects))
    end)

    it("tells everything at once, sorted, and the same each time", function()
        local source = models.source { { name = "z", columns = { "b", "a" } }, { name = "lost" } }
        local target = models.target { { name = "z", columns = { { "need", not_null = true } }, rls_in_force = true } }
        local _, first = run({}, source, target, { source_rows = { lost = { {} } } })
        assert.same({ "no_target_table lost", "no_columns z", "row_level_security z", "no_target_column z.a",
            "no_target_column z.b", "not_null_unfilled z.need" }, first)
        local _, second = run({}, source, target, { source_rows = { lost = { {} } } })
        assert.same(first, second)
    end)
end)
