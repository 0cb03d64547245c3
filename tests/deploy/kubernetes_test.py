"""The manifests, as kustomize renders them: against the schemas of Kubernetes and the Pod Security Standard
"restricted". No cluster has run them here."""
import re
import subprocess
import unittest
import warnings

import yaml

from support import Serving, directory, need, program, root, run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kubernetes_validate

manifests = root / "kubernetes"
overlays = ["sidecar", "gateway", "gateway-monitored"]
# From the release that made sidecars stable to the newest that is known.
versions = ["1.33", "1.37"]


def rendered(overlay):
    need("kubectl")
    text = subprocess.run(["kubectl", "kustomize", manifests / "overlays" / overlay], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return [one for one in yaml.safe_load_all(text) if one]


def pods(objects):
    for one in objects:
        if one["kind"] == "Deployment":
            yield one["metadata"]["name"], one["spec"]["template"]["metadata"], one["spec"]["template"]["spec"]


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


class Kubernetes(unittest.TestCase):
    def test_everything_fits_the_schemas(self):
        for overlay in overlays:
            for one in rendered(overlay):
                if one["apiVersion"].startswith("monitoring.coreos.com/"):
                    continue  # a CRD's: below
                for version in versions:
                    with self.subTest(overlay=overlay, kind=one["kind"], version=version):
                        kubernetes_validate.validate(one, version, strict=True)

    def test_the_examples_fit_the_schemas(self):
        for one in yaml.safe_load_all((manifests / "examples/secrets.yaml").read_text()):
            kubernetes_validate.validate(one, versions[-1], strict=True)

    def test_a_mistake_would_be_found(self):
        wrong = next(one for one in rendered("gateway") if one["kind"] == "Deployment")
        wrong["spec"]["replcas"] = 1
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, versions[-1], strict=True)

    def test_the_pod_monitor_scrapes_a_port_that_is_there(self):
        objects = rendered("gateway-monitored")
        monitor = next(one for one in objects if one["kind"] == "PodMonitor")
        ports = {port["name"]: port["containerPort"] for _, _, spec in pods(objects)
                 for container in containers(spec) for port in container.get("ports", [])}
        labels = [meta["labels"] for _, meta, _ in pods(objects)]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        self.assertTrue(any(wanted <= one.items() for one in labels))
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            self.assertIn(endpoint["port"], ports)
            self.assertLessEqual(set(endpoint), {"port", "path", "interval", "authorization"})

    def test_every_pod_is_restricted(self):
        """https://kubernetes.io/docs/concepts/security/pod-security-standards/, the profile "restricted"."""
        for overlay in overlays:
            found = list(pods(rendered(overlay)))
            self.assertTrue(found)
            for name, _, spec in found:
                with self.subTest(overlay=overlay, pod=name):
                    self.assertEqual(self.violations(spec), [])

    def test_a_pod_that_is_not_restricted_would_be_found(self):
        _, _, spec = next(p for p in pods(rendered("gateway")) if p[0] == "gemkeeper")
        spec["hostNetwork"] = True
        spec["volumes"].append({"name": "x", "hostPath": {"path": "/"}})
        spec["containers"][0]["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]
        del spec["securityContext"]["runAsNonRoot"]
        self.assertEqual(len(self.violations(spec)), 4)

    @staticmethod
    def violations(spec):
        wrong = [f"{name} is set" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
        allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
                   "projected", "secret"}
        for volume in spec.get("volumes", []):
            if not set(volume) - {"name"} <= allowed:
                wrong.append(f"volume {volume['name']}")
        of_pod = spec.get("securityContext", {})
        for container in containers(spec):
            own, name = container.get("securityContext", {}), container["name"]
            if own.get("runAsNonRoot", of_pod.get("runAsNonRoot")) is not True:
                wrong.append(f"{name} may run as root")
            if own.get("runAsUser", of_pod.get("runAsUser")) == 0:
                wrong.append(f"{name} runs as root")
            if own.get("seccompProfile", of_pod.get("seccompProfile", {})).get("type") not in (
                    "RuntimeDefault", "Localhost"):
                wrong.append(f"{name} has no seccomp profile")
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                wrong.append(f"{name} may gain privileges")
            capabilities = own.get("capabilities", {})
            if "ALL" not in capabilities.get("drop", []):
                wrong.append(f"{name} keeps capabilities")
            if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
                wrong.append(f"{name} adds capabilities")
            if any("hostPort" in port for port in container.get("ports", [])):
                wrong.append(f"{name} has a port of the host")
        return wrong

    def test_roots_are_read_only_and_requests_are_small(self):
        for overlay in overlays:
            for name, _, spec in pods(rendered(overlay)):
                for container in containers(spec):
                    with self.subTest(overlay=overlay, pod=name, container=container["name"]):
                        self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
                        self.assertEqual(container["resources"]["requests"], {"cpu": "10m", "memory": "16Mi"})
                        self.assertIn("memory", container["resources"]["limits"])

    def test_the_sidecar_is_native_and_probed_inside_the_pod(self):
        _, _, spec = next(pods(rendered("sidecar")))
        sidecar = spec["initContainers"][0]
        self.assertEqual(sidecar["restartPolicy"], "Always")
        for probe in ("startupProbe", "livenessProbe"):
            command = sidecar[probe]["exec"]["command"]
            self.assertEqual(command[:2], ["/usr/bin/gemkeeper", "health"])
            self.assertEqual(run(program, *command[1:], "--help").returncode, 0)
        self.assertFalse([c for c in spec["containers"] if any("KEY" in e["name"] and "valueFrom" in e
                                                               for e in c.get("env", []))])

    def test_the_gateway_drains_before_it_is_killed(self):
        _, _, spec = next(p for p in pods(rendered("gateway")) if p[0] == "gemkeeper")
        pause = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        default = run(program, "check", "--defaults").stdout
        drain = int(re.search(r'#drain_timeout = "(\d+)s"', default).group(1))
        self.assertGreater(spec["terminationGracePeriodSeconds"], pause + drain)

    def test_services_and_policies_select_pods_that_are_there(self):
        for overlay in overlays:
            objects = rendered(overlay)
            labels = [meta["labels"] for _, meta, _ in pods(objects)]
            for one in objects:
                selector = {"Service": lambda: one["spec"]["selector"],
                            "NetworkPolicy": lambda: one["spec"]["podSelector"]["matchLabels"]}.get(one["kind"])
                if selector:
                    with self.subTest(overlay=overlay, kind=one["kind"]):
                        self.assertTrue(any(selector().items() <= each.items() for each in labels))

    def test_every_mounted_configuration_is_valid(self):
        for overlay in overlays:
            with self.subTest(overlay=overlay), directory() as top:
                environment = self.mount(overlay, top)
                done = run(program, "check", "--config", top / "gemkeeper.toml", env=environment)
                self.assertNotIn("a-secret-for", done.stdout)

    def test_the_gateway_lets_in_clients_prometheus_and_probes_by_what_they_bear(self):
        with directory() as top:
            environment = self.mount("gateway", top)
            with Serving([program, "serve", "--config", top / "gemkeeper.toml", "--set", "upstream.base_url=http://127.0.0.1:1",
                          "--set", 'proxy.listen=["0.0.0.0:0"]', "--set", 'admin.listen=["0.0.0.0:0"]',
                          "--set", "pool.max_attempts=1"], environment) as gateway:
                port, admin = gateway.port(), gateway.port("the admin API listens")

                def status(target, port, *fields):
                    return run("curl", "-s", "-o", top / "answer", "-w", "%{http_code}",
                               *(part for one in fields for part in ("-H", one)),
                               f"http://127.0.0.1:{port}{target}").stdout

                service = "Host: gemkeeper.team.svc.cluster.local:8001"
                self.assertEqual(status("/v1beta/models", port, service), "401")
                self.assertEqual(status("/v1beta/models", port, service, "x-goog-api-key: a-secret-for-example-app-0123456789abcdef"),
                                 "502")  # it would be served, were Google here
                pod = "Host: 10.1.2.3:8000"
                self.assertEqual(status("/readyz", admin, pod), "200")
                self.assertEqual(status("/metrics", admin, pod), "401")
                self.assertEqual(status("/metrics", admin, pod, "Authorization: Bearer a-secret-for-token-0123456789abcdef"), "200")
            self.assertNotIn("a-secret-for", "".join(gateway.lines))

    @staticmethod
    def mount(overlay, top):
        """The files where the pod has them, beneath a directory; returns the environment."""
        text = next(o for o in rendered(overlay) if o["kind"] == "ConfigMap")["data"]["gemkeeper.toml"]
        for name in ("keys/team-a", "clients/example-app", "admin/token"):
            path = top / "run/secrets/gemkeeper" / name
            path.parent.mkdir(parents=True)
            path.write_text("a-secret-for-" + path.name + "-0123456789abcdef")
            path.chmod(0o440)
        (top / "var/lib/gemkeeper").mkdir(parents=True)
        (top / "gemkeeper.toml").write_text(text.replace('"/run/', f'"{top}/run/').replace('"/var/', f'"{top}/var/'))
        return {"HOME": str(top), "STATE_DIRECTORY": str(top / "var/lib/gemkeeper")}
