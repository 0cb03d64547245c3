#!/usr/bin/env bash
# Forward mode with what is told by options alone: curl and openssl. Called by tests/sdk/run, which sets
# GEMKEEPER, SANDBOX_URL and SANDBOX_CA.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/sdk/checks.sh
source "$here/checks.sh"

host=generativelanguage.googleapis.com
export STATE_DIRECTORY=$work/state
start_gemkeeper bad-quota_minute,bad-key_invalid,good-3 --set storage.path=
ca=$("$GEMKEEPER" ca path --config "$work/empty.toml")
proxy=http://127.0.0.1:$port
ask='{"contents":[{"parts":[{"text":"hello"}]}]}'

# fetch URL [curl argument...]: sets `status`, `body`, and $work/head.
fetch() {
  local url=$1
  shift
  status=$(curl -sS --max-time 20 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" "$url" \
    2>"$work/errors") || status=failed
  body=$(tr -d '\0' <"$work/body")
}
says() { grep -q "$1" "$work/errors"; }

fetch "https://$host/v1beta/models/gemini-3.6-flash:generateContent" -x "$proxy" --cacert "$ca" \
  -H 'Content-Type: application/json' -d "$ask"
check "curl -x: generateContent" answers 200 '"candidates"'
fetch "https://$host/v1beta/models" -x "https://localhost:$port" --proxy-cacert "$ca" --cacert "$ca"
check "curl -x https://: TLS to the proxy, and TLS inside" answers 200 '"models"'
fetch "https://localhost:$port/v1beta/models" --cacert "$ca"
check "curl to the proxy itself by TLS" answers 200 '"models"'
fetch "http://$host/v1beta/models" -x "$proxy"
check "curl -x: a target in absolute form" answers 200 '"models"'
fetch "https://$host/v1beta/models" -x "$proxy"
check "a client that does not trust the CA goes no further" [ "$status" = failed ]
check "and says why" says 'certificate'
check "so does the log, with the remedy" grep -q 'gemkeeper ca install' "$log"
fetch "https://$host/v1beta/models" -x "$proxy" --cacert "$ca" -H 'Host: example.com'
check "another Host than the tunnel's is misdirected" answers 421 MISDIRECTED_REQUEST
for target in 127.0.0.1 localhost 127.1 0x7f000001 '[::1]' 10.0.0.1 169.254.169.254; do
  fetch "https://$target/" -x "$proxy"
  check "no tunnel to $target" says 'response 403'
done

s_client() {
  openssl s_client -connect "$host:443" -proxy "127.0.0.1:$port" -servername "$host" \
    -verify_hostname "$host" -verify_return_error -CAfile "$1" </dev/null >"$work/body" 2>&1
}
check "openssl s_client verifies the chain and the name" s_client "$ca"
check "with TLS 1.3" grep -q 'TLSv1.3' "$work/body"
refuses() { ! "$@"; }
check "and refuses it under another CA" refuses s_client "$SANDBOX_CA"
report
[[ $failed == 0 ]]
