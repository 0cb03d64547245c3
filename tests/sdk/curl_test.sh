#!/usr/bin/env bash
# The README's curl calls, on good and on bad paths. Called by tests/sdk/run, which sets GEMKEEPER,
# SANDBOX_URL and SANDBOX_CA. Prints TAP, and "# pass N", "# fail N" as node's runner does.
set -euo pipefail

work=$(mktemp -d)
proxies=()
cleanup() {
  for pid in "${proxies[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT

# Sets `port`. Keys, separated by commas.
start_gemkeeper() {
  local log=$work/log-${#proxies[@]}
  : >"$work/empty.toml" >"$log"
  GEMINI_API_KEYS=$1 "$GEMKEEPER" serve --config "$work/empty.toml" \
    --set 'proxy.listen=["127.0.0.1:0"]' --set 'admin.listen=["127.0.0.1:0"]' \
    --set proxy.workers=1 --set storage.path=:memory: \
    --set "upstream.base_url=$SANDBOX_URL" --set "upstream.ca_file=$SANDBOX_CA" \
    2>"$log" >/dev/null &
  proxies+=($!)
  for _ in {1..100}; do
    port=$(sed -n '/listening/s/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log" | head -n 1)
    if [[ -n $port ]]; then return; fi
    sleep 0.05
  done
  echo "curl_test: gemkeeper did not start:" >&2
  cat "$log" >&2
  exit 1
}

# call PATH [curl argument...]: sets `status`, `body`, and $work/head.
call() {
  local path=$1
  shift
  status=$(curl -sS --max-time 20 -o "$work/body" -D "$work/head" -w '%{http_code}' \
    -H 'Content-Type: application/json' "$@" "http://127.0.0.1:$port$path")
  body=$(tr -d '\0' <"$work/body")
}

passed=0 failed=0
# check NAME CONDITION...: a command that must succeed.
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok - curl: $name"
  else
    failed=$((failed + 1))
    echo "not ok - curl: $name (status $status)"
    head -c 600 "$work/head" "$work/body" 2>/dev/null || true
  fi
}
answers() { [[ $status == "$1" && $body == *"$2"* ]]; }
has_header() { grep -qi "^$1: ." "$work/head"; }

# Sends bytes as they are, and sets `status` from the answer.
raw() {
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  printf "$1" >&"$connection"
  timeout 5 head -n 1 <&"$connection" >"$work/head" || true
  exec {connection}>&-
  status=$(cut -d ' ' -f 2 "$work/head")
  : >"$work/body"
  body=
}

ask='{"contents":[{"parts":[{"text":"hello"}]}]}'
model=/v1beta/models/gemini-3.6-flash

start_gemkeeper bad-quota_day,bad-key_invalid,good-1

for n in 1 2 3 4; do
  call "$model:generateContent" -d "$ask"
  check "generateContent, call $n of 4 with two bad keys of three" answers 200 '"candidates"'
done
check "an answer names its key" has_header x-gemkeeper-key
check "an answer counts its attempts" has_header x-gemkeeper-attempts
check "an answer has a request id" has_header x-gemkeeper-request-id

call "$model:generateContent?key=anything" -d "$ask" -H 'x-goog-api-key: anything'
check "credentials of the client are replaced" answers 200 '"candidates"'
call "$model:generateContent" -d "$ask" --compressed
check "a compressed answer passes" answers 200 '"candidates"'

call "$model:streamGenerateContent?alt=sse" -d "$ask" -N
check "a stream of events" answers 200 'data: {'
only_data() { ! tr -d '\r' <"$work/body" | grep -qvE '^(data: .*)?$'; }
check "nothing but data lines in it" only_data
call "$model:streamGenerateContent" -d "$ask" -N
check "a stream as a JSON array" answers 200 '['
call "$model:countTokens" -d "$ask"
check "countTokens" answers 200 '"totalTokens"'
call /v1beta/models/gemini-embedding-001:embedContent -d '{"content":{"parts":[{"text":"x"}]}}'
check "embedContent" answers 200 '"values"'
call '/v1beta/models?pageSize=2'
check "models.list" answers 200 '"models"'
call /v1beta/openai/chat/completions \
  -d '{"model":"gemini-3.6-flash","messages":[{"role":"user","content":"hello"}]}'
check "OpenAI-compatible chat" answers 200 '"choices"'

call /v1beta/models/no-such-model:generateContent -d "$ask"
check "an unknown model is Google's 404" answers 404 NOT_FOUND
call "$model:generateContent" -d '{"contents":'
check "broken JSON is Google's 400" answers 400 INVALID_ARGUMENT
call /no/such/path
check "an unknown path is Google's 404" answers 404 ''
call "$model:generateContent" -d "$ask"
check "none of these harmed a key" answers 200 '"candidates"'

raw 'POST /v1beta/models/x:generateContent HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
check "two lengths for one body are refused" [ "$status" = 400 ]
raw 'GET /v1beta/models HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n'
check "a folded header field is refused" [ "$status" = 400 ]
raw 'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n'
check "another host is forbidden" [ "$status" = 403 ]
call /v1beta/models -H "X-Large: $(printf '%070000d' 0)"
check "a head of 70 KB is too large" [ "$status" = 431 ]

start_gemkeeper bad-quota_minute
call "$model:generateContent" -d "$ask"
check "the only key is out of quota: the answer tells the time to wait" answers 429 RetryInfo
check "in a header too" has_header retry-after
call "$model:generateContent" -d "$ask"
check "and Google is not asked again before" grep -qi '^x-gemkeeper-attempts: 0' "$work/head"

start_gemkeeper ''
call "$model:generateContent" -d "$ask"
check "without a key the answer says so" answers 503 UNAVAILABLE

echo "# pass $passed"
echo "# fail $failed"
[[ $failed == 0 ]]
