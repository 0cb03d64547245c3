"""The Prometheus rules and the Grafana dashboard ask for metrics and labels that gemkeeper has."""
import json
import re
import unittest

import yaml

from support import Serving, directory, key, program, root, run

# Made by Prometheus, or by its scrape configuration.
not_ours = {"up"}
added_labels = {"instance", "job", "le"}


def metrics_of_a_running_one():
    with directory() as home:
        (home / "key").write_text(key)
        (home / "gemkeeper.toml").write_text(
            '[proxy]\nlisten = ["127.0.0.1:0"]\n[admin]\nlisten = ["127.0.0.1:0"]\n[log]\nformat = "json"\n'
            '[upstream]\nbase_url = "http://127.0.0.1:1"\n[storage]\npath = ":memory:"\n'
            '[pool]\nmax_attempts = 1\n[[keys]]\nfile = "key"\n')
        with Serving([program, "serve", "--config", home / "gemkeeper.toml"], {"HOME": str(home)}) as gemkeeper:
            port, admin = gemkeeper.port(), gemkeeper.port("the admin API listens")
            run("curl", "-s", "-d", "{}", f"http://127.0.0.1:{port}/v1beta/models/gemini-2.5-flash:generateContent")
            return run("curl", "-s", f"http://127.0.0.1:{admin}/metrics").stdout


def expressions():
    for group in yaml.safe_load((root / "conf/prometheus-rules.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield f"rule {rule['alert']}", rule["expr"]
    for panel in json.loads((root / "conf/grafana-dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"]


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = metrics_of_a_running_one()
        cls.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        cls.labels = {}
        for name, inside in re.findall(r"^([a-z_]+)(?:\{(.*)\})? ", text, re.M):
            cls.labels.setdefault(name, set()).update(re.findall(r"(\w+)=\"", inside))

    def family(self, name):
        for suffix in ("_bucket", "_sum", "_count"):
            base = name.removesuffix(suffix)
            if name.endswith(suffix) and self.types.get(base) == "histogram":
                return base
        return name

    def test_every_metric_that_is_asked_for_is_there(self):
        asked = set()
        for where, expression in expressions():
            for name in re.findall(r"\b((?:gemkeeper|process)_[a-z_]+|up)\b", expression):
                if name not in not_ours:
                    asked.add(name)
                    self.assertIn(self.family(name), self.types, f"{where}: {expression}")
        self.assertGreater(len(asked), 15)

    def test_labels_are_those_that_the_metrics_have(self):
        for where, expression in expressions():
            for name, inside in re.findall(r"\b(gemkeeper_[a-z_]+)\{([^}]*)\}", expression):
                known = self.labels.get(name)
                if known is None:
                    continue  # without a sample yet
                for label in re.findall(r"(\w+) *=", inside):
                    self.assertIn(label, known | added_labels, f"{where}: {expression}")

    def test_counters_are_rated_and_gauges_are_not(self):
        for where, expression in expressions():
            for function, name in re.findall(r"\b(rate|increase)\((\w+)", expression):
                self.assertIn(self.types[self.family(name)], ("counter", "histogram"), where)

    def test_the_operations_guide_explains_every_rule(self):
        guide = (root / "docs/operations.md").read_text()
        for where, _ in expressions():
            if where.startswith("rule "):
                self.assertIn(f"`{where.removeprefix('rule ')}`", guide)
