import { Injectable } from '@nestjs/common';

/** How often the messages look at the deployment; a test changes them. */
@Injectable()
export class NotifySettings {
  /** The one that tells renews its lease and reads the control events. */
  leaderMs = 1_000;
  /** The others try for the lease. */
  followerMs = 3_000;
  /** Without an event. */
  lookMs = 12_000;
}
