import type { EntryMap } from '../entries/entry-map.js';
import type { HostNames } from '../net/host-names.js';

/** An address and a port of one end of a connection; empty where it is not known. */
export interface NetEnd {
  readonly address: string;
  readonly port: number;
}

/** Adds the attributes of `add_attributes`, which the Collector took over from an older convention. */
export function addNetAttributes(
  attributes: EntryMap,
  transport: 'IP.TCP' | 'IP.UDP',
  peer: NetEnd,
  host: NetEnd,
  names: HostNames,
): void {
  attributes.set('net.transport', transport);
  addEnd(attributes, 'net.peer', peer, names);
  addEnd(attributes, 'net.host', host, names);
}

function addEnd(attributes: EntryMap, prefix: string, { address, port }: NetEnd, names: HostNames): void {
  if (address === '') return;
  // As Go shows an address of IPv4 that came in at a socket of IPv6.
  const ip = address.startsWith('::ffff:') ? address.slice(7) : address;
  attributes.set(`${prefix}.ip`, ip);
  attributes.set(`${prefix}.port`, String(port));
  attributes.set(`${prefix}.name`, names.of(ip));
}
