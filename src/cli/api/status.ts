import { age, colour, facts } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, objects, text } from './reading.js';

const good = (yes: boolean, said: string): string => (yes ? colour.green(said) : colour.red(said));

/** `GET /status` as text. */
export function statusText(status: Answer): string {
  const build = object(status['build']);
  const uptimeMs = (number(status['uptime_sec']) ?? Number.NaN) * 1_000;
  return facts([
    ['instance', `${text(status['instance'])}, version ${text(build['version'])}, up ${age(uptimeMs)}`],
    ['mode', colour.bold(text(status['mode']))],
    ['phase', phase(status)],
    ['armed', armed(status)],
    ['kill switch', killSwitch(object(status['kill_switch']))],
    ['roles', objects(status['roles']).map(role).join(', ')],
    ['redis', redis(object(status['redis']))],
    ['exchange', exchange(object(status['exchange']))],
    ['clock', clock(object(status['clock']))],
    ['lag', lag(status['lag'])],
  ]);
}

function phase(status: Answer): string {
  const said = text(status['phase']);
  const detail = status['detail'];
  const isRunning = status['phase'] === 'running';
  return `${good(isRunning, said)}${typeof detail === 'string' && detail !== '' ? ` (${detail})` : ''}`;
}

function armed(status: Answer): string {
  const disarm = object(status['governor_disarm']);
  if (status['armed'] === true) return colour.green('yes');
  if (status['armed'] === null || status['armed'] === undefined) return colour.red('not known');
  const why =
    disarm['reason'] === undefined
      ? `by ${text(object(status['arm'])['by'])}: ${text(object(status['arm'])['reason'])}`
      : `by the Governor: ${text(disarm['reason'])}`;
  return `${colour.red('no')}, plans are dry runs (${why})`;
}

function killSwitch(state: Answer): string {
  if (state['engaged'] === false) return colour.green('released');
  if (state['engaged'] !== true) return colour.red('not known');
  return `${colour.red('engaged')} (by ${text(state['by'])}: ${text(state['reason'])})`;
}

function role(each: Answer): string {
  const stuck = objects(each['loops']).filter((loop) => loop['alive'] !== true);
  const name = text(each['role']);
  if (stuck.length === 0) return colour.green(name);
  return `${colour.red(name)} (stuck: ${stuck.map((loop) => text(loop['name'])).join('; ')})`;
}

function redis(state: Answer): string {
  return state['ok'] === true ? colour.green('ok') : `${colour.red('not fit')}: ${text(state['message'])}`;
}

function exchange(state: Answer): string {
  const error = state['last_error'];
  const said = text(state['state']);
  const weight = `weight used ${text(state['weight_used_1m'])}`;
  const problem = typeof error === 'string' && error !== '' ? `: ${error}` : '';
  return `${good(state['state'] === 'ok', said)}${problem}, ${weight}`;
}

function clock(state: Answer): string {
  const ms = (value: unknown): string => (number(value) === undefined ? '–' : `${Math.round(number(value) ?? 0)} ms`);
  return `Redis ${ms(state['redis_offset_ms'])}, exchange ${ms(state['exchange_offset_ms'])} (against this process' host)`;
}

function lag(value: unknown): string {
  const behind = objects(value).filter(
    (group) => (number(group['lag']) ?? 0) > 0 || (number(group['pending']) ?? 0) > 0,
  );
  if (!Array.isArray(value)) return colour.red('not known');
  if (behind.length === 0) return 'none';
  return behind
    .map(
      (group) =>
        `${text(group['group'])} on ${text(group['stream'])}: ${text(group['lag'])} unread, ${text(group['pending'])} open`,
    )
    .join('; ');
}
