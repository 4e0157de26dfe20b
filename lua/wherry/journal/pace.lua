-- pace.lua: how fast the rows of a run were read, as its steps in the journal have it.
local pace = {}

---@class wherry.Pace
---@field seconds number in which a step was under way, or the next one was about to begin
---@field bins { t: number, rows: integer }[] rows up to that second, since the bin before; none: there were no steps
---@field pauses { t: number, seconds: number }[] times in which the run stood still, as after a stop; left out of all t

local MOST_BINS = 120
local PAUSE_SECONDS = 20

-- Steps on one time line from which the pauses are taken out, $2: seconds that are one.
local STEPS = [[WITH step AS (SELECT id, read, extract(epoch FROM started)::float8 AS begun,
            extract(epoch FROM finished)::float8 AS ended
        FROM %s.slice WHERE run = $1 AND state = 'done' AND started IS NOT NULL AND finished IS NOT NULL),
    apart AS (SELECT *, begun - max(ended) OVER (ORDER BY begun, id ROWS BETWEEN UNBOUNDED PRECEDING
        AND 1 PRECEDING) AS gap FROM step),
    moved AS (SELECT read, gap, coalesce(sum(gap) FILTER (WHERE gap > $2::float8) OVER (ORDER BY begun, id), 0) AS cut,
        begun, ended, min(begun) OVER () AS first FROM apart),
    line AS (SELECT read, gap, begun - first - cut AS b, ended - first - cut AS e FROM moved)]]

local SPAN = STEPS .. " SELECT count(*) AS steps, max(e) AS seconds FROM line"

-- Rows of a step are spread over its time; one that took none lies in one bin. $3: seconds of a bin, $4: bins.
local BINS = STEPS .. [[, placed AS (SELECT read, b, e, e - b < 1e-6 AS at_once,
        least(floor(b / $3::float8)::int + 1, $4::int) AS first, least(ceil(e / $3::float8)::int, $4::int) AS last
        FROM line)
    SELECT n, sum(read * CASE WHEN at_once THEN 1 ELSE greatest(0, least(e, n * $3::float8)
        - greatest(b, (n - 1) * $3::float8)) / (e - b) END) AS rows
    FROM placed CROSS JOIN LATERAL generate_series(first, CASE WHEN at_once THEN first ELSE last END) AS n
    GROUP BY n ORDER BY n]]

local PAUSES = STEPS .. " SELECT b AS t, gap AS seconds FROM line WHERE gap > $2::float8 ORDER BY b LIMIT 100"

-- Whole rows, of which none is lost: what a bin is rounded by, the next one makes up for.
local function whole(rows, width, count, seconds)
    local by_place, bins, exact, told = {}, {}, 0, 0
    for _, row in ipairs(rows) do
        by_place[math.tointeger(tonumber(row.n))] = tonumber(row.rows)
    end
    for place = 1, count do
        exact = exact + (by_place[place] or 0)
        local upto = math.floor(exact + 0.5)
        bins[place] = { t = math.min(place * width, seconds), rows = upto - told }
        told = upto
    end
    return bins
end

--- How fast a run was.
---@param journal wherry.Journal
---@param run integer
---@return wherry.Pace
function pace.of(journal, run)
    local span = journal:query(SPAN, { run, PAUSE_SECONDS })[1]
    local steps, seconds = tonumber(span.steps), math.max(tonumber(span.seconds or "0"), 1e-6)
    if steps == 0 then
        return { seconds = 0, bins = {}, pauses = {} }
    end
    local count = math.max(8, math.min(MOST_BINS, steps))
    local width = seconds / count
    local pauses = {}
    for index, row in ipairs(journal:query(PAUSES, { run, PAUSE_SECONDS })) do
        pauses[index] = { t = tonumber(row.t), seconds = tonumber(row.seconds) }
    end
    return { seconds = seconds, pauses = pauses,
        bins = whole(journal:query(BINS, { run, PAUSE_SECONDS, width, count }), width, count, seconds) }
end

return pace
