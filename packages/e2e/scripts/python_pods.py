"""Pods by python3-kubernetes: streams, logs, a client inside a pod, an election. Each step asserts; the exit code tells."""

import sys
import threading

from kubernetes import client, config, watch
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock
from kubernetes.stream import portforward, stream

config.load_kube_config(sys.argv[1])
core = client.CoreV1Api()
namespace = "python-pods"
core.create_namespace({"metadata": {"name": namespace}})

inside = """
import os
from kubernetes import client
from kubernetes.config.incluster_config import InClusterConfigLoader

secrets = os.environ["FLOTILLA_ROOT"] + "/var/run/secrets/kubernetes.io/serviceaccount/"
InClusterConfigLoader(token_filename=secrets + "token", cert_filename=secrets + "ca.crt").load_and_set()
namespace = open(secrets + "namespace").read()
try:
    client.CoreV1Api().list_namespaced_secret(namespace)
except client.ApiException as error:
    print(error.status, error.body)
"""


def container(name, *command, **more):
    return {"name": name, "image": "any", "command": command, **more}


def pod(name, *containers, **more):
    spec = {"terminationGracePeriodSeconds": 0, "containers": containers, **more}
    core.create_namespaced_pod(namespace, {"metadata": {"name": name}, "spec": spec})


def wait_for(name, phase):
    """By a watch that ends when its time is up: a pod that does not come is told as such."""
    for event in watch.Watch().stream(
        core.list_namespaced_pod, namespace, field_selector=f"metadata.name={name}", timeout_seconds=30
    ):
        if event["object"].status.phase == phase:
            return
    sys.exit(f"{name} is not {phase}")


core.create_namespaced_service_account(namespace, {"metadata": {"name": "robot"}})
echo = "while read line; do echo got $line; done; exec sleep 1000000"
pod(
    "web",
    container("main", "sh", "-c", echo, stdin=True),
    container("serves", "sh", "-c", "exec python3 -u -m http.server --bind $POD_IP 8080"),
)
pod("inside", container("main", "/usr/bin/python3", "-c", inside), serviceAccountName="robot", restartPolicy="Never")
wait_for("web", "Running")

# exec: to its end, and talking back and forth.
command = ["sh", "-c", "echo $POD_NAME; echo oh >&2; exit 7"]
connect = core.connect_get_namespaced_pod_exec
talk = stream(connect, "web", namespace, container="main", command=command, stdout=True, stderr=True, _preload_content=False)
talk.run_forever(timeout=20)
assert (talk.read_stdout(), talk.read_stderr(), talk.returncode) == ("web\n", "oh\n", 7)
assert stream(connect, "web", namespace, container="main", command=["echo", "all"], stdout=True, stderr=True) == "all\n"
talk = stream(
    connect, "web", namespace, container="main", command=["cat"], stdin=True, stdout=True, _preload_content=False
)
for line in ["one", "two"]:
    talk.write_stdin(line + "\n")
    assert talk.readline_stdout(timeout=20) == line
talk.close()
try:
    stream(connect, "web", namespace, container="none", command=["true"], stdout=True)
    sys.exit("there is no such container")
except client.ApiException as error:
    assert "400" in str(error), error

# attach
talk = stream(
    core.connect_get_namespaced_pod_attach, "web", namespace,
    container="main", stdin=True, stdout=True, _preload_content=False,
)
talk.write_stdin("typed\n")
assert talk.readline_stdout(timeout=20) == "got typed"
talk.close()


def wait_for_line(text):
    """Follows the log of what serves."""
    for line in watch.Watch().stream(core.read_namespaced_pod_log, "web", namespace, container="serves"):
        if text in line:
            return


# Port forwarding: an HTTP client over its socket.
wait_for_line("Serving HTTP")
tunnel = portforward(core.connect_get_namespaced_pod_portforward, "web", namespace, ports="8080")
socket = tunnel.socket(8080)
socket.sendall(b"GET /python HTTP/1.0\r\n\r\n")
answer = b""
while chunk := socket.recv(65536):
    answer += chunk
assert answer.startswith(b"HTTP/1.0 404 "), answer
assert tunnel.error(8080) is None
wait_for_line("GET /python")

# Logs: a part, and as they come.
assert core.read_namespaced_pod_log("web", namespace, container="main", limit_bytes=3) == "got"

# Inside a pod, as its service account.
wait_for("inside", "Succeeded")
said = core.read_namespaced_pod_log("inside", namespace)
assert said.startswith("403 ") and f"system:serviceaccount:{namespace}:robot" in said, said


class FailingLock(ConfigMapLock):
    """A lock whose holder can be cut off from the cluster."""

    cut_off = False

    def update(self, *args):
        return False if self.cut_off else super().update(*args)


def candidate(name):
    lock = FailingLock("election", namespace, name)
    leads, stopped = threading.Event(), threading.Event()
    choice = electionconfig.Config(
        lock, lease_duration=3, renew_deadline=2, retry_period=1, onstarted_leading=leads.set, onstopped_leading=stopped.set
    )
    threading.Thread(target=leaderelection.LeaderElection(choice).run, daemon=True).start()
    return lock, leads, stopped


# An election: one leads, and the other when the first is gone.
first, first_leads, first_stopped = candidate("first")
assert first_leads.wait(20)
_, second_leads, _ = candidate("second")
assert not second_leads.is_set()
first.cut_off = True
assert first_stopped.wait(20)
assert second_leads.wait(20)
record = core.read_namespaced_config_map("election", namespace).metadata.annotations
assert '"holderIdentity": "second"' in record["control-plane.alpha.kubernetes.io/leader"], record
core.delete_namespace(namespace)
