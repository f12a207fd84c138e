// npm run new -- <receiver|processor|exporter|connector|extension> <type>: a component folder that passes `npm run
// check` at once.
import fs from 'node:fs';
import path from 'node:path';

const [kind, type] = process.argv.slice(2);
const kinds = ['receiver', 'processor', 'exporter', 'connector', 'extension'];
const fail = (message) => {
  console.error(message);
  process.exit(1);
};
if (!kinds.includes(kind) || !type) fail(`usage: npm run new -- <${kinds.join('|')}> <type>`);
if (!/^[a-z][a-z0-9_]{0,62}$/.test(type))
  fail(`"${type}" is no component type: snake_case, a letter first, at most 63 characters`);
const folder = path.resolve(import.meta.dirname, '..', 'src', `${kind}s`, type);
if (fs.existsSync(folder)) fail(`${path.relative(process.cwd(), folder)} exists already`);

const Kind = kind[0].toUpperCase() + kind.slice(1);
const Type = type
  .split('_')
  .map((word) => word[0].toUpperCase() + word.slice(1))
  .join('');
const stability =
  { connector: "[['traces', 'traces', 'Development']]", extension: "'Development'" }[kind] ??
  "{ traces: 'Development', metrics: 'Development', logs: 'Development' }";
const parameters = {
  receiver: 'options, context, next',
  processor: 'options, context, next',
  connector: 'options, context, next',
  exporter: 'options, context',
  extension: 'options, context',
}[kind];
const contextType = {
  receiver: 'SignalContext',
  processor: 'PipelineContext',
  connector: 'ConnectorContext',
  exporter: 'SignalContext',
  extension: 'ComponentContext',
}[kind];
const consumes = kind === 'processor' || kind === 'connector' || kind === 'exporter';
const hasNext = kind !== 'exporter' && kind !== 'extension';
const importOfNext = hasNext ? `import type { Consumer } from '../../component/consumer.js';\n` : '';

const files = {
  'index.ts': `import { define${Kind}, type ${Kind}Definition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ${Kind}Definition<Config> = define${Kind}<Config>({
  type: '${type}',
  stability: ${stability},
  config,
  telemetry,
  async create(${parameters}) {
    const { create${Type} } = await import('./${type}.js');
    return create${Type}(${parameters});
  },
});
`,
  'config.ts': `import { flag, group, type Schema } from '../../component/schema/schema.js';

export interface Config {
  /** Logs a line when the component starts. */
  readonly announce: boolean;
}

export const config: Schema<Config> = group<Config>({
  announce: flag(true, { about: 'Logs a line when the component starts.' }),
});
`,
  'telemetry.ts': `import type { TelemetrySpec } from '../../component/define.js';

export const telemetry: TelemetrySpec = { metrics: [], reasons: {} };
`,
  [`${type}.ts`]: `${importOfNext}import type { ${contextType}, ${Kind} } from '../../component/define.js';
import type { Config } from './config.js';

export function create${Type}(config: Config, context: ${contextType}${hasNext ? ', next: Consumer' : ''}): ${Kind} {
  return {
    start() {
      if (config.announce) context.logger.info('${type} is here');
    },${
      consumes
        ? hasNext
          ? '\n    consume: (batch, request) => next.consume(batch, request),'
          : `
    consume(batch) {
      const books = context.ledger.component(context.id, context.signal);
      books.in(batch.itemCount);
      books.dropped(batch.itemCount, 'scaffold');
      return Promise.resolve();
    },`
        : hasNext
          ? '\n    shutdown() {\n      void next;\n    },'
          : ''
    }
  };
}
`,
  [`${type}.test.ts`]: `import { expect, test } from 'vitest';
import { definition } from './index.js';

test('nothing configured means the defaults, and an unknown key is refused', () => {
  expect(definition.type).toBe('${type}');
  expect(definition.config.parse(null)).toEqual({ announce: true });
  expect(definition.config.safeParse({ anounce: true }).success).toBe(false);
});
`,
  'README.md': `# \`${type}\` ${kind}

What it does, in one sentence.

## Options

<!-- options -->
<!-- /options -->

## Limits

## Differences from the Collector
`,
  'example.yaml': example(),
};
if (kind === 'exporter')
  files['telemetry.ts'] = files['telemetry.ts'].replace(
    'reasons: {}',
    "reasons: { scaffold: 'The exporter has not been written.' }",
  );

function example() {
  const lists = { receiver: '[nop]', exporter: '[nop]' };
  if (kind === 'receiver') lists.receiver = `[${type}]`;
  if (kind === 'exporter') lists.exporter = `[${type}]`;
  const sections = [`receivers:\n  ${kind === 'receiver' ? type : 'nop'}:`];
  if (kind === 'processor') sections.push(`processors:\n  ${type}:`);
  sections.push(`exporters:\n  ${kind === 'exporter' ? type : 'nop'}:`);
  if (kind === 'connector') sections.push(`connectors:\n  ${type}:`);
  if (kind === 'extension') sections.push(`extensions:\n  ${type}:`);
  const head = kind === 'extension' ? `service:\n  extensions: [${type}]\n  pipelines:` : 'service:\n  pipelines:';
  if (kind === 'connector')
    sections.push(
      `${head}\n    traces: {receivers: [nop], exporters: [${type}]}\n` +
        `    traces/next: {receivers: [${type}], exporters: [nop]}`,
    );
  else {
    const processors = kind === 'processor' ? ` processors: [${type}],` : '';
    sections.push(`${head}\n    traces: {receivers: ${lists.receiver},${processors} exporters: ${lists.exporter}}`);
  }
  return `${sections.join('\n')}\n`;
}

fs.mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);

// The option table is generated, so that the new folder is complete from the first check.
const { spawnSync } = await import('node:child_process');
const root = path.resolve(import.meta.dirname, '..');
spawnSync(path.join(root, 'node_modules/.bin/oxfmt'), [folder], { cwd: root, stdio: 'inherit' });
const docs = spawnSync('npm', ['run', '--silent', 'docs'], { cwd: root, stdio: 'inherit' });
if (docs.status !== 0) fail('the folder is there, but its option table could not be made; run `npm run docs`');
console.log(`src/${kind}s/${type} is ready: write ${type}.ts, then \`npm test\` and \`npm run check\`.`);
