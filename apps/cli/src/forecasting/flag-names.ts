/** What the library's messages say to do, and how the command line says it. */
const names: readonly (readonly [library: string, flag: string])[] = [
  ["gaps: 'fill'", '--gaps fill'],
  ['time: false', '--time none'],
  ["dateOrder: 'day-first' or 'month-first'", '--date-order day-first or month-first'],
  ['columns: [...]', '--columns A,B,...'],
  [
    "Fill missing values first: 'previous', 'linear' or 'seasonal'.",
    'Fill missing values: --missing previous, linear or seasonal.',
  ],
  ['shorten the context', 'lower --context'],
  ['ask for no levels', 'leave --levels out'],
  ['ask for no intervals', 'leave --levels out'],
  ['Ask for fewer, or shorter ones.', 'Lower --origins, --stride or --horizon.'],
  ['choose another baseline', 'choose another --model'],
  ['choose another model', 'choose another --model'],
];

/** Does some work, and gives the remedies of what it throws the names of flags. */
export async function withFlagNames(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) {
      error.message = names.reduce(
        (message, [library, flag]) => message.replace(library, flag),
        error.message,
      );
    }
    throw error;
  }
}
