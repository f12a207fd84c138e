import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alreadyBuilt, cleanClone } from '../support/clone.js';
import { commandsOf, fencedBlocks } from '../support/documents.js';
import { testWith } from '../support/peers.js';
import { freePorts, until } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

function emptyFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-recipe-'));
  folders.push(folder);
  return folder;
}

function clone(): string {
  const folder = cleanClone(root);
  folders.push(folder);
  return folder;
}

function run(line: string, cwd: string): string {
  // Packages that the machine has fetched once are not asked for again.
  const env = { ...process.env, npm_config_prefer_offline: 'true' };
  return execFileSync('sh', ['-ec', line], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a command on free ports until it is ready, and ends it with SIGTERM. Resolves with its log. */
async function runsUntilReady(
  command: readonly string[],
  whenReady?: (pid: number, log: () => string) => Promise<void>,
): Promise<string> {
  const [GRPC_PORT, HTTP_PORT, HEALTH_PORT, ZPAGES_PORT, METRICS_PORT] = (await freePorts(5)).map(String);
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], GRPC_PORT, HTTP_PORT, HEALTH_PORT, ZPAGES_PORT, METRICS_PORT },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await until('it to be ready', () => log.includes('Everything is ready') || child.exitCode !== null);
  if (child.exitCode === null) await whenReady?.(child.pid ?? 0, () => log);
  child.kill('SIGTERM');
  expect(await ended, log).toBe(0);
  return log;
}

/** A step of a container file. */
type Step = { readonly word: string; readonly rest: string };

function stagesOf(file: string): { readonly name: string | undefined; readonly steps: readonly Step[] }[] {
  const steps = read(file)
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ word: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }));
  const stages: { name: string | undefined; steps: Step[] }[] = [];
  for (const step of steps)
    if (step.word === 'FROM') stages.push({ name: / AS (\S+)$/.exec(step.rest)?.[1], steps: [] });
    else stages.at(-1)?.steps.push(step);
  return stages;
}

test(
  'the steps of the container file, replayed in empty folders, make a program that runs',
  { timeout: 600_000 },
  async () => {
    const context = clone();
    const roots = new Map<string | undefined, string>();
    let last = '';
    const command: string[] = [];
    for (const { name, steps } of stagesOf('deploy/container/Containerfile')) {
      const image = emptyFolder();
      roots.set(name, image);
      last = image;
      let cwd = image;
      const inside = (file: string): string => (file.startsWith('/') ? path.join(image, file) : path.join(cwd, file));
      for (const { word, rest } of steps)
        switch (word) {
          case 'WORKDIR':
            cwd = path.join(image, rest);
            fs.mkdirSync(cwd, { recursive: true });
            break;
          case 'COPY': {
            const [, stage, files = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
            const from = stage === undefined ? context : (roots.get(stage) ?? '');
            const sources = files.split(' ');
            const to = sources.pop() ?? '';
            for (const source of sources) {
              // As in a container build: a folder's content, and a file into a folder that ends with a slash.
              const target = to.endsWith('/') ? path.join(inside(to), path.basename(source)) : inside(to);
              fs.cpSync(path.join(from, source), target, { recursive: true, verbatimSymlinks: true });
            }
            break;
          }
          case 'RUN':
            if (rest.includes('build')) alreadyBuilt(root, cwd);
            run(rest, cwd);
            break;
          case 'ENTRYPOINT':
          case 'CMD':
            command.push(...(JSON.parse(rest) as string[]));
            break;
          default:
            expect(['USER', 'EXPOSE']).toContain(word);
        }
    }
    expect(fs.existsSync(path.join(last, 'kanmon/node_modules/typescript'))).toBe(false);
    const log = await runsUntilReady(command.map((part) => (part.startsWith('/') ? path.join(last, part) : part)));
    expect(log).toContain('The ledger balances');
  },
);

testWith('systemd-analyze')(
  'the steps of the systemd recipe, replayed in an empty folder, install what the unit runs',
  { timeout: 600_000 },
  async () => {
    const system = emptyFolder();
    fs.mkdirSync(path.join(system, 'etc/systemd/system'), { recursive: true });
    const place = (text: string): string => text.replaceAll(/(?<=^|[\s=])\/(?=usr\/lib\/|etc\/)/gm, `${system}/`);
    const block = fencedBlocks(root, 'deploy/README.md').find(({ text }) => text.includes('systemctl'));
    const folder = clone();
    alreadyBuilt(root, folder);
    const managed: string[] = [];
    for (const line of commandsOf(block ?? { language: '', text: '', place: '' })) {
      if (line.startsWith('systemctl ')) managed.push(line);
      else run(place(line), folder);
    }
    // The service manager itself is not here: the unit is checked and its commands are run as it would run them.
    expect(managed).toEqual(['systemctl daemon-reload', 'systemctl enable --now kanmon']);
    const installed = fs.readFileSync(path.join(system, 'etc/systemd/system/kanmon.service'), 'utf8');
    const unit = path.join(emptyFolder(), 'kanmon.service');
    fs.writeFileSync(unit, place(installed));
    expect(run(`systemd-analyze verify ${unit} 2>&1`, folder)).toBe('');
    const commandOf = (key: string): string[] => {
      const [, value = ''] = new RegExp(`^${key}=(.*)$`, 'm').exec(place(installed)) ?? [];
      return value.split(' ');
    };
    expect(run(commandOf('ExecStartPre').join(' '), '/')).toBe('');
    expect(fs.existsSync(path.join(system, 'usr/lib/kanmon/node_modules/typescript'))).toBe(false);
    const log = await runsUntilReady(commandOf('ExecStart'), async (pid, sofar) => {
      run(commandOf('ExecReload').join(' ').replace('$MAINPID', String(pid)), '/');
      await until('the reload', () => sofar().split('Everything is ready').length === 3);
    });
    expect(log).toContain('The ledger balances');
  },
);

interface ComposeService {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
}

test('the compose file builds from what there is, and gives the image its ports and variables', () => {
  const file = 'deploy/container/compose.yaml';
  const text = read(file);
  const { gateway } = (parse(text) as { readonly services: { readonly gateway: ComposeService } }).services;
  const context = path.join(root, path.dirname(file), gateway.build.context);
  expect(context).toBe(root);
  expect(fs.existsSync(path.join(context, gateway.build.dockerfile))).toBe(true);
  const image = fs.readFileSync(path.join(context, gateway.build.dockerfile), 'utf8');
  for (const ports of gateway.ports)
    expect(image).toMatch(new RegExp(`^EXPOSE .*\\b${ports.split(':').at(-1)}\\b`, 'm'));
  const configuration = read('deploy/container/gateway.yaml');
  for (const name of Object.keys(gateway.environment)) expect(configuration).toContain(`\${env:${name}`);
  // Its own first line says how to start it.
  expect(text).toContain(`docker compose -f ${file} up`);
});

test('the commands of deploy/README.md that need a daemon name files, ports and variables that there are', () => {
  const commands = fencedBlocks(root, 'deploy/README.md').flatMap(commandsOf);
  const [build = '', start = '', ...none] = commands.filter((line) => line.startsWith('docker '));
  expect(none).toEqual([]);
  expect(fs.existsSync(path.join(root, / -f (\S+)/.exec(build)?.[1] ?? ''))).toBe(true);
  const image = read('deploy/container/Containerfile');
  const configuration = read('deploy/container/gateway.yaml');
  for (const [, port = ''] of start.matchAll(/-p \d+:(\d+)/g))
    expect(image).toMatch(new RegExp(`^EXPOSE .*\\b${port}\\b`, 'm'));
  for (const [, name = ''] of start.matchAll(/-e (\w+)=/g)) expect(configuration).toContain(`\${env:${name}`);
  expect(build.endsWith(' -t kanmon .') && start.endsWith(' kanmon')).toBe(true);
  // All others are run: above, and by test/e2e/watching.test.ts.
  const others = commands.filter((line) => !/^(?:docker|npm|install|cp|systemctl) /.test(line));
  expect(others.filter((line) => !/^(?:promtool|prometheus) /.test(line))).toEqual([]);
});
