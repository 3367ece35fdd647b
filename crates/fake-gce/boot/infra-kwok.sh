#!/usr/bin/env bash
# Boots the control plane of a cluster of fake-gce with infra-kwok, and removes it at SIGTERM.
# In the environment: BOOT_SCENARIO, a scenario file that says what the control plane is like; BOOT_PLAN and
# BOOT_INFRA_KWOK, the two programs (found on PATH unless given); BOOT_KUBECTL, a kubectl, if Prometheus is to be there.
# fake-gce gives the rest: see its README.
set -euo pipefail

plan=${BOOT_PLAN:-plan}
infra=${BOOT_INFRA_KWOK:-infra-kwok}
run=$FAKE_GCE_FOLDER/run

# The proxy is for those who think that they are in a cloud.
unset HTTPS_PROXY SSL_CERT_FILE GOOGLE_APPLICATION_CREDENTIALS

"$plan" plan "$BOOT_SCENARIO" --run-dir "$run" --bucket "file://$FAKE_GCE_FOLDER/bucket" >&2

ended() {
  "$infra" delete --run-dir "$run" >&2
  exit
}
trap ended TERM INT

names=()
for name in $FAKE_GCE_NAMES; do
  names+=(--server-name "$name")
done
"$infra" create --run-dir "$run" --authority "$FAKE_GCE_AUTHORITY" "${names[@]}" >&2 &
wait $!

address=$(grep -o '127\.0\.0\.1:[0-9]*' "$run.private/kubeconfig" | head -n 1)
if grep -q '"cilium": {' "$run/plan.json"; then
  # Where Cilium is to be installed, a node is not ready before it is.
  taint='{"key":"node.cilium.io/agent-not-ready","value":"true","effect":"NoExecute"}'
  condition='{"type":"NetworkUnavailable","status":"True","reason":"NoRouteCreated","message":"no network yet"}'
  node="{\"spec\":{\"taints\":[$taint]},\"status\":{\"conditions\":[$condition]}}"
  printf '{"address":"%s","node":%s}\n' "$address" "$node"
else
  printf '%s\n' "$address"
fi

# The API server leads whoever asks for a pod's port to infra-kwok's own Prometheus: this is the service and the pod
# that ClusterLoader2 would have deployed it as.
if [[ -n ${BOOT_KUBECTL:-} ]]; then
  "$BOOT_KUBECTL" --kubeconfig "$run.private/kubeconfig" apply --filename - >&2 <<'OBJECTS'
apiVersion: v1
kind: Namespace
metadata: { name: monitoring }
---
apiVersion: v1
kind: Service
metadata: { name: prometheus-k8s, namespace: monitoring, labels: { prometheus: k8s } }
spec:
  ports: [{ name: web, port: 9090, targetPort: web }]
  selector: { prometheus: k8s }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: prometheus-k8s, namespace: monitoring }
spec:
  selector: { matchLabels: { prometheus: k8s } }
  template:
    metadata: { labels: { prometheus: k8s } }
    spec:
      tolerations: [{ operator: Exists }]
      automountServiceAccountToken: false
      containers: [{ name: prometheus, image: stand-in, ports: [{ name: web, containerPort: 9090 }] }]
OBJECTS
fi

# Nothing else wakes it: `wait` is left for the signal, `sleep` would not be.
sleep infinity &
wait $!
