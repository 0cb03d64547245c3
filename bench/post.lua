-- A 2 KB generateContent request for wrk; prints its result as one line of JSON.
local head = '{"contents":[{"role":"user","parts":[{"text":"'
local tail = '"}]}],"generationConfig":{"temperature":0.2,"maxOutputTokens":256}}'

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-goog-api-key"] = "anything"
wrk.body = head .. string.rep("a question ", 200):sub(1, 2048 - #head - #tail) .. tail

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    'result {"requests":%d,"seconds":%.6f,"p50_us":%.1f,"p99_us":%.1f,"errors":%d,"not_2xx":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.timeout, e.status))
end
