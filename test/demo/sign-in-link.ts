import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const WITHIN_MS = 120_000;
const HOST = '127.0.0.1';
/** A code is short; more is nothing that this page has sent. */
const MOST_BYTES = 200;

/** The whole page. It sends the code, which no server log and no referrer has seen, only when a person presses the button. */
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>permit-gate demo</title>
<h1>Sign in as admin of the demo?</h1>
<p id="session"></p>
<p>The link is good for one sign-in, for two minutes after the demo printed it. It signs this browser in to the demo and to nothing else.</p>
<button id="yes" type="button">Sign in</button>
<p id="fault" role="alert"></p>
<script src="/sign-in.js"></script>
</html>
`;
const SCRIPT = `const code = location.hash.slice(1);
history.replaceState(null, '', '/');
document.getElementById('yes').addEventListener('click', async () => {
  const answer = await fetch('/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code }) });
  const said = await answer.json();
  if (answer.ok) location.replace(said.console);
  else document.getElementById('fault').textContent = said.fault;
});
fetch('/session').then((answer) => answer.json()).then(({ signed_in: signedIn }) => {
  if (signedIn) document.getElementById('session').textContent = 'This browser has a session of a gate on this machine. Signing in takes its place.';
});
`;
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * A link that signs a browser in to the console of the demo, once. The gate knows nothing of it: a server of the demo, on loopback only, takes
 * the code and exchanges the token of the demo for a session. A cookie is for a host and not for a port, so that the console has it too.
 */
export class SignInLink {
  #codeHash: Buffer | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    code: string,
    private readonly gateUrl: string,
    private readonly token: string,
  ) {
    this.#codeHash = hashOf(code);
  }

  /** `gateUrl` is a gate on 127.0.0.1. */
  static async open(gateUrl: string, token: string, withinMs = WITHIN_MS): Promise<SignInLink> {
    if (new URL(gateUrl).hostname !== HOST)
      throw new Error(`the gate of the demo must be on ${HOST}, not at ${gateUrl}`);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST, resolve);
    });
    const origin = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    const code = randomBytes(16).toString('base64url');
    const link = new SignInLink(server, `${origin}/#${code}`, code, gateUrl, token);
    server.on('request', (request, response) => void link.#answer(request, response, origin));
    setTimeout(() => (link.#codeHash = undefined), withinMs).unref();
    return link;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const { method, url, headers } = request;
    const send = (status: number, type: string, body: string, more: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8`, ...more }).end(body);
    };
    const refuse = (status: number, fault: string): void => send(status, 'application/json', JSON.stringify({ fault }));
    // Another name for this address would be another site: its pages must not read these answers.
    if (headers.host !== new URL(origin).host) return refuse(421, 'This is not the address of the demo.');
    if (method === 'GET' && url === '/') return send(200, 'text/html', PAGE);
    if (method === 'GET' && url === '/sign-in.js') return send(200, 'text/javascript', SCRIPT);
    if (method === 'GET' && url === '/session')
      return send(
        200,
        'application/json',
        JSON.stringify({ signed_in: /permit_gate_session=/.test(headers.cookie ?? '') }),
      );
    if (method !== 'POST' || url !== '/session') return refuse(404, 'There is no such page.');
    if (headers.origin !== origin || headers['content-type'] !== 'application/json')
      return refuse(403, 'Only the page of the demo may sign in.');
    if (!this.#take(await bodyOf(request)))
      return refuse(403, 'This link was used, or is older than two minutes. Sign in with the token instead.');
    const session = await fetch(`${this.gateUrl}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: this.token }),
    });
    const cookie = session.headers.get('set-cookie');
    if (!session.ok || cookie === null) return refuse(502, 'The gate of the demo gives no session.');
    send(200, 'application/json', JSON.stringify({ console: `${this.gateUrl}/` }), { 'Set-Cookie': cookie });
  }

  /** Whether this is the code; it is good once, and a wrong one ends it too: nobody can try many. */
  #take(body: string): boolean {
    const wanted = this.#codeHash;
    this.#codeHash = undefined;
    return wanted !== undefined && timingSafeEqual(wanted, hashOf(codeIn(body)));
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** `""` for what is none. */
function codeIn(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return '';
    throw error;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MOST_BYTES) return '';
  }
  return text;
}
