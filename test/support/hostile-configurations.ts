import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A configuration that is made to cost as much as it can. */
export interface Hostile {
  readonly what: string;
  /** Writes the files into an empty folder; returns the text of the configuration. */
  yaml(folder: string): string;
  readonly env?: Readonly<Record<string, string>>;
  /** A part of what is said about it. */
  readonly says: string;
}

const pipelines = 'service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n';
export const goodConfiguration: string =
  'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\nexporters: {debug: }\n' + pipelines;

const times = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const plain = (what: string, says: string, text: () => string): Hostile => ({ what, says, yaml: text });
const tooMuch = 'document contains excessive aliasing or nesting';

/** Each grows three times the one before, or twice. */
const tripled = (map: boolean): string =>
  `x0: &a0 {v: 1}\n${times(30, (i) => {
    const parts = [0, 1, 2].map((n) => (map ? `k${n}: *a${i}` : `*a${i}`)).join(', ');
    return `x${i + 1}: &a${i + 1} ${map ? `{${parts}}` : `[${parts}]`}\n`;
  })}`;

export const hostileConfigurations: readonly Hostile[] = [
  plain('aliases of maps, 3^30 values', tooMuch, () => tripled(true) + goodConfiguration),
  plain('aliases of lists, 3^30 values', tooMuch, () => tripled(false) + goodConfiguration),
  plain('merge keys that double, 2^20', 'unknown key "m0"', () => {
    const maps = times(20, (i) => `m${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}], k${i}: 1}\n`);
    return `m0: &m0 {k: 1}\n${maps}${goodConfiguration}`;
  }),
  plain('one merge key of many large maps', tooMuch, () => {
    const large = `big: &big {${times(2000, (i) => `k${i}: 1, `)}}\n`;
    return `${large}all: {<<: [${times(20_000, () => '*big, ')}]}\n${goodConfiguration}`;
  }),
  plain('100,000 anchors and aliases', 'document has more than', () =>
    times(100_000, (i) => `a${i}: &n${i} 1\nb${i}: *n${i}\n`),
  ),
  plain('20,000 anchors and aliases', 'not shown', () => times(20_000, (i) => `a${i}: &n${i} 1\nb${i}: *n${i}\n`)),
  plain(
    'a chain of aliases deeper than the stack',
    tooMuch,
    () => `c0: &c0 {v: 1}\n${times(30_000, (i) => `c${i + 1}: &c${i + 1} {v: *c${i}}\n`)}`,
  ),
  plain('an anchor that holds itself', 'anchor "a" contains itself', () => 'receivers: &a {x: *a}\n'),
  plain('20,000 keys with ::', 'unknown key "a"', () => times(20_000, (i) => `a::b${i}: 1\n`) + goodConfiguration),
  plain('20,000 keys with :: in one another', tooMuch, () => `? ${'a::'.repeat(20_000)}b\n: 1\n${goodConfiguration}`),
  plain('200,000 unknown keys', 'document has more than', () => times(200_000, (i) => `unknown${i}: 1\n`)),
  plain(
    '60,000 unknown keys',
    '59950 more faults are not shown',
    () => times(60_000, (i) => `unknown${i}: 1\n`) + goodConfiguration,
  ),
  plain(
    '60,000 unknown keys of a component',
    '59950 more faults are not shown',
    () =>
      `receivers: {otlp: {protocols: {http: }}}\nexporters:\n  debug:\n` +
      times(60_000, (i) => `    unknown${i}: 1\n`) +
      pipelines,
  ),
  plain(
    '60,000 unknown components',
    'faults are not shown',
    () => `exporters:\n${times(60_000, (i) => `  debugg/${i}:\n`)}${pipelines}`,
  ),
  plain(
    '20,000 names without a component, and as many components',
    'is not configured',
    () =>
      'receivers: {otlp: {protocols: {http: }}}\nexporters:\n' +
      times(20_000, (i) => `  debug/${'x'.repeat(80)}${i}:\n`) +
      'service: {pipelines: {traces: {receivers: [otlp], exporters: [' +
      times(20_000, (i) => `debug/${'y'.repeat(80)}${i}, `) +
      ']}}}\n',
  ),
  plain('the same key 60,000 times', 'map keys must be unique', () => times(60_000, () => 'a: 1\n')),
  plain('lists in one another', tooMuch, () => '['.repeat(100_000)),
  plain('lists in one another, in one line', tooMuch, () => '- '.repeat(100_000)),
  plain('maps in one another', tooMuch, () => '{a: '.repeat(50_000)),
  plain('a key of 2 MB', 'unknown key "kkkk', () => `? "${'k'.repeat(2_000_000)}"\n: 1\n${goodConfiguration}`),
  plain(
    'a value of 2 MB where none is due',
    'expected a map',
    () => `${goodConfiguration}processors: "${'v'.repeat(2_000_000)}"\n`,
  ),
  plain('a number of 2,000,000 digits', 'unknown key "n"', () => `n: ${'9'.repeat(2_000_000)}\n${goodConfiguration}`),
  plain('a file of 5 MB', 'is larger than 4194304 bytes', () => `# ${'x'.repeat(5_000_000)}\n${goodConfiguration}`),
  plain('a device', 'it is a device, and only regular files are read', () => 'receivers: ${file:/dev/zero}\n'),
  {
    what: 'a pipe that nobody writes into',
    says: 'it is a pipe, and only regular files are read',
    yaml(folder) {
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      return `receivers: \${file:${path.join(folder, 'pipe')}}\n`;
    },
  },
  {
    what: 'a file of itself',
    says: 'contains itself',
    yaml(folder) {
      const file = path.join(folder, 'itself.yaml');
      fs.writeFileSync(file, `a: \${file:${file}}\nb: \${file:${file}}\nc: ${'x'.repeat(3000)}\n`);
      return `receivers: \${file:${file}}\n`;
    },
  },
  {
    what: 'two files of each other',
    says: 'too many recursive expansions',
    yaml(folder) {
      const [one, two] = [path.join(folder, 'one.yaml'), path.join(folder, 'two.yaml')];
      fs.writeFileSync(one, `a: [\${file:${two}}, \${file:${two}}]\n`);
      fs.writeFileSync(two, `a: [\${file:${one}}, \${file:${one}}]\n`);
      return `receivers: \${file:${one}}\n`;
    },
  },
  {
    what: 'a file that is used 10,000 times',
    says: tooMuch,
    yaml(folder) {
      const file = path.join(folder, 'many.yaml');
      fs.writeFileSync(file, `[${times(1000, () => '1, ')}]`);
      return `receivers: [${times(10_000, () => `"\${file:${file}}", `)}]\n`;
    },
  },
  {
    what: 'values that double each other',
    says: 'the value becomes longer than',
    yaml: () => goodConfiguration.replace('debug: ', 'debug: {verbosity: "x${env:KANMON_D0}"}'),
    env: Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `KANMON_D${i}`,
        i === 39 ? 'x' : `\${env:KANMON_D${i + 1}}\${env:KANMON_D${i + 1}}`,
      ]),
    ),
  },
  {
    what: 'values that name each other in a circle',
    says: 'too many recursive expansions',
    yaml: () => `${goodConfiguration}processors: {batch: {timeout: "\${env:KANMON_A}"}}\n`,
    env: { KANMON_A: '${env:KANMON_B}', KANMON_B: '${env:KANMON_A}${env:KANMON_A}' },
  },
];
