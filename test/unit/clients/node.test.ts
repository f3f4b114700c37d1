// From settings to the layers, images and containers of a node.

import { beaconApiOf, imagesOf, layersOf, preparationsOf, renderNode } from "../../../clients/node";
import { toolsImages } from "../../../clients/tools";
import { Problem } from "../../../config/problem";
import { CHAIN, REHEARSAL, settingsOf, VALIDATORS } from "../../support/node";

const PRYSM = { beaconClient: "prysm", validatorClient: "prysm" } as const;
const render = (config: Readonly<Record<string, string>>, hostMemory = 8000) =>
  renderNode({
    settings: settingsOf(config),
    chain: CHAIN,
    start: { kind: "genesis", reason: "" },
    hostMemory,
    doppelgangerProtection: false,
  });

test.each([
  ["no validators, no validator client", {}, ["execution", "beacon"], { execution: ["init"], beacon: ["identity"] }],
  [
    "the defaults with validators",
    VALIDATORS,
    ["execution", "beacon", "validator"],
    { execution: ["init"], beacon: ["identity"], validator: ["definitions"] },
  ],
  [
    "Prysm throughout",
    { ...VALIDATORS, ...PRYSM },
    ["execution", "beacon", "validator"],
    { execution: ["init"], beacon: [], validator: ["folders", "import"] },
  ],
])("layers, containers and preparations agree: %s", (_, config, layers, preparations) => {
  const settings = settingsOf(config);
  expect(layersOf(settings)).toEqual(layers);
  expect(Object.keys(render(config))).toEqual(layers);
  expect(Object.entries(render(config)).map(([layer, spec]) => [layer, spec.layer])).toEqual(
    layers.map((each) => [each, each]),
  );
  const names = Object.entries(preparationsOf(settings, CHAIN)).map(([layer, all]) => [
    layer,
    all.map(({ name }) => name),
  ]);
  expect(Object.fromEntries(names)).toEqual(preparations);
});

/** By its digest, too, once that is resolved. */
const pinned = (tag: string): unknown => expect.stringMatching(new RegExp(`^${tag}(@sha256:[0-9a-f]{64})?$`));

const TOOLS = pinned("alpine:3.22");

test.each([
  [
    "official, as the public network runs",
    VALIDATORS,
    "official",
    {
      tools: TOOLS,
      execution: pinned("ethereum/client-go:v1.17.10"),
      beacon: pinned("sigp/lighthouse:v8.3.3"),
      validator: pinned("sigp/lighthouse:v8.3.3"),
    },
  ],
  [
    "built on this machine",
    { ...VALIDATORS, ...REHEARSAL },
    "local",
    {
      tools: "ephemery.local/tools:1.35.0-1",
      execution: "ephemery.local/geth:v1.16.7-1",
      beacon: "ephemery.local/prysm-beacon-chain:v7.1.2-1",
      validator: "ephemery.local/prysm-validator:v7.1.2-1",
    },
  ],
  [
    "those the settings name, also of a client that can't be built",
    { ...VALIDATORS, executionImage: "el@sha256:e1", beaconImage: "bn@sha256:b1", validatorImage: "vc@sha256:f1" },
    "local",
    {
      tools: "ephemery.local/tools:1.35.0-1",
      execution: "el@sha256:e1",
      beacon: "bn@sha256:b1",
      validator: "vc@sha256:f1",
    },
  ],
  [
    "none for a validator client that is not there, and no objection to it",
    { beaconClient: "prysm", validatorClient: "lighthouse" },
    "local",
    {
      tools: "ephemery.local/tools:1.35.0-1",
      execution: "ephemery.local/geth:v1.16.7-1",
      beacon: "ephemery.local/prysm-beacon-chain:v7.1.2-1",
    },
  ],
] as const)("images: %s", (_, config, origin, images) => {
  expect(imagesOf(settingsOf(config), origin)).toEqual(images);
});

test.each([
  ["execution", "besu", { executionClient: "besu" }, "ephemery:executionImage"],
  ["beacon", "lighthouse", {}, "ephemery:beaconImage"],
  ["validator", "lighthouse", { ...VALIDATORS, beaconClient: "prysm" }, "ephemery:validatorImage"],
])("promise 9: a %s client without an image says so, and what to set", (layer, client, config, key) => {
  const images = (): unknown => imagesOf(settingsOf(config), "local");
  expect(images).toThrow(Problem);
  expect(images).toThrow(expect.objectContaining({ code: "config", remedy: expect.stringContaining(key) }));
  expect(images).toThrow(`The ${layer} client ${client} has no image`);
});

test("the image of jobs is pinned by its digest where it comes from a registry", () => {
  expect(toolsImages.official).toMatch(/@sha256:[0-9a-f]{64}$/);
});

test("sizing follows the host's memory as decided, unless the settings say it", () => {
  const memory = (config: Readonly<Record<string, string>>, host: number) =>
    Object.values(render(config, host)).map((spec) => spec.memory);
  expect(memory(VALIDATORS, 4000)).toEqual([1024, 1540, 514]);
  expect(memory(VALIDATORS, 64_000)).toEqual([8192, 10_244, 514]);
  expect(memory({ ...VALIDATORS, hostMemory: "4000" }, 64_000)).toEqual([1024, 1540, 514]);
  expect(memory({ ...VALIDATORS, executionMemory: "999", validatorMemory: "300" }, 64_000)).toEqual([999, 10_244, 300]);
});

test("on a joined network the node advertises its addresses there, not the host's", () => {
  const { execution, beacon } = render({ ...REHEARSAL, publicAddress: "203.0.113.7" });
  expect(execution?.command).toContain("--nat=extip:10.213.39.21");
  expect(beacon?.command).toContain("--p2p-host-ip=10.213.39.22");
  expect(JSON.stringify([execution, beacon])).not.toContain("203.0.113.7");
});

test.each([
  ["lighthouse", 5052],
  ["prysm", 3500],
  ["teku", 5051],
  ["nimbus", 5052],
  ["lodestar", 9596],
  ["grandine", 5052],
] as const)("the Beacon API of %s is at its own default port", (beaconClient, port) => {
  expect(beaconApiOf(settingsOf({ beaconClient }))).toBe(`http://beacon:${port}`);
});

test.each([
  ["lighthouse", "--enable-private-discovery"],
  ["teku", "--p2p-discovery-site-local-addresses-enabled=true"],
  ["grandine", "--enable-private-discovery"],
])("%s looks for peers with private addresses on a rehearsal, and nowhere else", (beaconClient, flag) => {
  expect(render({ ...REHEARSAL, beaconClient }).beacon?.command).toContain(flag);
  expect(render({ beaconClient }).beacon?.command).not.toContain(flag);
});

test("a client whose runtime needs more than the table gives has it, unless the settings say otherwise", () => {
  const config = { ...VALIDATORS, beaconClient: "teku", validatorClient: "lodestar" };
  const memory = (more: Readonly<Record<string, string>>, host: number) =>
    Object.values(render({ ...config, ...more }, host)).map((spec) => spec.memory);
  expect(memory({}, 4000)).toEqual([1024, 2048, 1024]);
  expect(memory({}, 64_000)).toEqual([8192, 10_244, 1024]);
  expect(memory({ beaconMemory: "700", validatorMemory: "600" }, 4000)).toEqual([1024, 700, 600]);
});

test("Teku's checkpoint URL has no slash at its end, whatever the provider was written with", () => {
  const { beacon } = renderNode({
    settings: settingsOf({ beaconClient: "teku" }),
    chain: CHAIN,
    start: { kind: "checkpoint", url: "https://checkpoint.example/", epoch: 9 },
    hostMemory: 8000,
    doppelgangerProtection: false,
  });
  expect(beacon?.command).toContain("--checkpoint-sync-url=https://checkpoint.example");
});
