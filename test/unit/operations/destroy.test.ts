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

const destroyed = async (): Promise<string[]> => {
  docker.calls();
  await destroyStack(stack, settings, { purgeKeys: false });
  return docker.calls().map(({ args }) => args.join(" "));
};

beforeAll(() => writeFileSync(pulumi, `#!/bin/sh\n[ "$2" != export ] || echo '{}'\n`, { mode: 0o755 }));

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
