"""bench/flood: the proxy's latency while the admin listener is flooded."""

import argparse
import contextlib
import statistics
import subprocess
import sys

import contestants
import rig as bench

LIMIT = 1.20
FLOODS = {"none": None, "busy": None, "livez": "/livez", "status": "/api/v1/api-keys/status",
          "metrics": "/metrics"}


@contextlib.contextmanager
def flood(admin, kind, connections):
    """wrk on the load core, in what the load and the upstream leave of it (SCHED_IDLE): what is
    measured is the proxy, not how the flood takes the core from those who measure. "busy": loops of
    system calls instead, on both cores, for what two cores that never idle are worth by themselves:
    those of a virtual machine wake late, and lose time to their host when they do not sleep."""
    commands = []
    if kind == "busy":
        loop = [sys.executable, "-c", "import os\nwhile True: os.sched_yield()"]
        commands = [(bench.PROXY_CORE, loop), (bench.LOAD_CORE, loop)]
    elif FLOODS[kind]:
        wrk = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", "600s",
               "--timeout", "60s", f"http://127.0.0.1:{admin}{FLOODS[kind]}"]
        commands = [(bench.LOAD_CORE, wrk)]
    with contextlib.ExitStack() as ends:
        for core, command in commands:
            process = subprocess.Popen(["taskset", "-c", core, "chrt", "--idle", "0", *command],
                                       stdout=subprocess.DEVNULL)
            ends.callback(process.wait)
            ends.callback(process.kill)
        yield


def main():
    parser = argparse.ArgumentParser(
        prog="bench/flood", description="The proxy under a steady load, in turn without and with a "
        "flood of each kind on its admin listener, and with cores kept busy; the proxy with all its threads on core 0, load, "
        "upstream and flood on core 1. Latencies count from when a request was due.")
    parser.add_argument("--rounds", type=int, default=5, help="of each kind (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of a round (default 4)")
    parser.add_argument("--rate", type=int, default=3000, help="requests a second (default 3000)")
    parser.add_argument("--connections", type=int, default=16, help="of the load (default 16)")
    parser.add_argument("--flood", type=int, default=48, help="connections of it (default 48)")
    parser.add_argument("--keys", type=int, default=1000, help="in the pool (default 1000)")
    options = parser.parse_args()
    bench.need_two_cores()

    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        admin = bench.free_port()
        port, pid = contestants.start_gemkeeper(rig, upstream, options.keys, admin=admin)
        rig.paced_load(port, options.connections, options.rate, 2)
        p99 = {name: [] for name in FLOODS}
        stolen = dict.fromkeys(FLOODS, 0.0)
        p50 = {name: [] for name in FLOODS}
        rps = {name: [] for name in FLOODS}
        for _ in range(options.rounds):
            for name in p99:
                stolen[name] -= bench.stolen_seconds()
                with flood(admin, name, options.flood):
                    result = rig.paced_load(port, options.connections, options.rate, options.seconds)
                stolen[name] += bench.stolen_seconds()
                p99[name].append(result["p99_us"])
                p50[name].append(result["p50_us"])
                rps[name].append(result["requests"] / result["seconds"])
            print("  ".join(f"{name} {values[-1]:.0f}" for name, values in p99.items()), flush=True)
        memory = bench.memory_kib(pid, "VmHWM")

    print(f"\n{options.connections} connections, {options.keys} keys, flood of {options.flood}; "
          f"medians of {options.rounds}:")
    worst = 0
    for name, values in p99.items():
        ratio = statistics.median(a / b for a, b in zip(values, p99["none"]))
        if FLOODS[name]:
            worst = max(worst, ratio)
        print(f"  {name:8} p99 {statistics.median(values):7.0f} µs ({ratio:.2f})   "
              f"p50 {statistics.median(p50[name]):7.0f} µs   "
              f"{statistics.median(rps[name]):7.0f} req/s   "
              f"stolen {stolen[name] / options.rounds / options.seconds / 2:.1%}")
    print(f"  peak memory {memory / 1024:.1f} MiB")
    sys.exit(f"p99 rises by more than {LIMIT - 1:.0%}" if worst > LIMIT else 0)


if __name__ == "__main__":
    main()
