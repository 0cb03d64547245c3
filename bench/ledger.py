"""bench/ledger: CPU per request with the database on disk, in memory, and without one."""

import argparse
import statistics

import contestants
import rig as bench


def main():
    parser = argparse.ArgumentParser(
        prog="bench/ledger", description="gemkeeper with its database on disk beside one in memory "
        "(and, with --before, a gemkeeper without one), in pairs, so that a noisy machine hurts both.")
    parser.add_argument("--rounds", type=int, default=7, help="pairs (default 7)")
    parser.add_argument("--seconds", type=int, default=5, help="of a round (default 5)")
    parser.add_argument("--connections", type=int, default=64, help="default 64")
    parser.add_argument("--before", metavar="PROGRAM", help="a gemkeeper that keeps no usage")
    options = parser.parse_args()
    bench.need_two_cores()

    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        state = rig.dir / "state"
        state.mkdir(mode=0o700)
        kinds = {"memory": {}, "disk": {"state": state}}
        if options.before:
            kinds["before"] = {"program": options.before}
        running = {name: contestants.start_gemkeeper(rig, upstream, name=name, **how)
                   for name, how in kinds.items()}
        for port, _ in running.values():
            rig.wrk(f"http://127.0.0.1:{port}", options.connections, 2)
        cpu = {name: [] for name in running}
        for n in range(options.rounds):
            # Each is the first every other time.
            for name in list(running)[::1 if n % 2 else -1]:
                port, pid = running[name]
                before = bench.cpu_seconds(pid)
                done = rig.wrk(f"http://127.0.0.1:{port}", options.connections, options.seconds)
                cpu[name].append((bench.cpu_seconds(pid) - before) / done["requests"] * 1e6)
            print("  ".join(f"{name} {values[-1]:.1f}" for name, values in cpu.items()), flush=True)

    print("\nCPU µs per request, median: " +
          ", ".join(f"{name} {statistics.median(values):.1f}" for name, values in cpu.items()))
    for base in ("memory", "before"):
        if base in cpu:
            ratio = statistics.median(a / b for a, b in zip(cpu["disk"], cpu[base]))
            print(f"disk / {base}, median of the pairs: {ratio:.3f}")


if __name__ == "__main__":
    main()
