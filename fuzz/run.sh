#!/usr/bin/env bash
# Sends a million inputs through each fuzz target, one after the other, and prints a table.
# usage: fuzz/run.sh [TARGET...]      INPUTS=1000 fuzz/run.sh scenario
# Needs: cargo install cargo-fuzz. What makes a target fail is left in fuzz/artifacts/TARGET.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

inputs=${INPUTS:-1000000}
# Of a whole process: the fuzzer's own corpus and tables take 30 to 50.
most_mb=128
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
  for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

# Without a sanitizer the pinned stable toolchain is enough: there is no unsafe code to look into.
cargo fuzz build --fuzz-dir . --sanitizer none >&2
host=$(rustc -vV | sed -n 's/^host: //p')

dictionary() {
  case $1 in
    scenario | override | chart | helm_manifest) echo yaml ;;
    cl2_junit | cl2_failures) echo xml ;;
    cl2_log | version) echo log ;;
    redaction) echo secrets ;;
    *) echo json ;;
  esac
}

failed=0
printf '%-16s %10s %8s %8s %8s\n' target inputs seconds 'peak MB' crashes
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  log=artifacts/$target.log
  code=0
  # A parser that takes seconds for 4 KiB is at fault too, and so is one that takes memory.
  "${CARGO_TARGET_DIR:-target}/$host/release/$target" -runs="$inputs" -seed=1 -max_len=4096 \
    -timeout=5 -rss_limit_mb="$most_mb" -dict="dict/$(dictionary "$target").dict" \
    -print_final_stats=1 -artifact_prefix="artifacts/$target/" \
    "corpus/$target" "seeds/$target" >"$log" 2>&1 || code=$?
  stat() { sed -n "s/^stat::$1: *//p" "$log"; }
  seconds=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
  peak=$(stat peak_rss_mb)
  crashes=0
  # The fuzzer looks at the memory once a second; the peak misses nothing.
  if [[ $code -ne 0 || ${peak:-0} -gt $most_mb ]]; then crashes=1 failed=1; fi
  printf '%-16s %10s %8s %8s %8s\n' "$target" "$(stat number_of_executed_units)" "${seconds:--}" \
    "${peak:--}" "$crashes"
done
exit "$failed"
