// The attributes that resource detectors find, and whether a secret of the command line is among them.
import { detectResources, hostDetector, processDetector } from '@opentelemetry/resources';
import { serviceResource } from '../../dist/telemetry/resource.js';

const secret = 'hunter2';

export async function run() {
  process.argv.push('--set', `extensions::bearertokenauth::token=${secret}`);
  const found = detectResources({ detectors: [hostDetector, processDetector] });
  const early = Object.keys(found.attributes);
  await found.waitForAsyncAttributes?.();
  const build = { command: 'kanmon', description: '', version: '1' };
  const config = { 'detection/development': { detectors: [{ container: {} }, { host: {} }, { process: {} }] } };
  const ours = serviceResource(config, build).attributes;
  for (const [name, attributes] of [
    ['resources', found.attributes],
    ['ours', ours],
  ]) {
    console.log(`${name}: ${Object.keys(attributes).sort().join(' ')}`);
    console.log(
      `${name}: the secret of --set is ${JSON.stringify(attributes).includes(secret) ? 'in it' : 'not in it'}`,
    );
  }
  console.log(`resources: ${early.length} attributes at once, ${Object.keys(found.attributes).length} after waiting`);
}
