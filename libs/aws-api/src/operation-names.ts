/** Whether an operation changes nothing, by its name: AWS's are named so, and ours are. */
export const isRead = (operation: string): boolean =>
  /^(Describe|Discover|List|Get|Read|Explain|Search|Tail|Filter|TestMetricFilter|StartLiveTail)/.test(operation);
