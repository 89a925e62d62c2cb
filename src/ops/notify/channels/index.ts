import type { Environment } from '../../../config/environment.js';
import type { Channel } from './channel.js';
import { email, type EmailSettings } from './email.js';
import { slack } from './slack.js';
import { telegram, type TelegramSettings } from './telegram.js';
import { webhook } from './webhook.js';

/** Which channels are set, and how; as JSON another process can take it. */
export interface ChannelSettings {
  readonly telegram?: TelegramSettings;
  readonly slack?: string;
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly email?: EmailSettings;
}

const TELEGRAM = 'https://api.telegram.org';

export function channelSettings(environment: Environment): ChannelSettings {
  const { notifyTelegramToken: token, notifyTelegramChat: chat, notifyTelegramUrl: base = TELEGRAM } = environment;
  const { notifySlackUrl, notifyWebhookUrl: url, notifyWebhookSecret: key } = environment;
  const { notifySmtpUrl: server, notifyEmailFrom: [from] = [], notifyEmailTo: to } = environment;
  return {
    ...(token === undefined || chat === undefined ? {} : { telegram: { token, chat, base } }),
    ...(notifySlackUrl === undefined ? {} : { slack: notifySlackUrl }),
    ...(url === undefined || key === undefined ? {} : { webhook: { url, secret: key } }),
    ...(server === undefined || from === undefined || to === undefined ? {} : { email: { url: server, from, to } }),
  };
}

export function channelsOf(settings: ChannelSettings): Channel[] {
  return [
    ...(settings.telegram === undefined ? [] : [telegram(settings.telegram)]),
    ...(settings.slack === undefined ? [] : [slack(settings.slack)]),
    ...(settings.webhook === undefined ? [] : [webhook(settings.webhook)]),
    ...(settings.email === undefined ? [] : [email(settings.email)]),
  ];
}

/** Which deployment a message is about. */
export function deploymentName({ applyMode, redisKeyPrefix }: Environment): string {
  return `${applyMode} ${redisKeyPrefix.replace(/:$/, '')}`;
}
