import type { CancelSignal } from '../../../component/cancellation.js';
import { cutText } from '../../../component/peer-text.js';
import type { ApiJson } from '../../../kubernetes/json.js';
import type { PullReply } from '../../../net/http/pull.js';

/** The paths that a kubelet is asked for. */
export type KubeletPath = '/stats/summary' | '/pods';

/** The kubelet of one node. */
export interface Kubelet {
  /** Rejects with what failed, in words. */
  get(path: KubeletPath, signal: CancelSignal): Promise<ApiJson>;
  close(): Promise<void>;
}

/** Bytes of an answer: a node with 500 pods has about 4 MiB. It is read as JSON at once. */
const mostAnswer = 16 << 20;
/** Bytes of an answer that is an error. */
const mostRefusal = 4096;

/** The rules that the account needs, beside those of older kubelets. */
const subresources: Readonly<Record<KubeletPath, string>> = { '/stats/summary': 'nodes/stats', '/pods': 'nodes/pods' };

export function kubeletRule(path: KubeletPath): string {
  return `- {apiGroups: [""], resources: [${subresources[path]}], verbs: [get]}`;
}

/** The document of an answer. Rejects when it is none. */
export async function kubeletDocument(path: KubeletPath, reply: PullReply): Promise<ApiJson> {
  if (reply.status !== 200) {
    const said = await textOf(reply, mostRefusal).catch(() => '');
    const line = said.trim() === '' ? '' : `: ${cutText(said.trim(), 256)}`;
    throw new Error(`kubelet request GET ${path} failed - ${reply.status}${line}${adviceOn(reply.status, path)}`);
  }
  const text = await textOf(reply, mostAnswer);
  try {
    return JSON.parse(text) as ApiJson;
  } catch {
    throw new Error(`the kubelet's answer to GET ${path} is no JSON`);
  }
}

function adviceOn(status: number, path: KubeletPath): string {
  switch (status) {
    case 401:
      return '. The kubelet does not know the credentials: use `auth_type: serviceAccount`, or another certificate';
    case 403:
      return (
        `. Add this rule to the ClusterRole of the account: ${kubeletRule(path)}` +
        (path === '/pods' ? '; kubelets before 1.33 want nodes/proxy' : '')
      );
    case 404:
      return '. Is that the port of a kubelet?';
    default:
      return '';
  }
}

async function textOf(reply: PullReply, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of reply.body) {
    bytes += piece.length;
    if (bytes > most) throw new Error(`the kubelet's answer is longer than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes).toString('utf8');
}
