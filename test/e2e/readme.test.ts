import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cleanClone } from '../support/clone.js';
import { DocumentedShell, type Outcome, type Running } from '../support/documented.js';
import { commandsOf, fencedBlocks } from '../support/documents.js';
import { OwnNetwork } from '../support/own-network.js';
import { until } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const shown = (document: string): string[] =>
  fencedBlocks(root, document)
    .filter(({ language }) => ['', 'sh', 'bash', 'shell', 'console'].includes(language))
    .flatMap(commandsOf);
const commands = shown('README.md');

/** The only command that begins like this. */
function command(start: string): string {
  const found = commands.filter((line) => line.startsWith(start));
  expect(found, start).toHaveLength(1);
  return found[0] ?? '';
}

/** Beginnings of the commands of README.md, with the test that runs each. */
const runBy: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'below',
  // It would run itself; that it stands for all tests is checked below.
  'npm ci && npm test': 'package.json',
  'curl -i': 'below',
  export: 'below',
  'node examples': 'below',
  'python3 -m venv': 'below',
  '.venv/bin/python': 'below',
  'cd examples': 'below',
  'npm ci && npm pack': 'below',
  'npm install --global': 'below',
  'kanmon --version': 'below',
  'promtool check': 'test/e2e/watching.test.ts',
  'promtool test': 'test/e2e/watching.test.ts',
  'prometheus ': 'test/e2e/watching.test.ts',
};

test('every command of the README is run by a test, and the Japanese one has the same', () => {
  for (const line of commands)
    expect(
      Object.keys(runBy).filter((start) => line.startsWith(start)),
      line,
    ).toHaveLength(1);
  for (const start of Object.keys(runBy)) command(start);
  // Comments say the same in the other language.
  expect(shown('README.ja.md')).toEqual(commands);
  const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['test']).toBe('vitest run');
});

// Packages are fetched and everything is built: on a busy machine that takes minutes.
describe('in a clean clone', { timeout: 600_000 }, () => {
  let folder = '';
  let network: OwnNetwork;
  let shell: DocumentedShell;
  const prefix = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-global-'));
  const running: Running[] = [];

  beforeAll(async () => {
    folder = cleanClone(root);
    network = await OwnNetwork.open();
    shell = new DocumentedShell(folder, network, {
      npm_config_prefix: prefix,
      PATH: `${path.join(prefix, 'bin')}:${process.env['PATH'] ?? ''}`,
    });
  });
  // A test that failed leaves no ports to the next one.
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });
  afterAll(() => {
    network.close();
    for (const each of [folder, prefix]) fs.rmSync(each, { recursive: true, force: true });
  });

  async function quickStart(line: string): Promise<Running> {
    const gateway = shell.start(line);
    running.push(gateway);
    await gateway.says('Everything is ready');
    return gateway;
  }

  test('npm ci && npm start builds, says where to look, and shows what curl and applications send', async () => {
    const [install = '', start = ''] = command('npm ci && npm start').split(' && ');
    expect((await shell.run(install)).code).toBe(0);
    const gateway = await quickStart(start);
    const { output } = gateway;
    const order = ["Kanmon's quick start", 'Building all of it', 'Built in', 'Everything is ready'];
    expect(order.map((text) => output.indexOf(text)).toSorted((a, b) => a - b)).toEqual(
      order.map((text) => output.indexOf(text)),
    );
    const places = [...output.matchAll(/http:\/\/localhost:(?!431[78])\S+/g)].map(([url]) => url);
    for (const url of places) expect((await shell.run(`curl -sf -o /dev/null ${url}`)).code, url).toBe(0);
    expect(places.map((url) => new URL(url).port)).toEqual(expect.arrayContaining(['15679', '8888', '13133']));

    expect((await shell.run(command('curl -i'))).output).toContain('HTTP/1.1 200 OK');
    await gateway.says('first-span');

    await shell.run(command('export'));
    const applications = [
      [command('node examples')],
      [command('python3 -m venv'), command('.venv/bin/python')],
      [command('cd examples')],
    ];
    for (const lines of applications) {
      let result: Outcome = { code: 0, output: '', isMachine: false };
      for (const line of lines) if (result.code === 0) result = await shell.run(line);
      const [, id] = /^trace ([0-9a-f]{32})$/m.exec(result.output) ?? [];
      // A language, or its registry, that this machine has not; Node it has.
      if (result.isMachine && lines[0] !== command('node examples')) console.log(`skipped: ${lines.join('; ')}`);
      else await gateway.says(id ?? `the trace of: ${result.output}`);
    }
    await gateway.stop();
    expect(gateway.output).toContain('The ledger balances');
  });

  test('npm start again builds nothing, and the first requests meet no refused connection', async () => {
    const gateway = await quickStart('npm start');
    expect(gateway.output).toContain('The build is up to date.');
    const ids = Array.from({ length: 12 }, (_, i) => `${i.toString(16)}b8aa5a2d2c872e8321cf37308d69df2`);
    const sent = ids.map((id) => shell.run(command('curl -i').replace('5b8aa5a2d2c872e8321cf37308d69df2', id)));
    for (const { output } of await Promise.all(sent)) expect(output).toContain('HTTP/1.1 200 OK');
    await until('all spans', () => ids.every((id) => gateway.output.includes(id)));
    let page = '';
    await until('the outcomes', async () => {
      page = (await shell.run('curl -s http://localhost:8888/metrics')).output;
      return /^otelcol_loadbalancer_backend_outcome\S*success="true"/m.test(page);
    });
    expect(page).not.toMatch(/^otelcol_loadbalancer_backend_outcome\S*success="false"\} [1-9]/m);
    await gateway.stop();
    expect(gateway.output).not.toContain('Exporting failed');
  });

  test('a port that is taken is one error, and no warning of Node', async () => {
    const other = await quickStart('npm start');
    const own = 'service::telemetry::metrics::level: none';
    const { code, output } = await shell.run(
      `node dist/cli/main.js --config examples/quickstart.yaml --config "yaml:${own}"`,
    );
    expect(code).toBe(1);
    expect(output).toContain('address already in use');
    expect(output).not.toContain('Warning');
    await other.stop();
  });

  test('npm run demo shows each trace whole on one backend', async () => {
    const { code, output } = await shell.run('npm run demo');
    expect(output).toContain('30 of 30 traces are whole on one backend.');
    expect(code).toBe(0);
  });

  test('npm pack and npm install --global make the command', async () => {
    for (const start of ['npm ci && npm pack', 'npm install --global', 'kanmon --version']) {
      const { code, output } = await shell.run(command(start));
      expect(code, output).toBe(0);
      if (start.startsWith('kanmon')) expect(output).toMatch(/^kanmon version \d/);
    }
    expect((await shell.run('npx kanmon --version')).output).toMatch(/^kanmon version \d/m);
  });
});
