"""What the tests of deployment have in common."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

root = pathlib.Path(__file__).resolve().parents[2]
program = pathlib.Path(os.environ["GEMKEEPER"])
key = "AIzaSy-deploy-test-key-0123456789abcdef"


def need(command: str) -> str:
    """The path of a command, or the test is skipped."""
    found = shutil.which(command)
    if not found:
        raise unittest.SkipTest(f"{command} is not installed")
    return found


def run(*command, check=True, **more) -> subprocess.CompletedProcess:
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done


@contextlib.contextmanager
def directory():
    with tempfile.TemporaryDirectory(prefix="gemkeeper-deploy-") as path:
        yield pathlib.Path(path)


class Serving:
    """A program that logs; killed at the end."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen([str(c) for c in command], env=environment, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    ended = False

    def line_with(self, mark: str) -> str:
        def found():
            return next((line for line in self.lines if mark in line), None)
        with self.changed:
            self.changed.wait_for(lambda: found() or self.ended, timeout=60)
            if not found():
                raise AssertionError(f"no line with {mark!r} in:\n{''.join(self.lines)}")
            return found()

    def port(self, listener: str = "the proxy listens") -> int:
        return int(re.search(r":(\d+)\b(?!.*:\d+\")", self.line_with(listener).split("address")[1]).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            # The group: strace, when it is told to end, leaves what it traces.
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
