"""Layer 4 on the real stages: each step of a run on kwok, stopped in the middle and signalled as a runner does it.

"In the middle": the process of the step is held by SIGSTOP once it listens to signals, or once what it starts is there, and
goes on with the first signal. What is quicker than that is tried again.
"""
import json
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import yaml

import signals
from cloud import BUCKET, PROJECT, Cloud

TEST = "few-large"
TRIES = 5
PATIENCE = 400  # seconds until a step is in the middle: for the whole pipeline on a busy machine
DONE, CANCELLED = ("done", 0), ("cancelled", 130)


class Life:
    """The steps of one run, each the script of its action with the real program."""

    def __init__(self, tree, folder, tools, key):
        self.tree, self.folder, self.tools, self.key = Path(tree), Path(folder), tools, key
        (self.folder / "temp").mkdir(parents=True, exist_ok=True)
        self.run_dir = self.folder / f"runs/{key}/run"
        self.env, self.wrong = {}, []

    def step(self, action, **given):
        """The last step of an action, with the inputs that are given it."""
        path = self.tree / "actions" / action
        document = yaml.safe_load((path / "action.yml").read_text())
        inputs = {name: str(about.get("default", "")) for name, about in (document.get("inputs") or {}).items()}
        inputs |= {"run": self.key} | {name.replace("_", "-"): value for name, value in given.items()}
        step = document["runs"]["steps"][-1]
        env = {}
        for name, text in step["env"].items():
            only = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", str(text))
            # What is put together from several inputs is the last of them here.
            env[name] = inputs[only[1]] if only else inputs.get("overrides", "")
        return signals.start(self.folder, path, step["run"], PERF_SCALE_PROGRAM=self.tools["program"], PERF_SCALE_CACHE=self.tools["cache"],
                             PERF_SCALE_RUNS=str(self.folder / "runs"), RUNNER_TEMP=str(self.folder / "temp"), GITHUB_ACTIONS="true",
                             GITHUB_OUTPUT=str(self.folder / "output"), GITHUB_STEP_SUMMARY=str(self.folder / "summary"),
                             GITHUB_REPOSITORY="cilium/cilium", **self.env, **env)

    def take(self, action, **given):
        """Takes a step to its end, which must be a good one."""
        code = self.step(action, **given).wait(300)
        if code:
            self.wrong.append(f"{action} {given.get('verb', '')}: ended with {code} unasked: {self.said()}")

    def stop(self, action, *ends, deep=None, **given):
        """Stops a step in the middle; it must end by itself, with such a word in its record and such a code, and leave nothing of its own."""
        name = f"{action} {given.get('verb', '')}".strip()
        for _ in range(TRIES):
            process = self.step(action, **given)
            if self.hold(process, deep):
                break
            if process.poll() is None:
                self.wrong.append(f"{name}: it was not in the middle after {PATIENCE} s: {self.said()}")
                process.kill()
                return
        else:
            self.wrong.append(f"{name}: it was over before it could be stopped, {TRIES} times: {self.said()}")
            return
        began = time.monotonic()
        left = signals.play(process, lambda: os.kill(process.pid, signal.SIGCONT))
        took = time.monotonic() - began
        left = [line for pid in left for line in [self.command(pid)] if line] + self.strays()
        found = (self.word(action, **given), process.returncode)
        print(f"   {name}: {found[0]} ({found[1]}) after {took:.1f} s", flush=True)
        if found not in ends:
            self.wrong.append(f"{name}: {found}, not {' or '.join(map(str, ends))}: {self.said()}")
        if left:
            self.wrong.append(f"{name}: it left {left}")
        self.wrong += [f"{name}: {text}" for text in self.half()]

    def hold(self, process, deep):
        """Stops the process in the middle of its work; whether there was one."""
        until = time.monotonic() + PATIENCE
        while not (listens(process.pid, self.tools["program"]) and (deep is None or deep(self))):
            if process.poll() is not None or time.monotonic() > until:
                return False
            time.sleep(0.0005)
        os.kill(process.pid, signal.SIGSTOP)
        while process.poll() is None and state(process.pid) != "T":
            time.sleep(0.0005)
        return process.poll() is None

    def word(self, action, verb="plan", test="", **_):
        """The word of the record of a step; that of the run, for the whole pipeline."""
        path = self.run_dir / ("conclusion.json" if action == "scale-ci" else f"records/{'-'.join(filter(None, (action, verb, test)))}.json")
        return json.loads(path.read_text())["outcome"] if path.exists() else None

    def ledger(self):
        path = self.run_dir / "infra.json"
        return json.loads(path.read_text()) if path.exists() else {"resources": []}

    def of_the_run(self):
        """Every process that carries the name of the run, with what it is."""
        plan = self.run_dir / "plan.json"
        if not plan.exists():
            return {}
        mark = f"PERF_SCALE_RUN={json.loads(plan.read_text())['run_id']}\0".encode()
        found = {}
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (proc / "environ").read_bytes() + b"\0":
                    found[int(proc.name)] = self.command(proc.name)
            except OSError:
                pass
        return found

    def strays(self):
        """Processes of the run that are not its cluster's."""
        daemons = {(resource.get("process") or {}).get("pid") for resource in self.ledger()["resources"]}
        return [what for pid, what in self.of_the_run().items() if pid not in daemons and what]

    @staticmethod
    def command(pid):
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:120]
        except OSError:
            return ""

    def half(self):
        """Files that are not whole."""
        for path in self.folder.rglob("*"):
            if path.name.startswith(".partial") and path.exists():
                yield f"a half-written file is left: {path.relative_to(self.folder)}"
            elif path.suffix == ".json" and path.is_file():
                try:
                    json.loads(path.read_text())
                except ValueError:
                    yield f"a file is not whole: {path.relative_to(self.folder)}"

    def said(self):
        return " / ".join(Path(self.folder, "said").read_text().splitlines()[-3:])

    def gone(self):
        """What the deletion did not take along."""
        self.wrong += [f"it runs after the deletion: {what}" for what in self.of_the_run().values()]
        self.wrong += [f"a process is written down and gone: {path.name}" for path in (self.run_dir / "processes").glob("*")]
        if (self.run_dir.parent / "run.private").exists():
            self.wrong.append("credentials are there after the deletion")
        if not self.ledger().get("closed"):
            self.wrong.append("the ledger is open after the deletion")

    def end(self):
        """Ends what a fault of the pipeline would leave on this machine."""
        for pid in self.of_the_run():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


def listens(pid, program):
    """Whether the step is the program by now, and takes signals."""
    try:
        # In this order: the shell that becomes the program takes signals, too.
        if not os.path.samefile(f"/proc/{pid}/exe", program):
            return False
        caught = int(re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1], 16)
        return bool(caught >> (signal.SIGINT - 1) & 1)
    except OSError:
        return False


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def a_daemon_runs(life):
    return any(resource.get("process") for resource in life.ledger()["resources"])


def runs(program):
    return lambda life: any(program in what.split(" ")[0] for what in life.strays())


def in_cl2(life):
    """ClusterLoader2 has begun its test."""
    log = life.run_dir / f"logs/cl2-{TEST}.log"
    return log.exists() and "Step" in log.read_text(errors="replace")


class Silent:
    """A GitHub that takes every connection and never answers."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked, self.taken = threading.Event(), []
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                self.taken.append(self.socket.accept())
            except OSError:
                return
            self.asked.set()

    def __exit__(self, *_):
        self.socket.close()


def plan(life):
    return {"scenario": "tiny", "infra": "kwok", "bucket": f"file://{life.folder}/bucket"}


def a_create_that_is_cancelled(life):
    life.take("plan", **plan(life))
    life.stop("infra-kwok", CANCELLED, deep=a_daemon_runs, verb="create")
    life.take("infra-kwok", verb="delete")
    life.gone()


def a_test_that_is_cancelled(life):
    """And what is done with it then: none of it ends before it is done, whatever the runner sends."""
    life.stop("plan", DONE, **plan(life))
    for action, verb in (("infra-kwok", "create"), ("cilium-install", "install"), ("cl2-runner", "monitor"), ("infra-kwok", "add-nodes")):
        life.take(action, verb=verb)
    life.stop("cl2-runner", CANCELLED, deep=in_cl2, verb="run", test=TEST)
    life.stop("artifact-gcs", DONE, verb="export", test=TEST)
    life.stop("infra-kwok", DONE, verb="delete")
    life.gone()
    life.stop("verdict", CANCELLED, verb="conclude", cancelled="true")
    life.stop("artifact-gcs", DONE, verb="export", suite="true")
    kept = sorted(str(path.relative_to(life.folder)).split("/")[2] for path in life.folder.glob("bucket/logs/*/*/manifest.json"))
    kept += [path.name for path in life.folder.glob("bucket/logs/*/*/cl2-output.txt")]
    if kept != ["tiny-few-large-kwok-v1.20", "tiny-suite-kwok-v1.20", "cl2-output.txt"]:
        life.wrong.append(f"what is in the bucket: {kept}")


def a_report_that_github_keeps_waiting(life):
    """It leaves no record: that of a run ends with its conclusion."""
    life.take("plan", **plan(life))
    with Silent() as github:
        life.env["GITHUB_API_URL"] = f"http://127.0.0.1:{github.socket.getsockname()[1]}"
        life.stop("verdict", (None, 130), deep=lambda _: github.asked.is_set(), verb="report", context="tiny", sha="a1" * 20, token="t")


def a_whole_pipeline_that_is_cancelled(life):
    """A runner gives it ten seconds; what it does not manage in them the deletion in the step after it does."""
    life.stop("scale-ci", CANCELLED, deep=in_cl2, scenario="tiny", bucket=f"file://{life.folder}/bucket")
    life.take("infra-kwok", verb="delete")
    life.gone()


def a_cluster_in_the_cloud_that_is_cancelled(life):
    """While kops makes it; nothing of it is left in the cloud once it is deleted."""
    with Cloud(life.folder / "cloud", life.tools, life.tree / "scenarios/tiny.yaml") as cloud:
        life.env |= cloud.environment
        overrides = "infra.kops.kubernetes=1.35.4\ninfra.kops.os=ubuntu-24.04\ninfra.kops.kernel=6.11"
        life.take("plan", **plan(life) | {"infra": "kops", "project": PROJECT, "state_store": f"gs://{BUCKET}", "overrides": overrides})
        life.stop("infra-kops", CANCELLED, deep=lambda _: any("instanceTemplates" in name for name in cloud.left()), verb="create")
        life.take("infra-kops", verb="delete")
        life.gone()
        life.wrong += [f"it is in the cloud after the deletion: {name}" for name in cloud.left()]


def every_other_step(life):
    """Each is stopped, and then taken: again does help."""
    life.take("plan", **plan(life))
    life.take("infra-kwok", verb="create")
    for action, verb, deep in (("cilium-install", "install", runs("helm")), ("cl2-runner", "monitor", None), ("infra-kwok", "add-nodes", None),
                               ("cilium-install", "wait", None)):
        life.stop(action, CANCELLED, deep=deep, verb=verb)
        life.take(action, verb=verb)
        if verb == "add-nodes":
            # Done if there was nothing to wait for.
            life.stop("infra-kwok", CANCELLED, DONE, verb="validate")
    life.take("cl2-runner", verb="run", test=TEST)
    life.stop("artifact-gcs", CANCELLED, verb="fetch", test=TEST)
    life.take("artifact-gcs", verb="fetch", test=TEST)
    life.stop("verdict", DONE, verb="judge", test=TEST)
    life.stop("artifact-gcs", DONE, verb="export", test=TEST)
    life.stop("cilium-install", CANCELLED, verb="reset", test=TEST)
    life.stop("cl2-runner", CANCELLED, verb="snapshot")
    life.stop("cilium-install", CANCELLED, verb="sysdump")
    life.take("infra-kwok", verb="delete")
    life.gone()


SHORT = (a_create_that_is_cancelled, a_test_that_is_cancelled, a_report_that_github_keeps_waiting)
LONG = (*SHORT, a_whole_pipeline_that_is_cancelled, a_cluster_in_the_cloud_that_is_cancelled, every_other_step)


def check(tree, scratch, tools, every):
    """What is wrong, as sentences."""
    for life_of in LONG if every else SHORT:
        life = Life(tree, Path(scratch, life_of.__name__), tools, "77-1")
        try:
            life_of(life)
        finally:
            life.end()
        yield from (f"{life_of.__name__}: {text}" for text in life.wrong)
