import { escapeName, isLegacyLabel, type Escaping } from './escaping.js';
import type { Label, LabelReader } from './labels.js';

/** Whether a byte may stand in a name that needs no quotation marks; digits not as the first. */
const nameBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(isLegacyLabel(`_${String.fromCharCode(byte)}`) && byte < 128),
);

/** Whether an escaping leaves the names of all labels as they are, and they need no quotation marks. */
export function namesStay(reader: LabelReader, escaping: Escaping): boolean {
  if (escaping === 'dots') return false;
  while (reader.next()) if (!isPlain(reader.bytes, reader.nameFrom, reader.nameTo)) return false;
  return true;
}

/** The labels with the names that an escaping gives them; different values of one name are joined. */
export function escapedLabels(reader: LabelReader, escaping: Escaping): Label[] {
  const labels = new Map<string, string>();
  while (reader.next()) {
    const name = escapeName(reader.name, escaping, true);
    const before = labels.get(name);
    labels.set(name, before === undefined ? reader.value : `${before};${reader.value}`);
  }
  return [...labels];
}

function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from] ?? 0;
  if (first > 47 && first < 58) return false;
  for (let i = from; i < to; i++) if (nameBytes[bytes[i] ?? 0] === 0) return false;
  return to > from;
}
