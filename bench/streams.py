"""bench/streams: what 1,000 concurrent SSE streams cost in delay and memory."""

import argparse
import http.client
import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

import contestants
import rig as bench

BINARY = os.environ["GEMKEEPER"]
LOAD = pathlib.Path(BINARY).with_name("bench_sse_load")


def start_sandbox(rig, options):
    """Streams of timestamped events on the load core. Returns its port; its CA is sandbox-ca.pem."""
    port = bench.free_port()
    keys = "".join(f'[[keys]]\nkey = "{contestants.KEY % n}"\n' for n in range(3))
    events = options.streams // 500 + (options.seconds + 90) * 1000 // options.interval
    (rig.dir / "streams.toml").write_text(f"""
[stream]
events = {events}
interval = "{options.interval}ms"
event_size = 200
timestamps = true
{keys}""")
    process = rig.start("sandbox", [
        BINARY, "sandbox", "--listen", f"127.0.0.1:{port}", "--scenario", rig.dir / "streams.toml",
        "--ca-out", rig.dir / "sandbox-ca.pem"], bench.LOAD_CORE)
    rig.wait_for_line("sandbox", process, "CA file .*\n")
    return port


def run_load(port, transport, options, while_open=lambda: None):
    """One run of the load generator; `while_open` is called once in its middle."""
    process = subprocess.Popen(
        ["taskset", "-c", bench.LOAD_CORE, LOAD, "127.0.0.1", str(port), transport,
         str(options.streams), str(options.seconds), contestants.KEY % 0],
        stdout=subprocess.PIPE, text=True)
    try:
        opened = process.stdout.readline()
        if opened:
            time.sleep(options.seconds / 2)
            while_open()
        rest, _ = process.communicate(timeout=options.seconds + 60)
    finally:
        process.kill()
        process.wait()
    line = next((x for x in rest.splitlines() if x.startswith("result ")), "")
    if process.returncode != 0 or not line:
        raise SystemExit(f"bench: not every stream flowed: {opened}{rest}")
    return json.loads(line.removeprefix("result "))


def large_request(rig, sandbox, ca_file, size):
    """Growth of a fresh proxy's peak memory by one request with a body of `size` bytes, in KiB."""
    port, pid = contestants.start_gemkeeper(rig, sandbox, 3, "large", ca_file=ca_file)
    time.sleep(0.5)
    before = bench.memory_kib(pid, "VmHWM")
    head = b'{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"'
    tail = b'"}}]}]}'
    body = head + b"A" * (size - len(head) - len(tail)) + tail
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", bench.PATH, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"bench: the large request was answered {answer.status}")
    return bench.memory_kib(pid, "VmHWM") - before


def main():
    parser = argparse.ArgumentParser(prog="bench/streams", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--streams", type=int, default=1000, help="at once (default 1000)")
    parser.add_argument("--seconds", type=int, default=10, help="of measuring (default 10)")
    parser.add_argument("--interval", type=int, default=500, help="ms between events (default 500)")
    parser.add_argument("--rounds", type=int, default=2, help="direct and proxied (default 2)")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    bench.need_two_cores()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    with bench.Rig() as rig:
        sandbox = start_sandbox(rig, options)
        ca_file = rig.dir / "sandbox-ca.pem"
        port, pid = contestants.start_gemkeeper(rig, sandbox, 3, ca_file=ca_file)
        time.sleep(0.5)
        idle = bench.memory_kib(pid, "VmRSS")
        streaming = []
        runs = {"direct": [], "gemkeeper": []}
        for _ in range(options.rounds):
            runs["direct"].append(run_load(sandbox, "tls", options))
            before = bench.cpu_seconds(pid)
            runs["gemkeeper"].append(run_load(
                port, "plain", options,
                lambda: streaming.append(bench.memory_kib(pid, "VmRSS"))))
            runs["gemkeeper"][-1]["cpu_us_per_event"] = (
                (bench.cpu_seconds(pid) - before) / runs["gemkeeper"][-1]["events"] * 1e6)
        large = large_request(rig, sandbox, ca_file, 20 << 20)

    def median(name, field):
        return statistics.median(run[field] for run in runs[name])

    delays = {name: {f: median(name, f) for f in ("p50_us", "p99_us")} for name in runs}
    results = {
        "streams": options.streams, "delay": delays,
        "added_p50_us": delays["gemkeeper"]["p50_us"] - delays["direct"]["p50_us"],
        "added_p99_us": delays["gemkeeper"]["p99_us"] - delays["direct"]["p99_us"],
        "idle_rss_kib": idle, "streaming_rss_kib": max(streaming),
        "kib_per_stream": (max(streaming) - idle) / options.streams,
        "large_request_growth_kib": large, "runs": runs,
    }
    print(f"{options.streams} streams, an event each {options.interval} ms; delay of an event from "
          "being made to being read:\n")
    for name, delay in delays.items():
        print(f"  {name:10} p50 {delay['p50_us']:8.0f} µs   p99 {delay['p99_us']:8.0f} µs")
    print(f"  {'added':10} p50 {results['added_p50_us']:8.0f} µs   "
          f"p99 {results['added_p99_us']:8.0f} µs\n")
    print(f"memory at rest            {idle / 1024:8.1f} MiB")
    print(f"memory per stream         {results['kib_per_stream']:8.1f} KiB, both sides")
    print(f"one 20 MiB request adds   {large / 1024:8.1f} MiB at its peak")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
