// What holds data back is measured while it runs full: CPU over a time in which as much leaves as comes, memory for
// each span that is held, and the longest wait of a sender, which shows the pauses of the event loop.
import fs from 'node:fs';
import path from 'node:path';
import { payload } from './payload.mjs';
import { freePorts, helper, program, usage } from './process.mjs';
import { summary } from './statistics.mjs';

export async function held({ workload, options, folder, commands, generator, progress }) {
  const { rate, waitSeconds, warmSeconds, seconds, relaySeconds } = workload.held;
  const shape = options.shape ?? 'M';
  const {
    shape: { spans },
    bytes,
  } = payload(shape);
  const rounds = Number(options.rounds ?? 3);
  const [sinkGrpc, sinkHttp, relayPort] = await freePorts(3);
  const sink = await helper('sink.mjs', [sinkGrpc, sinkHttp]);
  const relay = await program(
    process.execPath,
    [path.join(import.meta.dirname, 'relay.mjs'), relayPort, sinkGrpc],
    relayPort,
  );
  const subjects = [];
  for (const [name, command] of commands) {
    const [grpcPort, httpPort, metricsPort] = await freePorts(3);
    const file = path.join(folder, `${workload.name}-${name}.yaml`);
    const sinks = [{ grpc: sinkGrpc, http: sinkHttp }];
    const config = workload.config({ encoding: 'none', sinks, grpcPort, httpPort, metricsPort });
    fs.writeFileSync(file, JSON.stringify(config, null, 2));
    const [executable, ...args] = command.replaceAll('{config}', file).split(' ');
    subjects.push({ name, port: grpcPort, runs: [], ...(await program(executable, args, grpcPort)) });
  }
  let first = 0;
  const send = async (port, forSeconds) => {
    const requests = Math.round((rate * forSeconds) / spans);
    await sink.ask({ reset: true });
    const { result } = await generator.ask({
      ...{ port, protocol: 'grpc', encoding: 'none', shape, connections: 4, inFlight: 4, requests },
      ...{ spansPerSecond: rate, first, open: true },
    });
    // New traces each time: decisions on those before are remembered.
    first += requests * spans;
    return { ...result, sent: requests * spans };
  };
  const relays = [];
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      progress(`${workload.name}: round ${round + 1} of ${rounds}, ${subject.name}: filling`);
      const idle = usage(subject.pid);
      await send(subject.port, warmSeconds);
      progress(`${workload.name}: round ${round + 1} of ${rounds}, ${subject.name}`);
      const before = usage(subject.pid);
      const result = await send(subject.port, seconds);
      const after = usage(subject.pid);
      const { received } = await sink.ask({});
      subject.runs.push({
        cpu: (after.cpu - before.cpu) / (result.sent / 1e6),
        // The first round grows to what the others use again.
        residentMiB: after.residentMiB,
        idleMiB: idle.residentMiB,
        kept: received / result.sent,
        latency: result.latency,
        refused: Object.entries(result.outcomes).reduce((sum, [word, count]) => sum + (word === 'ok' ? 0 : count), 0),
      });
      // What is held leaves before the next one is measured.
      await new Promise((resolve) => setTimeout(resolve, (waitSeconds + 2) * 1000));
    }
    progress(`${workload.name}: round ${round + 1} of ${rounds}, relay`);
    const before = usage(relay.pid);
    const { sent } = await send(relayPort, relaySeconds);
    relays.push((usage(relay.pid).cpu - before.cpu) / (sent / 1e6));
  }
  for (const subject of subjects) await subject.stop();
  await relay.stop();
  sink.stop();
  const heldSpans = rate * (waitSeconds + 0.5);
  return {
    held: true,
    workload: workload.name,
    ...{ rate, waitSeconds, heldSpans, rounds, spanBytes: bytes.length / spans, relay: summary(relays) },
    subjects: subjects.map(({ name, runs }) => ({
      name,
      cpu: summary(runs.map(({ cpu }) => cpu)),
      ratio: summary(runs.map(({ cpu }, i) => cpu / relays[i])),
      residentMiB: Math.max(...runs.map(({ residentMiB }) => residentMiB)),
      bytesPerSpan: ((Math.max(...runs.map(({ residentMiB }) => residentMiB)) - runs[0].idleMiB) * 2 ** 20) / heldSpans,
      kept: runs.at(-1).kept,
      latency: runs.at(-1).latency,
      refused: runs.reduce((sum, { refused }) => sum + refused, 0),
    })),
  };
}
