// Child processes of a run, and what the kernel says they used.
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const here = import.meta.dirname;
const running = new Set();

export function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer());
  return Promise.all(
    servers.map((s) => new Promise((resolve) => s.listen(0, '127.0.0.1', () => resolve(s.address().port)))),
  ).then((ports) => {
    for (const s of servers) s.close();
    return ports;
  });
}

/** A helper with an IPC channel: `ask(message)` resolves with its next answer. */
export async function helper(file, args = []) {
  const child = fork(path.join(here, file), args.map(String), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  child.on('exit', () => running.delete(child));
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    });
  await answer();
  return {
    pid: child.pid,
    async ask(message) {
      const pending = answer();
      child.send(message);
      const result = await pending;
      if (result.error) throw new Error(result.error);
      return result;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

/** Starts a program and waits until its port answers. Its last output is kept for the error message. */
export async function program(command, args, port, env = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  let tail = '';
  const keep = (data) => (tail = (tail + data).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let ended = false;
  child.on('exit', () => {
    ended = true;
    running.delete(child);
  });
  for (let i = 0; ; i++) {
    if (ended || i > 300) throw new Error(`${command} ${args.join(' ')} did not start:\n${tail}`);
    if (await reachable(port)) break;
    await new Promise((r) => setTimeout(r, 50));
  }
  return {
    pid: child.pid,
    output: () => tail,
    async stop() {
      if (ended) return;
      const gone = new Promise((r) => child.once('exit', r));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    },
  };
}

function reachable(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function tree(pid) {
  const children = new Map();
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
      if (!children.has(parent)) children.set(parent, []);
      children.get(parent).push(Number(entry));
    } catch {
      // It ended while we looked.
    }
  }
  const all = [pid];
  for (let i = 0; i < all.length; i++) all.push(...(children.get(all[i]) ?? []));
  return all;
}

/**
 * CPU-seconds so far, and the highest and the present RSS in MiB, of a process and its children. `cpu` is exact,
 * `user` and `system` are in ticks.
 */
export function usage(pid) {
  const sum = { cpu: 0, user: 0, system: 0, peakMiB: 0, residentMiB: 0 };
  for (const one of tree(pid)) {
    try {
      for (const task of fs.readdirSync(`/proc/${one}/task`)) {
        sum.cpu += Number(fs.readFileSync(`/proc/${one}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
      }
      const stat = fs.readFileSync(`/proc/${one}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      sum.user += Number(fields[11]) / 100;
      sum.system += Number(fields[12]) / 100;
      const status = fs.readFileSync(`/proc/${one}/status`, 'utf8');
      sum.peakMiB += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      sum.residentMiB += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      // It ended while we looked.
    }
  }
  return sum;
}

export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}
