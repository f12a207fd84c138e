// Lines of log files: written at a rate, with rotation by renaming, while a program reads them and sends them to a
// sink; files in which nothing happens; and a backlog that is there already.
import fs from 'node:fs';
import path from 'node:path';
import { LineBlock } from './log-lines.mjs';
import { freePorts, helper, program, usage } from './process.mjs';
import { summary } from './statistics.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function lines({ workload, options, folder, commands, progress }) {
  const results = [];
  for (const variant of workload.lines.variants) {
    if (options.quick && !variant.quick) continue;
    const subjects = [];
    for (const [name, command] of commands) {
      progress(`${workload.name}: ${variant.what}, ${name}`);
      subjects.push(await measureVariant({ workload, variant, options, folder, name, command }));
    }
    results.push({
      ...{ lines: true, workload: workload.name, what: variant.what, idleFiles: variant.idleFiles },
      ...{ rounds: subjects[0]?.rounds, subjects },
    });
  }
  return results;
}

async function measureVariant({ workload, variant, options, folder, name, command }) {
  const [sinkGrpc, sinkHttp, metricsPort] = await freePorts(3);
  const sink = await helper('sink.mjs', [sinkGrpc, sinkHttp]);
  const logs = fs.mkdtempSync(path.join(folder, 'logs-'));
  const config = path.join(folder, `${workload.name}-${name}-${metricsPort}.yaml`);
  fs.writeFileSync(config, JSON.stringify(workload.config({ variant, logs, sink: sinkGrpc, metricsPort }), null, 2));
  const [executable, ...args] = command.replaceAll('{config}', config).split(' ');
  const world = { variant, logs, sink, options };
  if (variant.idleFiles) idleFiles(world);
  const running = await program(executable, args, metricsPort);
  try {
    if (variant.idleFiles) return { name, ...(await idle(running, world)) };
    return { name, ...(await (variant.backlogLines ? backlog(running, world) : live(running, world))) };
  } finally {
    await running.stop();
    sink.stop();
    fs.rmSync(logs, { recursive: true, force: true });
  }
}

function idleFiles({ variant, logs }) {
  for (let i = 0; i < variant.idleFiles; i++)
    fs.writeFileSync(path.join(logs, `app-${i}.log`), new LineBlock('raw', 200, 10).from(i * 10));
}

async function idle({ pid }, { variant, options }) {
  const rounds = Number(options.rounds ?? 5);
  const seconds = variant.seconds ?? 10;
  await pause(5000);
  const shares = [];
  for (let round = 0; round < rounds; round++) {
    const before = usage(pid).cpu;
    await pause(seconds * 1000);
    shares.push(((usage(pid).cpu - before) / seconds) * 100);
  }
  return { rounds, share: summary(shares), residentMiB: usage(pid).residentMiB };
}

/** A round is a file of lines that appears at once; it lies beside the others when it has been read. */
async function backlog({ pid }, { variant, logs, sink, options }) {
  const rounds = Number(options.rounds ?? 1);
  const cpus = [];
  const block = new LineBlock(variant.form, variant.lineBytes, 4096);
  let first = 0;
  let seconds = 0;
  for (let round = 0; round < rounds; round++) {
    const file = path.join(logs, `backlog-${round}.out`);
    const handle = fs.openSync(file, 'w');
    for (let line = 0; line < variant.backlogLines; line += block.lines) fs.writeSync(handle, block.from(first + line));
    fs.closeSync(handle);
    await sink.ask({ reset: true });
    const before = usage(pid).cpu;
    const began = performance.now();
    fs.renameSync(file, file.replace('.out', '.log'));
    await arrived(sink, variant.backlogLines);
    seconds += (performance.now() - began) / 1000;
    cpus.push((usage(pid).cpu - before) / (variant.backlogLines / 1e6));
    first += variant.backlogLines;
    fs.rmSync(file.replace('.out', '.log'));
  }
  const linesPerSecond = (variant.backlogLines * rounds) / seconds;
  return { rounds, cpu: summary(cpus), linesPerSecond, peakMiB: usage(pid).peakMiB, lost: 0, duplicated: 0 };
}

/**
 * Lines are appended at a rate, in blocks, to each file in turn; files are renamed when they are large. V8 compiles for
 * the first twenty seconds, on threads whose CPU time counts: an agent runs for weeks.
 */
async function live({ pid }, { variant, logs, sink, options }) {
  const rounds = Number(options.rounds ?? 5);
  const { rate, form, lineBytes, files = 1, seconds = 5, warmSeconds = 25, rotateMiB = 32 } = variant;
  const perBlock = Math.max(1, Math.min(1000, Math.floor(rate / 50 / files)));
  const block = new LineBlock(form, lineBytes, perBlock);
  const handles = Array.from({ length: files }, (_, i) => open(logs, i));
  let next = 0;
  const write = async (forSeconds) => {
    const began = performance.now();
    const total = Math.round((rate * forSeconds) / perBlock / files) * files;
    for (let written = 0; written < total; written++) {
      const due = began + (written * perBlock * 1000) / rate;
      if (due > performance.now() + 2) await pause(due - performance.now());
      const file = handles[written % files];
      fs.writeSync(file.handle, block.from(next));
      next += perBlock;
      file.size += block.bytes.length;
      if (file.size > rotateMiB * 2 ** 20) rotate(file);
    }
    return total * perBlock;
  };
  await sink.ask({ reset: true });
  await arrived(sink, await write(warmSeconds));
  const cpus = [];
  let lost = 0;
  let duplicated = 0;
  for (let round = 0; round < rounds; round++) {
    await sink.ask({ reset: true });
    const first = next;
    const before = usage(pid).cpu;
    const count = await write(seconds);
    await arrived(sink, count);
    cpus.push((usage(pid).cpu - before) / (count / 1e6));
    await pause(300);
    const { seen } = await sink.ask({ seen: next });
    const times = Buffer.from(seen, 'base64').subarray(first);
    for (const time of times) {
      if (time === 0) lost++;
      else duplicated += time - 1;
    }
  }
  for (const { handle } of handles) fs.closeSync(handle);
  return { rounds, cpu: summary(cpus), linesPerSecond: rate, peakMiB: usage(pid).peakMiB, lost, duplicated };
}

function open(logs, number) {
  const folder = path.join(logs, `default_app-${number}_0123abcd-0000-0000-0000-000000000000`, 'main');
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, '0.log');
  return { file, handle: fs.openSync(file, 'a'), size: 0, rotations: 0 };
}

/** The globs find the rotated file too: on a busy machine two rotations may lie between two looks. */
function rotate(file) {
  fs.renameSync(file.file, file.file.replace('0.log', `${++file.rotations}.log`));
  fs.rmSync(file.file.replace('0.log', `${file.rotations - 8}.log`), { force: true });
  fs.closeSync(file.handle);
  file.handle = fs.openSync(file.file, 'a');
  file.size = 0;
}

async function arrived(sink, count) {
  for (let last = 0, still = 0; ;) {
    const { received } = await sink.ask({});
    if (received >= count) return;
    still = received === last ? still + 1 : 0;
    if (still > 1000) throw new Error(`${received} of ${count} lines arrived`);
    last = received;
    await pause(10);
  }
}
