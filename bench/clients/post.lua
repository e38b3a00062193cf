-- Posts reports that differ in 16 random hexadecimal digits.
-- Arguments: the body up to these digits, and the body after them.
-- At the end, one JSON object goes to the error stream (the other one has wrk's own words).

local format, random = string.format, math.random
local head, tail

function init(args)
  local before, after = args[1], args[2]
  -- wrk adds Host and Content-Length here, once; a request is then one concatenation.
  local whole = wrk.format("POST", nil, nil, before .. string.rep("0", 16) .. after)
  local _, last = whole:find(before, 1, true)
  head, tail = whole:sub(1, last), whole:sub(last + 17)
  math.randomseed(os.time())
end

function request()
  return head .. format("%08x%08x", random(0, 0xffffffff), random(0, 0xffffffff)) .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.stderr:write(format(
    '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "errors": '
      .. '{"status": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout
  ))
end
