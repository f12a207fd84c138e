// Refuses what makes a test depend on how busy the machine is: a sleep, a decision by a real clock, a time limit below
// the common one. A test waits for a state (`until`, `expect.poll`) or moves a held clock. Where real time is what a
// test is about, a comment `// real time: REASON` stands on the line or above it.
import fs from 'node:fs';
import path from 'node:path';

const clone = path.resolve(import.meta.dirname, '..');
/** Another folder, for the test of this script. */
const root = process.argv[2] ?? clone;
const limit = number(/testTimeout: ([\d_]+)/.exec(fs.readFileSync(path.join(clone, 'vitest.config.ts'), 'utf8'))?.[1]);

const refused = [
  [
    /(?<![.\w])set(Timeout|Interval)\(|\b(sleep|pause)\(systemClock|AbortSignal\.timeout\(/,
    'waits for a time: wait for a state (until, expect.poll), or move a held clock',
  ],
  [
    /\bset(Timeout|Interval)\b.*timers\/promises/,
    'waits for a time: wait for a state (until, expect.poll), or move a held clock',
  ],
  [
    /\b(expect|if|while|for)\b.*\b(performance\.now|hrtime(\.bigint)?)\(\)|Date\.now\(\) *[-<>]|[-<>]=? *Date\.now\(\)/,
    'decides by a real clock: wait for a state (until, expect.poll), or move a held clock',
  ],
];

/** Tests, and what they stand on; the harness of the recordings and the attacks are programs of their own. */
const files = ['src', 'test']
  .filter((folder) => fs.existsSync(path.join(root, folder)))
  .flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true }).map((file) => `${folder}/${String(file)}`),
  )
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => file.endsWith('.test.ts') || /^test\/(support|contract|e2e|fuzz)\/.*\.ts$/.test(file));

function number(text = '') {
  return Number(text.replaceAll('_', ''));
}

const faults = [];
for (const file of files) {
  const lines = fs.readFileSync(path.join(root, file), 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    const allowed = [lines[i - 1] ?? '', line].some((one) => /\/\/ real time: \S/.test(one));
    if (allowed || /^\s*(\/\/|\*)/.test(line)) continue;
    for (const [pattern, advice] of refused) if (pattern.test(line)) faults.push(`${file}:${i + 1}: ${advice}`);
    const own = /\b(?:test|describe|poll)\b.*\{ timeout: ([\d_]+)\b|^\s*\{ timeout: ([\d_]+)\b/.exec(line);
    if (own && number(own[1] ?? own[2]) > 0 && number(own[1] ?? own[2]) <= limit)
      faults.push(`${file}:${i + 1}: a time limit of ${own[1] ?? own[2]} ms: the common one is ${limit} ms`);
  }
}

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
