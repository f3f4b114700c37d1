// Images and clients as a person reads them, and as scripts do.

import { renderClients } from "../../../cli/clients";
import { listed, renderDifferences, renderImages } from "../../../cli/images";
import { type Lock, lock } from "../../../clients/images";
import { supported } from "../../../clients/support";

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const RESOLVED: Lock = {
  images: {
    ...lock.images,
    geth: {
      repository: "ethereum/client-go",
      tag: "v1.17.10",
      digests: {
        tag: "v1.17.10",
        date: "2026-11-24",
        index: digest("a"),
        platforms: { "linux/amd64": digest("b"), "linux/arm64": digest("c") },
      },
    },
    reth: { repository: "ghcr.io/paradigmxyz/reth", tag: "v2.10.1", digests: null },
  },
};

test("each image has its tag, the digest in short or that it is not resolved, its platforms and the date", () => {
  const lines = renderImages(RESOLVED).split("\n");
  expect(lines[0]).toMatch(/^name +image +tag +digest +platforms +date$/);
  expect(lines).toContainEqual(
    expect.stringMatching(/^geth +ethereum\/client-go +v1\.17\.10 +a{12} +amd64, arm64 +2026-11-24$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^reth +ghcr\.io\/paradigmxyz\/reth +v2\.10\.1 +not resolved$/));
  expect(lines.join("\n")).toContain("bin/ephemery images --update");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});

test("as JSON each has what a node runs from, in full", () => {
  expect(listed(RESOLVED)).toContainEqual({
    image: "geth",
    repository: "ethereum/client-go",
    tag: "v1.17.10",
    reference: `ethereum/client-go:v1.17.10@${digest("a")}`,
    digest: digest("a"),
    platforms: { "linux/amd64": digest("b"), "linux/arm64": digest("c") },
    date: "2026-11-24",
  });
  expect(listed(RESOLVED)).toContainEqual(
    expect.objectContaining({ image: "reth", reference: "ghcr.io/paradigmxyz/reth:v2.10.1", digest: null, date: null }),
  );
});

test("what differs is told with what to do, and that nothing does", () => {
  const difference = {
    image: "geth",
    reference: "ethereum/client-go:v1",
    what: "is gone",
    remedy: "Find it.",
  } as const;
  expect(renderDifferences([difference])).toBe("ethereum/client-go:v1 is gone.\n  Find it.");
  expect(renderDifferences([])).toContain("Every image is there");
});

test("each client has a line below its layer, no longer than a terminal is wide", () => {
  const lines = renderClients(supported()).split("\n");
  expect(lines).toContainEqual(
    expect.stringMatching(/^execution +geth .* run \(1\.16\.7\) +1024 to 8192 +60 to 100 \(50\) +not settable$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^ +nimbus .* rendered +1536 to 10240 .* beaconQuicPort$/));
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
});
