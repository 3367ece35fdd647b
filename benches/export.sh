#!/usr/bin/env bash
# What it costs to bring a build into a bucket: artifact-gcs beside `gcloud storage cp -r`, in turn, on the same
# emulator, each time into a new bucket. Once for 1,000 files of 10 KiB and one of 100 MB, once for the 22 files of a
# ClusterLoader2 report.
# usage: benches/export.sh [ROUNDS]
# Needs `cargo build --release -p artifact-gcs -p plan -p fault-proxy -p scale-ci`, `scale-ci tools fake-gcs-server`,
# gcloud, curl, and GNU time (on Debian: `apt-get install time`). BIN names another folder of binaries.
# Both sides go through fault-proxy without a plan: without it, Google's Rust client cannot send a large file to the
# emulator. artifact-gcs sends more: beside the report, the files that make it a build, and it reads every file twice.
set -euo pipefail

rounds=${1:-3}
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-$root/target}/release}
time=$(type -P time) || { echo "GNU time is missing: apt-get install time" >&2; exit 1; }
for tool in gcloud curl; do
  type -P "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done
for program in artifact-gcs plan fault-proxy scale-ci; do
  [[ -x $bin/$program ]] || { echo "$bin/$program is missing: see the first lines of $0" >&2; exit 1; }
done

work=$(mktemp -d)
proxy=
cleanup() {
  if [[ -n $proxy ]]; then kill "$proxy" 2>/dev/null || true; wait "$proxy" 2>/dev/null || true; fi
  rm -rf -- "$work"
}
trap cleanup EXIT

emulator=$("$bin/scale-ci" tools fake-gcs-server | awk '{print $NF}')
"$bin/fault-proxy" --emulator "$emulator" >"$work/url" &
proxy=$!
until [[ -s $work/url ]]; do
  kill -0 "$proxy" 2>/dev/null || { echo "the emulator did not start" >&2; exit 1; }
  sleep 0.05
done
url=$(<"$work/url")

export STORAGE_EMULATOR_HOST=$url
export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=$url/ CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true
export CLOUDSDK_CONFIG=$work/gcloud CLOUDSDK_CORE_PROJECT=bench CLOUDSDK_CORE_DISABLE_PROMPTS=true

# A run directory whose test has the report in $1/report.
run_directory() {
  local name=$1
  "$bin/plan" plan "$root/scenarios/tiny.yaml" --run-dir "$work/$name" --bucket gs://unused >/dev/null 2>>"$work/log"
  mkdir -p "$work/$name/tests/few-large/report"
}

run_directory large
(
  cd "$work/large/tests/few-large/report"
  # Different content in each: nothing may gain from what is the same.
  head -c $((1000 * 10240)) /dev/urandom | split -b 10240 -a 3 -d - part-
  head -c 100000000 /dev/urandom >snapshot.bin
)
run_directory small
(
  cd "$work/small/tests/few-large/report"
  cp -- "$root"/crates/cl2-runner/tests/fixtures/load-100/* .
  # Real reports have profiles too: as many as make 22 files.
  for i in $(seq $((22 - $(find . -type f | wc -l)))); do head -c 200000 /dev/urandom >"cpu-profile-$i.pprof"; done
)

# Runs a command, and writes seconds, seconds of CPU and KiB at the peak to the table of its side.
measure() {
  local what=$1 side=$2
  shift 2
  "$time" -f "$what $side %e %U %S %M" -o "$work/times" -a -- "$@" >>"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; return 1; }
}

bucket() {
  curl -sf -X POST "$url/storage/v1/b?project=bench" -H 'content-type: application/json' -d "{\"name\":\"$1\"}" >/dev/null
}

# Objects below a prefix.
count() { curl -sf "$url/storage/v1/b/$1/o" | grep -o '"name":"[^"]*'"$2"'[^"]*"' | wc -l; }

for what in large small; do
  report=$work/$what/tests/few-large/report
  files=$(find "$report" -type f | wc -l)
  for round in $(seq "$rounds"); do
    ours=ours-$what-$round theirs=gcloud-$what-$round
    bucket "$ours"
    bucket "$theirs"
    measure "$what" ours "$bin/artifact-gcs" export --run-dir "$work/$what" --test few-large --bucket "gs://$ours"
    measure "$what" gcloud gcloud storage cp -r "$report" "gs://$theirs/artifacts"
    for side in "$ours" "$theirs"; do
      [[ $(count "$side" artifacts/) == "$files" ]] || { echo "$side does not have all $files files" >&2; exit 1; }
    done
  done
done

# Medians; the largest peak, of the largest process of each side; and the ratios.
sort -k1,2 -k3n "$work/times" | awk -v rounds="$rounds" '
  { key = $1 " " $2; n = ++count[key]; wall[key, n] = $3; cpu[key, n] = $4 + $5; if ($6 > peak[key]) peak[key] = $6 }
  function median(values, key,   n, i, j, sorted, swap) {
    n = count[key]
    for (i = 1; i <= n; i++) sorted[i] = values[key, i]
    for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
      if (sorted[j] < sorted[i]) { swap = sorted[i]; sorted[i] = sorted[j]; sorted[j] = swap }
    return sorted[int((n + 1) / 2)]
  }
  END {
    split("large small", sizes, " ")
    title["large"] = "1,000 files of 10 KiB and one of 100 MB"; title["small"] = "22 files of a report"
    printf "median of %d rounds, largest peak\n", rounds
    for (i = 1; i <= 2; i++) {
      a = sizes[i] " ours"; b = sizes[i] " gcloud"
      printf "\n%s\n%-12s %12s %12s %9s\n", title[sizes[i]], "", "artifact-gcs", "gcloud", "ratio"
      printf "%-12s %11.2fs %11.2fs %8.1fx\n", "wall", median(wall, a), median(wall, b), median(wall, b) / (median(wall, a) + 0.001)
      printf "%-12s %11.2fs %11.2fs %8.1fx\n", "CPU", median(cpu, a), median(cpu, b), median(cpu, b) / (median(cpu, a) + 0.001)
      printf "%-12s %9.1f MB %9.1f MB %8.1fx\n", "peak memory", peak[a] / 1000, peak[b] / 1000, peak[b] / peak[a]
    }
  }'
