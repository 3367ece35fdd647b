"""Layer 3: act runs the real stages on a real control plane, through the workflows as they are.

Stand-ins only for checkout, cache, upload-artifact, download-artifact and the sign-in.
"""
import datetime
import json
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

from cloud import BUCKET, PROJECT, Cloud
from github_api import GitHubApi
from lab import ROOT, Lab, end_all, render_caller

SHA = "1234567890abcdef1234567890abcdef12345678"
TINY = {"infra": "kwok", "scenario": "tiny"}
# What cannot be measured where all machines of a cloud are this one.
NOT_ON_ONE_MACHINE = {"TestMetrics": "it signs in to the control plane over ssh", "NetworkProgrammingLatency": "simulated nodes run no kube-proxy",
                      "APIResponsivenessPrometheus": "the control plane shares two cores with the load"}


class Wrong(list):
    """What is not as it must be."""

    def want(self, what, found, expected):
        if found != expected:
            self.append(f"{what}: {found!r}, not {expected!r}")


def new(scratch, name, tools, inline=False):
    return Lab(Path(scratch, name), tools["act"], tools["program"], tools["cache"], inline, tools.get("root", ROOT))


def bucket(lab):
    return {"bucket": f"file://{lab.folder}/bucket"}


def nothing_left(lab, wrong):
    wrong.want("left running", lab.left_running(), [])
    wrong.want("credentials that are left", [str(path) for path in lab.folder.glob("runs/*/run.private")], [])
    wrong.want("deletion", (lab.record("infra-kwok-delete") or {}).get("outcome"), "done")


def ended(lab, wrong, outcome, succeeded, suites=3):
    """The word for the run, the job of the teardown and what is in the bucket."""
    conclusion = lab.conclusion() or {}
    wrong.want("conclusion", conclusion.get("outcome"), outcome)
    wrong.want("act ended well", lab.code == 0, succeeded)
    wrong.want("finished builds", len(lab.builds()), suites)
    nothing_left(lab, wrong)
    return "; ".join(conclusion.get("because", []))


def a_caller_gets_a_verdict_and_builds(scratch, tools):
    """The file of docs/caller, as it is, called as the comment bot does."""
    wrong, lab = Wrong(), new(scratch, "caller", tools)
    caller, extra = caller_of(lab)
    extra += ["--secret", "GCP_PERF_SA=robot-of-the-lab"]
    comment = {"PR-number": "4711", "context-ref": "main", "SHA": SHA, "base-SHA": SHA[::-1], "extra-args": '{"args": "version=1.20.2 nodes=2"}'}
    with GitHubApi() as github:
        extra += ["--env", f"GITHUB_API_URL={github.url}"]
        lab.run("workflow_dispatch", "scale-test.yml", comment, extra, tree=caller)
        path = f"/repos/cilium/cilium/statuses/{SHA}"
        wrong.want("statuses", [(one["path"], one["context"], one["state"]) for one in github.statuses],
                   [(path, "tiny", "pending"), (path, "tiny", "success")])
    ended(lab, wrong, "done", True)
    wrong.want("jobs", {job.split("/")[-1].strip(): result for job, result in lab.jobs().items()},
               {job: "success" for job in ("Arguments", "Begin", "Plan", "Wait for images", "Create", "Test few-large", "Test many-small", "Teardown", "Conclude", "Report")})
    wrong.want("jobs of the builds", lab.builds(), ["tiny-few-large-n2-kwok-v1.20-pr-4711", "tiny-many-small-n2-kwok-v1.20-pr-4711",
                                                    "tiny-suite-n2-kwok-v1.20-pr-4711"])
    wrong.want("notices BUILD_ID", len(lab.said("notice", "BUILD_ID")), 3)
    wrong.want("notices EXPORT_DIR", len(lab.said("notice", "EXPORT_DIR")), 3)
    wrong.want("the word as an output", "done" in lab.said("set-output", "verdict"), True)
    plan = json.loads((lab.run_dir() / "plan.json").read_text())
    wrong.want("provenance", {key: plan["trigger"].get(key) for key in ("event", "repository", "actor", "pull_request", "sha", "base_sha")},
               {"event": "workflow_dispatch", "repository": "cilium/cilium", "actor": "somebody", "pull_request": 4711, "sha": SHA, "base_sha": SHA[::-1]})
    for path in lab.folder.glob("bucket/logs/*/*/metadata.json"):
        wrong.want(f"provenance of {path.parent.parent.name}", json.loads(path.read_text())["trigger"], plan["trigger"])
    wrong.want("attempt", plan["attempt"], 1)
    wrong.want("page of the run", plan["trigger"].get("run_url"), "https://github.com/cilium/cilium/actions/runs/77/attempts/1")
    wrong.want("a secret in the log", "robot-of-the-lab" in lab.text(), False)
    return wrong


def caller_of(lab):
    """The caller's repository, its variables, and how GitHub is reached."""
    caller = lab.folder / "caller"
    shutil.copytree(ROOT / "docs/caller", caller)
    render_caller(caller)
    lab.env["LAB_REPOSITORY"] = "cilium/cilium"
    variables = {"PERF_SCALE_INFRA": "kwok", "PERF_SCALE_SCENARIO": "tiny", "PERF_SCALE_BUCKET": f"file://{lab.folder}/bucket"}
    return caller, [arg for name, value in variables.items() for arg in ("--var", f"{name}={value}")]


def released(lab, caller, extra, tag):
    """What GitHub does in the caller's repository when somebody publishes a release."""
    (lab.folder / "event.json").write_text(json.dumps({"action": "published", "release": {"tag_name": tag}}))
    lab.run("release", "scale-test.yml", {}, [*extra, "-e", str(lab.folder / "event.json")], tree=caller)


def a_release_that_is_not_tested_is_passed_over(scratch, tools):
    """Releases before 1.12 and candidates: green, with a notice. A tag is what somebody wrote: one that is none is refused."""
    wrong, lab = Wrong(), new(scratch, "passed-over", tools)
    caller, extra = caller_of(lab)
    for tag, ends_well in (("v1.11.20", True), ("v1.21.0-rc.1", True), (f"v1.20.2$(touch {lab.folder}/obeyed)", False)):
        released(lab, caller, extra, tag)
        wrong.want(f"{tag}: ended well", lab.code == 0, ends_well)
        wrong.want(f"{tag}: planned", lab.run_dir(), None)
        if ends_well:
            wrong.want(f"{tag}: a notice", [tag.removeprefix("v") in text for text in lab.said("notice", "arguments")], [True])
    wrong.want("the tag was obeyed", (lab.folder / "obeyed").exists(), False)
    return wrong


def a_published_release_is_tested(scratch, tools):
    wrong, lab = Wrong(), new(scratch, "release", tools)
    caller, extra = caller_of(lab)
    released(lab, caller, extra, "v1.20.2")
    ended(lab, wrong, "done", True)
    wrong.want("jobs of the builds", lab.builds(), ["tiny-few-large-kwok-v1.20", "tiny-many-small-kwok-v1.20", "tiny-suite-kwok-v1.20"])
    plan = json.loads((lab.run_dir() / "plan.json").read_text())
    wrong.want("event", plan["trigger"]["event"], "release")
    return wrong


def a_schedule_tests_main_and_what_is_due(scratch, tools):
    """Main is a released version here: the chart of a commit would have to be had from the network."""
    wrong, lab = Wrong(), new(scratch, "schedule", tools)
    caller, extra = caller_of(lab)
    workflow = caller / ".github/workflows/scale-test.yml"
    workflow.write_text(workflow.read_text().replace("      PR-number: ${{", "      cilium-version: 1.20.2\n      PR-number: ${{"))
    now = datetime.datetime.now(datetime.timezone.utc)
    with GitHubApi() as github:
        for tag, days in (("v1.20.2", 2), ("v1.21.0-rc.1", 2), ("v1.11.20", 2), ("v1.20.1", 90)):
            published = (now - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
            github.releases.append({"tag_name": tag, "draft": False, "prerelease": "-" in tag, "published_at": published})
        lab.run("schedule", "scale-test.yml", {}, [*extra, "--env", f"GITHUB_API_URL={github.url}"], tree=caller)
        again = subprocess.run([tools["program"], "stage", "plan", "due", "--json", f"--bucket=file://{lab.folder}/bucket", str(ROOT / "scenarios/tiny.yaml")],
                               capture_output=True, text=True, env={"GITHUB_API_URL": github.url, "GITHUB_TOKEN": "lab-local-token", "HOME": str(lab.folder)})
    ended(lab, wrong, "done", True, 6)
    wrong.want("due", {text for text in lab.said("set-output", "due") if text}, {'["1.20.2"]'})
    wrong.want("jobs of the builds", sorted(set(lab.builds())), ["tiny-few-large-kwok-v1.20", "tiny-many-small-kwok-v1.20", "tiny-suite-kwok-v1.20"])
    wrong.want("runs", sorted(path.name for path in (lab.folder / "runs").iterdir()), ["77-1", "77-1-1-20-2"])
    wrong.want("due after it", json.loads(again.stdout or "{}").get("due", again.stderr), [])
    return wrong


def without_etcd(lab, tools):
    """Lets every cluster of the lab fail."""
    etcd = lab.folder / "etcd"
    real = next(Path(tools["cache"]).glob("tools/etcd/*/etcd"))
    etcd.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec {real} --version\necho "no disk for etcd" >&2\nexit 1\n')
    etcd.chmod(etcd.stat().st_mode | stat.S_IXUSR)
    lab.env["PERF_SCALE_TOOL_ETCD"] = str(etcd)


def a_create_that_fails_is_torn_down(scratch, tools):
    wrong, lab = Wrong(), new(scratch, "create", tools)
    without_etcd(lab, tools)
    lab.run("workflow_dispatch", "scale-test.yml", TINY | bucket(lab))
    because = ended(lab, wrong, "failed", False, 1)
    wrong.want("the reason names the step", "`create`" in because, True)
    wrong.want("tests that were run", [job for job in lab.jobs() if "Test " in job], [])
    return wrong


def a_scenario_comes_from_the_branch_of_its_version(scratch, tools):
    """Of the branch only the scenarios are laid out."""
    wrong, lab = Wrong(), new(scratch, "branch", tools)
    branch = lab.folder / "repositories/lab/pipeline@cilium-ci-1.18"
    shutil.copytree(ROOT / "scenarios", branch / "scenarios")
    text = (ROOT / "scenarios/tiny.yaml").read_text()
    (branch / "scenarios/of-the-branch.yaml").write_text(text.replace("name: tiny", "name: of-the-branch"))
    (branch / "obeyed").write_text("")
    # A cluster is not to be had: what was planned is enough.
    without_etcd(lab, tools)
    lab.run("workflow_dispatch", "scale-test.yml", {"infra": "kwok", "scenario": "scenarios/of-the-branch.yaml", "scenarios-ref": "cilium-ci-1.18"} | bucket(lab))
    ended(lab, wrong, "failed", False, 1)
    wrong.want("builds", [job.split("-kwok")[0] for job in lab.builds()], ["of-the-branch-suite"])
    wrong.want("what else was laid out", [str(path) for path in lab.folder.rglob("obeyed") if branch not in path.parents], [])
    return wrong


def images_that_are_not_there_cost_no_cluster(scratch, tools):
    """On kops, where nodes pull them. Nobody listens at port 1, so the registry is in trouble at once."""
    wrong, lab = Wrong(), new(scratch, "images", tools)
    secrets = {"PROJECT": "p-12345", "STATE_STORE": "gs://state-store/kops", "WORKLOAD_IDENTITY_PROVIDER": "p", "SERVICE_ACCOUNT": "a"}
    extra = [arg for name, value in secrets.items() for arg in ("--secret", f"PERF_SCALE_{name}={value}")]
    overrides = "cilium.values.image.repository=127.0.0.1:1/c/agent\ncilium.image-minutes=0"
    inputs = {"infra": "kops", "scenario": "tiny", "kubernetes": "1.35.5", "overrides": overrides}
    lab.run("workflow_dispatch", "scale-test.yml", inputs | bucket(lab), extra)
    conclusion = lab.conclusion() or {}
    wrong.want("conclusion", conclusion.get("outcome"), "failed")
    because = "; ".join(conclusion.get("because", []))
    wrong.want("the reason names the step and the image", "`wait-images`" in because and "127.0.0.1:1/c/agent:v1.20.2" in because, True)
    wrong.want("jobs that would make something", [job for job in lab.jobs() if any(word in job for word in ("Create", "Test ", "Teardown"))], [])
    wrong.want("ledger", (lab.run_dir() / "infra.json").exists(), False)
    wrong.want("finished builds", lab.builds(), ["tiny-suite-v1.20"])
    return wrong


def a_cancellation_keeps_what_there_is_and_tears_down(scratch, tools):
    """act kills the step at once, which is worse than what a runner does."""
    wrong, lab = Wrong(), new(scratch, "cancel", tools, inline=True)

    def in_cl2():
        return any(path.stat().st_size for path in lab.folder.glob("runs/*/run/logs/cl2-few-large.log"))

    lab.cancel_when(in_cl2, "workflow_dispatch", "scale-test.yml", TINY | bucket(lab))
    ended(lab, wrong, "cancelled", False, 1 + len(list(lab.folder.glob("bucket/logs/tiny-few-large*/*/manifest.json"))))
    wrong.want("the next test", lab.record("cl2-runner-run-many-small"), None)
    wrong.want("build of the suite", any("suite" in job for job in lab.builds()), True)
    wrong.want("build of the test", any("few-large" in job for job in lab.builds()), True)
    return wrong


def a_test_that_fails_leaves_the_others_alone(scratch, tools):
    wrong, lab = Wrong(), new(scratch, "failing", tools, inline=True)

    def killed():
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                command = (proc / "cmdline").read_bytes()
                if b"clusterloader2" in command.split(b"\0")[0] and f"{lab.folder}/runs".encode() in command and b"few-large" in command:
                    os.kill(int(proc.name), signal.SIGKILL)
                    return True
            except OSError:
                pass
        return False

    process = lab.start("workflow_dispatch", "scale-test.yml", TINY | bucket(lab))
    while process.poll() is None and not killed():
        time.sleep(0.2)
    lab.finish(process)
    because = ended(lab, wrong, "failed", False)
    wrong.want("the reason names the test", "few-large" in because, True)
    wrong.want("the other test", (lab.record("verdict-judge-many-small") or {}).get("outcome"), "done")
    wrong.want("teardown", [result for job, result in lab.jobs().items() if "Teardown" in job], ["success"])
    return wrong


def a_regression_is_named(scratch, tools):
    wrong, lab = Wrong(), new(scratch, "regression", tools)
    lab.run("workflow_dispatch", "scale-test.yml", TINY | bucket(lab))
    ended(lab, wrong, "done", True)
    again = new(scratch, "regression-again", tools)
    shutil.copytree(lab.folder / "bucket", again.folder / "bucket", dirs_exist_ok=True)
    again.run("workflow_dispatch", "scale-test.yml", TINY | bucket(again) | {"overrides": "infra.kwok.pod-ready-delay-ms=4000"})
    because = ended(again, wrong, "regressed", False, 6 if len(set(again.builds())) == 3 else 6)
    wrong.want("the reason names the measurement", "PodStartupLatency" in because, True)
    wrong.want("the error names it", any("PodStartupLatency" in text for text in again.said("error")) or "PodStartupLatency" in again.text(), True)
    return wrong


def a_pull_request_gets_a_smoke_run_and_one_comment(scratch, tools):
    """In one job; of a fork's there is no comment, since its token may write none."""
    wrong, lab = Wrong(), new(scratch, "smoke", tools)
    # What a pull request gets takes minutes; what is asked here is what is around it.
    tiny = (ROOT / "scenarios/tiny.yaml").read_text()
    (lab.tree / "scenarios/smoke.yaml").write_text(tiny.replace("name: tiny", "name: smoke"))
    with GitHubApi() as github:
        for repository, comments, jobs in (("lab/pipeline", 1, {"Smoke", "Report"}), ("stranger/pipeline", 1, {"Smoke"})):
            event = lab.folder / "event.json"
            event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": SHA, "repo": {"full_name": repository}}}}))
            lab.run("pull_request", "smoke.yml", {}, ["--env", f"GITHUB_API_URL={github.url}", "-e", str(event)])
            wrong.want(f"act ended well for {repository}", lab.code, 0)
            wrong.want(f"jobs for {repository}", lab.jobs(), {job: "success" for job in jobs})
            wrong.want(f"comments after {repository}", len(github.comments), comments)
            wrong.want("conclusion", (lab.conclusion() or {}).get("outcome"), "done")
            wrong.want("series", json.loads((lab.run_dir() / "plan.json").read_text())["suite_job"], "smoke-suite-kwok-v1.20-pr-7")
            wrong.want("notices", [len(lab.said("notice", title)) for title in ("BUILD_ID", "EXPORT_DIR")], [3, 3])
            packed = next(lab.folder.glob("artifacts/smoke-smoke-bucket/bucket.tar.gz"))
            names = subprocess.run(["tar", "-tzf", str(packed)], capture_output=True, text=True).stdout.splitlines()
            wrong.want("finished builds", len([name for name in names if name.endswith("/manifest.json")]), 3)
            nothing_left(lab, wrong)
            for name in ("runs", "artifacts"):
                shutil.rmtree(lab.folder / name)
                (lab.folder / name).mkdir()
        wrong.want("the comment", [(one["path"], "**done**" in one["body"]) for one in github.comments], [("/repos/lab/pipeline/issues/7/comments", True)])
    return wrong


def a_cluster_of_kops_lives_through_the_jobs(scratch, tools):
    """The real kops against a cloud on loopback: every job signs in by itself and fetches the way to the cluster anew."""
    wrong, lab = Wrong(), new(scratch, "kops", tools)
    not_applicable = json.dumps([{"measurement": name, "reason": reason} for name, reason in NOT_ON_ONE_MACHINE.items()])
    overrides = ["infra.kops.os=ubuntu-24.04", "infra.kops.kernel=6.11", f"infra.kops.not-applicable={not_applicable}"]
    secrets = {"WORKLOAD_IDENTITY_PROVIDER": "projects/1/locations/global/workloadIdentityPools/p/providers/g", "SERVICE_ACCOUNT": "robot-of-the-lab",
               "PROJECT": PROJECT, "STATE_STORE": f"gs://{BUCKET}"}
    extra = [arg for name, value in secrets.items() for arg in ("--secret", f"PERF_SCALE_{name}={value}")]
    with Cloud(Path(scratch, "cloud"), tools, lab.tree / "scenarios/tiny.yaml") as cloud:
        credentials = cloud.environment.pop("GOOGLE_APPLICATION_CREDENTIALS")
        lab.env |= cloud.environment | {"LAB_CREDENTIALS": credentials, "LAB_SIGNED_IN": str(lab.folder / "signed-in")}
        inputs = {"infra": "kops", "scenario": "tiny", "kubernetes": "1.35.4", "overrides": "\n".join(overrides)} | bucket(lab)
        lab.run("workflow_dispatch", "scale-test.yml", inputs, extra)
        wrong.want("left in the cloud", cloud.left(), [])
        # act asks its makers for news of itself.
        wrong.want("refused", [one for one in cloud.requests() if one["refused"] and one["host"] != "api.nektosact.com"], [])
    wrong.want("jobs that signed in", len((lab.folder / "signed-in").read_text().splitlines()), 5)
    conclusion = lab.conclusion() or {}
    wrong.want("conclusion", (conclusion.get("outcome"), conclusion.get("because")), ("done", ["all 2 tests passed"]))
    wrong.want("act ended well", lab.code, 0)
    wrong.want("finished builds", lab.builds(), ["tiny-few-large-v1.20", "tiny-many-small-v1.20", "tiny-suite-v1.20"])
    wrong.want("deletion", (lab.record("infra-kops-delete") or {}).get("outcome"), "done")
    wrong.want("the ledger is closed", bool(json.loads((lab.run_dir() / "infra.json").read_text()).get("closed")), True)
    wrong.want("left running", lab.left_running(), [])
    wrong.want("credentials that are left", [str(path) for path in lab.folder.glob("runs/*/run.private")], [])
    return wrong


HOSTILE = ['"; touch {}; "', "$(touch {})", "`touch {}`", "x\ntouch {}\n", "'; touch {} #", "${{{{ github.token }}}}$(touch {})"]


def what_a_stranger_writes_is_data(scratch, tools):
    """Every text that a stranger can choose, with quotes, line breaks and commands in it: refused or kept as text, never obeyed."""
    wrong, lab = Wrong(), new(scratch, "hostile", tools)
    mark = lab.folder / "obeyed"
    base = TINY | bucket(lab)
    for text in HOSTILE:
        text = text.format(mark)
        for field in ("extra-args", "SHA", "PR-number", "overrides", "scenario", "zones"):
            value = f"version={text}" if field == "extra-args" else text
            # Nothing is to be created: the scenario is one that is refused.
            inputs = base | {"cilium-version": "1.20.2", "kubernetes": "0"} | {field: value}
            lab.run("workflow_dispatch", "scale-test.yml", inputs)
            wrong.want(f"{field} was obeyed: {text!r}", mark.exists(), False)
            wrong.want(f"{field} was taken: {text!r}", lab.code == 0, False)
            mark.unlink(missing_ok=True)
    wrong.want("left running", lab.left_running(), [])
    return wrong


SHORT = (a_caller_gets_a_verdict_and_builds, a_release_that_is_not_tested_is_passed_over, a_scenario_comes_from_the_branch_of_its_version,
         images_that_are_not_there_cost_no_cluster, a_create_that_fails_is_torn_down, a_cancellation_keeps_what_there_is_and_tears_down)
LONG = (*SHORT, a_published_release_is_tested, a_schedule_tests_main_and_what_is_due, a_test_that_fails_leaves_the_others_alone, a_regression_is_named,
        a_pull_request_gets_a_smoke_run_and_one_comment, a_cluster_of_kops_lives_through_the_jobs, what_a_stranger_writes_is_data)


def take(case, scratch, tools):
    """What is wrong with a case. Whatever a pipeline that is wrong left running ends with it."""
    try:
        return case(scratch, tools)
    finally:
        end_all(scratch)


def check(scratch, tools, asked):
    """`short`, `all`, or names of cases."""
    cases = {"short": SHORT, "all": LONG}.get((asked or ["short"])[0]) or [case for case in LONG if case.__name__ in asked]
    found = []
    for case in cases:
        wrong = take(case, scratch, tools)
        print(f"   {'FAIL' if wrong else 'ok  '} {case.__name__}", flush=True)
        found += [f"{case.__name__}: {text}" for text in wrong]
    return found
