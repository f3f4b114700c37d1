// What is looked at before an `up`: ports by real listeners, the rest as docker tells it.

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { join } from "node:path";
import { preflight, preflightStage } from "../../../operations/preflight";
import { DockerHere, type Told } from "../../support/docker-here";
import { freePort } from "../../support/ephemery";
import { ownFolder } from "../../support/folder";
import { chainOf, REHEARSAL, settingsOf } from "../../support/node";

const docker = new DockerHere(join(ownFolder("preflight"), "docker"));

const engine = (version: string): Told => ({ when: "version --format", stdout: `${version}\n` });
const NOTHING_OF_MINE: Told = { when: "label=ephemery.stack=test", stdout: "" };
const containers = (...lines: readonly string[]): Told => ({ when: "ps --format", stdout: lines.join("\n") });
/** Where Docker keeps its data: the free space of a real file system is what counts. */
const dataAt = (path: string): Told => ({ when: "{{.DockerRootDir}}", stdout: `${path}\n` });

const WELL = [engine("1.41 20.10.24+dfsg1"), NOTHING_OF_MINE, containers(), dataAt("/nowhere")];

/** Ports that nothing listens on. */
async function freePorts(): Promise<Record<string, string>> {
  const [execution, beacon, quic] = [await freePort(), await freePort(), await freePort()];
  return { executionP2pPort: String(execution), beaconP2pPort: String(beacon), beaconQuicPort: String(quic) };
}

test("a host with everything free is fine", async () => {
  docker.tell(WELL);
  await expect(preflight(settingsOf(await freePorts()))).resolves.toBeUndefined();
});

describe("promise 9: the engine", () => {
  test.each([
    ["too old", engine("1.40 19.03.15"), "docker-too-old", "19.03.15 (API 1.40)", "20.10"],
    ["with an API nobody can read", engine("2.0 99"), "docker-too-old", "99", "20.10"],
    [
      "that does not answer",
      {
        when: "version",
        code: 1,
        stderr: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      },
      "docker-unreachable",
      "does not answer",
      "systemctl start docker",
    ],
  ])("%s", async (_, told, code, says, remedy) => {
    docker.tell([told]);
    await expect(preflight(settingsOf())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
      remedy: expect.stringContaining(remedy),
    });
  });

  test.each(["1.41 20.10.0", "1.43 24.0.7", "1.51 28.3.3", "1.52 29.0.0"])("%s is new enough", async (version) => {
    docker.tell([engine(version), ...WELL]);
    await expect(preflight(settingsOf(await freePorts()))).resolves.toBeUndefined();
  });
});

describe("promise 9: a port that is taken is told with its key and by whom", () => {
  test("by a program that listens on TCP", async () => {
    docker.tell(WELL);
    const server = createServer();
    const ports = await freePorts();
    await new Promise<void>((resolve) => server.listen(Number(ports.executionP2pPort), resolve));
    try {
      await expect(preflight(settingsOf(ports))).rejects.toMatchObject({
        code: "port-taken",
        message: expect.stringMatching(
          new RegExp(
            `ephemery:executionP2pPort: ${ports.executionP2pPort}/tcp is taken by \\S.* \\(process ${process.pid}\\)`,
          ),
        ),
        remedy: expect.stringContaining("other ports"),
      });
    } finally {
      server.close();
    }
  });

  test("by a program that listens on UDP", async () => {
    docker.tell(WELL);
    const socket = createSocket("udp4");
    const ports = await freePorts();
    await new Promise<void>((resolve) => socket.bind(Number(ports.beaconQuicPort), resolve));
    try {
      const refused = preflight(settingsOf(ports));
      await expect(refused).rejects.toThrow(`ephemery:beaconQuicPort: ${ports.beaconQuicPort}/udp is taken by`);
      await expect(refused).rejects.not.toThrow("tcp");
    } finally {
      socket.close();
    }
  });

  test("by containers of others, one by one and in ranges, all told at once", async () => {
    const ports = await freePorts();
    const { executionP2pPort: execution, beaconP2pPort: beacon } = ports;
    const rpc = await freePort();
    docker.tell([
      engine("1.41 20.10.24"),
      NOTHING_OF_MINE,
      containers(
        `geth-of-another\tother\t5eed5eed\t0.0.0.0:${execution}->30303/tcp, :::${execution}->30303/tcp, 0.0.0.0:${execution}->30303/udp`,
        `range\t\t\t0.0.0.0:${Number(beacon) - 2}-${Number(beacon) + 2}->9000-9004/tcp`,
        `proxy\t\t\t127.0.0.1:${rpc}->8545/tcp, 9100/tcp`,
      ),
      dataAt("/nowhere"),
    ]);
    const refused = preflight(settingsOf({ ...ports, exposeRpc: `127.0.0.1:${rpc}` }));
    await expect(refused).rejects.toMatchObject({ code: "port-taken" });
    for (const line of [
      `executionP2pPort: ${execution}/tcp is taken by the container geth-of-another`,
      `executionP2pPort: ${execution}/udp is taken by the container geth-of-another`,
      `beaconP2pPort: ${beacon}/tcp is taken by the container range`,
      `exposeRpc: ${rpc}/tcp is taken by the container proxy`,
    ])
      await expect(refused).rejects.toThrow(line);
    await expect(refused).rejects.not.toThrow(`${beacon}/udp`);
  });

  test("by a container of another stack of the same name, from another backend", async () => {
    const ports = await freePorts();
    docker.tell([
      engine("1.41 20.10.24"),
      { when: "label=ephemery.stack=test --filter label=ephemery.id=", stdout: "" },
      containers(`geth-test-5eed5eed\ttest\t5eed5eed\t0.0.0.0:${ports.executionP2pPort}->30303/tcp`),
      dataAt("/nowhere"),
    ]);
    await expect(preflight(settingsOf(ports), "0badcafe")).rejects.toThrow("taken by the container geth-test-5eed5eed");
    await expect(preflight(settingsOf(ports), "5eed5eed")).resolves.toBeUndefined();
  });

  test("a container's port that is not published takes nothing", async () => {
    const ports = await freePorts();
    docker.tell([
      engine("1.41 20.10.24"),
      NOTHING_OF_MINE,
      containers(`other\t\t\t${ports.executionP2pPort}/tcp`),
      dataAt("/nowhere"),
    ]);
    await expect(preflight(settingsOf(ports))).resolves.toBeUndefined();
  });
});

test("on a network it joins a node publishes nothing, so no port can be taken", async () => {
  docker.tell(WELL);
  const server = createServer();
  const ports = await freePorts();
  await new Promise<void>((resolve) => server.listen(Number(ports.executionP2pPort), resolve));
  try {
    await expect(preflight(settingsOf({ ...REHEARSAL, ...ports }))).resolves.toBeUndefined();
  } finally {
    server.close();
  }
});

test.each([
  ["the public network", {}, "20 GiB"],
  ["a rehearsal", REHEARSAL, "3.5 GiB"],
])("promise 9: a full disk is told before anything is begun, for %s", async (_, config, needed) => {
  // A file system without any free block.
  docker.tell([engine("1.41 20.10.24"), NOTHING_OF_MINE, containers(), dataAt("/proc")]);
  await expect(preflight(settingsOf({ ...(await freePorts()), ...config }))).rejects.toMatchObject({
    code: "disk-full",
    message: expect.stringContaining(`0.0 GiB free; a node needs ${needed}`),
    remedy: expect.stringContaining("docker system df"),
  });
});

describe("promise 9: before the data of another chain is put on a host, there is room for what is not there yet", () => {
  const [C165, C166, C167] = [chainOf(165), chainOf(166), chainOf(167)];
  const END = C166.executionGenesisTime + C166.period;
  const NOW = END - 1;
  const within = { owner: { host: "local", stack: "test", id: "0badcafe" }, image: "tools" };
  /** As busybox prints it. */
  const df = (kib: number): Told => ({
    when: "df -Pk /",
    stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 99999999 1 ${kib} 1% /\n`,
  });
  const told = [engine("1.41 20.10.24"), dataAt("/proc")];

  test.each([
    ["two chains, beside one that runs", { active: C166 }, NOW, "12 GiB"],
    ["one, beside one that has not settled", { active: C166, previous: C165 }, NOW, "6 GiB"],
    ["one that takes the place of another stage, too", { active: C166, next: C167 }, NOW, "6 GiB"],
    ["the same beside one that has not settled", { active: C166, previous: C165, next: C167 }, NOW, "6 GiB"],
    ["one, when the chain that runs has ended", { active: C166 }, END, "6 GiB"],
  ])("%s", async (_, record, now, needed) => {
    docker.tell(told);
    await expect(preflightStage(settingsOf({}), record, now, within)).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining(`0.0 GiB free; a node needs ${needed}`),
    });
  });

  test("of a host elsewhere, that is seen from within", async () => {
    const there = settingsOf({ dockerHost: "ssh://me@host.example" });
    docker.tell([...told, df(5 * 2 ** 20)]);
    docker.calls();
    await expect(preflightStage(there, { active: C166 }, NOW, within)).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining("5.0 GiB free; a node needs 12 GiB"),
    });
    const [look] = docker.calls().filter(({ args }) => args[0] === "run");
    expect(look?.args).toEqual(expect.arrayContaining(["--rm", "--network=none", "--user=65534:65534", "tools"]));
    docker.tell([...told, df(13 * 2 ** 20)]);
    await expect(preflightStage(there, { active: C166 }, NOW, within)).resolves.toBeUndefined();
  });
});

test("of a host elsewhere, this machine's ports and disk say nothing", async () => {
  const server = createServer();
  const ports = await freePorts();
  docker.tell([engine("1.41 20.10.24"), NOTHING_OF_MINE, containers(), dataAt("/proc")]);
  await new Promise<void>((resolve) => server.listen(Number(ports.executionP2pPort), resolve));
  try {
    await expect(preflight(settingsOf({ ...ports, dockerHost: "ssh://me@host.example" }))).resolves.toBeUndefined();
  } finally {
    server.close();
  }
});

describe("of a stack that runs already", () => {
  const running = (...ports: string[]): readonly Told[] => [
    engine("1.41 20.10.24"),
    { when: "label=ephemery.stack=test", stdout: "4b1d\n" },
    containers(...ports),
    dataAt("/proc"),
  ];

  test("disk and ports are its own, also where Docker listens for them as a program of this machine", async () => {
    const ports = await freePorts();
    docker.tell(
      running(
        `mine\ttest\t0badcafe\t0.0.0.0:${ports.executionP2pPort}->30303/tcp, :::${ports.executionP2pPort}->30303/tcp`,
      ),
    );
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(Number(ports.executionP2pPort), resolve));
    try {
      await expect(preflight(settingsOf(ports))).resolves.toBeUndefined();
    } finally {
      server.close();
    }
  });

  test("promise 9: a port it is to have from now on is told when another has it", async () => {
    const ports = await freePorts();
    docker.tell(
      running(`other\t\t\t0.0.0.0:${ports.beaconP2pPort}->9000/udp`, "mine\ttest\t0badcafe\t0.0.0.0:30303->30303/tcp"),
    );
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(Number(ports.executionP2pPort), resolve));
    try {
      const refused = preflight(settingsOf(ports));
      await expect(refused).rejects.toMatchObject({ code: "port-taken" });
      await expect(refused).rejects.toThrow(`executionP2pPort: ${ports.executionP2pPort}/tcp is taken by`);
      await expect(refused).rejects.toThrow(
        `beaconP2pPort: ${ports.beaconP2pPort}/udp is taken by the container other`,
      );
    } finally {
      server.close();
    }
  });
});
