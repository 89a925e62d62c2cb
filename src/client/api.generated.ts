// Generated from the OpenAPI document by `npm run docs`. Do not change it here.
export interface paths {
    "/api/v1/allowlist/{symbol}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Allows a suspended symbol again; never one that the allowlists of the configuration do not name */
        put: operations["allowlistAllow"];
        post?: never;
        /** When it has returned, no further order of the symbol is sent, by any process, until an admin allows it again */
        delete: operations["allowlistSuspend"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plans that wait for the approval of a person, and what each would do */
        get: operations["approvalsList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{planId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approves or rejects a plan that waits; with enough approvals its next attempt is published, and judged again */
        post: operations["approvalsAnswer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the archive is, how far it is, and what it has missed */
        get: operations["archiveReadArchive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Allows plans to execute again; also lifts the Governor's own disarming */
        post: operations["controlArm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, when, from where, with the state before and after; newest first */
        get: operations["auditList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Walks every audit chain and its checkpoints: what is missing, changed or written by somebody else */
        get: operations["auditVerify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cells": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each cell of CELLS_FILE says about itself, or why it gave no answer; within 3 s */
        get: operations["cellsReadCells"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cells/kill-switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Engages the kill switch of all cells of CELLS_FILE at once; 200 only if each has confirmed that it is stopped */
        put: operations["cellsStopCells"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cells/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submits an operator's proposal to the cell of CELLS_FILE that owns the account and symbol */
        post: operations["cellsRouteProposal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The effective configuration, secrets redacted */
        get: operations["systemConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries that could not be read or handled, with the reason, newest first */
        get: operations["deadLettersList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One dead letter, with its settlement */
        get: operations["deadLettersRead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks a dead letter as settled; its entry is not handled again */
        post: operations["deadLettersDiscard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives the entry back to the group that dead-lettered it; reports when this cannot change anything */
        post: operations["deadLettersReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/disarm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Every plan from now on is a dry run, until an admin arms */
        post: operations["controlDisarm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as server-sent events: plans, permits, orders, results, control, holds, fleet
         * @description Every event at least once, over reconnects with Last-Event-ID too, also to another process of the deployment. `id` is the place to go on from, `event` the type, `data` the JSON of one of the schemas.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flatten": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Proposes a full close of every symbol that has a position; refused in production */
        post: operations["closingFlatten"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every process of every role: what it runs, whether it is ready, and the roles that are missing */
        get: operations["fleetReadFleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the process that answers did in the last hour or day: waits, verdicts, closed notional, request weight */
        get: operations["historyReadHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/kill-switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the kill switch is engaged; missing from Redis or unreadable counts as engaged */
        get: operations["controlReadKillSwitch"];
        /** When the call that engages it has returned, no further order is sent, by any process */
        put: operations["controlSetKillSwitch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every limit per symbol: its value, how much is used, reserved and left, and when something is free again */
        get: operations["limitsList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permits/{planId}/governor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The Governor's permit by hand, for a plan that waits for it; refused in production */
        post: operations["permitsGovernor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Plans, newest first */
        get: operations["plansList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{planId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One plan's whole trace: every step with its time, both verdicts of every attempt, order, result */
        get: operations["plansTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{planId}/permits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The verdicts of both issuers on a plan, how long they live, and who issued them */
        get: operations["planPermitsRead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{planId}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Settles an order whose outcome is unknown: filled, partly_filled, placed (a stop), not_found */
        post: operations["plansResolve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{planId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One more attempt of a plan that ended for a passing reason, if its proposal still stands */
        post: operations["planRetryRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every symbol: snapshot, ledger, drift, hold, order in flight, ages */
        get: operations["positionsList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions/{symbol}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One symbol */
        get: operations["positionsRead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions/{symbol}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Proposes to close a share of a position, if its amount is what you saw; the gates judge it like any other */
        post: operations["closingClose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions/{symbol}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Blocks the symbol until it is reconciled or the hold is lifted */
        put: operations["positionsHold"];
        post?: never;
        /** Lifts the hold */
        delete: operations["positionsLift"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions/{symbol}/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets the ledger to the exchange amount if that is still the amount you expect; lifts the hold */
        post: operations["positionsReconcile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submits a proposal; the answer to a refused one has its decision and reason codes */
        post: operations["proposalsSubmit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proposals/{symbol}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraws an operator's proposal that is not claimed yet; a strategy withdraws its own with HOLD */
        delete: operations["proposalsWithdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proposals/strategy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Appends a strategy's proposal to the proposal stream: it supersedes, and HOLD withdraws, what the strategy asked for */
        post: operations["proposalsSubmitForStrategy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ratio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How often each issuer said yes and no, by symbol and reason, among about the newest 10 000 verdicts */
        get: operations["ratioRead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/day": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was closed on a UTC day, by the exchange's own trades: prices, fees, profit; and what was denied, by reason */
        get: operations["reportsReportDay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs a browser in: a cookie in the place of a token, with its role, and ended with it */
        post: operations["sessionBegin"];
        /** Signs the browser out: the session ends in every process */
        delete: operations["sessionEnd"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What needs a person; fleet, mode, arm state, kill switch, unknown orders, holds, dead letters, hot limits, Redis, exchange, lag */
        get: operations["systemStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far every consumer group is, and which of its consumers live */
        get: operations["systemStreams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams/{name}/groups/{group}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Moves the entries of dead consumers of a group to its live ones */
        post: operations["systemClaim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams/{name}/groups/{group}/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a group leave a backlog behind; entries that would still change something only with force */
        post: operations["backlogSkipSkip"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams/{name}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a stream take entries again that was given an id beyond reach, or is a key of another type */
        post: operations["systemRenew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/symbols/{symbol}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that keeps the symbol from trading now, in words, with the command that helps */
        get: operations["whyRead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The name and role of the caller */
        get: operations["sessionWhoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers at all; a restart helps when it does not */
        get: operations["healthLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process can do its work now: Redis, every role, the exchange */
        get: operations["healthReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/startup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the start-up sequence has finished */
        get: operations["healthStartup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AllowlistAnswer: {
            /**
             * @description the configuration has it and nobody has suspended it
             * @example false
             */
            allowed: boolean;
            /**
             * @description false if it was suspended, or allowed, already
             * @example true
             */
            changed: boolean;
            /** @description the one that holds now */
            suspension: components["schemas"]["SuspensionAnswer"] | null;
            /** @example BTCUSDT */
            symbol: string;
        };
        ApprovalAnswer: {
            /** @description so far */
            approvals: components["schemas"]["PersonsApproval"][];
            /**
             * @description how many different people must approve it
             * @example 1
             */
            needed: number;
            /**
             * @description approved: its next attempt is published now, and every check runs again; counted: another person must approve it too; rejected: it has ended
             * @example approved
             * @enum {string}
             */
            outcome: "approved" | "counted" | "rejected";
            /**
             * @description the plan
             * @example 3f2a9c0d1e4b5a67
             */
            plan_id: string;
            /**
             * @description of its position
             * @example BTCUSDT
             */
            symbol: string;
        };
        ApprovalBody: {
            /**
             * @description the answer of the caller
             * @example approve
             * @enum {string}
             */
            decision: "approve" | "reject";
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ArchiveAnswer: {
            /**
             * @description of Redis
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description entries of all streams that are not archived yet
             * @example 0
             */
            behind_entries: number;
            /**
             * @description for how long the oldest of them has waited, in ms
             * @example 0
             */
            behind_ms: number;
            /**
             * @description why the last write failed; empty when it did not
             * @example
             */
            error: string;
            /**
             * @description since when; epoch ms of the process that writes
             * @example null
             */
            error_since_ms: number | null;
            /**
             * @description entries of all streams that were trimmed before they were archived
             * @example 0
             */
            missed: number;
            /**
             * @description the folder, or the database without its login
             * @example /var/lib/permit-gate/archive
             */
            place: string;
            streams: components["schemas"]["ArchivedStreamAnswer"][];
            /**
             * @description ARCHIVE_TO of the process that answers
             * @example off
             * @enum {string}
             */
            to: "off" | "files" | "postgres";
            /**
             * @description INSTANCE_ID of the process that writes; empty while none does
             * @example gate-0
             */
            written_by: string;
        };
        ArchivedStreamAnswer: {
            /**
             * @description the newest entry that is archived; empty before the first
             * @example 1764518400000-0
             */
            archived_to: string;
            /**
             * @description entries that are not archived yet
             * @example 0
             */
            behind_entries: number;
            /**
             * @description the time of the oldest of them; epoch ms
             * @example null
             */
            behind_since_ms: number | null;
            /**
             * @description entries that were trimmed before they were archived, since the archive began
             * @example 0
             */
            missed: number;
            /**
             * @description when the last of these were noticed; epoch ms
             * @example null
             */
            missed_at_ms: number | null;
            /**
             * @description what of: plans, permits (the verdicts), results or control changes
             * @example plans
             * @enum {string}
             */
            stream: "plans" | "permits" | "results" | "control";
        };
        ArmAnswer: {
            /**
             * @description false: every plan is a dry run
             * @example true
             */
            armed: boolean;
            /**
             * @description when
             * @example 1764518400000
             */
            at_ms?: number;
            /**
             * @description who set it
             * @example anna
             */
            by?: string;
            /**
             * @description why
             * @example checked
             */
            reason?: string;
            /**
             * @description numbers the changes
             * @example 12
             */
            seq?: number;
        };
        ArmSetAnswer: {
            /**
             * @description false: every plan is a dry run
             * @example true
             */
            armed: boolean;
            /**
             * @description when
             * @example 1764518400000
             */
            at_ms?: number;
            /**
             * @description who set it
             * @example anna
             */
            by?: string;
            /** @description what the Governor found by itself */
            governor_disarm: components["schemas"]["GovernorDisarmAnswer"] | null;
            /**
             * @description why a failover now could lose it
             * @example 1 of 2 replicas has it
             */
            missing_replicas?: string;
            /**
             * @description why
             * @example checked
             */
            reason?: string;
            /**
             * @description numbers the changes
             * @example 12
             */
            seq?: number;
        };
        AssetSumAnswer: {
            /**
             * @description the asset
             * @example USDT
             */
            asset: string;
            /**
             * @description the sum of the fees of what was closed; a decimal
             * @example 0.13002020
             */
            fees: string;
            /**
             * @description profit less fees; a decimal
             * @example 4.86997980
             */
            net: string;
            /**
             * @description the sum of the fees of trades that opened or grew a position; a decimal
             * @example 0
             */
            opening_fees: string;
            /**
             * @description the sum of what was closed; a decimal
             * @example 5
             */
            realized_pnl: string;
        };
        AttentionAnswer: {
            /**
             * @description who did it
             * @example null
             */
            by: string | null;
            /**
             * @description from a closed set
             * @example dead_letters
             * @enum {string}
             */
            reason: "kill_switch_engaged" | "disarmed" | "symbol_suspended" | "hold" | "order_unknown" | "ledger_missing" | "drift" | "snapshot_missing" | "snapshot_stale" | "symbol_fault" | "role_missing" | "approval_waiting" | "redis_unfit" | "instance_gone" | "instance_not_ready" | "version_differs" | "configuration_differs" | "entries_left" | "backlog" | "dead_letters" | "archive_behind" | "archive_gap";
            /**
             * @description the one command that helps
             * @example permit-gate dead-letters
             */
            remedy: string;
            /**
             * @description epoch ms
             * @example null
             */
            since_ms: number | null;
            /**
             * @description null for what is not of one symbol
             * @example null
             */
            symbol: string | null;
            /**
             * @description for a person
             * @example One dead letter waits for a decision: replay or discard.
             */
            text: string;
            /**
             * @description epoch ms: when it passes by itself
             * @example null
             */
            until_ms: number | null;
        };
        AuditAnswer: {
            chain: components["schemas"]["ChainStateAnswer"];
            /** @description newest first; the fields of each are beside id, chain and proof, or with raw=true under `fields` */
            entries: ({
                /**
                 * @description the role and instance that wrote it
                 * @example ops:gate-0
                 */
                chain: string;
                /**
                 * @description the id of the entry
                 * @example 1764518400000-0
                 */
                id: string;
                /**
                 * @description whether it is the one that was written
                 * @example proven
                 */
                proof: string;
            } & {
                [key: string]: unknown;
            })[];
            /**
             * @description `cursor` of the next page; null at the end
             * @example null
             */
            next_cursor: string | null;
        };
        AuditVerifiedAnswer: {
            chains: components["schemas"]["ChainReportAnswer"][];
            /** @description entries in the format of an earlier version */
            earlier: components["schemas"]["EarlierAnswer"];
            /**
             * @description nothing is missing, changed or foreign
             * @example true
             */
            intact: boolean;
            /**
             * @description what this process noticed since it runs
             * @example []
             */
            noticed: string[];
        };
        BlockerAnswer: {
            /**
             * @description who did it
             * @example anna
             */
            by: string | null;
            /**
             * @description from a closed set, in the order in which they stop a plan
             * @example kill_switch_engaged
             * @enum {string}
             */
            reason: "kill_switch_engaged" | "disarmed" | "dry_run" | "not_allowed" | "symbol_suspended" | "redis_settling" | "hold" | "order_unknown" | "ledger_missing" | "drift" | "order_in_flight" | "cooldown" | "hourly_limit" | "burst_limit" | "daily_notional_limit" | "daily_quantity_limit" | "snapshot_missing" | "snapshot_stale" | "no_position" | "symbol_fault" | "role_missing" | "exchange_banned" | "proposal_missing" | "proposal_stale" | "proposal_done" | "plan_ended" | "approval_waiting";
            /**
             * @description the one command that helps; null where only waiting does
             * @example permit-gate release --reason "checked"
             */
            remedy: string | null;
            /**
             * @description since when
             * @example 1764518400000
             */
            since_ms: number | null;
            /**
             * @description for a person: what, since when, until when, and by whom
             * @example The kill switch is engaged since 2026-11-30.
             */
            text: string;
            /**
             * @description when it passes by itself
             * @example null
             */
            until_ms: number | null;
        };
        BuildAnswer: {
            /**
             * @description what it was built from; null where the build does not know
             * @example 1a2b3c4d5e6f
             */
            commit: string | null;
            /**
             * @description of Node
             * @example v24.1.0
             */
            node: string;
            /**
             * @description of permit-gate
             * @example 0.1.0
             */
            version: string;
        };
        CellAnswer: {
            /**
             * @description what CELLS_FILE calls the account; empty where it does not
             * @example fund-a
             */
            account: string;
            /**
             * @description the account without its key: the same for every process of one account
             * @example 3f2a9c0d1e4b5a673f2a9c0d1e4b5a67
             */
            account_id: string | null;
            /**
             * @description false: every plan is a dry run
             * @example true
             */
            armed: boolean | null;
            /** @description what needs a person */
            attention: components["schemas"]["AttentionAnswer"][] | null;
            /**
             * @description REDIS_KEY_PREFIX
             * @example {quantum:0}:
             */
            key_prefix: string | null;
            kill_switch: components["schemas"]["KillSwitchAnswer"] | null;
            /**
             * @description when it answered last, by the clock of this process
             * @example 1764518400000
             */
            last_answer_ms: number | null;
            /**
             * @description dry_run, testnet or production
             * @example testnet
             */
            mode: string | null;
            /**
             * @description as CELLS_FILE names it
             * @example main
             */
            name: string;
            /**
             * @description how many things need a person
             * @example 0
             */
            needs_you: number | null;
            /**
             * @description the symbols that proposals are routed by; none: all
             * @example [
             *       "BTCUSDT"
             *     ]
             */
            routed_symbols: string[];
            /**
             * @description ready: it answers, every role has a process, and all are ready
             * @example ready
             * @enum {string}
             */
            state: "ready" | "not_ready" | "no_answer";
            /**
             * @description the symbols that it trades
             * @example [
             *       "BTCUSDT"
             *     ]
             */
            symbols: string[] | null;
            /**
             * @description why it is not ready, or gave no answer; empty when it is ready
             * @example
             */
            text: string;
            /**
             * @description how long it took to answer, or until it was given up
             * @example 12
             */
            took_ms: number;
            /**
             * @description where its processes answer
             * @example [
             *       "http://127.0.0.1:8080"
             *     ]
             */
            urls: string[];
            /**
             * @description of permit-gate
             * @example 0.1.0
             */
            version: string | null;
        };
        CellConflictAnswer: {
            /**
             * @description as in the cells
             * @example 3f2a9c0d1e4b5a673f2a9c0d1e4b5a67
             */
            account_id: string;
            /**
             * @description their names
             * @example [
             *       "main",
             *       "copy"
             *     ]
             */
            cells: string[];
            /**
             * @description the symbols that both trade
             * @example [
             *       "BTCUSDT"
             *     ]
             */
            symbols: string[];
            /**
             * @description for a person
             * @example main and copy trade BTCUSDT of the same account, so a position may be closed twice: stop one of them.
             */
            text: string;
        };
        CellsAnswer: {
            /**
             * @description every cell is ready
             * @example true
             */
            all_ready: boolean;
            /**
             * @description by the clock of the process that asked
             * @example 1764518400000
             */
            at_ms: number;
            /** @description in the order of CELLS_FILE */
            cells: components["schemas"]["CellAnswer"][];
            /** @description cells that trade the same symbol of the same account */
            conflicts: components["schemas"]["CellConflictAnswer"][];
            /**
             * @description how many things need a person, in all cells that answered
             * @example 0
             */
            needs_you: number;
        };
        CellsKillSwitchBody: {
            /** @description only true: each cell is released by itself */
            engaged: boolean;
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ChainFaultAnswer: {
            /**
             * @description for a person
             * @example entries 3 to 5 are gone
             */
            detail: string;
            /**
             * @description of the entry; empty where there is none
             * @example 1764518400000-0
             */
            id: string;
            /**
             * @description from a closed set
             * @example missing
             * @enum {string}
             */
            kind: "missing" | "changed" | "foreign" | "last_id" | "head";
        };
        ChainReportAnswer: {
            /**
             * @description the role and instance that write it
             * @example ops:gate-0
             */
            chain: string;
            /**
             * @description how many there are
             * @example 120
             */
            entries: number;
            faults: components["schemas"]["ChainFaultAnswer"][];
            /**
             * @description the number of the first
             * @example 1
             */
            first: number;
            /**
             * @description the recorded end of the chain
             * @example 120:9f86d081
             */
            head: string;
            /**
             * @description whether its entries were proven with a key
             * @example proven
             * @enum {string}
             */
            key: "proven" | "not here" | "none";
            /**
             * @description the names of its keys
             * @example [
             *       "audit-1"
             *     ]
             */
            kids: string[];
            /**
             * @description the number of the last
             * @example 120
             */
            last: number;
            /**
             * @description the newest id of its stream
             * @example 1764518400000-0
             */
            last_id: string;
            /**
             * @description faults beyond those listed
             * @example 0
             */
            more_faults: number;
        };
        ChainStateAnswer: {
            /**
             * @description what is wrong
             * @example the entry 1-0 is not as it was written
             */
            detail?: string;
            /**
             * @description nothing is missing or changed, as far as this process knows
             * @example true
             */
            intact: boolean;
        };
        ClaimBody: {
            /** @description of this consumer only */
            consumer?: string;
            /** @description a consumer without a lease that has not read for this long counts as dead */
            min_idle_ms: number;
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ClaimedAnswer: {
            claimed: components["schemas"]["ClaimedEntryAnswer"][];
            /**
             * @description entries that were deleted from the stream since
             * @example 0
             */
            gone: number;
            /**
             * @description the consumer group
             * @example governor
             */
            group: string;
            /**
             * @description call again for the rest
             * @example false
             */
            more: boolean;
            /**
             * @description the key of the stream
             * @example quantum:stream:apply.plan
             */
            stream: string;
            /**
             * @description the consumer that got them; any live one takes them over. null: there was nothing to move
             * @example governor-gate-0
             */
            to: string | null;
        };
        ClaimedEntryAnswer: {
            /**
             * @description the dead consumer that had it
             * @example governor-gate-7
             */
            from: string;
            /**
             * @description the entry
             * @example 1764518400000-0
             */
            id: string;
        };
        ClockAnswer: {
            /**
             * @description the exchange's clock minus this host's
             * @example -12
             */
            exchange_offset_ms: number | null;
            /**
             * @description how far off that may be
             * @example 20
             */
            exchange_uncertainty_ms: number | null;
            /**
             * @description Redis' clock minus this host's
             * @example 3
             */
            redis_offset_ms: number | null;
        };
        CloseAnswer: {
            /**
             * @description of the published plan; 0 when none was published
             * @example 1
             */
            attempt: number;
            /**
             * @description only EXECUTE publishes a plan
             * @example EXECUTE
             * @enum {string}
             */
            decision: "EXECUTE" | "SKIP" | "BLOCKED" | "ERROR";
            /**
             * @description what was wrong; "" for nothing
             * @example
             */
            detail: string;
            /**
             * @description signed, as the operator saw it
             * @example 0.062
             */
            exchange_amt: string;
            /**
             * @description for a person: what happens next
             * @example The plan is published: …
             */
            next: string;
            /** @example 50 */
            pct: string;
            /** @example 3f2a9c0d1e4b5a67 */
            plan_id: string;
            /** @example [] */
            reason_codes: ("kill_switch_active" | "symbol_suspended" | "not_in_allowlist" | "kill_score_critical" | "kill_score_warning_close_ok" | "kill_score_warning_risk_increase" | "duplicate_plan" | "missing_new_sl" | "action_hold" | "unknown_action" | "proposal_stale" | "proposal_invalid" | "repeat_suppressed" | "disarmed" | "proposal_withdrawn" | "proposal_superseded" | "target_reached")[];
            /** @example BTCUSDT */
            symbol: string;
        };
        CloseBody: {
            /**
             * @description the signed amount you saw at the exchange; another one now refuses the call
             * @example 0.062
             */
            expected_exchange_amt: string | number;
            /**
             * @description per cent of the position, above 0 and at most 100, or all
             * @example 50
             */
            pct: string | number;
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ClosedTradeAnswer: {
            /**
             * @description when; epoch ms of the exchange
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description the average price of the position, from the profit that the exchange booked; 8 decimals
             * @example 64010.1
             */
            entry_price: string;
            /**
             * @description the price of the trade
             * @example 65010.1
             */
            exit_price: string;
            /**
             * @description of what was closed; a decimal, negative for a rebate
             * @example 0.13002020
             */
            fee: string;
            /**
             * @description what the fee was paid in
             * @example USDT
             */
            fee_asset: string;
            /**
             * @description what the same trade opened on the other side; "0" for none
             * @example 0
             */
            opened_quantity: string;
            /**
             * @description of the exchange
             * @example 8389765
             */
            order_id: string;
            /**
             * @description the plan that closed it; null where somebody else did, or it is not known
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string | null;
            /**
             * @description what the profit is counted in
             * @example USDT
             */
            pnl_asset: string;
            /**
             * @description what was closed; a decimal
             * @example 0.005
             */
            quantity: string;
            /**
             * @description a decimal, without the fee
             * @example 5
             */
            realized_pnl: string;
            /**
             * @description SELL closes a long, BUY a short position
             * @example BUY
             * @enum {string}
             */
            side: "BUY" | "SELL";
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @description of the exchange
             * @example 698759
             */
            trade_id: string;
        };
        ConfigurationAnswer: {
            /**
             * @description the effective value of each variable; a secret shows only whether it is set
             * @example {
             *       "APPLY_MODE": "testnet",
             *       "SYMBOLS": [
             *         "BTCUSDT"
             *       ],
             *       "ADMIN_TOKENS_FILE": "/run/secrets/tokens.json"
             *     }
             */
            configuration: {
                [key: string]: (string | number | boolean | string[]) | null;
            };
            /** @description each variable, in the order of docs/configuration.md */
            settings: components["schemas"]["SettingAnswer"][];
        };
        ConsumerAnswer: {
            /**
             * @description since it last asked for entries
             * @example 812
             */
            idle_ms: number;
            /**
             * @description alive, dead: one of our processes with or without its lease; reading, silent: without a lease, such as a service of another make
             * @example alive
             * @enum {string}
             */
            life: "alive" | "dead" | "reading" | "silent";
            /**
             * @description the name of the consumer
             * @example governor-gate-0
             */
            name: string;
            /**
             * @description entries that it handles
             * @example 0
             */
            pending: number;
        };
        ControlChanged: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /** @example alice */
            by: string | null;
            /** @example KILL_SWITCH_ENGAGED */
            change: string;
            /** @example wrong prices */
            reason: string;
            /**
             * @description null where the change is not about one symbol
             * @example BTCUSDT
             */
            symbol: string | null;
            /**
             * @example control.changed
             * @enum {string}
             */
            type: "control.changed";
        };
        DayReportAnswer: {
            /**
             * @description why the archive could not be read
             * @example null
             */
            archive_fault: string | null;
            /** @description the account's own trades that closed something, oldest first */
            closed: components["schemas"]["ClosedTradeAnswer"][];
            /**
             * @description the day, UTC
             * @example 2026-11-30
             */
            day: string;
            /** @description attempts that were not executed, the most frequent first */
            denied: components["schemas"]["DeniedAnswer"][];
            /**
             * @description where `denied` was read
             * @example archive
             * @enum {string}
             */
            denied_from: "archive" | "redis";
            /**
             * @description where the results of the day begin later than the day: what came before is not in `denied`
             * @example null
             */
            denied_since_ms: number | null;
            /**
             * @description the day is over: the report changes no more
             * @example true
             */
            is_over: boolean;
            /**
             * @description trades that opened or grew a position, with those that turned one around
             * @example 0
             */
            opening_trades: number;
            /** @description by asset, exactly */
            sums: components["schemas"]["AssetSumAnswer"][];
        };
        DeadLetterAnswer: {
            /**
             * @description when it was set aside
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description how often it was delivered
             * @example 1
             */
            deliveries: number;
            /**
             * @description of the entry in its stream
             * @example 1764518399000-0
             */
            entry_id: string;
            /**
             * @description the entry; long values are cut
             * @example {
             *       "plan_id": "0f1e2d3c4b5a6978"
             *     }
             */
            fields: {
                [key: string]: unknown;
            };
            /**
             * @description the group that set it aside
             * @example governor
             */
            group: string;
            /**
             * @description of the dead letter
             * @example 1764518400000-0
             */
            id: string;
            /**
             * @description why
             * @example plan_id is missing
             */
            reason: string;
            /** @description null while it waits for an admin */
            settled: components["schemas"]["SettlementAnswer"] | null;
            /**
             * @description the key of its stream
             * @example quantum:stream:apply.plan
             */
            stream: string;
        };
        DeadLetterCount: {
            /**
             * @description there are more than the newest 100
             * @example false
             */
            more: boolean;
            /**
             * @description of the newest 100, those that nobody has settled
             * @example 0
             */
            open: number;
        };
        DeadLettersAnswer: {
            /** @description newest first */
            dead_letters: components["schemas"]["DeadLetterAnswer"][];
            /**
             * @description `cursor` of the next page; null at the end
             * @example null
             */
            next_cursor: string | null;
        };
        DeniedAnswer: {
            /**
             * @description attempts that ended so
             * @example 12
             */
            count: number;
            /**
             * @description the error of the result; docs/reasons.md lists them
             * @example governor_denied
             */
            error: string;
            /**
             * @description its reason
             * @example hourly_limit_exceeded
             */
            reason: string;
            /**
             * @description empty where the entry names none
             * @example BTCUSDT
             */
            symbol: string;
        };
        DriftAnswer: {
            /**
             * @description the two amounts are the same
             * @example true
             */
            agrees: boolean;
            /**
             * @description exchange minus ledger
             * @example 0
             */
            difference: string;
            /**
             * @description they are on opposite sides
             * @example false
             */
            side_mismatch: boolean;
            /**
             * @description how much they may differ, in per cent
             * @example 1
             */
            tolerance_pct: number;
        };
        EarlierAnswer: {
            /**
             * @description how many there are
             * @example 0
             */
            entries: number;
            /**
             * @description what is wrong
             * @example null
             */
            fault: string | null;
        };
        EventInstance: {
            /** @example host-1 */
            instance: string;
            /** @example apply */
            role: string;
        };
        EventsGap: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /** @example entries after the last event were trimmed; the state follows */
            detail: string;
            /**
             * @description the streams of which entries are gone: plans, permits, results, control
             * @example [
             *       "permits"
             *     ]
             */
            streams: string[];
            /**
             * @example events.gap
             * @enum {string}
             */
            type: "events.gap";
        };
        ExchangeAnswer: {
            /**
             * @description when the ban of this address ends
             * @example null
             */
            banned_until_ms: number | null;
            /**
             * @description when it answered last
             * @example 1764518400000
             */
            last_answer_ms: number | null;
            /**
             * @description empty where there is none
             * @example
             */
            last_error: string;
            /**
             * @description no_credentials: this process has no keys
             * @example ok
             * @enum {string}
             */
            state: "ok" | "failing" | "never_answered" | "no_credentials";
            /**
             * @description request weight of the last minute; 2 400 are allowed
             * @example 63
             */
            weight_used_1m: number | null;
        };
        FieldFault: {
            /**
             * @description what is wrong with it
             * @example must say why; given: nothing
             */
            detail: string;
            /**
             * @description of the body or the query
             * @example reason
             */
            field: string;
        };
        FlattenAnswer: {
            symbols: components["schemas"]["FlattenedAnswer"][];
        };
        FlattenedAnswer: {
            /**
             * @example EXECUTE
             * @enum {string|null}
             */
            decision: "EXECUTE" | "SKIP" | "BLOCKED" | "ERROR" | null;
            /**
             * @description signed; null if it is not known
             * @example 0.062
             */
            exchange_amt: string | null;
            /**
             * @description for a person: what happens next, or why nothing does
             * @example The plan is published: …
             */
            next: string;
            /**
             * @example published
             * @enum {string}
             */
            outcome: "published" | "flat" | "not_published";
            /** @example 3f2a9c0d1e4b5a67 */
            plan_id: string | null;
            /** @example [] */
            reason_codes: ("kill_switch_active" | "symbol_suspended" | "not_in_allowlist" | "kill_score_critical" | "kill_score_warning_close_ok" | "kill_score_warning_risk_increase" | "duplicate_plan" | "missing_new_sl" | "action_hold" | "unknown_action" | "proposal_stale" | "proposal_invalid" | "repeat_suppressed" | "disarmed" | "proposal_withdrawn" | "proposal_superseded" | "target_reached")[];
            /** @example BTCUSDT */
            symbol: string;
        };
        FleetAnswer: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1790000000000
             */
            at_ms: number;
            /**
             * @description every role has a process, and every process is ready
             * @example true
             */
            complete: boolean;
            /** @description also those that were lost or ended in the last ten minutes */
            instances: components["schemas"]["InstanceAnswer"][];
            /** @description roles that no living process has */
            missing: components["schemas"]["MissingRoleAnswer"][];
        };
        FleetChanged: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /** @description every living process of every role */
            instances: components["schemas"]["EventInstance"][];
            /**
             * @description roles that no living process has
             * @example [
             *       "governor"
             *     ]
             */
            missing_roles: string[];
            /**
             * @example fleet.changed
             * @enum {string}
             */
            type: "fleet.changed";
        };
        ForeignApplyAnswer: {
            /**
             * @description when that was
             * @example 1764518400000
             */
            last_seen_ms: number;
            /**
             * @description until then an order of it may still reach the exchange
             * @example 1764518400000
             */
            not_confirmable_until_ms: number;
            /**
             * @description the last plan that it published, or has a result for
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
        };
        GovernorDisarmAnswer: {
            /**
             * @description when
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description why
             * @example two executions in one minute
             */
            reason: string;
        };
        GroupAnswer: {
            consumers: components["schemas"]["ConsumerAnswer"][];
            /**
             * @description false until a process with that role makes it
             * @example true
             */
            exists: boolean;
            /**
             * @description the consumer group
             * @example governor
             */
            group: string;
            /**
             * @description entries that were not read yet; null where Redis does not know
             * @example 0
             */
            lag: number | null;
            /**
             * @description the newest entry that was read
             * @example 1764518400000-0
             */
            last_delivered_id: string;
            /**
             * @description entries that are being handled
             * @example 0
             */
            pending: number;
        };
        HeldSymbol: {
            /** @example the ledger differs from the exchange */
            reason: string;
            /** @example BTCUSDT */
            symbol: string;
        };
        HistoryAnswer: {
            /**
             * @description the end of the last point
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description the process that answers
             * @example gate-0
             */
            instance: string;
            /**
             * @description minutes in this answer
             * @example 60
             */
            minutes: number;
            /**
             * @description minutes that it keeps at most
             * @example 1440
             */
            most_minutes: number;
            /** @description oldest first; a step in which the process did not run has none */
            points: components["schemas"]["HistoryPointAnswer"][];
            /**
             * @description its roles: it counts nothing for a role that it does not run
             * @example [
             *       "apply",
             *       "governor"
             *     ]
             */
            roles: string[];
            /**
             * @description since when it counts
             * @example 1764518400000
             */
            since_ms: number;
            /**
             * @description how far back
             * @example hour
             * @enum {string}
             */
            span: "hour" | "day";
            /**
             * @description how long a point is
             * @example 60000
             */
            step_ms: number;
            /** @description the whole span as one point */
            total: components["schemas"]["HistoryPointAnswer"];
            /** @description of the whole span, the largest count first */
            verdicts: components["schemas"]["HistoryVerdictAnswer"][];
        };
        HistoryPointAnswer: {
            /**
             * @description permits of both issuers
             * @example 6
             */
            allowed: number;
            /**
             * @description the start of the step; epoch ms by the clock of this host
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description plans that were claimed
             * @example 3
             */
            claimed: number;
            /**
             * @description closed by the orders of this process, in USD; a decimal
             * @example 487.50
             */
            closed_notional_usd: string;
            /**
             * @description denials of both issuers
             * @example 1
             */
            denied: number;
            /**
             * @description from publication to the claim, half of the plans; as exact as the buckets of the metric
             * @example 42
             */
            wait_p50_ms: number | null;
            /**
             * @description the same, 90 of 100
             * @example 88
             */
            wait_p90_ms: number | null;
            /**
             * @description the same, 99 of 100
             * @example 97.5
             */
            wait_p99_ms: number | null;
            /**
             * @description request weight of the exchange used in a minute, the most in the step
             * @example 120
             */
            weight_used: number;
        };
        HistoryVerdictAnswer: {
            /**
             * @description how many in the span
             * @example 12
             */
            count: number;
            /**
             * @description who
             * @example governor
             * @enum {string}
             */
            issuer: "governor" | "p33";
            /**
             * @description empty for an allow; docs/reasons.md lists them
             * @example stale_exchange_state
             */
            reason: string;
        };
        HoldAnswer: {
            /**
             * @description how long ago
             * @example 60000
             */
            age_ms?: number;
            /**
             * @description when it was set; null for a hold that nobody can read
             * @example 1764518400000
             */
            at_ms: number | null;
            /**
             * @description who set it
             * @example anna
             */
            by: string;
            /**
             * @description operator, or what a role found; unreadable for a hold that nobody can read
             * @example operator
             */
            cause: string;
            /**
             * @description for a person
             * @example manual trade, ticket 4711
             */
            reason: string;
        };
        HoldChanged: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /** @example alice */
            by: string | null;
            /** @example true */
            on_hold: boolean;
            /** @example the ledger differs from the exchange */
            reason: string;
            /** @example BTCUSDT */
            symbol: string;
            /**
             * @example hold.changed
             * @enum {string}
             */
            type: "hold.changed";
        };
        HoldLiftedAnswer: {
            /** @description always null */
            hold: components["schemas"]["StoredHoldAnswer"] | null;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        HoldSetAnswer: {
            hold: components["schemas"]["StoredHoldAnswer"];
        };
        HotLimitAnswer: {
            /**
             * @description epoch ms: when something is left again; null while something is
             * @example 1790000000000
             */
            free_at_ms: number | null;
            /** @example 3 */
            limit: string;
            /**
             * @example executions_per_hour
             * @enum {string}
             */
            limit_name: "executions_per_hour" | "executions_per_5min" | "reduce_notional_per_day_usd" | "reduce_qty_per_day";
            /** @example BTCUSDT */
            symbol: string;
            /** @example 3 */
            used: string;
        };
        InFlightAnswer: {
            /**
             * @description the attempt of the plan
             * @example 1
             */
            attempt: number;
            /**
             * @description of the order
             * @example pg0f1e2d3c4b5a6978-1
             */
            client_order_id: string;
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description a decimal
             * @example 0.186
             */
            quantity: string;
            /**
             * @description why the call waits for it no longer: ended, answered or window_passed
             * @example ended
             */
            settled: string | null;
            /**
             * @description BUY or SELL
             * @example SELL
             */
            side: string;
            /**
             * @description now
             * @example FILLED
             */
            state: string;
            /**
             * @description when the call began to wait
             * @example CLAIMED
             */
            state_before: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        InstanceAnswer: {
            /**
             * @description what it was built from
             * @example 1a2b3c4d5e6f
             */
            commit: string | null;
            /**
             * @description digest of the effective configuration, without secrets and without what is of one process
             * @example 5d6e7f8a
             */
            configuration: string | null;
            /**
             * @description in what it differs from most others
             * @example []
             */
            differs: ("version" | "configuration" | "mode")[];
            /**
             * @description the sections of docs/configuration.md in which its configuration differs
             * @example []
             */
            differs_in: string[];
            /**
             * @description why it is not ready
             * @example []
             */
            faults: string[];
            /** @example host-1 */
            host: string | null;
            /**
             * @description INSTANCE_ID; of a service of another make the name of its consumer
             * @example gov-1
             */
            instance: string;
            /** @example testnet */
            mode: string | null;
            /**
             * @description false: a consumer without a lease, such as a service of another make
             * @example true
             */
            ours: boolean;
            /** @example 4711 */
            pid: number | null;
            /**
             * @example governor
             * @enum {string}
             */
            role: "apply" | "position-brain" | "governor";
            /**
             * @description epoch ms by the clock of Redis: its last heartbeat, or its last read
             * @example 1790000000000
             */
            seen_ms: number;
            /**
             * @description epoch ms by the clock of its host
             * @example 1790000000000
             */
            started_ms: number | null;
            /**
             * @example ready
             * @enum {string}
             */
            state: "ready" | "not_ready" | "alive" | "gone" | "ended" | "reading" | "silent";
            /**
             * @description the state for a person
             * @example It is ready.
             */
            text: string;
            /** @example 0.1.0 */
            version: string | null;
        };
        KillSwitchAnswer: {
            /**
             * @description when it was set
             * @example 1764518400000
             */
            at_ms: number | null;
            /**
             * @description who set it; empty where Redis has none that can be read
             * @example anna
             */
            by: string;
            /**
             * @description of the stop that this release ended
             * @example b7f0c0de
             */
            ended_press_id?: string;
            /**
             * @description no order is sent while it is engaged
             * @example false
             */
            engaged: boolean;
            /**
             * @description of the stop that was pressed
             * @example b7f0c0de
             */
            press_id?: string;
            /**
             * @description why
             * @example wrong prices
             */
            reason: string;
            /**
             * @description numbers the changes
             * @example 12
             */
            seq?: number;
        };
        KillSwitchBody: {
            /** @description true engages (operator), false releases (admin) */
            engaged: boolean;
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        KillSwitchSetAnswer: {
            /**
             * @description when it was set
             * @example 1764518400000
             */
            at_ms: number | null;
            /**
             * @description who set it; empty where Redis has none that can be read
             * @example anna
             */
            by: string;
            /**
             * @description of the stop that this release ended
             * @example b7f0c0de
             */
            ended_press_id?: string;
            /**
             * @description no order is sent while it is engaged
             * @example false
             */
            engaged: boolean;
            /** @description another implementation of Apply on this prefix, which reads no kill switch; unknown if it could not be read */
            foreign_apply?: (components["schemas"]["ForeignApplyAnswer"] | "unknown") | null;
            /** @description orders that were on their way */
            in_flight?: components["schemas"]["InFlightAnswer"][];
            /**
             * @description why a failover now could lose it
             * @example 1 of 2 replicas has it
             */
            missing_replicas?: string;
            /**
             * @description of the stop that was pressed
             * @example b7f0c0de
             */
            press_id?: string;
            /**
             * @description why
             * @example wrong prices
             */
            reason: string;
            /**
             * @description numbers the changes
             * @example 12
             */
            seq?: number;
            /**
             * @description how long the call waited for orders on their way
             * @example 38
             */
            waited_ms?: number;
            /**
             * @description somebody had engaged it before: who, why and when are theirs
             * @example false
             */
            was_engaged?: boolean;
        };
        LagAnswer: {
            /**
             * @description false until a process with that role makes it
             * @example true
             */
            exists: boolean;
            /**
             * @description the consumer group
             * @example governor
             */
            group: string;
            /**
             * @description entries that were not read yet
             * @example 0
             */
            lag: number | null;
            /**
             * @description entries that are being handled
             * @example 0
             */
            pending: number;
            /**
             * @description the key of the stream
             * @example quantum:stream:apply.plan
             */
            stream: string;
        };
        LedgerAnswer: {
            /** @example 4000 */
            age_ms?: number | null;
            /**
             * @description why it is not usable
             * @example no ledger was made yet
             */
            detail?: string;
            /** @example 0.186 */
            last_executed_qty?: string | null;
            /** @example 4000 */
            last_fill_age_ms?: number | null;
            /** @example 1764518400000 */
            last_fill_ms?: number | null;
            /**
             * @description the signed amount
             * @example -0.062
             */
            last_known_amt?: string;
            /** @example 8389765 */
            last_order_id?: string | null;
            /** @example 0f1e2d3c4b5a6978 */
            last_result_plan_id?: string | null;
            /** @example BUY */
            last_side?: string | null;
            /**
             * @description who wrote it last
             * @example fill
             */
            source?: string | null;
            /**
             * @description absent: none was made yet; lost: it cannot be used
             * @example present
             * @enum {string}
             */
            state: "present" | "absent" | "lost";
            /** @example 1764518400000 */
            updated_ms?: number | null;
        };
        LimitAnswer: {
            /**
             * @description when something is left again; null while something is, or where it never is
             * @example null
             */
            free_at_ms: number | null;
            /**
             * @description null where there is no limit
             * @example 6
             */
            left: string | null;
            /**
             * @description null where there is none
             * @example 10
             */
            limit: string | null;
            /**
             * @description the part of it that waits for its result
             * @example 1
             */
            reserved: string;
            /**
             * @description with what is reserved
             * @example 4
             */
            used: string;
        };
        LimitsAnswer: {
            /**
             * @description by Redis' clock
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description the day that the daily limits count
             * @example 2026-11-30
             */
            day_utc: string;
            limits: components["schemas"]["SymbolLimitsAnswer"][];
        };
        LoopAnswer: {
            /**
             * @description it has turned in time
             * @example true
             */
            alive: boolean;
            /**
             * @description how long it may rest
             * @example 30000
             */
            allowed_idle_ms: number;
            /**
             * @description since its last turn
             * @example 12
             */
            idle_ms: number;
            /**
             * @description the name of the loop
             * @example plans
             */
            name: string;
        };
        LostEntryAnswer: {
            /** @example the ledger counts the part of this fill that it has not counted yet */
            detail: string;
            /** @example 1790000000000-0 */
            id: string;
        };
        ManualPermitAnswer: {
            /**
             * @description the attempt
             * @example 1
             */
            attempt: number;
            /**
             * @description who gave it
             * @example anna
             */
            by: string;
            /**
             * @description given by a person
             * @example true
             */
            manual: boolean;
            /**
             * @description which permit
             * @example governor
             * @enum {string}
             */
            permit: "governor";
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description why
             * @example the Governor is down
             */
            reason: string;
        };
        MissingRoleAnswer: {
            /**
             * @description epoch ms; null if it never had a process
             * @example 1790000000000
             */
            last_seen_ms: number | null;
            /**
             * @description the one command that helps
             * @example ROLES=governor permit-gate serve
             */
            remedy: string;
            /**
             * @example governor
             * @enum {string}
             */
            role: "apply" | "position-brain" | "governor";
            /** @example No process with ROLES=governor is alive, and none was seen before. */
            text: string;
        };
        OpenOrderAnswer: {
            /**
             * @description the attempt of the plan
             * @example 1
             */
            attempt: number;
            /**
             * @description when both permits were taken
             * @example 1764518400000
             */
            claimed_ms: number | null;
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description of the journal
             * @example CLAIMED
             */
            state: string | null;
        };
        OpenPlan: {
            /** @example 1 */
            attempt: number;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /** @example WAITING */
            state: string;
            /** @example BTCUSDT */
            symbol: string;
        };
        OrderSent: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description null for a plan of another Apply, which numbers none
             * @example 1
             */
            attempt: number | null;
            /** @example pg-9b1c5f0a7d3e2846-0-1 */
            client_order_id: string;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /** @example 0.007 */
            quantity: string | null;
            /**
             * @description empty where the result does not say it
             * @example SELL
             */
            side: string;
            /**
             * @description empty where the entry does not say it
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example order.sent
             * @enum {string}
             */
            type: "order.sent";
        };
        PermitAnswer: {
            /**
             * @description "" if there is none
             * @example p33 with key p33-2026
             */
            issued_by: string;
            /**
             * @example p33
             * @enum {string}
             */
            issuer: "governor" | "p33";
            /**
             * @description as it was issued, of its signature only the beginning
             * @example {
             *       "allow": true,
             *       "symbol": "BTCUSDT",
             *       "safe_close_qty": 0.007,
             *       "sig": "Zk3vQ0aa…"
             *     }
             */
            permit: {
                [key: string]: unknown;
            } | null;
            /**
             * @description stored: in Redis now; used: by the claim of the last attempt; unused: removed with its result
             * @example stored
             * @enum {string}
             */
            place: "stored" | "used" | "unused" | "none";
            /**
             * @description for a person
             * @example Position Brain: yes, up to 0.007. It lives 57 s more.
             */
            text: string;
            /**
             * @description null if it is not stored
             * @example 57000
             */
            ttl_ms: number | null;
            /**
             * @example allow
             * @enum {string}
             */
            verdict: "allow" | "deny" | "unreadable" | "none";
        };
        PermitDenied: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description null for a plan of another Apply, which numbers none
             * @example 1
             */
            attempt: number | null;
            /**
             * @description what the reason rests on
             * @example {
             *       "exchange_amt": "0"
             *     }
             */
            context: {
                [key: string]: unknown;
            };
            /**
             * @description governor or p33 (the Position Brain)
             * @example p33
             */
            issuer: string;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /**
             * @description from the closed set in docs/reasons.md
             * @example no_position
             */
            reason: string;
            /**
             * @description empty where the entry does not say it
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example permit.denied
             * @enum {string}
             */
            type: "permit.denied";
        };
        PermitIssued: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description null for a plan of another Apply, which numbers none
             * @example 1
             */
            attempt: number | null;
            /** @example 1796036623172 */
            expires_at_ms: number | null;
            /**
             * @description governor or p33 (the Position Brain)
             * @example governor
             */
            issuer: string;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /**
             * @description the quantity that the permit allows
             * @example 0.007
             */
            quantity: string | null;
            /**
             * @description empty where the entry does not say it
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example permit.issued
             * @enum {string}
             */
            type: "permit.issued";
        };
        PersonsApproval: {
            /**
             * @description when
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description the name of the token
             * @example anna
             */
            by: string;
            /**
             * @description why
             * @example the regime did flip
             */
            reason: string;
        };
        PlanAttemptAnswer: {
            /**
             * @description the attempt
             * @example 1
             */
            attempt: number;
            /**
             * @description of its result; empty where there is none
             * @example
             */
            error: string;
            /**
             * @description of its result; docs/reasons.md lists them
             * @example
             */
            reason: string;
            verdicts: components["schemas"]["VerdictsAnswer"];
        };
        PlanOrderAnswer: {
            /** @example 64010.1 */
            avg_price: (string | number) | null;
            /**
             * @description empty where another service sent it without one
             * @example pg0f1e2d3c4b5a6978-1
             */
            client_order_id: string;
            /** @example 0.186 */
            executed_qty: (string | number) | null;
            /**
             * @description of another service's order: what our Position Brain looked up
             * @example 0.186
             */
            looked_up_qty?: string | null;
            /** @example 8389765 */
            order_id: (string | number) | null;
            /** @example 0.186 */
            quantity: (string | number) | null;
            /**
             * @description this system has no other orders
             * @example true
             */
            reduce_only: boolean;
            /**
             * @description BUY or SELL
             * @example SELL
             */
            side: string | null;
            /**
             * @description of the step
             * @example filled
             */
            status: string | null;
        };
        PlanPermitsAnswer: {
            /** @example 1 */
            attempt: number;
            /** @description of the Governor, then of the Position Brain */
            permits: components["schemas"]["PermitAnswer"][];
            /** @example 3f2a9c0d1e4b5a67 */
            plan_id: string;
            /** @example WAITING */
            state: string;
            /**
             * @description "" if the plan has no journal
             * @example BTCUSDT
             */
            symbol: string;
        };
        PlanPublished: {
            /** @example PARTIAL_75 */
            action: string;
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description null for a plan of another Apply, which numbers none
             * @example 1
             */
            attempt: number | null;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /** @example testnet */
            mode: string | null;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /**
             * @example [
             *       "kill_score_warning_close_ok"
             *     ]
             */
            reason_codes: string[];
            /**
             * @description where the proposal came from
             * @example stream
             */
            source: string | null;
            /**
             * @description empty where the entry does not say it
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example plan.published
             * @enum {string}
             */
            type: "plan.published";
        };
        PlanResultAnswer: {
            /**
             * @description the attempt
             * @example 1
             */
            attempt: number;
            /**
             * @description as in the plan
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description when it was recorded
             * @example 1764518400000
             */
            ended_ms: number | null;
            /**
             * @description empty where there is none
             * @example
             */
            error: string;
            /**
             * @description an order was carried out
             * @example true
             */
            executed: boolean;
            /**
             * @description docs/reasons.md lists them
             * @example
             */
            reason: string;
            /**
             * @description the state in which the attempt ended
             * @example FILLED
             */
            state: string;
            /**
             * @description as on the stream
             * @example [
             *       {
             *         "step": "CLOSE_PARTIAL_75",
             *         "status": "filled",
             *         "order_id": "8389765",
             *         "quantity": "0.186"
             *       }
             *     ]
             */
            steps_results: {
                [key: string]: unknown;
            }[];
            /**
             * @description from publishing to the claim
             * @example 9
             */
            wait_ms: number | null;
            /**
             * @description of a dry run: an order would have been sent
             * @example false
             */
            would_execute: boolean;
        };
        PlansAnswer: {
            /**
             * @description why older plans could not be read from the archive; null where they were, or were not asked for
             * @example null
             */
            archive_fault: string | null;
            /**
             * @description `cursor` of the next page; null at the end
             * @example null
             */
            next_cursor: string | null;
            /** @description newest first */
            plans: components["schemas"]["PlanSummaryAnswer"][];
            /**
             * @description plans that repeat a newer refusal, and are not listed: only with repeats=fold
             * @example 0
             */
            repeats_left_out: number;
            /** @description proposals that wait until there is room for their plan, as of up to 3 s ago */
            waiting_for_capacity: components["schemas"]["PlansWaitingAnswer"];
        };
        PlanSummaryAnswer: {
            /**
             * @description what the strategy asked for
             * @example PARTIAL_75
             */
            action: string;
            /**
             * @description it comes from the archive: Redis has it no longer
             * @example false
             */
            archived: boolean;
            /**
             * @description the newest attempt
             * @example 1
             */
            attempt: number;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description when it ended
             * @example 1764518400000
             */
            ended_ms: number | null;
            /**
             * @description the error of the result; empty where there is none
             * @example
             */
            error: string | null;
            /**
             * @description an order of it was carried out; null while it is open
             * @example true
             */
            executed: boolean | null;
            /**
             * @description of the process that published it; empty for a plan of another service
             * @example testnet
             */
            mode: string;
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description who published it
             * @example permit-gate
             * @enum {string}
             */
            published_by: "permit-gate" | "another service";
            /**
             * @description when the newest attempt was published
             * @example 1764518400000
             */
            published_ms: number;
            /**
             * @description the reason of the result
             * @example
             */
            reason: string | null;
            /**
             * @description docs/reasons.md lists them
             * @example []
             */
            reason_codes: string[];
            /**
             * @description the state of its newest attempt
             * @example FILLED
             */
            state: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        PlansWaitingAnswer: {
            /**
             * @description how many
             * @example 0
             */
            count: number;
            /** @description the most urgent 20 of each process */
            plans: components["schemas"]["PlanWaitingAnswer"][];
        };
        PlanTraceAnswer: {
            /**
             * @description what the strategy asked for
             * @example PARTIAL_75
             */
            action: string;
            /**
             * @description it comes from the archive: Redis has it no longer
             * @example false
             */
            archived: boolean;
            /**
             * @description the newest attempt
             * @example 1
             */
            attempt: number;
            /** @description every attempt, oldest first; a verdict that is kept nowhere any more is null */
            attempts: components["schemas"]["PlanAttemptAnswer"][];
            /**
             * @description the end of the window: no sending starts after it
             * @example 1764518401200
             */
            deadline_ms: number | null;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description when it ended
             * @example 1764518400000
             */
            ended_ms: number | null;
            /**
             * @description the error of the result; empty where there is none
             * @example
             */
            error: string | null;
            /**
             * @description what settled the outcome of the order, source by source
             * @example {
             *       "user_stream": "FILLED"
             *     }
             */
            evidence: {
                [key: string]: unknown;
            } | null;
            /**
             * @description an order of it was carried out; null while it is open
             * @example true
             */
            executed: boolean | null;
            /**
             * @description of the process that published it; empty for a plan of another service
             * @example testnet
             */
            mode: string;
            /** @description null before the claim */
            order: components["schemas"]["PlanOrderAnswer"] | null;
            /**
             * @description the instance that published it
             * @example gate-0
             */
            owner: string;
            /**
             * @description the fields of the stream entry
             * @example {
             *       "plan_id": "0f1e2d3c4b5a6978",
             *       "symbol": "BTCUSDT"
             *     }
             */
            plan: {
                [key: string]: unknown;
            };
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description as it was received; null where it is not known
             * @example {
             *       "harvest_action": "PARTIAL_75"
             *     }
             */
            proposal: ({
                [key: string]: unknown;
            } | string | number | unknown[]) | null;
            /**
             * @description who published it
             * @example permit-gate
             * @enum {string}
             */
            published_by: "permit-gate" | "another service";
            /**
             * @description when the newest attempt was published
             * @example 1764518400000
             */
            published_ms: number;
            /**
             * @description the reason of the result
             * @example
             */
            reason: string | null;
            /**
             * @description docs/reasons.md lists them
             * @example []
             */
            reason_codes: string[];
            /** @description null while it is open */
            result: components["schemas"]["PlanResultAnswer"] | null;
            /**
             * @description the state of its newest attempt
             * @example FILLED
             */
            state: string;
            /** @description every step of every attempt; what else a step has depends on it */
            steps: ({
                /**
                 * @description when
                 * @example 1764518400000
                 */
                at_ms: number;
                /**
                 * @description the attempt
                 * @example 1
                 */
                attempt?: number;
                /**
                 * @description since its attempt's publication
                 * @example 0
                 */
                offset_ms?: number;
                /**
                 * @description what happened
                 * @example published
                 */
                step: string;
            } & {
                [key: string]: unknown;
            })[];
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
            /** @description of the newest attempt */
            verdicts: components["schemas"]["VerdictsAnswer"];
        };
        PlanWaitingAnswer: {
            /**
             * @description what the strategy asked for
             * @example PARTIAL_75
             */
            action: string;
            /**
             * @description the process in which it waits
             * @example gate-0
             */
            instance: string;
            /**
             * @description the higher, the sooner
             * @example 62
             */
            kill_score: number;
            /**
             * @description the plan that it becomes
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @description for how long it has waited
             * @example 1250
             */
            waiting_ms: number;
        };
        PositionAnswer: {
            /** @description everything that keeps the symbol from trading */
            blockers: components["schemas"]["BlockerAnswer"][];
            /** @description null while one of the two is not known */
            drift: components["schemas"]["DriftAnswer"] | null;
            /**
             * @description keys of the wrong type, and what a role cannot handle
             * @example []
             */
            faults: string[];
            hold: components["schemas"]["HoldAnswer"] | null;
            /** @description the order that is open, or whose fill is not counted yet */
            in_flight: components["schemas"]["OpenOrderAnswer"] | null;
            ledger: components["schemas"]["LedgerAnswer"];
            /**
             * @description changes with each change of the position
             * @example 17
             */
            position_epoch: string;
            /** @description null before the first read */
            snapshot: components["schemas"]["SnapshotAnswer"] | null;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        PositionsAnswer: {
            positions: components["schemas"]["PositionAnswer"][];
        };
        ProblemAnswer: {
            /**
             * @description what was wrong, with which value, what is allowed, what to do
             * @example "FOO" is in none of SYMBOLS (BTCUSDT).
             */
            detail: string;
            /** @description of invalid-request: field by field */
            errors?: components["schemas"]["FieldFault"][];
            /**
             * @description the path of the call
             * @example /api/v1/positions/FOO
             */
            instance?: string;
            /**
             * @description of the HTTP answer
             * @example 404
             */
            status: number;
            /**
             * @description the problem in a few words
             * @example The symbol is not known
             */
            title: string;
            /**
             * @description which problem it is, from a closed set; about:blank where the status says all
             * @example urn:permit-gate:problem:symbol-unknown
             * @enum {string}
             */
            type: "about:blank" | "urn:permit-gate:problem:absence-unproven" | "urn:permit-gate:problem:already-approved" | "urn:permit-gate:problem:already-claimed" | "urn:permit-gate:problem:already-read" | "urn:permit-gate:problem:answer-outdated" | "urn:permit-gate:problem:approval-not-asked" | "urn:permit-gate:problem:approval-rejected" | "urn:permit-gate:problem:arm-state-changed" | "urn:permit-gate:problem:backlog-matters" | "urn:permit-gate:problem:body-not-json" | "urn:permit-gate:problem:body-too-deep" | "urn:permit-gate:problem:body-too-large" | "urn:permit-gate:problem:cell-ambiguous" | "urn:permit-gate:problem:cell-refused" | "urn:permit-gate:problem:cell-silent" | "urn:permit-gate:problem:cell-unknown" | "urn:permit-gate:problem:cells-not-stopped" | "urn:permit-gate:problem:closed" | "urn:permit-gate:problem:consumer-alive" | "urn:permit-gate:problem:consumer-unknown" | "urn:permit-gate:problem:dead-letter-foreign" | "urn:permit-gate:problem:dead-letter-settled" | "urn:permit-gate:problem:dead-letter-unknown" | "urn:permit-gate:problem:csrf-token-missing" | "urn:permit-gate:problem:disarmed" | "urn:permit-gate:problem:entry-gone" | "urn:permit-gate:problem:exchange-amount-changed" | "urn:permit-gate:problem:exchange-unavailable" | "urn:permit-gate:problem:group-missing" | "urn:permit-gate:problem:group-reads-on" | "urn:permit-gate:problem:group-unknown" | "urn:permit-gate:problem:idempotency-key-reused" | "urn:permit-gate:problem:in-flight" | "urn:permit-gate:problem:invalid-idempotency-key" | "urn:permit-gate:problem:invalid-request" | "urn:permit-gate:problem:kill-switch-engaged" | "urn:permit-gate:problem:kill-switch-not-confirmed" | "urn:permit-gate:problem:ledger-exists" | "urn:permit-gate:problem:no-exchange-keys" | "urn:permit-gate:problem:no-cells" | "urn:permit-gate:problem:no-hold" | "urn:permit-gate:problem:no-live-consumer" | "urn:permit-gate:problem:no-position" | "urn:permit-gate:problem:no-proposal" | "urn:permit-gate:problem:no-room" | "urn:permit-gate:problem:no-snapshot" | "urn:permit-gate:problem:not-configured" | "urn:permit-gate:problem:not-json" | "urn:permit-gate:problem:on-hold" | "urn:permit-gate:problem:order-unknown" | "urn:permit-gate:problem:permit-exists" | "urn:permit-gate:problem:plan-changed" | "urn:permit-gate:problem:plan-executed" | "urn:permit-gate:problem:plan-final" | "urn:permit-gate:problem:plan-goes-on" | "urn:permit-gate:problem:plan-not-unknown" | "urn:permit-gate:problem:plan-not-waiting" | "urn:permit-gate:problem:plan-open" | "urn:permit-gate:problem:plan-refused" | "urn:permit-gate:problem:plan-unknown" | "urn:permit-gate:problem:production" | "urn:permit-gate:problem:proposal-refused" | "urn:permit-gate:problem:proposal-stale" | "urn:permit-gate:problem:proposal-superseded" | "urn:permit-gate:problem:proposal-withdrawn" | "urn:permit-gate:problem:redis-full" | "urn:permit-gate:problem:redis-right-missing" | "urn:permit-gate:problem:redis-unavailable" | "urn:permit-gate:problem:redis-wrong-type" | "urn:permit-gate:problem:resolution-contradicted" | "urn:permit-gate:problem:resolution-impossible" | "urn:permit-gate:problem:retry-refused" | "urn:permit-gate:problem:retry-scheduled" | "urn:permit-gate:problem:role-missing" | "urn:permit-gate:problem:role-not-here" | "urn:permit-gate:problem:same-person" | "urn:permit-gate:problem:signing-on" | "urn:permit-gate:problem:snapshot-old" | "urn:permit-gate:problem:still-acceptable" | "urn:permit-gate:problem:still-running" | "urn:permit-gate:problem:stream-unknown" | "urn:permit-gate:problem:suspension-not-confirmed" | "urn:permit-gate:problem:symbol-suspended" | "urn:permit-gate:problem:symbol-unknown" | "urn:permit-gate:problem:throttled" | "urn:permit-gate:problem:too-many-event-streams" | "urn:permit-gate:problem:too-many-proposals" | "urn:permit-gate:problem:unauthenticated";
        } & {
            [key: string]: unknown;
        };
        ProposalBody: {
            /** @description per cent of the position above 0, at most 100, for CLOSE_PCT */
            close_pct?: string | number;
            /** @description ISO 8601; part of the plan id */
            computed_at_utc: string | number;
            /** @description FULL_CLOSE_PROPOSED, PARTIAL_75, PARTIAL_50, PARTIAL_25, CLOSE_PCT, UPDATE_SL or HOLD */
            harvest_action: string | number;
            /** @description a component of the kill score */
            k_age_penalty?: string | number;
            /** @description a component of the kill score */
            k_regime_flip?: string | number;
            /** @description a component of the kill score */
            k_sigma_spike?: string | number;
            /** @description a component of the kill score */
            k_ts_drop?: string | number;
            /** @description zero or more */
            kill_score: string | number;
            /** @description epoch seconds; decides freshness */
            last_update_epoch: string | number;
            /** @description the new stop price, for UPDATE_SL */
            new_sl_proposed?: string | number;
            /** @description a new one makes a new plan of an otherwise equal proposal */
            proposal_id?: string | number;
            /** @description the net result in units of risk */
            R_net?: string | number;
            /** @description the strategy's own reasons, comma separated */
            reason_codes?: string | number;
            /** @example BTCUSDT */
            symbol: string;
        };
        ProposalSubmittedAnswer: {
            /**
             * @description the attempt that was published; 0 where none was
             * @example 1
             */
            attempt: number;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description for a person
             * @example
             */
            detail: string;
            /**
             * @description 16 hex digits; empty where the proposal could not be read
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description why; docs/reasons.md lists them
             * @example []
             */
            reason_codes: string[];
        };
        ProposalWithdrawnAnswer: {
            /**
             * @description the plan that it would have become
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        RatioAnswer: {
            /** @example 180 */
            allowed: number;
            /** @example 20 */
            denied: number;
            /**
             * @description the oldest verdict counted
             * @example 1790000000000
             */
            first_ms: number | null;
            /** @description largest count first */
            rows: components["schemas"]["RatioRow"][];
        };
        RatioRow: {
            /** @example 12 */
            count: number;
            /**
             * @example p33
             * @enum {string}
             */
            issuer: "governor" | "p33";
            /**
             * @description "" for an allow
             * @example stale_exchange_state
             */
            reason: string;
            /**
             * @description "" for a verdict that names none
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example deny
             * @enum {string}
             */
            verdict: "allow" | "deny";
        };
        ReasonBody: {
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ReconcileBody: {
            /** @description the signed amount you saw at the exchange */
            expected_exchange_amt: string | number;
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        RedisAnswer: {
            findings: components["schemas"]["RedisFindingAnswer"][];
            /**
             * @description what is wrong, and what to do
             * @example
             */
            message: string;
            /**
             * @description it answers and is configured as it must be
             * @example true
             */
            ok: boolean;
        };
        RedisFindingAnswer: {
            /**
             * @description what it is
             * @example noeviction
             */
            found: string;
            /**
             * @description it is as it must be
             * @example true
             */
            ok: boolean;
            /**
             * @description a setting of Redis
             * @example maxmemory-policy
             */
            what: string;
        };
        RenewedAnswer: {
            /**
             * @description the newest id now
             * @example 1764518400000-0
             */
            last_id?: string;
            /**
             * @description entries that were kept
             * @example 12
             */
            moved?: number;
            /**
             * @description what was done; fine and absent: nothing
             * @example renewed
             * @enum {string}
             */
            outcome: "renewed" | "replaced" | "fine" | "absent";
            /**
             * @description entries that were out of reach
             * @example 1
             */
            removed?: number;
            /**
             * @description the key of the stream
             * @example quantum:stream:apply.plan
             */
            stream: string;
            /**
             * @description the type of the key that was replaced
             * @example string
             */
            type?: string;
        };
        ReplayedAnswer: {
            /**
             * @description when it was set aside
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description how often it was delivered
             * @example 1
             */
            deliveries: number;
            /**
             * @description what the replay can change
             * @example a plan inside its window
             */
            detail: string;
            /**
             * @description none: it is certain that nothing changes
             * @example possible
             * @enum {string}
             */
            effect: "possible" | "none";
            /**
             * @description of the entry in its stream
             * @example 1764518399000-0
             */
            entry_id: string;
            /**
             * @description the entry; long values are cut
             * @example {
             *       "plan_id": "0f1e2d3c4b5a6978"
             *     }
             */
            fields: {
                [key: string]: unknown;
            };
            /**
             * @description the group that set it aside
             * @example governor
             */
            group: string;
            /**
             * @description of the dead letter
             * @example 1764518400000-0
             */
            id: string;
            /**
             * @description why
             * @example plan_id is missing
             */
            reason: string;
            /** @description null while it waits for an admin */
            settled: components["schemas"]["SettlementAnswer"] | null;
            /**
             * @description the key of its stream
             * @example quantum:stream:apply.plan
             */
            stream: string;
        };
        ResolveBody: {
            /** @description how much of it filled */
            executed_qty?: string | number;
            /**
             * @description the outcome of the order; placed is only for stops
             * @enum {string}
             */
            outcome: "filled" | "partly_filled" | "placed" | "not_found";
            /** @description Why; stored in events and in the audit */
            reason: string;
        };
        ResolvedAnswer: {
            /**
             * @description what the strategy asked for
             * @example PARTIAL_75
             */
            action: string;
            /**
             * @description it comes from the archive: Redis has it no longer
             * @example false
             */
            archived: boolean;
            /**
             * @description the newest attempt
             * @example 1
             */
            attempt: number;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description when it ended
             * @example 1764518400000
             */
            ended_ms: number | null;
            /**
             * @description the error of the result; empty where there is none
             * @example
             */
            error: string | null;
            /**
             * @description an order of it was carried out; null while it is open
             * @example true
             */
            executed: boolean | null;
            /**
             * @description kept: the symbol is on hold for another reason
             * @example lifted
             * @enum {string}
             */
            hold: "lifted" | "kept" | "none";
            /**
             * @description of the process that published it; empty for a plan of another service
             * @example testnet
             */
            mode: string;
            /**
             * @description 16 hex digits
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description who published it
             * @example permit-gate
             * @enum {string}
             */
            published_by: "permit-gate" | "another service";
            /**
             * @description when the newest attempt was published
             * @example 1764518400000
             */
            published_ms: number;
            /**
             * @description the reason of the result
             * @example
             */
            reason: string | null;
            /**
             * @description docs/reasons.md lists them
             * @example []
             */
            reason_codes: string[];
            /**
             * @description the state of its newest attempt
             * @example FILLED
             */
            state: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        ResultRecorded: {
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description null for a plan of another Apply, which numbers none
             * @example 1
             */
            attempt: number | null;
            /** @example pg-9b1c5f0a7d3e2846-0-1 */
            client_order_id: string | null;
            /** @example EXECUTE */
            decision: string;
            /**
             * @description empty, or from the closed set in docs/reasons.md
             * @example
             */
            error: string;
            /** @example true */
            executed: boolean;
            /** @example 9b1c5f0a7d3e2846 */
            plan_id: string;
            /** @example  */
            reason: string;
            /** @example FILLED */
            state: string | null;
            /**
             * @description empty where the entry does not say it
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @example result.recorded
             * @enum {string}
             */
            type: "result.recorded";
            /**
             * @description from the publication of the attempt to its claim
             * @example 41
             */
            wait_ms: number | null;
        };
        RetryAnswer: {
            /**
             * @description the new attempt
             * @example 6
             */
            attempt: number;
            /**
             * @description due: no Apply has taken it up yet
             * @example published
             * @enum {string}
             */
            outcome: "published" | "due";
            /** @example 3f2a9c0d1e4b5a67 */
            plan_id: string;
            /**
             * @description of the plan now
             * @example WAITING
             */
            state: string;
            /** @example BTCUSDT */
            symbol: string;
        };
        RoleAnswer: {
            loops: components["schemas"]["LoopAnswer"][];
            /**
             * @description apply, position-brain or governor
             * @example apply
             */
            role: string;
        };
        RoutedProposalAnswer: {
            /**
             * @description the attempt that was published; 0 where none was
             * @example 1
             */
            attempt: number;
            /**
             * @description the cell that took it
             * @example main
             */
            cell: string;
            /**
             * @description EXECUTE, SKIP, BLOCKED or ERROR
             * @example EXECUTE
             */
            decision: string;
            /**
             * @description for a person
             * @example
             */
            detail: string;
            /**
             * @description 16 hex digits; empty where the proposal could not be read
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
            /**
             * @description why; docs/reasons.md lists them
             * @example []
             */
            reason_codes: string[];
        };
        RoutedProposalBody: {
            /**
             * @description the account of a cell, as CELLS_FILE names it
             * @example fund-a
             */
            account: string;
            /** @description per cent of the position above 0, at most 100, for CLOSE_PCT */
            close_pct?: string | number;
            /** @description ISO 8601; part of the plan id */
            computed_at_utc: string | number;
            /** @description FULL_CLOSE_PROPOSED, PARTIAL_75, PARTIAL_50, PARTIAL_25, CLOSE_PCT, UPDATE_SL or HOLD */
            harvest_action: string | number;
            /** @description a component of the kill score */
            k_age_penalty?: string | number;
            /** @description a component of the kill score */
            k_regime_flip?: string | number;
            /** @description a component of the kill score */
            k_sigma_spike?: string | number;
            /** @description a component of the kill score */
            k_ts_drop?: string | number;
            /** @description zero or more */
            kill_score: string | number;
            /** @description epoch seconds; decides freshness */
            last_update_epoch: string | number;
            /** @description the new stop price, for UPDATE_SL */
            new_sl_proposed?: string | number;
            /** @description a new one makes a new plan of an otherwise equal proposal */
            proposal_id?: string | number;
            /** @description the net result in units of risk */
            R_net?: string | number;
            /** @description the strategy's own reasons, comma separated */
            reason_codes?: string | number;
            /** @example BTCUSDT */
            symbol: string;
        };
        SessionAnswer: {
            /**
             * @description send it as X-CSRF-Token with each call that changes something
             * @example 9f86d081
             */
            csrf_token: string;
            /**
             * @description when the session ends if nobody uses it
             * @example 1764522000000
             */
            expires_at_ms: number;
            /**
             * @description of the token
             * @example anna
             */
            name: string;
            /**
             * @description of the token
             * @example viewer
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
        };
        SessionBody: {
            /**
             * Format: password
             * @description the token itself; the session takes its name and role
             */
            token: string;
        };
        SessionEndedAnswer: {
            /**
             * @description always true
             * @example true
             */
            ended: boolean;
        };
        SettingAnswer: {
            /**
             * @description the heading of docs/configuration.md that it stands under
             * @example Process
             */
            group: string;
            /**
             * @description it is what holds where nothing is set
             * @example false
             */
            is_default: boolean;
            /**
             * @description the variable
             * @example APPLY_MODE
             */
            name: string;
            /**
             * @description as in `configuration`
             * @example testnet
             */
            value: (string | number | boolean | string[]) | null;
        };
        SettlementAnswer: {
            /**
             * @description when
             * @example 1764518400000
             */
            at_ms: number;
            /**
             * @description who
             * @example anna
             */
            by: string;
            /**
             * @description what an admin decided
             * @example replayed
             * @enum {string}
             */
            outcome: "replayed" | "discarded";
            /**
             * @description why
             * @example was a test
             */
            reason: string;
        };
        SkipAnswer: {
            /**
             * @description entries that it had read and not acknowledged; they are acknowledged now
             * @example 3
             */
            acknowledged: number;
            /**
             * @description the group had read up to here
             * @example 1790000000000-0
             */
            from: string;
            /** @example governor */
            group: string;
            /** @description what would still have changed something; 100 at most */
            lost: components["schemas"]["LostEntryAnswer"][];
            /** @example quantum:stream:apply.plan */
            stream: string;
            /**
             * @description the group goes on after this
             * @example 1790000600000-0
             */
            to: string;
            /**
             * @description entries that it had not read
             * @example 120
             */
            unread: number;
        };
        SkipBody: {
            /**
             * @description true: also entries that would still change something
             * @default false
             */
            force: boolean;
            /** @description Why; stored in events and in the audit */
            reason: string;
            /**
             * @description the id of the last entry to leave behind, or latest
             * @example latest
             */
            to: string;
        };
        SnapshotAnswer: {
            /**
             * @description by the clock of Redis
             * @example 812
             */
            age_ms: number;
            /**
             * @description a decimal
             * @example 64000.5
             */
            entry_price: string | null;
            /**
             * @description a decimal
             * @example 5
             */
            leverage: string | null;
            /**
             * @description a decimal
             * @example 64010.1
             */
            mark_price: string | null;
            /**
             * @description the signed position at the exchange
             * @example -0.062
             */
            position_amt: string;
            /**
             * @description what resting orders would reduce
             * @example 0
             */
            resting_reduce_qty: string | null;
            /**
             * @description LONG, SHORT or NONE
             * @example SHORT
             */
            side: string | null;
            /**
             * @description rest or push
             * @example push
             */
            source: string | null;
            /**
             * @description when the request for it began, or the push was written
             * @example 1764518400000
             */
            ts_ms: number;
            /**
             * @description in USD
             * @example -0.59
             */
            unrealized_pnl: string | null;
        };
        StateEvent: {
            /** @description null where Redis has none, which denies */
            arm: components["schemas"]["SwitchState"] | null;
            /**
             * @description epoch ms by the clock of Redis
             * @example 1796036563172
             */
            at_ms: number;
            /**
             * @description why a role disarmed the system by itself
             * @example null
             */
            auto_disarmed: string | null;
            holds: components["schemas"]["HeldSymbol"][];
            instances: components["schemas"]["EventInstance"][];
            /** @description null where Redis has none, which denies */
            kill_switch: components["schemas"]["SwitchState"] | null;
            missing_roles: string[];
            /** @description at most 500 */
            open_plans: components["schemas"]["OpenPlan"][];
            /**
             * @example state
             * @enum {string}
             */
            type: "state";
        };
        StatusAnswer: {
            /**
             * @description the account without its key; null where this process does not know it
             * @example 3f2a9c0d1e4b5a67
             */
            account_id: string | null;
            /** @description null too where this process has ARCHIVE_TO=off */
            archive: components["schemas"]["ArchiveAnswer"] | null;
            /** @description null too where Redis has none */
            arm: components["schemas"]["ArmAnswer"] | null;
            /**
             * @description false: every plan is a dry run
             * @example true
             */
            armed: boolean | null;
            /** @description everything that needs a person */
            attention: components["schemas"]["AttentionAnswer"][];
            build: components["schemas"]["BuildAnswer"];
            clock: components["schemas"]["ClockAnswer"];
            dead_letters: components["schemas"]["DeadLetterCount"] | null;
            /**
             * @description what the phase waits for
             * @example
             */
            detail: string;
            exchange: components["schemas"]["ExchangeAnswer"];
            fleet: components["schemas"]["FleetAnswer"] | null;
            /** @description null too where there is none */
            governor_disarm: components["schemas"]["GovernorDisarmAnswer"] | null;
            /**
             * @description symbols on hold
             * @example []
             */
            holds: string[] | null;
            /** @description limits of which at least 80 % are used */
            hot_limits: components["schemas"]["HotLimitAnswer"][] | null;
            /**
             * @description INSTANCE_ID of the process that answers
             * @example gate-0
             */
            instance: string;
            /**
             * @description REDIS_KEY_PREFIX
             * @example quantum:
             */
            key_prefix: string;
            kill_switch: components["schemas"]["KillSwitchAnswer"] | null;
            /** @description how far every consumer group is */
            lag: components["schemas"]["LagAnswer"][] | null;
            /**
             * @description dry_run, testnet or production
             * @example testnet
             */
            mode: string;
            /**
             * @description how far the process has started
             * @example running
             */
            phase: string;
            redis: components["schemas"]["RedisAnswer"];
            /** @description of this process */
            roles: components["schemas"]["RoleAnswer"][];
            /**
             * @description the symbols that may be traded
             * @example [
             *       "BTCUSDT"
             *     ]
             */
            symbols: string[];
            unknown_orders: components["schemas"]["UnknownOrderAnswer"][] | null;
            /**
             * @description since the process started, in seconds
             * @example 3600
             */
            uptime_sec: number;
        };
        StoppedCellAnswer: {
            /**
             * @description how many orders were on their way when it was stopped
             * @example 0
             */
            in_flight: number | null;
            /**
             * @description why a failover now could lose the stop; empty when it could not
             * @example
             */
            missing_replicas: string;
            /**
             * @description as CELLS_FILE names it
             * @example main
             */
            name: string;
            /**
             * @description stopped: it has confirmed that no further order is sent; not_confirmed: an order may still be sent; refused: nothing was stopped; no_answer: nothing is known
             * @example stopped
             * @enum {string}
             */
            state: "stopped" | "not_confirmed" | "refused" | "no_answer";
            /**
             * @description why it is not certain that it is stopped, or who had stopped it before
             * @example
             */
            text: string;
            /**
             * @description how long it took to confirm, or until it was given up
             * @example 38
             */
            took_ms: number;
        };
        StoppedCellsAnswer: {
            /**
             * @description every cell has confirmed that no further order is sent
             * @example true
             */
            all_stopped: boolean;
            /** @description in the order of CELLS_FILE */
            cells: components["schemas"]["StoppedCellAnswer"][];
        };
        StoredHoldAnswer: {
            /**
             * @description how long ago
             * @example 60000
             */
            age_ms?: number;
            /**
             * @description when it was set; null for a hold that nobody can read
             * @example 1764518400000
             */
            at_ms: number | null;
            /**
             * @description who set it
             * @example anna
             */
            by: string;
            /**
             * @description operator, or what a role found; unreadable for a hold that nobody can read
             * @example operator
             */
            cause: string;
            /**
             * @description for a person
             * @example manual trade, ticket 4711
             */
            reason: string;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        StrategyProposalAnswer: {
            /**
             * @description of the entry in the proposal stream
             * @example 1764518400000-0
             */
            entry_id: string;
            /**
             * @description the plan that Apply makes of it
             * @example 0f1e2d3c4b5a6978
             */
            plan_id: string;
        };
        StreamAnswer: {
            groups: components["schemas"]["GroupAnswer"][];
            /**
             * @description how many entries it has
             * @example 240
             */
            length: number;
            /**
             * @description the key
             * @example quantum:stream:apply.plan
             */
            stream: string;
        };
        StreamsAnswer: {
            streams: components["schemas"]["StreamAnswer"][];
        };
        SuspendedAnswer: {
            /**
             * @description the configuration has it and nobody has suspended it
             * @example false
             */
            allowed: boolean;
            /**
             * @description false if it was suspended, or allowed, already
             * @example true
             */
            changed: boolean;
            /** @description orders that were claimed before; none can reach the exchange now */
            in_flight: components["schemas"]["InFlightAnswer"][];
            /** @description the one that holds now */
            suspension: components["schemas"]["SuspensionAnswer"] | null;
            /** @example BTCUSDT */
            symbol: string;
        };
        SuspensionAnswer: {
            /**
             * @description epoch ms by Redis' clock; 0 if what is stored is not readable
             * @example 1790000000000
             */
            at_ms: number;
            /**
             * @description the name of the token; "" if what is stored is not readable
             * @example the-operator
             */
            by: string;
            /** @example delisting announced */
            reason: string;
        };
        SwitchState: {
            /** @example 1796036563172 */
            at_ms: number;
            /** @example alice */
            by: string;
            /**
             * @description of the kill switch: engaged; of the arm state: armed
             * @example false
             */
            on: boolean;
            /** @example all checked */
            reason: string;
        };
        SymbolLimitsAnswer: {
            /** @description GOV_MAX_EXEC_PER_5MIN */
            executions_per_5min?: components["schemas"]["LimitAnswer"];
            /** @description GOV_MAX_EXEC_PER_HOUR */
            executions_per_hour?: components["schemas"]["LimitAnswer"];
            /**
             * @description in place of the limits: a key of the symbol is of another type
             * @example quantum:governor:usage:BTCUSDT is a string
             */
            fault?: string;
            /** @description GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD */
            reduce_notional_per_day_usd?: components["schemas"]["LimitAnswer"];
            /** @description GOV_MAX_REDUCE_QTY_PER_DAY */
            reduce_qty_per_day?: components["schemas"]["LimitAnswer"];
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
        UnknownOrderAnswer: {
            /** @example 1 */
            attempt: number;
            /** @example 3f2a9c0d1e4b5a67 */
            plan_id: string;
            /**
             * @description epoch ms
             * @example 1790000000000
             */
            since_ms: number | null;
            /** @example BTCUSDT */
            symbol: string;
        };
        VerdictAnswer: {
            /**
             * @description when it was given; null where that is not known
             * @example 1764518400004
             */
            at_ms: number | null;
            /**
             * @description what it was judged by
             * @example {
             *       "exchange_amt": "0"
             *     }
             */
            context?: ({
                [key: string]: unknown;
            } | string | number | unknown[]) | null;
            /**
             * @description as it is stored, with its inputs; text where it is no JSON
             * @example {
             *       "granted": true,
             *       "symbol": "BTCUSDT",
             *       "computed_qty": 0.186
             *     }
             */
            permit?: {
                [key: string]: unknown;
            } | string | number | unknown[];
            /**
             * @description docs/reasons.md lists them
             * @example no_position
             */
            reason?: string;
            /**
             * @description for a person
             * @example Position Brain: yes, up to 0.186.
             */
            text: string;
            /**
             * @description what the issuer said
             * @example allow
             * @enum {string}
             */
            verdict: "allow" | "deny";
        };
        VerdictsAnswer: {
            /** @description null while there is none */
            governor: components["schemas"]["VerdictAnswer"] | null;
            /** @description of the Position Brain; null while there is none */
            p33: components["schemas"]["VerdictAnswer"] | null;
        };
        WaitingPlan: {
            /**
             * @description what was asked for
             * @example PARTIAL_75
             */
            action: string;
            /** @description so far */
            approvals: components["schemas"]["PersonsApproval"][];
            /**
             * @description of its proposal
             * @example 0.5
             */
            kill_score: string;
            /**
             * @description of its attempt; empty for a plan of another service
             * @example testnet
             */
            mode: string;
            /**
             * @description how many different people must approve it
             * @example 2
             */
            needed: number;
            /**
             * @description of that quantity, as the Governor judged it
             * @example 720
             */
            notional_usd: string;
            /**
             * @description the plan
             * @example 3f2a9c0d1e4b5a67
             */
            plan_id: string;
            /**
             * @description at most, as the Governor judged it; of a stop, what it protects
             * @example 0.0075
             */
            quantity: string;
            /**
             * @description percent of the position to close; null for a stop
             * @example 75
             */
            share_pct: string | null;
            /**
             * @description since when it waits
             * @example 1764518400000
             */
            since_ms: number;
            /**
             * @description the price of a stop; null for a close
             * @example null
             */
            stop_price: string | null;
            /**
             * @description of its position
             * @example BTCUSDT
             */
            symbol: string;
            /**
             * @description when it ends if nobody approves it; a newer stamp of its proposal moves it
             * @example 1764518460000
             */
            until_ms: number;
        };
        WaitingPlansAnswer: {
            /** @description newest first */
            waiting: components["schemas"]["WaitingPlan"][];
        };
        WhoamiAnswer: {
            /**
             * @description of a session: send it as X-CSRF-Token with each call that changes something
             * @example 9f86d081
             */
            csrf_token: string | null;
            /**
             * @description when the session ends if nobody uses it; null of a token
             * @example 1764522000000
             */
            expires_at_ms: number | null;
            /**
             * @description of the token
             * @example anna
             */
            name: string;
            /**
             * @description of the token
             * @example viewer
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @description how the caller was recognised
             * @example token
             * @enum {string}
             */
            via: "token" | "session";
        };
        WhyAnswer: {
            /**
             * @description when this was read, by the clock of Redis
             * @example 1764518400000
             */
            at_ms: number;
            /** @description empty where nothing is in the way */
            blockers: components["schemas"]["BlockerAnswer"][];
            /**
             * @description nothing is in the way
             * @example false
             */
            may_trade: boolean;
            /**
             * @description the symbol
             * @example BTCUSDT
             */
            symbol: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    allowlistAllow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllowlistAnswer"];
                };
            };
        };
    };
    allowlistSuspend: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuspendedAnswer"];
                };
            };
        };
    };
    approvalsList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingPlansAnswer"];
                };
            };
        };
    };
    approvalsAnswer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApprovalBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalAnswer"];
                };
            };
        };
    };
    archiveReadArchive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArchiveAnswer"];
                };
            };
        };
    };
    controlArm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArmSetAnswer"];
                };
            };
        };
    };
    auditList: {
        parameters: {
            query?: {
                /** @description such as kill_switch.release, or its beginning with a dot: kill_switch. */
                action?: string;
                /** @description the name of the token, or of the role that acted by itself */
                actor?: string;
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description limit */
                limit?: number;
                /** @description true: the fields as they are stored, for an export */
                raw?: "true" | "false";
                /** @description epoch ms, or a time such as 2026-12-31T23:59:59Z */
                since?: string;
                /** @description what it was done to: a symbol, a plan, a stream */
                target?: string;
                /** @description epoch ms, or a time such as 2026-12-31T23:59:59Z */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditAnswer"];
                };
            };
        };
    };
    auditVerify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerifiedAnswer"];
                };
            };
        };
    };
    cellsReadCells: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CellsAnswer"];
                };
            };
        };
    };
    cellsStopCells: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CellsKillSwitchBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoppedCellsAnswer"];
                };
            };
        };
    };
    cellsRouteProposal: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoutedProposalBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutedProposalAnswer"];
                };
            };
        };
    };
    systemConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigurationAnswer"];
                };
            };
        };
    };
    deadLettersList: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description limit */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLettersAnswer"];
                };
            };
        };
    };
    deadLettersRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterAnswer"];
                };
            };
        };
    };
    deadLettersDiscard: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterAnswer"];
                };
            };
        };
    };
    deadLettersReplay: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayedAnswer"];
                };
            };
        };
    };
    controlDisarm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArmSetAnswer"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description `false` ends the answer after the events that were before the call */
                follow?: "true" | "false";
                /** @description first the newest events that were before the call, at most this many; not with Last-Event-ID */
                last?: number;
                /** @description only events of these symbols, in any case, and those of none */
                symbol?: string[];
                /** @description only events of these types; `events.gap` and the state after it always come */
                type?: ("plan.published" | "permit.issued" | "permit.denied" | "order.sent" | "result.recorded" | "control.changed" | "hold.changed" | "fleet.changed" | "events.gap" | "state")[];
            };
            header?: {
                /** @description the id of the last event that was read */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description a stream of events that ends when the client or the process does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["PlanPublished"] | components["schemas"]["PermitIssued"] | components["schemas"]["PermitDenied"] | components["schemas"]["OrderSent"] | components["schemas"]["ResultRecorded"] | components["schemas"]["ControlChanged"] | components["schemas"]["HoldChanged"] | components["schemas"]["FleetChanged"] | components["schemas"]["EventsGap"] | components["schemas"]["StateEvent"];
                };
            };
        };
    };
    closingFlatten: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlattenAnswer"];
                };
            };
        };
    };
    fleetReadFleet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetAnswer"];
                };
            };
        };
    };
    historyReadHistory: {
        parameters: {
            query?: {
                /** @description how far back */
                span?: "hour" | "day";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryAnswer"];
                };
            };
        };
    };
    controlReadKillSwitch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KillSwitchAnswer"];
                };
            };
        };
    };
    controlSetKillSwitch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KillSwitchBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KillSwitchSetAnswer"];
                };
            };
        };
    };
    limitsList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsAnswer"];
                };
            };
        };
    };
    permitsGovernor: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualPermitAnswer"];
                };
            };
        };
    };
    plansList: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description limit */
                limit?: number;
                /** @description fold: of plans that were refused in the same words only the newest is listed, the others are counted */
                repeats?: "show" | "fold";
                /** @description published at or after: epoch ms, or a time such as 2026-12-31T23:59:59Z */
                since?: string;
                /** @description in any of these; repeatable, in any case */
                state?: ("PUBLISHED" | "WAITING" | "CLAIMED" | "UNKNOWN" | "FILLED" | "PARTLY_FILLED" | "PLACED" | "REJECTED" | "BLOCKED" | "SKIPPED" | "EXPIRED" | "NOT_FOUND" | "WAITING_APPROVAL")[];
                /** @description in any case */
                symbol?: string;
                /** @description published at or before: epoch ms, or a time such as 2026-12-31T23:59:59Z */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlansAnswer"];
                };
            };
        };
    };
    plansTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanTraceAnswer"];
                };
            };
        };
    };
    planPermitsRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanPermitsAnswer"];
                };
            };
        };
    };
    plansResolve: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResolvedAnswer"];
                };
            };
        };
    };
    planRetryRetry: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description planId */
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryAnswer"];
                };
            };
        };
    };
    positionsList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionsAnswer"];
                };
            };
        };
    };
    positionsRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionAnswer"];
                };
            };
        };
    };
    closingClose: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CloseAnswer"];
                };
            };
        };
    };
    positionsHold: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoldSetAnswer"];
                };
            };
        };
    };
    positionsLift: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoldLiftedAnswer"];
                };
            };
        };
    };
    positionsReconcile: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReconcileBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionAnswer"];
                };
            };
        };
    };
    proposalsSubmit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposalBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalSubmittedAnswer"];
                };
            };
        };
    };
    proposalsWithdraw: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalWithdrawnAnswer"];
                };
            };
        };
    };
    proposalsSubmitForStrategy: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposalBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StrategyProposalAnswer"];
                };
            };
        };
    };
    ratioRead: {
        parameters: {
            query?: {
                /** @description epoch ms, or a time such as 2026-12-31T23:59:59Z */
                since?: string;
                /** @description in any case */
                symbol?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RatioAnswer"];
                };
            };
        };
    };
    reportsReportDay: {
        parameters: {
            query?: {
                /** @description a day, UTC; today where it is left out */
                day?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayReportAnswer"];
                };
            };
        };
    };
    sessionBegin: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description the session is in the cookie that comes with it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
        };
    };
    sessionEnd: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionEndedAnswer"];
                };
            };
        };
    };
    systemStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusAnswer"];
                };
            };
        };
    };
    systemStreams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StreamsAnswer"];
                };
            };
        };
    };
    systemClaim: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description group */
                group: string;
                /** @description name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimedAnswer"];
                };
            };
        };
    };
    backlogSkipSkip: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description group */
                group: string;
                /** @description name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SkipBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkipAnswer"];
                };
            };
        };
    };
    systemRenew: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.
                 * @example 7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonBody"];
            };
        };
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenewedAnswer"];
                };
            };
        };
    };
    whyRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description symbol */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyAnswer"];
                };
            };
        };
    };
    sessionWhoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhoamiAnswer"];
                };
            };
        };
    };
    healthLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The Health Check is successful */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example ok
                         * @enum {string}
                         */
                        status?: "ok" | "degraded";
                    };
                };
            };
            /** @description The Health Check is not successful */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       },
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /**
                         * @example {
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example error
                         * @enum {string}
                         */
                        status?: "error" | "shutting_down";
                    };
                };
            };
        };
    };
    healthReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The Health Check is successful */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example ok
                         * @enum {string}
                         */
                        status?: "ok" | "degraded";
                    };
                };
            };
            /** @description The Health Check is not successful */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       },
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /**
                         * @example {
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example error
                         * @enum {string}
                         */
                        status?: "error" | "shutting_down";
                    };
                };
            };
        };
    };
    healthStartup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call was refused, and nothing was done */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The call failed; `detail` says what is certain */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemAnswer"];
                };
            };
            /** @description The Health Check is successful */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example ok
                         * @enum {string}
                         */
                        status?: "ok" | "degraded";
                    };
                };
            };
            /** @description The Health Check is not successful */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       },
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        details?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        };
                        /**
                         * @example {
                         *       "redis": {
                         *         "status": "down",
                         *         "message": "Could not connect",
                         *         "responseTime": 3005
                         *       }
                         *     }
                         */
                        error?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "responseTime": 12
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @description Time the health indicator took to respond, in ms */
                                responseTime?: number;
                                /** @enum {string} */
                                status: "up" | "degraded" | "down";
                            } & {
                                [key: string]: unknown;
                            };
                        } | null;
                        /**
                         * @example error
                         * @enum {string}
                         */
                        status?: "error" | "shutting_down";
                    };
                };
            };
        };
    };
}
