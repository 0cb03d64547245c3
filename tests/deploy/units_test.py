"""The systemd units: understood by systemd, hardened, and with what the program needs."""
import os
import re
import unittest

from support import directory, key, need, program, root, run, Serving

units = root / "systemd"


class Units(unittest.TestCase):
    def test_systemd_understands_them(self):
        need("systemd-analyze")
        with directory() as copy:
            for unit in units.glob("*.s*"):
                # /usr/bin/gemkeeper is not here; the rest is as it is.
                (copy / unit.name).write_text(unit.read_text().replace("/usr/bin/gemkeeper", "/usr/bin/env"))
            done = run("systemd-analyze", "verify", "--man=no", *sorted(copy.glob("*.s*")))
            self.assertEqual(done.stdout.strip(), "")

    def test_the_service_is_exposed_to_at_most_1_5(self):
        need("systemd-analyze")
        done = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15",
                   units / "gemkeeper.service")
        score = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(score, done.stdout)
        self.assertLessEqual(float(score.group(1)), 1.5)

    def test_tmpfiles_makes_the_directories(self):
        need("systemd-tmpfiles")
        with directory() as top:
            if os.geteuid() != 0:
                self.skipTest("only root can give directories to root")
            (top / "etc").mkdir()
            for name in ("passwd", "group"):
                (top / "etc" / name).write_text("root:x:0:0::/:\n" if name == "passwd" else "root:x:0:\n")
            run("systemd-tmpfiles", f"--root={top}", "--create", units / "gemkeeper.tmpfiles.conf")
            self.assertEqual((top / "etc/gemkeeper/keys").stat().st_mode & 0o777, 0o700)

    def test_every_system_call_it_makes_is_allowed_by_the_unit(self):
        need("systemd-analyze")
        need("strace")
        allowed = self.allowed_calls()
        with directory() as home:
            (home / "keys").mkdir()
            (home / "keys/one").write_text(key)
            trace = home / "trace"
            command = ["strace", "-f", "-qq", "-o", trace, program, "serve",
                       "--set", 'proxy.listen=["127.0.0.1:0"]', "--set", 'admin.listen=["127.0.0.1:0"]',
                       "--set", f"pool.keys_dir={home}/keys", "--set", "upstream.base_url=http://127.0.0.1:1",
                       "--set", "log.format=json"]
            environment = {"PATH": os.environ["PATH"], "STATE_DIRECTORY": str(home / "state"),
                           "TMPDIR": str(home)}
            (home / "state").mkdir(mode=0o700)
            with Serving(command, environment) as gemkeeper:
                port, admin = gemkeeper.port(), gemkeeper.port("the admin API listens")
                run("curl", "-s", f"http://127.0.0.1:{port}/v1beta/models")
                run("curl", "-sk", f"https://127.0.0.1:{port}/v1beta/models")
                run("curl", "-s", f"http://127.0.0.1:{admin}/metrics")
                # A body that is kept in a temporary file.
                (home / "body").write_bytes(b"x" * (3 << 20))
                run("curl", "-s", "-H", "content-type: application/json", "--data-binary", f"@{home}/body",
                    f"http://127.0.0.1:{port}/v1beta/models/gemini-2.5-flash:generateContent")
                (home / "keys/two").write_text(key + "2")
                gemkeeper.line_with('"added":1,"kept":1')
            calls = set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)[( ]", trace.read_text(errors="replace"), re.M))
        self.assertIn("epoll_wait", calls)
        # execve is strace's start of the program; SQLite changes owners when it is root, which the service
        # never is.
        self.assertEqual(sorted(calls - allowed - {"execve", "fchown"}), [])

    @staticmethod
    def allowed_calls():
        filters = {}
        name = ""
        for line in run("systemd-analyze", "syscall-filter", "--no-pager").stdout.splitlines():
            if line.startswith("@"):
                name = line.split()[0]
                filters[name] = []
            elif line.strip() and not line.strip().startswith("#"):
                filters.setdefault(name, []).append(line.strip())

        def expand(one):
            if not one.startswith("@"):
                return {one}
            return set().union(*(expand(each) for each in filters[one]))

        allowed = set()
        for line in re.findall(r"^SystemCallFilter=(.+)$", (units / "gemkeeper.service").read_text(), re.M):
            sets = set().union(*(expand(one) for one in line.lstrip("~").split()))
            allowed = allowed - sets if line.startswith("~") else allowed | sets
        return allowed | expand("@default")
