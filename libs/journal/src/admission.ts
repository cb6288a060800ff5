import type { Command, Rejection, Transaction } from '#lib/kernel';

/** Who may still write into a journal. */
export interface Admission {
  /** Asked before a command is taken that is not known yet. */
  refusal(command: Command): { readonly rejection: Rejection } | { readonly unavailable: string } | undefined;
  /** Told what is committed, with its size in the journal. */
  committed(transaction: Transaction, bytes: number): void;
}
