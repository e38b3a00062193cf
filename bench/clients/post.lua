-- Posts reports that differ in 16 random hexadecimal digits, and in 16 more of a header that has
-- as many zeros.
-- Arguments: the body up to these digits, the body after them, and reports a second ("0": as
-- many as are answered). At the end, one JSON object goes to the error stream (the other one has
-- wrk's own words).

local format, log, random = string.format, math.log, math.random
local zeros = string.rep("0", 16)
local pieces = {}

function init(args)
  local before, after, per_second = args[1], args[2], tonumber(args[3])
  -- wrk adds Host and Content-Length here, once; a request is then one concatenation.
  local whole = wrk.format("POST", nil, nil, before .. zeros .. after)
  local from = 1
  for at in whole:gmatch("()" .. zeros) do
    pieces[#pieces + 1] = whole:sub(from, at - 1)
    from = at + 16
  end
  pieces[#pieces + 1] = whole:sub(from)
  math.randomseed(os.time())
  if per_second > 0 then
    pace(per_second)
  end
end

local function digits()
  return format("%08x%08x", random(0, 0xffffffff), random(0, 0xffffffff))
end

function request()
  if #pieces == 2 then
    return pieces[1] .. digits() .. pieces[2]
  end
  return pieces[1] .. digits() .. pieces[2] .. digits() .. pieces[3]
end

-- Reports are due at random times, as from many clients that know nothing of each other. A
-- connection that is free takes the next time that is due: what is late does not delay the others.
function pace(per_second)
  local ffi = require("ffi")
  ffi.cdef("struct timespec { long s; long ns; }; int clock_gettime(int, struct timespec *);")
  local time = ffi.new("struct timespec")
  local function now_ms()
    ffi.C.clock_gettime(0, time)
    return tonumber(time.s) * 1e3 + tonumber(time.ns) / 1e6
  end
  local due = now_ms()
  -- wrk calls this, where it is defined, before each request: how many milliseconds to wait.
  function delay()
    due = due - log(1 - random()) * 1e3 / per_second
    return math.max(0, math.floor(due - now_ms() + 0.5))
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.stderr:write(format(
    '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, '
      .. '"errors": {"status": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect, errors.read, errors.write, errors.timeout
  ))
end
