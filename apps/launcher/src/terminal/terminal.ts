/**
 * What people read. Sentences on standard output; warnings and faults on standard error. Parts of them come from users and hosts, so
 * characters that would steer the terminal, or turn the direction of reading, are shown as what they are.
 */
export const say = (text: string): void => void process.stdout.write(`${visible(text)}\n`);
export const warn = (text: string): void => void process.stderr.write(`${visible(text)}\n`);
/** Of text that has colours: its parts have gone through `visibleLine`. */
export const sayPainted = (text: string): void => void process.stdout.write(`${text}\n`);

/** Keeps line breaks. Escapes as JSON does, so that JSON stays the same JSON. */
const visible = (text: string): string => text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, escaped);
/** For what has to stay on its line: somebody's line break shall not begin a line of ours. */
export const visibleLine = (text: string): string => text.replace(/\p{Cc}|\p{Bidi_Control}/gu, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
