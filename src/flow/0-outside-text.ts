/**
 * Text that somebody else wrote: the exchange, a strategy, another role, an operator. Before it is shown to a person, in a log,
 * an answer or on a terminal, secrets are taken out of it, and what moves a cursor, hides text or turns its direction is escaped.
 */

/** Control, format (direction, zero width), surrogate, private and unassigned characters, and the line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** The same without those that JSON has between its tokens. Inside its texts it has escaped these itself. */
const UNPRINTABLE_IN_JSON = /(?![\n\r\t])[\p{C}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const HIDDEN = '[redacted]';
/** A shorter secret would be found in ordinary words. */
const SHORTEST_SECRET = 8;
/** Beyond, only the process' own secrets are looked for. */
const MOST_BY_FORM = 65_536;

const ASSIGNED = /\b(signature|listenkey|apikey|api_key|secret|password|passwd|token|access_token)=[^&\s"'<>\\,;]+/gi;
const BEARER = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;
const KEY_HEADER = /\b(x-mbx-apikey\\?["']?\s*[:=]\s*\\?["']?)[\w-]{8,}/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\\nr\s]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g;
const URL_LOGIN = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>\\]*@/gi;

function escaped(characters: string): string {
  // By code units, as JSON does.
  return Array.from({ length: characters.length }, (_, index) => {
    const unit = characters.charCodeAt(index);
    return `\\u${unit.toString(16).padStart(4, '0')}`;
  }).join('');
}

/** On one line, with nothing that a terminal or a browser would act on. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character));
}

/** A JSON document of the same value, with nothing in it that a terminal would act on. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE_IN_JSON, escaped);
}

/** As {@link printable}, for a text of several lines. */
export function printableLines(text: string): string {
  return text.replaceAll(/[^\n]+/g, printable);
}

/** Whether a text is, or holds, a private key or a generated secret rather than a name, a path or an address. */
export function looksSecret(text: string): boolean {
  if (/-----BEGIN/.test(text)) return true;
  return text
    .split(/[^A-Za-z0-9+=_-]/)
    .some((word) => word.length >= 32 && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word));
}

/** Takes this process' secrets, and what is a secret by its form, out of text. */
export class Redaction {
  readonly #secrets: readonly string[];

  constructor(secrets: Iterable<string | undefined>) {
    const long = [...new Set(secrets)].filter(
      (secret): secret is string =>
        // One of digits alone would be taken out of numbers, too.
        secret !== undefined && secret.length >= SHORTEST_SECRET && !/^[\d.]+$/.test(secret),
    );
    // The longest first, so that one that holds another leaves nothing of itself.
    this.#secrets = [...new Set(long.flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    let found = text;
    for (const secret of this.#secrets) if (found.includes(secret)) found = found.replaceAll(secret, HIDDEN);
    return byForm(found.slice(0, MOST_BY_FORM)) + found.slice(MOST_BY_FORM);
  }
}

function byForm(text: string): string {
  return text
    .replaceAll(PRIVATE_KEY, HIDDEN)
    .replaceAll(ASSIGNED, `$1=${HIDDEN}`)
    .replaceAll(BEARER, `$1 ${HIDDEN}`)
    .replaceAll(KEY_HEADER, `$1${HIDDEN}`)
    .replaceAll(URL_LOGIN, `$1${HIDDEN}@`);
}

/** As it is, as JSON, a URL or a header carries it, and in hex. */
function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];
}
