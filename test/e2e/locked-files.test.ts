import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { testWith } from '../support/peers.js';
import { startProgram, until, type Program } from '../support/program.js';

let folder: string;
let backend: LogBackend;
const stops: (() => unknown)[] = [];
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-locked-'));
  backend = await startLogBackend();
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
  await backend.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function startAgent(settings: string, options: Parameters<typeof startProgram>[1] = {}): Promise<Program> {
  const agent = await startProgram(
    `
receivers:
  file_log: {include: ['${folder}/**/*.log'], start_at: beginning, poll_interval: 50ms${settings}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:${backend.port}"
    tls: {insecure: true}
    # What takes longer is sent again: on a crowded machine, lines would come twice.
    timeout: 60s
    sending_queue: {enabled: false}
service:
  telemetry: {metrics: {level: none}, logs: {level: debug}}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`,
    options,
  );
  stops.push(() => agent.stop('SIGKILL'));
  return agent;
}

testWith('flock')('acquire_fs_lock: a file that another process has locked is left alone, and read later', async () => {
  const locked = path.join(folder, 'locked.log');
  fs.writeFileSync(locked, 'held\n');
  // Ends when its input does.
  const holder = spawn('flock', ['--exclusive', locked, 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  stops.push(() => holder.kill('SIGKILL'));
  const isLocked = (): boolean => spawnSync('flock', ['--shared', '--nonblock', locked, 'true']).status === 1;
  await until('the lock', isLocked);

  const agent = await startAgent(', acquire_fs_lock: true');
  const refusals = (): number => agent.output().split('Another program has locked the file').length - 1;
  await until('two attempts', () => refusals() >= 2);
  fs.writeFileSync(path.join(folder, 'free.log'), 'free\n');
  await until('the other file', () => backend.accepted.has('free'));
  expect([...backend.accepted.keys()]).toEqual(['free']);
  holder.stdin.end();
  await until('the line', () => backend.accepted.has('held'));
  expect(Object.fromEntries(backend.accepted)).toEqual({ free: 1, held: 1 });
  // The lock is given back, so that a writer can have the file for itself.
  await until('the file to be free', () => spawnSync('flock', ['--nonblock', locked, 'true']).status === 0);
  expect(await agent.stop()).toBe(0);
});

/** In a user namespace of its own a program can have a bound of watches of its own. */
const bound = 'unshare --user --map-root-user sh -c';
const canBound = spawnSync('sh', ['-c', `${bound} 'echo 3 > /proc/sys/user/max_inotify_watches'`]).status === 0;

test.runIf(canBound)('folders beyond the bound of watches are polled, which is said once', async () => {
  const folders = Array.from({ length: 20 }, (_, i) => path.join(folder, `f${i}`));
  for (const each of folders) fs.mkdirSync(each);
  const write = (round: number): void => {
    for (const [i, each] of folders.entries()) fs.appendFileSync(path.join(each, 'a.log'), `${round} of ${i}\n`);
  };
  write(0);
  const agent = await startAgent('', {
    within: (command) => [
      'unshare',
      [
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        'echo 8 > /proc/sys/user/max_inotify_watches; exec "$@"',
        'sh',
        ...command,
      ],
    ],
  });
  const said = (): number => agent.output().split('No more folders can be watched').length - 1;
  await until('the warning', () => said() === 1);
  for (let round = 1; round <= 3; round++) {
    write(round);
    await until('every line', () => backend.accepted.size === folders.length * (round + 1));
  }
  expect([...backend.accepted.values()].every((times) => times === 1)).toBe(true);
  expect(said()).toBe(1);
  expect(await agent.stop()).toBe(0);
});
