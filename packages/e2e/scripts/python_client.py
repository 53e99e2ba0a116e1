"""What Python programs do with Debian's python3-kubernetes. Each step asserts; the exit code tells."""

import sys

from kubernetes import client, config, dynamic, watch

config.load_kube_config(sys.argv[1])
core = client.CoreV1Api()
namespace = "python"
core.create_namespace({"metadata": {"name": namespace}})


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"by": "python"}), data=data)


created = core.create_namespaced_config_map(namespace, config_map("one", a="1"))
assert created.metadata.uid and created.data == {"a": "1"}
try:
    core.create_namespaced_config_map(namespace, config_map("one"))
    sys.exit("a second create succeeded")
except client.ApiException as error:
    assert error.status == 409 and '"reason":"AlreadyExists"' in error.body, error

listed = core.list_namespaced_config_map(namespace, label_selector="by=python")
assert [item.metadata.name for item in listed.items] == ["one"]

patched = core.patch_namespaced_config_map("one", namespace, {"data": {"b": "2"}})
assert patched.data == {"a": "1", "b": "2"}
core.create_namespaced_config_map(namespace, config_map("two"))
core.delete_namespaced_config_map("one", namespace)


def events(resource_version, count):
    """The next events after a version: none before it, none missed."""
    seen, watcher = [], watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map,
        namespace,
        label_selector="by=python",
        resource_version=resource_version,
        timeout_seconds=20,
    ):
        seen.append((event["type"], event["object"].metadata.name))
        last = event["object"].metadata.resource_version
        if len(seen) == count:
            watcher.stop()
    return seen, last


first, reached = events(listed.metadata.resource_version, 2)
assert first == [("MODIFIED", "one"), ("ADDED", "two")], first
rest, _ = events(reached, 1)
assert rest == [("DELETED", "one")], rest

# A watch that ends when its time is up.
nothing = watch.Watch().stream(
    core.list_namespaced_config_map, namespace, label_selector="by=nobody", timeout_seconds=1
)
assert list(nothing) == []

deployments = dynamic.DynamicClient(core.api_client, cache_file=sys.argv[1] + ".discovery").resources.get(api_version="apps/v1", kind="Deployment")
template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "none"}]}}
body = {"metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "d"}}, "template": template}}
made = deployments.create(body=body, namespace=namespace)
assert made.spec.strategy.type == "RollingUpdate"
applied = deployments.patch(
    body={"metadata": {"labels": {"x": "y"}}}, name="d", namespace=namespace, content_type="application/merge-patch+json"
)
assert applied.metadata.labels.x == "y"
assert [item.metadata.name for item in deployments.get(namespace=namespace).items] == ["d"]
deployments.delete(name="d", namespace=namespace)
core.delete_namespace(namespace)
