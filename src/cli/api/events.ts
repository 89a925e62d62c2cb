import { colour } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, objects, text } from './reading.js';

/** One event on one line. */
export function eventText(event: Answer): string {
  const type = text(event['type']);
  const atMs = number(event['at_ms']);
  const time = atMs === undefined ? '–' : new Date(atMs).toISOString().slice(11, 23);
  return [colour.dim(time), coloured(type), ...detailsOf(type, event)].filter((part) => part !== '').join(' ');
}

function coloured(type: string): string {
  if (type === 'permit.denied' || type === 'events.gap') return colour.red(type);
  return type === 'order.sent' ? colour.green(type) : colour.bold(type);
}

const given = (value: unknown): string => (value === '' || value === null || value === undefined ? '' : text(value));
const planOf = (event: Answer): string[] => [
  given(event['symbol']),
  `${text(event['plan_id'])}#${given(event['attempt']) || '–'}`,
];
const because = (event: Answer): string => {
  const by = given(event['by']);
  return [given(event['reason']), by === '' ? '' : `(${by})`].filter((part) => part !== '').join(' ');
};

function detailsOf(type: string, event: Answer): string[] {
  switch (type) {
    case 'plan.published':
      return [...planOf(event), text(event['action']), text(event['decision']), codesOf(event)];
    case 'permit.issued':
      return [...planOf(event), text(event['issuer']), `quantity=${text(event['quantity'])}`];
    case 'permit.denied':
      return [...planOf(event), text(event['issuer']), text(event['reason'])];
    case 'order.sent':
      return [...planOf(event), given(event['side']), given(event['quantity']), text(event['client_order_id'])];
    case 'result.recorded':
      return [...planOf(event), text(event['state']), given(event['error']), given(event['reason'])];
    case 'control.changed':
      return [text(event['change']), given(event['symbol']), because(event)];
    case 'hold.changed':
      return [text(event['symbol']), event['on_hold'] === true ? 'on hold:' : 'lifted:', because(event)];
    case 'fleet.changed':
      return [fleetOf(event)];
    case 'events.gap':
      return [text(event['detail'])];
    case 'state':
      return [stateOf(event)];
    default:
      return [given(event['symbol'])];
  }
}

const codesOf = ({ reason_codes: codes }: Answer): string => (Array.isArray(codes) ? codes.map(text).join(',') : '');

function fleetOf(event: Answer): string {
  const lives = objects(event['instances']).map(({ role, instance }) => `${text(role)}/${text(instance)}`);
  const missing = Array.isArray(event['missing_roles']) ? event['missing_roles'].map(text) : [];
  return [lives.join(' ') || 'nobody lives', missing.length === 0 ? '' : `missing: ${missing.join(', ')}`]
    .filter((part) => part !== '')
    .join('; ');
}

function stateOf(event: Answer): string {
  const word = (name: string, on: string, off: string): string => {
    const state = object(event[name])['on'];
    return state === true ? on : state === false ? off : `${on}: unknown`;
  };
  const holds = objects(event['holds']).map(({ symbol }) => text(symbol));
  return [
    word('kill_switch', 'kill switch engaged', 'kill switch released'),
    given(event['auto_disarmed']) === '' ? word('arm', 'armed', 'disarmed') : 'disarmed',
    `${objects(event['open_plans']).length} open plans`,
    holds.length === 0 ? 'no holds' : `on hold: ${holds.join(' ')}`,
    fleetOf(event),
  ].join('; ');
}
