// Configurations as an attack on a gateway that runs: each is loaded by SIGHUP, and the old one goes on.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { configOf } from '../lib/config.mjs';
import { freePorts } from '../lib/processes.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Maps of `wide` aliases of the map before, `deep` times. */
function doubling(wide, deep) {
  const lines = ['a0: &a0 {k: v}'];
  for (let i = 0; i < deep; i++) {
    const members = Array.from({ length: wide }, (_unused, k) => `k${k}: *a${i}`);
    lines.push(`a${i + 1}: &a${i + 1} {${members.join(', ')}}`);
  }
  return lines.join('\n');
}

/** Maps that merge the one before twice, `deep` times. */
function merging(deep) {
  const lines = ['a0: &a0 {k: v}'];
  for (let i = 0; i < deep; i++) lines.push(`a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}], l${i}: *a${i}}`);
  return lines.join('\n');
}

/** Header fields that Node refuses to write: `validate` has to find them, not the first answer or request. */
const headerValues = Object.fromEntries(
  [
    { 'a b': 'c' },
    { '': 'c' },
    { a: 'b\r\nc: d' },
    { a: 'b\0' },
    { a: '関門' },
    { ':status': '200' },
    { 'content-length': '-1' },
  ].flatMap((fields, i) => {
    const http = { endpoint: '127.0.0.1:0', response_headers: fields };
    const exporters = { otlp_http: { endpoint: 'http://127.0.0.1:1', headers: fields } };
    return [
      [`response headers ${i}`, configOf({}, { receivers: { otlp: { protocols: { http } } } })],
      [`request headers ${i}`, configOf({ grpc: 0, http: 0 }, { exporters })],
    ];
  }),
);

/** Texts to load, beside the path of a FIFO and of the configuration itself. */
function hostile({ fifo, self, small }) {
  const many = small ? 5000 : 20_000;
  return {
    aliases: doubling(3, 30),
    'alias lists': `x: &x [${'1,'.repeat(1000)}]\n${Array.from({ length: many }, (_, i) => `k${i}: *x`).join('\n')}\n`,
    'merge keys': merging(20),
    'keys with ::': Array.from({ length: many }, (_, i) => `a::b${i}::c: 1`).join('\n'),
    'unknown keys': Array.from({ length: many * 10 }, (_, i) => `unknown${i}: 1`).join('\n'),
    anchors: Array.from({ length: many * 5 }, (_, i) => `k${i}: &a${i} 1`).join('\n'),
    depth: `${'['.repeat(many)}${']'.repeat(many)}`,
    'deep maps': `${'{a: '.repeat(many)}1${'}'.repeat(many)}`,
    'long scalar': `receivers: ${'x'.repeat(10_000_000)}`,
    zero: 'receivers: ${file:/dev/zero}',
    fifo: `receivers: \${file:${fifo}}`,
    itself: `receivers: \${file:${self}}`,
    'many references': `receivers: ${'${env:HOME}'.repeat(many)}`,
    'nested references': `receivers: ${'${env:'.repeat(many)}${'}'.repeat(many)}`,
    'not YAML': '\u0000\u0001: [}',
    ...headerValues,
  };
}

export const attacks = [
  {
    name: 'hostile-configurations',
    number: 15,
    async run({ target, ports, small }) {
      const fifo = path.join(target.folder, 'fifo');
      spawnSync('mkfifo', [fifo]);
      const good = configOf(ports);
      const texts = hostile({ fifo, self: target.file, small });
      for (const [name, text] of Object.entries(texts)) {
        target.configure(text);
        target.signal('SIGHUP');
        await sleep(small ? 500 : name in headerValues ? 700 : 3000);
        if (target.ended) return;
      }
      target.configure(good);
      fs.rmSync(fifo);
    },
  },
  {
    name: 'reloads',
    number: 9,
    async run({ target, ports, small, faults }) {
      for (let i = 0; i < (small ? 3 : 7); i++) {
        // Other processors each time, the same listeners.
        target.configure(configOf(ports, { processors: i % 2 === 0 ? { batch: { timeout: `${i + 1}ms` } } : {} }));
        target.signal('SIGHUP');
        await sleep(small ? 800 : 1500);
      }
      if (target.ended) faults.push('a reload ended the process');
    },
  },
  {
    name: 'reload-onto-a-taken-port',
    number: 9,
    async run({ target, ports, small, faults }) {
      const [taken] = await freePorts(1);
      const net = await import('node:net');
      const other = net.createServer().listen(taken, '127.0.0.1');
      for (let i = 0; i < 2; i++) {
        target.configure(
          configOf(ports, {
            receivers: {
              otlp: {
                protocols: { grpc: { endpoint: `127.0.0.1:${taken}` }, http: { endpoint: `127.0.0.1:${ports.http}` } },
              },
            },
          }),
        );
        target.signal('SIGHUP');
        await sleep(small ? 1000 : 2000);
      }
      other.close();
      if (target.ended) faults.push('a reload onto a taken port ended the process');
    },
  },
];
