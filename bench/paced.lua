-- For wrk, behind bench/post.lua and `rate = N`: N requests a second over all connections by a schedule
-- that a slow answer does not stretch: what is late is sent at once.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s, ns; } when_t; int clock_gettime(int clock, when_t* now);")
local now, due = ffi.new("when_t"), nil

function delay()
  ffi.C.clock_gettime(1, now) -- CLOCK_MONOTONIC
  local ms = tonumber(now.s) * 1e3 + tonumber(now.ns) / 1e6
  due = (due or ms) + 1e3 / rate
  return math.max(0, math.floor(due - ms))
end
