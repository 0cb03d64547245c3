"""bench/tunnels: what a tunnelled gigabyte costs, and what idle tunnels hold."""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

import rig as bench

HERE = pathlib.Path(os.environ["GEMKEEPER"]).parent
LOAD = HERE / "bench_tunnel_load"
PROXY = HERE / "bench_tunnel_proxy"


def start_printing_port(rig, name, command, core, stdin=subprocess.DEVNULL):
    process = rig.start(name, command, core, stdin=stdin)
    return int(rig.wait_for_line(name, process, r"port (\d+)\n")[1]), process


def start_gemkeeper(rig, sink):
    port, process = start_printing_port(rig, "gemkeeper", [PROXY, sink], bench.PROXY_CORE,
                                        stdin=subprocess.PIPE)
    return port, process.pid, f"127.0.0.1:{sink}"


def start_haproxy(rig, sink, tunnels):
    port = bench.free_port()
    conf = rig.dir / "haproxy.cfg"
    conf.write_text(f"""
global
  nbthread 1
  maxconn {tunnels + 100}
defaults
  mode tcp
  timeout connect 10s
  timeout client 600s
  timeout server 600s
frontend plain
  bind 127.0.0.1:{port} backlog 4096
  default_backend sink
backend sink
  server sink 127.0.0.1:{sink}
""")
    process = rig.start("haproxy", ["haproxy", "-db", "-f", conf], bench.PROXY_CORE)
    rig.wait_for_port("haproxy", process, port)
    return port, process.pid, None


def load(*arguments, **options):
    return subprocess.Popen(["taskset", "-c", bench.LOAD_CORE, LOAD,
                             *(str(a) for a in arguments if a is not None)], **options)


def push(port, pid, target, gigabytes, tunnels):
    """CPU seconds of the proxy and wall-clock seconds, each per gigabyte."""
    before, start = bench.cpu_seconds(pid), time.monotonic()
    share = gigabytes * 1_000_000_000 // tunnels
    running = [load("push", port, share, target) for _ in range(tunnels)]
    if any(process.wait(600) for process in running):
        raise SystemExit("bench: not every byte arrived")
    total = share * tunnels / 1e9
    return {"cpu": (bench.cpu_seconds(pid) - before) / total,
            "wall": (time.monotonic() - start) / total}


def idle_memory(port, pid, target, count):
    """Resident memory with so many idle tunnels, in KiB."""
    process = load("hold", port, count, target, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if process.stdout.readline() != b"open\n":
            raise SystemExit("bench: not every tunnel opened")
        time.sleep(1)  # until all of them rest
        return bench.memory_kib(pid, "VmRSS")
    finally:
        process.kill()
        process.communicate()


def main():
    parser = argparse.ArgumentParser(prog="bench/tunnels", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--gigabytes", type=int, default=8, help="of each measurement (default 8)")
    parser.add_argument("--tunnels", type=int, default=4, help="that share them (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved (default 3)")
    parser.add_argument("--idle", type=int, default=5000, help="idle tunnels (default 5000)")
    parser.add_argument("--json", metavar="FILE", help="write all results there")
    options = parser.parse_args()
    bench.need_two_cores()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    runs = {"gemkeeper": [], "haproxy": []}
    idle = {}
    with bench.Rig() as rig:
        sink, _ = start_printing_port(rig, "sink", [LOAD, "sink"], bench.LOAD_CORE)
        proxies = {"gemkeeper": start_gemkeeper(rig, sink), 
                   "haproxy": start_haproxy(rig, sink, options.idle)}
        time.sleep(0.5)
        rest = {name: bench.memory_kib(proxy[1], "VmRSS") for name, proxy in proxies.items()}
        for name, proxy in proxies.items():
            idle[name] = idle_memory(*proxy, options.idle)
            push(*proxy, 1, options.tunnels)  # a warm-up
        for _ in range(options.rounds):
            for name, proxy in proxies.items():
                runs[name].append(push(*proxy, options.gigabytes, options.tunnels))

    cpu = {name: statistics.median(run["cpu"] for run in all_runs)
           for name, all_runs in runs.items()}
    print(f"{options.tunnels} tunnels, {options.gigabytes} GB in each of {options.rounds} rounds; "
          "medians:\n")
    for name, all_runs in runs.items():
        wall = statistics.median(run["wall"] for run in all_runs)
        print(f"  {name:10} CPU {cpu[name] * 1000:6.0f} ms/GB   {1 / wall:5.2f} GB/s")
    print(f"  {'ratio':10} CPU {cpu['gemkeeper'] / cpu['haproxy']:6.2f}\n")
    for name, kib in idle.items():
        print(f"  {name:10} at rest {rest[name] / 1024:6.1f} MiB, with {options.idle} idle tunnels "
              f"{kib / 1024:6.1f} MiB, {(kib - rest[name]) / options.idle:5.2f} KiB each")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"cpu_ratio": cpu["gemkeeper"] / cpu["haproxy"], "runs": runs,
                       "idle_rss_kib": idle, "rest_rss_kib": rest}, out, indent=1)


if __name__ == "__main__":
    main()
