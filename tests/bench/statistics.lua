-- Medians and aligned columns.
local statistics = {}

---@param values number[]
---@return number|nil
function statistics.median(values)
    local sorted = table.move(values, 1, #values, 1, {})
    table.sort(sorted)
    local half = #sorted // 2
    if #sorted == 0 then
        return nil
    end
    return #sorted % 2 == 1 and sorted[half + 1] or (sorted[half] + sorted[half + 1]) / 2
end

---Lines of a table whose first column is a text and whose others are figures, to the right.
---@param head string[]
---@param rows string[][]
---@return string
function statistics.columns(head, rows)
    local all = table.move(rows, 1, #rows, 2, { head })
    local widths = {}
    for _, row in ipairs(all) do
        for i, cell in ipairs(row) do
            widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell)
        end
    end
    local lines = {}
    for _, row in ipairs(all) do
        local cells = {}
        for i, cell in ipairs(row) do
            local space = (" "):rep(widths[i] - (utf8.len(cell) or #cell))
            cells[i] = i == 1 and cell .. space or space .. cell
        end
        lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
    end
    return table.concat(lines, "\n")
end

return statistics
