// A sink, a relay before it, and the programs to measure, which are sent to at a fixed rate, however they answer.
import fs from 'node:fs';
import path from 'node:path';
import { payload } from './payload.mjs';
import { freePorts, helper, program, usage } from './process.mjs';

/** Starts everything of one measurement. `label` names its files; `rate` is in spans per second. */
export async function openStand({ workload, label, shape, rate, folder, commands, generator }) {
  const { spans } = payload(shape).shape;
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
    const file = path.join(folder, `${label}-${name}.yaml`);
    const sinks = [{ grpc: sinkGrpc, http: sinkHttp }];
    const config = workload.config({ encoding: 'none', sinks, grpcPort, httpPort, metricsPort });
    fs.writeFileSync(file, JSON.stringify(config, null, 2));
    const [executable, ...args] = command.replaceAll('{config}', file).split(' ');
    const started = await program(executable, args, grpcPort);
    subjects.push({ name, port: grpcPort, metricsPort, runs: [], idleMiB: 0, ...started });
  }
  return {
    sink,
    subjects,
    relay: { port: relayPort, ...relay },
    /** Sends for some seconds, and answers what that cost `subject`. `more` goes to the generator. */
    async measured(subject, forSeconds, more) {
      const requests = Math.round((rate * forSeconds) / spans);
      await sink.ask({ reset: true });
      const before = usage(subject.pid);
      const { result } = await generator.ask({
        ...{ port: subject.port, protocol: 'grpc', encoding: 'none', shape, connections: 4, inFlight: 4, requests },
        ...{ spansPerSecond: rate, first: 0, open: true, ...more },
      });
      const { cpu, residentMiB } = usage(subject.pid);
      const sent = requests * spans;
      return {
        sent,
        cpu: (cpu - before.cpu) / (sent / 1e6),
        idleMiB: before.residentMiB,
        residentMiB,
        latency: result.latency,
        refused: Object.entries(result.outcomes).reduce((sum, [word, count]) => sum + (word === 'ok' ? 0 : count), 0),
      };
    },
    async close() {
      for (const subject of subjects) await subject.stop();
      await relay.stop();
      sink.stop();
    },
  };
}
