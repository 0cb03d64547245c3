"""The bench's rig: a temporary directory, processes that end with it, certificates, /proc."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PATH = "/v1beta/models/gemini-3.6-flash:generateContent"
PROXY_CORE, LOAD_CORE = "0", "1"


class Rig:
    """Owns a temporary directory and the processes started in it; all are gone at its end."""

    def __init__(self):
        self.processes = []
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="gemkeeper-bench-"))
        # nginx drops root's rights in its workers, which still need their files.
        self.dir.chmod(0o755)

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda caught, _: sys.exit(128 + caught))
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, name, command, core, env=None, stdin=subprocess.DEVNULL):
        """Starts a daemon in the foreground, its output in DIR/NAME.log."""
        log = open(self.dir / f"{name}.log", "wb")
        process = subprocess.Popen(
            ["taskset", "-c", core, *map(str, command)],
            stdin=stdin, stdout=log, stderr=subprocess.STDOUT, cwd=self.dir,
            env={**os.environ, **(env or {})})
        log.close()
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.dir / f"{name}.log").read_text(errors="replace")

    def wait_for_port(self, name, process, port, seconds=20):
        """Returns when `port` accepts; ends the run with the daemon's own words if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.02)
        sys.exit(f"bench: {name} does not listen on port {port}:\n{self.log(name)[-2000:]}")

    def wait_for_line(self, name, process, pattern, seconds=20):
        """The first match of `pattern` in the daemon's log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if match := re.search(pattern, self.log(name)):
                return match
            if process.poll() is not None:
                break
            time.sleep(0.02)
        sys.exit(f"bench: {name} never said /{pattern}/:\n{self.log(name)[-2000:]}")

    def certificates(self):
        """A CA and a certificate for localhost and 127.0.0.1: ca.pem, server.pem, server.key."""
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, capture_output=True)

        p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *p256, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=gemkeeper bench CA", "-addext", "keyUsage=critical,keyCertSign")
        openssl("req", *p256, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
        (self.dir / "server.ext").write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", "server.pem", "-days", "2", "-extfile", "server.ext")

    def wrk(self, url, connections, seconds, path=PATH, script=HERE / "post.lua"):
        """One run of wrk on the load core; a dict as bench/post.lua prints it."""
        run = subprocess.run(
            ["taskset", "-c", LOAD_CORE, "wrk", "--threads", "1", "--connections", str(connections),
             "--duration", f"{seconds}s", "--timeout", "10s", "--script", script,
             url + path],
            capture_output=True, text=True, timeout=seconds + 60, check=False)
        line = next((x for x in run.stdout.splitlines() if x.startswith("result ")), None)
        if line is None:
            sys.exit(f"bench: wrk failed on {url}:\n{run.stdout}{run.stderr}")
        result = json.loads(line.removeprefix("result "))
        if result["errors"] or result["not_2xx"] or not result["requests"]:
            sys.exit(f"bench: not every request to {url} succeeded: {line}")
        return result

    def paced_load(self, port, connections, rate, seconds):
        """One run of bench_paced_load on the load core; what it prints."""
        body = json.dumps({"contents": [{"role": "user", "parts": [{"text": "a question " * 180}]}]})
        request = (f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   f"x-goog-api-key: anything\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        program = pathlib.Path(os.environ["GEMKEEPER"]).with_name("bench_paced_load")
        command = ["taskset", "-c", LOAD_CORE, program, port, connections, rate,
                   seconds]
        run = subprocess.run(map(str, command), input=request, capture_output=True, text=True,
                             timeout=seconds + 60, check=False)
        if run.returncode != 0:
            sys.exit(f"bench: {run.stderr}")
        return json.loads(run.stdout)

    def paced(self, rate):
        """A script for `wrk`: the request of bench/post.lua, `rate` times a second."""
        script = self.dir / f"paced-{rate}.lua"
        script.write_text(
            f"{(HERE / 'post.lua').read_text()}\nrate = {rate}\n{(HERE / 'paced.lua').read_text()}")
        return script


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid):
    """A process and its children: nginx's master and worker."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def cpu_seconds(pid):
    """CPU time of a process with its children and all their threads.

    From schedstat, in nanoseconds, where the kernel has it; else utime + stime of stat, which is
    the same time counted in ticks (10 ms as a rule: 0.1 % of a run of 8 s at full load).
    """
    total = 0.0
    for member in family(pid):
        tasks = list(pathlib.Path(f"/proc/{member}/task").iterdir())
        try:
            total += sum(int((t / "schedstat").read_text().split()[0]) for t in tasks) / 1e9
        except FileNotFoundError:
            fields = pathlib.Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def memory_kib(pid, what):
    """VmHWM (the peak) or VmRSS of the largest process of a family."""
    def one(member):
        status = pathlib.Path(f"/proc/{member}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+) kB", status, re.M)[1])
    return max(map(one, family(pid)))


def stolen_seconds():
    """What the host of a virtual machine took from the two cores since the machine started."""
    lines = pathlib.Path("/proc/stat").read_text().splitlines()
    fields = [line.split() for line in lines if line.startswith((f"cpu{PROXY_CORE} ", f"cpu{LOAD_CORE} "))]
    return sum(int(one[8]) for one in fields) / os.sysconf("SC_CLK_TCK")


def need_two_cores():
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench: needs two cores: one for the proxy, one for the load and the upstream")
