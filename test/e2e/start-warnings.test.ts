import { afterEach, expect, test } from 'vitest';
import { OwnNetwork } from '../support/own-network.js';
import { freePorts, startProgram, type Program } from '../support/program.js';

const programs: Program[] = [];
const networks: OwnNetwork[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop('SIGKILL');
  for (const network of networks.splice(0)) network.close();
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

test('options that only Go has, localhost in a container, and a gate that is gone are said once each', async () => {
  const network = await OwnNetwork.open();
  const program = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: }}}
exporters:
  otlp_http:
    endpoint: http://127.0.0.1:4318
    read_buffer_size: 1024
    write_buffer_size: 1024
    max_idle_conns: 5
    max_idle_conns_per_host: 5
    http2_read_idle_timeout: 10s
    http2_ping_timeout: 10s
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}
`,
    {
      args: ['--feature-gates', 'confmap.unifyEnvVarExpansion'],
      within: (command) => network.within(command),
      env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    },
  );
  programs.push(program);
  networks.push(network);
  const lines = program.output().split('\n');
  const said = (text: string): readonly string[] => lines.filter((line) => line.includes(text));
  const [options = '', ...more] = said('Options that have no effect here');
  expect(more).toEqual([]);
  for (const name of ['read_buffer_size', 'write_buffer_size', 'max_idle_conns', 'max_idle_conns_per_host'])
    expect(options).toContain(name);
  for (const name of ['http2_read_idle_timeout', 'http2_ping_timeout']) expect(options).toContain(name);
  expect(said('listens on localhost, which nothing outside of this container reaches')).toHaveLength(1);
  expect(said('"confmap.unifyEnvVarExpansion" is gone')).toHaveLength(1);
});
