"""bench/run: requests per second, latency, CPU and memory of gemkeeper, nginx and haproxy."""

import argparse
import json
import platform
import statistics
import subprocess

import contestants
import rig as bench


def measure(rig, name, url, pid, options):
    """One round: warm-up, then wrk for a while, with the proxy's CPU time around it."""
    rig.wrk(url, options.connections, options.warm_up)
    before = bench.cpu_seconds(pid) if pid else 0
    result = rig.wrk(url, options.connections, options.seconds)
    cpu = bench.cpu_seconds(pid) - before if pid else None
    result["rps"] = result["requests"] / result["seconds"]
    result["cpu_us"] = cpu and cpu / result["requests"] * 1e6
    print(f"  {name:10} {result['rps']:9.0f} req/s", flush=True)
    return result


def summarise(rounds, low_load, pid):
    def median(field, of):
        values = [r[field] for r in of if r[field] is not None]
        return statistics.median(values) if values else None
    return {
        "rps": median("rps", rounds), "p50_us": median("p50_us", rounds),
        "p99_us": median("p99_us", rounds), "cpu_us_per_request": median("cpu_us", rounds),
        "one_connection_p50_us": median("p50_us", low_load),
        "peak_memory_kib": pid and bench.memory_kib(pid, "VmHWM"),
        "rounds": rounds,
    }


def versions():
    def first_line(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[0]
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        cpu = next((x.split(":", 1)[1].strip() for x in info if x.startswith("model name")), "?")
    return {"cpu": cpu, "kernel": platform.release(), "nginx": first_line("nginx", "-v"),
            "haproxy": first_line("haproxy", "-v"), "openssl": first_line("openssl", "version")}


def table(results):
    base = results.get("nginx")
    direct = results["direct"]

    def number(value, form="{:.0f}"):
        return "-" if value is None else form.format(value)

    rows = [("", "req/s", "p50 µs", "p99 µs", "CPU µs/req", "CPU/nginx", "peak MiB",
             "p50 µs, 1 conn.", "added")]
    for name, r in results.items():
        ratio = (r["cpu_us_per_request"] / base["cpu_us_per_request"]
                 if base and r["cpu_us_per_request"] else None)
        added = (None if name == "direct"
                 else r["one_connection_p50_us"] - direct["one_connection_p50_us"])
        memory = r["peak_memory_kib"] and r["peak_memory_kib"] / 1024
        rows.append((name, number(r["rps"]), number(r["p50_us"]), number(r["p99_us"]),
                     number(r["cpu_us_per_request"], "{:.1f}"), number(ratio, "{:.2f}"),
                     number(memory, "{:.1f}"), number(r["one_connection_p50_us"]), number(added)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(w) if i else cell.ljust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))) for row in rows)


def main():
    parser = argparse.ArgumentParser(
        prog="bench/run", description="gemkeeper beside nginx and haproxy, one worker each on core "
        "0, in front of one TLS 1.3 upstream; wrk and the upstream on core 1; 2 KB POST, 2 KB answer.")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--seconds", type=int, default=8, help="of a round (default 8)")
    parser.add_argument("--warm-up", type=int, default=2, help="seconds before each (default 2)")
    parser.add_argument("--connections", type=int, default=64, help="default 64")
    parser.add_argument("--keys", type=int, default=3, help="in gemkeeper's pool (default 3)")
    parser.add_argument("--only", help="names, comma separated: nginx,haproxy,gemkeeper")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    bench.need_two_cores()

    starters = {
        "nginx": contestants.start_nginx_proxy,
        "haproxy": contestants.start_haproxy,
        "gemkeeper": lambda rig, port: contestants.start_gemkeeper(rig, port, options.keys),
    }
    wanted = options.only.split(",") if options.only else list(starters)

    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        targets = {"direct": (f"https://127.0.0.1:{upstream}", None)}
        for name in wanted:
            port, pid = starters[name](rig, upstream)
            targets[name] = (f"http://127.0.0.1:{port}", pid)

        rounds = {name: [] for name in targets}
        low_load = {name: [] for name in targets}
        for n in range(options.rounds):
            print(f"round {n + 1} of {options.rounds}", flush=True)
            for name, (url, pid) in targets.items():
                rounds[name].append(measure(rig, name, url, pid, options))
                low_load[name].append(rig.wrk(url, 1, max(1, options.seconds // 4)))
        results = {name: summarise(rounds[name], low_load[name], pid)
                   for name, (_, pid) in targets.items()}

    facts = versions()
    print(f"\n{facts['cpu']}, Linux {facts['kernel']}; {facts['nginx']}; {facts['haproxy']}\n")
    print(table(results))
    print("""
medians of the rounds; every proxy verifies the upstream, injects a key, keeps upstream connections
open, and writes a line per request to a file; gemkeeper also judges and meters each answer.
`direct` is wrk speaking TLS to the upstream on its own core. CPU is the proxy's user and system
time. `added` is the p50 over one connection less the direct one.""")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"facts": facts, "options": vars(options), "results": results}, out, indent=1)


if __name__ == "__main__":
    main()
