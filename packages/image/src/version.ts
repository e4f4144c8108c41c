/** Version of this package, as `package.json` has it; results carry it. */
export const packageVersion = '0.1.0';
