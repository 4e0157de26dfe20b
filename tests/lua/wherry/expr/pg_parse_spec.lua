-- PostgreSQL's printed expressions as trees.
local pg_parse = require "wherry.expr.pg_parse"

-- A tree as text: (op part ...), casts as part::type.
local function show(node)
    local function list(nodes)
        local parts = {}
        for i, part in ipairs(nodes) do
            parts[i] = show(part)
        end
        return table.concat(parts, " ")
    end
    if node.t == "pg_cast" then
        return show(node.operand) .. "::" .. node.type.name .. ("[]"):rep(node.type.dimensions)
    elseif node.t == "binary" then
        return ("(%s %s %s)"):format(node.op, show(node.left), show(node.right))
    elseif node.t == "unary" then
        return ("(%s %s)"):format(node.op, show(node.operand))
    elseif node.t == "is_null" then
        return ("(%s %s)"):format(node.negated and "notnull" or "isnull", show(node.operand))
    elseif node.t == "any" then
        return ("(%s %s %s %s)"):format(node.all and "all" or "any", node.op, show(node.operand), show(node.array))
    elseif node.t == "array" or node.t == "row" then
        return ("[%s]"):format(list(node.values))
    elseif node.t == "function" then
        return ("(%s%s%s)"):format(node.name, #node.arguments > 0 and " " or "", list(node.arguments))
    elseif node.t == "string" then
        return "'" .. node.value .. "'"
    elseif node.t == "integer" or node.t == "real" then
        return node.text
    elseif node.t == "column" then
        return (node.table and node.table .. "." or "") .. node.name
    elseif node.t == "between" then
        return ("(between %s %s %s)"):format(show(node.operand), show(node.low), show(node.high))
    elseif node.t == "in" then
        return ("(in %s %s)"):format(show(node.operand), list(node.list))
    elseif node.t == "at_time_zone" then
        return ("(zone %s %s)"):format(show(node.operand), show(node.zone))
    elseif node.t == "collate" then
        return ("(collate %s %s)"):format(show(node.operand), node.collation)
    elseif node.t == "case" then
        local parts = {}
        for i, branch in ipairs(node.branches) do
            parts[i] = show(branch.when) .. " " .. show(branch.result)
        end
        return ("(case %s%s%s)"):format(node.operand and show(node.operand) .. " " or "", table.concat(parts, " "),
            node.otherwise and " else " .. show(node.otherwise) or "")
    elseif node.t == "boolean" then
        return tostring(node.value)
    elseif node.t == "subscript" then
        return ("%s[%s]"):format(show(node.operand), node.index and show(node.index) or "")
    elseif node.t == "field" then
        return ("%s.%s"):format(show(node.operand), node.name)
    end
    return node.t .. (node.which and " " .. node.which or "")
end

describe("pg_parse.expression", function()
    for sql, wanted in pairs {
        ["((status)::text = ANY ((ARRAY['a'::character varying])::text[]))"] =
            "(any = status::text ['a'::character varying]::text[])",
        ["(a <> ALL (ARRAY[1, 2]))"] = "(all <> a [1 2])",
        ["((a >= 1) AND (b <= 2) AND (NOT c))"] = "(AND (AND (>= a 1) (<= b 2)) (NOT c))",
        ["a OR b AND NOT c = d"] = "(OR a (AND b (NOT (= c d))))",
        ["(a IS DISTINCT FROM 'x'::text)"] = "(IS NOT a 'x'::text)",
        ["(a IS NOT DISTINCT FROM b)"] = "(IS a b)",
        ["(b IS TRUE)"] = "(IS b true)", ["(b IS NOT FALSE)"] = "(IS NOT b false)",
        ["(b IS UNKNOWN)"] = "(isnull b)", ["(a IS NOT NULL)"] = "(notnull a)", ["a ISNULL"] = "(isnull a)",
        ["(x !~~ 'a%'::text)"] = "(!~~ x 'a%'::text)", ["x NOT LIKE 'a'"] = "(!~~ x 'a')",
        ["x BETWEEN 1 AND 2 AND y"] = "(AND (between x 1 2) y)", ["x IN (1, 2)"] = "(in x 1 2)",
        ["nextval('t_id_seq'::regclass)"] = "(nextval 't_id_seq'::regclass)",
        ["(now() AT TIME ZONE 'utc'::text)"] = "(zone (now) 'utc'::text)",
        ["timezone('utc'::text, now())"] = "(timezone 'utc'::text (now))",
        ["EXTRACT(epoch FROM now())"] = "(extract 'epoch' (now))",
        ["POSITION(('a'::text) IN (x))"] = "(strpos x 'a'::text)",
        ["\"position\"('a'::text, x)"] = "(position 'a'::text x)",
        ["SUBSTRING(x FROM 2 FOR 3)"] = "(substring x 2 3)", ["\"substring\"(x, 2)"] = "(substring x 2)",
        ["TRIM(BOTH FROM x)"] = "(btrim x)", ["TRIM(LEADING 'a'::text FROM x)"] = "(ltrim x 'a'::text)",
        ["OVERLAY(x PLACING 'b'::text FROM 2)"] = "(overlay x 'b'::text 2)",
        ["COALESCE(a, b, 'c'::text)"] = "(coalesce a b 'c'::text)",
        ["CASE WHEN (a > 0) THEN 'p'::text ELSE NULL::text END"] = "(case (> a 0) 'p'::text else null::text)",
        ["CASE a WHEN 1 THEN 2 END"] = "(case a 1 2)",
        ["(x COLLATE \"C\")"] = "(collate x C)", ["(x COLLATE pg_catalog.\"C\")"] = "(collate x C)",
        ["(a OPERATOR(public.=) 'x'::public.citext)"] = "(= a 'x'::citext)",
        ["- a * 2 + b"] = "(+ (* (- a) 2) b)", ["a || b || c"] = "(|| (|| a b) c)", ["'-1'::integer"] = "'-1'::integer",
        ["(col).f"] = "col.f", ["arr[1]"] = "arr[1]", ["arr[2:3]"] = "arr[2]", ["t.a"] = "t.a", ["ROW(a, b)"] = "[a b]",
        ["(j -> 'a'::text) ->> 0"] = "(->> (-> j 'a'::text) 0)", ["CURRENT_TIMESTAMP"] = "current TIMESTAMP",
        ["CURRENT_USER"] = "session CURRENT_USER", ["(VALUE > 0)"] = "(> value 0)", ["count(*)"] = "(count)",
        ["public.f(a, VARIADIC b)"] = "(f a b)", ["B'101'::\"bit\""] = "bits::bit", ["ARRAY[]::text[]"] = "[]::text[]",
    } do
        it("reads " .. sql, function()
            assert.equal(wanted, show(assert(pg_parse.expression(sql))))
        end)
    end

    it("says where a text stops making sense", function()
        for _, sql in ipairs { "", "(", "a b", "x::", "CASE END", "f(a", "a IN 1", "(SELECT 1)", "f(x => 1)",
            "a BETWEEN 1", "ARRAY[1", "x[", "a AT TIME", "EXTRACT(year FROM)",
            "'x" } do
            local node, message = pg_parse.expression(sql)
            assert.is_nil(node, sql)
            assert.is_string(message)
        end
    end)

    it("bounds the depth", function()
        local node, message = pg_parse.expression(("("):rep(5000) .. "1" .. (")"):rep(5000))
        assert.is_nil(node)
        assert.matches("nested", message)
        assert.is_truthy(pg_parse.expression(("("):rep(400) .. "1" .. (")"):rep(400)))
        assert.is_nil((pg_parse.expression(("NOT "):rep(5000) .. "a")))
        assert.is_nil((pg_parse.expression(("TRIM("):rep(3000))))
    end)
end)
