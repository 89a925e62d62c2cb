import { colour } from '../terminal.js';
import { number, object, objects, type Schema, text, texts } from './reading.js';

/** Any of the events that the document names. */
export type EventAnswer =
  | Schema<'PlanPublished'>
  | Schema<'PermitIssued'>
  | Schema<'PermitDenied'>
  | Schema<'OrderSent'>
  | Schema<'ResultRecorded'>
  | Schema<'ControlChanged'>
  | Schema<'HoldChanged'>
  | Schema<'FleetChanged'>
  | Schema<'EventsGap'>
  | Schema<'StateEvent'>;

/** One event on one line. */
export function eventText(event: EventAnswer): string {
  const type = text(event.type);
  const atMs = number(event.at_ms);
  const time = atMs === undefined ? '–' : new Date(atMs).toISOString().slice(11, 23);
  return [colour.dim(time), coloured(type), ...detailsOf(event)].filter((part) => part !== '').join(' ');
}

function coloured(type: string): string {
  if (type === 'permit.denied' || type === 'events.gap') return colour.red(type);
  return type === 'order.sent' ? colour.green(type) : colour.bold(type);
}

const given = (value: unknown): string => (value === '' || value === null || value === undefined ? '' : text(value));
interface OfPlan {
  readonly symbol?: string | undefined;
  readonly plan_id?: string | undefined;
  readonly attempt?: number | null | undefined;
}
const planOf = ({ symbol, plan_id: planId, attempt }: OfPlan): string[] => [
  given(symbol),
  `${text(planId)}#${given(attempt) || '–'}`,
];
const because = (event: Schema<'ControlChanged'> | Schema<'HoldChanged'>): string => {
  const by = given(event.by);
  return [given(event.reason), by === '' ? '' : `(${by})`].filter((part) => part !== '').join(' ');
};

function detailsOf(event: EventAnswer): string[] {
  switch (event.type) {
    case 'plan.published':
      return [...planOf(event), text(event.action), text(event.decision), texts(event.reason_codes).join(',')];
    case 'permit.issued':
      return [...planOf(event), text(event.issuer), `quantity=${text(event.quantity)}`];
    case 'permit.denied':
      return [...planOf(event), text(event.issuer), text(event.reason)];
    case 'order.sent':
      return [...planOf(event), given(event.side), given(event.quantity), text(event.client_order_id)];
    case 'result.recorded':
      return [...planOf(event), text(event.state), given(event.error), given(event.reason)];
    case 'control.changed':
      return [text(event.change), given(event.symbol), because(event)];
    case 'hold.changed':
      return [text(event.symbol), event.on_hold === true ? 'on hold:' : 'lifted:', because(event)];
    case 'fleet.changed':
      return [fleetOf(event)];
    case 'events.gap':
      return [text(event.detail)];
    case 'state':
      return [stateOf(event)];
    default:
      return [given(object(event)['symbol'])];
  }
}

function fleetOf(event: Schema<'FleetChanged'> | Schema<'StateEvent'>): string {
  const lives = objects(event.instances).map(({ role, instance }) => `${text(role)}/${text(instance)}`);
  const missing = texts(event.missing_roles);
  return [lives.join(' ') || 'nobody lives', missing.length === 0 ? '' : `missing: ${missing.join(', ')}`]
    .filter((part) => part !== '')
    .join('; ');
}

function stateOf(event: Schema<'StateEvent'>): string {
  const word = (state: Schema<'SwitchState'> | null | undefined, on: string, off: string): string => {
    return state?.on === true ? on : state?.on === false ? off : `${on}: unknown`;
  };
  const holds = objects(event.holds).map(({ symbol }) => text(symbol));
  return [
    word(event.kill_switch, 'kill switch engaged', 'kill switch released'),
    given(event.auto_disarmed) === '' ? word(event.arm, 'armed', 'disarmed') : 'disarmed',
    `${objects(event.open_plans).length} open plans`,
    holds.length === 0 ? 'no holds' : `on hold: ${holds.join(' ')}`,
    fleetOf(event),
  ].join('; ');
}
