-- Sends each of the requests in a file once and ends wrk when all are answered (see load.py).
-- wrk -s wrk.lua ... URL -- FILE STATUS: the requests are divided by a zero byte.

local ffi = require("ffi")
ffi.cdef [[
int getpid(void);
int kill(int process, int signal);
struct instant { long seconds, nanoseconds; };
int clock_gettime(int clock, struct instant *now);
]]
local MONOTONIC = 1
local INTERRUPT = 2 -- upon which wrk says what it has measured

local requests, sent, answered, expected = {}, 0, 0, nil
local checked = false
local threads = {}
local began
wrong, microseconds = 0, 0

local function now()
    local instant = ffi.new("struct instant")
    ffi.C.clock_gettime(MONOTONIC, instant)
    return tonumber(instant.seconds) * 1e6 + tonumber(instant.nanoseconds) / 1e3
end

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    for each in file:read("*a"):gmatch("[^%z]+") do
        table.insert(requests, each)
    end
    file:close()
    expected = tonumber(arguments[2])
end

function request()
    if not checked then -- wrk only looks at the first that it is given
        checked = true
        return requests[1]
    end
    sent = sent + 1
    began = began or now()
    return requests[sent] or ""
end

function response(status)
    answered = answered + 1
    if status ~= expected then
        wrong = wrong + 1
    end
    if answered == #requests then
        microseconds = now() - began -- wrk itself looks at its clock ten times a second
        ffi.C.kill(ffi.C.getpid(), INTERRUPT)
    end
end

function done(summary, latency)
    local errors = summary.errors
    local lost = errors.connect + errors.read + errors.write
    print(string.format(
        '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "wrong": %d}',
        summary.requests, threads[1]:get("microseconds"), latency:percentile(50), latency:percentile(99),
        threads[1]:get("wrong") + lost
    ))
end
