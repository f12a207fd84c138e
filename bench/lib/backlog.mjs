// A queue on disk that fills up while nobody takes its requests, is opened again after a kill, and drains.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { payload } from './payload.mjs';
import { freePorts, helper, program, usage } from './process.mjs';

export async function backlog({ workload, options, folder, cli, generator, progress }) {
  const { connections, inFlight } = workload.backlog;
  const wanted = options.quick ? workload.backlog.quickBytes : workload.backlog.bytes;
  const shape = options.shape ?? 'M';
  const { bytes, shape: form } = payload(shape);
  const requests = Math.ceil(wanted / bytes.length);
  const [sinkPort, sinkHttp, grpcPort, httpPort, metricsPort] = await freePorts(5);
  const directory = fs.mkdtempSync(path.join(process.env.BENCH_STORAGE ?? os.tmpdir(), 'kanmon-bench-backlog-'));
  const file = path.join(folder, 'backlog.yaml');
  fs.writeFileSync(file, JSON.stringify(workload.config({ directory, sinkPort, grpcPort, httpPort, metricsPort })));
  const start = async () => {
    const began = performance.now();
    const process0 = await program(process.execPath, [cli, '--config', file], grpcPort);
    return { process: process0, ms: performance.now() - began };
  };
  const residentMiB = (pid) => Number(/VmRSS:\s*(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  try {
    const empty = await start();
    const idleMiB = residentMiB(empty.process.pid);
    progress(`${workload.name}: ${requests} requests`);
    const { result } = await generator.ask({
      ...{ port: grpcPort, protocol: 'grpc', encoding: 'none', shape, connections, inFlight, requests },
      ...{ spansPerSecond: Number(options.rate), first: 0 },
    });
    const fullMiB = residentMiB(empty.process.pid);
    const peakMiB = usage(empty.process.pid).peakMiB;
    process.kill(empty.process.pid, 'SIGKILL');
    await empty.process.stop();
    progress(`${workload.name}: starting again`);
    const full = await start();
    const openedMiB = residentMiB(full.process.pid);
    const sink = await helper('sink.mjs', [sinkPort, sinkHttp]);
    const began = performance.now();
    const accepted = result.sends.reduce((sum, sends) => sum + sends, 0) * form.spans;
    let arrived = 0;
    progress(`${workload.name}: draining`);
    while (arrived < accepted && performance.now() - began < 120_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      arrived = (await sink.ask({})).received;
    }
    const drainSeconds = (performance.now() - began) / 1000;
    const drainPeakMiB = usage(full.process.pid).peakMiB;
    await full.process.stop();
    sink.stop();
    return {
      backlog: true,
      workload: workload.name,
      ...{ requests, storedMiB: (requests * bytes.length) / 2 ** 20, outcomes: result.outcomes },
      ...{ idleMiB, fullMiB, peakMiB, openedMiB, drainPeakMiB, drainSeconds, accepted, arrived },
      ...{ emptyStartMs: empty.ms, fullStartMs: full.ms },
    };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
