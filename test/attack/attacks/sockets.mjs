// Unix sockets: files that a killed process left, strangers at the socket, and the end.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { configOf } from '../lib/config.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const parts = (ports, at, transport = {}) => ({
  receivers: {
    otlp: {
      protocols: {
        grpc: { endpoint: `127.0.0.1:${ports.grpc}` },
        http: { endpoint: `127.0.0.1:${ports.http}` },
      },
    },
    'otlp/unix': { protocols: { grpc: { endpoint: at, transport: 'unix', ...transport } } },
  },
});

export const attacks = [[], ['--workers', '2']].map((args) => ({
  name: args.length === 0 ? 'unix-socket' : 'unix-socket-of-workers',
  number: 11,
  start: { args },
  prepare() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-attack-'));
    const at = path.join(folder, 'otlp.sock');
    const killed = `() => process.kill(process.pid, 'SIGKILL')`;
    spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(at)}, ${killed})`]);
    if (!fs.existsSync(at)) throw new Error('the killed process left no socket file');
    return { folder, at };
  },
  cleanUp: ({ folder }) => fs.rmSync(folder, { recursive: true, force: true }),
  config: ({ ports, before }) => parts(ports, before.at),
  async run({ target, ports, small, before, faults }) {
    const { ino } = fs.statSync(before.at);
    for (let turn = 0; turn < (small ? 2 : 5); turn++) {
      const strangers = Array.from({ length: small ? 50 : 500 }, (_, i) => {
        const socket = net.connect(before.at).on('error', () => {});
        if (i % 2 === 0) socket.write(Buffer.alloc(1000, i));
        return socket;
      });
      target.configure(configOf(ports, parts(ports, before.at, { max_concurrent_streams: 100 + turn })));
      target.signal('SIGHUP');
      await sleep(small ? 800 : 1500);
      for (const socket of strangers) socket.destroy();
    }
    if (fs.statSync(before.at).ino !== ino) faults.push('a reload made another socket file');
  },
  judge: (_log, { at }) => (fs.existsSync(at) ? ['the socket file is still there'] : []),
}));
