import { age, colour, wrappedFacts } from '../terminal.js';
import { archiveLine } from './archive.js';
import { stateText } from './fleet.js';
import { freeAt, LIMIT_WORDS } from './limits.js';
import { isList, ms, number, objects, type Schema, text, texts } from './reading.js';
import { blockerLines } from './why.js';

type Status = Schema<'StatusAnswer'>;

const good = (yes: boolean, said: string): string => (yes ? colour.green(said) : colour.red(said));

/** `GET /status` as text: the deployment, then what needs a person. */
export function statusText(status: Status): string {
  const uptimeMs = ms(status.uptime_sec) * 1_000;
  const overview = wrappedFacts([
    ['mode', colour.bold(text(status.mode))],
    ['armed', armed(status)],
    ['kill switch', killSwitch(status.kill_switch)],
    ...fleet(status.fleet),
    ['unknown orders', orders(status.unknown_orders)],
    ['holds', holds(status.holds)],
    ['dead letters', deadLetters(status.dead_letters)],
    ['limits', hotLimits(status)],
    ['backlog', lag(status.lag)],
    ...(status.archive === null || status.archive === undefined
      ? []
      : [['archive', archiveLine(status.archive)] as const]),
    ['redis', redis(status.redis)],
    ['exchange', exchange(status.exchange)],
    ['clock', clock(status.clock)],
    ['answered by', `${text(status.instance)}, version ${text(status.build?.version)}, up ${age(uptimeMs)}`],
    ['phase', phase(status)],
    ['its roles', objects(status.roles).map(role).join(', ')],
  ]);
  return `${overview}\n\n${attentionText(status)}`;
}

/** What needs a person, each with the one command that helps. */
export function attentionText(status: Status): string {
  const found = objects(status.attention);
  if (!isList(status.attention)) return colour.red('What needs a person is not known.');
  if (found.length === 0) return colour.green('Nothing needs a person.');
  const count = found.length === 1 ? 'One thing needs' : `${found.length} things need`;
  return [colour.red(`${count} a person.`), ...found.flatMap(blockerLines)].join('\n');
}

/** Whether Redis could not be read: then nothing is known of the deployment. The check of Redis may be of a moment before. */
export const isBlind = (status: Status): boolean => !isList(status.unknown_orders);

/** One line for each role. */
function fleet(value: Status['fleet']): (readonly [string, string])[] {
  if (value === null || value === undefined) return [['fleet', colour.red('not known')]];
  const { instances, missing } = value;
  const roles = [...new Set([...objects(instances), ...objects(missing)].map((each) => text(each.role)))];
  return roles.map((name) => {
    const own = objects(instances).filter((each) => each.role === name && each.state !== 'ended');
    const isMissing = objects(missing).some((each) => each.role === name);
    const shown = own.map((each) => `${text(each.instance)} ${stateText(text(each.state))}`).join(', ');
    return [name, [...(isMissing ? [colour.red('missing')] : []), ...(shown === '' ? [] : [shown])].join('; ')];
  });
}

function orders(value: Status['unknown_orders']): string {
  if (!isList(value)) return colour.red('not known');
  if (value.length === 0) return colour.green('none');
  const named = objects(value).map((each) => `${text(each.symbol)} (plan ${text(each.plan_id)})`);
  return colour.red(named.join(', '));
}

function holds(value: Status['holds']): string {
  if (!isList(value)) return colour.red('not known');
  return value.length === 0 ? colour.green('none') : colour.red(texts(value).join(', '));
}

function deadLetters(value: Status['dead_letters']): string {
  const { open, more } = value ?? {};
  if (number(open) === undefined) return colour.red('not known');
  return open === 0 ? colour.green('none') : colour.red(`${more === true ? 'at least ' : ''}${text(open)} unsettled`);
}

function hotLimits(status: Status): string {
  const { hot_limits: hot } = status;
  if (!isList(hot)) return colour.red('not known');
  if (hot.length === 0) return 'none near its end';
  const nowMs = number(status.fleet?.at_ms) ?? Date.now();
  return objects(hot)
    .map((each) => {
      const name = limitName(each.limit_name);
      const free = number(each.free_at_ms) === undefined ? '' : `, free at ${freeAt(each, nowMs)} UTC`;
      const said = `${text(each.symbol)} ${text(each.used)} of ${text(each.limit)} ${name}${free}`;
      return free === '' ? colour.yellow(said) : colour.red(said);
    })
    .join('; ');
}

const limitName = (name: keyof typeof LIMIT_WORDS | undefined): string =>
  name !== undefined && Object.hasOwn(LIMIT_WORDS, name) ? LIMIT_WORDS[name] : text(name);

function phase(status: Status): string {
  const said = text(status.phase);
  const detail = status.detail;
  const isRunning = status.phase === 'running';
  return `${good(isRunning, said)}${typeof detail === 'string' && detail !== '' ? ` (${detail})` : ''}`;
}

function armed(status: Status): string {
  const { governor_disarm: disarm } = status;
  if (status.armed === true) return colour.green('yes');
  if (status.armed === null || status.armed === undefined) return colour.red('not known');
  const why = disarm?.reason === undefined ? by(status.arm) : by({ by: 'the Governor', ...disarm });
  return `${colour.red('no')}, plans are dry runs (${why})`;
}

function killSwitch(state: Status['kill_switch']): string {
  if (state?.engaged === false) return colour.green('released');
  if (state?.engaged !== true) return colour.red('not known');
  return `${colour.red('engaged')} (${by(state)})`;
}

interface Act {
  readonly by?: string | undefined;
  readonly at_ms?: number | null | undefined;
  readonly reason?: string | undefined;
}

/** Who, since when, and why. */
function by(act: Act | null | undefined): string {
  const atMs = number(act?.at_ms);
  const since = atMs === undefined || atMs <= 0 ? '' : ` since ${new Date(atMs).toISOString().slice(0, 19)}Z`;
  return `by ${text(act?.by)}${since}: ${text(act?.reason)}`;
}

function role(each: Schema<'RoleAnswer'>): string {
  const stuck = objects(each.loops).filter((loop) => loop.alive !== true);
  const name = text(each.role);
  if (stuck.length === 0) return colour.green(name);
  return `${colour.red(name)} (stuck: ${stuck.map((loop) => text(loop.name)).join('; ')})`;
}

function redis(state: Status['redis']): string {
  return state?.ok === true ? colour.green('ok') : `${colour.red('not fit')}: ${text(state?.message)}`;
}

function exchange(state: Status['exchange']): string {
  const error = state?.last_error;
  const said = text(state?.state);
  const weight = `weight used ${text(state?.weight_used_1m)}`;
  const problem = typeof error === 'string' && error !== '' ? `: ${error}` : '';
  return `${good(state?.state === 'ok', said)}${problem}, ${weight}`;
}

function clock(state: Status['clock']): string {
  const offset = (value: unknown): string =>
    number(value) === undefined ? '–' : `${Math.round(number(value) ?? 0)} ms`;
  return `Redis ${offset(state?.redis_offset_ms)}, exchange ${offset(state?.exchange_offset_ms)} (against this process' host)`;
}

function lag(value: Status['lag']): string {
  const behind = objects(value).filter((group) => (number(group.lag) ?? 0) > 0 || (number(group.pending) ?? 0) > 0);
  if (!isList(value)) return colour.red('not known');
  if (behind.length === 0) return 'none';
  return behind
    .map(
      (group) =>
        `${text(group.group)} on ${text(group.stream)}: ${text(group.lag)} unread, ${text(group.pending)} open`,
    )
    .join('; ');
}
