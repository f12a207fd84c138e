import type { Label } from '../../prometheus/labels.js';

/** The labels that `encodeLabel` has written one after the other, as texts. */
export function decodeLabels(encoded: Uint8Array): readonly Label[] {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const labels: Label[] = [];
  let at = 0;
  /** Passes a tag and a length, and returns the length. */
  const lengthBehindTag = (): number => {
    at++;
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      length += (byte & 127) * scale;
      if (byte < 128) return length;
    }
  };
  const text = (): string => {
    const to = lengthBehindTag() + at;
    const from = at;
    at = to;
    return bytes.toString('utf8', from, to);
  };
  while (at < bytes.length) {
    lengthBehindTag();
    labels.push([text(), text()]);
  }
  return labels;
}
