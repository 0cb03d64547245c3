"""bench/intercept: TLS that ends at the proxy, gemkeeper's tunnels beside nginx as TLS terminator."""

import argparse
import json
import os
import statistics
import subprocess
import sys

import contestants
import rig as bench

HOST = "generativelanguage.googleapis.com"


def request():
    body = '{"contents":[{"role":"user","parts":[{"text":"' + "a question " * 181 + '"}]}]}'
    return (f"POST {bench.PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
            f"x-goog-api-key: anything\r\nContent-Length: {len(body)}\r\n\r\n{body}")


def certify(rig):
    """A certificate for HOST below an intermediate, as gemkeeper's are: tls.pem, tls.key, root.pem."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=rig.dir, check=True, capture_output=True)

    p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *p256, "-keyout", "root.key", "-out", "root.pem", "-days", "2",
            "-subj", "/CN=bench root", "-addext", "keyUsage=critical,keyCertSign")
    (rig.dir / "inter.ext").write_text(
        f"basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n"
        f"nameConstraints=critical,permitted;DNS:{HOST}\n")
    (rig.dir / "leaf.ext").write_text(f"subjectAltName=DNS:{HOST}\nextendedKeyUsage=serverAuth\n")
    for name, issuer, subject in (("inter", "root", "/CN=bench intermediate"),
                                  ("leaf", "inter", f"/CN={HOST}")):
        openssl("req", *p256, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey",
                f"{issuer}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2",
                "-extfile", f"{name}.ext")
    (rig.dir / "tls.pem").write_text((rig.dir / "leaf.pem").read_text()
                                     + (rig.dir / "inter.pem").read_text())


def load(target, threads, requests, seconds):
    port, way, ca, _ = target
    run = subprocess.run(
        ["taskset", "-c", bench.LOAD_CORE, os.environ["TLS_LOAD"], str(port), HOST, way, str(ca),
         str(threads), str(requests), str(seconds)],
        input=request(), capture_output=True, text=True, timeout=seconds + 60, check=False)
    if run.returncode != 0:
        sys.exit(f"bench: {run.stderr}")
    result = json.loads(run.stdout)
    if result["errors"] or not result["connections"]:
        sys.exit(f"bench: not everything succeeded: {result} {run.stderr}")
    return result


def measure(target, threads, requests, seconds):
    load(target, threads, requests, 1)
    before = bench.cpu_seconds(target[3])
    done = load(target, threads, requests, seconds)
    spent = bench.cpu_seconds(target[3]) - before
    return spent / (done["requests"] or done["connections"]) * 1e6


def main():
    parser = argparse.ArgumentParser(prog="bench/intercept", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of a round (default 4)")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    bench.need_two_cores()

    with bench.Rig() as rig:
        rig.certificates()
        certify(rig)
        upstream = contestants.start_upstream(rig)
        nginx, nginx_pid = contestants.start_nginx_proxy(
            rig, upstream, tls=(rig.dir / "tls.pem", rig.dir / "leaf.key"))
        keeper, keeper_pid = contestants.start_gemkeeper(rig, upstream, state=rig.dir / "state")
        ca = subprocess.run([os.environ["GEMKEEPER"], "ca", "path"], check=True, text=True,
                            capture_output=True,
                            env={**os.environ, "STATE_DIRECTORY": str(rig.dir / "state")}).stdout
        targets = {"nginx": (nginx, "direct", rig.dir / "root.pem", nginx_pid),
                   "gemkeeper": (keeper, "tunnel", ca.strip(), keeper_pid)}
        kinds = {"kept connections, µs/request": (64, 1_000_000_000),
                 "new connections, µs/handshake": (16, 0)}
        results = {kind: {name: [] for name in targets} for kind in kinds}
        for _ in range(options.rounds):
            for kind, (threads, requests) in kinds.items():
                for name, target in targets.items():
                    results[kind][name].append(measure(target, threads, requests, options.seconds))

    print(f"{'CPU of the proxy':32} {'nginx':>8} {'gemkeeper':>10} {'ratio':>6}")
    for kind, of in results.items():
        nginx_us, keeper_us = (statistics.median(of[name]) for name in targets)
        print(f"{kind:32} {nginx_us:8.1f} {keeper_us:10.1f} {keeper_us / nginx_us:6.2f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
