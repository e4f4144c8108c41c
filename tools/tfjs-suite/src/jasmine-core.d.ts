/** The part of Jasmine 4 that the suite uses; it publishes no types of its own. */
declare module 'jasmine-core' {
  /** Where specs are gathered and run. */
  export interface JasmineEnvironment {
    configure(options: { random: boolean }): void;
    addReporter(reporter: object): void;
    execute(): Promise<unknown>;
  }

  /** The package, which wants itself as an argument; `boot` also defines `describe`, `it` and the like globally. */
  interface JasmineCore {
    boot(core: JasmineCore): { getEnv(): JasmineEnvironment };
  }

  const core: JasmineCore;
  export default core;
}
