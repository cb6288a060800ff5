import type { Command } from '#lib/kernel';

export interface InboxLimits {
  readonly commands: number;
  readonly bytes: number;
}

/** A full inbox takes a few seconds to decide; longer than that nobody waits. */
export const INBOX_LIMITS: InboxLimits = { commands: 10_000, bytes: 64 * 1024 * 1024 };

/** What one account may hold of the inbox, so that the others still get in. */
const ACCOUNTS_SHARE = 0.5;

interface Held {
  commands: number;
  bytes: number;
}

/** Counts the commands that wait for their answer, in all and by account. */
export class InboxCount {
  private readonly all: Held = { commands: 0, bytes: 0 };
  private readonly accounts = new Map<string, Held>();

  constructor(private readonly limits: InboxLimits) {}

  /** Why one more is not taken; undefined when it is. */
  refusal({ accountId }: Command, bytes: number): string | undefined {
    const { limits, all } = this;
    const account = this.accounts.get(accountId);
    if (all.commands >= limits.commands || all.bytes + bytes > limits.bytes) return 'the writer has too many commands in hand';
    const isOverShare =
      account && (account.commands >= limits.commands * ACCOUNTS_SHARE || account.bytes + bytes > limits.bytes * ACCOUNTS_SHARE);
    return isOverShare ? 'the writer has too many commands of this account in hand' : undefined;
  }

  take({ accountId }: Command, bytes: number): void {
    let account = this.accounts.get(accountId);
    if (!account) this.accounts.set(accountId, (account = { commands: 0, bytes: 0 }));
    for (const held of [this.all, account]) {
      held.commands++;
      held.bytes += bytes;
    }
  }

  release({ accountId }: Command, bytes: number): void {
    const account = this.accounts.get(accountId);
    if (!account) return;
    for (const held of [this.all, account]) {
      held.commands--;
      held.bytes -= bytes;
    }
    if (account.commands === 0) this.accounts.delete(accountId);
  }
}
