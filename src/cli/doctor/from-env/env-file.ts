import { readFileSync } from 'node:fs';
import { CommandFailure, EXIT } from '../../exit.js';

/** One `NAME=value` of an environment file. */
export interface Setting {
  readonly name: string;
  /** The value without quotes, comment and blanks around it. */
  readonly text: string;
  /** `governor.env:12`. */
  readonly place: string;
  readonly format: readonly FormatNote[];
}

/** Why some of systemd, Docker and dotenv read a line otherwise. */
interface FormatNote {
  readonly why: string;
  /** Whether the value, or the variable, is another one then. */
  readonly matters: boolean;
}

const differs = (why: string): FormatNote => ({ why, matters: true });
const harmless = (why: string): FormatNote => ({ why, matters: false });

/** A line that is no setting. It is never shown: it may hold a secret. */
export interface OddLine {
  readonly place: string;
  readonly why: string;
}

export interface EnvFile {
  readonly settings: readonly Setting[];
  readonly odd: readonly OddLine[];
}

const LINE = /^(?<exported>export\s+)?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)(?<blank>\s*)=(?<rest>.*)$/s;
const QUOTED = /^(?<quote>["'])(?<inside>.*?)(?<!\\)\k<quote>(?<after>.*)$/s;

/** Reads an environment file of systemd or Docker, or a dotenv file. */
export function readEnvFile(path: string): EnvFile {
  try {
    return parseEnvFile(readFileSync(path, 'utf8'), path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandFailure(
      EXIT.usage,
      `${path} cannot be read (${code}). Name environment files, such as /etc/quantum/governor.env.`,
    );
  }
}

export function parseEnvFile(content: string, path: string): EnvFile {
  const settings: Setting[] = [];
  const odd: OddLine[] = [];
  const body = content.replace(/^\uFEFF/, '');
  for (const [index, raw] of body.split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const place = `${path}:${index + 1}`;
    const setting = readLine(line, place, raw.endsWith('\r'));
    if (typeof setting === 'string') odd.push({ place, why: setting });
    else settings.push(setting);
  }
  return { settings, odd };
}

function readLine(line: string, place: string, isCrlf: boolean): Setting | string {
  const { exported, name, blank = '', rest } = LINE.exec(line)?.groups ?? {};
  if (name === undefined || rest === undefined)
    return /^[A-Za-z_][A-Za-z0-9_]*\s*:/.test(line) ? 'It has a colon in place of =.' : 'It is no NAME=value.';
  const { text, format } = readValue(rest.trim());
  return {
    name,
    text,
    place,
    format: [
      ...(exported === undefined ? [] : [differs('systemd ignores a line with `export`')]),
      ...(blank === '' && /^\S|^$/.test(rest) ? [] : [harmless('Docker refuses blanks at the =')]),
      ...(isCrlf ? [harmless('the line ends with CR LF')] : []),
      ...format,
    ],
  };
}

function readValue(given: string): { text: string; format: readonly FormatNote[] } {
  const { inside, after = '' } = QUOTED.exec(given)?.groups ?? {};
  if (inside !== undefined && /^\s*(?:#.*)?$/.test(after))
    return { text: inside, format: [harmless('Docker keeps the quotes as a part of the value'), ...commentIn(after)] };
  const comment = /\s+#.*$/.exec(given)?.[0] ?? '';
  const text = given.slice(0, given.length - comment.length);
  const expands = /\$\{?[A-Za-z_]/.test(text) ? [differs('only Compose and a shell replace $NAME')] : [];
  const continues = text.endsWith('\\') ? [differs('only systemd joins a line that ends with \\ to the next one')] : [];
  return { text, format: [...commentIn(comment), ...expands, ...continues] };
}

const commentIn = (text: string): FormatNote[] =>
  text.trim() === '' ? [] : [differs('systemd and Docker take a comment after the value as a part of it')];
