"""A cloud of our own for the real kops: fake-gce on loopback, which boots real control planes with simulated nodes."""
import json
import subprocess
from pathlib import Path

from lab import ROOT

PROJECT, BUCKET = "scale-tests", "kops-state"


class Cloud:
    def __init__(self, folder, tools, scenario):
        self.folder, self.tools = Path(folder), tools
        self.program = Path(tools["program"]).parent / "fake-gce"
        self.folder.mkdir(parents=True)
        program = tools["program"]
        stages = {name: self.script(name, f'exec "{program}" stage {name} "$@"') for name in ("plan", "infra-kwok")}
        kubectl = json.loads(subprocess.run([tools["program"], "tools", "--json", "kubectl"], check=True, capture_output=True).stdout)[0]["path"]
        given = {"SCENARIO": scenario, "PLAN": stages["plan"], "INFRA_KWOK": stages["infra-kwok"], "KUBECTL": kubectl}
        self.boot = self.script("boot", "".join(f"export BOOT_{name}='{value}'\n" for name, value in given.items()) +
                                f"exec '{ROOT}/crates/fake-gce/boot/infra-kwok.sh'")

    def script(self, name, text):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def __enter__(self):
        with open(self.folder / "said", "w") as said:
            self.process = subprocess.Popen([self.program, "serve", "--folder", self.folder / "cloud", "--project", PROJECT, "--bucket", BUCKET,
                                             "--boot", self.boot], stdout=subprocess.PIPE, stderr=said, text=True)
        # It is ready when it says so.
        self.environment = json.loads(self.process.stdout.readline())["environment"]
        return self

    def asked(self, verb):
        return subprocess.run([self.program, verb, "--folder", self.folder / "cloud"], capture_output=True, text=True).stdout.splitlines()

    def left(self):
        """Everything that costs money or gives rights; a bucket does neither."""
        return [name for name in self.asked("left") if not name.startswith("storage/") or "/bindings/" in name]

    def requests(self):
        return [json.loads(line) for line in self.asked("requests")]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
