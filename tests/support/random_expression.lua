-- Random expressions of SQLite over the columns of a differential table: the same for the same seed.
local random_expression = {}
random_expression.__index = random_expression

local LITERALS = { "0", "1", "-1", "2", "10", "0.5", "2.0", "-3.75", "1e3", "9007199254740993", "9223372036854775807",
    "'a'", "'abc'", "'5'", "'-2.5'", "''", "' '", "'É'", "'a%'", "'5x'", "NULL", "x'61'", "TRUE", "FALSE", "0x1F",
    "'ABC '", "'2024-02-29'" }

local FUNCTIONS = {
    { "abs", 1 }, { "coalesce", 2 }, { "coalesce", 3 }, { "ifnull", 2 }, { "iif", 3 }, { "nullif", 2 }, { "length", 1 },
    { "lower", 1 }, { "upper", 1 }, { "trim", 1 }, { "trim", 2 }, { "ltrim", 1 }, { "rtrim", 2 }, { "substr", 2 },
    { "substr", 3 }, { "instr", 2 }, { "replace", 3 }, { "hex", 1 }, { "round", 1 }, { "round", 2 }, { "min", 2 },
    { "max", 2 }, { "max", 3 }, { "typeof", 1 }, { "char", 1 }, { "unicode", 1 }, { "quote", 1 }, { "sign", 1 },
    { "likely", 1 }, { "like", 2 }, { "glob", 2 }, { "date", 1 }, { "datetime", 1 }, { "julianday", 1 },
    { "unixepoch", 1 }, { "json_valid", 1 }, { "printf", 2, "'%d'" }, { "printf", 2, "'%s-'" }, { "zeroblob", 1, "3" },
}

local BINARY = { "+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>" }
local COMPARE = { "=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "==", "!=" }
local TYPES = { "INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC" }
local COLLATIONS = { "BINARY", "NOCASE", "RTRIM" }

---@param seed integer
---@param columns string[]
---@return table
function random_expression.new(seed, columns)
    return setmetatable({ state = seed, columns = columns }, random_expression)
end

function random_expression:number(n)
    self.state = self.state * 6364136223846793005 + 1442695040888963407
    return ((self.state >> 33) & 0x7fffffff) % n + 1
end

function random_expression:pick(list)
    return list[self:number(#list)]
end

local forms = {}

function forms.binary(self, depth)
    return ("(%s %s %s)"):format(self:next(depth), self:pick(BINARY), self:next(depth))
end

function forms.compare(self, depth)
    return ("(%s %s %s)"):format(self:next(depth), self:pick(COMPARE), self:next(depth))
end

function forms.logic(self, depth)
    return ("(%s %s %s)"):format(self:next(depth), self:pick { "AND", "OR" }, self:next(depth))
end

function forms.unary(self, depth)
    return ("(%s %s)"):format(self:pick { "-", "NOT", "~", "+" }, self:next(depth))
end

function forms.null_test(self, depth)
    return ("(%s %s)"):format(self:next(depth), self:pick { "IS NULL", "NOTNULL", "IS TRUE", "IS NOT FALSE" })
end

function forms.like(self, depth)
    return ("(%s %s %s)"):format(self:next(depth), self:pick { "LIKE", "NOT LIKE", "GLOB" },
        self:pick { "'a%'", "'%b_'", "'A*'", "'[a-c]*'", "'5%'", "''", self:next(depth) })
end

function forms.between(self, depth)
    return ("(%s %s %s AND %s)"):format(self:next(depth), self:pick { "BETWEEN", "NOT BETWEEN" }, self:next(depth),
        self:next(depth))
end

function forms.among(self, depth)
    return ("(%s %s (%s, %s, %s))"):format(self:next(depth), self:pick { "IN", "NOT IN" }, self:next(depth),
        self:pick(LITERALS), self:pick(LITERALS))
end

function forms.case(self, depth)
    if self:number(2) == 1 then
        return ("CASE WHEN %s THEN %s ELSE %s END"):format(self:next(depth), self:next(depth), self:next(depth))
    end
    return ("CASE %s WHEN %s THEN %s WHEN %s THEN %s END"):format(self:next(depth), self:pick(LITERALS),
        self:next(depth), self:pick(LITERALS), self:next(depth))
end

function forms.cast(self, depth)
    return ("CAST(%s AS %s)"):format(self:next(depth), self:pick(TYPES))
end

function forms.collate(self, depth)
    return ("(%s COLLATE %s %s %s)"):format(self:next(depth), self:pick(COLLATIONS), self:pick(COMPARE),
        self:next(depth))
end

forms["function"] = function(self, depth)
    local chosen, arguments = self:pick(FUNCTIONS), {}
    for i = 1, chosen[2] do
        arguments[i] = i == 1 and chosen[3] or self:next(depth)
    end
    return ("%s(%s)"):format(chosen[1], table.concat(arguments, ", "))
end

local NAMES = { "binary", "compare", "compare", "logic", "unary", "null_test", "like", "between", "among", "case",
    "cast", "collate", "function", "function", "function" }

---An expression of at most `depth` levels.
---@param depth integer
---@return string
function random_expression:next(depth)
    if depth <= 0 or self:number(6) == 1 then
        return self:number(3) == 1 and self:pick(LITERALS) or self:pick(self.columns)
    end
    return forms[self:pick(NAMES)](self, depth - 1)
end

return random_expression
