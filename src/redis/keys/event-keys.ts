import type { Keys } from './keys.js';

/** The keys of every script that reports an event. */
export function eventKeys(keys: Keys) {
  return { governorEvents: keys.governorEvents(), keptEvents: keys.keptEvents() };
}
