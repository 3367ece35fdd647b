#!/usr/bin/env bash
# Makes and publishes a release; release.yml says who may.
#   release.sh build TARGET FOLDER      the static program, the toolbox and the SBOM, into FOLDER
#   release.sh sbom TARGET TOOLS        what the program and the programs below TOOLS are made of, as SPDX 2.3 on stdout
#   release.sh manifest VERSION FOLDER  release-manifest.txt on stdout: asset, checksum, address
#   release.sh publish VERSION FOLDER   draft, manifest in a commit of its own, tag on that commit, publication
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"

build() {
  local target="$1" folder="$2"
  mkdir -p -- "${folder}"
  rustup target add "${target}"
  cargo build --manifest-path "${root}/Cargo.toml" --profile dist --locked --target "${target}" -p scale-ci
  cp -- "${CARGO_TARGET_DIR:-${root}/target}/${target}/dist/scale-ci" "${folder}/scale-ci-${target}"
  if file -b -- "${folder}/scale-ci-${target}" | grep -q 'dynamically linked'; then
    echo "::error title=release::the program is not static"
    exit 1
  fi
  PERF_SCALE_CACHE="${folder}/cache" "${folder}/scale-ci-${target}" tools
  # For clusters in the cloud; not built unasked.
  PERF_SCALE_CACHE="${folder}/cache" "${folder}/scale-ci-${target}" tools kops
  sbom "${target}" "${folder}/cache/tools" > "${folder}/sbom-${target}.spdx.json"
  # In the order of their names and without times, so that what is the same has the same checksum.
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "${folder}/cache" -cf - tools sources | gzip -n > "${folder}/toolbox-${target}.tar.gz"
  chmod -R u+w -- "${folder}/cache" && rm -rf -- "${folder}/cache"
}

# The crates that are linked into the program for the target, and the modules that Go says are in each of the tools.
sbom() {
  local target="$1" tools="$2"
  {
    cargo tree --manifest-path "${root}/Cargo.toml" --locked -p scale-ci --edges normal,build --target "${target}" --prefix none --format '{p}|{l}' |
      sed -E 's/^([^ ]+) v([^ |]+)[^|]*\|/\1|\2|/; s/ \(\*\)$//' | sort -u |
      jq -Rc 'split("|") | {name: .[0], version: .[1], license: ((.[2] // "") | gsub(" */ *"; " OR ") | if . == "" then "NOASSERTION" else . end), purl: "pkg:cargo/\(.[0])@\(.[1])"}'
    find "${tools}" -type f -perm -u+x -exec go version -m {} + | awk -F '\t' '$2 ~ /^(mod|dep|=>)$/ && $4 ~ /^v/ {print $3 "|" $4}' | sort -u |
      jq -Rc 'split("|") | {name: .[0], version: .[1], license: "NOASSERTION", purl: "pkg:golang/\(.[0])@\(.[1])"}'
  } | jq -s --arg of "${target}-$(git -C "${root}" rev-parse HEAD)" '{
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "perf-scale-ci-\($of)",
    documentNamespace: "https://spdx.org/spdxdocs/perf-scale-ci-\($of)",
    creationInfo: {created: (now | todate), creators: ["Tool: release.sh"]},
    packages: [to_entries[] | {SPDXID: "SPDXRef-\(.key)", name: .value.name, versionInfo: .value.version, downloadLocation: "NOASSERTION",
      filesAnalyzed: false, licenseDeclared: .value.license, licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION",
      externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .value.purl}]}],
    relationships: [to_entries[] | {spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-\(.key)"}]
  }'
}

manifest() {
  local version="$1" folder="$2" asset
  for asset in "${folder}"/scale-ci-* "${folder}"/toolbox-*; do
    echo "${asset##*/} $(sha256sum -- "${asset}" | cut -d' ' -f1) ${GITHUB_SERVER_URL:-https://github.com}/${GH_REPO:?}/releases/download/v${version}/${asset##*/}"
  done
}

publish() {
  local version="$1" folder="$2" base blob tree commit
  [[ "${version}" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "::error title=release::a version is three numbers" && exit 2; }
  base="$(git -C "${root}" rev-parse HEAD)"
  gh release create "v${version}" "${folder}"/* --draft --target "${base}" --title "v${version}" --generate-notes
  blob="$(manifest "${version}" "${folder}" | gh api "repos/${GH_REPO}/git/blobs" -F content=@- -f encoding=utf-8 --jq .sha)"
  tree="$(gh api "repos/${GH_REPO}/git/trees" -f base_tree="${base}" -f 'tree[][path]=release-manifest.txt' -f 'tree[][mode]=100644' -f 'tree[][type]=blob' -f "tree[][sha]=${blob}" --jq .sha)"
  commit="$(gh api "repos/${GH_REPO}/git/commits" -f message="release: v${version}" -f tree="${tree}" -f "parents[]=${base}" --jq .sha)"
  # On the tag alone: main goes on without a manifest, and builds from its own source.
  gh api "repos/${GH_REPO}/git/refs" -f ref="refs/tags/v${version}" -f sha="${commit}"
  gh release edit "v${version}" --draft=false --target "${commit}"
  echo "v${version} is ${commit}: pin this commit"
}

"${1:?}" "${@:2}"
