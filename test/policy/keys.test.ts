// The rules that guard keys: they stay, and each signs in one place.

import { type Resource, UNKNOWN } from "../../policies/rule";
import { stackRules } from "../../policies/rules";
import { broken, changed, container, job, keptVolume, provider, told } from "../support/policy";

const options = (resource: Resource, change: Partial<Resource["options"]>): Resource => ({
  ...resource,
  options: { ...resource.options, ...change },
});

describe("promise 5: keys and identity stay", () => {
  test.each<[string, Resource]>([
    ["a changed label would delete them", options(keptVolume, { ignoreChanges: ["driver", "driverOpts"] })],
    ["a changed driver would delete them", options(keptVolume, { ignoreChanges: ["labels"] })],
    ["a destroy would stop half way", options(keptVolume, { protect: true })],
    ["they are elsewhere", changed(keptVolume, { driver: "nfs" })],
  ])("%s", (_, resource) => {
    expect(broken(resource)).toEqual(["kept-volumes-stay"]);
  });

  test("also before a preview knows its labels", () => {
    expect(broken(options(changed(keptVolume, { labels: UNKNOWN, name: UNKNOWN }), { ignoreChanges: [] }))).toEqual([
      "kept-volumes-stay",
    ]);
  });
});

describe("promise 4: a key signs in one place", () => {
  test.each<[string, string, Resource]>([
    ["a container beside the one it replaces", "old-before-new", options(container, { deleteBeforeReplace: false })],
    [
      "a container wherever DOCKER_HOST points",
      "no-default-docker-provider",
      { ...container, provider: "default_5_2_0" },
    ],
    [
      "an image wherever DOCKER_HOST points",
      "no-default-docker-provider",
      { ...provider, type: "docker:index/remoteImage:RemoteImage", provider: "default" },
    ],
    ["the default provider", "no-default-docker-provider", { ...provider, name: "default_5_2_0" }],
    ["a provider of no host", "no-default-docker-provider", { ...provider, props: {} }],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });

  const keys = (name: string, start: number, count: number, mnemonicDigest?: string): Resource => ({
    ...told({
      EPHEMERY_JOB: JSON.stringify({ start, count, ...(mnemonicDigest === undefined ? {} : { mnemonicDigest }) }),
    }),
    name,
  });
  test.each<[string, readonly Resource[], number]>([
    ["ranges side by side", [keys("a", 0, 32, "m"), keys("b", 32, 32, "m")], 0],
    ["ranges side by side, the later one first", [keys("a", 32, 32, "m"), keys("b", 0, 32, "m")], 0],
    ["ranges with one in common", [keys("a", 0, 33, "m"), keys("b", 32, 32, "m")], 1],
    ["one range within another", [keys("a", 0, 100, "m"), keys("b", 10, 1, "m")], 1],
    ["the same range of other mnemonics", [keys("a", 0, 32, "m"), keys("b", 0, 32, "n")], 0],
    ["the same range of mnemonics that were generated", [keys("a", 0, 32), keys("b", 0, 32)], 0],
    ["three times the same", [keys("a", 0, 1, "m"), keys("b", 0, 1, "m"), keys("c", 0, 1, "m")], 3],
    [
      "a job a preview knows nothing of",
      [keys("a", 0, 32, "m"), changed(keys("b", 0, 32, "m"), { environment: UNKNOWN })],
      0,
    ],
    ["other jobs", [job, container], 0],
  ])("%s", (_, resources, violations) => {
    const [rule] = stackRules;
    expect(rule?.violations(resources)).toHaveLength(violations);
  });
});
