import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGate } from '../harness/gate-process.js';
import { eventually } from '../harness/eventually.js';
import { MessageServer, SLACK_OK } from '../harness/message-servers.js';
import { TestDeployment } from '../harness/test-deployment.js';

/** An error that nobody catches, when the process is told. */
const DIES = `data:text/javascript,process.on('SIGUSR2',()=>setImmediate(()=>{throw new Error('a broken part')}))`;

let deployment: TestDeployment;
let chat: MessageServer;
let variables: Record<string, string>;
beforeAll(async () => {
  deployment = await TestDeployment.create();
  chat = await MessageServer.start(SLACK_OK);
  variables = {
    ...deployment.variables,
    CONTROL_STATE_DIR: deployment.folder,
    NOTIFY_SLACK_URL: `${chat.url}/services/T0/B0/secret-of-the-channel`,
    NOTIFY_EVERY_SEC: '0.5',
  };
});
afterAll(async () => {
  await deployment.close();
  await chat.close();
});

it('a test message goes by each channel, and the exit code says whether all took it', async () => {
  const taken = await deployment.run(['notify', 'test', '--json'], variables);
  expect({ code: taken.code, ...(JSON.parse(taken.stdout) as object) }).toMatchObject({
    code: 0,
    delivered: true,
    channels: [{ channel: 'slack', delivered: true, detail: '' }],
  });
  expect(chat.texts().at(-1)).toContain('a test message. Nothing is wrong.');
  chat.behaviour = { status: 404, body: 'no_service' };
  const refused = await deployment.run(['notify', 'test'], variables);
  chat.behaviour = SLACK_OK;
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/slack +not delivered[^]*status 404 \(no_service\)/);
  expect(refused.stdout + refused.stderr).not.toContain('secret-of-the-channel');
});

it('that Redis is away is told without Redis, and that the process dies before it ends', async () => {
  const { program } = await startGate(variables, deployment.folder, { nodeOptions: ['--import', DIES] });
  await program.until('it sends the messages', () => program.stdout.includes('this process sends the messages'));
  await deployment.redis.kill();
  const away = (text: string): boolean => /CRITICAL: .* e2e has not reached Redis for \d+ s/.test(text);
  await eventually(
    () => chat.texts().some(away),
    20_000,
    () => chat.texts(),
  );
  const killedMs = performance.now();
  program.child.kill('SIGUSR2');
  const { code } = await program.ended;
  expect(code).toBe(1);
  expect(performance.now() - killedMs).toBeLessThan(5_000);
  expect(chat.texts().at(-1)).toMatch(
    /CRITICAL: .* e2e ends by an uncaught error: a broken part &gt; permit-gate fleet/,
  );
  expect(program.stdout).not.toContain('secret-of-the-channel');
});
