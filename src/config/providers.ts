import { readFile } from 'node:fs/promises';
import { abortAfter, systemClock } from '../component/clock.js';
import type { Fault } from './fault.js';
import type { ConfigNode } from './node.js';
import type { Source } from './place.js';
import { parseYaml } from './yaml/parse.js';

/** The sources of configuration text, by URI scheme. */
export const schemes = ['env', 'file', 'http', 'https', 'yaml'] as const;
export type Scheme = (typeof schemes)[number];

export interface Location {
  readonly scheme: Scheme;
  readonly opaque: string;
}

/** The result of a provider. */
export interface Retrieved {
  /** The text that is spliced in where the reference stands inside other text. */
  readonly text: string;
  /** Parsed; text that is no YAML is a string. */
  readonly node: ConfigNode;
  /** Why the text is no YAML. */
  readonly notYaml?: readonly Fault[] | undefined;
  /** A warning to log at start. */
  readonly warning?: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> } | undefined;
}

export interface ConfigEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
}

/** How long an `http:` source may take to respond, milliseconds, and how large it may be, bytes. */
const fetchTimeoutMs = 30_000;
const maxBytes = 16 * 2 ** 20;

/** Reads a location. Messages use `name` for the text. Rejects with the Collector's message for the fault. */
export async function retrieve(
  { scheme, opaque }: Location,
  name: string,
  { env, fetch }: ConfigEnvironment,
): Promise<Retrieved> {
  switch (scheme) {
    case 'env':
      return fromVariable(opaque, name, env);
    case 'yaml':
      return fromText(opaque, name);
    case 'file':
      return fromText(decode(await readConfigFile(opaque)), name);
    case 'http':
    case 'https':
      return fromText(await download(`${scheme}:${opaque}`, fetch), name);
  }
}

function fromVariable(opaque: string, name: string, env: ConfigEnvironment['env']): Retrieved {
  const at = opaque.indexOf(':-');
  const variable = at < 0 ? opaque : opaque.slice(0, at);
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(variable))
    throw new Error(
      `environment variable ${JSON.stringify(variable)} has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$`,
    );
  const value = env[variable];
  if (value === undefined && at >= 0) return fromText(opaque.slice(at + 2), name, true);
  const retrieved = fromText(value ?? '', name);
  if (value !== undefined) return retrieved;
  return {
    ...retrieved,
    warning: { message: 'Configuration references unset environment variable', fields: { name: variable } },
  };
}

/** An empty default is the empty string, anything else empty is null. */
function fromText(text: string, name: string, emptyIsText = false): Retrieved {
  const source: Source = { name, text };
  const place = { source, start: 0, length: Math.max(1, text.length) };
  if (text === '' && emptyIsText) return { text, node: { kind: 'scalar', place, value: '', text } };
  const parsed = parseYaml(source);
  const verbatim = {
    kind: 'scalar',
    place,
    value: text,
    text,
    written: { style: 'verbatim', text, steps: [] },
  } as const;
  if (!parsed.ok) return { text, node: verbatim, notYaml: parsed.faults };
  const isText =
    parsed.node.kind === 'scalar' && typeof parsed.node.value === 'string' && parsed.node.timestamp !== true;
  return { text, node: isText ? verbatim : parsed.node };
}

async function readConfigFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path === '' ? '.' : path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: `open ${path}: no such file or directory`,
      EACCES: `open ${path}: permission denied`,
      EISDIR: `read ${path === '' ? '.' : path}: is a directory`,
      ENOTDIR: `open ${path}: not a directory`,
    };
    throw new Error(`unable to read the file file:${path}: ${reasons[code ?? ''] ?? (error as Error).message}`, {
      cause: error,
    });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    let at = 0;
    // The longest good beginning ends before the octet that is at fault.
    for (let step = bytes.length; step > 0; step = step >> 1) {
      while (at + step <= bytes.length && isUtf8Prefix(bytes.subarray(0, at + step))) at += step;
    }
    throw new Error(`the file is not UTF-8: yaml: invalid leading UTF-8 octet at offset ${at}`);
  }
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

async function download(url: string, fetch: ConfigEnvironment['fetch']): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: abortAfter(systemClock, fetchTimeoutMs), redirect: 'follow' });
  } catch (error) {
    const cause =
      (error as Error).cause instanceof Error ? ((error as Error).cause as Error).message : (error as Error).message;
    throw new Error(`unable to download the file via HTTP GET for uri ${JSON.stringify(url)}: ${cause}`, {
      cause: error,
    });
  }
  if (response.status !== 200)
    throw new Error(`failed to load resource from uri ${JSON.stringify(url)}. status code: ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > maxBytes)
      throw new Error(`the configuration at ${JSON.stringify(url)} is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return decode(Buffer.concat(parts));
}

const driveLetter = /^[A-Za-z]:/;

/** Splits `scheme:rest`; undefined when it is no URI. `scheme` may be one without a provider. */
export function splitUri(uri: string): { readonly scheme: string; readonly opaque: string } | undefined {
  const match = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(uri);
  return match ? { scheme: match[1] ?? '', opaque: match[2] ?? '' } : undefined;
}

/** The location that a `--config` names: a URI, or a path. */
export function configLocation(uri: string): Location {
  if (!uri.includes(':') || driveLetter.test(uri)) return { scheme: 'file', opaque: uri };
  const parts = splitUri(uri);
  if (!parts) throw new Error(`invalid uri: ${JSON.stringify(uri)}`);
  if (!isScheme(parts.scheme))
    throw new Error(`unsupported scheme on URI ${JSON.stringify(uri)}: use one of ${schemes.join(', ')}`);
  return { scheme: parts.scheme, opaque: parts.opaque };
}

export function isScheme(scheme: string): scheme is Scheme {
  return (schemes as readonly string[]).includes(scheme);
}
