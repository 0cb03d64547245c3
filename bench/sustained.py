"""bench/sustained: a steady load for a while; then the ledger must be exact."""

import argparse
import json
import re
import signal
import sys
import threading
import time
import urllib.request

import contestants
import rig as bench

TOKENS = 891  # of an answer, as contestants.answer() says
RING = 8192   # records in a journal


def ask(admin, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}{path}", timeout=30) as answer:
        return answer.read().decode()


def metric(text, name):
    return float(re.search(rf"^{name} (\S+)$", text, re.M)[1])


class Watch(threading.Thread):
    """Looks at the journals twice a second."""

    def __init__(self, admin):
        super().__init__(daemon=True)
        self.admin, self.waiting, self.merged, self.lost = admin, 0, 0, 0
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.5):
            self.look()

    def look(self):
        text = ask(self.admin, "/metrics")
        self.waiting = max(self.waiting, metric(text, "gemkeeper_usage_waiting"))
        self.merged = metric(text, "gemkeeper_usage_merged_total")
        self.lost = metric(text, "gemkeeper_usage_lost_total")


def main():
    parser = argparse.ArgumentParser(
        prog="bench/sustained", description="A steady load on two workers, the load and the "
        "upstream on the same two cores; the ledger must be exact and its queue bounded.")
    parser.add_argument("--rate", type=int, default=5000, help="requests a second (default 5000)")
    parser.add_argument("--seconds", type=int, default=60, help="default 60")
    parser.add_argument("--connections", type=int, default=128, help="default 128")
    options = parser.parse_args()
    bench.need_two_cores()
    failed = []

    with bench.Rig() as rig:
        rig.certificates()
        upstream = contestants.start_upstream(rig)
        state = rig.dir / "state"
        state.mkdir(mode=0o700)
        admin = bench.free_port()
        port, pid = contestants.start_gemkeeper(rig, upstream, core="0,1", state=state, workers=2,
                                                admin=admin)
        watch = Watch(admin)
        watch.start()
        cpu = bench.cpu_seconds(pid)
        done = rig.wrk(f"http://127.0.0.1:{port}", options.connections, options.seconds,
                       script=rig.paced(options.rate))
        cpu = bench.cpu_seconds(pid) - cpu
        watch.done.set()
        watch.join()
        watch.look()
        began = time.monotonic()
        credits = json.loads(ask(admin, "/api/v1/credits"))
        told = (time.monotonic() - began) * 1e3
        rig.processes[-1].send_signal(signal.SIGKILL)
        rig.processes[-1].wait()
        contestants.start_gemkeeper(rig, upstream, name="again", core="0,1", state=state, admin=admin)
        again = json.loads(ask(admin, "/api/v1/credits"))

    rate = done["requests"] / done["seconds"]
    calls, tokens = credits["total_calls"], credits["total_tokens"]
    print(f"{rate:.0f} requests/s for {done['seconds']:.0f} s, {cpu / done['requests'] * 1e6:.1f} µs "
          f"of CPU each, p99 {done['p99_us'] / 1e3:.1f} ms")
    print(f"answered {done['requests']}, ledger {calls} calls and {tokens} tokens, "
          f"after SIGKILL {again['total_calls']}; told in {told:.0f} ms")
    print(f"waiting at most {watch.waiting:.0f} of {2 * RING}, merged {watch.merged:.0f}, "
          f"lost {watch.lost:.0f}")
    # wrk leaves in the middle of its last requests, which count.
    if not done["requests"] <= calls <= done["requests"] + options.connections:
        failed.append("the ledger's calls are not those that were answered")
    if not done["requests"] * TOKENS <= tokens <= calls * TOKENS:
        failed.append("the ledger's tokens are not those that were answered")
    if (again["total_calls"], again["total_tokens"]) != (calls, tokens):
        failed.append("the ledger is another one after SIGKILL")
    if watch.waiting >= 2 * RING or watch.merged or watch.lost:
        failed.append("the queue was not bounded by its rings")
    if rate < 0.999 * options.rate:  # the first and the last moments are not full
        failed.append(f"the rate was not held: {rate:.0f} of {options.rate}")
    print("\n".join(failed) or "exact")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
