import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SignInLink } from '../demo/sign-in-link.js';
import { BrowserStage } from './stage.js';

let stage: BrowserStage;
let link: SignInLink | undefined;

// `npm run test:long` runs it.
describe('the link of the demo', () => {
  beforeAll(async () => {
    stage = await BrowserStage.create();
  });
  afterEach(() => link?.close());
  afterAll(() => stage.close());

  const take = (url: string, code: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const { origin } = new URL(url);
    return fetch(`${origin}/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: origin, ...headers },
      body: JSON.stringify({ code }),
    });
  };
  const codeOf = (url: string): string => new URL(url).hash.slice(1);

  it('signs a browser in to the console once, after a person has pressed the button', async () => {
    link = await SignInLink.open(stage.url, stage.tokens.admin);
    const page = await stage.page();
    await page.goto(link.url);
    await page.getByRole('heading', { name: 'Sign in as admin of the demo?' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(page.url()).not.toContain(codeOf(link.url));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('admin-1 (admin)').waitFor();
    expect(page.url().startsWith(stage.url)).toBe(true);
    expect(await page.context().cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);

    await page.goto(link.url);
    await page.getByText('This browser has a session of a gate on this machine.').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This link was used, or is older than two minutes.').waitFor();
    expect(stage.complaints).toEqual([]);
  });

  it('is worth nothing after its time, and after a wrong code', async () => {
    link = await SignInLink.open(stage.url, stage.tokens.admin, 1);
    await expect.poll(async () => (await take(link?.url ?? '', codeOf(link?.url ?? ''))).status).toBe(403);
    await link.close();
    link = await SignInLink.open(stage.url, stage.tokens.admin);
    expect((await take(link.url, 'a-guess')).status).toBe(403);
    const late = await take(link.url, codeOf(link.url));
    expect([late.status, late.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('takes no code from another site, and does not go with it', async () => {
    link = await SignInLink.open(stage.url, stage.tokens.admin);
    expect((await take(link.url, codeOf(link.url), { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await take(link.url, codeOf(link.url), { 'Content-Type': 'text/plain' })).status).toBe(403);
    expect((await take(link.url, codeOf(link.url))).status).toBe(200);
  });

  it('is for a gate on this machine alone', async () => {
    await expect(SignInLink.open('http://192.0.2.1:8080', 'x')).rejects.toThrow('must be on 127.0.0.1');
  });
});
