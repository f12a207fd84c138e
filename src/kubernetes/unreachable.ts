import type { ApiSubject } from './api-error.js';

const otherAuthority =
  'Its certificate is not of the authority that is trusted: `ca.crt` of the service account, or ' +
  '`certificate-authority` of the kubeconfig';

/** By the code of the error, a sentence without its end. */
const advice: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT: otherAuthority,
  ECONNREFUSED: 'Nobody listens there now: it is asked again',
  EAI_AGAIN: 'Its name cannot be looked up now: it is asked again',
  ENOTFOUND: 'Its name has no address: `server` of the kubeconfig is wrong, or this machine does not know its zone',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Its certificate is for other names: use one of them in `server`, or set `tls-server-name` in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: otherAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: otherAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: otherAuthority,
};

/** The words for a question that got no answer, with the error of the connection as its cause. */
export function unreachable(error: unknown, server: string, { name }: ApiSubject): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const isPlain = message.includes('wrong version number');
  const hint = isPlain ? 'What listens there does not speak TLS' : (hintFor(code) ?? hintForScheme(server));
  const what = `${name}: the API server at ${server} gives no answer: ${isPlain ? 'no TLS' : message}`;
  return new Error(hint === undefined ? what : `${what}. ${hint}`, { cause: error });
}

function hintFor(code: string): string | undefined {
  return Object.hasOwn(advice, code) ? advice[code] : undefined;
}

function hintForScheme(server: string): string | undefined {
  return server.startsWith('http:') ? 'It is asked in plain text, and most API servers want `https`' : undefined;
}
