import { age, colour, facts, WIDTH, wrapped } from '../terminal.js';
import type { Answer } from './client.js';
import { stateText } from './fleet.js';
import { freeAt, LIMIT_WORDS } from './limits.js';
import { number, object, objects, text } from './reading.js';
import { blockerLines } from './why.js';

const good = (yes: boolean, said: string): string => (yes ? colour.green(said) : colour.red(said));

/** `GET /status` as text: the deployment, then what needs a person. */
export function statusText(status: Answer): string {
  const build = object(status['build']);
  const uptimeMs = (number(status['uptime_sec']) ?? Number.NaN) * 1_000;
  const overview = wrappedFacts([
    ['mode', colour.bold(text(status['mode']))],
    ['armed', armed(status)],
    ['kill switch', killSwitch(object(status['kill_switch']))],
    ...fleet(status['fleet']),
    ['unknown orders', orders(status['unknown_orders'])],
    ['holds', holds(status['holds'])],
    ['dead letters', deadLetters(status['dead_letters'])],
    ['limits', hotLimits(status)],
    ['backlog', lag(status['lag'])],
    ['redis', redis(object(status['redis']))],
    ['exchange', exchange(object(status['exchange']))],
    ['clock', clock(object(status['clock']))],
    ['answered by', `${text(status['instance'])}, version ${text(build['version'])}, up ${age(uptimeMs)}`],
    ['phase', phase(status)],
    ['its roles', objects(status['roles']).map(role).join(', ')],
  ]);
  return `${overview}\n\n${attentionText(status)}`;
}

/** What needs a person, each with the one command that helps. */
export function attentionText(status: Answer): string {
  const found = objects(status['attention']);
  if (!Array.isArray(status['attention'])) return colour.red('What needs a person is not known.');
  if (found.length === 0) return colour.green('Nothing needs a person.');
  const count = found.length === 1 ? 'One thing needs' : `${found.length} things need`;
  return [colour.red(`${count} a person.`), ...found.flatMap(blockerLines)].join('\n');
}

/** Whether Redis could not be read: then nothing is known of the deployment. */
export const isBlind = (status: Answer): boolean =>
  object(status['redis'])['ok'] !== true && !Array.isArray(status['unknown_orders']);

const NAME_WIDTH = 16;
function wrappedFacts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const lines = pairs.flatMap(([name, value]) =>
    wrapped(value, WIDTH - NAME_WIDTH).map((line, at) => [at === 0 ? name : '', line] as const),
  );
  return facts(lines);
}

/** One line for each role. */
function fleet(value: unknown): (readonly [string, string])[] {
  if (value === null || value === undefined) return [['fleet', colour.red('not known')]];
  const { instances, missing } = object(value);
  const roles = [...new Set([...objects(instances), ...objects(missing)].map((each) => text(each['role'])))];
  return roles.map((name) => {
    const own = objects(instances).filter((each) => each['role'] === name && each['state'] !== 'ended');
    const isMissing = objects(missing).some((each) => each['role'] === name);
    const shown = own.map((each) => `${text(each['instance'])} ${stateText(text(each['state']))}`).join(', ');
    return [name, [...(isMissing ? [colour.red('missing')] : []), ...(shown === '' ? [] : [shown])].join('; ')];
  });
}

function orders(value: unknown): string {
  if (!Array.isArray(value)) return colour.red('not known');
  if (value.length === 0) return colour.green('none');
  const named = objects(value).map((each) => `${text(each['symbol'])} (plan ${text(each['plan_id'])})`);
  return colour.red(named.join(', '));
}

function holds(value: unknown): string {
  if (!Array.isArray(value)) return colour.red('not known');
  return value.length === 0 ? colour.green('none') : colour.red(value.map(text).join(', '));
}

function deadLetters(value: unknown): string {
  const { open, more } = object(value);
  if (number(open) === undefined) return colour.red('not known');
  return open === 0 ? colour.green('none') : colour.red(`${more === true ? 'at least ' : ''}${text(open)} unsettled`);
}

function hotLimits(status: Answer): string {
  const hot = status['hot_limits'];
  if (!Array.isArray(hot)) return colour.red('not known');
  if (hot.length === 0) return 'none near its end';
  const nowMs = number(object(status['fleet'])['at_ms']) ?? Date.now();
  return objects(hot)
    .map((each) => {
      const name = LIMIT_WORDS[text(each['limit_name'])] ?? text(each['limit_name']);
      const free = number(each['free_at_ms']) === undefined ? '' : `, free at ${freeAt(each, nowMs)} UTC`;
      const said = `${text(each['symbol'])} ${text(each['used'])} of ${text(each['limit'])} ${name}${free}`;
      return free === '' ? colour.yellow(said) : colour.red(said);
    })
    .join('; ');
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
  const why = disarm['reason'] === undefined ? by(object(status['arm'])) : by({ by: 'the Governor', ...disarm });
  return `${colour.red('no')}, plans are dry runs (${why})`;
}

function killSwitch(state: Answer): string {
  if (state['engaged'] === false) return colour.green('released');
  if (state['engaged'] !== true) return colour.red('not known');
  return `${colour.red('engaged')} (${by(state)})`;
}

/** Who, since when, and why. */
function by(act: Answer): string {
  const atMs = number(act['at_ms']);
  const since = atMs === undefined || atMs <= 0 ? '' : ` since ${new Date(atMs).toISOString().slice(0, 19)}Z`;
  return `by ${text(act['by'])}${since}: ${text(act['reason'])}`;
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
