const SHOWN_CHARACTERS = 200;

/** A message in a journal's stream that is no commit. */
export interface ForeignMessage {
  readonly revision: number;
  /** When the broker stored it; a stranger's message has no time of its own. */
  readonly storedAt: string;
  readonly bytes: number;
  /** Its beginning. */
  readonly text: string;
}

export const foreignMessage = (revision: number, storedAt: string, data: Uint8Array): ForeignMessage => ({
  revision,
  storedAt,
  bytes: data.length,
  text: new TextDecoder().decode(data.subarray(0, 4 * SHOWN_CHARACTERS)).slice(0, SHOWN_CHARACTERS),
});

/** For people, in one line. It is a stranger's text: nothing of it may speak to the terminal. */
export const describeForeign = ({ revision, storedAt, bytes, text }: ForeignMessage): string =>
  `r${revision}  ${storedAt}  no commit: ${bytes} bytes  ${JSON.stringify(text).replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')}`;
