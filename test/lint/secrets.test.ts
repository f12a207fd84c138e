import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lint } from '../../src/lint/lint.js';
import { jsonReport } from '../../src/lint/report/json.js';
import { sarifReport } from '../../src/lint/report/sarif.js';
import { textReport } from '../../src/lint/report/text.js';
import { readRequest } from '../../src/lint/request.js';

const yaml = `
extensions:
  basicauth: {client_auth: {username: hugo, password: Zx81spectrum}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
exporters:
  otlp_http/a: &backend
    endpoint: http://hugo:Zx81spectrum@vendor.com/v1?token=Zx81spectrum
    headers: {x-api-key: Zx81spectrum}
  otlp_http/b: *backend
  otlp_http/c: {endpoint: "\${env:BACKEND}", tls: {insecure_skip_verify: true}}
  load_balancing:
    protocol: {otlp: {tls: {insecure: true}, headers: [{name: authorization, value: Bearer Zx81spectrum}]}}
    resolver: {static: {hostnames: ["hugo:Zx81spectrum@vendor.com:4317"]}}
service:
  extensions: [basicauth]
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http/a, otlp_http/b, otlp_http/c, load_balancing]}
`;

test('no report shows a secret', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-lint-'));
  try {
    const file = path.join(folder, 'gateway.yaml');
    fs.writeFileSync(file, yaml);
    const env = { BACKEND: 'http://hugo:Zx81spectrum@vendor.com/v1' };
    const report = await lint(readRequest([file], {}, env));
    const found = new Set(report.findings.map(({ id }) => id));
    for (const id of ['secret-in-plain-text', 'credentials-without-tls', 'sent-twice', 'one-address-to-balance'])
      expect(found).toContain(id);
    const texts = [textReport(report, (_colour, part) => part), jsonReport(report), sarifReport(report, '0')];
    for (const text of texts) expect(text).not.toContain('Zx81');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
