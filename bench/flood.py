"""bench/flood: the proxy's latency while the admin listener is flooded."""

import argparse
import contextlib
import statistics
import subprocess
import sys

import contestants
import rig as bench

LIMIT = 1.20
FLOODS = {"none": None, "livez": "/livez", "status": "/api/v1/api-keys/status", "metrics": "/metrics"}


@contextlib.contextmanager
def flood(admin, path, connections):
    """wrk on the load core, in what the load and the upstream leave of it (SCHED_IDLE): what is
    measured is the proxy, not how the flood takes the core from those who measure. Without a path a
    loop in its place, that the core be as awake."""
    command = ["sh", "-c", "while :; do :; done"]
    if path:
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", "600s",
                   "--timeout", "60s", f"http://127.0.0.1:{admin}{path}"]
    process = subprocess.Popen(["taskset", "-c", bench.LOAD_CORE, "chrt", "--idle", "0", *command],
                               stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(
        prog="bench/flood", description="The proxy under a steady load, in turn without and with a "
        "flood of each kind on its admin listener; the proxy with all its threads on core 0, load, "
        "upstream and flood on core 1.")
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
        url = f"http://127.0.0.1:{port}"
        rig.wrk(url, options.connections, 2)
        p99 = {name: [] for name in FLOODS}
        rps = {name: [] for name in p99}
        for _ in range(options.rounds):
            for name in p99:
                with flood(admin, FLOODS[name], options.flood):
                    result = rig.wrk(url, options.connections, options.seconds,
                                     script=rig.paced(options.rate))
                p99[name].append(result["p99_us"])
                rps[name].append(result["requests"] / result["seconds"])
            print("  ".join(f"{name} {values[-1]:.0f}" for name, values in p99.items()), flush=True)
        memory = bench.memory_kib(pid, "VmHWM")

    print(f"\n{options.connections} connections, {options.keys} keys, flood of {options.flood}; "
          f"medians of {options.rounds}:")
    worst = 0
    for name, values in p99.items():
        ratio = statistics.median(a / b for a, b in zip(values, p99["none"]))
        worst = max(worst, ratio)
        print(f"  {name:8} p99 {statistics.median(values):7.0f} µs ({ratio:.2f})   "
              f"{statistics.median(rps[name]):7.0f} req/s")
    print(f"  peak memory {memory / 1024:.1f} MiB")
    sys.exit(f"p99 rises by more than {LIMIT - 1:.0%}" if worst > LIMIT else 0)


if __name__ == "__main__":
    main()
