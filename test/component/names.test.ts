// Names and labels of a stack's objects: Docker takes them, and no two owners share one.

import fc from "fast-check";
import { dockerName, labelList, labelsOf, type Owner } from "../../components/names";
import { KEYS } from "../../config/keys";

const OWNER: Owner = { host: "local", stack: "dev", id: "0123abcd" };

test.each([
  ["keys", undefined, "ephemery-local-dev-0123abcd-keys"],
  ["beacon-chain", "166-6690cd28", "ephemery-local-dev-0123abcd-beacon-chain-166-6690cd28"],
])("%s of generation %s is %s", (what, generation, name) => {
  expect(dockerName(OWNER, what, generation)).toBe(name);
});

const host = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/)
  .filter((name) => KEYS.hostName.schema.safeParse(name).success);
/** What Pulumi lets a stack be called. */
const stack = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/);
const id = fc.stringMatching(/^[0-9a-f]{8}$/);
const owner = fc.record({ host, stack, id });

test("Docker takes the name of whatever a stack and its host may be called", () => {
  fc.assert(
    fc.property(owner, (each) => {
      const name = dockerName(each, "validator-chain", "166-6690cd28");
      expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
      // Docker keeps a volume in a folder of its name.
      expect(name.length).toBeLessThan(256);
    }),
  );
});

test("stacks with other ids have no name in common, also where host and stack run into each other", () => {
  fc.assert(
    fc.property(owner, owner, (one, other) => {
      fc.pre(one.id !== other.id);
      expect(dockerName(one, "keys")).not.toBe(dockerName(other, "keys"));
    }),
  );
  expect(dockerName({ ...OWNER, host: "a-b", stack: "c" }, "keys")).not.toBe(
    dockerName({ host: "a", stack: "b-c", id: "0123abce" }, "keys"),
  );
});

test("the labels are those that status, repair and people look for", () => {
  expect(labelsOf(OWNER, "keys")).toEqual({
    "ephemery.stack": "dev",
    "ephemery.id": "0123abcd",
    "ephemery.role": "keys",
  });
  expect(labelsOf(OWNER, "jwt", "166-6690cd28")).toEqual({
    "ephemery.stack": "dev",
    "ephemery.id": "0123abcd",
    "ephemery.role": "jwt",
    "ephemery.generation": "166-6690cd28",
  });
});

test("labels come in one order, whatever the order they are told in", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z.]{1,6}$/), fc.string()), (labels) => {
      const reversed = Object.fromEntries(Object.entries(labels).reverse());
      const list = labelList(labels);
      expect(labelList(reversed)).toEqual(list);
      expect(list.map(({ label }) => label)).toEqual(Object.keys(labels).sort());
      expect(Object.fromEntries(list.map(({ label, value }) => [label, value]))).toEqual(labels);
    }),
  );
});
