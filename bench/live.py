"""bench/live: what 2,000 concurrent Live sessions cost in memory, and a turn in CPU."""

import argparse
import asyncio
import json
import os
import resource
import ssl
import struct
import time

import contestants
import rig as bench

BINARY = os.environ["GEMKEEPER"]
TARGET = "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MASK = b"mask"


def frame(text):
    """A client's text frame."""
    payload = text.encode()
    masked = bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + struct.pack(">H", size)
    return head + MASK + masked


async def receive(reader):
    """The payload of the next frame of a server."""
    opcode, size = await reader.readexactly(2)
    if size == 126:
        size = struct.unpack(">H", await reader.readexactly(2))[0]
    elif size == 127:
        size = struct.unpack(">Q", await reader.readexactly(8))[0]
    payload = await reader.readexactly(size)
    if opcode & 0x0F == 8:
        raise SystemExit(f"bench: a session was closed: {payload[2:].decode(errors='replace')}")
    return payload


async def open_session(port, tls):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=4096,
                                                   server_hostname="localhost" if tls else None)
    writer.write((f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  "Sec-WebSocket-Version: 13\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101"):
        raise SystemExit(f"bench: the handshake was answered {head[:60]}")
    writer.write(frame('{"setup":{"model":"models/gemini-3.1-flash-live-preview"}}'))
    if b"setupComplete" not in await receive(reader):
        raise SystemExit("bench: a session was not set up")
    return reader, writer


async def take_turn(session):
    reader, writer = session
    writer.write(frame('{"clientContent":{"turns":[{"role":"user","parts":[{"text":"hello"}]}],'
                       '"turnComplete":true}}'))
    while b"turnComplete" not in await receive(reader):
        pass


async def run(port, pid, options, tls):
    started = time.monotonic()
    sessions = []
    for begin in range(0, options.sessions, 50):
        some = range(begin, min(begin + 50, options.sessions))
        sessions += await asyncio.gather(*(open_session(port, tls) for _ in some))
    opened = time.monotonic() - started
    await asyncio.sleep(1)
    quiet = bench.memory_kib(pid, "VmRSS")
    before = bench.cpu_seconds(pid)
    for _ in range(options.turns):
        for begin in range(0, len(sessions), 50):
            await asyncio.gather(*(take_turn(s) for s in sessions[begin:begin + 50]))
    spent = bench.cpu_seconds(pid) - before
    await asyncio.sleep(1)
    after = bench.memory_kib(pid, "VmRSS")
    for _, writer in sessions:
        writer.transport.abort()
    return opened, quiet, after, spent / (options.turns * len(sessions))


def main():
    parser = argparse.ArgumentParser(prog="bench/live", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--sessions", type=int, default=2000, help="at once (default 2000)")
    parser.add_argument("--turns", type=int, default=3, help="of each (default 3)")
    parser.add_argument("--tls", action="store_true", help="clients speak TLS, as Python's SDK does")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    bench.need_two_cores()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tls = ssl._create_unverified_context() if options.tls else None

    with bench.Rig() as rig:
        sandbox = bench.free_port()
        keys = "".join(f'[[keys]]\nkey = "{contestants.KEY % n}"\n' for n in range(3))
        (rig.dir / "live.toml").write_text(keys)
        process = rig.start("sandbox", [
            BINARY, "sandbox", "--listen", f"127.0.0.1:{sandbox}", "--scenario",
            rig.dir / "live.toml", "--ca-out", rig.dir / "sandbox-ca.pem"], bench.LOAD_CORE)
        rig.wait_for_line("sandbox", process, "CA file .*\n")
        port, pid = contestants.start_gemkeeper(rig, sandbox, 3, ca_file=rig.dir / "sandbox-ca.pem")
        time.sleep(0.5)
        idle = bench.memory_kib(pid, "VmRSS")
        opened, quiet, after, cpu = asyncio.run(run(port, pid, options, tls))

    results = {
        "sessions": options.sessions, "idle_rss_kib": idle, "open_rss_kib": quiet,
        "after_turns_rss_kib": after, "kib_per_session": (quiet - idle) / options.sessions,
        "kib_per_session_after_turns": (after - idle) / options.sessions,
        "cpu_us_per_turn": cpu * 1e6, "seconds_to_open": opened,
    }
    print(f"{options.sessions} sessions, {'TLS' if options.tls else 'plain'} to gemkeeper and TLS to "
          f"the sandbox, opened in {opened:.1f} s\n")
    print(f"memory per session        {results['kib_per_session']:8.1f} KiB, both sides")
    print(f"after {options.turns} turns of each     {results['kib_per_session_after_turns']:8.1f} KiB")
    print(f"CPU per turn              {results['cpu_us_per_turn']:8.0f} µs")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
