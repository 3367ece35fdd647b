"""What the scripts behind the actions do by themselves, and whether actions/README.md and the actions tell the truth about the programs."""
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
from pathlib import Path

import yaml

from linting import STAGES


class Place:
    """A runner's folders, and what a step left in them."""

    def __init__(self, tree, folder):
        self.tree, self.folder = Path(tree), Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "temp").mkdir(exist_ok=True)

    def run(self, script, *args, **env):
        self.output = self.folder / "output"
        self.output.write_text("")
        done = subprocess.run([str(self.tree / "actions" / script), *args], cwd=self.folder, capture_output=True, text=True, env={
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "RUNNER_TEMP": str(self.folder / "temp"), "LANG": "C.UTF-8",
            "GITHUB_OUTPUT": str(self.output), "PERF_SCALE_RUNS": str(self.folder / "runs"), **env})
        self.code, self.said = done.returncode, done.stdout + done.stderr
        self.outputs = dict(line.split("=", 1) for line in self.output.read_text().splitlines() if "=" in line)
        return self


def check(tree, scratch, program):
    wrong = []

    def want(what, found, expected):
        if found != expected:
            wrong.append(f"{what}: {found!r}, not {expected!r}")

    def place(name):
        return Place(tree, Path(scratch, name))

    program_is_had(place, want)
    arguments_are_held_to_their_shape(place, want)
    a_run_directory_travels(place, want)
    # Nor does it have the crates.
    if Path(tree, "Cargo.toml").exists():
        a_release_says_what_it_is_made_of(place, want)
    a_label_brings_a_test_to_the_branch_of_a_version(place, want)
    wrong += refused_where_a_cluster_would_end(tree)
    wrong += actions_match_the_programs(tree, program)
    return wrong


def program_is_had(place, want):
    """By the checksum of the commit, or not at all."""
    here = place("setup")
    target = f"{os.uname().machine}-unknown-linux-musl"
    asset = here.folder / "asset"
    asset.write_text("#!/bin/sh\necho told: \"$@\" CL2=$CL2_QPS\n")
    toolbox = here.folder / "toolbox"
    (here.folder / "tools").mkdir(exist_ok=True)
    subprocess.run(["tar", "-czf", str(toolbox), "-C", str(here.folder), "tools"], check=True)
    with Server(here.folder) as server:
        sums = {name: subprocess.run(["sha256sum", str(here.folder / name)], capture_output=True, text=True).stdout[:64] for name in ("asset", "toolbox")}
        manifest = here.folder / "manifest.txt"
        line = f"scale-ci-{target} {sums['asset']} {server.url}/asset\ntoolbox-{target}.tar.gz {sums['toolbox']} {server.url}/toolbox\n"
        env = {"PERF_SCALE_MANIFEST": str(manifest), "CURL_CA_BUNDLE": str(here.folder / "ca.pem"), "PERF_SCALE_CACHE": str(here.folder / "cache")}
        manifest.write_text(line)
        want("release: code", (here.run("stage.sh", "get", **env).code, "told: --version" in here.said), (0, True))
        want("release: the toolbox", (here.folder / "cache/tools").is_dir(), True)
        got = here.folder / "temp/perf-scale-ci/scale-ci"
        got.unlink(missing_ok=True)
        manifest.write_text(line.replace(sums["asset"], "0" * 64))
        want("tampered: code", here.run("stage.sh", "get", **env).code, 1)
        want("tampered: said", "its checksum differs" in here.said, True)
        want("tampered: the program", got.exists(), False)
        # What release.sh writes is what stage.sh reads.
        assets = here.folder / "o/n/releases/download/v0.1.0"
        assets.mkdir(parents=True)
        for name, asset_name in (("asset", f"scale-ci-{target}"), ("toolbox", f"toolbox-{target}.tar.gz")):
            (assets / asset_name).write_bytes((here.folder / name).read_bytes())
        written = here.run("release.sh", "manifest", "0.1.0", str(assets), GH_REPO="o/n", GITHUB_SERVER_URL=server.url).said
        manifest.write_text(written)
        want("the manifest of a release", here.run("stage.sh", "get", **env).code, 0)
        # What is planted with a fault is no repository.
        if (here.tree / ".git").exists():
            a_release_is_published_when_it_is_whole(here, want, written)
        want("a version that is none", here.run("release.sh", "publish", "1.0; x", str(assets), GH_REPO="o/n").code, 2)
        manifest.write_text(line.replace(target, "pdp11"))
        want("another machine", (here.run("stage.sh", "get", **env).code, "the release has no" in here.said), (2, True))
    want("given, not there", here.run("stage.sh", "get", PERF_SCALE_PROGRAM="/nowhere").code, 2)
    # Without a manifest it is built, once, with the locked dependencies.
    cargo = here.folder / "bin/cargo"
    cargo.parent.mkdir(exist_ok=True)
    cargo.write_text(f'#!/bin/sh\necho "$@" >> {here.folder}/built\nfor folder; do :; done\nmkdir -p "$folder/release" && cp {asset} "$folder/release/scale-ci" && chmod +x "$folder/release/scale-ci"\n')
    cargo.chmod(0o755)
    (here.folder / "temp/perf-scale-ci/scale-ci").unlink(missing_ok=True)
    path = {"PATH": f"{cargo.parent}:{os.environ['PATH']}", "PERF_SCALE_MANIFEST": "/nowhere"}
    codes = [here.run("stage.sh", "get", **path).code, here.run("stage.sh", "get", **path).code]
    want("built", (codes, (here.folder / "built").read_text().split("--target-dir")[0], (here.folder / "built").read_text().count("\n")),
         ([0, 0], "build --release --locked -p scale-ci ", 1))
    want("key", here.run("stage.sh", "key").outputs.get("source"), "cargo")
    here.run("stage.sh", "verdict", "judge", PERF_SCALE_PROGRAM=str(asset) if asset.chmod(0o755) is None else "", RUN="77-1", ARG_TEST="a b",
             EACH_SET="x=1\n\n  y=$(touch z)", IF_CANCELLED="true", IF_SUITE="false", CL2="CL2_QPS=7", SCENARIO="tiny")
    want("arguments", here.said.strip(), f"told: stage verdict judge --test=a b --set=x=1 --set=y=$(touch z) --cancelled "
         f"--run-dir={here.folder}/runs/77-1/run -- {here.tree}/scenarios/tiny.yaml CL2=7")
    for env in ({"RUN": "../../etc"}, {"RUN": "77-1", "CL2": "LD_PRELOAD=/x"}, {"RUN": "77-1", "CL2": "CL2_X$(touch z)=1"}):
        want(f"refused: {env}", here.run("stage.sh", "verdict", "judge", PERF_SCALE_PROGRAM=str(asset), **env).code, 2)
    want("nothing was obeyed", (here.folder / "z").exists(), False)


def arguments_are_held_to_their_shape(place, want):
    here = place("arguments")
    sha, base = "a1" * 20, "b2" * 20
    remote = here.folder / "cilium"
    subprocess.run(f"git init -q -b main {remote} && cd {remote} && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x", shell=True, check=True)
    head = subprocess.run(["git", "-C", str(remote), "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    comment = {"EVENT": "workflow_dispatch", "PULL_REQUEST": "12", "SHA": sha, "BASE_SHA": base, "NODES": "0"}
    for env, version, tested, nodes in (
        ({}, "", sha, "0"),
        ({"EXTRA_ARGS": '{"args": "version=1.18.0 nodes=1000"}'}, "1.18.0", "", "1000"),
        ({"EXTRA_ARGS": "version=v1.19.0-rc.1"}, "1.19.0-rc.1", "", "0"),
        ({"EXTRA_ARGS": f"sha={base} xnodes=5 nodes=007"}, "", base, "7"),
        ({"EXTRA_ARGS": "`version` $(nodes)"}, "", sha, "0"),
    ):
        here.run("arguments.sh", **comment, **env)
        found = tuple(here.outputs.get(key) for key in ("cilium-version", "cilium-sha", "nodes", "pull-request", "base-sha"))
        want(f"arguments {env}", found, (version, tested, nodes, "12", base))
    here.run("arguments.sh", EVENT="schedule", PERF_SCALE_CILIUM=str(remote))
    want("on a schedule", (here.outputs.get("cilium-sha"), here.outputs.get("status-sha"), here.outputs.get("passed-over")), (head, "", "false"))
    # The status goes to what is tested where its commits are, and to the commit of the bot wherever it called.
    at_home = {"PERF_SCALE_CILIUM": str(remote), "GITHUB_SERVER_URL": str(remote.parent), "GITHUB_REPOSITORY": remote.name}
    for env, commit in (({"EVENT": "schedule"} | at_home, head), ({"CILIUM_SHA": base} | at_home, base), ({"CILIUM_VERSION": "1.18.0"} | at_home, ""),
                        (comment | {"EXTRA_ARGS": f"sha={base}"}, sha)):
        here.run("arguments.sh", **env)
        want(f"commit of the status {env}", here.outputs.get("status-sha"), commit)
    for tag, over in (("v1.12.0", "false"), ("1.20.2", "false"), ("v2.0.0", "false"), ("v1.11.20", "true"), ("v0.9.1", "true"), ("v1.21.0-rc.1", "true")):
        here.run("arguments.sh", EVENT="release", TAG=tag)
        want(f"release {tag}", [here.outputs.get(key) for key in ("cilium-version", "cilium-sha", "sha", "passed-over")],
             [tag.removeprefix("v"), "", "", over])
        want(f"release {tag}: a notice", "::notice title=arguments::" in here.said, over == "true")
    for env in ({"SHA": "main; touch z"}, {"PULL_REQUEST": "1\ncilium-sha=x"}, {"EXTRA_ARGS": "nodes=1001"}, {"CILIUM_VERSION": "1.18.0 --set x"},
                {"EXTRA_ARGS": "sha=abc"}, {"TAG": "v1.20.2$(touch z)"}, {"TAG": "v1.20.2\npassed-over=true"}, {"BASE_SHA": "$(touch z)"}, {"NODES": "9" * 30}):
        here.run("arguments.sh", **(comment | env))
        want(f"refused: {env}", (here.code, here.outputs), (2, {}))
    want("nothing was obeyed", (here.folder / "z").exists(), False)


def a_run_directory_travels(place, want):
    """Between two machines: colons and spaces in names, one layer over the other, two tests beside each other."""
    one, two = place("machine-one"), place("machine-two")
    run = one.folder / "runs/77-1/run"

    def write(name, text):
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def give(layer, test=""):
        here = one.run("hand-over.sh", "give", RUN="77-1", LAYER=layer, TEST=test, FOLDER=str(two.folder / f"taken/run-77-1-{layer}"))
        want(f"give {layer}", here.code, 0)

    write("plan.json", '{"steps": [{"id": "create"}, {"id": "run-a"}]}')
    write("tests/a/config/config.yaml", "c")
    give("plan")
    write("infra.json", "one")
    write("../run.private/kubeconfig", "secret")
    write("processes/1.json", "{}")
    give("create")
    report = "tests/a/report/GenericPrometheusQuery Init Events_load_2026-11-23T21:59:13Z.json"
    write(report, "r")
    write("records/cl2-runner-run-a.json", "{}")
    write("logs/cl2-a.log", "l")
    write("metadata.json", "another leg's")
    give("test-a", "a")
    write("infra.json", "two")
    give("teardown")
    two.run("hand-over.sh", "take", RUN="77-1", FOLDER=str(two.folder / "taken"))
    there = two.folder / "runs/77-1/run"
    want("take", (two.code, two.outputs.get("steps")), (0, '["create","run-a"]'))
    want("the later layer", (there / "infra.json").read_text(), "two")
    want("a name with colons", (there / report).read_text() if (there / report).exists() else None, "r")
    want("records and logs of a test", (there / "records/cl2-runner-run-a.json").exists() and (there / "logs/cl2-a.log").exists(), True)
    want("credentials and processes", [str(path) for path in two.folder.rglob("*") if path.name in ("kubeconfig", "processes")], [])
    write(report, "another")
    write("tests/a/config/config.yaml", "changed")
    give("test-a", "a")
    two.run("hand-over.sh", "take", RUN="77-1", FOLDER=str(two.folder / "taken"))
    want("two copies that differ", (two.code, "two jobs wrote one file" in two.said), (1, True))
    for env in ({"RUN": "../x"}, {"RUN": "none"}):
        want(f"take of {env}", two.run("hand-over.sh", "take", FOLDER=str(two.folder / "taken"), **env).code, 2)
    want("a test that is a path", one.run("hand-over.sh", "give", RUN="77-1", LAYER="test-x", TEST="../a", FOLDER=str(two.folder / "x")).code, 2)


def a_release_is_published_when_it_is_whole(here, want, manifest):
    """Draft, manifest in a commit of its own, tag on that commit, publication: in this order, and nothing after a step that failed."""
    gh, log = here.folder / "bin/gh", here.folder / "told"
    gh.parent.mkdir(exist_ok=True)
    gh.write_text(f"""#!/bin/sh
echo "$*" >> {log}
case "$*" in *blobs*) cat > {here.folder}/blob && echo blob ;; *trees*) echo tree ;; *commits*) echo commit ;; *refs*) exit "${{REFS:-0}}" ;; esac
""")
    gh.chmod(0o755)
    base = subprocess.run(["git", "-C", str(here.tree), "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    env = {"PATH": f"{gh.parent}:{os.environ['PATH']}", "GH_REPO": "o/n", "GITHUB_SERVER_URL": manifest.split()[2].removesuffix(f"/o/n/releases/download/v0.1.0/{manifest.split()[0]}")}
    assets = str(here.folder / "o/n/releases/download/v0.1.0")
    for refs, published in (("0", True), ("1", False)):
        log.write_text("")
        done = here.run("release.sh", "publish", "0.1.0", assets, REFS=refs, **env)
        told = log.read_text().splitlines()
        steps = [("release create v0.1.0", "--draft", base), ("git/blobs",), ("git/trees", base, "release-manifest.txt", "blob"),
                 ("git/commits", "tree=tree", base), ("git/refs", "refs/tags/v0.1.0", "sha=commit"), ("release edit v0.1.0", "--draft=false", "commit")]
        steps = steps if published else steps[:-1]
        want("publish: steps", [all(word in line for word in words) for words, line in zip(steps, told)], [True] * len(told))
        want("publish: number of steps", (done.code == 0, len(told)), (published, len(steps)))
        want("publish: the manifest", (here.folder / "blob").read_text(), manifest)


def a_release_says_what_it_is_made_of(place, want):
    """Crates that are linked, modules that are in the tools, and in the form of SPDX 2.3."""
    here = place("sbom")
    tool = Path(os.environ["LAB_ACTIONLINT"]).parent
    done = subprocess.run([here.tree / "actions/release.sh", "sbom", "x86_64-unknown-linux-musl", tool], capture_output=True, text=True)
    want("sbom: code", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    document = json.loads(done.stdout or "{}")
    packages = {package["name"]: package for package in document.get("packages", [])}
    want("sbom: form", {key: document.get(key) for key in ("spdxVersion", "dataLicense", "SPDXID")},
         {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT"})
    # fake-gce is linked into tests alone.
    want("sbom: what is in it", [name in packages for name in ("scale-ci", "verdict", "octocrab", "github.com/rhysd/actionlint", "fake-gce")],
         [True, True, True, True, False])
    ids = [package["SPDXID"] for package in document.get("packages", [])]
    want("sbom: names", len(set(ids)), len(ids))
    for package in document.get("packages", []):
        purl = package["externalRefs"][0]["referenceLocator"]
        if not re.fullmatch(r"pkg:(cargo|golang)/[^@ ]+@v?\d[^@ ]*", purl) or "/" in package["licenseDeclared"] or not package["licenseDeclared"]:
            want(f"sbom: {purl}", package["licenseDeclared"], "an address and a license")


def a_label_brings_a_test_to_the_branch_of_a_version(place, want):
    """The script of branch.yml with a real git, a GitHub that only remembers, and labels that anybody may write."""
    here = place("branch")
    jobs = yaml.safe_load(Path(here.tree, ".github/workflows/branch.yml").read_text())["jobs"]
    gh, told = here.folder / "bin/gh", here.folder / "told"
    gh.parent.mkdir()
    pulls = [{"number": 12, "merged_at": "2026", "labels": [{"name": name} for name in ("backport/1.18", "backport/1.17", "kind/test", "backport/$(touch z)")]},
             {"number": 13, "merged_at": None, "labels": [{"name": "backport/1.18"}]}]
    (here.folder / "pulls").write_text(json.dumps(pulls))
    gh.write_text(f'#!/bin/sh\necho "$*" >> {told}\ncase "$2" in */pulls) exec jq -r "$4" {here.folder}/pulls ;; */heads/*) echo abc ;; esac\n')
    gh.chmod(0o755)
    env = {"PATH": f"{gh.parent}:{os.environ['PATH']}", "HOME": str(here.folder), "GH_TOKEN": "t", "GH_REPO": "remote", "SERVER": f"file://{here.folder}"}

    def git(*args):
        return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *args], cwd=here.folder / "work", check=True, capture_output=True, text=True).stdout

    def step(job, **more):
        told.write_text("")
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", jobs[job]["steps"][-1]["run"]], cwd=here.folder / "work", capture_output=True, text=True, env=env | more)

    subprocess.run(["git", "init", "-q", "--bare", "-b", "cilium-ci-main", str(here.folder / "remote")], check=True)
    subprocess.run(["git", "clone", "-q", str(here.folder / "remote"), str(here.folder / "work")], check=True, capture_output=True)
    work = here.folder / "work"
    for name, text in (("old", "1\n"), ("changed", "1\n")):
        (work / name).write_text(text)
    git("add", "."), git("commit", "-qm", "begin"), git("push", "-q", "origin", "HEAD:cilium-ci-main", "HEAD:cilium-ci-1.18")
    (work / "changed").write_text("of 1.17\n")
    git("commit", "-qam", "other"), git("push", "-q", "origin", "HEAD:cilium-ci-1.17"), git("reset", "-q", "--hard", "HEAD~")
    # Merged as a commit of two parents, as GitHub's green button does.
    git("switch", "-qc", "topic")
    (work / "changed").write_text("2\n")
    (work / "new").write_text("a test\n")
    git("add", "."), git("commit", "-qm", "a test"), git("switch", "-q", "cilium-ci-main"), git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    git("push", "-q", "origin", "HEAD:cilium-ci-main"), git("fetch", "-q")
    done = step("backport", GITHUB_SHA=git("rev-parse", "HEAD").strip())
    want("backport: the one that does not apply is red", done.returncode, 1)
    git("fetch", "-q")
    want("backport: branches", sorted(git("branch", "-r", "--list", "origin/backport*").split()), ["origin/backport-12-to-1.18"])
    want("backport: what is on it", git("show", "origin/backport-12-to-1.18:new"), "a test\n")
    calls = [" ".join(line.split()[:3]) for line in told.read_text().splitlines()[1:]]
    want("backport: said", calls, ["pr create --base", "pr comment 12"])
    want("backport: obeyed", (work / "z").exists(), False)
    want("branch", (step("make", VERSION="1.19").returncode, "ref=refs/heads/cilium-ci-1.19 -f sha=abc" in told.read_text()), (0, True))
    want("branch of a version that is none", (step("make", VERSION="1.19/../main").returncode, told.read_text()), (2, ""))


def refused_where_a_cluster_would_end(tree):
    steps = yaml.safe_load(Path(tree, ".github/workflows/pipeline.yml").read_text())["jobs"]["plan"]["steps"]
    for infra, machine, expected in (("kwok", "github-hosted", 2), ("kwok", "self-hosted", 0), ("kwok", "", 0), ("kops", "github-hosted", 0)):
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", steps[0]["run"]], env={"INFRA": infra, "MACHINE": machine}, capture_output=True)
        if done.returncode != expected:
            yield f"{infra} on a machine that is {machine or 'unnamed'}: {done.returncode}, not {expected}"


def actions_match_the_programs(tree, program):
    """Every verb and flag that an action can say is one of its program, and the table of actions/README.md is what the actions are."""

    def help_of(*args):
        return subprocess.run([program, *args, "--help"], capture_output=True, text=True).stdout

    rows = {}
    for path in sorted(Path(tree, "actions").glob("*/action.yml")):
        action = yaml.safe_load(path.read_text())
        name = path.parent.name
        run = " ".join(str(step.get("run", "")) for step in action["runs"]["steps"])
        verbs = re.findall(r"[a-z][a-z-]+", ((action.get("inputs") or {}).get("verb") or {}).get("description", ""))
        verbs = [verb for verb in verbs if verb != "or"]
        crate = "-"
        if name in STAGES:
            crate = name
            verbs = verbs or ["plan"]
        if name == "scale-ci":
            crate, verbs = name, ["run"]
        if crate != "-":
            texts = [help_of(*(["stage", crate] if crate in STAGES else []), verb) for verb in verbs]
            for verb, text in zip(verbs, texts):
                if f"{verb} [OPTIONS]" not in text:
                    yield f"{name}: the program has no verb `{verb}`"
            flags = {flag for text in texts for flag in re.findall(r"--[a-z0-9-]+", text)}
            for step in action["runs"]["steps"]:
                for variable in step.get("env") or {}:
                    match = re.fullmatch(r"(?:ARG|EACH|IF)_([A-Z_0-9]+)", variable)
                    if match and f"--{match[1].lower().replace('_', '-')}" not in flags:
                        yield f"{name}: the program has no flag for `{variable}`"
        if crate == "-" and "stage.sh" in run and name != "setup":
            yield f"{name}: it runs a stage and is none"
        inputs = ", ".join(f"`{key}`" for key in action.get("inputs") or {}) or "-"
        outputs = ", ".join(f"`{key}`" for key in action.get("outputs") or {}) or "-"
        rows[name] = f"| [{name}]({name}/action.yml) | {f'`{crate}`' if crate != '-' else '-'} | {', '.join(f'`{verb}`' for verb in verbs) or '-'} | {inputs} | {outputs} |"
    page = Path(tree, "actions/README.md")
    text = page.read_text() if page.exists() else ""
    table = "\n".join(rows.values())
    if os.environ.get("UPDATE") == "1":
        page.write_text(re.sub(r"(\|---\|---\|---\|---\|---\|\n).*?(?=\n\n|\Z)", lambda match: match[1] + table, text, flags=re.S))
    elif table not in text:
        yield "actions/README.md has another table than the actions (UPDATE=1 writes it)"


class Server:
    """Files over TLS on loopback, as a release's are."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def __enter__(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(self.folder / "key.pem"), "-out",
                        str(self.folder / "ca.pem"), "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        folder = str(self.folder)

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=folder)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "ca.pem", self.folder / "key.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
