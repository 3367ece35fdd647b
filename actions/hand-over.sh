#!/usr/bin/env bash
# How a run directory travels from job to job: as tars, since GitHub refuses names with colons.
#   hand-over.sh give   RUN, LAYER, TEST: packs what this job may have written into $FOLDER/run.tar
#   hand-over.sh take   RUN: lays out what the jobs before gave, from $FOLDER/<artifact>/run.tar
# A job of one test gives that test's files alone, and the others give none of theirs. Of plan, wait-images, create, teardown and conclude each
# builds on the one before it, so the later one is right; what a test gives must not differ from what is there.
# The folder with the credentials, beside the run directory, never travels.
set -euo pipefail

run_dir() {
  [[ "${RUN:?}" =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || { echo "::error title=hand-over::a run is named by letters, digits and dashes" && exit 2; }
  echo "${PERF_SCALE_RUNS:-${HOME:?}/.local/state/perf-scale-ci/runs}/${RUN}/run"
}

give() {
  local directory
  directory="$(run_dir)"
  mkdir -p -- "${FOLDER:?}"
  [[ -f "${directory}/plan.json" ]] || { echo "::warning title=hand-over::there is no run to hand on" && exit 0; }
  cd -- "${directory}"
  if [[ -z "${TEST:-}" ]]; then
    local without=(--exclude=./processes)
    # What plan wrote for the tests is in its own layer.
    [[ "${LAYER:?}" == plan ]] || without+=(--exclude=./tests)
    tar -cf "${FOLDER}/run.tar" "${without[@]}" .
  else
    [[ "${TEST}" =~ ^[a-z0-9-]+$ ]] || { echo "::error title=hand-over::there is no such test" && exit 2; }
    find "tests/${TEST}" records logs \( -path "tests/*" -o -name "*-${TEST}.json" -o -name "*-${TEST}*.log" -o -name "*-${TEST}*.txt" \) \
      -type f -not -path "tests/${TEST}/baseline/*" -print0 2>/dev/null |
      tar -cf "${FOLDER}/run.tar" --null --files-from=-
  fi
}

take() {
  local directory differ layer tar next
  directory="$(run_dir)"
  next="${directory}.next"
  rm -rf -- "${next}" && mkdir -p -- "${next}/tests"
  for layer in plan wait-images create teardown conclude; do
    tar="${FOLDER:?}/run-${RUN}-${layer}/run.tar"
    [[ ! -f "${tar}" ]] || tar -xf "${tar}" -C "${next}"
  done
  [[ -f "${next}/plan.json" ]] || { echo "::error title=hand-over::no job handed on this run (hint: re-run all jobs)" && exit 2; }
  for tar in "${FOLDER}/run-${RUN}-test-"*/run.tar; do
    [[ -f "${tar}" ]] || continue
    # It also speaks of files that are not there yet, and of times, and then ends with 1.
    differ="$({ tar --compare -f "${tar}" -C "${next}" 2>/dev/null || true; } | grep -E ': (Contents differ|Size differs|File type differs)$' || true)"
    [[ -z "${differ}" ]] || { echo "::error title=hand-over::two jobs wrote one file: ${differ%%:*}" && exit 1; }
    tar -xf "${tar}" -C "${next}"
  done
  rm -rf -- "${directory}"
  mv -- "${next}" "${directory}"
  echo "steps=$(jq -c '[.steps[].id]' "${directory}/plan.json")" >> "${GITHUB_OUTPUT:?}"
}

"${1:?}"
