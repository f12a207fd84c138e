import { afterEach, expect, test } from 'vitest';
import { freePorts, startProgram, type Program } from '../support/program.js';

const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop('SIGKILL');
});

test('a request size that the memory for requests never holds is said once at start', async () => {
  const [grpc, http] = (await freePorts(2)) as [number, number];
  const program = await startProgram(
    `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:${grpc}", max_recv_msg_size_mib: 64}
      http: {endpoint: "127.0.0.1:${http}", max_request_body_size: 1048576}
exporters: {nop: }
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [nop]}
    logs: {receivers: [otlp], exporters: [nop]}
`,
    { env: { KANMON_MEMORY_LIMIT_MIB: '32' } },
  );
  programs.push(program);
  const said = program
    .output()
    .split('\n')
    .filter((line) => line.includes('never fit'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('max_recv_msg_size_mib');
});
