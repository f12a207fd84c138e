import { apiText, apiValue, type ApiJson } from '../../kubernetes/json.js';

/** A Lease's fields about its holder, as Kubernetes' own electors write them. */
export interface LeaseRecord {
  /** '' for one that was released. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquired: string;
  readonly renewed: string;
  readonly transitions: number;
}

/** The record of an object; without a holder where nobody has held it yet. */
export function readLease(object: ApiJson): LeaseRecord {
  const number = (name: string): number => {
    const found = apiValue(object, 'spec', name);
    return typeof found === 'number' && Number.isFinite(found) ? found : 0;
  };
  return {
    holder: apiText(object, 'spec', 'holderIdentity') ?? '',
    durationSeconds: number('leaseDurationSeconds'),
    acquired: apiText(object, 'spec', 'acquireTime') ?? '',
    renewed: apiText(object, 'spec', 'renewTime') ?? '',
    transitions: number('leaseTransitions'),
  };
}

/** The object with another record: everything else of it stays, its version too. */
export function withRecord(object: ApiJson, record: LeaseRecord): ApiJson {
  const known = typeof object === 'object' && object !== null ? object : {};
  const spec = apiValue(object, 'spec');
  return {
    ...known,
    spec: {
      ...(typeof spec === 'object' && spec !== null ? spec : {}),
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquired,
      renewTime: record.renewed,
      leaseTransitions: record.transitions,
    },
  };
}

/** A new object. */
export function newLease(namespace: string, name: string, record: LeaseRecord): ApiJson {
  const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } };
  return withRecord(object, record);
}

/** A time as these objects have it: with microseconds. */
export function microTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/Z$/, '000Z');
}
