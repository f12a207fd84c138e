/** A name of the IANA database, an offset such as `+05:30`, or undefined for UTC: as in `Time`. */
export type Zone = string | undefined;

/** Offsets change at most each 15 minutes of the clock in UTC. */
const quarter = 900;

/** Quarters of an hour that a reader remembers: times of a batch lie close together. */
const remembered = 256;

interface Reader {
  readonly format: Intl.DateTimeFormat;
  /** By the lowest bits of the quarter. */
  readonly quarters: Float64Array;
  readonly offsets: Int32Array;
}

const readers = new Map<string, Reader>();

/** Seconds by which the clocks of a zone are before UTC at an instant (seconds since 1970). */
export function offsetAt(zone: Zone, seconds: number): number {
  if (zone === undefined) return 0;
  if (zone.startsWith('+') || zone.startsWith('-')) return fixedOffset(zone);
  const reader = readerOf(zone);
  const at = Math.floor(seconds / quarter);
  const slot = at & (remembered - 1);
  if (reader.quarters[slot] === at) return reader.offsets[slot] ?? 0;
  const name = reader.format.formatToParts(new Date(at * quarter * 1000)).find(({ type }) => type === 'timeZoneName');
  const offset = fixedOffset((name?.value ?? '').replace('GMT', ''));
  reader.quarters[slot] = at;
  reader.offsets[slot] = offset;
  return offset;
}

/** Seconds since 1970 of a clock in a zone, whose reading in UTC would be `local`. In a gap the later offset holds. */
export function instantOf(local: number, zone: Zone): number {
  const guess = offsetAt(zone, local);
  return local - (guess === 0 ? 0 : offsetAt(zone, local - guess));
}

const shortZones = new Set([
  'CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET',
]); // prettier-ignore

/** Whether there is a zone of this name. Names are case sensitive, as the files of the database are. */
export function isZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  // ICU takes `PST` and `IST` for zones, the database does not.
  if (/^[A-Z]{3}$/.test(name) && !shortZones.has(name)) return false;
  try {
    return readerOf(name) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether `zoneNamed` knows a zone of this name. */
export function hasZone(name: string): boolean {
  return name === '' || name === 'Local' || isZone(name);
}

/** A zone for a name of the database, for `Local`, and for the empty name, which is UTC. */
export function zoneNamed(name: string): Zone {
  if (name === '' || name === 'UTC') return undefined;
  return name === 'Local' ? localZone() : name;
}

let local: Zone | null = null;

/** The zone that the machine is set to. */
export function localZone(): Zone {
  if (local === null) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    local = timeZone === 'UTC' || timeZone === 'Etc/UTC' ? undefined : timeZone;
  }
  return local;
}

/** `+05:30` for seconds before UTC. */
export function offsetName(offset: number): string {
  const absolute = Math.abs(offset);
  const parts = [Math.floor(absolute / 3600), Math.floor(absolute / 60) % 60];
  if (absolute % 60 !== 0) parts.push(absolute % 60);
  return (offset < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** Seconds of `+05:30`, `-07:00:30`, or `` for 0. */
function fixedOffset(text: string): number {
  if (text === '') return 0;
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(':').map(Number);
  const absolute = hours * 3600 + minutes * 60 + seconds;
  return text.startsWith('-') || text.startsWith('−') ? -absolute : absolute;
}

function readerOf(zone: string): Reader {
  const known = readers.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const quarters = new Float64Array(remembered).fill(Number.NaN);
  const reader: Reader = { format, quarters, offsets: new Int32Array(remembered) };
  readers.set(zone, reader);
  return reader;
}
