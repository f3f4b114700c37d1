// What stands for a set of keys: it is in the state of nodes that run, and names the files their duties are counted in.

import { keysDigest } from "../../../validators/digest";

// printf '0xaa\n0xbb' | sha256sum | head -c 16
test("keys are told by the same digest as ever, in their order", () => {
  expect(keysDigest(["0xaa", "0xbb"])).toBe("4204d0bf84269af7");
  expect(keysDigest(["0xbb", "0xaa"])).not.toBe("4204d0bf84269af7");
});
