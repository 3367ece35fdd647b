// Validates workflow and action files with GitHub's own language service (what its editor extension runs).
// usage: node validate.mjs FILE...   in the root of the repository
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import { validate } from "@actions/languageservice";

const fileProvider = {
  async getFileContent(ref) {
    // The one repository that is called is this one.
    return { name: ref.path, content: readFileSync(ref.path, "utf8") };
  },
};
let bad = 0;
for (const file of process.argv.slice(2)) {
  const doc = TextDocument.create(pathToFileURL(resolve(file)).href, "yaml", 1, readFileSync(file, "utf8"));
  for (const d of await validate(doc, { fileProvider })) {
    console.log(`${file}:${d.range.start.line + 1}:${d.range.start.character + 1}: ${d.message}`);
    bad = 1;
  }
}
process.exit(bad);
