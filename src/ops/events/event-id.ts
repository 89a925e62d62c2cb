import { EVENT_SOURCES, type EventPositions } from '../../redis/streams/event-streams.js';
import { isStreamId } from '../../redis/streams/stream-entry.js';

const VERSION = '1';
const NOTHING = '0-0';
const DIGEST = /^[0-9a-f]{0,12}$/;

/** How far a client has read: the last entry of each stream, and the digest of the fleet that it knows. */
export interface Place {
  readonly positions: EventPositions;
  readonly fleet: string;
}

/** The id of an event: every process of the deployment can go on from it. */
export function eventIdOf({ positions, fleet }: Place): string {
  return [VERSION, ...EVENT_SOURCES.map((source) => positions[source]), fleet].join('.');
}

/** `undefined` for a text that is no event id of this version. */
export function placeOf(eventId: string): Place | undefined {
  const parts = eventId.split('.');
  const [version, plans = '', permits = '', results = '', control = '', fleet = ''] = parts;
  const isPosition = (id: string): boolean => id === NOTHING || isStreamId(id);
  if (version !== VERSION || parts.length !== 6 || ![plans, permits, results, control].every(isPosition))
    return undefined;
  return DIGEST.test(fleet) ? { positions: { plans, permits, results, control }, fleet } : undefined;
}
