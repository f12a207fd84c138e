import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { literalString, optional, string } from '../../parameters.js';
import type { Value } from '../../value.js';
import { goQuoted } from '../../../strconv/quoted.js';

/** Host, identity, user, time, request, status and bytes. */
const common = /^(\S+) (\S+) (\S+) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\S+) (\S+)/s;
/** The page that led here, and the browser: in the combined format. */
const further = /^ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/s;

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\', '"': '"', n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v',
}; // prettier-ignore

const parameters = { target: string(), format: optional(literalString()) };

/** Reads a line in the Common Log Format of web servers, or in Apache's combined one. */
export const parseClf: Converter = converter('ParseCLF', parameters, (args) => {
  const format = args.format ?? 'clf';
  if (format !== 'clf' && format !== 'combined')
    throw new StatementError(`invalid format ${goQuoted(format)}: must be "clf" or "combined"`);
  return (scene) => {
    const text = args.target.get(scene);
    if (text === '') throw new OttlError('cannot parse empty CLF message');
    const line = text.trim();
    const match = common.exec(line);
    const rest = line.slice(match?.[0].length);
    const more = format === 'combined' ? further.exec(rest) : [];
    if (match === null || more === null || (format === 'clf' && rest !== ''))
      throw new OttlError(`invalid CLF message: does not match expected ${goQuoted(format)} format`);
    const result = partsOf(match);
    if (more[1] !== undefined) result.set('clf.referer', withoutEscapes(more[1]));
    if (more[2] !== undefined) result.set('clf.user_agent', withoutEscapes(more[2]));
    return result;
  };
});

function partsOf([, host, identity, user, time, request, status, bytes]: RegExpExecArray): Map<string, Value> {
  const parts = new Map<string, Value>([
    ['clf.remote_host', host],
    ['clf.rfc931', identity],
    ['clf.auth_user', user],
    ['clf.timestamp', time],
  ]);
  const line = withoutEscapes(request ?? '');
  parts.set('clf.request', line);
  const [, method, uri, protocol] = /^([^ ]*) ([^ ]*) (.*)$/s.exec(line) ?? [];
  if (method !== undefined) {
    parts.set('clf.method', method);
    parts.set('clf.request_uri', uri);
    parts.set('clf.protocol', protocol);
  }
  parts.set('clf.status', wholeNumber('invalid status code', status ?? ''));
  // A dash stands for no bytes.
  if (bytes !== '-') parts.set('clf.bytes', wholeNumber('invalid bytes value', bytes ?? ''));
  return parts;
}

function wholeNumber(what: string, text: string): bigint {
  const prefix = `${what} ${goQuoted(text)}: strconv.ParseInt: parsing ${goQuoted(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw new OttlError(`${prefix}: invalid syntax`);
  const digits = text.replace(/^[+-]?0*/, '');
  // 19 digits are the most that an int64 has.
  const value = digits.length > 19 ? undefined : BigInt(text.replace('+', ''));
  if (value === undefined || value !== BigInt.asIntN(64, value)) throw new OttlError(`${prefix}: value out of range`);
  return value;
}

/** Web servers write quotes and control characters of a request with backslashes. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|.)/gs, (whole, escaped: string) => {
    if (escaped.length === 3) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return escapes[escaped] ?? whole;
  });
}
