// The layers of tests, a project each: `npx jest --selectProjects unit`.
"use strict";

const project = (name, settings = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "<rootDir>/test/support/environment.cjs",
  // Jest 30.2 puts a setter that calls itself in the place of what a test file leaves on the global object; a later file's
  // write to it, as of fetch, then ends in "Maximum call stack size exceeded", now and then.
  testEnvironmentOptions: { globalsCleanup: "off" },
  resolver: "<rootDir>/test/support/resolver.cjs",
  transform: { "\\.[cm]?[jt]s$": "<rootDir>/test/support/transform.cjs" },
  transformIgnorePatterns: [],
  modulePathIgnorePatterns: ["<rootDir>/.ephemery"],
  ...settings,
});

module.exports = {
  // Two cores under load: what takes half a second alone has taken ten.
  testTimeout: 60_000,
  projects: [
    project("unit"),
    project("component"),
    project("policy"),
    project("docker"),
    project("rehearsal"),
    project("resets"),
    project("faults"),
    project("upgrade"),
  ],
};
