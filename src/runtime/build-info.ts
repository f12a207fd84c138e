import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../component/define.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

export const buildInfo: BuildInfo = { command: 'kanmon', description: 'OpenTelemetry gateway in TypeScript', version };
