-- CREATE VIEW, TRIGGER and INDEX.
local parse = require "wherry.expr.parse"

local function create(text)
    return assert(parse.create(text))
end

local function column(name)
    return { t = "column", name = name }
end

it("CREATE VIEW has a name, columns and a select", function()
    local node = create 'CREATE TEMP VIEW IF NOT EXISTS main."v v" (a, b) AS SELECT 1, 2;'
    assert.same({ "create_view", "v v", "select" }, { node.t, node.name, node.select.t })
    assert.same({ "a", "b" }, node.columns)
    assert.is_nil(create("CREATE VIEW v AS VALUES (1)").columns)
end)

it("CREATE TRIGGER has an event, a condition and statements", function()
    local node = create [[CREATE TEMPORARY TRIGGER IF NOT EXISTS x INSTEAD OF UPDATE OF a, "b" ON main.t FOR EACH ROW
        WHEN old.a BEGIN
            SELECT RAISE(ABORT, 'no') WHERE new.a; -- a comment
            INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;
            UPDATE t SET a = CASE WHEN 1 THEN 2 END;
            DELETE FROM t; WITH q AS (SELECT 1) SELECT * FROM q;
        END]]
    assert.same({ "create_trigger", "x", "INSTEAD OF", "UPDATE", "t" },
        { node.t, node.name, node.time, node.event, node.table })
    assert.same({ "a", "b" }, node.columns)
    assert.equal("old", node.when.table)
    local kinds = {}
    for i, entry in ipairs(node.body) do
        kinds[i] = entry.t
    end
    assert.same({ "select", "insert", "update", "delete", "select" }, kinds)
    assert.equal("BEFORE", create("CREATE TRIGGER x DELETE ON t BEGIN SELECT 1; END").time)
    assert.equal("AFTER", create("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;").time)
end)

it("CREATE INDEX has terms and a condition; strings name columns", function()
    assert.same({
        t = "create_index", name = "i", unique = true, table = "t", where = column "c",
        columns = {
            { expr = { t = "collate", operand = { t = "column", name = "a", quoted = '"' }, collation = "NOCASE" },
                desc = true },
            { expr = { t = "binary", op = "+", left = column "b", right = { t = "string", value = "x" } },
                desc = false },
        },
    }, create "CREATE UNIQUE INDEX IF NOT EXISTS main.i ON t('a' COLLATE nocase DESC, b + 'x' ASC) WHERE c")
    assert.is_false(create("CREATE INDEX i ON t(a)").unique)
end)

it("anything else is refused", function()
    for _, text in ipairs({ "", "SELECT 1", "CREATE TABLE t(a)", "CREATE VIEW v", "CREATE VIEW v AS 1",
        "CREATE INDEX i ON t", "CREATE INDEX i ON t()", "CREATE TRIGGER x AFTER DELETE ON t BEGIN END",
        "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1 END",
        "CREATE TRIGGER x AFTER TRUNCATE ON t BEGIN SELECT 1; END",
        "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; END x", "CREATE UNIQUE VIEW v AS SELECT 1" }) do
        assert.is_nil((parse.create(text)), text)
    end
end)
