import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { Range } from './range.js';
import { Fixed64List, Int32List, Varint64List } from './scalar-list.js';
import { Word64 } from './word64.js';

const valueType = new Layout('ValueType');
const typeIndex = valueType.field('type_strindex');
const unitIndex = valueType.field('unit_strindex');

/** The meaning of the values of a profile: places in the string table of the dictionary. */
export class ValueTypeView extends MessageView {
  constructor() {
    super(valueType);
  }

  get typeStrindex(): number {
    return this.fields.int32(typeIndex);
  }

  get unitStrindex(): number {
    return this.fields.int32(unitIndex);
  }
}

const sample = new Layout('Sample');
const stackIndex = sample.field('stack_index');
const sampleAttributes = sample.field('attribute_indices');
const linkIndex = sample.field('link_index');
const values = sample.field('values');
const timestamps = sample.field('timestamps_unix_nano');

/** One sample of a profile. Its indices are places in the tables of the dictionary. */
export class SampleView extends MessageView {
  readonly #attributeIndices: Int32List = new Int32List();
  readonly #values: Varint64List = new Varint64List();
  readonly #timestamps: Fixed64List = new Fixed64List();

  constructor() {
    super(sample);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get stackIndex(): number {
    return this.fields.int32(stackIndex);
  }

  attributeIndices(): Int32List {
    this.#attributeIndices.begin(this.fields, sampleAttributes);
    return this.#attributeIndices;
  }

  get linkIndex(): number {
    return this.fields.int32(linkIndex);
  }

  /** In two's complement. */
  values(): Varint64List {
    this.#values.begin(this.fields, values);
    return this.#values;
  }

  timestampsUnixNano(): Fixed64List {
    this.#timestamps.begin(this.fields, timestamps);
    return this.#timestamps;
  }
}

const profile = new Layout('Profile');
const sampleType = profile.field('sample_type');
const samples = profile.field('samples');
const time = profile.field('time_unix_nano');
const duration = profile.field('duration_nano');
const periodType = profile.field('period_type');
const period = profile.field('period');
const profileId = profile.field('profile_id');
const dropped = profile.field('dropped_attributes_count');
const payloadFormat = profile.field('original_payload_format');
const payload = profile.field('original_payload');
const profileAttributes = profile.field('attribute_indices');

export class ProfileView extends MessageView {
  readonly #sampleType: ValueTypeView = new ValueTypeView();
  readonly #samples: SampleView = new SampleView();
  readonly #time: Word64 = new Word64();
  readonly #duration: Word64 = new Word64();
  readonly #periodType: ValueTypeView = new ValueTypeView();
  readonly #period: Word64 = new Word64();
  readonly #profileId: Range = new Range();
  readonly #payloadFormat: Range = new Range();
  readonly #payload: Range = new Range();
  readonly #attributeIndices: Int32List = new Int32List();

  constructor() {
    super(profile);
  }

  get sampleType(): ValueTypeView {
    this.fields.message(sampleType, this.#sampleType.fields);
    return this.#sampleType;
  }

  samples(): SampleView {
    this.fields.list(samples, this.#samples.fields);
    return this.#samples;
  }

  get timeUnixNano(): Word64 {
    return this.fields.fixed64(time, this.#time);
  }

  get durationNano(): Word64 {
    return this.fields.varint64(duration, this.#duration);
  }

  get periodType(): ValueTypeView {
    this.fields.message(periodType, this.#periodType.fields);
    return this.#periodType;
  }

  /** In two's complement. */
  get period(): Word64 {
    return this.fields.varint64(period, this.#period);
  }

  get profileId(): Range {
    return this.fields.range(profileId, this.#profileId);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(dropped);
  }

  get originalPayloadFormat(): Range {
    return this.fields.range(payloadFormat, this.#payloadFormat);
  }

  get originalPayload(): Range {
    return this.fields.range(payload, this.#payload);
  }

  attributeIndices(): Int32List {
    this.#attributeIndices.begin(this.fields, profileAttributes);
    return this.#attributeIndices;
  }
}
