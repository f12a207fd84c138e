// A component that holds data back is measured while it runs full: CPU over a time in which as much leaves as comes,
// memory for each span that is held, and the longest wait of a sender, which shows the pauses of the event loop.
import { payload } from './payload.mjs';
import { openStand } from './stand.mjs';
import { summary } from './statistics.mjs';

export async function held({ workload, options, folder, commands, generator, progress }) {
  const { rate, waitSeconds, warmSeconds, seconds, relaySeconds } = workload.held;
  const shape = options.shape ?? 'M';
  const {
    shape: { spans },
    bytes,
  } = payload(shape);
  const rounds = Number(options.rounds ?? 3);
  const label = workload.name;
  const stand = await openStand({ workload, label, shape, rate, folder, commands, generator });
  const { subjects, relay, sink } = stand;
  let first = 0;
  const send = async (subject, forSeconds) => {
    const run = await stand.measured(subject, forSeconds, { first });
    // New traces each time: decisions on those before are remembered.
    first += run.sent;
    return run;
  };
  const relays = [];
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      progress(`${label}: round ${round + 1} of ${rounds}, ${subject.name}: filling`);
      const { idleMiB } = await send(subject, warmSeconds);
      progress(`${label}: round ${round + 1} of ${rounds}, ${subject.name}`);
      // The first round grows to what the others use again.
      const run = await send(subject, seconds);
      const { received } = await sink.ask({});
      subject.runs.push({ ...run, idleMiB, kept: received / run.sent });
      // Held data leaves before the next one is measured.
      await new Promise((resolve) => setTimeout(resolve, (waitSeconds + 2) * 1000));
    }
    progress(`${label}: round ${round + 1} of ${rounds}, relay`);
    relays.push((await send(relay, relaySeconds)).cpu);
  }
  await stand.close();
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
