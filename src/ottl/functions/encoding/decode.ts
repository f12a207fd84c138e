import { converter, type Converter } from '../../function.js';
import { any, string } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { typeName, type Value } from '../../value.js';
import { decodeBase64, type Base64Variant } from './base64.js';

type Decoder = (bytes: Uint8Array) => string;

const base64: ReadonlyMap<string, Base64Variant> = new Map([
  ['base64', { isUrl: false, isPadded: true }],
  ['base64-raw', { isUrl: false, isPadded: false }],
  ['base64-url', { isUrl: true, isPadded: true }],
  ['base64-raw-url', { isUrl: true, isPadded: false }],
]);

/** Names that mean something else for the Collector than for the web, whose names Node has. */
const names: ReadonlyMap<string, string> = new Map([
  ['', 'utf-8'],
  ['nop', 'utf-8'],
  ['ascii', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['utf8', 'utf-8'],
  ['utf16', 'utf-16le'],
  ['utf-16', 'utf-16le'],
]);

/** For the web these are another name of windows-1252, and Node reads that as Latin-1. */
const latin1: ReadonlySet<string> = new Set(['iso-8859-1', 'iso_8859-1', 'latin1', 'l1', 'ibm819', 'cp819']);

const windows1252: ReadonlySet<string> = new Set(['windows-1252', 'cp1252']);
/** The characters of windows-1252 from 0x80 on; five places have none but the control character. */
const fromEighty = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Text of bytes or of a text in base64 or in an encoding of IANA's list. */
const decode: Converter = converter('Decode', { target: any(), encoding: string() }, ({ target, encoding }) => {
  const { constant } = encoding;
  const decoder = constant && decoderOf(constant.value);
  if (constant !== undefined && decoder === undefined)
    throw new StatementError(`unsupported encoding '${constant.value}'`);
  return (scene) => {
    const bytes = bytesOf(target.get(scene));
    const name = encoding.get(scene);
    const run = decoder ?? decoderOf(name);
    if (run === undefined) throw new OttlError(`unsupported encoding '${name.slice(0, 64)}'`);
    return run(bytes);
  };
});

function decoderOf(encoding: string): Decoder | undefined {
  const variant = base64.get(encoding);
  if (variant !== undefined) return (bytes) => decodeBase64(trimmed(bytes), variant).toString();
  const name = encoding.toLowerCase();
  if (latin1.has(name)) return latin1Text;
  if (windows1252.has(name)) return (bytes) => latin1Text(bytes).replaceAll(/[\u0080-\u009f]/g, inWindows1252);
  try {
    const decoder = new TextDecoder(names.get(name) ?? name, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function inWindows1252(control: string): string {
  return fromEighty[control.charCodeAt(0) - 0x80] ?? control;
}

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  const type = value === undefined ? '<nil>' : typeName(value);
  throw new OttlError(`unsupported type provided to Decode function: ${type}`);
}

/** Without white space at the ends, which senders add to what they encode. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let from = 0;
  let to = bytes.length;
  while (from < to && isSpace(bytes[from])) from++;
  while (to > from && isSpace(bytes[to - 1])) to--;
  return bytes.subarray(from, to);
}

function isSpace(byte = 0): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

export const decodeConverters: readonly Converter[] = [decode];
