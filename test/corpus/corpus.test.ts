import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { discoverComponents } from '../../src/config/components.js';
import { ConfigError, type Fault } from '../../src/config/fault.js';
import { loadConfig } from '../../src/config/load.js';
import { positionOf } from '../../src/config/place.js';
import { checkBuild } from '../../src/pipeline/service.js';
import { processState } from '../../src/workers/process-state.js';

// Configurations in the shape of published ones, in words of our own. The answer of `validate` stands beside each, as
// NAME.expected, where that is anything; `UPDATE_CORPUS=1` writes these files, to be read before they are kept.
const folder = import.meta.dirname;
const files = fs
  .readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.yaml'))
  .toSorted();
const variables = JSON.parse(fs.readFileSync(path.join(folder, 'environment.json'), 'utf8')) as Record<string, string>;
const environment = { env: { ...variables, CERT_DIR: path.resolve(folder, '../support/tls') }, fetch };
const components = await discoverComponents();

/** Faults and warnings, a line for each: place, path and message. */
async function answers(name: string): Promise<string[]> {
  const gates = name.startsWith('charts/profiler') ? ['service.profilesSupport'] : [];
  try {
    const request = { uris: [path.join(folder, name)], sets: [], gates };
    const config = await loadConfig(request, { environment, components });
    await checkBuild(config, processState());
    return config.warnings.flatMap(({ at }) => (at ? [`warning ${lineOf(at)}`] : []));
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => `fault ${lineOf(fault)}`);
    return [`fault ${(error as Error).message.split('\n', 1)[0]}`];
  }
}

function lineOf({ place, path: where, message, origin, unset = [] }: Fault): string {
  const at = place ? positionOf(place) : undefined;
  const missing = unset.filter((uri) => uri !== origin).map((uri) => ` (${uri} is not set)`);
  return `${at ? `${at.line}:${at.column} ` : ''}${where === '' ? '' : `${where}: `}${message}${missing.join('')}`;
}

test('there are at least 80 of them, each in a folder for its source', () => {
  expect(files.length).toBeGreaterThanOrEqual(80);
  for (const name of files) expect(name).toMatch(/^(charts|docs|kubernetes|operator|tiers|tutorials|vendors)\//);
});

test('no answer is kept for a configuration that is not there', () => {
  const kept = fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.expected'));
  expect(kept.filter((name) => !files.includes(name.replace(/\.expected$/, '.yaml')))).toEqual([]);
});

test.each(files)('%s', async (name) => {
  const file = path.join(folder, name.replace(/\.yaml$/, '.expected'));
  const found = await answers(name);
  const text = found.map((line) => `${line}\n`).join('');
  if (process.env['UPDATE_CORPUS'] === '1') {
    if (text === '') fs.rmSync(file, { force: true });
    else fs.writeFileSync(file, text);
  }
  const expected = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  expect(found).toEqual(expected.split('\n').filter(Boolean));
});
