import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { getHeapSnapshot } from 'node:v8';
import { sleep } from '../../component/clock.js';
import { shownCommandLine } from '../../component/command-line.js';
import type { ComponentContext, Extension } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import { group } from '../../component/schema/schema.js';
import { respondText } from '../../net/http/respond.js';
import { HttpServer, type HttpRequest, type HttpResponse } from '../../net/http/server.js';
import { requestTarget } from '../../net/http/target.js';
import { httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';
import type { Config } from './config.js';
import { encodeCpu, encodeHeap } from './encode.js';
import { Busy, heapIntervalBytes, ProcessProfiler } from './profiler.js';

const base = '/debug/pprof/';
/** As Go's: the default duration of a CPU profile, and the longest, seconds. */
const defaultSeconds = 30;
const mostSeconds = 600;

/** Go's profiles that V8 does not take. */
const remaining = new Set(['allocs', 'goroutine', 'threadcreate', 'block', 'mutex', 'trace', 'symbol']);

const pages: Readonly<Record<string, string>> = {
  'profile?seconds=30': 'CPU, for `go tool pprof`; add &format=cpuprofile for Chrome',
  heap: 'live memory of the heap by allocating function, since the start; add ?format=heapprofile for Chrome',
  heapsnapshot: 'the whole heap, for Chrome; the process stands still meanwhile and needs as much memory again',
  cmdline: 'the command line',
};

/** CPU and heap profiles of this process over HTTP (docs/spec/core.md#pprof). */
export function createPprof(config: Config, { clock, logger }: ComponentContext): Extension {
  const profiler = new ProcessProfiler();
  const settings = group<HttpServerConfig>(httpServerShape('')).parse({ endpoint: config.endpoint });
  let server: HttpServer | undefined;
  let open = false;
  let savingSince: number | undefined;
  const stopping = new AbortController();

  const cpu = async (query: URLSearchParams, response: HttpResponse): Promise<void> => {
    const asked = Number(query.get('seconds') ?? defaultSeconds);
    const seconds = Number.isFinite(asked) && asked > 0 ? Math.min(asked, mostSeconds) : defaultSeconds;
    const began = clock.unixMs();
    await profiler.startCpu();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await sleep(clock, seconds * 1000, AbortSignal.any([gone.signal, stopping.signal]));
    const profile = await profiler.stopCpu();
    if (query.get('format') === 'cpuprofile')
      send(response, 'application/json', 'profile.cpuprofile', JSON.stringify(profile));
    else send(response, 'application/octet-stream', 'profile', await encodeCpu(profile, began));
  };

  const heap = async (query: URLSearchParams, response: HttpResponse): Promise<void> => {
    const profile = await profiler.heap();
    if (query.get('format') === 'heapprofile')
      send(response, 'application/json', 'heap.heapprofile', JSON.stringify(profile));
    else
      send(response, 'application/octet-stream', 'heap', await encodeHeap(profile, heapIntervalBytes, clock.unixMs()));
  };

  const respond = async (request: HttpRequest, response: HttpResponse): Promise<void> => {
    request.resume();
    const { path, query } = requestTarget(request.url);
    const name = path.startsWith(base) ? path.slice(base.length) : undefined;
    switch (name) {
      case '':
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(index());
        return;
      case 'profile':
        return cpu(query, response);
      case 'heap':
        return heap(query, response);
      case 'heapsnapshot': {
        head(response, 'application/json', 'heap.heapsnapshot');
        const snapshot = getHeapSnapshot();
        snapshot.pipe(response as NodeJS.WritableStream);
        await once(snapshot, 'end');
        return;
      }
      case 'cmdline':
        send(response, 'text/plain; charset=utf-8', undefined, shownCommandLine().join('\0'));
        return;
      default:
        if (name !== undefined && remaining.has(name))
          respondText(response, 404, `${name} profiles are not taken here: use profile or heap`);
        else respondText(response, 404, '404 page not found');
    }
  };

  return {
    async start(host) {
      await profiler.open();
      open = true;
      if (config.save_to_file !== '') {
        // Before anything else, so that a path that can't be written is found at start.
        await writeFile(config.save_to_file, '');
        await profiler.startCpu();
        savingSince = clock.unixMs();
      }
      server = new HttpServer(settings, undefined, (request, response) => {
        respond(request, response).catch((error: Error) => {
          if (response.headersSent) response.destroy();
          else respondText(response, error instanceof Busy ? 500 : 503, error.message);
        });
      });
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      logger.info('Starting net/http/pprof server', { config: { endpoint: config.endpoint } });
    },
    async shutdown(deadline) {
      // A profile under way ends early instead of holding the end up.
      stopping.abort();
      await server?.close(deadline);
      if (!open) return;
      open = false;
      if (savingSince !== undefined)
        await writeFile(config.save_to_file, await encodeCpu(await profiler.stopCpu(), savingSince));
      profiler.close();
    },
  };
}

function head(response: HttpResponse, type: string, file: string | undefined): void {
  response.setHeader('content-type', type);
  response.setHeader('x-content-type-options', 'nosniff');
  if (file !== undefined) response.setHeader('content-disposition', `attachment; filename="${file}"`);
}

function send(response: HttpResponse, type: string, file: string | undefined, body: string | Uint8Array): void {
  head(response, type, file);
  response.end(body);
}

function index(): string {
  const rows = Object.entries(pages).map(([path, about]) => `<li><a href="${base}${path}">${path}</a>: ${about}</li>`);
  return (
    `<!DOCTYPE html>\n<html lang="en"><head><title>${base}</title></head>` +
    `<body><h1>${base}</h1>\n<ul>\n${rows.join('\n')}\n</ul>\n</body></html>\n`
  );
}
