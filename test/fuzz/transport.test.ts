import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Dice, mutated } from './mutate.js';
import { targets, type Target } from './targets.js';

/** `npm run fuzz -- --inputs N` sets how many inputs are tried in all; without it the kept ones are replayed. */
const total = Number(process.env['KANMON_FUZZ_INPUTS'] ?? 0);
const seed = Number(process.env['KANMON_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
/** Inputs that are kept of each target, and their greatest length. */
const mostKept = 400;
const longestKept = 700;
const mib = 2 ** 20;

const fileOf = (target: Target): string => path.join(import.meta.dirname, 'corpus', `${target.name}.txt`);

function kept(target: Target): Buffer[] {
  const file = fileOf(target);
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'hex'));
}

test.each(targets)('$name takes every input that was ever kept', async (target) => {
  const corpus = [...target.seeds, ...kept(target)];
  for (const input of corpus) await target.run(input);
  // Another way of ending is another path through the code: without some hundred of them the corpus would be gone.
  const endings = new Set<string>();
  for (const input of corpus) endings.add(await target.run(input));
  expect(endings.size).toBeGreaterThan(10);
});

test.runIf(total > 0).each(targets)('$name takes whatever comes', { timeout: 0 }, async (target) => {
  const inputs = Math.ceil(total * target.share);
  const dice = new Dice(seed);
  const corpus = [...target.seeds, ...kept(target)];
  const endings = new Set<string>();
  for (const input of corpus) endings.add(await target.run(input));
  const known = corpus.length;
  let slowest = 0;
  let most = 0;
  const began = performance.now();
  for (let n = 0; n < inputs; n++) {
    const input = mutated(
      corpus[dice.roll(corpus.length)] ?? Buffer.alloc(0),
      corpus[dice.roll(corpus.length)] ?? Buffer.alloc(0),
      dice,
    );
    const from = performance.now();
    let ending: string;
    try {
      ending = await target.run(input);
    } catch (error) {
      throw new Error(`input ${input.toString('hex')} (seed ${seed}, number ${n})`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - from);
    if (!endings.has(ending) && corpus.length < 20 * mostKept) {
      endings.add(ending);
      corpus.push(input);
    }
    // So that timers and the thread pool have their turn.
    if (n % 1000 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, process.memoryUsage.rss());
      if (n % 200_000 === 0) process.stderr.write(`${target.name}: ${n} of ${inputs}, ${endings.size} endings\n`);
    }
  }
  const seconds = (performance.now() - began) / 1000;
  const fresh = corpus.slice(known).filter((input) => input.length <= longestKept);
  const all = [...kept(target), ...fresh].slice(0, mostKept);
  fs.mkdirSync(path.dirname(fileOf(target)), { recursive: true });
  fs.writeFileSync(fileOf(target), `${[...new Set(all.map((input) => input.toString('hex')))].join('\n')}\n`);
  process.stderr.write(
    `${target.name}: ${inputs} inputs in ${seconds.toFixed(0)} s, seed ${seed}, ${endings.size} endings, slowest ` +
      `${slowest.toFixed(0)} ms, peak RSS ${Math.round(most / mib)} MiB\n`,
  );
  expect(most).toBeLessThan(1024 * mib);
});
