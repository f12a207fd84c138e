import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from './load.js';
import { printConfig } from './print.js';

test('a section that null would turn on is not printed where it is off', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-print-'));
  const file = path.join(folder, 'config.yaml');
  const receivers = 'receivers: {host_metrics: {scrapers: {load: , system: {}}}}\nexporters: {nop: }\n';
  fs.writeFileSync(
    file,
    `${receivers}service: {pipelines: {metrics: {receivers: [host_metrics], exporters: [nop]}}}\n`,
  );
  try {
    const scrapers = async (): Promise<readonly string[]> => {
      const config = await loadConfig({ uris: [file], sets: [], gates: [] }, {});
      const printed = printConfig(config, { format: 'yaml', redacted: true });
      fs.writeFileSync(file, printed);
      const { receivers: own } = parse(printed) as { receivers: { host_metrics: { scrapers: object } } };
      return Object.keys(own.host_metrics.scrapers);
    };
    expect(await scrapers()).toEqual(['load', 'system']);
    // The printed configuration means the same.
    expect(await scrapers()).toEqual(['load', 'system']);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
