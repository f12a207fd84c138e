import { AttributedView } from './attributes.js';
import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { Range } from './range.js';
import { TextList } from './scalar-list.js';

const entityRef = new Layout('EntityRef');
const entitySchemaUrl = entityRef.field('schema_url');
const entityType = entityRef.field('type');
const idKeys = entityRef.field('id_keys');
const descriptionKeys = entityRef.field('description_keys');

/** An entity that a resource describes: which of the attributes identify it, and which describe it. */
export class EntityRefView extends MessageView {
  readonly #schemaUrl: Range = new Range();
  readonly #type: Range = new Range();
  readonly #idKeys: TextList = new TextList();
  readonly #descriptionKeys: TextList = new TextList();

  constructor() {
    super(entityRef);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get schemaUrl(): Range {
    return this.fields.range(entitySchemaUrl, this.#schemaUrl);
  }

  get type(): Range {
    return this.fields.range(entityType, this.#type);
  }

  idKeys(): TextList {
    this.#idKeys.begin(this.fields, idKeys);
    return this.#idKeys;
  }

  descriptionKeys(): TextList {
    this.#descriptionKeys.begin(this.fields, descriptionKeys);
    return this.#descriptionKeys;
  }
}

const resource = new Layout('Resource');
const resourceDropped = resource.field('dropped_attributes_count');
const entityRefs = resource.field('entity_refs');

export class ResourceView extends AttributedView {
  readonly #entityRefs: EntityRefView = new EntityRefView();

  constructor() {
    super(resource);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(resourceDropped);
  }

  entityRefs(): EntityRefView {
    this.fields.list(entityRefs, this.#entityRefs.fields);
    return this.#entityRefs;
  }
}

const scope = new Layout('InstrumentationScope');
const scopeName = scope.field('name');
const scopeVersion = scope.field('version');
const scopeDropped = scope.field('dropped_attributes_count');

export class ScopeView extends AttributedView {
  readonly #name: Range = new Range();
  readonly #version: Range = new Range();

  constructor() {
    super(scope);
  }

  get name(): Range {
    return this.fields.range(scopeName, this.#name);
  }

  get version(): Range {
    return this.fields.range(scopeVersion, this.#version);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(scopeDropped);
  }
}

// The four signals number these fields alike, which a test holds them to.
const resourceLevel = new Layout('ResourceSpans');
const resourceField = resourceLevel.field('resource');
const resourceSchemaUrl = resourceLevel.field('schema_url');

/** A ResourceSpans, ResourceMetrics, ResourceLogs or ResourceProfiles, without its scopes. */
export class ResourceLevelView extends MessageView {
  readonly #resource: ResourceView = new ResourceView();
  readonly #schemaUrl: Range = new Range();

  constructor() {
    super(resourceLevel);
  }

  get resource(): ResourceView {
    this.fields.message(resourceField, this.#resource.fields);
    return this.#resource;
  }

  get schemaUrl(): Range {
    return this.fields.range(resourceSchemaUrl, this.#schemaUrl);
  }
}

const scopeLevel = new Layout('ScopeSpans');
const scopeField = scopeLevel.field('scope');
const scopeSchemaUrl = scopeLevel.field('schema_url');

/** A ScopeSpans, ScopeMetrics, ScopeLogs or ScopeProfiles, without its items. */
export class ScopeLevelView extends MessageView {
  readonly #scope: ScopeView = new ScopeView();
  readonly #schemaUrl: Range = new Range();

  constructor() {
    super(scopeLevel);
  }

  get scope(): ScopeView {
    this.fields.message(scopeField, this.#scope.fields);
    return this.#scope;
  }

  get schemaUrl(): Range {
    return this.fields.range(scopeSchemaUrl, this.#schemaUrl);
  }
}
