/** What people read. Sentences on standard output; warnings and faults on standard error. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const warn = (text: string): void => void process.stderr.write(`${text}\n`);
