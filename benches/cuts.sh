#!/usr/bin/env bash
# What is left when `create` is cut at each of its calls that change the cloud: `infra-kops delete` beside a bare
# `kops delete cluster`, the real kops each time, on a cloud of our own (fake-gce). Prints both tables and the time.
# usage: benches/cuts.sh [EVERY]     2 takes every second call
# Needs `scale-ci tools kops` (eight minutes once; it is done if it was not).
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

table=${CUT_TABLE:-cuts.md}
: >"$table"
for cleaner in Ours Bare; do
  before=$SECONDS
  CUT_TABLE=$(realpath "$table") CUT_EVERY=${1:-1} CUT_DURING=Create CUT_VICTIM=${CUT_VICTIM:-Kops} CUT_CLEANER=$cleaner \
    cargo test --locked -p scale-ci --test kops -- --ignored --nocapture every_cut
  echo "$cleaner: $((SECONDS - before)) s"
done
awk -F'|' '{ n[$6]++; if ($8 > 0) dirty[$6]++; left[$6] += $8 }
  END { for (who in n) printf "%s cuts %d, something left after %d, %d things in all\n", who, n[who], dirty[who], left[who] }' "$table"
