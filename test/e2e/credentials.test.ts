import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, runCommand, startProgram, until } from '../support/program.js';

const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);
const raw = (bytes: Buffer): Buffer => bytes;
const unauthenticated = 16;

function overGrpc(port: number, header: string | undefined): Promise<number> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  if (header !== undefined) metadata.set('authorization', header);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      raw,
      raw,
      body,
      metadata,
      (error) => {
        client.close();
        resolve(error?.code ?? 0);
      },
    );
  });
}

async function overHttp(port: number, header: string | undefined): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...(header === undefined ? {} : { authorization: header }) },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

test('wrong, missing, expired and right, on both protocols, with rotation, and no secret anywhere', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-credentials-'));
  const tokens = path.join(folder, 'tokens');
  const users = path.join(folder, 'htpasswd');
  const password = path.join(folder, 'password');
  const secrets = [
    't0ken-before',
    't0ken-after',
    'p4ss-before',
    'p4ss-after',
    'out-b3fore',
    'out-4fter',
    'wr0ng-guess',
    'inline-s3cret',
  ];
  fs.writeFileSync(tokens, 't0ken-before\n');
  fs.writeFileSync(users, 'team:p4ss-before\n');
  fs.writeFileSync(password, 'out-b3fore');
  const [grpcPort, httpPort, basicPort, metricsPort] = (await freePorts(4)) as [number, number, number, number];
  const arrived: string[] = [];
  const backend = http.createServer((request, response) => {
    arrived.push(request.headers.authorization ?? '');
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const backendPort = (backend.address() as { port: number }).port;
  const yaml = `
extensions:
  bearertokenauth: {filename: ${tokens}}
  bearertokenauth/inline: {token: inline-s3cret}
  basicauth/in: {htpasswd: {file: ${users}}}
  basicauth/out: {client_auth: {username: me, password_file: ${password}}}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:${grpcPort}", auth: {authenticator: bearertokenauth}}
      http: {endpoint: "127.0.0.1:${httpPort}", auth: {authenticator: bearertokenauth}}
  otlp/basic:
    protocols: {http: {endpoint: "127.0.0.1:${basicPort}", auth: {authenticator: basicauth/in}}}
exporters:
  otlp_http:
    endpoint: "http://127.0.0.1:${backendPort}"
    auth: {authenticator: basicauth/out}
    sending_queue: {enabled: false}
  debug:
service:
  extensions: [bearertokenauth, bearertokenauth/inline, basicauth/in, basicauth/out]
  telemetry:
    logs: {level: debug}
    metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp, otlp/basic], exporters: [otlp_http, debug]}}
`;
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, yaml);
  const gateway = await startProgram(yaml);
  const basic = (secret: string, user = 'team'): string =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  try {
    const round = async (token: string, secret: string): Promise<void> => {
      expect(await overGrpc(grpcPort, `Bearer ${token}`)).toBe(0);
      expect(await overHttp(httpPort, `Bearer ${token}`)).toBe(200);
      expect(await overHttp(basicPort, basic(secret))).toBe(200);
    };
    for (const header of [undefined, 'Bearer wr0ng-guess', 'Basic !', basic('p4ss-before'), 'Bearer inline-s3cret']) {
      expect(await overGrpc(grpcPort, header)).toBe(unauthenticated);
      expect(await overHttp(httpPort, header)).toBe(401);
    }
    for (const header of [undefined, basic('wr0ng-guess'), 'Bearer t0ken-before'])
      expect(await overHttp(basicPort, header)).toBe(401);
    await round('t0ken-before', 'p4ss-before');
    fs.writeFileSync(tokens, 't0ken-after\n');
    fs.writeFileSync(users, 'team:p4ss-after\n');
    fs.writeFileSync(password, 'out-4fter');
    await until('the new token to count', async () => (await overHttp(httpPort, 'Bearer t0ken-after')) === 200);
    await until('the new password to count', async () => (await overHttp(basicPort, basic('p4ss-after'))) === 200);
    // Each file is looked at once a second, in a second of its own.
    await until('the new password to be sent', async () => {
      expect(await overHttp(httpPort, 'Bearer t0ken-after')).toBe(200);
      return arrived.includes(basic('out-4fter', 'me'));
    });
    await round('t0ken-after', 'p4ss-after');
    // An expired token is refused like an unknown one.
    expect(await overGrpc(grpcPort, 'Bearer t0ken-before')).toBe(unauthenticated);
    expect(await overHttp(httpPort, 'Bearer t0ken-before')).toBe(401);
    expect(await overHttp(basicPort, basic('p4ss-before'))).toBe(401);
    const sent = new Set(arrived);
    expect(sent).toEqual(new Set(['out-b3fore', 'out-4fter'].map((secret) => basic(secret, 'me'))));

    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const printed = await runCommand(['print-config', '--config', file]);
    expect(printed.code).toBe(0);
    fs.writeFileSync(
      path.join(folder, 'broken.yaml'),
      yaml.replace('{token: inline-s3cret}', '{token: inline-s3cret, tokken: x}'),
    );
    const broken = await runCommand(['validate', '--config', path.join(folder, 'broken.yaml')]);
    expect(broken.code).toBe(1);
    await gateway.stop();
    const everything = {
      output: gateway.output(),
      metrics,
      printed: printed.stdout + printed.stderr,
      broken: broken.stderr,
    };
    const found = Object.entries(everything).flatMap(([where, text]) =>
      secrets
        .flatMap((secret) => [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(2, -2)])
        .filter((secret) => text.includes(secret))
        .map((secret) => `${secret} in ${where}`),
    );
    expect(found).toEqual([]);
  } finally {
    await gateway.stop('SIGKILL');
    backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('tenants pass through a queue: what one sent leaves under its own header, over HTTP and gRPC', async () => {
  const [grpcPort, httpPort, nextPort] = (await freePorts(3)) as [number, number, number];
  const arrived: string[] = [];
  const backend = http.createServer((request, response) => {
    arrived.push(`${String(request.headers['x-scope-orgid'])} ${String(request.headers['x-user'])}`);
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const backendPort = (backend.address() as { port: number }).port;
  const gateway = await startProgram(
    `
extensions:
  basicauth: {htpasswd: {inline: "team:$$2b$$05$$HdeAFmtEn9Y2ADTGcd.eRuTTpAUEPHIz6FQL2iNJTDLBu4SosiNsS"}}
  headers_setter:
    headers:
      - {key: X-Scope-OrgID, from_context: x-tenant}
      - {key: X-User, from_attribute: username, default_value: nobody}
  headers_setter/next: {headers: [{key: X-Scope-OrgID, from_context: x-scope-orgid}, {key: X-User, value: grpc}]}
receivers:
  otlp:
    protocols:
      http: {endpoint: "127.0.0.1:${httpPort}", include_metadata: true, auth: {authenticator: basicauth}}
  otlp/next: {protocols: {grpc: {endpoint: "127.0.0.1:${nextPort}", include_metadata: true}}}
  otlp/grpc: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}", include_metadata: true}}}
exporters:
  otlp_http: {endpoint: "http://127.0.0.1:${backendPort}", auth: {authenticator: headers_setter}}
  otlp_grpc: {endpoint: "127.0.0.1:${nextPort}", tls: {insecure: true}, auth: {authenticator: headers_setter}}
  otlp_http/next:
    endpoint: http://127.0.0.1:${backendPort}
    auth: {authenticator: headers_setter/next}
  nop:
service:
  extensions: [basicauth, headers_setter, headers_setter/next]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http]}
    traces/grpc: {receivers: [otlp/grpc], exporters: [otlp_grpc]}
    traces/next: {receivers: [otlp/next], exporters: [otlp_http/next]}
`,
  );
  try {
    for (const tenant of ['acme', 'umbrella']) {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/traces`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'x-tenant': tenant,
          authorization: `Basic ${Buffer.from('team:pass').toString('base64')}`,
        },
        body,
      });
      expect(answer.status).toBe(200);
      const client = new grpc.Client(`127.0.0.1:${grpcPort}`, grpc.credentials.createInsecure());
      const metadata = new grpc.Metadata();
      metadata.set('x-tenant', tenant);
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(
          '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          raw,
          raw,
          body,
          metadata,
          (error) => {
            client.close();
            if (error) reject(error);
            else resolve();
          },
        );
      });
    }
    await until('all four to arrive', () => arrived.length === 4);
    expect(arrived.toSorted()).toEqual(['acme grpc', 'acme team', 'umbrella grpc', 'umbrella team']);
  } finally {
    await gateway.stop('SIGKILL');
    backend.close();
  }
});

test('tokens of an endpoint are sent, replaced and never shown, and without one nothing is lost', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-oauth-'));
  const secretFile = path.join(folder, 'secret');
  fs.writeFileSync(secretFile, '0auth-s3cret');
  const [httpPort, metricsPort] = (await freePorts(2)) as [number, number];
  const bearers: string[] = [];
  let tokens = 0;
  let working = false;
  const backend = http.createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString('latin1')));
    request.on('end', () => {
      if (request.url !== '/token') {
        bearers.push(request.headers.authorization ?? '');
        response.end();
        return;
      }
      response.writeHead(working ? 200 : 500, { 'content-type': 'application/json' });
      response.end(
        working
          ? JSON.stringify({ access_token: `0auth-tok3n-${++tokens}`, expires_in: 1 })
          : '{"error":"0auth-s3cret"}x',
      );
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(backend.address() as { port: number }).port}`;
  const yaml = `
extensions:
  oauth2client: {client_id: me, client_secret_file: ${secretFile}, token_url: "${at}/token"}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${httpPort}"}}}}
exporters:
  otlp_http:
    endpoint: "${at}"
    auth: {authenticator: oauth2client}
    retry_on_failure: {initial_interval: 100ms, max_interval: 200ms}
service:
  extensions: [oauth2client]
  telemetry:
    logs: {level: debug}
    metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}
`;
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, yaml);
  const gateway = await startProgram(yaml);
  try {
    expect(await overHttp(httpPort, undefined)).toBe(200);
    await until('the log line of the failure', () =>
      gateway.output().includes('failed to get security token from token endpoint'),
    );
    working = true;
    await until('what waited to arrive', () => bearers.length === 1);
    await until('a second token', async () => {
      expect(await overHttp(httpPort, undefined)).toBe(200);
      return new Set(bearers).size > 1;
    });
    expect(bearers.every((bearer) => bearer.startsWith('Bearer 0auth-tok3n-'))).toBe(true);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const printed = await runCommand(['print-config', '--config', file]);
    await gateway.stop();
    expect(gateway.output()).toContain('The ledger balances');
    for (const text of [gateway.output(), metrics, printed.stdout + printed.stderr])
      expect(text).not.toMatch(/0auth-(s3cret|tok3n)/);
  } finally {
    await gateway.stop('SIGKILL');
    backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
