"""bench/keys: CPU per request of gemkeeper with a small and with a large pool of keys."""

import argparse
import json
import statistics

import contestants
import rig as bench


def main():
    parser = argparse.ArgumentParser(prog="bench/keys", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--keys", type=int, nargs="+", default=[10, 10000],
                        help="pool sizes to compare (default 10 10000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=6, help="of a round (default 6)")
    parser.add_argument("--connections", type=int, default=64, help="default 64")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    bench.need_two_cores()

    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        pools = {}
        for keys in options.keys:
            port, pid = contestants.start_gemkeeper(rig, upstream, keys, f"gemkeeper-{keys}")
            pools[keys] = (f"http://127.0.0.1:{port}", pid)
            rig.wrk(pools[keys][0], options.connections, 2)
        cpu_us = {keys: [] for keys in pools}
        for _ in range(options.rounds):
            for keys, (url, pid) in pools.items():
                before = bench.cpu_seconds(pid)
                done = rig.wrk(url, options.connections, options.seconds)
                cpu_us[keys].append((bench.cpu_seconds(pid) - before) / done["requests"] * 1e6)
        memory = {keys: bench.memory_kib(pid, "VmRSS") for keys, (_, pid) in pools.items()}

    base = statistics.median(cpu_us[options.keys[0]])
    results = {}
    print("  keys   CPU µs/req   ratio   memory MiB")
    for keys in options.keys:
        median = statistics.median(cpu_us[keys])
        results[keys] = {"cpu_us_per_request": median, "ratio": median / base,
                         "rss_kib": memory[keys], "rounds": cpu_us[keys]}
        print(f"{keys:6d} {median:12.2f} {median / base:7.2f} {memory[keys] / 1024:12.1f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
