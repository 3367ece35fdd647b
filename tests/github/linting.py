"""Layer 1: every linter, on the files as they are (on a copy with `./` for the one that does not know `$/`). No finding, no ignore."""
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

STAGES = ("plan", "infra-kwok", "infra-kops", "cilium-install", "cl2-runner", "artifact-gcs", "verdict")
# What a repository is asked to add (issue of the project): no more than one can read at a glance.
CALLER_LINES = 30
PIN = re.compile(r"uses: (?!\$/)(\S+)( # v\d+\.\d+\.\d+)?$")


def lint(tree, tools, scratch):
    """All findings, as (linter, text)."""
    tree = Path(tree)
    workflows = sorted((tree / ".github/workflows").glob("*.yml"))
    callers = sorted((tree / "docs/caller/.github/workflows").glob("*.yml"))
    actions = sorted((tree / "actions").glob("*/action.yml"))
    found, waiting, threads = [], [], ThreadPoolExecutor(2)

    def run(*args):
        waiting.append(threads.submit(begin, *args))

    def begin(linter, command, cwd=tree):
        done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                              env={"PATH": f"{tools['venv']}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": str(scratch), "LANG": "C.UTF-8"})
        if done.returncode:
            found.append((linter, (done.stdout + done.stderr).strip()))

    copy = Path(scratch) / "actionlint"
    shutil.rmtree(copy, ignore_errors=True)
    for name in (".github", "actions"):
        shutil.copytree(tree / name, copy / name)
    for path in copy.rglob("*.yml"):
        path.write_text(path.read_text().replace("uses: $/", "uses: ./"))
    subprocess.run(["git", "init", "-q", str(copy)], check=True)
    run("actionlint", [tools["actionlint"], "-no-color"], copy)
    run("actionlint", [tools["actionlint"], "-no-color", *callers])
    venv = Path(tools["venv"]) / "bin"
    run("JSON schema", [venv / "check-jsonschema", "--builtin-schema", "vendor.github-actions", *actions])
    run("JSON schema", [venv / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows, *callers])
    run("language service", ["node", Path(tools["node"]) / "dist/validate.mjs",
                             *(path.relative_to(tree) for path in [*workflows, *callers, *actions])])
    # The auditor's persona has the findings of the pedantic one, too.
    run("zizmor", [venv / "zizmor", "--offline", "--no-config", "--persona=auditor", "--quiet", "--color=never", "--no-progress",
                   ".github", "actions", "docs/caller"])
    run("shellcheck", [venv / "shellcheck", *sorted((tree / "actions").glob("*.sh"))])
    if (tree / "Dockerfile").exists():
        run("hadolint", [venv / "hadolint", "--no-color", "Dockerfile"])
        text = (tree / "Dockerfile").read_text()
        if not re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", text, re.M):
            found.append(("own rules", "Dockerfile: its base is not pinned by a digest"))
        if not re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.M):
            found.append(("own rules", "Dockerfile: it runs as root"))
        if f"for stage in {' '.join(STAGES)};" not in text:
            found.append(("own rules", "Dockerfile: it has other stages than there are"))
    for one in waiting:
        one.result()
    found += [("own rules", text) for text in rules(workflows, callers, actions)]
    return found


def rules(workflows, callers, actions):
    """What no linter knows: docs/workflows.md says why."""
    import yaml

    def load(path):
        return yaml.safe_load(path.read_text())

    for path in [*workflows, *callers, *actions]:
        name = f"{path.parent.name}/{path.name}"
        text = path.read_text()
        if re.search(r"zizmor: *ignore|shellcheck disable|actionlint.*ignore", text):
            yield f"{name}: a finding is ignored"
        for line in text.splitlines():
            match = PIN.search(line.strip().removeprefix("- "))
            if match and not (re.search(r"@[0-9a-f]{40}$", match[1]) and match[2]):
                yield f"{name}: `{match[1]}` is not pinned by a commit with its version"
    for path in actions:
        action, name, text = load(path), path.parent.name, path.read_text()
        steps = action["runs"]["steps"]
        ids = {step.get("id") for step in steps}
        for step in set(re.findall(r"steps\.([\w-]+)\.", text)) - ids:
            yield f"{name}: no step has the id `{step}`"
        for given in set(re.findall(r"inputs\.([\w-]+)", text)) - set(action.get("inputs") or {}):
            yield f"{name}: there is no input `{given}`"
        for given in set(action.get("inputs") or {}) - set(re.findall(r"inputs\.([\w-]+)", text)):
            yield f"{name}: the input `{given}` is not used"
        if "permission" not in action["description"] and "id-token" not in action["description"]:
            yield f"{name}: the description does not say which permissions are needed"
        for step in steps:
            run = step.get("run")
            if run is None:
                continue
            if "${{" in run:
                yield f"{name}: an expression inside `run`"
            if not re.fullmatch(r'exec "\$\{GITHUB_ACTION_PATH\}/\.\./[a-z-]+\.sh"( [a-z0-9-]+)?( ([a-z-]+|"\$\{VERB\}"))?', run.strip()):
                yield f"{name}: a step is one `exec` of a script beside it: a runner's signals would stop at bash"
            # A runner looks at the conditions inside anew when the job is cancelled.
            condition = str(step.get("if", ""))
            alive = {"infra-kwok": "delete", "infra-kops": "delete", "artifact-gcs": "export", "verdict": "conclude"}
            if name in ("setup", "run-take", "run-give"):
                if "always()" not in condition:
                    yield f"{name}: it must outlive a cancellation, or nothing is torn down"
            elif name in alive:
                if condition != f"${{{{ !cancelled() || inputs.verb == '{alive[name]}' }}}}":
                    yield f"{name}: a cancellation must spare `{alive[name]}` and nothing else"
            elif condition != "${{ !cancelled() }}":
                yield f"{name}: a cancellation must end it"
    for path in callers:
        lines = len(path.read_text().splitlines())
        if lines > CALLER_LINES:
            yield f"{path.name} of a caller: {lines} lines, more than {CALLER_LINES}"
    for path in [*workflows, *callers]:
        workflow, name = load(path), path.name
        on = workflow.get("on") or workflow[True]
        on = on if isinstance(on, dict) else {on: None} if isinstance(on, str) else dict.fromkeys(on)
        if workflow.get("permissions") != {}:
            yield f"{name}: `permissions` is not `{{}}` at the top"
        if ("concurrency" in workflow) != (set(on) != {"workflow_call"}):
            yield f"{name}: `concurrency` is for workflows that something starts, and for those alone"
        if "due" in workflow["jobs"]:
            group, ends = workflow["concurrency"]["group"], workflow["concurrency"]["cancel-in-progress"]
            if "(github.event_name == 'schedule' && 'weekly') || github.run_id" not in group or ends != "${{ github.event_name != 'schedule' }}":
                yield f"{name}: two schedules would test one release twice"
        if {"pull_request_target", "workflow_run", "issue_comment"} & set(on):
            yield f"{name}: started by what a stranger did, with the rights of this repository"
        for key, output in ((on.get("workflow_call") or {}).get("outputs") or {}).items():
            if "secrets." in output["value"]:
                yield f"{name}: the output `{key}` is a secret"
        defaults = [{key: value.get("default") for key, value in (trigger or {}).get("inputs", {}).items()}
                    for trigger in on.values() if isinstance(trigger, dict) and trigger.get("inputs")]
        if any(other != defaults[0] for other in defaults):
            yield f"{name}: the triggers have different inputs or defaults"
        for id, job in workflow["jobs"].items():
            if "strategy" in job and "uses" in job and (job["strategy"].get("max-parallel"), job["strategy"].get("fail-fast")) != (1, False):
                yield f"{name}: the runs of `{id}` meet, or one ends the others"
            if "uses" not in job and "timeout-minutes" not in job:
                yield f"{name}: the job `{id}` has no `timeout-minutes`"
            if "permissions" not in job:
                yield f"{name}: the job `{id}` does not say its permissions"
            if any("secrets." in str(value) for value in (job.get("outputs") or {}).values()):
                yield f"{name}: an output of the job `{id}` is a secret"
            if job.get("secrets") == "inherit":
                yield f"{name}: the job `{id}` hands all secrets down"
            steps = job.get("steps") or []
            signs_in = any(str(step.get("uses", "")).startswith("google-github-actions/auth@") for step in steps)
            if signs_in != ((job.get("permissions") or {}).get("id-token") == "write") and "uses" not in job and id != "attest":
                yield f"{name}: the job `{id}` signs in and may not, or may and does not"
            for step in steps:
                if "${{" in step.get("run", ""):
                    yield f"{name}: an expression inside `run` of the job `{id}`"
                if str(step.get("uses", "")).startswith(("./", "actions/")) and "/checkout@" in str(step.get("uses")):
                    if (step.get("with") or {}).get("persist-credentials") is not False:
                        yield f"{name}: a checkout of the job `{id}` leaves its token behind"
