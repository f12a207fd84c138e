import type { Component } from './deployment.js';

/** The component looks the sender up by the address of its connection, unless the data says better. */
export function associatesByConnection({ traits, config }: Component): boolean {
  if (traits.looksUpSender !== true) return false;
  const associations = config.at('pod_association');
  if (!associations.isSet) return true;
  return associations.items().some((association) =>
    association
      .at('sources')
      .items()
      .some((source) => source.at('from').textOr('') === 'connection'),
  );
}

/** Values of `identify_by` that are of a request's sender and of the way by which the request came. */
const ofSender = ['peer', 'connection', 'receiver'];

/** The component tells writers apart by the senders of requests. */
export function namesWritersBySender({ traits, config }: Component): boolean {
  if (traits.namesWriters !== true) return false;
  const sources = config.at('identify_by');
  return !sources.isSet || sources.items().some((source) => ofSender.includes(source.textOr('') ?? ''));
}
