/** What the kernel answers of a process that is gone; ESRCH: it ended between the open and the read. */
export const processIsOver = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '');
