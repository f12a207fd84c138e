import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { unlessCancelled, type CancelSignal } from '../../../component/cancellation.js';
import { names } from '../../../net/lookup.js';
import { NameServers } from '../../../net/name-servers.js';
import { withoutEnd } from '../../../component/without-end.js';

export type HostnameSource = 'dns' | 'os' | 'cname' | 'lookup';
export const hostnameSources: readonly HostnameSource[] = ['dns', 'os', 'cname', 'lookup'];

/** For one question to a name server, milliseconds. */
const questionMs = 1000;
/** Domains of `/etc/resolv.conf` that are tried, as many as the system tries. */
const mostDomains = 6;

/** The name of this machine from one source. Rejects when the source does not have it, or `signal` is cancelled. */
export async function hostName(source: HostnameSource, root: string, signal: CancelSignal): Promise<string> {
  const name = os.hostname();
  if (source === 'os') {
    if (name === '') throw new Error('the system has no host name');
    return name;
  }
  if (source === 'dns') {
    const fromHosts = qualifiedName(await readFile(`${root}/etc/hosts`, 'utf8').catch(() => ''), name);
    if (fromHosts !== undefined) return fromHosts;
  }
  const servers = new NameServers(questionMs, signal);
  if (source !== 'lookup') {
    const canonical = await canonicalName(servers, name, root);
    if (canonical !== undefined) return canonical;
    if (source === 'cname') throw new Error(`no name server knows ${name}`);
  }
  for (const { address } of await unlessCancelled(names.find(name), signal)) {
    const found = await servers.nameOf(address);
    if (found !== undefined) return found;
  }
  throw new Error(`no name server has a name for the addresses of ${name}`);
}

/** The qualified form of `name` in a hosts file. */
export function qualifiedName(hosts: string, name: string): string | undefined {
  for (const line of hosts.split('\n')) {
    const [, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!aliases.includes(name)) continue;
    const isQualified = (each: string): boolean => each.startsWith(`${name}.`) || (each === name && name.includes('.'));
    const qualified = aliases.find(isQualified);
    if (qualified !== undefined) return qualified;
  }
  return undefined;
}

/** The name that a name server has the machine under, with the domains that the system searches. */
async function canonicalName(servers: NameServers, name: string, root: string): Promise<string | undefined> {
  const resolv = await readFile(`${root}/etc/resolv.conf`, 'utf8').catch(() => '');
  const searched = searchDomains(resolv).map((domain) => `${name}.${domain}`);
  for (const candidate of name.includes('.') ? [name, ...searched] : [...searched, name]) {
    const canonical = await servers.canonical(candidate);
    if (canonical !== undefined) return canonical;
  }
  return undefined;
}

/** The domains to search of a `resolv.conf`: those of its last line, as for the system. */
export function searchDomains(resolv: string): readonly string[] {
  const lines = resolv.split('\n').map((line) => line.trim().split(/\s+/));
  const [, ...domains] = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain') ?? [];
  return domains
    .map((domain) => withoutEnd(domain, '.'))
    .filter((domain) => domain !== '')
    .slice(0, mostDomains);
}
