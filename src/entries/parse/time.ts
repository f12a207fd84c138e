import type { Clock } from '../../component/clock.js';
import { choice, group, map, text, type Report, type Schema, type Shape } from '../../component/schema/schema.js';
import { goLayout } from '../../formats/time/go-layout.js';
import { strptimeLayout } from '../../formats/time/layout-step.js';
import { formatFault, readingSteps } from '../../formats/time/strptime.js';
import { MomentReader } from '../../formats/time/moment-reader.js';
import { TimeText } from '../../formats/time/time-text.js';
import { hasZone, localZone, zoneNamed, type Zone } from '../../formats/time/time-zone.js';
import type { LineFields } from '../../otlp/lines/line-form.js';
import type { LogEntry } from '../entry.js';
import { goTypeOf, entryText } from '../entry-value.js';
import { compileField, fieldOption, type EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';
import { reportMissing } from '../operator-options.js';
import { absentField } from './absent-field.js';
import { EpochTime, epochLayouts } from './epoch.js';
import type { EntryStage } from './stage.js';

/** docs/spec/agent.md#stanza-operators, the timestamp block. */
export interface TimeOptions {
  readonly parse_from: string;
  readonly layout_type: 'strptime' | 'gotime' | 'epoch';
  readonly layout: string;
  readonly location: string;
  readonly time_zone_locations: Readonly<Record<string, string>>;
}

export const timeShape: Shape<TimeOptions> = {
  parse_from: fieldOption('', { about: 'Field with the time.' }),
  layout_type: choice(
    ['strptime', 'gotime', 'epoch'],
    'strptime',
    { about: 'How `layout` is written: directives such as `%Y`, a layout of Go, or a unit since 1970.' },
    (value) => `unsupported layout_type ${value}`,
  ),
  layout: text('', { about: 'The form of the time, such as `%Y-%m-%dT%H:%M:%S.%L%z`, `2006-01-02` or `s.ms`.' }),
  location: text(
    '',
    { about: 'Time zone of times that name none, such as `Europe/Berlin`. Default: that of the machine.' },
    (name) => (hasZone(name) ? undefined : unknownZone(name)),
  ),
  time_zone_locations: map(
    text('', undefined, (name) => (hasZone(name) ? undefined : unknownZone(name))),
    { about: 'Time zones of abbreviations that `%Z` reads, such as `PDT: America/Los_Angeles`.' },
  ),
};

function unknownZone(name: string): string {
  return `invalid 'location': failed to load location ${name}: unknown time zone ${name}`;
}

const missingTime = {
  parse_from: "missing required parameter 'parse_from'",
  layout: 'missing required configuration parameter `layout`',
};

/** The checks that look at several of the options. */
export function checkTime(options: TimeOptions, report: Report): void {
  const { layout, layout_type: type } = options;
  const at = ['layout'];
  reportMissing(options, missingTime, report);
  if (layout === '') return;
  if (type === 'epoch' && !isEpochLayout(layout))
    report(`invalid \`layout\` for \`epoch\` type`, at, undefined, `One of ${Object.keys(epochLayouts).join(', ')}.`);
  else if (type === 'strptime') {
    const fault = formatFault(layout);
    if (fault !== undefined) report(`invalid strptime layout: ${fault}`, at);
  }
}

export const timeBlock: Schema<TimeOptions> = group<TimeOptions>(timeShape, checkTime);

/** Makes the stage; the options were checked. */
export function timeStage(options: TimeOptions, clock: Clock): EntryStage {
  const from = compileField(options.parse_from);
  const { layout, layout_type: type } = options;
  if (type === 'epoch') return new EpochTime(from, layout);
  const steps = type === 'gotime' ? goLayout(layout) : strptimeLayout(readingSteps(layout));
  const named = new Map(Object.entries(options.time_zone_locations).map(([name, zone]) => [name, zoneNamed(zone)]));
  return new WrittenTime(from, new MomentReader(new TimeText(steps, layout), zoneOf(options), named), clock);
}

/** A layout that ends with the letter Z is UTC; else the machine's zone holds. */
function zoneOf({ location, layout }: TimeOptions): Zone {
  if (location !== '') return zoneNamed(location);
  return layout.endsWith('Z') && !layout.endsWith('%Z') ? undefined : localZone();
}

function isEpochLayout(layout: string): boolean {
  return Object.hasOwn(epochLayouts, layout);
}

class WrittenTime implements EntryStage {
  readonly #from: EntryField;
  readonly #key: string;
  readonly #reader: MomentReader;
  readonly #clock: Clock;

  constructor(from: EntryField, reader: MomentReader, clock: Clock) {
    this.#from = from;
    this.#key = from.keys.at(-1) ?? '';
    this.#reader = reader;
    this.#clock = clock;
  }

  get fields(): LineFields | undefined {
    const name = this.#from.attribute;
    const form = this.#reader.usualForm;
    return name === undefined || form === undefined ? undefined : { time: { name, form } };
  }

  apply(entry: LogEntry): EntryFailure | undefined {
    const reader = this.#reader;
    const map = this.#from.mapAround(entry);
    const at = map?.placeOf(this.#key) ?? -1;
    let isRead: boolean;
    if (map?.isTextAt(at)) isRead = reader.readBytes(map.bytes, map.startAt(at), map.endAt(at), this.#clock.unixMs());
    else {
      const value = this.#from.get(entry);
      if (value === undefined) return absentField(this.#from);
      const written = entryText(value);
      if (written === undefined) return new EntryFailure(`type ${goTypeOf(value)} cannot be parsed as a time`);
      isRead = reader.read(written, this.#clock.unixMs());
    }
    if (!isRead) return new EntryFailure(reader.fault);
    entry.setTime(reader.seconds, reader.nanos);
    return undefined;
  }
}
