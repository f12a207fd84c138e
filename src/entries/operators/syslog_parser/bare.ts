import { readPriority } from './header.js';
import type { SyslogMessage } from './syslog-message.js';

/** Reads nothing but a priority, if there is one; the rest is the message (protocol `none`). */
export function parseBare(message: SyslogMessage): boolean {
  const at = readPriority(message, 'optional');
  const from = at < 0 ? message.start : at;
  if (from < message.end) message.message.set(from, message.end);
  return true;
}
