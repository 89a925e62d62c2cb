import { decodeJson, isJsonObject } from '../../../flow/0-json.js';
import { type Message, textOf } from '../message.js';
import { type Channel, Undelivered } from './channel.js';
import { demandSuccess, postJson, secondsToWait } from './http-call.js';

export interface TelegramSettings {
  readonly token: string;
  readonly chat: string;
  readonly base: string;
}

const MOST_CHARACTERS = 4_096;

/** https://core.telegram.org/bots/api#sendmessage. Without a parse mode the text is taken as it is. */
export function telegram({ token, chat, base }: TelegramSettings): Channel {
  const url = `${base.replace(/\/+$/, '')}/bot${token}/sendMessage`;
  return {
    name: 'telegram',
    async send(message: Message, signal: AbortSignal): Promise<void> {
      const answer = await postJson(
        url,
        {
          chat_id: chat,
          text: plain(textOf(message)).slice(0, MOST_CHARACTERS),
          disable_notification: !message.isCritical && !message.isTest,
          link_preview_options: { is_disabled: true },
        },
        signal,
      );
      const said = decodeJson(answer.text);
      if (!isJsonObject(said)) {
        demandSuccess(answer);
        throw new Undelivered('the answer is not one of Telegram');
      }
      if (answer.status === 200 && said['ok'] === true) return;
      const parameters = isJsonObject(said['parameters']) ? said['parameters'] : {};
      const waitMs = secondsToWait(Number(parameters['retry_after'])) ?? answer.retryAfterMs;
      throw new Undelivered(`status ${answer.status} (${String(said['description'])})`, waitMs);
    },
  };
}

/** Telegram makes mentions of words after these marks; behind an invisible joint they are words. */
const plain = (text: string): string => text.replaceAll(/[@#/](?=\w)/g, '$&\u2060');
