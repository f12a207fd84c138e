import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { pem } from './certificates.js';

/** A server that answers as the kubelet of a node does: `/stats/summary` and `/pods`, by token or certificate. */
export class KubeletServer {
  summary: unknown = {};
  pods: unknown = { kind: 'PodList', apiVersion: 'v1', items: [] };
  /** The token that is asked for; undefined: none. */
  token: string | undefined;
  /** A client certificate is asked for. */
  wantsCertificate = false;
  /** Paths that are answered 403. */
  readonly denied: Set<string> = new Set();
  /** Answers in place of all of that. */
  answer: ((response: http.ServerResponse, path: string) => void) | undefined;
  /** The paths that were asked for. */
  readonly requests: string[] = [];
  readonly #server: http.Server;
  readonly #sockets: Set<Socket> = new Set();
  port = 0;

  private constructor(secure: boolean) {
    const listener = (request: http.IncomingMessage, response: http.ServerResponse): void =>
      this.#serve(request, response);
    this.#server = secure
      ? https.createServer(
          {
            key: pem('server-a.key'),
            cert: pem('server-a.pem'),
            ca: [pem('ca-a.pem')],
            requestCert: true,
            rejectUnauthorized: false,
          },
          listener,
        )
      : http.createServer(listener);
    // A connection that rests is its client's to end: the two would meet when the process stands still for seconds.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(secure: boolean, host = '127.0.0.1', port = 0): Promise<KubeletServer> {
    const kubelet = new KubeletServer(secure);
    await new Promise<void>((resolve) => kubelet.#server.listen(port, host, resolve));
    kubelet.port = (kubelet.#server.address() as AddressInfo).port;
    return kubelet;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    // Through the API server the path of the node stands before it.
    const path = (request.url ?? '').replace(/^\/api\/v1\/nodes\/[^/]+\/proxy/, '');
    this.requests.push(request.url ?? '');
    if (this.answer) return this.answer(response, path);
    const known = this.wantsCertificate
      ? (request.socket as TLSSocket).authorized
      : this.token === undefined || request.headers.authorization === `Bearer ${this.token}`;
    if (!known) return void response.writeHead(401).end('Unauthorized');
    if (this.denied.has(path)) {
      const what = `Forbidden (user=system:serviceaccount:default:kanmon, verb=get, resource=nodes, subresource=x)`;
      return void response.writeHead(403).end(what);
    }
    const body = path === '/stats/summary' ? this.summary : path === '/pods' ? this.pods : undefined;
    if (body === undefined) return void response.writeHead(404).end('404 page not found');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}

const filesystem = (used: number): object => ({
  time: '2023-11-14T22:13:20Z',
  availableBytes: 1000,
  capacityBytes: 5000,
  usedBytes: used,
  inodes: 50,
  inodesFree: 30,
  inodesUsed: 20,
});

const memory = (usage: number): object => ({
  time: '2023-11-14T22:13:20Z',
  availableBytes: 10,
  usageBytes: usage,
  workingSetBytes: usage - 1,
  rssBytes: usage - 2,
  pageFaults: 7,
  majorPageFaults: 1,
});

const cpu = (seconds: number, at: number): object => ({
  time: new Date(at).toISOString(),
  usageNanoCores: 250_000_000,
  usageCoreNanoSeconds: seconds * 1e9,
});

const interfaces = [
  { name: 'eth0', rxBytes: 11, rxErrors: 1, txBytes: 12, txErrors: 2 },
  { name: 'eth1', rxBytes: 21, rxErrors: 3, txBytes: 22, txErrors: 4 },
];
const network = { time: '2023-11-14T22:13:20Z', ...interfaces[0], interfaces };

/** A node with one pod of two containers and two volumes; `at`: when the kubelet measured, `seconds` of CPU time. */
export function summaryOf(at: number, seconds: number): object {
  const startTime = '2023-11-14T22:00:00Z';
  const container = (name: string, usage: number): object => ({
    name,
    startTime,
    cpu: cpu(seconds, at),
    memory: memory(usage),
    rootfs: filesystem(100),
    logs: filesystem(200),
  });
  return {
    node: {
      nodeName: 'n1',
      startTime,
      cpu: cpu(seconds * 10, at),
      memory: memory(4096),
      fs: filesystem(4000),
      network,
      rlimit: { time: startTime, maxpid: 32_768, curproc: 300 },
      systemContainers: [{ name: 'kubelet', startTime, cpu: cpu(seconds, at), memory: memory(64) }],
    },
    pods: [
      {
        podRef: { name: 'web-1', namespace: 'shop', uid: 'u1' },
        startTime,
        cpu: cpu(seconds * 2, at),
        memory: memory(1024),
        network,
        'ephemeral-storage': filesystem(300),
        containers: [container('web', 512), container('sidecar', 256)],
        volume: [
          { name: 'data', ...filesystem(40), pvcRef: { name: 'claim', namespace: 'shop' } },
          { name: 'tmp', ...filesystem(50) },
        ],
      },
    ],
  };
}

/** The answer of `/pods` about that pod. */
export const podsOfSummary: object = {
  kind: 'PodList',
  apiVersion: 'v1',
  items: [
    {
      metadata: { name: 'web-1', namespace: 'shop', uid: 'u1' },
      spec: {
        containers: [
          { name: 'web', resources: { limits: { cpu: '2', memory: '1Ki' }, requests: { cpu: '500m', memory: '512' } } },
          { name: 'sidecar', resources: { limits: { cpu: '1', memory: '1Ki' } } },
        ],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'claim' } },
          { name: 'tmp', emptyDir: {} },
        ],
      },
      status: {
        containerStatuses: [
          { name: 'web', containerID: 'containerd://abc' },
          { name: 'sidecar', containerID: 'containerd://def' },
        ],
      },
    },
  ],
};
