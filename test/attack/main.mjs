// npm run attack [-- NAME... --small --list]: hostile peers against a gateway under KANMON_MEMORY_LIMIT_MIB=512, one
// attack after the other on loopback, each with a gateway of its own and a well-behaved client beside it. Fails when
// the process ends, when its memory goes more than 100 MiB above the limit, when the well-behaved client is shut
// out, when the ledger does not balance or its final line is missing. `--small` has small sizes (for CI) and only
// prints the longest wait, because a busy machine makes everybody wait.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts, helper, stopAll, Target } from './lib/processes.mjs';
import { configOf } from './lib/config.mjs';
import { ledgerFaults } from './lib/ledger.mjs';

const limitMiB = 512;
const aboveMiB = 100;
/** Longest wait of the well-behaved client, milliseconds. */
const mostWaitMs = 250;
/** `--drain-timeout` of a gateway whose attack sets none, seconds. */
const defaultDrainSeconds = 25;
/** A gateway that has not ended this long after its drain is killed, milliseconds: 4 s are its own bound. */
const afterDrainMs = 7000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});
process.on('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const folder = path.join(import.meta.dirname, 'attacks');
const attacks = [];
for (const file of fs.readdirSync(folder).sort()) attacks.push(...(await import(path.join(folder, file))).attacks);
const asked = attacks.filter(({ name }) => positionals.length === 0 || positionals.some((one) => name.includes(one)));
if (options.list) {
  for (const { name, number } of attacks) console.log(`${name} (${number})`);
  process.exit(0);
}
if (asked.length === 0) throw new Error(`no attack is named ${positionals.join(' or ')}; --list shows the names`);

const failed = [];
let worst = 0;
for (const [i, attack] of asked.entries()) {
  const began = Date.now();
  const { figures, faults } = await suffer(attack);
  worst = Math.max(worst, figures.worstMs);
  const verdict = faults.length === 0 ? 'ok  ' : 'FAIL';
  console.log(
    `${verdict} ${i + 1}/${asked.length} ${attack.name} (${((Date.now() - began) / 1000).toFixed(1)} s): ` +
      `longest wait ${figures.worstMs.toFixed(0)} ms, peak RSS ${figures.peakMiB.toFixed(0)} MiB, ` +
      `client ${figures.accepted} accepted ${figures.refused} refused ${figures.unanswered} unanswered` +
      (figures.note === '' ? '' : `; ${figures.note}`),
  );
  for (const fault of faults) console.log(`     ${fault}`);
  if (faults.length > 0) failed.push(attack.name);
}
console.log(
  `${asked.length - failed.length} of ${asked.length} attacks withstood, longest wait ${worst.toFixed(0)} ms`,
);
if (failed.length > 0) {
  console.error(`not withstood: ${failed.join(', ')}`);
  process.exit(1);
}
process.exit(0);

/** Runs one attack and judges it. */
async function suffer(attack) {
  const [grpc, http, zpages, health, sinkGrpc, sinkHttp, spare, spare2] = await freePorts(8);
  const ports = { grpc, http, zpages, health, sinkGrpc, sinkHttp, spare, spare2 };
  const faults = [];
  const sink = await helper('sink.mjs', { ports: { grpc: sinkGrpc, http: sinkHttp } });
  const before = await attack.prepare?.({ ports, small: options.small });
  const target = await Target.start(configOf(ports, attack.config?.({ ports, before }) ?? {}), attack.start ?? {});
  const client = await helper('client.mjs', { kind: 'start', ports: attack.client?.(ports) ?? { grpc, http } }, -10);
  // Functions that run for the first time are slow; what is measured is a gateway at work.
  await pause(options.small ? 300 : 1500);
  await client.ask({ kind: 'reset' });
  let note = '';
  try {
    note = (await attack.run({ target, ports, small: options.small, before, faults, pause })) ?? '';
  } catch (error) {
    faults.push(`the attack itself failed: ${error.stack}`);
  }
  if (target.ended) faults.push(`the process ended: ${target.output.slice(-1500)}`);
  // The last requests may still be in work.
  await pause(options.small ? 200 : 500);
  const counts = await client.ask({ kind: 'stop' });
  const peakMiB = target.peakRssMiB;
  const mostMiB = limitMiB + aboveMiB;
  if (peakMiB > mostMiB) faults.push(`peak RSS ${peakMiB.toFixed(0)} MiB is above ${mostMiB}`);
  const allowedMs = attack.mostWaitMs ?? mostWaitMs;
  if (!options.small && counts.worstMs > allowedMs)
    faults.push(`the well-behaved client waited ${counts.worstMs.toFixed(0)} ms, allowed are ${allowedMs}`);
  if (attack.shutsOut !== true && counts.accepted <= counts.refused + counts.unanswered)
    faults.push(`the well-behaved client was shut out: ${JSON.stringify(counts.answers)}`);
  client.stop();
  const code = await target.stop(attack.endsWithinMs ?? drainMs(attack.start?.args ?? []) + afterDrainMs);
  const log = attack.log ? attack.log({ target, before }) : target.output;
  if (code === 'SIGKILL') faults.push('it did not end in time after SIGTERM');
  else if (!(attack.ends ?? [0]).includes(code)) faults.push(`exit ${code} after SIGTERM: ${log.slice(-1500)}`);
  faults.push(...ledgerFaults(log), ...(attack.judge?.(log, before, target) ?? []));
  sink.stop();
  await attack.cleanUp?.(before);
  return { figures: { ...counts, peakMiB, note }, faults };
}

/** How long a gateway with these arguments may hand on what it holds. */
function drainMs(args) {
  const at = args.indexOf('--drain-timeout');
  return (at < 0 ? defaultDrainSeconds : Number.parseFloat(args[at + 1])) * 1000;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
