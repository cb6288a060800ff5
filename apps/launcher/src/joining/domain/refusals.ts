/** nats-server's words for a user whom it does not know or takes no more; not its "Authentication Timeout", which says that it is slow. */
const REFUSAL = /authorization violation|authentication (expired|revoked)/i;

/** Whether this is how a broker refuses a user: the words of an error, or of an agent that has ended for it. */
export const isRefusal = (text: string): boolean => REFUSAL.test(text);

export const TOKEN_REFUSED =
  'The first host refuses this token: it has expired, was used or was withdrawn. Make another one with ./longshore join-token there.';

export const hostRefused = (instanceId: string): string =>
  `The first host refuses this one: it was shut out, or it has joined before hosts had an account of their own. Then make a token there with ` +
  `./longshore join-token --again ${instanceId}, and here: ./longshore up -d --join <token>. Its tasks go on meanwhile.`;
