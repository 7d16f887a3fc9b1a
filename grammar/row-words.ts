/** The words that open a row of a test with a command: one for each way in which commands are written. */
export const ROW_WORDS = ['sql', 'kubectl', 'shell', 'http', 'docker'] as const;

export type RowWord = (typeof ROW_WORDS)[number];
