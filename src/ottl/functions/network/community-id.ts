import { createHash } from 'node:crypto';

import type { Expression } from '../../expression.js';
import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { int, optional, string } from '../../parameters.js';
import type { Scene } from '../../scene.js';
import { addressBytes } from './ip-address.js';

const protocols: ReadonlyMap<string, number> = new Map([
  ['ICMP', 1],
  ['TCP', 6],
  ['UDP', 17],
  ['RSVP', 46],
  ['ICMP6', 58],
  ['SCTP', 132],
]);

const parameters = {
  source_ip: string(),
  source_port: int(),
  destination_ip: string(),
  destination_port: int(),
  protocol: optional(string()),
  seed: optional(int()),
};

/** The Community ID, version 1, of a connection: the same for both directions. */
export const communityId: Converter = converter('CommunityID', parameters, (args) => (scene) => {
  const sourceText = args.source_ip.get(scene);
  const destinationText = args.destination_ip.get(scene);
  const sourcePort = within('source port', args.source_port, scene);
  const destinationPort = within('destination port', args.destination_port, scene);
  const protocolName = args.protocol?.get(scene) ?? 'TCP';
  const protocol = protocols.get(protocolName);
  if (protocol === undefined) throw new OttlError(`unsupported protocol: ${protocolName.slice(0, 100)}`);
  const source = { address: address('source', sourceText), port: sourcePort };
  const destination = { address: address('destination', destinationText), port: destinationPort };
  const seed = args.seed === undefined ? 0 : within('seed', args.seed, scene);
  return identity(source, destination, protocol, seed);
});

interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

function identity(source: End, destination: End, protocol: number, seed: number): string {
  const [first, second] = isBehind(source, destination) ? [destination, source] : [source, destination];
  const flow = Buffer.concat([
    twoBytes(seed),
    first.address,
    second.address,
    // A zero pads the protocol.
    Uint8Array.of(protocol, 0),
    twoBytes(first.port),
    twoBytes(second.port),
  ]);
  return `1:${createHash('sha1').update(flow).digest('base64')}`;
}

function isBehind(one: End, other: End): boolean {
  if (one.address.length !== other.address.length) return one.address.length > other.address.length;
  const order = Buffer.compare(one.address, other.address);
  return order > 0 || (order === 0 && one.port > other.port);
}

function twoBytes(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

function address(which: string, text: string): Uint8Array {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new OttlError(`invalid ${which} IP: ${text.slice(0, 100)}`);
  return bytes;
}

function within(what: string, expression: Expression<bigint>, scene: Scene): number {
  const value = expression.get(scene);
  if (value < 0n || value > 65_535n) throw new OttlError(`${what} must be between 0 and 65535, got ${value}`);
  return Number(value);
}
