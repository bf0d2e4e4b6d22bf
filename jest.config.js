import { join } from "node:path";
import { runsBrowserTests } from "./test/src/support/find-chromium.ts";
import { runsOathtoolTests } from "./test/src/support/find-oathtool.ts";

/** Jest's own runtime counts coverage, and loads files anew that have changed; without either, Node's own is several times faster. */
const needsJestsRuntime = process.argv.some((argument) => /^--(coverage(?!=false)|watch)/.test(argument));

/** Of the processes that run the tests: each loads the whole of this. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

/** `npm test` is everything that needs no Docker; `--testPathPatterns` picks a part of it. */
export default {
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  testMatch: ["<rootDir>/{libs,services,scripts,test}/**/*.test.ts"],
  testPathIgnorePatterns: [
    "/node_modules/",
    ...(runsBrowserTests ? [] : ["\\.browser\\.test\\.ts$"]),
    ...(runsOathtoolTests ? [] : ["\\.oathtool\\.test\\.ts$"]),
  ],
  modulePathIgnorePatterns: ["<rootDir>/.lanyard"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  ...(needsJestsRuntime ? {} : { runtime: "<rootDir>/test/src/runner/native-runtime.ts" }),
  transformIgnorePatterns: ["/node_modules/"],
  extensionsToTreatAsEsm: [".ts"],
  globalSetup: "<rootDir>/test/src/cloud-setup.ts",
  globalTeardown: "<rootDir>/test/src/cloud-teardown.ts",
  // Suites leave memory behind: a process that has collected this much makes room for a new one.
  workerIdleMemoryLimit: "1500MB",
  maxWorkers: 2,
  testTimeout: 60_000,
  coverageProvider: "v8",
  coverageDirectory: "<rootDir>/coverage",
  coverageReporters: ["text-summary", "lcovonly", "json-summary"],
  collectCoverageFrom: ["{libs,services}/*/src/**/*.ts", "!**/*.test.ts", "!**/main.ts"],
  coverageThreshold: { global: { lines: 80, branches: 80 } },
};
