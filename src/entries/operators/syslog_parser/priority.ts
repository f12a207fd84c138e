/** Names of the facilities by their number (RFC 5427, and those in use). */
export const facilities: readonly string[] = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news',
  'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'security', 'console', 'cron2',
  'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
]; // prettier-ignore

/** A severity of syslog as a log record has it. */
export interface SyslogLevel {
  readonly severity: number;
  readonly text: string;
}

/** By the number of syslog, 0 to 7. */
export const levels: readonly SyslogLevel[] = [
  { severity: 21, text: 'emerg' },
  { severity: 19, text: 'alert' },
  { severity: 18, text: 'crit' },
  { severity: 17, text: 'err' },
  { severity: 13, text: 'warning' },
  { severity: 10, text: 'notice' },
  { severity: 9, text: 'info' },
  { severity: 5, text: 'debug' },
];
