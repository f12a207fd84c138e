import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { abortAfter, systemClock, type Clock } from '../component/clock.js';
import { shownUrl } from '../component/shown-url.js';
import { maxRetrievalMs, maxSourceBytes, maxTotalBytes } from './bounds.js';
import type { Fault } from './fault.js';
import { secretsOfUrl, shownUri } from './hidden.js';
import { Mask } from './mask.js';
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
  /** The variable it names is not set, and has no default. */
  readonly unset?: boolean | undefined;
  /** A warning to log at start. */
  readonly warning?: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> } | undefined;
}

export interface ConfigEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
}

/** Reads the sources of one configuration, which have bounds together. */
export class Retrieval {
  readonly #environment: ConfigEnvironment;
  readonly #signal: AbortSignal;
  #bytes = 0;

  /** `signal` ends what is being read. */
  constructor(environment: ConfigEnvironment, signal?: AbortSignal, clock: Clock = systemClock) {
    this.#environment = environment;
    const late = abortAfter(clock, maxRetrievalMs);
    this.#signal = signal ? AbortSignal.any([signal, late]) : late;
  }

  /** Reads a location. Messages use `name` for the text. Rejects with the Collector's message for the fault. */
  async retrieve({ scheme, opaque }: Location, name: string): Promise<Retrieved> {
    this.#signal.throwIfAborted();
    switch (scheme) {
      case 'env':
        return fromVariable(opaque, name, this.#environment.env);
      case 'yaml':
        return fromText(opaque, name);
      case 'file':
        return fromText(decode(this.#counted(await readConfigFile(opaque))), name);
      case 'http':
      case 'https':
        return fromText(decode(this.#counted(await this.#download(`${scheme}:${opaque}`))), name);
    }
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > maxTotalBytes)
      throw new Error(`the sources of the configuration together are larger than ${maxTotalBytes} bytes`);
    return bytes;
  }

  async #download(url: string): Promise<Uint8Array> {
    const shown = JSON.stringify(shownUrl(url));
    const failed = (error: unknown): Error => {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      const masked = new Mask(secretsOfUrl(url)).apply(why);
      return new Error(`unable to download the file via HTTP GET for uri ${shown}: ${masked}`, { cause: error });
    };
    const { fetch } = this.#environment;
    const { bare, headers } = withoutUser(url);
    const request = { signal: this.#signal, redirect: 'follow', headers } as const;
    const response = await fetch(bare, request).catch((error: unknown) => Promise.reject(failed(error)));
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`failed to load resource from uri ${shown}. status code: ${response.status}`);
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of response.body ?? []) {
        size += part.byteLength;
        if (size > maxSourceBytes) break;
        parts.push(part);
      }
    } catch (error) {
      throw failed(error);
    }
    if (size > maxSourceBytes) throw new Error(`the configuration at ${shown} is larger than ${maxSourceBytes} bytes`);
    return Buffer.concat(parts);
  }
}

/** `fetch` takes no user in a URL: it goes into a header. */
function withoutUser(text: string): { readonly bare: string; readonly headers: Readonly<Record<string, string>> } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.username === '' && url.password === '')) return { bare: text, headers: {} };
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { bare: url.href, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } };
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
    unset: true,
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
    return await readRegularFile(path === '' ? '.' : path);
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

/** Reads a file whose size may be unknown, as those in /proc are; a pipe or a device may never end, or never begin. */
async function readRegularFile(path: string): Promise<Uint8Array> {
  refuseIrregular(path, await stat(path));
  // A file that has become a pipe since then must not be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    refuseIrregular(path, await file.stat());
    const parts: Uint8Array[] = [];
    for (let size = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readBytes), 0, readBytes);
      if (bytesRead === 0) return Buffer.concat(parts);
      size += bytesRead;
      if (size > maxSourceBytes) throw new Error(`read ${path}: the file is larger than ${maxSourceBytes} bytes`);
      parts.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** Read at once from a file, bytes. */
const readBytes = 65_536;

function refuseIrregular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  const kind = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  throw new Error(`read ${path}: it is ${kind}, and only regular files are read`);
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
  if (!parts) throw new Error(`invalid uri: ${JSON.stringify(shownUri(uri))}`);
  if (!isScheme(parts.scheme))
    throw new Error(`unsupported scheme on URI ${JSON.stringify(shownUri(uri))}: use one of ${schemes.join(', ')}`);
  return { scheme: parts.scheme, opaque: parts.opaque };
}

export function isScheme(scheme: string): scheme is Scheme {
  return (schemes as readonly string[]).includes(scheme);
}
