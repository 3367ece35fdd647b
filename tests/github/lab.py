"""Runs a workflow with act: on this machine, without Docker or a network, with nothing of the caller's environment.

act knows neither `$/` nor the workflows beside a called one, so what is run is a rendered copy: `$/x` becomes
`lab/pipeline/x@self`, which act serves from that copy. Everything else is the files as they are.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STUBS = Path(__file__).resolve().parent / "stubs"
SELF = "lab/pipeline"
KEPT = (".github", "actions", "scenarios", "docs/caller")


class Lab:
    """A folder with a copy of the pipeline, its artifacts, runs and bucket, and the means to run a workflow of it."""

    def __init__(self, folder, act, program, cache, inline=False, root=ROOT):
        self.folder, self.act, self.program, self.cache = Path(folder), act, program, cache
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("home", "cache", "artifacts", "tmp", "runs", "bucket", "repositories"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "home/empty").write_text("")
        self.tree = self.folder / "tree"
        for name in KEPT:
            if (Path(root) / name).exists():
                shutil.copytree(Path(root) / name, self.tree / name)
        if inline:
            put_in_place(self.tree / ".github/workflows")
        render(self.tree / ".github")
        render(self.tree / "actions")
        self.env, self.log = {}, []

    def command(self, event, workflow, inputs, tree, extra):
        empty = str(self.folder / "home/empty")
        args = [self.act, event, "-W", str(workflow), "-P", "ubuntu-24.04=-self-hosted", "--container-daemon-socket", "-",
                "--action-cache-path", str(self.folder / "cache"), "--action-offline-mode", "--pull=false", "--no-cache-server",
                "--rm", "--json", "--env-file", empty, "--secret-file", empty, "--var-file", empty, "--input-file", empty,
                "--secret", "GITHUB_TOKEN=lab-local-token", "--env", f"GITHUB_REPOSITORY={self.env.get('LAB_REPOSITORY', SELF)}",
                "--env", "GITHUB_RUN_ID=77", "--env", "GITHUB_RUN_ATTEMPT=1", "--actor", "somebody", "--env", "GITHUB_REF=refs/heads/main",
                "--local-repository", f"{SELF}@self={self.tree}"]
        for name, ref in sorted(third_parties(self.tree) | third_parties(tree)):
            args += ["--local-repository", f"{name}@{ref}={STUBS / name.split('/')[-1]}"]
        for name, value in inputs.items():
            args += ["--input", f"{name}={value}"]
        return args + list(extra)

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "XDG_CONFIG_HOME": str(self.folder / "home"),
                "TMPDIR": str(self.folder / "tmp"), "LANG": "C.UTF-8", "LAB_ARTIFACTS": str(self.folder / "artifacts"),
                "LAB_REPOSITORIES": str(self.folder / "repositories"), "PERF_SCALE_RUNS": str(self.folder / "runs"),
                "PERF_SCALE_PROGRAM": str(self.program), "PERF_SCALE_CACHE": str(self.cache), **self.env}

    def start(self, event, workflow, inputs=None, extra=(), tree=None):
        tree = Path(tree or self.tree)
        subprocess.run(["git", "init", "-q", str(tree)], check=True)
        command = self.command(event, f".github/workflows/{workflow}", inputs or {}, tree, extra)
        self.output = open(self.folder / "act.json", "w+")
        return subprocess.Popen(command, cwd=tree, env=self.environment(), stdout=self.output, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, start_new_session=True)

    def finish(self, process, deadline=900):
        try:
            self.code = process.wait(deadline)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            self.code = None
        self.output.seek(0)
        self.log = []
        for line in self.output:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"msg": line.rstrip()})
        return self

    def run(self, *args, **kwargs):
        return self.finish(self.start(*args, **kwargs))

    def cancel_when(self, there, *args, **kwargs):
        """As `run`, with the one SIGINT of a cancellation as soon as `there` says so."""
        process = self.start(*args, **kwargs)
        until = time.monotonic() + 600
        while process.poll() is None and not there() and time.monotonic() < until:
            time.sleep(0.1)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
        return self.finish(process)

    # What a run left.

    def said(self, command, title=None):
        """What was said in notices, errors or outputs."""
        return [line.get("arg", "") for line in self.log if line.get("command") == command
                and (title is None or line.get("kvPairs", {}).get("title") == title or line.get("name") == title)]

    def jobs(self):
        return {line["job"].split("/", 1)[-1]: line["jobResult"] for line in self.log if line.get("jobResult")}

    def run_dir(self):
        found = list((self.folder / "runs").glob("*/run/plan.json"))
        return found[0].parent if found else None

    def record(self, name):
        path = self.run_dir() / "records" / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def conclusion(self):
        path = self.run_dir() / "conclusion.json"
        return json.loads(path.read_text()) if path.exists() else None

    def builds(self):
        """Finished builds in the bucket, by job."""
        return sorted(path.parent.parent.name for path in (self.folder / "bucket").glob("logs/*/*/manifest.json"))

    def text(self):
        return "\n".join(line.get("msg", "") for line in self.log)

    def left_running(self):
        """Processes of a run of this lab that are still there."""
        left = []
        mark = str(self.folder / "runs").encode()
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (proc / "cmdline").read_bytes() or (b"PERF_SCALE_RUN" in (proc / "environ").read_bytes() and mark in (proc / "environ").read_bytes()):
                    left.append((proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:120])
            except OSError:
                pass
        return left


def end_all(folder):
    """Ends every process that names the folder of a lab."""
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes():
                os.kill(int(proc.name), signal.SIGKILL)
        except OSError:
            pass


def render(folder):
    for path in folder.rglob("*.yml"):
        text = path.read_text()
        text = re.sub(r"uses: \$/(\S+)", rf"uses: {SELF}/\1@self", text)
        path.write_text(text)


def put_in_place(workflows):
    """Puts the job of test.yml where pipeline.yml calls it, its inputs replaced by what is handed down.

    After a called workflow that failed, act takes no further job of its caller, `always()` or not; GitHub does.
    """
    pipeline, test = (workflows / "pipeline.yml").read_text(), (workflows / "test.yml").read_text()
    block = re.search(r"\n  suite:\n.*?(?=\n\n  \S)", pipeline, re.S)[0]
    suite = yaml.safe_load(block)["suite"]
    job = test[test.index("\n  test:\n") + len("\n  test:\n"):]
    for name, value in suite["with"].items():
        inner = re.sub(r"^\$\{\{ *| *\}\}$", "", value)
        job = re.sub(rf"\binputs\.{name}(?![\w-])", f"({inner})" if " " in inner else inner, job)
    job = re.sub(r"\A    name: .*\n", "", job)
    job = re.sub(r"    permissions:\n      .*\n", "", job)
    head = re.sub(r"    uses: .*", "", block, flags=re.S).lstrip("\n")
    (workflows / "pipeline.yml").write_text(pipeline.replace(block, "\n" + head + job.rstrip("\n")))


def render_caller(folder):
    """A repository that calls ours: its reference to ours, at whatever commit, is the copy."""
    for path in folder.rglob("*.yml"):
        path.write_text(re.sub(r"uses: [\w.-]+/[\w.-]+/(\.github/workflows/\S+)@\S+( #.*)?", rf"uses: {SELF}/\1@self", path.read_text()))


def third_parties(tree):
    found = set()
    for path in Path(tree).rglob("*.yml"):
        for name, ref in re.findall(r"uses: ([\w.-]+/[\w.-]+)(?:/\S*)?@([\w.-]+)", path.read_text()):
            if name != SELF and (STUBS / name.split("/")[-1]).is_dir():
                found.add((name, ref))
    return found
