# For test scripts to source: gemkeepers that end with the script, and checks that are counted.
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

# Sets `port` and `log`. Keys, separated by commas; further arguments go to serve.
start_gemkeeper() {
  local keys=$1
  shift
  log=$work/log-${#proxies[@]}
  : >"$work/empty.toml" >"$log"
  GEMINI_API_KEYS=$keys "$GEMKEEPER" serve --config "$work/empty.toml" \
    --set 'proxy.listen=["127.0.0.1:0"]' --set 'admin.listen=[]' --set proxy.workers=1 \
    --set storage.path=:memory: \
    --set "upstream.base_url=$SANDBOX_URL" --set "upstream.ca_file=$SANDBOX_CA" \
    "$@" 2>"$log" >/dev/null &
  proxies+=($!)
  for _ in {1..100}; do
    port=$(sed -n '/listening/s/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log" | head -n 1)
    if [[ -n $port ]]; then return; fi
    sleep 0.05
  done
  echo "tests/sdk: gemkeeper did not start:" >&2
  cat "$log" >&2
  exit 1
}

passed=0 failed=0
# check NAME CONDITION...: a command that must succeed.
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok - $name"
  else
    failed=$((failed + 1))
    echo "not ok - $name (status $status)"
    head -c 600 "$work/head" "$work/body" 2>/dev/null || true
  fi
}
answers() { [[ $status == "$1" && $body == *"$2"* ]]; }
has_header() { grep -qi "^$1: ." "$work/head"; }
# Prints "# pass N" and "# fail N" as node's runner does.
report() {
  echo "# pass $passed"
  echo "# fail $failed"
}
