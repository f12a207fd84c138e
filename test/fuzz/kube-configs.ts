import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AccessError } from '../../src/kubernetes/access/access-error.js';
import { fromKubeConfig } from '../../src/kubernetes/access/kube-config.js';
import { HeldClock, heldWorld } from '../support/held-world.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-fuzz-kubeconfig-'));
process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'config');
const secret = 'S3CRET';

const clusters = 'clusters: [{name: c, cluster: {server: "https://k:6443", certificate-authority-data: QUFB}}]\n';
const context = 'current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n';

/** Kubeconfig files. */
export const kubeConfigs: Target = {
  name: 'kube-configs',
  share: 0.1,
  seeds: [
    `${context}${clusters}users: [{name: u, user: {token: ${secret}}}]\n`,
    `${context}${clusters}users: [{name: u, user: {username: n, password: ${secret}}}]\n`,
    `${context}${clusters}users: [{name: u, user: {client-certificate-data: QUFB, client-key-data: ${secret}}}]\n`,
    `${context}${clusters}users: [{name: u, user: {tokenFile: none}}]\n`,
    `${context}${clusters}users: [{name: u, user: {exec: {command: h, args: [a, 1], env: [{name: A, value: b}]}}}]\n`,
    `${context}clusters:\n- name: c\n  cluster: {server: "http://k", proxy-url: "http://p"}\n`,
    'current-context: __proto__\ncontexts: {constructor: &a [*a]}\n',
    '{"contexts":[{"name":"a"}]}',
  ].map((text) => Buffer.from(text)),
  async run(input) {
    fs.writeFileSync(file, input);
    const { logger } = heldWorld().context;
    const world = { env: {}, clock: new HeldClock(), logger };
    try {
      const access = fromKubeConfig({ auth_type: 'kubeConfig', kube_config_path: file, context: '' }, world);
      law(URL.canParse(access.server), 'a server that is no URL');
      const options = access.tls?.();
      // A helper would be run.
      const fields = input.includes('exec') ? {} : await access.credentials();
      for (const value of Object.values(fields)) law(/^(?:Bearer|Basic) /.test(value), 'other credentials');
      return `${access.server.slice(0, 5)} ${Object.keys(options ?? {}).join(' ')} ${access.proxyUrl === ''}`;
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      law(!error.message.includes(secret), 'the message tells the secret');
      law(error.message.length < 2000, 'a long message');
      return error.message
        .replaceAll(/"[^"]*"|\/\S*/g, '')
        .split(/[^A-Za-z]+/, 6)
        .join(' ');
    }
  },
};
