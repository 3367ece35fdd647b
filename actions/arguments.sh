#!/usr/bin/env bash
# What is tested, from what a form or a comment says. Everything here may come from anybody: each value is held to its
# shape, and what has another is refused without being repeated as it is.
set -euo pipefail

# want NAME VALUE PATTERN: refuses a value of another shape.
want() {
  [[ -z "$2" || "$2" =~ ^$3$ ]] && return
  local shown="${2//[^A-Za-z0-9 ._=+-]/?}"
  echo "::error title=arguments::${1} cannot be '${shown:0:80}'"
  exit 2
}

# said NAME PATTERN: the argument NAME=... of the comment.
said() {
  [[ ! "${EXTRA_ARGS:-}" =~ (^|[^A-Za-z0-9_-])$1=($2) ]] || echo "${BASH_REMATCH[2]}"
}

version="$(said version '[-+.0-9a-z]+')"
sha="$(said sha '[a-f0-9]+')"
nodes="$(said nodes '[0-9]+')"

version="${version:-${TAG:-${CILIUM_VERSION:-}}}"
sha="${sha:-${CILIUM_SHA:-${SHA:-}}}"
nodes="${nodes:-${NODES:-0}}"
version="${version#v}"

want version "${version}" '[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-z.]+)?'
want sha "${sha}" '[0-9a-f]{40}'
want nodes "${nodes}" '[0-9]{1,4}'
want PR-number "${PULL_REQUEST:-}" '[0-9]{1,9}'
want SHA "${SHA:-}" '[0-9a-f]{40}'
want base-SHA "${BASE_SHA:-}" '[0-9a-f]{40}'
(( 10#${nodes} <= 1000 )) || { echo "::error title=arguments::more than 1000 nodes are not to be had"; exit 2; }

# Who publishes a release asks for no test: one that is not tested is no fault.
passed_over=false
if [[ -n "${TAG:-}" ]]; then
  IFS=. read -r major minor _ <<< "${version}"
  if [[ "${version}" == *-* ]] || (( 10#${major} < 1 || (10#${major} == 1 && 10#${minor} < 12) )); then
    passed_over=true
    echo "::notice title=arguments::${version} is not tested: releases from 1.12 on are, and no candidates of one"
  fi
fi

cilium="${PERF_SCALE_CILIUM:-https://github.com/cilium/cilium}"

# A released version is tested as it was released: its images are there, and no commit is built.
if [[ -n "${version}" ]]; then
  tested=""
elif [[ -z "${sha}" && "${EVENT:-}" == schedule ]]; then
  tested="$(git ls-remote "${cilium}" refs/heads/main | cut -f1)"
  want "the head of Cilium's main" "${tested:-none}" '[0-9a-f]{40}'
else
  tested="${sha}"
fi

# The commit that gets the status: the bot's, else the one that is tested, where it is a commit of this repository.
status="${SHA:-}"
if [[ -z "${status}" && "${GITHUB_SERVER_URL:-}/${GITHUB_REPOSITORY:-}" == "${cilium}" ]]; then
  status="${tested}"
fi

{
  echo "cilium-version=${version}"
  echo "cilium-sha=${tested}"
  echo "nodes=$(( 10#${nodes} ))"
  echo "pull-request=${PULL_REQUEST:-}"
  echo "sha=${sha:-${tested}}"
  echo "base-sha=${BASE_SHA:-}"
  echo "status-sha=${status}"
  echo "passed-over=${passed_over}"
} >> "${GITHUB_OUTPUT:?}"
