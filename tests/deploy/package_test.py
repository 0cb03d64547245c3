"""The Debian package, as scripts/package makes it of the release build: what lintian would look at, that two
packagings are the same, and that the program is hardened. tests/packaging/run installs it."""
import gzip
import json
import os
import re
import stat
import subprocess
import tarfile
import unittest

from support import directory, need, program, root, run

out = root / "build/package"


def members(package, which):
    """The files of a package's control or data archive: {path: (TarInfo, bytes)}."""
    flag = "--fsys-tarfile" if which == "data" else "--ctrl-tarfile"
    with subprocess.Popen(["dpkg-deb", flag, package], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            return {"/" + one.name.removeprefix("./").rstrip("/"):
                    (one, archive.extractfile(one).read() if one.isfile() else b"") for one in archive}


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need("dpkg-deb"), need("dpkg-shlibdeps")
        if program != (root / "build/release/bin/gemkeeper").resolve():
            raise unittest.SkipTest("the package is of build/release/bin/gemkeeper")
        cls.path = run(root / "scripts/package").stdout.splitlines()[-1]
        cls.data, cls.control = members(cls.path, "data"), members(cls.path, "control")

    def field(self, name):
        return run("dpkg-deb", "--field", self.path, name).stdout.strip()

    def test_it_says_what_it_is_and_needs(self):
        version = run(program, "--version").stdout.split()[1]
        self.assertEqual(self.field("Package"), "gemkeeper")
        self.assertEqual(self.field("Version"), version)
        self.assertIn("libssl3", self.field("Depends"))
        self.assertIn("libsqlite3-0", self.field("Depends"))
        self.assertIn("ca-certificates", self.field("Depends"))
        self.assertLessEqual(len(self.field("Description").splitlines()[0]), 80)

    def test_every_file_has_its_place_and_root_owns_it(self):
        expected = ["/usr/bin/gemkeeper", "/etc/gemkeeper/gemkeeper.toml", "/etc/gemkeeper/keys",
                    "/usr/lib/systemd/system/gemkeeper.service", "/usr/lib/systemd/system/gemkeeper.socket",
                    "/usr/lib/systemd/system/gemkeeper-admin.socket", "/usr/lib/tmpfiles.d/gemkeeper.conf",
                    "/usr/share/man/man1/gemkeeper.1.gz", "/usr/share/man/man5/gemkeeper.toml.5.gz",
                    "/usr/share/bash-completion/completions/gemkeeper",
                    "/usr/share/zsh/vendor-completions/_gemkeeper",
                    "/usr/share/fish/vendor_completions.d/gemkeeper.fish",
                    "/usr/share/doc/gemkeeper/copyright", "/usr/share/doc/gemkeeper/changelog.gz",
                    "/usr/share/doc/gemkeeper/sbom.spdx.json", "/usr/share/doc/gemkeeper/README.md"]
        self.assertEqual([path for path in expected if path not in self.data], [])
        for path, (entry, _) in self.data.items():
            with self.subTest(path=path):
                self.assertEqual((entry.uid, entry.gid), (0, 0))
                self.assertFalse(entry.mode & (stat.S_IWGRP | stat.S_IWOTH), oct(entry.mode))
                self.assertTrue(path == "" or path.startswith(("/usr", "/etc")) or path == "/")
                wanted = 0o700 if path == "/etc/gemkeeper/keys" else 0o755 if entry.isdir() or \
                    path.startswith("/usr/bin/") else 0o644
                self.assertEqual(entry.mode & 0o7777, wanted, path)

    def test_the_configuration_is_a_conffile_and_the_documented_defaults(self):
        self.assertEqual(self.control["/conffiles"][1], b"/etc/gemkeeper/gemkeeper.toml\n")
        self.assertEqual(self.data["/etc/gemkeeper/gemkeeper.toml"][1].decode(),
                         run(program, "check", "--defaults").stdout)

    def test_its_scripts_are_shell_that_stops_at_errors(self):
        for name in ("postinst", "prerm", "postrm"):
            entry, text = self.control["/" + name]
            with self.subTest(script=name):
                self.assertEqual(entry.mode & 0o777, 0o755)
                self.assertTrue(text.startswith(b"#!/bin/sh\n"))
                self.assertIn(b"\nset -e\n", text)
                subprocess.run(["sh", "-n"], input=text, check=True)

    def test_checksums_are_those_of_the_files(self):
        import hashlib
        listed = dict(reversed(line.split("  ")) for line in self.control["/md5sums"][1].decode().splitlines())
        files = {path[1:]: hashlib.md5(text).hexdigest() for path, (one, text) in self.data.items() if one.isfile()}
        for path in ("usr/bin/gemkeeper", "usr/share/man/man1/gemkeeper.1.gz"):
            self.assertEqual(listed[path], files[path])

    def test_manual_pages_are_complete_and_without_warnings(self):
        man = need("man")
        commands = re.findall(r"^  ([a-z]+)  ", run(program, "--help").stdout, re.M)
        self.assertIn("serve", commands)
        pages = {name: gzip.decompress(self.data[f"/usr/share/man/{name}.gz"][1]).decode()
                 for name in ("man1/gemkeeper.1", "man5/gemkeeper.toml.5")}
        for command in commands:
            self.assertIn(f".SS gemkeeper {command}", pages["man1/gemkeeper.1"])
        for setting in re.findall(r"^\| `(\w+\.\w+)`", (root / "docs/configuration.md").read_text(), re.M):
            self.assertIn(f"\\fB{setting}\\fR", pages["man5/gemkeeper.toml.5"])
        with directory() as where:
            for name, text in pages.items():
                page = where / os.path.basename(name)
                page.write_text(text)
                done = subprocess.run([man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                      env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
                self.assertEqual(done.stderr, "")

    def test_bash_completes_commands_options_and_settings(self):
        text = self.data["/usr/share/bash-completion/completions/gemkeeper"][1].decode()
        cases = {("gemkeeper", "ser"): ["serve"], ("gemkeeper", "keys", "rot"): ["rotate"],
                 ("gemkeeper", "health", "--l"): ["--live"],
                 ("gemkeeper", "check", "--set", "pool.pol"): ["pool.policy="],
                 ("gemkeeper", "run", "--", "x"): []}
        for words, expected in cases.items():
            script = (f"{text}\ncompopt() {{ :; }}\nCOMP_WORDS=({' '.join(words)}); "
                      f"COMP_CWORD={len(words) - 1}; _gemkeeper; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            done = run("bash", "-c", script)
            self.assertEqual(done.stdout.split(), expected, words)

    def test_zsh_completes_too(self):
        zsh = need("zsh")
        text = self.data["/usr/share/zsh/vendor-completions/_gemkeeper"][1].decode().replace('_gemkeeper "$@"\n', "")
        for before, expected in {"gemkeeper": "serve", "gemkeeper keys": "rotate", "gemkeeper health": "--live",
                                 "gemkeeper check --set": "pool.policy="}.items():
            words = " ".join(before.split())
            done = run(zsh, "-f", "-c", f'compadd() {{ print -r -- "$@" }}\n{text}\nwords=({words} ""); '
                                        "CURRENT=$#words; _gemkeeper")
            self.assertIn(expected, done.stdout.split())

    def test_fish_completes_too(self):
        fish = need("fish")
        with directory() as where:
            (where / "g.fish").write_bytes(self.data["/usr/share/fish/vendor_completions.d/gemkeeper.fish"][1])
            for words, expected in {"ser": "serve", "keys rot": "rotate", "health --l": "--live",
                                    "check --set pool.pol": "pool.policy="}.items():
                done = run(fish, "--no-config", "-c", f'source {where}/g.fish; complete -C "gemkeeper {words}"',
                           env={"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(where)})
                self.assertIn(expected, [line.split("\t")[0] for line in done.stdout.splitlines()])

    def test_the_units_start_the_program_that_is_there(self):
        unit = self.data["/usr/lib/systemd/system/gemkeeper.service"][1].decode()
        self.assertIn("ExecStart=/usr/bin/gemkeeper serve --config /etc/gemkeeper/gemkeeper.toml", unit)
        pages = set(re.findall(r"man:(\S+)\((\d)\)", unit))
        for name, section in pages:
            self.assertIn(f"/usr/share/man/man{section}/{name}.{section}.gz", self.data)

    def test_the_program_is_stripped_small_and_hardened(self):
        text = self.data["/usr/bin/gemkeeper"][1]
        print(f"stripped: {len(text) / 2**20:.2f} MiB", flush=True)
        self.assertLessEqual(len(text), 8 << 20)
        with directory() as where:
            (where / "gemkeeper").write_bytes(text)
            elf = run("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--sections",
                      where / "gemkeeper").stdout
            symbols = run("readelf", "--wide", "--dyn-syms", where / "gemkeeper").stdout
        self.assertRegex(elf, r"Type:\s+DYN \(Position-Independent Executable")
        self.assertIn("GNU_RELRO", elf)
        self.assertRegex(elf, r"BIND_NOW|FLAGS.*NOW")
        self.assertRegex(elf, r"GNU_STACK.* RW ")
        self.assertNotIn(".symtab", elf)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__\w+_chk@")  # _FORTIFY_SOURCE
        # Where it was built does not become part of it.
        self.assertEqual(re.findall(re.escape(str(root).encode()) + rb"[\w./-]*", text), [])
        self.assertEqual(re.findall(rb"libstdc\+\+\.so[\w.]*", text), [])

    def test_two_packagings_are_the_same_bytes(self):
        first = open(self.path, "rb").read()
        os.unlink(self.path)
        again = run(root / "scripts/package").stdout.splitlines()[-1]
        self.assertEqual(first, open(again, "rb").read())

    def test_the_bill_of_materials_names_what_is_inside(self):
        document = json.loads(self.data["/usr/share/doc/gemkeeper/sbom.spdx.json"][1])
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        names = {one["name"]: one for one in document["packages"]}
        for name in ("gemkeeper", "libssl3", "libsqlite3-0", "libboost1.81-dev", "libc6", "preact", "uplot"):
            self.assertIn(name, names)
        ids = [one["SPDXID"] for one in document["packages"]]
        self.assertEqual(len(ids), len(set(ids)))
        for one in document["relationships"]:
            self.assertIn(one["relatedSpdxElement"], ids)


class Install(unittest.TestCase):
    def test_cmake_installs_for_others_and_keeps_a_configuration(self):
        if program != (root / "build/release/bin/gemkeeper").resolve():
            self.skipTest("the installation is of build/release")
        with directory() as prefix:
            run("cmake", "--install", root / "build/release", "--prefix", prefix)
            unit = (prefix / "lib/systemd/system/gemkeeper.service").read_text()
            self.assertIn(f"ExecStart={prefix}/bin/gemkeeper serve --config {prefix}/etc/gemkeeper/", unit)
            configuration = prefix / "etc/gemkeeper/gemkeeper.toml"
            configuration.write_text("# mine\n")
            run("cmake", "--install", root / "build/release", "--prefix", prefix)
            self.assertEqual(configuration.read_text(), "# mine\n")
            run(prefix / "bin/gemkeeper", "--version")
