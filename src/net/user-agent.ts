import os from 'node:os';
import type { BuildInfo } from '../component/define.js';

const systems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };
const machines: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** `<description>/<version> (<os>/<arch>)` with Go's names of both, as backends know it from the Collector. */
export function userAgent(build: BuildInfo): string {
  return (
    `${build.description}/${build.version} ` +
    `(${systems[os.platform()] ?? os.platform()}/${machines[os.arch()] ?? os.arch()})`
  );
}
