// What the page of an export says of files: asked by tests/wayout.rs on standard input, answered on standard output.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { modules, packed, files } = JSON.parse(readFileSync(0, 'utf8'));
const { Export, judgeFile } = await import(pathToFileURL(`${modules}/offline/judge.js`));

const all = await Export.open(packed);
const verdicts = {};
for (const path of files) {
  const { verdict, state } = await judgeFile(new Uint8Array(readFileSync(path)), all);
  verdicts[path] = state ? `${verdict}:${state.code}` : verdict;
}
process.stdout.write(JSON.stringify(verdicts));
