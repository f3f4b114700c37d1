// What is left of a stack on its host when its state knows no more of it, and how that goes. Scripts stand for Pulumi and
// Docker.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { destroyStack } from "../../../operations/destroy";
import { Stack } from "../../../operations/engine/stack";
import { DockerHere, type Told } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { settingsOf } from "../../support/node";

const folder = ownFolder("destroy");
const docker = new DockerHere(join(folder, "docker"));
const pulumi = join(folder, "pulumi");
const stack = new Stack("test", { origin: "built", pulumi, env: {} }, folder);
const settings = settingsOf({ id: "0badcafe" });

const MINE = "--filter label=ephemery.id=0badcafe --filter label=ephemery.stack=test";
const NOTHING_ELSE: readonly Told[] = [{ when: "network ls" }, { when: "volume ls" }];

/** What its last update left in the state, by the id in the labels; undefined: nothing. */
function stateIs(id?: string): void {
  const resources = [
    {
      urn: "urn:pulumi:test::ephemery::pulumi:providers:docker::docker-local",
      type: "pulumi:providers:docker",
      inputs: { host: "unix:///var/run/docker.sock" },
    },
    {
      urn: "urn:pulumi:test::ephemery::docker:index/volume:Volume::local-keys",
      type: "docker:index/volume:Volume",
      inputs: { labels: [{ label: "ephemery.id", value: id }] },
    },
  ];
  const state = { deployment: { resources: id === undefined ? [] : resources } };
  writeFileSync(pulumi, `#!/bin/sh\n[ "$2" != export ] || echo '${JSON.stringify(state)}'\n`, { mode: 0o755 });
}

const destroyed = async (): Promise<string[]> => {
  docker.calls();
  await destroyStack(stack, settings, { purgeKeys: false });
  return docker.calls().map(({ args }) => args.join(" "));
};

beforeEach(() => stateIs());

test("promise 5: a client that somebody made anew is stopped with grace before it is removed", async () => {
  docker.tell([{ when: `ps --all --quiet ${MINE}`, stdout: "4b1d\n" }, ...NOTHING_ELSE]);
  const ends = (await destroyed()).filter((line) => line.endsWith(" 4b1d"));
  expect(ends.slice(0, 2)).toEqual(["stop --time=60 4b1d", "rm --force 4b1d"]);
});

test("one that can't be removed is told", async () => {
  docker.tell([
    { when: `ps --all --quiet ${MINE}`, stdout: "4b1d\n" },
    { when: "rm --force 4b1d", code: 1, stderr: "device or resource busy" },
    ...NOTHING_ELSE,
  ]);
  await expect(destroyed()).rejects.toMatchObject({ code: "job", message: expect.stringContaining("resource busy") });
});

test("where nothing is left nothing is stopped", async () => {
  docker.tell([{ when: "ps --all" }, ...NOTHING_ELSE]);
  expect((await destroyed()).filter((line) => /^(stop|rm)\b/.test(line))).toEqual([]);
});

describe("promise 5: keys of a stack whose clone was moved, or whose machine was named anew", () => {
  const KEPT = "ephemery-local-test-5eed5eed-keys";

  test("are told by the id that the next `up` has to have", async () => {
    stateIs("5eed5eed");
    docker.tell([
      { when: "ps --all" },
      { when: "label=ephemery.generation" },
      { when: "volume ls", stdout: `${KEPT}\n` },
      { when: "network ls" },
    ]);
    const kept = { volumes: [KEPT], id: "5eed5eed" };
    await expect(destroyStack(stack, settings, { purgeKeys: false })).resolves.toEqual(kept);
    stateIs(settings.id);
    await expect(destroyStack(stack, settings, { purgeKeys: false })).resolves.toEqual({ volumes: [KEPT] });
  });

  test("promise 9: are not taken for removed when nothing is there by the id of now", async () => {
    docker.tell([{ when: "--format", stdout: "5eed5eed\n5eed5eed\n" }, { when: "ps --all" }, ...NOTHING_ELSE]);
    await expect(destroyStack(stack, settings, { purgeKeys: true })).rejects.toMatchObject({
      code: "keys",
      message: expect.stringMatching(/the id 0badcafe .* by 5eed5eed\.$/),
      remedy: expect.stringContaining("ephemery:id"),
    });
    // Another clone's stack of that name: nobody asked for its keys.
    await expect(destroyStack(stack, settings, { purgeKeys: false })).resolves.toEqual({ volumes: [] });
    docker.tell([{ when: "--format" }, { when: "ps --all" }, ...NOTHING_ELSE]);
    await expect(destroyStack(stack, settings, { purgeKeys: true })).resolves.toEqual({ volumes: [] });
  });
});
