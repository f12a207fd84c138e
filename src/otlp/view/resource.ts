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
    return this.advance();
  }

  get schemaUrl(): Range {
    return this.readRange(entitySchemaUrl, this.#schemaUrl);
  }

  get type(): Range {
    return this.readRange(entityType, this.#type);
  }

  idKeys(): TextList {
    return this.readScalars(idKeys, this.#idKeys);
  }

  descriptionKeys(): TextList {
    return this.readScalars(descriptionKeys, this.#descriptionKeys);
  }
}

const resource = new Layout('Resource');
const resourceDropped = resource.field('dropped_attributes_count');
const entityRefs = resource.field('entity_refs');

export class ResourceView extends AttributedView {
  readonly #entityRefs: EntityRefView = new EntityRefView();

  constructor() {
    super(resource, resource.field('attributes'));
  }

  get droppedAttributesCount(): number {
    return this.readUint32(resourceDropped);
  }

  entityRefs(): EntityRefView {
    return this.readList(entityRefs, this.#entityRefs);
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
    super(scope, scope.field('attributes'));
  }

  get name(): Range {
    return this.readRange(scopeName, this.#name);
  }

  get version(): Range {
    return this.readRange(scopeVersion, this.#version);
  }

  get droppedAttributesCount(): number {
    return this.readUint32(scopeDropped);
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
    return this.readMessage(resourceField, this.#resource);
  }

  get schemaUrl(): Range {
    return this.readRange(resourceSchemaUrl, this.#schemaUrl);
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
    return this.readMessage(scopeField, this.#scope);
  }

  get schemaUrl(): Range {
    return this.readRange(scopeSchemaUrl, this.#schemaUrl);
  }
}
