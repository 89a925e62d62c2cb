import type { KeyName } from './keys.js';

/** The keys of these rows are under {@link addressPrefixOf} where EXCHANGE_ADDRESS_GROUP is set: other deployments share them. */
export const ADDRESS_KEYS: ReadonlySet<KeyName> = new Set<KeyName>(['ban', 'exchangeUsage']);

/** The prefix of what all deployments behind one address share; in one slot of a cluster. */
export function addressPrefixOf(group: string): string {
  return `{address-group:${group}}:`;
}
