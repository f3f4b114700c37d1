// Files into a volume: the receiving script runs for real, on a folder.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { extract } from "tar-stream";
import { HostChannel } from "../../../../operations/host/channel";
import { type Delivery, deliver, tarOf } from "../../../../operations/host/deliver";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";

jest.setTimeout(120_000);

const docker = new DockerHere(join(ownFolder("deliver"), "docker"));
const host = new HostChannel("unix:///nowhere");

let volumes = 0;
let delivery: Delivery;
let volume: string;

beforeEach(() => {
  volumes += 1;
  delivery = {
    what: "The delivery of the keystores",
    owner: { host: "local", stack: "test", id: "0badcafe" },
    job: "keys",
    image: "tools",
    volume: `volume-${volumes}`,
    folder: "keystores",
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    mode: "0400",
  };
  volume = docker.volume(delivery.volume);
  docker.calls();
});

const filesOf = (texts: Readonly<Record<string, string>>): Map<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
const FILES = filesOf({ "keystore-0xaa.json": '{"crypto":1}', "keystore-0xbb.json": '{"crypto":2}', "empty.txt": "" });

const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(volume, folder)).map((name) => [name, readFileSync(join(volume, folder, name), "utf8")]),
  );
const mode = (path: string): string => (statSync(join(volume, path)).mode & 0o777).toString(8);

test.each([
  ["secret", "0400", "400", "700"],
  ["public", "0444", "444", "555"],
] as const)("%s files arrive whole, with the mode they are to have", async (_, asked, ofFile, ofFolder) => {
  await deliver(host, { ...delivery, mode: asked }, FILES);
  expect(contents("keystores")).toEqual({
    "keystore-0xaa.json": '{"crypto":1}',
    "keystore-0xbb.json": '{"crypto":2}',
    "empty.txt": "",
  });
  expect(mode("keystores/keystore-0xaa.json")).toBe(ofFile);
  expect(mode("keystores")).toBe(ofFolder);
  expect(readdirSync(volume)).toEqual(["keystores"]);
});

test("the volume's other files stay as they are", async () => {
  mkdirSync(join(volume, "keystores"));
  writeFileSync(join(volume, "keystores", "keystore-0xcc.json"), "old");
  writeFileSync(join(volume, "password.txt"), "kept");
  await deliver(host, delivery, FILES);
  expect(Object.keys(contents("keystores"))).toContain("keystore-0xcc.json");
  expect(readFileSync(join(volume, "password.txt"), "utf8")).toBe("kept");
});

test("files can be put into the volume's root", async () => {
  await deliver(host, { ...delivery, folder: "." }, filesOf({ "password.txt": "word" }));
  expect(contents(".")).toEqual({ "password.txt": "word" });
});

test("what an earlier delivery left when it was killed is cleared away", async () => {
  mkdirSync(join(volume, ".incoming"));
  writeFileSync(join(volume, ".incoming", "keystore-half.json"), "half");
  await deliver(host, delivery, FILES);
  expect(Object.keys(contents("keystores")).sort()).toEqual(["empty.txt", "keystore-0xaa.json", "keystore-0xbb.json"]);
});

test("the archive holds each file and its digest, and is the same for the same files", async () => {
  const archive = await tarOf(FILES);
  expect(await tarOf(FILES)).toEqual(archive);
  const names: string[] = [];
  for await (const entry of Readable.from(archive).pipe(extract())) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names).toEqual(["keystore-0xaa.json", "keystore-0xbb.json", "empty.txt", "SHA256SUMS"]);
});

test("promise 2: of a stream that was cut short or damaged nothing is put in place", async () => {
  await deliver(host, delivery, FILES);
  const [, run] = docker.calls();
  const args = run?.args ?? [];
  const archive = await tarOf(
    filesOf({ "keystore-0xaa.json": "new".repeat(400), "keystore-0xdd.json": "new".repeat(400) }),
  );
  const before = contents("keystores");
  // Up to the end of the digests; what follows is tar's padding.
  const end = archive.lastIndexOf("keystore-0xdd.json\n") + "keystore-0xdd.json\n".length;
  // Headers (mode, times) may differ without harm; names and contents may not.
  const content = [512, 512 + 1200, 512 + 1536 + 512, 512 + 1536 + 512 + 1200] as const;
  const damage = fc.oneof(
    fc.integer({ min: 0, max: end - 1 }).map((length) => archive.subarray(0, length)),
    fc
      .oneof(fc.integer({ min: content[0], max: content[1] - 1 }), fc.integer({ min: content[2], max: content[3] - 1 }))
      .map((at) =>
        Buffer.concat([archive.subarray(0, at), Buffer.from([(archive[at] ?? 0) ^ 1]), archive.subarray(at + 1)]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (bytes) => {
      expect((await host.try(args, { input: bytes })).ok).toBe(false);
      expect(contents("keystores")).toEqual(before);
    }),
    { numRuns: 25 },
  );
  // And whole, it is taken: so it was the damage.
  expect((await host.try(args, { input: archive })).ok).toBe(true);
  expect(Object.keys(contents("keystores"))).toContain("keystore-0xdd.json");
});

test("promise 6: what is delivered is in no argument and no environment, and the container reaches no network", async () => {
  await deliver(host, delivery, filesOf({ "password.txt": "correct horse battery staple" }));
  const calls = docker.calls();
  expect(JSON.stringify(calls)).not.toContain("correct horse");
  const run = calls.find(({ args }) => args[0] === "run");
  expect(run?.args).toEqual(expect.arrayContaining(["--network=none", "--rm", "--read-only", "--interactive"]));
});

test("promise 9: a delivery that failed says which", async () => {
  writeFileSync(join(volume, "keystores"), "a file where the folder goes");
  await expect(deliver(host, delivery, FILES)).rejects.toMatchObject({
    code: "job",
    message: expect.stringContaining("The delivery of the keystores failed on unix:///nowhere"),
  });
});
