import { Refusal } from '#lib/kernel';
import type { ApiReply } from '#lib/messaging';
import { StoreUnavailable } from '../store/log-store.js';

/** What a piece of work comes to: an answer, a refusal that it threw, or that the store cannot be had just now. */
export async function answered(work: () => Promise<unknown>): Promise<ApiReply> {
  try {
    return { output: await work() };
  } catch (error) {
    if (error instanceof Refusal) return { rejection: error.rejection };
    if (error instanceof StoreUnavailable) return { unavailable: error.message };
    throw error;
  }
}
