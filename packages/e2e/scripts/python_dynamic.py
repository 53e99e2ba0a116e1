"""The dynamic client, and what python3-kubernetes makes from YAML. Each step asserts; the exit code tells."""

import json
import sys
import tempfile
import time

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, ResourceNotFoundError

config.load_kube_config(sys.argv[1])
api = client.ApiClient()
core = client.CoreV1Api(api)
namespace = "python-dynamic"
core.create_namespace({"metadata": {"name": namespace}})
cluster = dynamic.DynamicClient(api, cache_file=sys.argv[1] + ".discovery")
config_maps = cluster.resources.get(api_version="v1", kind="ConfigMap")



def apply(manager, value, **more):
    """As text: this version of the client can only write JSON where the content type says so."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": value}}
    return config_maps.server_side_apply(
        body=json.dumps(body), name="applied", namespace=namespace, field_manager=manager, **more
    )


# Server-side apply: who owns what.
assert apply("first", "1").data.a == "1"
try:
    apply("second", "2")
    sys.exit("a field changed its owner unasked")
except ConflictError as error:
    assert 'conflict with \\"first\\": .data.a' in error.body.decode(), error.body
forced = apply("second", "2", force_conflicts=True)
assert forced.data.a == "2"
owners = {entry.manager: entry.operation for entry in forced.metadata.managedFields}
assert owners == {"second": "Apply"}, owners

# Every type of patch.
for content_type, patch, data in [
    ("application/json-patch+json", [{"op": "add", "path": "/data/b", "value": "2"}], {"a": "2", "b": "2"}),
    ("application/merge-patch+json", {"data": {"a": None}}, {"b": "2"}),
    ("application/strategic-merge-patch+json", {"data": {"c": "3"}}, {"b": "2", "c": "3"}),
]:
    patched = config_maps.patch(body=patch, name="applied", namespace=namespace, content_type=content_type)
    assert patched.to_dict()["data"] == data, (content_type, patched.data)
dry = config_maps.patch(body={"data": {"d": "4"}}, name="applied", namespace=namespace, dry_run="All")
assert dry.data.d == "4"
assert config_maps.get(name="applied", namespace=namespace).to_dict()["data"] == {"b": "2", "c": "3"}

# Pages.
for i in range(5):
    config_maps.create(body={"metadata": {"name": f"page-{i}", "labels": {"paged": "yes"}}}, namespace=namespace)
names, token = [], None
while token != "":
    page = config_maps.get(namespace=namespace, label_selector="paged=yes", limit=2, _continue=token)
    assert len(page.items) <= 2
    names += [item.metadata.name for item in page.items]
    token = page.to_dict()["metadata"].get("continue", "")
assert names == [f"page-{i}" for i in range(5)], names
try:
    core.list_namespaced_config_map(namespace, limit=1, _continue="nonsense")
    sys.exit("nonsense went on")
except client.ApiException as error:
    assert error.status == 400 and "continue key is not valid" in error.body, error.body

# A kind that did not exist when the client looked first.
definition = {
    "metadata": {"name": "ships.python.example.com"},
    "spec": {
        "group": "python.example.com",
        "scope": "Namespaced",
        "names": {"plural": "ships", "singular": "ship", "kind": "Ship", "shortNames": ["sh"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"crew": {"type": "integer", "default": 1}}},
                            "status": {"type": "object", "properties": {"aboard": {"type": "integer"}}},
                        },
                    }
                },
            }
        ],
    },
}
try:
    cluster.resources.get(api_version="python.example.com/v1", kind="Ship")
    sys.exit("there are ships already")
except ResourceNotFoundError:
    pass
definitions = cluster.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
definitions.create(body=definition)
for event in definitions.watch(name="ships.python.example.com", timeout=20):
    conditions = (event["object"].status or {}).get("conditions") or []
    if any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions):
        break


def discovered(deadline, **kind):
    """Established comes a moment before discovery tells of it, as in Kubernetes."""
    while True:
        try:
            return cluster.resources.get(**kind)
        except ResourceNotFoundError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


ships = discovered(time.monotonic() + 20, api_version="python.example.com/v1", kind="Ship")
assert (ships.singular_name, ships.short_names, ships.namespaced) == ("ship", ["sh"], True)
ship = {"apiVersion": "python.example.com/v1", "kind": "Ship", "metadata": {"name": "one"}, "spec": {}}
created = ships.create(body=ship, namespace=namespace)
assert created.spec.crew == 1
stale = created.to_dict()
stale["spec"] = {"crew": 2}
assert ships.replace(body=stale, namespace=namespace).spec.crew == 2
try:
    ships.replace(body=stale, namespace=namespace)
    sys.exit("a stale object was written")
except ConflictError:
    pass
status = ships.status.patch(
    body={"status": {"aboard": 2}}, name="one", namespace=namespace, content_type="application/merge-patch+json"
)
assert (status.status.aboard, status.spec.crew) == (2, 2)
watcher, seen = watch.Watch(), []
for event in ships.watch(namespace=namespace, resource_version=0, timeout=20, watcher=watcher):
    seen.append((event["type"], event["object"].spec.crew))
    if len(seen) == 1:
        ships.patch(
            body={"spec": {"crew": 3}}, name="one", namespace=namespace, content_type="application/merge-patch+json"
        )
    elif len(seen) == 2:
        ships.delete(name="one", namespace=namespace)
    else:
        watcher.stop()
assert seen == [("ADDED", 2), ("MODIFIED", 3), ("DELETED", 3)], seen
try:
    ships.get(name="one", namespace=namespace)
    sys.exit("it is still there")
except NotFoundError:
    pass
definitions.delete(name="ships.python.example.com")

# Several kinds from one file.
manifest = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: none}]}
---
apiVersion: v1
kind: List
items:
- {apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {maxReplicas: 2,
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}
- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: python-reader}, rules: []}
"""
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    file.write(manifest)
    file.flush()
    made = utils.create_from_yaml(api, file.name, namespace=namespace)
    kinds = [each.kind for group in made for each in (group if isinstance(group, list) else [group])]
    assert kinds == ["Service", "Deployment", "HorizontalPodAutoscaler", "ClusterRole"], kinds
    try:
        utils.create_from_yaml(api, file.name, namespace=namespace)
        sys.exit("all was made twice")
    except utils.FailToCreateError as error:
        assert [failure.status for failure in error.api_exceptions] == [409] * 4, error
client.RbacAuthorizationV1Api(api).delete_cluster_role("python-reader")

# All that are selected go at once.
config_maps.delete(namespace=namespace, label_selector="paged=yes")
assert config_maps.get(namespace=namespace, label_selector="paged=yes").items == []
core.delete_namespace(namespace)
