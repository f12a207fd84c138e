import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { startProgram, until, type Program } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const raw = (bytes: Buffer): Buffer => bytes;

function sends(at: string): Promise<boolean> {
  const client = new grpc.Client(`unix:${at}`, grpc.credentials.createInsecure());
  const span = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, raw, raw, encodeSpans([span]), (error) => {
      client.close();
      resolve(error === null);
    });
  });
}

test.each([[[]], [['--workers', '2']]])(
  'a unix socket outlives reloads, not the program, and a kill blocks no start (%j)',
  async (args: readonly string[]) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-unix-'));
    stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
    const at = path.join(folder, 'otlp.sock');
    const start = async (): Promise<Program> => {
      const program = await startProgram(
        `
receivers: {otlp: {protocols: {grpc: {endpoint: ${at}, transport: unix}}}}
exporters: {nop: }
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`,
        { args },
      );
      stops.push(() => program.stop('SIGKILL'));
      return program;
    };
    const killed = await start();
    await killed.stop('SIGKILL');
    // Workers end by themselves when nobody leads them; the file is that of the one that was killed.
    expect(fs.existsSync(at)).toBe(true);

    const program = await start();
    expect(await sends(at)).toBe(true);
    const { ino } = fs.statSync(at);
    for (let n = 2; n <= 3; n++) {
      program.child.kill('SIGHUP');
      await until('the reload', () => program.output().split('Everything is ready').length === n + 1);
      expect(fs.statSync(at).ino).toBe(ino);
      expect(await sends(at)).toBe(true);
    }
    await expect(start()).rejects.toThrow('another process accepts connections on it');
    expect(await sends(at)).toBe(true);
    expect(await program.stop()).toBe(0);
    expect(fs.existsSync(at)).toBe(false);
  },
);

test.runIf(process.platform === 'linux').each([[[]], [['--workers', '2']]])(
  'a unix socket whose name begins with @ is no file, outlives reloads, and is taken once (%j)',
  async (args: readonly string[]) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-abstract-'));
    stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
    const name = `@kanmon-${randomBytes(8).toString('hex')}`;
    const yaml = `
receivers: {otlp: {protocols: {grpc: {endpoint: "${name}", transport: unix}}}}
exporters: {nop: }
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`;
    const program = await startProgram(yaml, { args, cwd: folder });
    stops.push(() => program.stop('SIGKILL'));
    expect(await connects(name)).toBe(true);
    expect(fs.readdirSync(folder)).toEqual([]);
    program.child.kill('SIGHUP');
    await until('the reload', () => program.output().split('Everything is ready').length === 3);
    expect(await connects(name)).toBe(true);
    await expect(startProgram(yaml, { cwd: folder })).rejects.toThrow(
      `listen unix ${name}: bind: address already in use`,
    );
    expect(await program.stop()).toBe(0);
    expect(await connects(name)).toBe(false);
  },
);

function connects(name: string): Promise<boolean> {
  const socket = net.connect({ path: `\0${name.slice(1)}` });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
