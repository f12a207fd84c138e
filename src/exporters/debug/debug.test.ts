import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { definition } from './index.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-debug-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const host = hostWith();

function log(body: string): Batch {
  return validate(
    'logs',
    jsonToProto(
      'logs',
      Buffer.from(
        JSON.stringify({
          resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: body }, severityNumber: 9 }] }] }],
        }),
      ),
    ),
  );
}

async function output(settings: object, batches: readonly Batch[]): Promise<string> {
  const file = path.join(folder, `${Math.random()}.txt`);
  const { context, books } = heldWorld({ signal: 'logs' });
  const config = definition.config.parse({ use_internal_logger: false, output_paths: [file], ...settings });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  for (const batch of batches) await exporter.consume(batch, emptyContext);
  await exporter.shutdown?.(new AbortController().signal);
  expect(books.balance).toBe(0);
  return fs.readFileSync(file, 'utf8');
}

test('basic counts, normal gives each record a line, detailed shows everything', async () => {
  expect(await output({}, [log('x')])).toBe('Logs\t{"resource logs": 1, "log records": 1}\n');
  expect(await output({ verbosity: 'Normal' }, [log('x')])).toBe(
    'Logs\t{"resource logs": 1, "log records": 1}\nResourceLog #0\nScopeLog #0\nx \n\n',
  );
  expect(await output({ verbosity: 'detailed' }, [log('x')])).toContain('SeverityNumber: Info(9)\nBody: Str(x)\n');
});

test('equal messages are thinned out', async () => {
  const text = await output(
    { sampling_initial: 2, sampling_thereafter: 3 },
    Array.from({ length: 12 }, () => log('x')),
  );
  expect(text.trim().split('\n')).toHaveLength(5);
});

test('the internal logger has no files, and its own ones cannot be none', () => {
  expect(definition.config.safeParse({ output_paths: ['stdout'] }).success).toBe(false);
  expect(definition.config.safeParse({ use_internal_logger: false, output_paths: [] }).success).toBe(false);
  expect(definition.config.safeParse({ verbosity: 'none' }).success).toBe(false);
});

test('a value nested thousands of levels deep is cut, not a crash', async () => {
  const depth = 3000;
  const nested = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
  const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${nested}}]}]}]}`;
  expect(await output({ verbosity: 'normal' }, [validate('logs', jsonToProto('logs', Buffer.from(body)))])).toContain(
    '...',
  );
});
