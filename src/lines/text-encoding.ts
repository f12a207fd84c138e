import { completeUtf8End } from './complete-utf8.js';

/** How the bytes of a source become the body of a record. */
export interface TextEncoding {
  /** As it was configured. */
  readonly name: string;
  /**
   * `utf-8`: the bytes are text already, and those that are not become U+FFFD. `utf-8-raw`: they stay as they are.
   * `bytes` (`nop`): the body is bytes, and there are no lines. `decoded`: `decode` makes text of them.
   */
  readonly form: 'utf-8' | 'utf-8-raw' | 'bytes' | 'decoded';
  /** How a character of ASCII is encoded: as one byte, or as a unit of two with the lower or the higher byte first. */
  readonly unit: 'byte' | 'low-first' | 'high-first';
  /** The text of `bytes[from, to)`. A byte order mark stays; what is no character becomes U+FFFD. */
  decode(bytes: Buffer, from: number, to: number): string;
  /** The end of `bytes[from, to)` without a character of which the last bytes are missing. */
  wholeEnd(bytes: Buffer, from: number, to: number): number;
}

/** Bytes of the longest character. */
const longestCharacter = 4;

/** The encodings for which the Collector has names of its own, and names that mean something else on the Web. */
const known: Readonly<Record<string, Omit<TextEncoding, 'name'>>> = {
  'utf-8': { form: 'utf-8', unit: 'byte', decode: utf8Text, wholeEnd: completeUtf8End },
  'utf-8-raw': { form: 'utf-8-raw', unit: 'byte', decode: utf8Text, wholeEnd: completeUtf8End },
  nop: { form: 'bytes', unit: 'byte', decode: utf8Text, wholeEnd: allOf },
  'iso-8859-1': {
    ...{ form: 'decoded', unit: 'byte', wholeEnd: allOf },
    decode: (bytes, from, to) => bytes.toString('latin1', from, to),
  },
};

/** Other names of these. */
const otherNames: Readonly<Record<string, string>> = {
  '': 'utf-8',
  utf8: 'utf-8',
  ascii: 'utf-8',
  'us-ascii': 'utf-8',
  'ansi_x3.4-1968': 'utf-8',
  'utf8-raw': 'utf-8-raw',
  utf16: 'utf-16le',
  'utf-16': 'utf-16le',
  latin1: 'iso-8859-1',
  l1: 'iso-8859-1',
  cp819: 'iso-8859-1',
  ibm819: 'iso-8859-1',
  'iso8859-1': 'iso-8859-1',
  'iso_8859-1': 'iso-8859-1',
  'iso_8859-1:1987': 'iso-8859-1',
  'iso-ir-100': 'iso-8859-1',
  csisolatin1: 'iso-8859-1',
};

/** The encoding with a name of IANA, in any case; undefined when there is none. */
export function textEncoding(name: string): TextEncoding | undefined {
  const lower = name.trim().toLowerCase();
  const usual = Object.hasOwn(otherNames, lower) ? (otherNames[lower] ?? lower) : lower;
  const own = Object.hasOwn(known, usual) ? known[usual] : undefined;
  if (own) return { name, ...own };
  const decoder = webDecoder(usual);
  if (!decoder) return undefined;
  if (decoder.encoding === 'windows-1252')
    return { name, form: 'decoded', unit: 'byte', wholeEnd: allOf, decode: (...place) => windowsText(...place) };
  const unit = decoder.encoding === 'utf-16le' ? 'low-first' : decoder.encoding === 'utf-16be' ? 'high-first' : 'byte';
  return {
    ...{ name, form: 'decoded', unit },
    decode: (bytes, from, to) => decoder.decode(bytes.subarray(from, to)),
    wholeEnd:
      unit !== 'byte'
        ? wholeUnits(unit === 'low-first' ? 1 : 2)
        : decoder.encoding === 'iso-2022-jp'
          ? wholeJisEnd
          : wholeEndBy(decoder.encoding),
  };
}

/** Units of two bytes, alone or in pairs; `back`: where the higher byte of the last one is, from its end. */
function wholeUnits(back: 1 | 2): TextEncoding['wholeEnd'] {
  return (bytes, from, to) => {
    const end = to - ((to - from) % 2);
    const isFirstOfTwo = end > from && ((bytes[end - back] ?? 0) & 0xfc) === 0xd8;
    return isFirstOfTwo ? end - 2 : end;
  };
}

function allOf(_bytes: Buffer, _from: number, to: number): number {
  return to;
}

/** Asks a decoder that refuses a character of which a part is missing; in bytes that are no text nothing is. */
function wholeEndBy(label: string): TextEncoding['wholeEnd'] {
  const decoder = new TextDecoder(label, { fatal: true });
  return (bytes, from, to) => {
    for (let end = to; end > to - longestCharacter && end >= from; end--) {
      try {
        decoder.decode(bytes.subarray(from, end));
        return end;
      } catch {
        // A shorter part may be whole.
      }
    }
    return to;
  };
}

/** Where text last was in ASCII: behind an escape sequence to other characters, more of these follow. */
function wholeJisEnd(bytes: Buffer, from: number, to: number): number {
  const escape = bytes.subarray(from, to).lastIndexOf(0x1b);
  if (escape < 0) return to;
  const sequence = bytes.toString('latin1', from + escape + 1, Math.min(to, from + escape + 3));
  return sequence === '(B' || sequence === '(J' ? to : from + escape;
}

function utf8Text(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, to);
}

/** The characters of windows-1252 in the place of control characters. Node 20 decodes it as ISO 8859-1. */
const windowsSigns =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

function windowsText(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to).replace(/[\u0080-\u009f]/g, (sign) => {
    return windowsSigns.charAt(sign.charCodeAt(0) - 0x80);
  });
}

function webDecoder(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
}
