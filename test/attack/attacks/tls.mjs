// TLS listeners: handshakes that hang, silent connections, bytes that are no handshake.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { dial } from '../lib/http2-bytes.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function certificate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-attack-tls-'));
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'])
      .concat(['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')]),
  );
  if (made.status !== 0) throw new Error('needs openssl');
  return folder;
}

const guarded = {
  prepare: certificate,
  cleanUp: (folder) => fs.rmSync(folder, { recursive: true, force: true }),
  config: ({ ports, before }) => {
    const secure = {
      cert_file: path.join(before, 'cert.pem'),
      key_file: path.join(before, 'key.pem'),
      reload_interval: '100ms',
    };
    return {
      receivers: {
        otlp: {
          protocols: { grpc: { endpoint: `127.0.0.1:${ports.grpc}` }, http: { endpoint: `127.0.0.1:${ports.http}` } },
        },
        'otlp/secure': {
          protocols: {
            grpc: { endpoint: `127.0.0.1:${ports.spare}`, tls: secure },
            http: { endpoint: `127.0.0.1:${ports.spare2}`, tls: secure },
          },
        },
      },
    };
  },
};

export const attacks = [
  {
    ...guarded,
    name: 'hanging-handshakes',
    number: 13,
    // Far less than its drain may take.
    endsWithinMs: 10_000,
    async run({ ports, small }) {
      const hello = Buffer.from('160301020001000', 'hex');
      const connections = Array.from({ length: small ? 200 : 1500 }, (_, i) => {
        const connection = dial(i % 2 === 0 ? ports.spare : ports.spare2);
        if (i % 3 === 0) connection.send(hello);
        if (i % 3 === 1) connection.send(Buffer.from('GET / HTTP/1.1\r\n'));
        return connection;
      });
      await sleep(small ? 1500 : 5000);
      // Some stay until the end: SIGTERM must not wait for them.
      for (const connection of connections.slice(20)) connection.end();
    },
  },
  {
    ...guarded,
    name: 'certificate-before-key',
    number: 13,
    async run({ ports, before, small, faults }) {
      const next = certificate();
      fs.copyFileSync(path.join(next, 'cert.pem'), path.join(before, 'cert.pem'));
      await sleep(small ? 500 : 1500);
      for (const port of [ports.spare, ports.spare2])
        for (const servername of ['localhost', '']) {
          const error = await handshake(port, servername);
          if (error !== undefined) faults.push(`a handshake failed while the key was missing: ${error}`);
        }
      fs.rmSync(next, { recursive: true });
    },
  },
  {
    ...guarded,
    name: 'renegotiation-and-records',
    number: 13,
    async run({ ports, small }) {
      for (let i = 0; i < (small ? 10 : 100); i++) {
        const socket = tls.connect({ port: ports.spare2, host: '127.0.0.1', rejectUnauthorized: false });
        socket.on('error', () => {});
        await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
        socket.write('GET // HTTP/1.1\r\nHost: [\r\n\r\n');
        // Bytes that are no record, below the encryption.
        socket.once('data', () => socket.destroy());
        await sleep(5);
        socket.destroy();
      }
    },
  },
];

/** Resolves with the fault of a handshake; undefined when it went well. */
function handshake(port, servername) {
  return new Promise((resolve) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      servername,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    socket.once('secureConnect', () => {
      resolve(undefined);
      socket.destroy();
    });
    socket.once('error', (error) => resolve(error.message));
  });
}
