// images.lock.json is the one source of official images: each client has an entry, and no entry is unused.

import { beaconClients } from "../../../clients/consensus";
import { executionClients } from "../../../clients/execution";
import { digestsOf, IMAGE_NAMES, lock, lockSchema, official } from "../../../clients/images";
import { supported } from "../../../clients/support";
import { toolsImages } from "../../../clients/tools";
import { validatorClients } from "../../../clients/validator";
import { PRYSMCTL_IMAGES } from "../../../rehearsal/iterations";
import { read } from "../../support/docs";

const used = [executionClients, beaconClients, validatorClients]
  .flatMap((table) => Object.values<{ images: { official: string } }>(table))
  .concat({ images: toolsImages }, { images: PRYSMCTL_IMAGES })
  .map(({ images }) => images.official);

test("each client and tool runs from an entry of the lock, and no entry is unused", () => {
  expect([...new Set(used)].sort()).toEqual(IMAGE_NAMES.map(official).sort());
});

test("the table of clients names the image that the client runs from", () => {
  const validators = { ...validatorClients, grandine: beaconClients.grandine };
  const tables = { execution: executionClients, beacon: beaconClients, validator: validators };
  for (const { layer, client, image } of supported()) {
    const known = Object.entries(tables[layer]).find(([name]) => name === client)?.[1];
    expect(known?.images.official).toBe(official(image));
  }
});

test("entries are sorted, and no digest is another tag's", () => {
  expect(Object.keys(lock.images)).toEqual([...IMAGE_NAMES].sort());
  // A tag was raised: run `bin/ephemery images --update` where registries can be reached.
  const stale = IMAGE_NAMES.filter((name) => lock.images[name].digests && !digestsOf(lock.images[name]));
  expect(stale).toEqual([]);
});

test("every tag is fixed to a version, and a lock that is not as it should be is refused", () => {
  for (const { tag } of Object.values(lock.images)) expect(tag).toMatch(/\d+\.\d+/);
  const { geth, ...others } = lock.images;
  for (const images of [others, { ...others, geth, gath: geth }, { ...others, geth: { ...geth, digests: "sha256:0" } }])
    expect(lockSchema.safeParse({ images }).success).toBe(false);
});

test("the dependency bot finds every image, with its tag", () => {
  const { customManagers }: { customManagers: { managerFilePatterns: string[]; matchStrings: string[] }[] } =
    JSON.parse(read("renovate.json"));
  const manager = customManagers.find(({ managerFilePatterns }) => managerFilePatterns.includes("images.lock.json"));
  const pattern = new RegExp(manager?.matchStrings[0] ?? "(?!)", "g");
  const found = [...read("images.lock.json").matchAll(pattern)].map(({ groups }) => ({ ...groups }));
  expect(found).toEqual(
    Object.values(lock.images).map(({ repository, tag }) => ({ depName: repository, currentValue: tag })),
  );
});
