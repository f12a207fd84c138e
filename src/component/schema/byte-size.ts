import { scalar, type Check, type Docs, type Schema } from './schema.js';

const form = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgtp]?)(i?)b?$/i;
const powers = 'kmgtp';

/** A size as log receivers write it (`1MiB`, `1.5kb`, `16384`), in bytes; undefined when it is none. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, prefix = '', binary = ''] = form.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const power = prefix === '' ? 0 : powers.indexOf(prefix.toLowerCase()) + 1;
  return Math.trunc(Number(amount) * (binary === '' ? 1000 : 1024) ** power);
}

/** An option with such a size; `parseByteSize` reads its value. */
export function logSizeOption(
  fallback: string,
  docs: Docs,
  check?: (bytes: number) => string | undefined,
): Schema<string> {
  const checkText: Check<string> = (text) => {
    const bytes = parseByteSize(text);
    return bytes === undefined ? `invalid byte size '${text}'` : check?.(bytes);
  };
  return scalar(fallback, docs, checkText);
}
