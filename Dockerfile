# One image with every stage and every program that they run, for self-hosted machines and for people.
# It packs what a release built (`actions/release.sh build TARGET dist`), and builds nothing itself.
#   mkdir dist/toolbox && tar -xzf dist/toolbox-x86_64-unknown-linux-musl.tar.gz -C dist/toolbox
#   buildah build --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t perf-scale-ci .
ARG BASE=docker.io/library/debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716
FROM ${BASE}

ARG TARGET=x86_64-unknown-linux-musl
ARG VERSION=0.0.0
ARG REVISION=unknown

LABEL org.opencontainers.image.title="perf-scale-ci" \
      org.opencontainers.image.description="Perf & Scale CI for Cilium: every stage and every program that they run" \
      org.opencontainers.image.source="https://github.com/cilium/perf-scale-ci" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ClusterLoader2 reaches the control plane by ssh; the actions need curl, git and jq.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates=2023* curl=7.88.* git=1:2.39.* jq=1.6-* openssh-client=1:9.2p1-* \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 perf-scale \
 && useradd --uid 10001 --gid 10001 --create-home --shell /bin/bash perf-scale \
 && install -d -o 10001 -g 10001 /home/perf-scale/.cache /home/perf-scale/.cache/perf-scale-ci

COPY --chmod=0755 dist/scale-ci-${TARGET} /usr/local/bin/scale-ci
# Each stage by its name: the one program is all of them.
RUN for stage in plan infra-kwok infra-kops cilium-install cl2-runner artifact-gcs verdict; do \
      printf '#!/bin/sh\nexec scale-ci stage %s "$@"\n' "${stage}" > "/usr/local/bin/${stage}" \
      && chmod 0755 "/usr/local/bin/${stage}" || exit 1; \
    done

COPY --chown=10001:10001 dist/toolbox/ /home/perf-scale/.cache/perf-scale-ci/
COPY --chown=10001:10001 scenarios /home/perf-scale/scenarios

# Actions on a machine made from this image use this program and download none.
ENV PERF_SCALE_PROGRAM=/usr/local/bin/scale-ci
USER 10001:10001
WORKDIR /home/perf-scale
ENTRYPOINT ["scale-ci"]
CMD ["--help"]
