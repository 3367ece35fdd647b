// Truth table of every job's `if` over all that can become of the jobs it needs, with GitHub's own expression evaluator.
// usage: node ifs.mjs WORKFLOW...   prints one JSON object a situation
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { Lexer, Parser, Evaluator, data } from "@actions/expressions";

const RESULTS = ["success", "failure", "cancelled", "skipped"];
const bool = (value) => new data.BooleanData(value);
const str = (value) => new data.StringData(value);
const dict = (object) => new data.Dictionary(...Object.entries(object).map(([key, value]) => ({ key, value })));

function needed(jobs, id, seen = new Set()) {
  for (const name of [jobs[id].needs ?? []].flat())
    if (!seen.has(name)) {
      seen.add(name);
      needed(jobs, name, seen);
    }
  return [...seen];
}

function isTaken(text, direct, all, cancelled, event) {
  const fn = (name, call) => [name, { name, minArgs: 0, maxArgs: 0, call }];
  const functions = new Map([
    fn("always", () => bool(true)),
    fn("cancelled", () => bool(cancelled)),
    fn("failure", () => bool(Object.values(all).includes("failure"))),
    fn("success", () => bool(!cancelled && Object.values(all).every((result) => result === "success"))),
  ]);
  let expression = text.replace(/^\s*\$\{\{|\}\}\s*$/g, "").trim();
  if (!/\b(always|cancelled|failure|success)\s*\(/.test(expression))
    expression = expression ? `success() && (${expression})` : "success()";
  const context = dict({
    needs: dict(Object.fromEntries(direct.map((name) => [name, dict({ result: str(all[name]), outputs: dict({ "status-sha": str("0123") }) })]))),
    inputs: dict({ keep: bool(false), infra: str("kops"), bucket: str("gs://b") }),
    vars: dict({}),
    github: dict({ event_name: str(event), ref: str("refs/heads/main"), repository: str("o/n"),
      event: dict({ pull_request: dict({ head: dict({ repo: dict({ full_name: str("o/n") }) }) }) }) }),
  });
  const tokens = new Lexer(expression).lex().tokens;
  const result = new Evaluator(new Parser(tokens, ["needs", "inputs", "vars", "github"], [...functions.values()]).parse(), context, functions).evaluate();
  return result.kind === data.Kind.Boolean ? result.value : result.coerceString() !== "" && result.coerceString() !== "0";
}

for (const path of process.argv.slice(2)) {
  const { on, jobs } = parse(readFileSync(path, "utf8"));
  const events = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  for (const [job, { needs: direct, if: condition }] of Object.entries(jobs)) {
    const situations = needed(jobs, job).reduce(
      (before, name) => before.flatMap((one) => RESULTS.map((result) => ({ ...one, [name]: result }))), [{}]);
    for (const needs of situations)
      for (const event of events)
        for (const cancelled of [false, true]) {
          const taken = isTaken(String(condition ?? ""), [direct ?? []].flat(), needs, cancelled, event);
          console.log(JSON.stringify({ file: basename(path), job, needs, cancelled, event, taken }));
        }
  }
}
