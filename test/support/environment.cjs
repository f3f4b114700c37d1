// Jest's Node environment, where errors that come from Node itself (fetch, streams, files) are errors.
"use strict";

const { TestEnvironment } = require("jest-environment-node");

/**
 * Tests run in a context with an Error of its own, so that `instanceof Error` says no to what fetch throws.
 * Product code that asks, and libraries that do, would then behave otherwise than they do in the program.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const Outer of [Error, TypeError, RangeError, SyntaxError]) {
      const Inner = this.global[Outer.name];
      Object.defineProperty(Inner, Symbol.hasInstance, {
        value(thrown) {
          const own = Function.prototype[Symbol.hasInstance].call(this, thrown);
          return own || (this === Inner && thrown instanceof Outer);
        },
      });
    }
  }
};
