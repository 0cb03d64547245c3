"""bench/admin: milliseconds of status, credits and usage with 10,000 keys and a year of usage."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request

import contestants
import rig as bench

LIMIT_MS = 50
CALLS = {"status": "/api/v1/api-keys/status", "credits": "/api/v1/credits",
         "usage, 30 days": "/api/v1/usage?step=day", "usage, months": "/api/v1/usage?step=month"}


def milliseconds(admin, path):
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}{path}", timeout=60) as answer:
        size = len(answer.read())
    return (time.monotonic() - began) * 1e3, size


def main():
    parser = argparse.ArgumentParser(
        prog="bench/admin", description="10,000 keys in the pool, as many in a database with a "
        "year of usage (made by bench_usage_journal, which takes a while).")
    parser.add_argument("--calls", type=int, default=15, help="of each kind (default 15)")
    parser.add_argument("--database", metavar="FILE", help="one that bench_usage_journal has made")
    options = parser.parse_args()
    bench.need_two_cores()
    failed = False
    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        state = rig.dir / "state"
        state.mkdir(mode=0o700)
        if options.database:
            shutil.copy(options.database, state / "gemkeeper.db")
        else:
            filler = pathlib.Path(os.environ["GEMKEEPER"]).with_name("bench_usage_journal")
            print(subprocess.run([filler, state], check=True, capture_output=True, text=True).stdout)
            (state / "bench.db").rename(state / "gemkeeper.db")
        admin = bench.free_port()
        contestants.start_gemkeeper(rig, upstream, 10_000, state=state, admin=admin)
        for name, path in CALLS.items():
            times, sizes = zip(*(milliseconds(admin, path) for _ in range(options.calls)))
            median = statistics.median(times)
            print(f"{name:16} {median:6.1f} ms, at most {max(times):.1f}, {sizes[0] / 1024:.0f} KiB")
            failed = failed or (name in ("status", "credits") and median > LIMIT_MS)
    sys.exit(f"over {LIMIT_MS} ms" if failed else 0)


if __name__ == "__main__":
    main()
