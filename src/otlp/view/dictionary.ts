import type { Backing } from './backing.js';
import {
  FunctionView,
  KeyValueAndUnitView,
  LocationView,
  MappingView,
  ProfileLinkView,
  StackView,
} from './dictionary-entries.js';
import { Layout } from './layout.js';
import { MessageFields } from './message-fields.js';
import { MessageView } from './message.js';
import { TextList } from './scalar-list.js';

const data = new Layout('ProfilesData');
const dictionaryField = data.field('dictionary');
const dictionary = new Layout('ProfilesDictionary');
const mappingTable = dictionary.field('mapping_table');
const locationTable = dictionary.field('location_table');
const functionTable = dictionary.field('function_table');
const linkTable = dictionary.field('link_table');
const stringTable = dictionary.field('string_table');
const attributeTable = dictionary.field('attribute_table');
const stackTable = dictionary.field('stack_table');

/**
 * The tables that the profiles of a request refer to by place. They are read front to back; `start` and `end` of an
 * entry say where it lies, for a reader that comes back to it.
 */
export class DictionaryView extends MessageView {
  readonly #mappings: MappingView = new MappingView();
  readonly #locations: LocationView = new LocationView();
  readonly #functions: FunctionView = new FunctionView();
  readonly #links: ProfileLinkView = new ProfileLinkView();
  readonly #strings: TextList = new TextList();
  readonly #attributes: KeyValueAndUnitView = new KeyValueAndUnitView();
  readonly #stacks: StackView = new StackView();

  constructor() {
    super(dictionary);
  }

  /** Moves to the dictionary of a request for profiles, which is empty when none was sent. */
  open(backing: Backing): this {
    const request = new MessageFields(data);
    request.move(backing, 0, backing.bytes.length);
    request.message(dictionaryField, this.fields);
    return this;
  }

  mappingTable(): MappingView {
    this.fields.list(mappingTable, this.#mappings.fields);
    return this.#mappings;
  }

  locationTable(): LocationView {
    this.fields.list(locationTable, this.#locations.fields);
    return this.#locations;
  }

  functionTable(): FunctionView {
    this.fields.list(functionTable, this.#functions.fields);
    return this.#functions;
  }

  linkTable(): ProfileLinkView {
    this.fields.list(linkTable, this.#links.fields);
    return this.#links;
  }

  stringTable(): TextList {
    this.#strings.begin(this.fields, stringTable);
    return this.#strings;
  }

  attributeTable(): KeyValueAndUnitView {
    this.fields.list(attributeTable, this.#attributes.fields);
    return this.#attributes;
  }

  stackTable(): StackView {
    this.fields.list(stackTable, this.#stacks.fields);
    return this.#stacks;
  }
}
