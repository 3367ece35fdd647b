#!/usr/bin/env bash
# How long it takes to have a control plane and N ready nodes, and to be rid of them:
# infra-kwok beside kwokctl, the tool that exists for this, in turn on the same machine.
# usage: benches/control-plane.sh [NODES] [ROUNDS]
# Needs a release build and `scale-ci tools`; builds kwokctl from its pin into a temporary folder.
set -euo pipefail

nodes=${1:-100}
rounds=${2:-3}
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
bin=$root/target/release
export KWOK_WORKDIR=$work/kwok KWOK_KUBE_VERSION=v1.35.4

(cd "$root/tools/kwok" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$work/kwokctl" sigs.k8s.io/kwok/cmd/kwokctl)
tool() { "$bin/scale-ci" tools "$1" | awk '{print $NF}'; }
apiserver=$(tool kube-apiserver) controllers=$(tool kube-controller-manager) scheduler=$(tool kube-scheduler)
etcd=$(tool etcd) kwok=$(tool kwok) kubectl=$(tool kubectl) prometheus=$(tool prometheus)

# Both sides: etcd, API server, controllers, scheduler, kwok and Prometheus; the stock stages.
ours() {
  local run=$work/ours-$1
  "$bin/plan" plan "$root/scenarios/load-100.yaml" --run-dir "$run" --set "cluster.nodes=$nodes" >/dev/null
  seconds ours create "$bin/infra-kwok" create --run-dir "$run"
  seconds ours nodes "$bin/infra-kwok" add-nodes --run-dir "$run"
  seconds ours delete "$bin/infra-kwok" delete --run-dir "$run"
}

theirs() {
  local name=bench-$1 kubeconfig=$work/kubeconfig-$1
  seconds kwokctl create "$work/kwokctl" create cluster --name "$name" --runtime binary --wait 120s \
    --kube-apiserver-binary "$apiserver" --kube-controller-manager-binary "$controllers" \
    --kube-scheduler-binary "$scheduler" --etcd-binary "$etcd" --kwok-controller-binary "$kwok" \
    --prometheus-binary "$prometheus" --prometheus-port 0 --disable-qps-limits --kubeconfig "$kubeconfig"
  seconds kwokctl nodes all_ready "$name" "$kubeconfig"
  seconds kwokctl delete "$work/kwokctl" delete cluster --name "$name" --kubeconfig "$kubeconfig"
}

all_ready() {
  "$work/kwokctl" --name "$1" scale node --replicas "$nodes" --kubeconfig "$2"
  "$kubectl" --kubeconfig "$2" wait --for=condition=Ready node --all --timeout=300s
}

# Writes how long a command took, in seconds, to the table of its side.
seconds() {
  local side=$1 what=$2 begun ended
  shift 2
  begun=$(date +%s.%N)
  "$@" >>"$work/log" 2>&1 || { tail -20 "$work/log" >&2; return 1; }
  ended=$(date +%s.%N)
  echo "$side $what $begun $ended" | awk '{printf "%s %s %.2f\n", $1, $2, $4 - $3}' >>"$work/times"
}

for round in $(seq "$rounds"); do
  ours "$round"
  theirs "$round"
done

# Medians, and the ratio: above 1 is faster than kwokctl.
sort -k1,2 -k3n "$work/times" | awk -v nodes="$nodes" -v rounds="$rounds" '
  { key = $1 " " $2; value[key, ++count[key]] = $3 }
  function median(key) { return value[key, int((count[key] + 1) / 2)] }
  END {
    printf "%d nodes, median of %d rounds\n%-8s %10s %10s %8s\n", nodes, rounds, "", "infra-kwok", "kwokctl", "ratio"
    split("create nodes delete", parts, " ")
    for (i = 1; i <= 3; i++) {
      a = median("ours " parts[i]); b = median("kwokctl " parts[i])
      printf "%-8s %9.2fs %9.2fs %7.1fx\n", parts[i], a, b, b / a
    }
  }'
