#!/usr/bin/env bash
# The one way from an action to a stage.
#   stage.sh key          says where the program comes from and under which key it is cached
#   stage.sh get          gets the program: given, by the checksum of this commit, or built from this commit
#   stage.sh STAGE VERB   becomes the stage; `exec` all the way, since a runner signals only its own child
# What a stage is told comes from the environment alone: RUN (which run), SCENARIO, ARG_x (--x=value),
# EACH_x (--x=value for each line), IF_x (--x if true), CL2 (lines of CL2_NAME=value).
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
target="$(uname -m)-unknown-linux-musl"
manifest="${PERF_SCALE_MANIFEST:-${root}/release-manifest.txt}"
folder="${RUNNER_TEMP:-/tmp}/perf-scale-ci"
program="${PERF_SCALE_PROGRAM:-${folder}/scale-ci}"
cache="${PERF_SCALE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/perf-scale-ci}"

fail() {
  echo "::error title=${1}::${2}"
  exit "${3:-1}"
}

# Where the program comes from.
source_of() {
  if [[ -n "${PERF_SCALE_PROGRAM:-}" ]]; then
    echo given
  elif [[ -s "${manifest}" ]]; then
    echo release
  else
    echo cargo
  fi
}

# What the program is made of: another source is another key.
hash_of() {
  (cd -- "${root}" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# download ASSET TO: an asset by its line in the manifest, `<asset> <sha256> <url>`.
download() {
  local asset sum url found=""
  while read -r asset sum url; do
    [[ "${asset}" != "$1" ]] || { found=yes && break; }
  done < "${manifest}"
  [[ -n "${found}" ]] || fail setup "the release has no ${1} (hint: set PERF_SCALE_PROGRAM to one built for this machine)" 2
  curl --proto '=https' --tlsv1.2 -fsSL --retry 5 --retry-all-errors -o "$2" -- "${url}"
  sha256sum --check --quiet - <<< "${sum} *${2}" || fail setup "${1} is not what this commit says it is: its checksum differs"
}

get() {
  mkdir -p -- "${folder}" "${cache}"
  case "$(source_of)" in
    given) [[ -x "${program}" ]] || fail setup "PERF_SCALE_PROGRAM names no program: ${program}" 2 ;;
    release)
      download "scale-ci-${target}" "${folder}/.partial"
      chmod +x "${folder}/.partial"
      mv -- "${folder}/.partial" "${program}"
      if [[ ! -d "${cache}/tools" ]]; then
        download "toolbox-${target}.tar.gz" "${folder}/toolbox.tar.gz"
        tar -xzf "${folder}/toolbox.tar.gz" -C "${cache}"
        rm -- "${folder}/toolbox.tar.gz"
      fi
      ;;
    cargo)
      if [[ ! -x "${program}" ]]; then
        (cd -- "${root}" && cargo build --release --locked -p scale-ci --target-dir "${folder}/target")
        mv -- "${folder}/target/release/scale-ci" "${program}"
        rm -rf -- "${folder}/target"
      fi
      ;;
  esac
  "${program}" --version
}

key() {
  {
    echo "source=$(source_of)"
    echo "key=perf-scale-ci-${target}-$(hash_of Cargo.lock rust-toolchain.toml Cargo.toml crates tools)"
    echo "tools-key=perf-scale-tools-${target}-$(hash_of tools)"
    echo "program=${program}"
    echo "cache=${cache}"
  } >> "${GITHUB_OUTPUT:?}"
}

# flag PREFIX NAME: `--run-url` of ARG_RUN_URL.
flag() {
  local name="${2#"$1"}"
  name="${name,,}"
  echo "--${name//_/-}"
}

# The folder of the run, the same in every job of it. The key must not lead anywhere else.
run_dir() {
  [[ "$1" =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || fail stage "a run is named by letters, digits and dashes" 2
  echo "${PERF_SCALE_RUNS:-${HOME:?}/.local/state/perf-scale-ci/runs}/$1/run"
}

stage() {
  local args=() line name
  [[ -x "${program}" ]] || fail stage "there is no program yet (hint: the action \`setup\` comes first)" 127
  for name in "${!ARG_@}"; do
    [[ -z "${!name}" ]] || args+=("$(flag ARG_ "${name}")=${!name}")
  done
  for name in "${!EACH_@}"; do
    while IFS= read -r line; do
      [[ -z "${line//[[:space:]]/}" ]] || args+=("$(flag EACH_ "${name}")=${line#"${line%%[![:space:]]*}"}")
    done <<< "${!name}"
  done
  for name in "${!IF_@}"; do
    [[ "${!name}" != true ]] || args+=("$(flag IF_ "${name}")")
  done
  while IFS= read -r line; do
    [[ -n "${line}" ]] || continue
    [[ "${line}" =~ ^CL2_[A-Z0-9_]+= ]] || fail stage "this is no override of ClusterLoader2: ${line//[^A-Za-z0-9_=.-]/?} (hint: CL2_NAME=value)" 2
    export "${line?}"
  done <<< "${CL2:-}"
  if [[ -n "${RUN:-}" ]]; then
    local directory
    directory="$(run_dir "${RUN}")"
    mkdir -p -- "$(dirname -- "${directory}")"
    args+=("--run-dir=${directory}")
  fi
  if [[ -n "${SCENARIO:-}" ]]; then
    # A name is a scenario of this commit, a path one of the caller's checkout.
    [[ "${SCENARIO}" == */* ]] || SCENARIO="${root}/scenarios/${SCENARIO}.yaml"
    args+=(-- "${SCENARIO}")
  fi
  [[ "$1" == scale-ci ]] || set -- stage "$@"
  [[ "$1" != scale-ci ]] || shift
  exec "${program}" "$@" "${args[@]}"
}

case "${1:?}" in
  get | key) "$1" ;;
  *) stage "$@" ;;
esac
