import type { TextFault } from '../config-value-error.js';

/** The protocol that carries a header: it says which names and values are deliverable. */
export type HeaderProtocol = 'http' | 'grpc';

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;
const printable = /^[\x20-\x7e]*$/;

/** Names that belong to a message and its connection (RFC 9110, section 7.6.1), in lower case. */
const ofMessage: ReadonlySet<string> = new Set([
  ...['content-length', 'expect', 'keep-alive', 'proxy-connection', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/**
 * Whether HTTP writes a header itself, so that a configured one is left out: it would contradict the message, as a
 * length that is not that of the body does. `Connection: close` alone asks for something that is done.
 */
export function isOfMessage(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'connection' ? value.toLowerCase() !== 'close' : ofMessage.has(lower);
}

/** Whether a text is the value of a header of HTTP (RFC 9110, section 5.5), each unit one byte. */
export function isFieldValue(text: string): boolean {
  return value.test(text);
}

/** The fault of a header's name; undefined: none. */
export function headerNameFault(name: string, protocol: HeaderProtocol = 'http'): TextFault | undefined {
  // Names that gRPC keeps for itself are left out of its requests.
  const good = protocol === 'grpc' ? /^:|^[\w.-]+$/.test(name) : token.test(name);
  if (good) return undefined;
  if (name === '') return { message: 'a header must have a name', hint: 'Give it a name.' };
  return protocol === 'grpc'
    ? {
        message: 'the name of this header has characters that no header of gRPC may have',
        hint: 'Use only letters, digits, "-", "_" and ".".',
      }
    : {
        message: 'the name of this header has characters that no header may have',
        hint: "Use only letters, digits and the characters !#$%&'*+-.^_`|~, without spaces.",
      };
}

/** The fault of a header's value, without the value itself; undefined: none. */
export function headerValueFault(text: string, name: string, protocol: HeaderProtocol = 'http'): TextFault | undefined {
  // Over gRPC the value of such a name is Base64.
  if (protocol === 'grpc' && (name.toLowerCase().endsWith('-bin') || name.startsWith(':'))) return undefined;
  if (protocol === 'grpc' ? printable.test(text) : value.test(text)) return undefined;
  if (/[\r\n]/.test(text))
    return {
      message: 'the value of a header must not contain a line break',
      hint: 'Remove it; a block scalar ends without one when written with |- or >-.',
    };
  return protocol === 'grpc'
    ? {
        message: 'the value of a header of gRPC has characters that are not printable ASCII',
        hint: 'Remove them, or give the header a name that ends in -bin: its value is sent as Base64.',
      }
    : {
        message: 'the value of a header has characters that no header may have',
        hint: 'Remove control characters and those beyond ISO 8859-1, or encode the value, for example as Base64.',
      };
}

/** For a text option that becomes the value of a header. */
export function headerValue(text: string): TextFault | undefined {
  return headerValueFault(text, '');
}

/** For a text option that becomes the value of a header of gRPC. */
export function grpcHeaderValue(text: string): TextFault | undefined {
  return headerValueFault(text, '', 'grpc');
}

/** For a text option that becomes the name of a header; '' is left to other checks. */
export function headerName(text: string): TextFault | undefined {
  return text === '' ? undefined : headerNameFault(text);
}
