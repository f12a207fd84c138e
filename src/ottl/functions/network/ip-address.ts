import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address; undefined for a text that is none. An IPv4 address in IPv6 form has 4. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  // A zone such as `%eth0` belongs to a machine, not to an address.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const bytes = longBytes(text);
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

function longBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [head = '', tail] = text.split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  for (const [i, byte] of first.entries()) bytes[i] = byte;
  for (const [i, byte] of last.entries()) bytes[16 - last.length + i] = byte;
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** A range of addresses: those whose first bits are the same. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** `10.0.0.0/8` as a network; undefined for a text that is none. */
export function cidrNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const address = text.slice(0, slash);
  const bytes = addressBytes(address);
  const length = /^\d{1,3}$/.exec(text.slice(slash + 1));
  if (bytes === undefined || length === null) return undefined;
  const bits = Number(length[0]);
  if (bits > (address.includes(':') ? 128 : 32)) return undefined;
  if (bytes.length === 16 || !address.includes(':')) return { bytes, bits };
  // An IPv4 network in IPv6 form counts its bits from the front of the long form.
  return bits < 96 ? undefined : { bytes, bits: bits - 96 };
}

export function contains({ bytes, bits }: Network, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  for (let i = 0; i * 8 < bits; i++) {
    const rest = bits - i * 8;
    const mask = rest >= 8 ? 255 : (255 << (8 - rest)) & 255;
    if ((((bytes[i] ?? 0) ^ (address[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
