"""Checks of Kubernetes manifests beyond their schema: `kubernetes.py FILE HOST`, for the output of kustomize."""

import runpy
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))


def pod_template(resource: dict) -> dict | None:
    return resource["spec"].get("template") if resource["kind"] in ("Deployment", "Job") else None


def check_pod(name: str, spec: dict, names: dict[str, set[str]]) -> None:
    """Raise AssertionError for a pod that is not confined or refers to an unknown resource."""
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True and security["runAsUser"] == 10001, name
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
    assert spec["automountServiceAccountToken"] is False, name
    for container in spec.get("initContainers", []) + spec["containers"]:
        label = f"{name}/{container['name']}"
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True and security["allowPrivilegeEscalation"] is False, label
        assert security["capabilities"] == {"drop": ["ALL"]}, label
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}, label
        assert "memory" in container["resources"]["limits"], label
        assert ":" in container["image"].rpartition("/")[2], f"{label}: the image has no tag"
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
        for source in container["envFrom"]:
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                reference = source.get(key)
                assert not reference or reference.get("optional") or reference["name"] in names[kind], (
                    label,
                    reference,
                )
    for volume in spec["volumes"]:
        claim = volume.get("persistentVolumeClaim")
        assert not claim or claim["claimName"] in names["PersistentVolumeClaim"], name


def check_site(resource: dict, host: str) -> None:
    """Raise AssertionError if probes would be refused, or requests would be cut off when a pod stops."""
    spec = resource["spec"]["template"]["spec"]
    [container] = spec["containers"]
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        request = container[probe]["httpGet"]
        headers = {header["name"]: header["value"] for header in request["httpHeaders"]}
        assert request["path"] == path, probe
        assert headers == {"Host": host, "X-Forwarded-Proto": "https"}, (probe, headers)
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > pause + GUNICORN["graceful_timeout"]
    assert resource["spec"]["replicas"] >= 2


def is_selected(labels: dict, selector: dict) -> bool:
    return selector.items() <= labels.items()


def main(file: str, host: str) -> None:
    """Check all resources and print their number."""
    resources = [resource for resource in yaml.safe_load_all(Path(file).read_text()) if resource]
    names: dict[str, set[str]] = {}
    for resource in resources:
        names.setdefault(resource["kind"], set()).add(resource["metadata"]["name"])
    templates = {r["metadata"]["name"]: template for r in resources if (template := pod_template(r))}
    assert set(templates) == {"conference-site", "conference-worker", "conference-migrate"}
    for name, template in templates.items():
        check_pod(name, template["spec"], names)
    images = {container["image"] for template in templates.values() for container in template["spec"]["containers"]}
    assert len(images) == 1, images
    for resource in resources:
        spec, name = resource.get("spec", {}), resource["metadata"]["name"]
        if resource["kind"] in ("Service", "PodDisruptionBudget"):
            selector = spec["selector"].get("matchLabels", spec["selector"])
            selected = [pod for pod, t in templates.items() if is_selected(t["metadata"]["labels"], selector)]
            assert selected == ["conference-site"], (name, selected)
        if resource["kind"] == "Deployment" and name == "conference-site":
            check_site(resource, host)
        if resource["kind"] == "Ingress":
            assert [rule["host"] for rule in spec["rules"]] == spec["tls"][0]["hosts"] == [host]
    assert {"PodDisruptionBudget", "NetworkPolicy", "Service", "Ingress"} <= names.keys()
    print(f"Kubernetes: {len(resources)} resources, pods confined, references and selectors known")


if __name__ == "__main__":
    main(*sys.argv[1:])
