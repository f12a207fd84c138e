// Holds the source to one vocabulary: protobuf is walked in src/otlp alone, timers and name look-ups are wrapped in one
// place each, an exported name has one meaning, and casts to number stay rare. Prints each fault with its place and
// what to do instead.
import fs from 'node:fs';
import path from 'node:path';

// The argument is another root, for the test of these rules.
const root = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '..'));
const faults = [];

const files = fs
  .readdirSync(path.join(root, 'src'), { recursive: true })
  .map((file) => `src/${String(file).replaceAll(path.sep, '/')}`)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, lines: fs.readFileSync(path.join(root, file), 'utf8').split('\n') }));

const walking = [
  [
    /\b(skipValue|tagAt|varintAt|varintEnd|lengthAt|readVarint)\b/,
    'protobuf is walked in src/otlp: read through src/otlp/view',
  ],
  [/\b\w*[tT]ag\s*(===|!==)\s*\d/, 'a bare tag number: compare with tagOf of src/otlp/fields.ts, within src/otlp'],
  [/\b\w*[tT]ag\s*(%\s*8|&\s*7|>>>?\s*3)/, 'arithmetic on tags belongs into src/otlp'],
  [
    /\bindex\.(resources|scopes|items)\b|\{[^}]*\b(resources|scopes|items)\b[^}]*\} = \w+\.index\b/,
    'rows of the index have names: see Index in src/otlp',
  ],
];
for (const { file, lines } of files) {
  if (file.startsWith('src/otlp/')) continue;
  lines.forEach((line, i) => {
    for (const [pattern, advice] of walking) if (pattern.test(line)) faults.push(`${file}:${i + 1}: ${advice}`);
  });
}

// Node's timers fire at once above 2^31 ms, and its thread pool has four places: each is wrapped in one file.
const wrapped = [
  [
    ['src/component/clock.ts'],
    /(?<![.\w]|typeof )set(Timeout|Interval)\b|globalThis\.set[TI]|from 'node:timers|AbortSignal\.timeout\(/,
    'a bare timer: use the clock (after, every, sleep, abortAfter of src/component/clock.ts), which takes any duration',
  ],
  [
    [],
    /\.setTimeout\((?!nodeTimeout\()|\b(headers|request|keepAlive|keepAliveMax)Timeout( =|:)(?! (nodeTimeout\(|\d))/,
    'a time limit for Node itself: hand it over through nodeTimeout of src/component/clock.ts',
  ],
  [
    [
      'src/net/lookup.ts',
      'src/net/host-names.ts',
      'src/net/name-servers.ts',
      'src/exporters/load_balancing/resolver/lookup.ts',
    ],
    /from 'node:dns/,
    'a name is looked up by src/net/lookup.ts, which leaves threads of the pool to files and codecs',
  ],
];
for (const { file, lines } of files)
  for (const [places, pattern, advice] of wrapped)
    if (!places.includes(file))
      lines.forEach((line, i) => {
        if (pattern.test(line)) faults.push(`${file}:${i + 1}: ${advice}`);
      });

// Every component folder exports these; their meaning is the contract's (ARCHITECTURE.md).
const contract = new Set(['definition', 'config', 'Config', 'telemetry', 'metrics']);
// Options and arguments of functions have kinds of values, which are named alike: `int`, `list`, `duration`.
const argumentKinds = 'src/ottl/parameters.ts';
const kinds = /^src\/(receivers|processors|exporters|connectors|extensions)\//;
const places = new Map();
for (const { file, lines } of files) {
  lines.forEach((line, i) => {
    const name =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/.exec(
        line,
      )?.[1];
    if (
      name === undefined ||
      file === argumentKinds ||
      (kinds.test(file) && (contract.has(name) || name.startsWith('create')))
    )
      return;
    const known = places.get(name) ?? [];
    // A function and its overloads, or a value and a type of one file, are one meaning.
    if (!known.some((place) => place.startsWith(`${file}:`))) places.set(name, [...known, `${file}:${i + 1}`]);
  });
}
for (const [name, found] of places)
  if (found.length > 1)
    faults.push(`${found.join(', ')}: ${name} is exported with ${found.length} meanings: rename all but one`);

const mostCasts = 60;
const casts = files.map(({ file, lines }) => [
  file,
  lines.reduce((found, line) => found + (line.match(/\bas number\b/g)?.length ?? 0), 0),
]);
const sum = casts.reduce((total, [, count]) => total + count, 0);
if (sum >= mostCasts) {
  const worst = casts.toSorted((a, b) => b[1] - a[1]).slice(0, 5);
  faults.push(
    `src: ${sum} casts "as number", ${mostCasts} are too many ` +
      `(${worst.map(([file, n]) => `${file} ${n}`).join(', ')}): ` +
      'read typed arrays with byteAt and at32 of src/otlp/wire/at.ts',
  );
}

// Lines are thinned by their message: what varies, such as a text of a peer, belongs into a field. These do not vary
// much.
const inMessages = ['this.#what', 'buildInfo.command', 'command', 'signal'];
for (const { file, lines } of files)
  lines.forEach((line, i) => {
    const message = /\b(?:logger|local|log)(?:\(\))?\.(?:debug|info|warn|error)\(`([^`]*)`/.exec(line)?.[1];
    for (const [, varying] of message?.matchAll(/\$\{([^}]*)\}/g) ?? [])
      if (!inMessages.includes(varying))
        faults.push(`${file}:${i + 1}: \${${varying}} in the message of a log line: make it a field`);
  });

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
