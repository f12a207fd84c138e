import type { Dictionary } from './data.js';
import { keyOf, typed, type JsonAttributes } from './value.js';

/** `2023-11-14 22:13:20.123456789 +0000 UTC`, as Go prints it. */
export function timeText(nanos: string | undefined): string {
  const total = BigInt.asIntN(64, BigInt(nanos ?? 0));
  let seconds = total / 1_000_000_000n;
  let rest = total % 1_000_000_000n;
  if (rest < 0n) {
    rest += 1_000_000_000n;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction =
    rest === 0n
      ? ''
      : `.${String(rest)
          .padStart(9, '0')
          .replace(/(?<!0)0+$/, '')}`;
  return `${date}${fraction} +0000 UTC`;
}

/** Lines of the detailed form. */
export class Lines {
  readonly #lines: string[] = [];

  add(text: string): void {
    this.#lines.push(text);
  }

  /** A title and one line for each attribute; nothing when there is none. */
  attributes(
    title: string,
    attributes: JsonAttributes | undefined,
    dictionary: Dictionary = {},
    indent = '     ',
  ): void {
    if (attributes === undefined || attributes.length === 0) return;
    this.add(title);
    for (const attribute of attributes)
      this.add(`${indent}-> ${keyOf(attribute, dictionary)}: ${typed(attribute.value, dictionary)}`);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
