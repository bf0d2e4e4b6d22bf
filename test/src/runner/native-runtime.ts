import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { jestExpect as expect } from "@jest/expect";
import { ModuleMocker } from "jest-mock";
import jestRuntime from "jest-runtime";

/** A module of CommonJS says so of itself, and Node gives what its types call the default. */
const JestRuntime = jestRuntime as unknown as typeof jestRuntime.default;

type AnyFunction = (...given: unknown[]) => unknown;
type Circus = Readonly<Record<string, AnyFunction>>;

const requireHere = createRequire(import.meta.url);
/** Holds the tests of a file from when it is loaded until they have run. */
const adapter = requireHere.resolve("jest-circus/runner").replace(/runner\.js$/, "jestAdapterInit.js");
const GLOBALS = Symbol.for("lanyard.test.globals");
const CIRCUS_EVENT_HANDLERS = Symbol.for("EVENT_HANDLERS");
const OF_CIRCUS = ["describe", "it", "test", "beforeAll", "beforeEach", "afterAll", "afterEach"] as const;

/** What the file that is loaded now calls its tests with. */
let circus: Circus = {};

/** A module that several test files import is loaded once, and calls what is the current file's. */
const ofCurrentFile = (name: string): AnyFunction =>
  new Proxy<AnyFunction>(() => undefined, {
    apply: (_target, _self, given: unknown[]) => circus[name]?.(...given),
    get: (_target, property) => Reflect.get(circus[name] ?? {}, property) as unknown,
  });

const mocker = new ModuleMocker(globalThis);
const globals = {
  ...Object.fromEntries(OF_CIRCUS.map((name) => [name, ofCurrentFile(name)])),
  expect,
  jest: {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    replaceProperty: mocker.replaceProperty.bind(mocker),
  },
};
Object.defineProperty(globalThis, GLOBALS, { value: globals, configurable: true });

const names = Object.keys(globals).join(", ");
const globalsModule = `export const { ${names} } = globalThis[Symbol.for(${JSON.stringify(GLOBALS.description)})];`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals"
      ? { url: `data:text/javascript,${encodeURIComponent(globalsModule)}`, shortCircuit: true }
      : next(specifier, context),
});

/**
 * Runs test files as Node itself runs modules: without a realm for each file, in which everything is several times slower,
 * and without loading each module anew for each file. What a file does to the process it therefore does to those that come
 * after it. Jest does all the rest: it finds, runs and reports tests as always.
 */
// eslint-disable-next-line lanyard/no-default-export -- what jest loads by path, it asks for its default
export default class NativeRuntime extends JestRuntime {
  override requireInternalModule<Module>(from: string, to?: string): Module {
    if (from !== adapter) return super.requireInternalModule(from, to);
    // A file's tests are not those of the file before.
    delete requireHere.cache[adapter];
    Reflect.deleteProperty(globalThis, CIRCUS_EVENT_HANDLERS);
    return requireHere(adapter) as Module;
  }

  override setGlobalsForRuntime(given: object): void {
    circus = given as Circus;
  }

  override unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  override async unstable_importModule(path: string): Promise<never> {
    return (await import(pathToFileURL(path).href)) as never;
  }
}
