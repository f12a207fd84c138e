import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hostileConfigurations } from '../../test/support/hostile-configurations.js';
import { maxShownFaults, maxShownText } from './bounds.js';
import { loadConfig } from './load.js';

/** The longest message: each fault has four texts of users, a line and what is said around them. */
const maxMessage = (maxShownFaults + 1) * 6 * maxShownText;

test.each(hostileConfigurations)('$what is refused', async ({ yaml, env, says }) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-hostile-'));
  try {
    const file = path.join(folder, 'config.yaml');
    fs.writeFileSync(file, yaml(folder));
    const environment = { env: { ...process.env, ...env }, fetch };
    const { message } = await loadConfig({ uris: [file], sets: [], gates: [] }, { environment }).then(
      () => new Error('it was accepted'),
      (error: Error) => error,
    );
    expect(message).toContain(says);
    expect(message.length).toBeLessThan(maxMessage);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
