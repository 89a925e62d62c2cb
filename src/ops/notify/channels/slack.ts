import { type Message, textOf } from '../message.js';
import type { Channel } from './channel.js';
import { demandSuccess, postJson } from './http-call.js';

/** https://api.slack.com/messaging/webhooks, which Mattermost, Rocket.Chat and others take too. */
export function slack(url: string): Channel {
  return {
    name: 'slack',
    async send(message: Message, signal: AbortSignal): Promise<void> {
      demandSuccess(await postJson(url, { text: block(textOf(message)) }, signal));
    },
  };
}

/** In a block of code nothing is a mention, a link or markup; `&`, `<` and `>` are Slack's own marks there too. */
function block(text: string): string {
  const escaped = text.replaceAll('`', "'").replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `\`\`\`\n${escaped}\n\`\`\``;
}
