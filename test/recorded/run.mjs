// Replays recorded answers of the real Collector against a program. KANMON='node dist/cli/main.js' node run.mjs
// [--folder FOLDER] [--differences FILE] [TOPIC...] FOLDER holds one folder for each topic (default: the one of this
// file). FILE is JSON, {"topic": {"start of a failing line": "anchor of docs/differences.md"}}: such a case is
// different on purpose, and one that has become equal is an error. A failing case that uses a component which the
// program's `components` does not list waits for that component and is no failure.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { casesIn, listComponents, numberOfCases, subjectsOf, waitsFor } from './components.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string', default: import.meta.dirname }, differences: { type: 'string' } },
});
/** Topics that are replayed at the same time: most of the time of a case passes with waiting. */
const atOnce = 2;
const folder = path.resolve(values.folder);
const differences = values.differences ? JSON.parse(fs.readFileSync(values.differences, 'utf8')) : {};
const available = listComponents((process.env.KANMON ?? 'kanmon').split(' '));
const replayerOf = (topic) =>
  ['check.mjs', 'replay.mjs'].map((name) => path.join(folder, topic, name)).find((file) => fs.existsSync(file));

function replay(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], {
      cwd: path.dirname(file),
      env: { LIMIT_MS: '1200000', ...process.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.on('close', (code) => resolve({ output, code }));
  });
}

/**
 * Replays one topic, prints what came of it, and returns how many cases were equal, failed and wait for a component.
 */
async function runTopic(topic) {
  const replayer = replayerOf(topic);
  if (!replayer) {
    console.log(`${topic}: no such topic; there are ${topics().join(', ')}`);
    return { passed: 0, failed: 1, waiting: 0 };
  }
  const subjects = subjectsOf(topic);
  const lacking = subjects.filter((type) => !available.has(type));
  if (lacking.length > 0 && lacking.length === subjects.length) {
    const waiting = numberOfCases(path.join(folder, topic));
    console.log(`${topic}: ${waiting} cases waiting for ${lacking.join(' and ')}`);
    return { passed: 0, failed: 0, waiting };
  }

  const { output, code } = await replay(replayer);
  const lines = output.split('\n');
  const tally = /(\d+) passed, (\d+) failed/.exec(lines.findLast((line) => line.includes(' passed, ')) ?? '');
  if (!tally) {
    console.log(`${topic}: ended with ${code} and no result: ${output.slice(-300)}`);
    return { passed: 0, failed: 1, waiting: 0 };
  }
  const [passed, notEqual] = [Number(tally[1]), Number(tally[2])];
  const failing = lines.flatMap((line) => /^(?:FAIL|MISMATCH|not ok)\b\s*(.*)/.exec(line)?.[1] ?? []);
  const listed = Object.keys(differences[topic] ?? {});
  const cases = failing.length > 0 ? casesIn(path.join(folder, topic)) : [];
  const missing = new Map();
  const unexplained = [];
  let different = 0;
  let waiting = 0;
  for (const line of failing) {
    if (listed.some((start) => line.startsWith(start))) {
      different++;
      continue;
    }
    const types = waitsFor(line, cases, available);
    if (types.length === 0) unexplained.push(line);
    else waiting++;
    for (const type of types) missing.set(type, (missing.get(type) ?? 0) + 1);
  }
  const stale = listed.filter((start) => !failing.some((line) => line.startsWith(start)));
  const failed = unexplained.length + stale.length + Math.max(0, notEqual - failing.length);
  for (const line of unexplained) console.log(`${topic}: ${line}`);
  for (const start of stale) console.log(`${topic}: listed as different but equal now: ${start}`);
  const types = [...missing].map(([type, count]) => `${type} (${count})`).join(', ');
  const waits = `${waiting} waiting for components${types ? `: ${types}` : ''}`;
  console.log(`${topic}: ${passed} equal, ${different} different on purpose, ${waits}, ${failed} failed`);
  return { passed, failed, waiting };
}

/** The number of a topic's cases; 0 where there is no such topic. */
function casesOf(topic) {
  return replayerOf(topic) ? numberOfCases(path.join(folder, topic)) : 0;
}

/** All folders with a replayer. */
function topics() {
  return fs.readdirSync(folder).filter((name) => replayerOf(name));
}

const sum = { passed: 0, failed: 0, waiting: 0 };
const left = (positionals.length > 0 ? positionals : topics()).toSorted((a, b) => casesOf(b) - casesOf(a));
const add = (result) => {
  for (const name of Object.keys(sum)) sum[name] += result[name];
};
const again = [];
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let topic = left.shift(); topic !== undefined; topic = left.shift()) {
      const result = await runTopic(topic);
      if (result.failed > 0 && replayerOf(topic)) again.push(topic);
      else add(result);
    }
  }),
);
// Some recorded answers depend on time: how many attempts 250 ms have room for. Another topic beside may change them.
for (const topic of again) {
  console.log(`${topic}: once more, alone`);
  add(await runTopic(topic));
}
console.log(`${sum.waiting} waiting for components`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed > 0 ? 1 : 0);
